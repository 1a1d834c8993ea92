package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Names inside the server: the role the portal signs in with, which owns the database of the same name, and the
// superuser used here alone.
const (
	roleName  = "passerelle"
	adminName = "postgres"
	portName  = "5432" // names the socket file; nothing listens on the network
)

// Origins of the PostgreSQL programs, the values of Options.Programs (setting PASSERELLE_POSTGRES).
const (
	ProgramsAny      = ""         // those of the machine, fetched where there are none
	ProgramsSystem   = "system"   // those of the machine only
	ProgramsDownload = "download" // fetched ones only
)

// Options says where the data lives and which programs serve it.
type Options struct {
	// Folder is the data folder of the portal; "" means /var/lib/passerelle as root, else `passerelle` in the user's
	// data folder. The server's files go to its subfolder `postgres`, the rest of it is left to the caller.
	Folder string
	// Programs is ProgramsAny, ProgramsSystem or ProgramsDownload.
	Programs string
	// Ephemeral trades durability for speed, for tests: no fsync, and a killed server may lose its last moments. With an empty Folder the data lives in a folder of
	// its own under os.TempDir, removed by Stop (or by a later start, when this process was killed).
	Ephemeral bool
	// Log receives the life of the server; nil keeps it quiet. No statement and no value of the portal is written there.
	Log *slog.Logger
	// Progress is told, in one short English line each, the steps a person waits for; may be nil.
	Progress func(string)
}

func (o Options) progress(format string, args ...any) {
	if o.Progress != nil {
		o.Progress(fmt.Sprintf(format, args...))
	}
}

// Cluster is a running private PostgreSQL. Its methods may be called from any goroutine.
type Cluster struct {
	opt    Options
	home   home
	owner  account
	bin    programs
	socket string       // folder of the socket
	temps  []tempFolder // removed by Stop
	free   sync.Mutex   // guards the release of temps and lock
	lock   *os.File     // nil when attached to another portal's server
	sup    *supervisor  // nil when attached
	pid    int          // of the server attached to
}

// Start makes the folder when it is new, starts the server and returns when the database answers, in about half a
// second. Only programs in cmd and test set-ups call it. ctx bounds the start alone; the server then lives until Stop,
// and is told to stop by the system when this process dies. A server left by a process killed before is stopped first.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	c := &Cluster{opt: o}
	if err := c.start(ctx); err != nil {
		c.release()
		return nil, err
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context) error {
	if err := c.settle(ctx); err != nil {
		return err
	}
	if err := stopOld(ctx, c.home.data(), c.opt); err != nil {
		return err
	}
	if err := c.initialise(ctx); err != nil {
		return err
	}
	if err := c.chooseSocket(); err != nil {
		return err
	}
	if err := c.home.writeSettings(c.opt.Ephemeral); err != nil {
		return err
	}
	c.sup = newSupervisor(c)
	go c.sup.run()
	if err := c.awaitReady(ctx, 0); err != nil {
		_ = c.sup.stop(context.WithoutCancel(ctx))
		return err
	}
	c.sup.proved()
	if err := c.checkCollations(ctx); err != nil {
		_ = c.sup.stop(context.WithoutCancel(ctx))
		return err
	}
	c.opt.Log.Info("private PostgreSQL ready", "version", c.bin.version, "programs", c.bin.origin, "pid", c.Pid())
	if c.home.origin() != c.bin.origin { // the operator moved the data to other programs
		if err := c.home.writeMarker(c.bin.origin); err != nil {
			c.opt.Log.Warn("the origin of the programs could not be noted", "error", err)
		}
	}
	return nil
}

// settle fixes folder, lock, owner and programs, in this order: nothing is written before the lock is held.
func (c *Cluster) settle(ctx context.Context) (err error) {
	if c.opt.Ephemeral {
		sweepTemp(ctx, c.opt)
	}
	if c.opt.Ephemeral && c.opt.Folder == "" {
		t, err := newTemp()
		if err != nil {
			return err
		}
		c.temps = append(c.temps, t)
		c.opt.Folder = t.path
	}
	if c.home, err = openHome(c.opt.Folder); err != nil {
		return err
	}
	if c.lock, err = lockFolder(ctx, c.home); err != nil {
		return err
	}
	if err := c.home.checkFormat(); err != nil {
		return err
	}
	if c.owner, err = chooseAccount(c.home); err != nil {
		return err
	}
	if err := c.home.letIn(c.owner); err != nil {
		return err
	}
	c.bin, err = choosePrograms(ctx, c.home, c.owner, c.opt)
	return err
}

