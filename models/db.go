package models

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
)

// DB is the portal's database with what every transaction needs: clock, zone,
// ids and the way to enqueue jobs. One per process.
type DB struct {
	Pool  *pgxpool.Pool
	Bun   *bun.DB
	Clock Clock
	Zone  *time.Location
	Keys  Keys
	NewID func() ID
	jobs  *river.Client[pgx.Tx]
	kept  sync.Map // see Once
}

// Options says how to open the database. Zero values are right for one
// machine.
type Options struct {
	URL      string
	MaxConns int32 // 16 by default
	Clock    Clock
	Zone     *time.Location
	Keys     Keys
	Tracer   pgx.QueryTracer // sees every statement; for measurements
}

// Open connects lazily: a database that is down makes requests fail, not the
// start (P15.4).
func Open(ctx context.Context, o Options) (*DB, error) {
	config, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, fmt.Errorf("database url: %w", err)
	}
	config.MaxConns = max(o.MaxConns, 16)
	config.ConnConfig.ConnectTimeout = 2 * time.Second
	// bun writes arguments into the text, so that the default mode would
	// prepare every distinct text.
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.ConnConfig.Tracer = o.Tracer
	config.ConnConfig.DialFunc = telling(config.ConnConfig.DialFunc)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("database pool: %w", err)
	}
	jobs, err := river.NewClient(riverpgxv5.New(pool), &river.Config{})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	sqldb := stdlib.OpenDBFromPool(pool)
	sqldb.SetMaxIdleConns(0) // pgxpool keeps the idle ones
	db := &DB{Pool: pool, Bun: bun.NewDB(sqldb, pgdialect.New()), Clock: o.Clock, Zone: o.Zone,
		Keys: o.Keys, NewID: newID, jobs: jobs}
	if db.Clock == nil {
		db.Clock = &PortalClock{}
	}
	if db.Zone == nil {
		db.Zone = time.UTC
	}
	return db, nil
}

func newID() ID { return uuid.Must(uuid.NewV7()) }

// At is the same database seen at another time: connections, keys and jobs are
// shared, the clock is not. For seeds and tests.
func (db *DB) At(clock Clock) *DB {
	return &DB{Pool: db.Pool, Bun: db.Bun, Clock: clock, Zone: db.Zone, Keys: db.Keys, NewID: db.NewID, jobs: db.jobs}
}

// Today is the civil date of the portal's zone (P18.11).
func (db *DB) Today() time.Time { return Date(db.Clock.Now(), db.Zone) }

// Close gives every connection back.
func (db *DB) Close() {
	_ = db.Bun.Close()
	db.Pool.Close()
}
