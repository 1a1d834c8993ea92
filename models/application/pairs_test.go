package application_test

import (
	"context"
	"testing"

	"passerelle/models"
	"passerelle/models/application"
)

// lend puts an application in any state for the length of a transaction, with
// what the guards of the event ask for, or without.
func lend(ctx context.Context, tx models.Tx, id models.ID, s application.State, e application.Event, ready bool) error {
	verdict, rank, confirm, expires := "", "NULL", "NULL", "NULL"
	switch e {
	case application.EventReleaseAccepted:
		verdict = "accepted"
	case application.EventReleaseRefused:
		verdict = "refused"
	case application.EventReleaseWaitlisted:
		verdict, rank = "waitlisted", "1"
	case application.EventConfirm, application.EventDecline:
		confirm = "'2026-12-31'"
	case application.EventLapse:
		confirm = "'2026-11-01'"
	case application.EventExpire:
		expires = "'2026-11-01'"
	}
	if !ready {
		verdict, rank, confirm, expires = "", "NULL", "NULL", "NULL"
	}
	kind := "registration"
	if e == application.EventReceive && ready || e == application.EventRequestApproval && !ready {
		kind = "admission"
	}
	for _, sql := range []string{
		`ALTER TABLE applications DISABLE TRIGGER applications_transition`,
		`UPDATE applications SET kind = '` + kind + `', state = '` + string(s) + `', verdict = '` + verdict + `', waitlist_rank = ` + rank + `, confirm_by = ` + confirm +
			`, expires_at = ` + expires + `, submitted_at = CASE WHEN '` + string(s) + `' = 'draft' THEN NULL ELSE submitted_at END WHERE id = '` + id.String() + `'`,
		`SET CONSTRAINTS ALL IMMEDIATE`,
		`ALTER TABLE applications ENABLE TRIGGER applications_transition`,
	} {
		if _, err := tx.PGX.Exec(ctx, sql); err != nil {
			return err
		}
	}
	cancelled := e == application.EventCancelSession && ready
	over := !ready && (e == application.EventWithdraw || e == application.EventPromote || e == application.EventSubmit)
	_, err := tx.PGX.Exec(ctx, `UPDATE sessions SET cancelled_at = CASE WHEN $2 THEN now() END,
		opens_on = CASE WHEN $3 THEN '2020-01-01'::date ELSE opens_on END, closes_on = CASE WHEN $3 THEN '2020-01-02'::date ELSE closes_on END,
		starts_on = CASE WHEN $3 THEN '2020-01-03'::date ELSE starts_on END, ends_on = CASE WHEN $3 THEN '2020-01-04'::date ELSE ends_on END
		WHERE id = (SELECT session_id FROM applications WHERE id = $1)`, models.Prepared, id, cancelled, over)
	return err
}

func TestEveryStateAndEvent(t *testing.T) {
	w := newWorld(t)
	_, a := w.submitted()
	attempt := func(s application.State, e application.Event, ready bool) (after string, events int, err error) {
		fault := w.db.InRolledBackTx(context.Background(), func(ctx context.Context, tx models.Tx) error {
			if err := lend(ctx, tx, a.ID, s, e, ready); err != nil {
				return err
			}
			reason := ""
			if ready {
				reason = "un motif"
			}
			err = application.Fire(ctx, tx, models.Portal(), a.ID, e, reason)
			return tx.PGX.QueryRow(ctx, `SELECT state, (SELECT count(*) FROM events WHERE subject_id = $1 AND kind = 'application.' || $2)
				FROM applications WHERE id = $1`, models.Prepared, a.ID, string(e)).Scan(&after, &events)
		})
		if fault != nil {
			t.Fatalf("%s, %s: %v", s, e, fault)
		}
		return after, events, err
	}
	legal := map[application.State]map[application.Event]application.Transition{}
	for _, tr := range application.Transitions() {
		if legal[tr.From] == nil {
			legal[tr.From] = map[application.Event]application.Transition{}
		}
		legal[tr.From][tr.Event] = tr
	}
	before := map[application.Event]int{application.EventSubmit: 1, application.EventRequestApproval: 1}
	t.Run("P6 every pair of state and event does what the table says, with and without its condition", func(t *testing.T) {
		for _, s := range application.States() {
			for _, e := range application.Events() {
				tr, ok := legal[s][e]
				t.Run(string(s)+" and "+string(e), func(t *testing.T) {
					after, events, err := attempt(s, e, true)
					switch {
					case ok && (err != nil || after != string(tr.To) || events != before[e]+1):
						t.Errorf("%v, now %s, %d events", err, after, events)
					case !ok && (models.KindOf(err) != models.KindConflict || after != string(s) || events != before[e]):
						t.Errorf("an illegal event: %v, now %s, %d events", err, after, events)
					}
					if !ok || tr.Guard.Holds == nil {
						return
					}
					if after, events, err = attempt(s, e, false); models.KindOf(err) != models.KindInvalid || after != string(s) || events != before[e] {
						t.Errorf("without its condition: %v, now %s, %d events", err, after, events)
					}
				})
			}
		}
	})
}
