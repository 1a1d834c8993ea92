// Package cluster runs the private PostgreSQL of a portal that was given no DATABASE_URL: it finds the PostgreSQL programs
// (or fetches them once), makes the data folder, starts the server, keeps it running and stops it.
//
// It owns the folder of the data, its lock and its format marker, and the life of the server process.
// It refuses: two portals on one folder, a folder made by another major version of PostgreSQL or by a later format, a
// listening network port (Unix socket only), and running the server as root (an unprivileged user owns the data).
// It knows nothing of tables: roles and the empty database are all it makes.
//
// Who may connect: the server trusts whoever reaches its socket, and the socket stands in a folder of mode 0700, so
// only the owner of the data and root do. The portal itself signs in as a role without superuser rights.
package cluster
