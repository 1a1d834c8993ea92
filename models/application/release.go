package application

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// ReleaseDue tells every decision whose release date has come (P18.4), one
// transaction each: state, event and mail together. For the portal's clock;
// killed at any moment and started again, each is told once.
func ReleaseDue(ctx context.Context, db *models.DB) (int, error) {
	return sweepBy(ctx, db, db.Clock.Now(), `
		SELECT id FROM decisions WHERE release_on <= ($1::timestamptz AT TIME ZONE '`+db.Zone.String()+`')::date
			AND (held_until IS NULL OR held_until <= $1) AND released_at IS NULL AND superseded_at IS NULL
		ORDER BY release_on, recorded_at LIMIT $2`, releaseOne)
}

func releaseOne(ctx context.Context, tx models.Tx, id models.ID) (bool, error) {
	var application models.ID
	err := tx.PGX.QueryRow(ctx, `SELECT application_id FROM decisions WHERE id = $1`, models.Prepared, id).Scan(&application)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("release: %w", err)
	}
	a, err := lockSeats(ctx, tx, models.Portal(), application)
	if err != nil {
		return false, err
	}
	d, err := currentDecision(ctx, tx, application)
	if err != nil || d == nil || d.ID != id || d.ReleasedAt != nil || a.State != UnderReview {
		return false, err // replaced, told or withdrawn meanwhile
	}
	seats, err := seatsOf(ctx, tx, a.Session.ID)
	if err != nil {
		return false, err
	}
	return true, releaseNow(ctx, tx, &a, seats, d)
}

// releaseNow tells a standing decision: state, date, mail, under the locks.
func releaseNow(ctx context.Context, tx models.Tx, a *Application, seats Seats, d *Decision) error {
	event := map[Verdict]Event{VerdictAccepted: EventReleaseAccepted, VerdictWaitlisted: EventReleaseWaitlisted,
		VerdictRefused: EventReleaseRefused}[d.Kind]
	if a.State == Waitlisted {
		event = EventPromote
	}
	if days := a.confirmSetting(*d); days != "" && tx.Today().Before(seats.StartsOn) {
		until, err := promiseUntil(ctx, tx, days, seats.StartsOn)
		if err != nil {
			return err
		}
		if _, err := tx.PGX.Exec(ctx, `UPDATE applications SET confirm_by = $2 WHERE id = $1`, models.Prepared, a.ID, until); err != nil {
			return fmt.Errorf("promise: %w", err)
		}
		a.ConfirmBy = &until
	}
	if err := fire(ctx, tx, models.Portal(), a, event, Firing{Data: map[string]any{"decision": d.ID}}); err != nil {
		return err
	}
	_, err := tx.PGX.Exec(ctx, `UPDATE decisions SET released_at = $2 WHERE id = $1 AND released_at IS NULL`, models.Prepared, d.ID, tx.Now)
	if err != nil {
		return fmt.Errorf("release: %w", err)
	}
	at := tx.Now
	d.ReleasedAt = &at
	return tell(ctx, tx, *a, *d)
}

// confirmSetting names the delay in which the applicant must confirm the seat
// that a decision gives: one that freed itself (P18.5), and every seat of an
// admission (P6.2); none for a pre-registration accepted at first.
func (a *Application) confirmSetting(d Decision) string {
	switch {
	case d.Cause == CausePromotion:
		return "confirm_days"
	case d.Kind == VerdictAccepted && a.Kind == Admission:
		return "admission_confirm_days"
	}
	return ""
}

// sweepBatch is how many rows a sweep reads at a time.
const sweepBatch = 200

// sweepEach runs one verb per row that a query finds due, each in its own
// transaction, until none is left. A row that fails is left for the next sweep
// and does not stop the others.
func sweepEach(ctx context.Context, db *models.DB, due string, one func(context.Context, models.Tx, models.ID) (bool, error)) (int, error) {
	return sweepBy(ctx, db, db.Today(), due, one)
}

// sweepBy is sweepEach for what is due at another instant than today.
func sweepBy(ctx context.Context, db *models.DB, when time.Time, due string, one func(context.Context, models.Tx, models.ID) (bool, error)) (int, error) {
	done := 0
	var faults error
	failed := map[models.ID]bool{}
	for {
		rows, err := db.Pool.Query(ctx, due, when, sweepBatch+len(failed))
		if err != nil {
			return done, fmt.Errorf("sweep: %w", err)
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[models.ID])
		if err != nil {
			return done, fmt.Errorf("sweep: %w", err)
		}
		moved := 0
		for _, id := range ids {
			if failed[id] {
				continue
			}
			did := false
			err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
				did, err = one(ctx, tx, id)
				return err
			})
			switch {
			case ctx.Err() != nil:
				return done, ctx.Err()
			case err != nil:
				failed[id] = true
				faults = errors.Join(faults, err)
			case did:
				moved++
			}
		}
		done += moved
		if moved == 0 {
			return done, faults
		}
	}
}
