package models_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/modelstest"
)

// TestDatabaseCut cuts connections in the middle of what they do, without a word: as a
// database does that is killed.
func TestDatabaseCut(t *testing.T) {
	cut, url := cutter(t, modelstest.URL(t, modelstest.DB(t)))
	for _, c := range []struct {
		name string
		do   func(context.Context, models.Tx) error
	}{
		{"P15.4 a statement of pgx", func(ctx context.Context, tx models.Tx) error {
			_, err := tx.PGX.Exec(ctx, `SELECT pg_sleep(20)`)
			return err
		}},
		{"P15.4 a statement of bun", func(ctx context.Context, tx models.Tx) error {
			_, err := tx.ExecContext(ctx, `SELECT pg_sleep(20)`)
			return err
		}},
		{"P15.4 a row of pgx", func(ctx context.Context, tx models.Tx) error {
			var n int
			return tx.PGX.QueryRow(ctx, `SELECT 1 FROM pg_sleep(20)`).Scan(&n)
		}},
		{"P15.4 rows of bun", func(ctx context.Context, tx models.Tx) error {
			var n int
			return tx.NewRaw(`SELECT 1 FROM pg_sleep(20)`).Scan(ctx, &n)
		}},
		{"P15.4 a statement after the cut", func(ctx context.Context, tx models.Tx) error {
			_, _ = tx.ExecContext(ctx, `SELECT pg_sleep(20)`)
			_, err := tx.ExecContext(ctx, `SELECT 1`)
			return err
		}},
		{"P15.4 the end of the transaction", func(ctx context.Context, tx models.Tx) error {
			_, _ = tx.ExecContext(ctx, `SELECT pg_sleep(20)`)
			return nil
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			db, err := models.Open(t.Context(), models.Options{URL: url})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(db.Close)
			// Again and again: on a busy machine the statement may begin after the first time.
			ended := make(chan struct{})
			go func() {
				for {
					select {
					case <-ended:
						return
					case <-time.After(300 * time.Millisecond):
						cut()
					}
				}
			}()
			err = db.InTx(t.Context(), c.do)
			close(ended)
			if err == nil || models.KindOf(fmt.Errorf("actor: %w", err)) != models.KindUnavailable {
				t.Errorf("%v is %v", err, models.KindOf(err))
			}
		})
	}
	t.Run("P15.4 a file that ends too early is no database that does", func(t *testing.T) {
		if models.Unreachable(io.ErrUnexpectedEOF) {
			t.Error("a cut file would be tried again for ever")
		}
	})
}

// cutter stands before the database of an address; cut ends every connection through it.
func cutter(t *testing.T, url string) (cut func(), address string) {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	socket := fmt.Sprintf(".s.PGSQL.%d", config.Port)
	folder := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(folder, socket))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	var through sync.Map // every connection
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("unix", filepath.Join(config.Host, socket))
			if err != nil {
				_ = client.Close()
				return
			}
			go func() { _, _ = io.Copy(server, client); _ = server.Close() }()
			go func() { _, _ = io.Copy(client, server); _ = client.Close() }()
			through.Store(client, server)
		}
	}()
	cut = func() {
		through.Range(func(client, server any) bool {
			_, _ = client.(net.Conn).Close(), server.(net.Conn).Close()
			return true
		})
	}
	return cut, fmt.Sprintf("postgres://%s@/%s?host=%s&port=%d", config.User, config.Database, folder, config.Port)
}
