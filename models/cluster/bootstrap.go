package cluster

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// SQLSTATE of a role or a database that does not exist yet.
const (
	codeNoRole     = "28000"
	codeNoDatabase = "3D000"
)

// probe says whether the portal's role can use the portal's database, making both when the server is new.
func (c *Cluster) probe(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, c.URL())
	var refused *pgconn.PgError
	if errors.As(err, &refused) && (refused.Code == codeNoRole || refused.Code == codeNoDatabase) {
		return c.bootstrap(ctx)
	}
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// bootstrap makes role and database. Every step is tried alone, so that a start killed half-way is completed by the next.
// The role may create databases (tests do) and read the server's counters, and is no superuser.
func (c *Cluster) bootstrap(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, c.adminURL(adminName))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if err := createMissing(ctx, conn, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)",
		"CREATE ROLE "+roleName+" LOGIN CREATEDB"); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "GRANT pg_monitor TO "+roleName); err != nil {
		return fmt.Errorf("%w: grant: %w", ErrServer, err)
	}
	return createMissing(ctx, conn, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)",
		"CREATE DATABASE "+roleName+" OWNER "+roleName)
}

func createMissing(ctx context.Context, conn *pgx.Conn, exists, create string) error {
	var there bool
	if err := conn.QueryRow(ctx, exists, roleName).Scan(&there); err != nil {
		return fmt.Errorf("%w: %w", ErrServer, err)
	}
	if there {
		return nil
	}
	if _, err := conn.Exec(ctx, create); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrServer, create, err)
	}
	return nil
}
