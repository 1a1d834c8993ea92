package importer

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// hold takes a run for a transaction: whoever else works on it is told so. A
// process that is killed lets go of it with its connection.
func hold(ctx context.Context, tx models.Tx, run models.ID) error {
	var free bool
	if err := tx.PGX.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock(hashtextextended('import/' || $1::text, 0))`, run).Scan(&free); err != nil {
		return fmt.Errorf("import run: %w", err)
	}
	if !free {
		return models.Conflict("import.held", nil)
	}
	return nil
}

// idle is how long a run may wait for its job before it is looked after.
const idle = time.Minute

// Resume asks again for the work of runs that nobody holds any more: their
// process was killed, and had written nothing. For the portal's clock.
func Resume(ctx context.Context, db *models.DB) (n int, err error) {
	err = db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		rows, err := tx.PGX.Query(ctx, `SELECT id FROM import_runs WHERE state IN ('rehearsing', 'importing', 'undoing') AND phase_at < $1
			ORDER BY id FOR UPDATE SKIP LOCKED`, models.Prepared, tx.Now.Add(-idle))
		if err != nil {
			return fmt.Errorf("resume imports: %w", err)
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[models.ID])
		if err != nil {
			return fmt.Errorf("resume imports: %w", err)
		}
		for _, id := range ids {
			if err := hold(ctx, tx, id); models.KindOf(err) == models.KindConflict {
				continue
			} else if err != nil {
				return err
			}
			n++
			if _, err := tx.PGX.Exec(ctx, `UPDATE import_runs SET phase_at = $2, phase = '', done = 0, total = 0 WHERE id = $1`, models.Prepared, id, tx.Now); err != nil {
				return fmt.Errorf("resume imports: %w", err)
			}
			if err := tx.Enqueue(ctx, Args{Run: id}); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}
