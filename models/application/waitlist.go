package application

import (
	"context"
	"fmt"
	"time"

	"passerelle/models"
)

// Seats is what a session can still give (places). A seat is an application
// whose verdict is accepted, told or not, and that still stands (P18.5).
type Seats struct {
	Session   models.ID
	Capacity  int
	Elsewhere int // given outside the portal
	Taken     int
	Waiting   int // on the waiting list (liste complémentaire)
	ToReview  int
	StartsOn  time.Time
	ReleaseOn time.Time // when decisions are told, unless an officer says otherwise (P6.1)
	Cancelled bool
}

// Free is how many seats can still be given, never negative.
func (s Seats) Free() int { return max(s.Capacity-s.Elsewhere-s.Taken, 0) }

// Offered is how many seats the portal has to give.
func (s Seats) Offered() int { return max(s.Capacity-s.Elsewhere, 0) }

// Started reports that the first day of the session has passed: no seat can be
// given nor promised any more.
func (s Seats) Started(today time.Time) bool { return today.After(s.StartsOn) }

const (
	holdsSeat = `verdict = 'accepted' AND state IN ('under_review', 'accepted', 'confirmed')`
	onList    = `verdict = 'waitlisted' AND state IN ('under_review', 'waitlisted')`
)

// seatsOf reads a session's seats; exact when the caller holds its row's lock.
func seatsOf(ctx context.Context, tx models.Tx, session models.ID) (Seats, error) {
	before, err := tx.SettingInt(ctx, "decision_before_days")
	if err != nil {
		return Seats{}, err
	}
	s := Seats{Session: session}
	err = tx.PGX.QueryRow(ctx, `
		SELECT s.capacity, s.seats_elsewhere, s.seats_taken, s.starts_on, coalesce(s.decision_on, s.starts_on - $2::int),
			s.cancelled_at IS NOT NULL, c.waiting, c.to_review
		FROM sessions s, LATERAL (SELECT count(*) FILTER (WHERE `+onList+`) AS waiting,
				count(*) FILTER (WHERE state = 'under_review' AND verdict IN ('', 'on_hold')) AS to_review
			FROM applications WHERE session_id = s.id AND submitted_at IS NOT NULL) c
		WHERE s.id = $1`, models.Prepared, session, before).
		Scan(&s.Capacity, &s.Elsewhere, &s.Taken, &s.StartsOn, &s.ReleaseOn, &s.Cancelled, &s.Waiting, &s.ToReview)
	if err != nil {
		return s, fmt.Errorf("seats: %w", err)
	}
	return s, nil
}

// lockSession takes the lock under which seats and ranks change (P18.5).
func lockSession(ctx context.Context, tx models.Tx, session models.ID) error {
	if _, err := tx.PGX.Exec(ctx, `SELECT 1 FROM sessions WHERE id = $1 FOR UPDATE`, models.Prepared, session); err != nil {
		return fmt.Errorf("lock session: %w", err)
	}
	return nil
}

// leaveList takes an application off the waiting list and closes the gap, under
// the session's lock.
func leaveList(ctx context.Context, tx models.Tx, a Application) error {
	if a.Rank == 0 {
		return nil
	}
	_, err := tx.PGX.Exec(ctx, `UPDATE applications SET verdict = '', waitlist_rank = NULL WHERE id = $1`, models.Prepared, a.ID)
	if err != nil {
		return fmt.Errorf("leave waiting list: %w", err)
	}
	return closeGaps(ctx, tx, a.Session.ID)
}

// makeRoom shifts those at the wished rank and after, and gives the rank to
// use: the end of the list for 0 or beyond it. Ranks stay dense (P18.5).
func makeRoom(ctx context.Context, tx models.Tx, session models.ID, wished int) (int, error) {
	var length int
	err := tx.PGX.QueryRow(ctx, `
		WITH list AS (SELECT id FROM applications WHERE session_id = $1 AND waitlist_rank IS NOT NULL ORDER BY waitlist_rank FOR UPDATE)
		SELECT count(*) FROM list`, models.Prepared, session).Scan(&length)
	if err != nil {
		return 0, fmt.Errorf("waiting list: %w", err)
	}
	if wished < 1 || wished > length {
		return length + 1, nil
	}
	_, err = tx.PGX.Exec(ctx, `UPDATE applications SET waitlist_rank = waitlist_rank + 1 WHERE session_id = $1 AND waitlist_rank >= $2`,
		models.Prepared, session, wished)
	if err != nil {
		return 0, fmt.Errorf("waiting list: %w", err)
	}
	return wished, nil
}

// closeGaps makes the ranks of a session 1, 2, 3… again in the same order, and
// takes off the list those who no longer stand.
func closeGaps(ctx context.Context, tx models.Tx, session models.ID) error {
	_, err := tx.PGX.Exec(ctx, `
		UPDATE applications SET verdict = '', waitlist_rank = NULL
		WHERE session_id = $1 AND waitlist_rank IS NOT NULL AND NOT (`+onList+`)`, models.Prepared, session)
	if err != nil {
		return fmt.Errorf("waiting list: %w", err)
	}
	_, err = tx.PGX.Exec(ctx, `
		UPDATE applications a SET waitlist_rank = r.rank
		FROM (SELECT id, row_number() OVER (ORDER BY waitlist_rank) AS rank FROM applications
			WHERE session_id = $1 AND waitlist_rank IS NOT NULL) r
		WHERE a.id = r.id AND a.waitlist_rank <> r.rank`, models.Prepared, session)
	if err != nil {
		return fmt.Errorf("waiting list: %w", err)
	}
	return nil
}
