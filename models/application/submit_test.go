package application_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/modelstest"
)

func TestSubmit(t *testing.T) {
	w := newWorld(t)
	t.Run("P6.1 sending writes the receipt, the request and both mails, once", func(t *testing.T) {
		by, a := w.submitted()
		if a.State != application.AwaitingApproval || a.ApplicantName != "Camille Martin" {
			t.Fatalf("%s, %q", a.State, a.ApplicantName)
		}
		for range 2 {
			r, err := w.submit(by, a.ID, w.recapOf(a))
			if err != nil || !r.Again || !r.SubmittedAt.Equal(*a.SubmittedAt) {
				t.Errorf("P6.7 a second press: %+v, %v", r, err)
			}
		}
		for sql, want := range map[string]int{
			`SELECT count(*) FROM mails WHERE subject_id = $1 AND kind = 'receipt'`:                                                             1,
			`SELECT count(*) FROM mails WHERE kind = 'approval_request' AND subject_id IN (SELECT id FROM approvals WHERE application_id = $1)`: 1,
			`SELECT count(*) FROM submissions WHERE application_id = $1`:                                                                        1,
			`SELECT count(*) FROM events WHERE subject_id = $1 AND kind IN ('application.submit', 'application.request_approval')`:              2,
			`SELECT count(*) FROM approvals WHERE application_id = $1 AND email = '` + manager + `' AND state = 'requested'`:                    1,
			`SELECT count(*) FROM river_job WHERE args->>'mail_id' IN (SELECT id::text FROM mails WHERE subject_id = $1)`:                       1,
		} {
			if n := w.count(sql, a.ID); n != want {
				t.Errorf("%s: %d", sql, n)
			}
		}
	})
	t.Run("P6.7 200 submissions at once make one", func(t *testing.T) {
		by := w.person("Camille", "Martin")
		a := w.begin(by)
		w.fill(by, a.ID)
		posted := w.recap(by, a.ID)
		var wg sync.WaitGroup
		again := make(chan bool, 200)
		for range 200 {
			wg.Go(func() {
				r, err := w.submit(by, a.ID, posted)
				if err != nil {
					t.Error(err)
				}
				again <- r.Again
			})
		}
		wg.Wait()
		close(again)
		first := 0
		for b := range again {
			if !b {
				first++
			}
		}
		if first != 1 || w.count(`SELECT count(*) FROM mails WHERE subject_id = $1`, a.ID) != 1 {
			t.Errorf("%d made it", first)
		}
	})
	t.Run("P5.6 what changed since the recapitulation is a conflict that names the fields", func(t *testing.T) {
		by := w.person("Camille", "Martin")
		a := w.begin(by)
		w.fill(by, a.ID)
		posted := w.recap(by, a.ID)
		w.write(by, a.ID, 1, "first_name", "Camélia")
		_, err := w.submit(by, a.ID, posted)
		var e *models.Error
		if !errors.As(err, &e) || e.Kind != models.KindConflict {
			t.Fatal(err)
		}
		if stale, ok := e.Data.(application.StaleRecap); !ok || len(stale.Keys) != 1 || stale.Keys[0] != "first_name" {
			t.Errorf("%+v", e.Data)
		}
		delete(posted, application.NameSeen)
		if _, err := w.submit(by, a.ID, posted); models.KindOf(err) != models.KindConflict {
			t.Errorf("without what was seen: %v", err)
		}
	})
	t.Run("P5.5 an incomplete draft is refused and stays one", func(t *testing.T) {
		by := w.person("Camille", "Martin")
		a := w.begin(by)
		_, err := w.submit(by, a.ID, w.recap(by, a.ID))
		var e *models.Error
		if !errors.As(err, &e) || e.Kind != models.KindInvalid {
			t.Fatal(err)
		}
		if d, ok := e.Data.(application.Answers); !ok || d.Result.Missing == 0 {
			t.Errorf("%T", e.Data)
		}
	})
	t.Run("P6.1 nobody is their own line manager, in any disguise", func(t *testing.T) {
		by := w.person("Camille", "Martin")
		a := w.begin(by)
		w.fill(by, a.ID)
		w.exec(`UPDATE accounts SET email = 'camille.martin@gmail.com' WHERE id = $1`, by.Account)
		w.exec(`INSERT INTO email_changes (id, account_id, old_email, new_email, requested_at) VALUES ($1, $2, 'a@b.fr', 'camille@bücher.example', $3)`,
			w.db.NewID(), by.Account, modelstest.Noon)
		for _, own := range []string{"CamilleMartin+chef@googlemail.com", "c.a.m.i.l.l.e.martin@gmail.com", "camille@xn--bcher-kva.example", "CAMILLE@example.org"} {
			w.write(by, a.ID, 4, "manager_email", own)
			if _, err := w.submit(by, a.ID, w.recap(by, a.ID)); models.KindOf(err) != models.KindInvalid {
				t.Errorf("%s: %v", own, err)
			}
		}
	})
	t.Run("P18.1 without account the draft is kept and sign-up is asked for", func(t *testing.T) {
		by := browser(1)
		a := w.begin(by)
		w.fill(by, a.ID)
		if _, err := w.submit(by, a.ID, w.recap(by, a.ID)); models.KindOf(err) != models.KindUnauthorised {
			t.Fatal(err)
		}
		p := w.person("Omar", "Blanc")
		p.DraftKey = by.DraftKey
		r, err := w.submit(p, a.ID, w.recap(p, a.ID))
		if err != nil || r.Account != p.Account {
			t.Errorf("signed in: %v", err)
		}
	})
	t.Run("P18.6 a draft for a session already applied to leads to the first", func(t *testing.T) {
		by, first := w.submitted()
		other := browser(2)
		a := w.begin(other)
		w.fill(other, a.ID)
		by.DraftKey = other.DraftKey
		_, err := w.submit(by, a.ID, w.recap(by, a.ID))
		var e *models.Error
		if !errors.As(err, &e) || e.Key != "application.already_have" || e.Data.(application.AlreadyHave).Application != first.ID {
			t.Errorf("%v", err)
		}
	})
	t.Run("P18.11 the deadline is 24:00 of the portal's zone", func(t *testing.T) {
		by := w.person("Camille", "Martin")
		a := w.begin(by)
		w.fill(by, a.ID)
		posted := w.recap(by, a.ID)
		clock := modelstest.Clock(w.db)
		defer clock.Set(modelstest.Noon)
		clock.Set(time.Date(2026, 12, 1, 23, 0, 0, 0, time.UTC)) // midnight in Paris, past it
		if _, err := w.submit(by, a.ID, posted); models.KindOf(err) != models.KindConflict {
			t.Errorf("after: %v", err)
		}
		clock.Set(time.Date(2026, 12, 1, 22, 59, 59, 0, time.UTC))
		if _, err := w.submit(by, a.ID, posted); err != nil {
			t.Errorf("before: %v", err)
		}
	})
}

