package keeping

import (
	"context"
	"fmt"

	"passerelle/models"
)

// keptDays is how long a mended finding and a pass that ended are remembered; the
// journal keeps that they were.
const keptDays = 365

// mostForgotten bounds one sweep.
const mostForgotten = 5000

// Forget deletes findings closed and passes ended a year ago, but those that an open
// finding names and the last of each kind, and gives how many. For the portal's clock.
func Forget(ctx context.Context, tx models.Tx) (int, error) {
	before := tx.Now.AddDate(0, 0, -keptDays)
	findings, err := tx.PGX.Exec(ctx, `DELETE FROM storage_findings WHERE id IN (SELECT id FROM storage_findings WHERE closed_at <= $1 ORDER BY closed_at LIMIT $2)`,
		models.Prepared, before, mostForgotten)
	if err != nil {
		return 0, fmt.Errorf("forget findings: %w", err)
	}
	passes, err := tx.PGX.Exec(ctx, `DELETE FROM storage_passes WHERE id IN (SELECT p.id FROM storage_passes p WHERE `+forgotten+` LIMIT $2)`,
		models.Prepared, before, mostForgotten)
	if err != nil {
		return 0, fmt.Errorf("forget passes: %w", err)
	}
	return int(findings.RowsAffected() + passes.RowsAffected()), nil
}

// forgotten are the passes p that nothing shows or counts on any more, ended at $1 or before.
const forgotten = `p.ended_at <= $1 AND NOT EXISTS (SELECT 1 FROM storage_findings f WHERE f.pass_id = p.id)
	AND EXISTS (SELECT 1 FROM storage_passes l WHERE l.kind = p.kind AND l.state = p.state AND l.started_at > p.started_at)`
