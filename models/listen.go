package models

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// How announcements of change are heard.
const (
	listenPing  = 2 * time.Second // between two proofs that the connection lives
	listenAgain = time.Second     // before another connection is tried
)

// Ear is told what a channel says. Hearing(true) comes before the first
// announcement, Hearing(false, cause) when the connection is lost: what was
// kept by then may be out of date.
type Ear struct {
	Heard   func(payload string)
	Hearing func(on bool, cause error)
}

// Listen hears a channel of the database until ctx ends, on a connection of its
// own, made again whenever it is lost.
func (db *DB) Listen(ctx context.Context, channel string, ear Ear) {
	for ctx.Err() == nil {
		err := db.listenOnce(ctx, channel, ear)
		ear.Hearing(false, err)
		select {
		case <-ctx.Done():
		case <-time.After(listenAgain):
		}
	}
}

func (db *DB) listenOnce(ctx context.Context, channel string, ear Ear) error {
	conn, err := pgx.ConnectConfig(ctx, db.Pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(closing)
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{channel}.Sanitize()); err != nil {
		return err
	}
	ear.Hearing(true, nil)
	for {
		if err := hear(ctx, conn, ear); err != nil {
			return err
		}
	}
}

// hear waits for one announcement, or proves that the connection lives.
func hear(ctx context.Context, conn *pgx.Conn, ear Ear) error {
	waiting, cancel := context.WithTimeout(ctx, listenPing)
	defer cancel()
	n, err := conn.WaitForNotification(waiting)
	switch {
	case err == nil:
		ear.Heard(n.Payload)
		return nil
	case ctx.Err() != nil || !pgconn.Timeout(err):
		return err
	}
	alive, done := context.WithTimeout(ctx, listenPing)
	defer done()
	return conn.Ping(alive)
}
