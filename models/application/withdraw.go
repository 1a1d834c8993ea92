package application

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/mailbox"
)

// Withdraw takes an application back (désistement), from any state after
// submission and before the session is over; for the applicant alone. It frees
// the seat, which goes to the first of the waiting list (P18.5). A second press
// changes nothing.
func Withdraw(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, reason string) (Application, error) {
	a, err := ownPlace(ctx, tx, by, id)
	if err != nil || a.State == Withdrawn {
		return a, err
	}
	reason = strings.TrimSpace(reason)
	if len([]rune(reason)) > maxReason {
		return a, models.Invalid("application.withdraw_invalid", models.FieldError{Field: "motif", Key: "application.too_long"})
	}
	if err := fire(ctx, tx, by, &a, EventWithdraw, Firing{Reason: reason, Cause: "withdrawn"}); err != nil {
		return a, err
	}
	if err := leaveSession(ctx, tx, by, a); err != nil {
		return a, err
	}
	return a, tellApplicant(ctx, tx, a, mailbox.WithdrawalReceipt, "withdrawal/"+a.ID.String())
}

// Erase deletes a draft and everything in it (« Effacer ce brouillon »); for
// whoever holds it, without having to open it (P18.1). What has been sent is
// withdrawn, never erased.
func Erase(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) error {
	a, err := lock(ctx, tx, by, id)
	if err != nil {
		return err
	}
	if !a.OwnedBy(by) {
		return models.NotFound("application.not_found")
	}
	if a.State != Draft && a.State != Expired {
		return models.Conflict("application.already_submitted", a)
	}
	if _, err := tx.PGX.Exec(ctx, `DELETE FROM applications WHERE id = $1`, models.Prepared, a.ID); err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	return tx.Record(ctx, by, models.Event{Kind: "application.erase", SubjectKind: "application", SubjectID: a.ID})
}

// DraftsOf lists the unclaimed drafts that this browser holds, the latest first
// (brouillons retrouvés, P18.1); callers show course and date only.
func DraftsOf(ctx context.Context, tx models.Tx, by models.Actor) ([]Application, error) {
	if len(by.DraftKey) == 0 {
		return nil, nil
	}
	return list(ctx, tx, `WHERE a.draft_key = $1 AND a.account_id IS NULL AND a.state = 'draft' AND a.expires_at > $2
		ORDER BY a.created_at DESC LIMIT 50`, by.DraftKey, tx.Now)
}

