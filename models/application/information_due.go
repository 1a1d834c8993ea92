package application

import (
	"context"
	"fmt"
	"time"

	"passerelle/models"
	"passerelle/models/mailbox"
)

// RemindInformation reminds applicants of what was asked, once per request,
// information_reminder_days before its date (P9.3). For the portal's clock.
func RemindInformation(ctx context.Context, db *models.DB) (int, error) {
	before, err := settingDays(ctx, db, "information_reminder_days")
	if err != nil {
		return 0, err
	}
	return sweepBy(ctx, db, models.Date(db.Clock.Now().Add(before), db.Zone), `
		SELECT application_id FROM information_requests WHERE answered_at IS NULL AND closed_at IS NULL AND reminded_at IS NULL
			AND due_on <= $1
		ORDER BY due_on LIMIT $2`, remindInformation)
}

// notAtOnce keeps a request with a near date from being reminded as it leaves.
const notAtOnce = 24 * time.Hour

func remindInformation(ctx context.Context, tx models.Tx, id models.ID) (bool, error) {
	a, err := lock(ctx, tx, models.Portal(), id)
	if err != nil {
		return false, err
	}
	r, err := openRequest(ctx, tx, a)
	if err != nil || r == nil || r.RemindedAt != nil || r.DueOn.Before(tx.Today()) || tx.Now.Sub(r.AskedAt) < notAtOnce {
		return false, err
	}
	if _, err := tx.PGX.Exec(ctx, `UPDATE information_requests SET reminded_at = $2 WHERE id = $1`, models.Prepared, r.ID, tx.Now); err != nil {
		return false, fmt.Errorf("remind: %w", err)
	}
	return true, tellRequest(ctx, tx, a, r.ID, mailbox.InformationReminder, "information_reminder/"+r.ID.String())
}

// CloseInformation closes the applications whose applicant never answered, after
// 24:00 of the date given (P9.3, P18.11). For the portal's clock; killed at any
// moment and started again, each closes once.
func CloseInformation(ctx context.Context, db *models.DB) (int, error) {
	return sweepEach(ctx, db, `
		SELECT q.application_id FROM information_requests q JOIN applications a ON a.id = q.application_id
		WHERE q.answered_at IS NULL AND q.closed_at IS NULL AND q.due_on < $1 AND a.state = 'information_requested'
		ORDER BY q.due_on LIMIT $2`, closeUnanswered)
}

func closeUnanswered(ctx context.Context, tx models.Tx, id models.ID) (bool, error) {
	a, err := lockSeats(ctx, tx, models.Portal(), id)
	if err != nil {
		return false, err
	}
	r, err := openRequest(ctx, tx, a)
	if err != nil || r == nil || !r.DueOn.Before(tx.Today()) {
		return false, err
	}
	const cause = "information_unanswered"
	if err := fire(ctx, tx, models.Portal(), &a, EventClose, Firing{Reason: cause, Cause: cause, Data: map[string]any{"request": r.ID}}); err != nil {
		return false, err
	}
	if err := leaveSession(ctx, tx, models.Portal(), a); err != nil {
		return false, err
	}
	return true, tellRequest(ctx, tx, a, r.ID, mailbox.InformationClosed, "information_closed/"+r.ID.String())
}
