package searching

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// keeper is the advisory lock of whoever speaks to the engine; any fixed number
// will do.
const keeper = 7_264_953_019

// Alone runs fn unless another process or job is at it already: two that fill
// one index would send old documents over new ones. It tells whether fn ran.
// The lock goes with the connection, so that a killed process holds nothing,
// and so that fn's context ends with ErrCut once the connection is gone: another
// may be at it from then on.
func Alone(ctx context.Context, db *models.DB, fn func(context.Context) error) (bool, error) {
	conn, err := db.Pool.Acquire(ctx)
	if err != nil {
		return false, fmt.Errorf("search lock: %w", err)
	}
	defer conn.Release()
	var alone bool
	if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, int64(keeper)).Scan(&alone); err != nil || !alone {
		return false, wrapped("search lock", err)
	}
	defer func() {
		if _, err := conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(keeper)); err != nil {
			_ = conn.Conn().Close(context.WithoutCancel(ctx)) // the pool must not keep a connection that holds it
		}
	}()
	working, cut := context.WithCancelCause(ctx)
	defer cut(nil)
	watched := watch(working, conn.Conn(), cut)
	err = fn(working)
	cut(nil)
	<-watched
	if lost := context.Cause(working); errors.Is(lost, ErrCut) {
		return true, lost
	}
	return true, err
}

// ErrCut tells that the connection which held the lock is gone.
var ErrCut = errors.New("searching: the connection that held the lock of the engine is gone")

// How often the connection of the lock is asked for a sign of life, and how long
// it may take.
const (
	watchEvery = 500 * time.Millisecond
	watchMost  = 3 * time.Second
)

// watch asks the connection of the lock whether it lives, until ctx ends; the
// channel closes once it has left it alone.
func watch(ctx context.Context, conn *pgx.Conn, cut context.CancelCauseFunc) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			// A question that is cut off closes the connection: it must not end
			// with the work.
			asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), watchMost)
			err := conn.Ping(asking)
			cancel()
			if err != nil {
				cut(ErrCut)
				return
			}
		}
	}()
	return done
}

// Working tells whether some process speaks to the engine under the lock of
// Alone, whichever it is.
func Working(ctx context.Context, db *models.DB) (bool, error) {
	var held bool
	err := db.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND (classid::bigint << 32 | objid::bigint) = $1)`, models.Prepared, int64(keeper)).Scan(&held)
	return held, wrapped("search lock", err)
}
