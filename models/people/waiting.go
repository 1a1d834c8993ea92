package people

import (
	"context"
	"fmt"
	"time"

	"passerelle/models"
)

// WaitingDraft is a draft that this browser began without an account: course
// and date, nothing else, until it is claimed (P18.1).
type WaitingDraft struct {
	ID        models.ID
	Course    string
	CreatedAt time.Time
	ExpiresAt time.Time
}

// WaitingDrafts lists them, the last saved first; for the pages of sign-up.
func WaitingDrafts(ctx context.Context, tx models.Tx, by models.Actor) ([]WaitingDraft, error) {
	list := []WaitingDraft{}
	if len(by.DraftKey) == 0 {
		return list, nil
	}
	rows, err := tx.PGX.Query(ctx, `
		SELECT a.id, coalesce(c.title, pg.title), a.created_at, a.expires_at
		FROM applications a JOIN sessions s ON s.id = a.session_id
		LEFT JOIN courses c ON c.id = s.course_id LEFT JOIN programmes pg ON pg.id = s.programme_id
		WHERE a.draft_key = $1 AND a.account_id IS NULL AND a.state = 'draft' AND a.expires_at > $2
		ORDER BY a.saved_at DESC NULLS LAST, a.id LIMIT 20`, models.Prepared, by.DraftKey, tx.Now)
	if err != nil {
		return nil, fmt.Errorf("waiting drafts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var d WaitingDraft
		if err := rows.Scan(&d.ID, &d.Course, &d.CreatedAt, &d.ExpiresAt); err != nil {
			return nil, fmt.Errorf("waiting drafts: %w", err)
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// AddressOf is the login of an account, for the sign-in page that keeps what
// its owner posted with an ended session (P18.10). Empty when it is gone. The
// caller must hold the cookie of that session.
func AddressOf(ctx context.Context, tx models.Tx, account models.ID) (string, error) {
	var email string
	err := tx.PGX.QueryRow(ctx, `SELECT coalesce((SELECT email FROM accounts WHERE id = $1 AND state = 'active'), '')`,
		models.Prepared, account).Scan(&email)
	if err != nil {
		return "", fmt.Errorf("address: %w", err)
	}
	return email, nil
}
