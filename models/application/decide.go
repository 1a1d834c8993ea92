package application

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Decide records a decision on an application under review, or replaces the one
// that is not told yet (P18.4). For officers whose scope covers the course; to
// anyone else the application is not found. A seat is taken at recording and
// never beyond the capacity (P6.1); the same decision sent twice is one.
//
// Once the session has started, a seat can no longer be given nor promised;
// refusing stays possible and is told at once, so that nobody waits for ever.
//
// Refused with: KindInvalid by field; KindConflict and a DecisionConflict when
// the application is not what the officer saw (P9.5), no seat is left, the
// session is cancelled or the application is the officer's own.
func Decide(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, in DecideInput) (Decision, error) {
	if err := in.check(); err != nil {
		return Decision{}, err
	}
	a, seats, err := lockReviewed(ctx, tx, by, id)
	if err != nil {
		return Decision{}, err
	}
	standing, err := currentDecision(ctx, tx, id)
	if err != nil {
		return Decision{}, err
	}
	if standing != nil && standing.repeats(by, in) && a.Version == in.Version+1 {
		return *standing, nil
	}
	refuse := func(key string) error {
		return models.Conflict(key, DecisionConflict{Application: a, Standing: standing, Seats: seats, Own: in, SentAt: tx.Now})
	}
	if a.Version != in.Version || a.State != UnderReview {
		return Decision{}, refuse("desk.already_decided")
	}
	switch {
	case a.Person == by.Person:
		return Decision{}, refuse("desk.own_application")
	case seats.Cancelled:
		return Decision{}, refuse("desk.session_cancelled")
	}
	if bad := in.checkDates(seats, tx.Today()); bad != nil {
		return Decision{}, bad
	}
	if in.Kind == VerdictAccepted && seats.Free() < 1 && Verdict(a.Verdict) != VerdictAccepted {
		return Decision{}, refuse("desk.no_seat")
	}
	d := Decision{ID: tx.NewID(), Application: id, Kind: in.Kind, Reason: in.Reason, Message: in.Message, Cause: CauseOfficer,
		RecordedAt: tx.Now, RecordedBy: by.Account, RecordedName: by.Name, ReleaseOn: releaseDate(seats, in, tx.Today()), HeldUntil: in.HeldUntil}
	return record(ctx, tx, by, change{a: &a, seats: seats, standing: standing, rank: in.Rank, d: d})
}

// change is a decision on its way to the tables.
type change struct {
	a        *Application
	seats    Seats
	standing *Decision
	rank     int // wished
	d        Decision
}

func record(ctx context.Context, tx models.Tx, by models.Actor, c change) (Decision, error) {
	if err := leaveList(ctx, tx, *c.a); err != nil {
		return c.d, err
	}
	if c.d.Kind == VerdictWaitlisted {
		rank, err := makeRoom(ctx, tx, c.a.Session.ID, c.rank)
		if err != nil {
			return c.d, err
		}
		c.d.Rank = rank
	}
	if err := putVerdict(ctx, tx, c.a, c.d); err != nil {
		return c.d, err
	}
	if err := putDecision(ctx, tx, c.d); err != nil {
		return c.d, err
	}
	if err := tx.Record(ctx, by, c.event()); err != nil {
		return c.d, err
	}
	if c.d.due(tx) {
		if err := releaseNow(ctx, tx, c.a, c.seats, &c.d); err != nil {
			return c.d, err
		}
	}
	return c.d, settle(ctx, tx, by, c.a.Session.ID, c.a.ID)
}

func (c change) event() models.Event {
	data := map[string]any{"decision": c.d.ID, "verdict": c.d.Kind}
	if c.d.Rank > 0 {
		data["rank"] = c.d.Rank
	}
	if c.d.ReleaseOn != nil {
		data["release_on"] = c.d.ReleaseOn.Format(time.DateOnly)
	}
	if c.standing != nil {
		data["replaces"] = c.standing.ID
		data["replaced_verdict"] = c.standing.Kind
	}
	return models.Event{Kind: "application.decided", SubjectKind: "application", SubjectID: c.a.ID, Data: data}
}

// lockReviewed locks the session, then the application, for an officer in
// scope (lock order of P18.5).
func lockReviewed(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Application, Seats, error) {
	a, err := lockSeats(ctx, tx, by, id)
	if err != nil {
		return a, Seats{}, err
	}
	ok, err := reviewedBy(ctx, tx, by, a)
	if err == nil && !ok {
		err = models.NotFound("application.not_found")
	}
	if err != nil {
		return Application{}, Seats{}, err
	}
	seats, err := seatsOf(ctx, tx, a.Session.ID)
	return a, seats, err
}

// due reports a decision to tell now: its date has come and nothing holds it.
func (d Decision) due(tx models.Tx) bool {
	return d.ReleaseOn != nil && !d.ReleaseOn.After(tx.Today()) && (d.HeldUntil == nil || !tx.Now.Before(*d.HeldUntil))
}

