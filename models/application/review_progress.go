package application

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Progress is how far the review of a dossier's documents is: computed, never kept.
type Progress struct {
	Documents int // in force
	Judged    int // with a verdict
	ToReview  int // that can be opened and have none
}

// StepAside takes back that the officer is present on an application: it was read ahead
// and is not on their screen. For an officer who has just been given it.
func StepAside(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) error {
	_, err := tx.PGX.Exec(ctx, `DELETE FROM presences WHERE application_id = $1 AND account_id = $2`, models.Prepared, id, by.Account)
	if err != nil {
		return fmt.Errorf("presence: %w", err)
	}
	return nil
}

// ProgressOf tells it for applications that the caller was given through the officer's
// rights (the lines of a page of the list); those without documents are left out.
func ProgressOf(ctx context.Context, tx models.Tx, applications []models.ID) (map[models.ID]Progress, error) {
	rows, err := tx.PGX.Query(ctx, `
		SELECT d.application_id, count(*), count(v.id),
			count(*) FILTER (WHERE v.id IS NULL AND f.inspection IN ('accept', 'warn') AND f.scan IN ('clean', 'off'))
		FROM documents d JOIN files f ON f.id = d.file_id LEFT JOIN verdicts v ON v.document_id = d.id AND v.superseded_at IS NULL
		WHERE d.application_id = ANY($1) AND d.state = 'live' GROUP BY d.application_id`, models.Prepared, applications)
	if err != nil {
		return nil, fmt.Errorf("progress of reviews: %w", err)
	}
	all := map[models.ID]Progress{}
	var id models.ID
	var p Progress
	_, err = pgx.ForEachRow(rows, []any{&id, &p.Documents, &p.Judged, &p.ToReview}, func() error { all[id] = p; return nil })
	if err != nil {
		return nil, fmt.Errorf("progress of reviews: %w", err)
	}
	return all, nil
}