func TestEveryPair(t *testing.T) {
	w := newWorld(t)
	_, a := w.submitted()
	t.Run("P6 the database refuses every pair of states that the table does not have", func(t *testing.T) {
		allowed := map[string]bool{}
		for _, tr := range application.Transitions() {
			allowed[string(tr.From)+string(tr.To)] = true
		}
		for _, from := range application.States() {
			for _, to := range application.States() {
				err := w.db.InRolledBackTx(context.Background(), func(ctx context.Context, tx models.Tx) error {
					if _, err := tx.PGX.Exec(ctx, `ALTER TABLE applications DISABLE TRIGGER applications_transition`); err != nil {
						return err
					}
					at := `CASE WHEN $2 = 'draft' THEN NULL ELSE submitted_at END`
					if _, err := tx.PGX.Exec(ctx, `UPDATE applications SET state = $2, submitted_at = `+at+` WHERE id = $1`, models.Prepared, a.ID, string(from)); err != nil {
						t.Fatalf("%s: %v", from, err)
					}
					if _, err := tx.PGX.Exec(ctx, `ALTER TABLE applications ENABLE TRIGGER applications_transition`); err != nil {
						return err
					}
					_, err := tx.PGX.Exec(ctx, `UPDATE applications SET state = $2, submitted_at = CASE WHEN $2 = 'draft' THEN NULL ELSE now() END WHERE id = $1`,
						models.Prepared, a.ID, string(to))
					return err
				})
				if from != to && allowed[string(from)+string(to)] != (err == nil) {
					t.Errorf("%s to %s: %v", from, to, err)
				}
			}
		}
	})
}

// recapOf is a stale last page of what has been sent.
func (w *world) recapOf(application.Application) map[string][]string {
	return map[string][]string{application.NameSeen: {"first_name="}}
}
