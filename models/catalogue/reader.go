package catalogue

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Reader is what reads need: the pool for pages, a transaction's PGX inside a
// verb.
type Reader interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Channel is where the database says which page changed: payload is a course,
// programme or announcement reference, or "*" for many. Page caches LISTEN.
const Channel = "catalogue_changed"
