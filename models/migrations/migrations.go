// Package migrations owns the schema: SQL files, small and immutable, run in
// order by one process at a time, and River's own tables after ours.
//
// It refuses Go code inside a migration: what changes data is SQL as well.
package migrations

import (
	"context"
	"embed"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/uptrace/bun/migrate"

	"passerelle/models"
)

//go:embed *.sql
var files embed.FS

// lock is the advisory lock held while migrating; any fixed number will do.
const lock = 7_264_953_018

// Run brings the schema up to date. Safe to call from several instances at
// once and after having been killed.
func Run(ctx context.Context, db *models.DB) error {
	conn, err := db.Pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", lock); err != nil {
		return fmt.Errorf("migrate lock: %w", err)
	}
	defer func() { _, _ = conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", lock) }()
	if err := ours(ctx, db, conn.Conn()); err != nil {
		return err
	}
	rivers, err := rivermigrate.New(riverpgxv5.New(db.Pool), nil)
	if err != nil {
		return fmt.Errorf("migrate jobs: %w", err)
	}
	if _, err := rivers.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate jobs: %w", err)
	}
	return nil
}

func ours(ctx context.Context, db *models.DB, conn *pgx.Conn) error {
	set := migrate.NewMigrations()
	if err := set.Discover(files); err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	m := migrate.NewMigrator(db.Bun, set, migrate.WithMarkAppliedOnSuccess(true))
	if err := m.Init(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	// A killed run leaves this row behind; the advisory lock is the real one.
	if _, err := conn.Exec(ctx, "DELETE FROM bun_migration_locks"); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := m.Migrate(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}
