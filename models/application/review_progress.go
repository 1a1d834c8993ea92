package application

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Progress is how far the review of a dossier's documents is: computed, never kept. It
// counts what the service was sent: a version waiting to be sent in answer to a request
// is not there yet, the one that it will replace still is.
type Progress struct {
	Documents int // in force
	Judged    int // with a verdict
	ToReview  int // that can be opened, have none and are not asked again of the person
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
			count(*) FILTER (WHERE v.id IS NULL AND f.inspection IN ('accept', 'warn') AND f.scan IN ('clean', 'off')
				AND NOT EXISTS (SELECT FROM information_requests q WHERE q.application_id = d.application_id
					AND q.answered_at IS NULL AND q.closed_at IS NULL AND d.requirement_id = ANY(q.requirements)))
		FROM submissions s CROSS JOIN LATERAL unnest(coalesce(
			(SELECT c.documents FROM corrections c WHERE c.application_id = s.application_id ORDER BY c.sent_at DESC LIMIT 1),
			s.documents)) AS sent(document)
		JOIN documents d ON d.id = sent.document AND d.state IN ('live', 'replaced')
		JOIN files f ON f.id = d.file_id LEFT JOIN verdicts v ON v.document_id = d.id AND v.superseded_at IS NULL
		WHERE s.application_id = ANY($1) GROUP BY d.application_id`, models.Prepared, applications)
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