// repeats reports the same decision sent again by the same officer.
func (d Decision) repeats(by models.Actor, in DecideInput) bool {
	return d.RecordedBy == by.Account && d.Kind == in.Kind && d.Reason == in.Reason && d.Message == in.Message
}

// releaseDate is when the decision is told: at once when the session has
// started, since the person must not wait any longer.
func releaseDate(s Seats, in DecideInput, today time.Time) *time.Time {
	if in.Kind == VerdictOnHold {
		return nil
	}
	if s.Started(today) {
		return &today
	}
	if in.ReleaseOn != nil {
		return in.ReleaseOn
	}
	day := s.ReleaseOn
	return &day
}

// putVerdict writes the decision on a locked application.
func putVerdict(ctx context.Context, tx models.Tx, a *Application, d Decision) error {
	tag, err := tx.PGX.Exec(ctx, `
		UPDATE applications SET verdict = $3, waitlist_rank = nullif($4, 0), version = version + 1
		WHERE id = $1 AND version = $2`, models.Prepared, a.ID, a.Version, string(d.Kind), d.Rank)
	if err != nil {
		return fmt.Errorf("verdict: %w", err)
	}
	if tag.RowsAffected() != 1 {
		return models.Conflict("application.moved_on", *a)
	}
	a.Verdict, a.Rank, a.Version = string(d.Kind), d.Rank, a.Version+1
	return nil
}

// putDecision makes d the one standing decision of its application.
func putDecision(ctx context.Context, tx models.Tx, d Decision) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE decisions SET superseded_at = $2 WHERE application_id = $1 AND superseded_at IS NULL`,
		models.Prepared, d.Application, d.RecordedAt)
	if err != nil {
		return fmt.Errorf("supersede: %w", err)
	}
	_, err = tx.PGX.Exec(ctx, `
		INSERT INTO decisions (id, application_id, kind, reason, message, rank, cause, recorded_at, recorded_by, release_on, held_until)
		VALUES ($1, $2, $3, $4, $5, nullif($6, 0), $7, $8, nullif($9, '00000000-0000-0000-0000-000000000000'::uuid), $10, $11)`, models.Prepared,
		d.ID, d.Application, string(d.Kind), d.Reason, d.Message, d.Rank, string(d.Cause), d.RecordedAt, d.RecordedBy, d.ReleaseOn, d.HeldUntil)
	if err != nil {
		return fmt.Errorf("record decision: %w", err)
	}
	return nil
}

const decisionColumns = `d.id, d.application_id, d.kind, d.reason, d.message, coalesce(d.rank, 0), d.cause, d.recorded_at,
	coalesce(d.recorded_by, '00000000-0000-0000-0000-000000000000'), coalesce(` + personName + `, ''), d.release_on, d.held_until, d.released_at, d.superseded_at`

const decisionTables = ` FROM decisions d LEFT JOIN accounts ac ON ac.id = d.recorded_by LEFT JOIN people p ON p.id = ac.person_id `

// personName is how colleagues are named at the desk, with people as p.
const personName = `p.first_name || ' ' || CASE WHEN p.usual_name <> '' THEN p.usual_name ELSE p.birth_name END`

func scanDecision(row pgx.Row) (Decision, error) {
	var d Decision
	err := row.Scan(&d.ID, &d.Application, &d.Kind, &d.Reason, &d.Message, &d.Rank, &d.Cause, &d.RecordedAt,
		&d.RecordedBy, &d.RecordedName, &d.ReleaseOn, &d.HeldUntil, &d.ReleasedAt, &d.SupersededAt)
	return d, err
}

// currentDecision is the standing one of an application already loaded.
func currentDecision(ctx context.Context, tx models.Tx, id models.ID) (*Decision, error) {
	d, err := scanDecision(tx.PGX.QueryRow(ctx, `SELECT `+decisionColumns+decisionTables+`
		WHERE d.application_id = $1 AND d.superseded_at IS NULL`, models.Prepared, id))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("decision: %w", err)
	}
	return &d, nil
}

// DecisionsOf lists every decision of an application, newest first. The caller
// must have loaded the application through an officer (P18.4).
func DecisionsOf(ctx context.Context, tx models.Tx, id models.ID) ([]Decision, error) {
	rows, err := tx.PGX.Query(ctx, `SELECT `+decisionColumns+decisionTables+`
		WHERE d.application_id = $1 ORDER BY d.recorded_at DESC, d.id DESC`, models.Prepared, id)
	if err != nil {
		return nil, fmt.Errorf("decisions: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Decision, error) { return scanDecision(row) })
	if err != nil {
		return nil, fmt.Errorf("decisions: %w", err)
	}
	return list, nil
}