// URL is the address of the portal's database for pgxpool, over the Unix socket. It stays the same until Stop, whatever
// happens to the server.
func (c *Cluster) URL() string { return socketURL(c.socket, roleName, roleName) }

func (c *Cluster) adminURL(database string) string { return socketURL(c.socket, adminName, database) }

func socketURL(folder, role, database string) string {
	q := url.Values{"host": {folder}, "port": {portName}, "sslmode": {"disable"}}
	return (&url.URL{Scheme: "postgres", User: url.User(role), Path: "/" + database, RawQuery: q.Encode()}).String()
}

// Folder is the data folder of the portal, absolute.
func (c *Cluster) Folder() string { return c.home.root }

// Version is the version of the running programs, as "15.18".
func (c *Cluster) Version() string { return c.bin.version }

// Pid is the process of the server, 0 while it is down.
func (c *Cluster) Pid() int {
	if c.sup == nil {
		return c.pid
	}
	return c.sup.pid()
}

// Stop ends the server (open transactions are rolled back), waits for it and gives the folder back. When ctx ends
// first, the server is stopped at once and recovers at its next start. Stopping twice, or stopping an attached cluster,
// does nothing.
func (c *Cluster) Stop(ctx context.Context) error {
	if c.sup == nil {
		return nil
	}
	err := c.sup.stop(ctx)
	c.release()
	return err
}

// Restart stops the server and starts it again under the same URL, as an operator's restart would; open connections
// are cut. For tests of faults.
func (c *Cluster) Restart(ctx context.Context) error {
	if c.sup == nil {
		return fmt.Errorf("%w: only the portal that started the server can restart it", ErrServer)
	}
	return c.awaitReady(ctx, c.sup.interrupt())
}

func (c *Cluster) release() {
	c.free.Lock()
	defer c.free.Unlock()
	for _, t := range c.temps {
		t.remove()
	}
	c.temps = nil
	if c.lock != nil {
		_ = c.lock.Close()
		c.lock = nil
	}
}

// chooseSocket takes the data folder itself (0700), or a short folder of ours when that path is too long for a socket.
func (c *Cluster) chooseSocket() error {
	if socketFits(c.home.data()) {
		c.socket = c.home.data()
		return nil
	}
	t, err := newTemp()
	if err != nil {
		return err
	}
	c.temps = append(c.temps, t)
	dir := filepath.Join(t.path, "s")
	if !socketFits(dir) {
		return fmt.Errorf("%w: no path short enough for a socket: neither %s nor %s", ErrFolder, c.home.data(), dir)
	}
	if err := errors.Join(os.Mkdir(dir, 0o700), c.owner.give(dir), letInto(t.path, c.owner)); err != nil {
		return fmt.Errorf("%w: %w", ErrFolder, err)
	}
	c.socket = dir
	return nil
}

// awaitReady returns when generation `after`+1 or a later one of the server answers.
func (c *Cluster) awaitReady(ctx context.Context, after int) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	slow := time.AfterFunc(slowAfter, func() { c.opt.progress("The database takes its time: it may be recovering from an unclean stop") })
	defer slow.Stop()
	for {
		err := errors.New("not started")
		if c.sup.generation() > after {
			if err = c.probe(ctx); err == nil {
				return nil
			}
		}
		select {
		case <-c.sup.done:
			return c.sup.failure()
		case <-ctx.Done():
			return fmt.Errorf("%w within %v: %w", ErrServer, readyWithin, err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// readyWithin leaves time for the recovery of a large write-ahead log on a slow disk; after slowAfter the person is told.
const (
	readyWithin = 5 * time.Minute
	slowAfter   = 3 * time.Second
)
