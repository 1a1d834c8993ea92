package models

import (
	"context"
	"fmt"
)

// Alone runs fn unless another process or job holds the lock of that key, any fixed
// number, and tells whether fn ran. The lock goes with its connection, so that a killed
// process holds nothing; fn asks held before each act that two must not do at once: an
// error says that the connection, and so the lock, is lost. For jobs.
func Alone(ctx context.Context, db *DB, key int64, fn func(ctx context.Context, held func(context.Context) error) error) (bool, error) {
	conn, err := db.Pool.Acquire(ctx)
	if err != nil {
		return false, fmt.Errorf("lock: %w", err)
	}
	defer conn.Release()
	var alone bool
	if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, key).Scan(&alone); err != nil {
		return false, fmt.Errorf("lock: %w", err)
	}
	if !alone {
		return false, nil
	}
	defer func() {
		if _, err := conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, key); err != nil {
			_ = conn.Conn().Close(context.WithoutCancel(ctx)) // the pool must not keep a connection that holds it
		}
	}()
	return true, fn(ctx, conn.Ping)
}
