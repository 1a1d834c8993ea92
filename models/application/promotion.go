package application

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/mailbox"
)

// freeSeat puts a session in order after an application left it, and promotes
// the first of the waiting list when a seat freed itself (P18.5). The caller
// holds the session's lock (lockSeats) and has changed the application's state.
func freeSeat(ctx context.Context, tx models.Tx, by models.Actor, session models.ID) error {
	_, err := tx.PGX.Exec(ctx, `
		UPDATE decisions d SET superseded_at = $2 FROM applications a
		WHERE a.session_id = $1 AND d.application_id = a.id AND d.superseded_at IS NULL AND d.released_at IS NULL
			AND a.state <> 'under_review'`, models.Prepared, session, tx.Now)
	if err != nil {
		return fmt.Errorf("forget decision: %w", err)
	}
	if err := closeGaps(ctx, tx, session); err != nil {
		return err
	}
	return settle(ctx, tx, by, session, uuid.Nil)
}

// settle counts the seats again, under the session's lock, and gives each one
// that freed itself to the first of the waiting list; never back to the
// application that an officer has just moved to that list.
func settle(ctx context.Context, tx models.Tx, by models.Actor, session, moved models.ID) error {
	freed, err := countSeats(ctx, tx, session)
	if err != nil || freed <= 0 {
		return err
	}
	return promote(ctx, tx, by, promotion{session: session, most: freed, not: moved, why: "seat_freed"})
}

// countSeats writes the number of seats taken and tells how many were freed.
func countSeats(ctx context.Context, tx models.Tx, session models.ID) (freed int, err error) {
	err = tx.PGX.QueryRow(ctx, `
		WITH old AS (SELECT seats_taken FROM sessions WHERE id = $1),
		now AS (SELECT count(*)::int AS taken FROM applications WHERE session_id = $1 AND `+holdsSeat+`),
		put AS (UPDATE sessions SET seats_taken = now.taken FROM now WHERE id = $1 AND seats_taken <> now.taken)
		SELECT old.seats_taken - now.taken FROM old, now`, models.Prepared, session).Scan(&freed)
	if err != nil {
		return 0, fmt.Errorf("count seats: %w", err)
	}
	return freed, nil
}

// PromoteAdded gives the seats added to sessions, whoever raised their
// capacity, to the first of their waiting lists: as many as added and never
// beyond the capacity (P18.5). For the portal's clock; killed at any moment and
// started again, each addition is given once.
func PromoteAdded(ctx context.Context, db *models.DB) (int, error) {
	return sweepEach(ctx, db, `SELECT session_id FROM seats_added WHERE $1::date IS NOT NULL ORDER BY session_id LIMIT $2`, promoteAdded)
}

func promoteAdded(ctx context.Context, tx models.Tx, session models.ID) (bool, error) {
	if err := lockSession(ctx, tx, session); err != nil {
		return false, err
	}
	var added int
	err := tx.PGX.QueryRow(ctx, `DELETE FROM seats_added WHERE session_id = $1 RETURNING seats`, models.Prepared, session).Scan(&added)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("seats added: %w", err)
	}
	return true, promote(ctx, tx, models.Portal(), promotion{session: session, most: added, why: "capacity_raised"})
}

// promotion says how many seats go to a session's list, and why.
type promotion struct {
	session models.ID
	most    int
	not     models.ID
	why     string
}

func promote(ctx context.Context, tx models.Tx, by models.Actor, p promotion) error {
	seats, err := seatsOf(ctx, tx, p.session)
	if err != nil {
		return err
	}
	if seats.Cancelled || !tx.Today().Before(seats.StartsOn) {
		return nil // never after the start
	}
	for range min(p.most, seats.Free()) {
		first, err := firstWaiting(ctx, tx, p.session)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && first.ID == p.not {
			break
		}
		if err != nil {
			return err
		}
		if err := promoteOne(ctx, tx, by, first, seats, p.why); err != nil {
			return err
		}
	}
	_, err = countSeats(ctx, tx, p.session)
	return err
}

func firstWaiting(ctx context.Context, tx models.Tx, session models.ID) (Application, error) {
	var a Application
	err := tx.PGX.QueryRow(ctx, `SELECT `+columns+tables+`
		WHERE a.session_id = $1 AND a.waitlist_rank IS NOT NULL AND a.`+onList+`
		ORDER BY a.waitlist_rank LIMIT 1 FOR UPDATE OF a`, models.Prepared, session).Scan(a.fields()...)
	return a, err
}

