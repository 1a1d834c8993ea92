// Package modelstest gives tests a real PostgreSQL: one private cluster per
// test binary, migrated once, one database per test that commits, one
// rolled-back transaction for those that do not.
//
// It refuses to invent a database: where no PostgreSQL program fits, the test
// is skipped with its name, and fails where CI is set.
package modelstest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"passerelle/models"
	"passerelle/models/cluster"
	"passerelle/models/migrations"
)

// Noon is where the clock of tests stands unless they move it.
var Noon = time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC)

const template = "passerelle_template"

var shared struct {
	once    sync.Once
	cluster *cluster.Cluster
	err     error // no server
	broken  error // a server, but a schema that does not apply
	names   atomic.Int64
}

// Main runs a package's tests and stops the private cluster; every package
// that uses this one has `func TestMain(m *testing.M) { modelstest.Main(m) }`.
func Main(m *testing.M) {
	if cluster.ChildMain() {
		return
	}
	code := m.Run()
	if shared.cluster != nil {
		_ = shared.cluster.Stop(context.Background())
	}
	os.Exit(code)
}

// Cluster is the private PostgreSQL of this test binary, for tests of faults.
func Cluster(t testing.TB) *cluster.Cluster {
	t.Helper()
	shared.once.Do(start)
	if shared.err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("PostgreSQL absent: %v", shared.err)
		}
		t.Skipf("PostgreSQL absent: %v", shared.err)
	}
	if shared.broken != nil {
		t.Fatalf("schema: %v", shared.broken)
	}
	return shared.cluster
}

func start() {
	ctx := context.Background()
	shared.cluster, shared.err = cluster.Start(ctx, cluster.Options{Ephemeral: true})
	if shared.err != nil {
		return
	}
	shared.broken = prepare(ctx)
}

// prepare migrates the database that every other one is copied from.
func prepare(ctx context.Context) error {
	if err := admin(ctx, "CREATE DATABASE "+template); err != nil {
		return err
	}
	db, err := open(ctx, template)
	if err != nil {
		return err
	}
	defer db.Close()
	return migrations.Run(ctx, db)
}

func admin(ctx context.Context, sql string) error {
	db, err := models.Open(ctx, models.Options{URL: shared.cluster.URL()})
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Pool.Exec(ctx, sql)
	return err
}

// create copies the template, again while the server itself is at it, as autovacuum is
// for a moment.
func create(ctx context.Context, name string) error {
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		err := admin(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template)
		if fault := (*pgconn.PgError)(nil); !errors.As(err, &fault) || fault.Code != "55006" || time.Now().After(end) {
			return err
		}
	}
}

func open(ctx context.Context, name string) (*models.DB, error) {
	return models.Open(ctx, models.Options{URL: databaseURL(name), Clock: models.Freeze(Noon), Zone: Paris(),
		Keys: models.NewKeys([]byte("a secret of thirty-two bytes or so"))})
}

// databaseURL is the cluster's address with another database's name.
func databaseURL(name string) string {
	return strings.Replace(shared.cluster.URL(), "/passerelle?", "/"+name+"?", 1)
}

// Paris is the portal's zone in tests.
func Paris() *time.Location {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err)
	}
	return zone
}

// DB gives the test a migrated, empty database of its own, with a frozen clock
// (see Clock), dropped when the test ends.
func DB(t testing.TB) *models.DB {
	t.Helper()
	Cluster(t)
	ctx := context.Background()
	name := fmt.Sprintf("test_%d", shared.names.Add(1))
	if err := create(ctx, name); err != nil {
		t.Fatalf("create database: %v", err)
	}
	db, err := open(ctx, name)
	if err != nil {
		t.Fatalf("open database: %v", err)
	}
	t.Cleanup(func() {
		db.Close()
		_ = admin(ctx, "DROP DATABASE "+name+" WITH (FORCE)")
	})
	return db
}

// URL is the address of a test's database, for a second process or pool.
func URL(t testing.TB, db *models.DB) string {
	t.Helper()
	return databaseURL(db.Pool.Config().ConnConfig.Database)
}

// Clock is the frozen clock of a test's database.
func Clock(db *models.DB) *models.FrozenClock { return db.Clock.(*models.FrozenClock) }

var rolled struct {
	once sync.Once
	db   *models.DB
	err  error
}

// Tx runs fn in a transaction that is rolled back, on a database shared by the
// package's tests, so that they can run in parallel.
func Tx(t testing.TB, fn func(ctx context.Context, tx models.Tx)) {
	t.Helper()
	Cluster(t)
	rolled.once.Do(func() {
		ctx := context.Background()
		if rolled.err = create(ctx, "test_rolled"); rolled.err == nil {
			rolled.db, rolled.err = open(ctx, "test_rolled")
		}
	})
	if rolled.err != nil {
		t.Fatalf("database: %v", rolled.err)
	}
	err := rolled.db.InRolledBackTx(context.Background(), func(ctx context.Context, tx models.Tx) error {
		fn(ctx, tx)
		return nil
	})
	if err != nil {
		t.Fatalf("transaction: %v", err)
	}
}
