package application

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/dossier"
)

// sentVersions are the versions that the applicant transmitted: with the application or
// with an answer to a request. The service and its experts know no other: what is given
// while a correction is open stays the applicant's until they send it.
type sentVersions map[models.ID]bool // true for those of the latest transmission

// transmitted reads them; none for a draft.
func transmitted(ctx context.Context, tx models.Tx, a Application) (sentVersions, error) {
	known := sentVersions{}
	if a.SubmittedAt == nil {
		return known, nil
	}
	rows, err := tx.PGX.Query(ctx, `
		SELECT t.d, t.latest FROM (
			SELECT unnest(documents) AS d, NOT EXISTS (SELECT FROM corrections WHERE application_id = $1) AS latest
			FROM submissions WHERE application_id = $1
			UNION ALL SELECT unnest(documents), sent_at = max(sent_at) OVER () FROM corrections WHERE application_id = $1) t`, models.Prepared, a.ID)
	if err != nil {
		return nil, fmt.Errorf("transmitted: %w", err)
	}
	var id models.ID
	var latest bool
	_, err = pgx.ForEachRow(rows, []any{&id, &latest}, func() error {
		known[id] = known[id] || latest
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("transmitted: %w", err)
	}
	return known, nil
}

// has reports a version that the service may know; one that its owner took back is
// theirs again.
func (s sentVersions) has(d dossier.Document) bool {
	_, sent := s[d.ID]
	return sent && d.State != dossier.Removed
}

// opens reports a version that the service may open.
func (s sentVersions) opens(d dossier.Document) bool { return s.has(d) && d.Openable() }

// stands reports a version in force for the service: of the latest transmission, even
// when the applicant has one to replace it that they have not sent.
func (s sentVersions) stands(d dossier.Document) bool {
	return s[d.ID] && (d.State == dossier.Live || d.State == dossier.Replaced)
}