// promoteOne gives a seat to the first of the list: told at once to somebody
// who knows that they are waiting, on the release date to anybody else (P18.5).
func promoteOne(ctx context.Context, tx models.Tx, by models.Actor, a Application, seats Seats, why string) error {
	standing, err := currentDecision(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	if standing == nil {
		return fmt.Errorf("application %s waits without a decision", a.ID)
	}
	if err := leaveList(ctx, tx, a); err != nil {
		return err
	}
	from, release := a.Rank, *standing.ReleaseOn
	if today := tx.Today(); standing.ReleasedAt != nil || release.Before(today) {
		release = today
	}
	d := Decision{ID: tx.NewID(), Application: a.ID, Kind: VerdictAccepted, Cause: CausePromotion,
		RecordedAt: tx.Now, RecordedBy: uuid.Nil, ReleaseOn: &release}
	if err := putVerdict(ctx, tx, &a, d); err != nil {
		return err
	}
	if err := putDecision(ctx, tx, d); err != nil {
		return err
	}
	err = tx.Record(ctx, by, models.Event{Kind: "application.promoted", SubjectKind: "application", SubjectID: a.ID, Reason: why,
		Data: map[string]any{"decision": d.ID, "from_rank": from, "release_on": release.Format(time.DateOnly)}})
	if err != nil || release.After(tx.Today()) {
		return err
	}
	return releaseNow(ctx, tx, &a, seats, &d)
}

// promiseUntil is the last day to confirm a seat: a setting's number of days from
// today (P6.2, P18.5), the day before the start at the latest.
func promiseUntil(ctx context.Context, tx models.Tx, setting string, startsOn time.Time) (time.Time, error) {
	days, err := tx.SettingInt(ctx, setting)
	if err != nil {
		return time.Time{}, err
	}
	until, eve := tx.Today().AddDate(0, 0, days), startsOn.AddDate(0, 0, -1)
	if eve.Before(until) {
		until = eve
	}
	if until.Before(tx.Today()) {
		until = tx.Today()
	}
	return until, nil
}

// ConfirmPlace takes the seat promised to somebody who was waiting, or offered
// by an admission. For the applicant alone, until the date told (P6.2, P18.5); a
// second press changes nothing.
func ConfirmPlace(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) error {
	a, err := ownPlace(ctx, tx, by, id)
	if err != nil || a.State == Confirmed {
		return err
	}
	if err := fire(ctx, tx, by, &a, EventConfirm, Firing{}); err != nil {
		return err
	}
	return settlePromise(ctx, tx, a.ID)
}

// DeclinePlace gives the promised seat up; it goes to the next on the list. For
// the applicant alone (P18.5); a second press changes nothing.
func DeclinePlace(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) error {
	a, err := ownPlace(ctx, tx, by, id)
	if err != nil || a.State == Declined {
		return err
	}
	if err := fire(ctx, tx, by, &a, EventDecline, Firing{Cause: "declined"}); err != nil {
		return err
	}
	return freeSeat(ctx, tx, by, a.Session.ID)
}

func ownPlace(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Application, error) {
	a, err := lockSeats(ctx, tx, by, id)
	if err == nil && !a.OwnedBy(by) {
		return Application{}, models.NotFound("application.not_found")
	}
	return a, err
}

// settlePromise clears the date to confirm of a place that was taken.
func settlePromise(ctx context.Context, tx models.Tx, id models.ID) error {
	if _, err := tx.PGX.Exec(ctx, `UPDATE applications SET confirm_by = NULL WHERE id = $1`, models.Prepared, id); err != nil {
		return fmt.Errorf("confirm: %w", err)
	}
	return nil
}

// LapsePlaces ends the promises whose date has passed, at 24:00 of the portal's
// zone (P18.11), and promotes the next. For the portal's clock; killed at any
// moment and started again, each lapses once.
func LapsePlaces(ctx context.Context, db *models.DB) (int, error) {
	return sweepEach(ctx, db, `
		SELECT id FROM applications WHERE state = 'accepted' AND confirm_by < $1 ORDER BY confirm_by, number LIMIT $2`, lapseOne)
}

func lapseOne(ctx context.Context, tx models.Tx, id models.ID) (bool, error) {
	a, err := lockSeats(ctx, tx, models.Portal(), id)
	if err != nil || a.State != Accepted || a.ConfirmBy == nil || !a.ConfirmBy.Before(tx.Today()) {
		return false, err
	}
	if err := fire(ctx, tx, models.Portal(), &a, EventLapse, Firing{Cause: "lapsed"}); err != nil {
		return false, err
	}
	return true, freeSeat(ctx, tx, models.Portal(), a.Session.ID)
}

// tell queues the one mail of a decision.
func tell(ctx context.Context, tx models.Tx, a Application, d Decision) error {
	var email, lang string
	err := tx.PGX.QueryRow(ctx, `SELECT email, lang FROM accounts WHERE id = $1`, models.Prepared, a.Account).Scan(&email, &lang)
	if err != nil {
		return fmt.Errorf("address of the applicant: %w", err)
	}
	kind := mailbox.DecisionReleased
	if d.Cause == CausePromotion && a.ConfirmBy != nil {
		kind = mailbox.Promotion
	}
	return mailbox.Queue(ctx, tx, mailbox.Mail{Kind: kind, Recipient: email, Lang: lang,
		SubjectKind: mailbox.OfDecision, SubjectID: d.ID, OnceKey: "decision/" + d.ID.String()})
}
