package models

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river"
	"github.com/uptrace/bun"
)

// Tx is one business transaction: everything that a verb writes, rows, event
// and jobs, commits or vanishes together. bun's builder is embedded; PGX is
// the very same transaction for raw statements, COPY and River.
type Tx struct {
	bun.Tx
	PGX pgx.Tx
	Now time.Time // the portal's clock when the transaction began, UTC
	db  *DB
}

// Prepared makes a raw statement of Tx.PGX prepared once per connection:
// tx.PGX.Query(ctx, sql, models.Prepared, args...).
const Prepared = pgx.QueryExecModeCacheStatement

// InTx runs fn in one transaction, commits when it returns nil and rolls back
// otherwise, also when it panics.
func (db *DB) InTx(ctx context.Context, fn func(context.Context, Tx) error) error {
	return db.inTx(ctx, fn, true)
}

// InRolledBackTx runs fn in a transaction that never commits; for tests and
// dry runs (P3.6).
func (db *DB) InRolledBackTx(ctx context.Context, fn func(context.Context, Tx) error) error {
	return db.inTx(ctx, fn, false)
}

func (db *DB) inTx(ctx context.Context, fn func(context.Context, Tx) error, commit bool) (err error) {
	conn, err := db.Bun.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connection: %w", err)
	}
	defer func() { _ = conn.Close() }()
	var raw *pgx.Conn
	if err = conn.Raw(func(c any) error { raw = c.(*stdlib.Conn).Conn(); return nil }); err != nil {
		return fmt.Errorf("connection: %w", err)
	}
	// Not under ctx: database/sql would roll back from a goroutine of its own
	// when it ends, on the very connection where a statement may be running.
	// Statements carry ctx, and the deferred rollback follows them.
	btx, err := conn.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = btx.Rollback() }()
	tx := Tx{Tx: btx, PGX: bridge{conn: raw}, Now: db.Clock.Now(), db: db}
	if err = fn(ctx, tx); err != nil || !commit {
		return err
	}
	if err = btx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// NewID mints an id for a row of this transaction.
func (tx Tx) NewID() ID { return tx.db.NewID() }

// Zone is the portal's zone, in which its deadlines end (P18.11).
func (tx Tx) Zone() *time.Location { return tx.db.Zone }

// Today is the civil date of the portal's zone when the transaction began.
func (tx Tx) Today() time.Time { return Date(tx.Now, tx.db.Zone) }

// Keys are the portal's secrets, for links and hidden fields.
func (tx Tx) Keys() Keys { return tx.db.Keys }

// Enqueue adds a job that exists exactly if the transaction commits. Job
// arguments carry ids only.
func (tx Tx) Enqueue(ctx context.Context, args river.JobArgs) error {
	if _, err := tx.db.jobs.InsertTx(ctx, tx.PGX, args, nil); err != nil {
		return fmt.Errorf("enqueue %s: %w", args.Kind(), err)
	}
	return nil
}

// errBridged is what the bridge answers to those who would end a transaction
// that they did not begin.
var errBridged = errors.New("models: this transaction is ended by InTx alone")
