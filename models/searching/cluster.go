package searching

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Settle makes what is kept of transactions hold in the database cluster that
// the portal finds itself in: after a dump and a restore elsewhere their
// numbers begin again, and a saved search would take every later change for one
// that it knew. What waits to be compared with saved searches still is; what
// was known stays known. It tells whether the cluster is another one. Called at
// every start, before anything answers or works.
func Settle(ctx context.Context, db *models.DB) (moved bool, err error) {
	err = db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		var limit, now string
		err := tx.PGX.QueryRow(ctx, `UPDATE search_cluster SET identifier = c.id FROM (SELECT search_cluster_now() AS id) c
			WHERE identifier <> c.id AND c.id <> '' RETURNING pg_current_snapshot()::text, pg_snapshot_xmax(pg_current_snapshot())::text`, models.Prepared).Scan(&now, &limit)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		moved = true
		for _, change := range []struct {
			sql  string
			args []any
		}{
			// The snapshot sees nothing of its own limit.
			{`UPDATE saved_searches SET known = $1::text::pg_snapshot`, []any{now}},
			{`UPDATE search_news SET xid = $1::text::xid8`, []any{limit}},
			{`DELETE FROM search_changes`, nil},
			{`UPDATE search_indexes SET snapshot = '' WHERE state = 'building'`, nil},
			// The index outside may have seen what the copy has not.
			{`INSERT INTO search_checks (id, uid, began_at) SELECT $1, uid, $2 FROM search_indexes WHERE state = 'live' AND NOT EXISTS (SELECT FROM search_checks WHERE ended_at IS NULL)`,
				[]any{tx.NewID(), tx.Now}},
		} {
			if _, err := tx.PGX.Exec(ctx, change.sql, append([]any{models.Prepared}, change.args...)...); err != nil {
				return fmt.Errorf("%s: %w", change.sql, err)
			}
		}
		return nil
	})
	return moved, wrapped("settle in another cluster", err)
}
