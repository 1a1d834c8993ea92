package models

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// bridge hands the connection of a bun transaction to River and to raw
// statements as a pgx.Tx. Commit and Rollback are refused: InTx ends it.
type bridge struct{ conn *pgx.Conn }

func (b bridge) Begin(ctx context.Context) (pgx.Tx, error) {
	if _, err := b.conn.Exec(ctx, "SAVEPOINT bridge"); err != nil {
		return nil, err
	}
	return savepoint{b}, nil
}

func (b bridge) Commit(context.Context) error   { return errBridged }
func (b bridge) Rollback(context.Context) error { return errBridged }
func (b bridge) Conn() *pgx.Conn                { return b.conn }

func (b bridge) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	return b.conn.CopyFrom(ctx, table, columns, rows)
}

func (b bridge) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults {
	return b.conn.SendBatch(ctx, batch)
}

func (b bridge) LargeObjects() pgx.LargeObjects { return pgx.LargeObjects{} }

func (b bridge) Prepare(ctx context.Context, name, sql string) (*pgconn.StatementDescription, error) {
	return b.conn.Prepare(ctx, name, sql)
}

func (b bridge) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return b.conn.Exec(ctx, sql, args...)
}

func (b bridge) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return b.conn.Query(ctx, sql, args...)
}

func (b bridge) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return b.conn.QueryRow(ctx, sql, args...)
}

// savepoint is a nested transaction of the bridge.
type savepoint struct{ bridge }

func (s savepoint) Commit(ctx context.Context) error {
	_, err := s.conn.Exec(ctx, "RELEASE SAVEPOINT bridge")
	return wrapSavepoint(err)
}

func (s savepoint) Rollback(ctx context.Context) error {
	_, err := s.conn.Exec(ctx, "ROLLBACK TO SAVEPOINT bridge")
	return wrapSavepoint(err)
}

func wrapSavepoint(err error) error {
	if err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	return nil
}