func list(ctx context.Context, tx models.Tx, where string, args ...any) ([]Application, error) {
	rows, err := tx.PGX.Query(ctx, `SELECT `+columns+tables+where, append([]any{models.Prepared}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("applications: %w", err)
	}
	defer rows.Close()
	all := []Application{}
	for rows.Next() {
		a, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, rows.Err()
}

// ExpireDrafts erases the answers of drafts whose time has run out (P18.1), one
// transaction each. For the portal's clock.
func ExpireDrafts(ctx context.Context, db *models.DB) (int, error) {
	return sweepBy(ctx, db, db.Clock.Now(), `SELECT id FROM applications WHERE state = 'draft' AND expires_at <= $1
		ORDER BY expires_at LIMIT $2`, expireOne)
}

func expireOne(ctx context.Context, tx models.Tx, id models.ID) (bool, error) {
	a, err := lock(ctx, tx, models.Portal(), id)
	if err != nil || a.State != Draft || a.ExpiresAt == nil || tx.Now.Before(*a.ExpiresAt) {
		return false, err
	}
	if err := fire(ctx, tx, models.Portal(), &a, EventExpire, Firing{Cause: "expired"}); err != nil {
		return false, err
	}
	_, err = tx.PGX.Exec(ctx, `WITH journal AS (DELETE FROM answer_ops WHERE application_id = $1),
		papers AS (DELETE FROM requirements WHERE application_id = $1)
		DELETE FROM answers WHERE application_id = $1`, models.Prepared, a.ID)
	if err != nil {
		return false, fmt.Errorf("expire: %w", err)
	}
	return true, nil
}

// WarnDrafts tells the owners of claimed drafts, draft_notice_days before, that
// they will be erased (P18.1); once per date. For the portal's clock.
func WarnDrafts(ctx context.Context, db *models.DB) (int, error) {
	notice, err := settingDays(ctx, db, "draft_notice_days")
	if err != nil {
		return 0, err
	}
	return sweepBy(ctx, db, db.Clock.Now().Add(notice), `
		SELECT a.id FROM applications a WHERE a.state = 'draft' AND a.account_id IS NOT NULL AND a.expires_at <= $1
			AND NOT EXISTS (SELECT 1 FROM mails m WHERE
				m.once_key = 'draft_expiring/' || a.id || '/' || to_char(a.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'))
		ORDER BY a.expires_at LIMIT $2`, warnOne)
}

func warnOne(ctx context.Context, tx models.Tx, id models.ID) (bool, error) {
	a, err := lock(ctx, tx, models.Portal(), id)
	if err != nil || a.State != Draft || a.Account == uuid.Nil || a.ExpiresAt == nil {
		return false, err
	}
	once := "draft_expiring/" + a.ID.String() + "/" + a.ExpiresAt.UTC().Format(time.DateOnly)
	return true, tellApplicant(ctx, tx, a, mailbox.DraftExpiring, once)
}

// CloseCancelled closes the applications of cancelled sessions, with a mail to
// each (P18.12), one transaction each. For the portal's clock: a cancellation
// takes effect at once on the pages, within a minute on the applications.
func CloseCancelled(ctx context.Context, db *models.DB) (int, error) {
	return sweepEach(ctx, db, `
		SELECT a.id FROM applications a JOIN sessions s ON s.id = a.session_id
		WHERE s.cancelled_at IS NOT NULL AND a.account_id IS NOT NULL AND $1::date IS NOT NULL
			AND a.state IN ('draft', 'submitted', 'awaiting_approval', 'under_review', 'information_requested', 'accepted', 'waitlisted', 'confirmed')
		ORDER BY a.number LIMIT $2`, cancelOne)
}

func cancelOne(ctx context.Context, tx models.Tx, id models.ID) (bool, error) {
	a, err := lockSeats(ctx, tx, models.Portal(), id)
	if err != nil || !a.State.Live() || a.Session.CancelledAt == nil {
		return false, err
	}
	if err := fire(ctx, tx, models.Portal(), &a, EventCancelSession, Firing{Reason: a.Session.CancelReason, Cause: "session_cancelled"}); err != nil {
		return false, err
	}
	if err := leaveSession(ctx, tx, models.Portal(), a); err != nil {
		return false, err
	}
	return true, tellApplicant(ctx, tx, a, mailbox.SessionCancelled, "session_cancelled/"+a.ID.String())
}

// leaveSession ends what an application still held: request and seat.
func leaveSession(ctx context.Context, tx models.Tx, by models.Actor, a Application) error {
	if err := closeOpenApproval(ctx, tx, a.ID); err != nil {
		return err
	}
	if err := closeOpenRequest(ctx, tx, a.ID); err != nil {
		return err
	}
	return freeSeat(ctx, tx, by, a.Session.ID)
}

// CloseOver closes what is left of a session the day after its end: the
// dashboard then shows it among past applications. For the portal's clock.
func CloseOver(ctx context.Context, db *models.DB) (int, error) {
	return sweepEach(ctx, db, `
		SELECT a.id FROM applications a JOIN sessions s ON s.id = a.session_id
		WHERE s.ends_on < $1 AND a.state IN ('awaiting_approval', 'under_review', 'information_requested', 'accepted', 'waitlisted', 'confirmed')
		ORDER BY a.number LIMIT $2`, closeOne)
}

func closeOne(ctx context.Context, tx models.Tx, id models.ID) (bool, error) {
	a, err := lockSeats(ctx, tx, models.Portal(), id)
	if err != nil || !a.State.Live() || !a.Session.EndsOn.Before(tx.Today()) {
		return false, err
	}
	if err := fire(ctx, tx, models.Portal(), &a, EventClose, Firing{Reason: "session_over", Cause: "session_over"}); err != nil {
		return false, err
	}
	return true, leaveSession(ctx, tx, models.Portal(), a)
}
