package searching_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"passerelle/models/modelstest"
	"passerelle/models/searching"
)

func TestAlone(t *testing.T) {
	db := modelstest.DB(t)
	working := func() bool {
		t.Helper()
		held, err := searching.Working(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		return held
	}
	t.Run("P4.9 one speaks to the engine, and every process knows that somebody does", func(t *testing.T) {
		alone, err := searching.Alone(t.Context(), db, func(ctx context.Context) error {
			again, err := searching.Alone(ctx, db, func(context.Context) error { return errors.New("two at once") })
			if again || !working() {
				t.Error(again, working())
			}
			return err
		})
		if !alone || err != nil || working() {
			t.Error(alone, err, working())
		}
	})
	t.Run("P4.9 whoever lost the lock with its connection stops: another may be at it", func(t *testing.T) {
		_, err := searching.Alone(t.Context(), db, func(ctx context.Context) error {
			if _, err := db.Pool.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()
				AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`); err != nil {
				return err
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(60 * time.Second):
				return errors.New("nobody told")
			}
		})
		if !errors.Is(err, searching.ErrCut) {
			t.Error(err)
		}
		if alone, err := searching.Alone(t.Context(), db, func(context.Context) error { return nil }); !alone || err != nil {
			t.Error("nobody can go on: ", err)
		}
	})
}
