package application_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/modelstest"
)

func (w *world) answer(token string, in application.AnswerInput) error {
	return w.try(func(ctx context.Context, tx models.Tx) error {
		_, err := application.AnswerByToken(ctx, tx, models.Actor{Kind: models.ActorAnonymous}, token, in)
		return err
	})
}

func (w *world) door(token string) (r application.Request, d application.Door) {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx models.Tx) (err error) {
		r, d, err = application.ApprovalByToken(ctx, tx, token)
		return err
	})
	return r, d
}

func (w *world) state(id models.ID) (s application.State) {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx models.Tx) error {
		a, err := application.Load(ctx, tx, models.Portal(), id)
		s = a.State
		return err
	})
	return s
}

func TestApproval(t *testing.T) {
	w := newWorld(t)
	t.Run("P17.11 following the link changes nothing, approving asks for a post", func(t *testing.T) {
		_, a := w.submitted()
		token := w.token(a.ID)
		events := w.count(`SELECT count(*) FROM events WHERE subject_id = $1`, a.ID)
		for range 5 {
			if _, door := w.door(token); door != application.DoorOpen {
				t.Fatal(door)
			}
		}
		if n := w.count(`SELECT count(*) FROM events WHERE subject_id = $1`, a.ID); n != events || w.state(a.ID) != application.AwaitingApproval {
			t.Error("reading the page changed something")
		}
		if err := w.answer(token, application.AnswerInput{Answer: application.Approve}); err != nil {
			t.Fatal(err)
		}
		if s := w.state(a.ID); s != application.UnderReview {
			t.Errorf("state %s", s)
		}
		if err := w.answer(token, application.AnswerInput{Answer: application.Approve}); err != nil {
			t.Errorf("the same answer again: %v", err)
		}
		if err := w.answer(token, application.AnswerInput{Answer: application.Deny, Reason: "non"}); models.KindOf(err) != models.KindConflict {
			t.Errorf("another answer: %v", err)
		}
		if r, door := w.door(token); door != application.DoorAnswered || r.Applicant != "" {
			t.Errorf("%s shows %q", door, r.Applicant)
		}
		if n := w.count(`SELECT count(*) FROM approvals WHERE application_id = $1 AND strength = 'link'`, a.ID); n != 1 {
			t.Error("P18.2 the strength of the identity is not kept")
		}
	})
	t.Run("P18.2 the line manager never sees birth date, home, phone or identifiers", func(t *testing.T) {
		by := w.person("Camille", "Martin")
		a := w.begin(by)
		w.write(by, a.ID, 1, "phone", "0639980417", "city.postcode", "87000", "city.name", "Limoges")
		w.fill(by, a.ID)
		if _, err := w.submit(by, a.ID, w.recap(by, a.ID)); err != nil {
			t.Fatal(err)
		}
		r, _ := w.door(w.token(a.ID))
		if r.Applicant != "Camille Martin" || r.Employer != "Librairie du Port" || r.Why != "Nouveau poste" {
			t.Errorf("%+v", r)
		}
	})
	t.Run("P6.1 a refusal needs a reason and tells the applicant", func(t *testing.T) {
		_, a := w.submitted()
		token := w.token(a.ID)
		if err := w.answer(token, application.AnswerInput{Answer: application.Deny, Reason: "  "}); models.KindOf(err) != models.KindInvalid {
			t.Errorf("without reason: %v", err)
		}
		if err := w.answer(token, application.AnswerInput{Answer: application.Deny, Reason: "Service fermé"}); err != nil {
			t.Fatal(err)
		}
		if s := w.state(a.ID); s != application.ApprovalRefused {
			t.Errorf("state %s", s)
		}
		if n := w.count(`SELECT count(*) FROM mails WHERE subject_id = $1 AND kind = 'approval_refused'`, a.ID); n != 1 {
			t.Errorf("%d mails", n)
		}
	})
	t.Run("P6.1 not my staff goes back to the applicant, who names another", func(t *testing.T) {
		by, a := w.submitted()
		old := w.token(a.ID)
		if err := w.answer(old, application.AnswerInput{Answer: application.NotMyStaff}); err != nil {
			t.Fatal(err)
		}
		c := w.card(by, a.ID)
		if c.Turn != application.TurnApplicant || !c.Can(application.ActReplace) || !c.Waits() {
			t.Errorf("turn %s", c.Turn)
		}
		if err := w.replace(by, a.ID, "CAMILLE@example.org"); models.KindOf(err) != models.KindInvalid {
			t.Errorf("own address: %v", err)
		}
		if err := w.replace(by, a.ID, "autre@mairie.example.org"); err != nil {
			t.Fatal(err)
		}
		if err := w.answer(w.token(a.ID), application.AnswerInput{Answer: application.Approve}); err != nil {
			t.Error(err)
		}
	})
	t.Run("P18.2 the applicant corrects the address until an answer exists, the old link is revoked", func(t *testing.T) {
		by, a := w.submitted()
		old := w.token(a.ID)
		if err := w.replace(by, a.ID, "bonne@mairie.example.org"); err != nil {
			t.Fatal(err)
		}
		if _, door := w.door(old); door != application.DoorClosed {
			t.Errorf("old link: %s", door)
		}
		if err := w.answer(old, application.AnswerInput{Answer: application.Approve}); models.KindOf(err) != models.KindGone {
			t.Errorf("old link: %v", err)
		}
		if err := w.answer(w.token(a.ID), application.AnswerInput{Answer: application.Approve}); err != nil {
			t.Fatal(err)
		}
		if err := w.replace(by, a.ID, "encore@mairie.example.org"); models.KindOf(err) != models.KindConflict {
			t.Errorf("after the answer: %v", err)
		}
	})
	t.Run("P6.1 an expired link offers a new one to the same address", func(t *testing.T) {
		_, a := w.submitted()
		old := w.token(a.ID)
		clock := modelstest.Clock(w.db)
		defer clock.Set(modelstest.Noon)
		clock.Set(lastInstant(w.db, 21).Add(-time.Second)) // P18.11: the date told counts whole
		if _, door := w.door(old); door != application.DoorOpen {
			t.Fatal(door)
		}
		clock.Set(modelstest.Noon.Add(22 * 24 * time.Hour))
		if _, door := w.door(old); door != application.DoorExpired {
			t.Fatal(door)
		}
		if err := w.answer(old, application.AnswerInput{Answer: application.Approve}); models.KindOf(err) != models.KindGone {
			t.Errorf("expired: %v", err)
		}
		for range 3 {
			w.tx(func(ctx context.Context, tx models.Tx) error { return application.RenewLink(ctx, tx, old) })
		}
		if n := w.count(`SELECT count(*) FROM mails m JOIN approvals p ON p.id = m.subject_id WHERE p.application_id = $1 AND m.recipient = $2`, a.ID, manager); n != 2 {
			t.Errorf("%d mails", n)
		}
		if err := w.answer(w.token(a.ID), application.AnswerInput{Answer: application.Approve}); err != nil {
			t.Error(err)
		}
	})
	t.Run("P6.1 answers, another line manager and a withdrawal at once leave one outcome", func(t *testing.T) {
		for range 6 {
			by, a := w.submitted()
			token := w.token(a.ID)
			var wg sync.WaitGroup
			for _, in := range []application.AnswerInput{{Answer: application.Approve}, {Answer: application.Deny, Reason: "non"}, {Answer: application.NotMyStaff}, {Answer: application.Approve}} {
				wg.Go(func() { _ = w.answer(token, in) })
			}
			wg.Go(func() { _ = w.replace(by, a.ID, "autre@mairie.example.org") })
			wg.Go(func() {
				_ = w.try(func(ctx context.Context, tx models.Tx) error {
					_, err := application.Withdraw(ctx, tx, by, a.ID, "")
					return err
				})
			})
			wg.Wait()
			answered := w.count(`SELECT count(*) FROM approvals WHERE application_id = $1 AND answered_at IS NOT NULL`, a.ID)
			open := w.count(`SELECT count(*) FROM approvals WHERE application_id = $1 AND state IN ('requested', 'stuck')`, a.ID)
			state := w.state(a.ID)
			if answered > 1 || open == 1 && state != application.AwaitingApproval {
				t.Errorf("%d answers, %d open, %s", answered, open, state)
			}
			if n := w.count(`SELECT count(*) FROM events WHERE subject_id = $1 AND kind IN ('application.approve', 'application.refuse_approval', 'application.not_my_staff')`, a.ID); n != answered {
				t.Errorf("%d answers in the journal, %d in the table", n, answered)
			}
		}
	})
	t.Run("P18.2 who signs in with the same address finds the request", func(t *testing.T) {
		_, a := w.submitted()
		chief, stranger := w.person("Luc", "Bernard"), w.person("X", "Y")
		chief.Email = "Chef.Service@mairie.example.org"
		var id models.ID
		w.tx(func(ctx context.Context, tx models.Tx) error {
			mine, err := application.MyApprovals(ctx, tx, chief)
			for _, r := range mine {
				if r.Approval.Application == a.ID {
					id = r.Approval.ID
				}
			}
			return err
		})
		in := application.AnswerInput{Answer: application.Approve}
		err := w.try(func(ctx context.Context, tx models.Tx) error {
			_, err := application.AnswerByAccount(ctx, tx, stranger, id, in)
			return err
		})
		if models.KindOf(err) != models.KindNotFound {
			t.Errorf("stranger: %v", err)
		}
		w.tx(func(ctx context.Context, tx models.Tx) error {
			_, err := application.AnswerByAccount(ctx, tx, chief, id, in)
			return err
		})
		if n := w.count(`SELECT count(*) FROM approvals WHERE id = $1 AND strength = 'account'`, id); n != 1 {
			t.Error("strength")
		}
	})
}

func (w *world) card(by models.Actor, id models.ID) (c application.Card) {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx models.Tx) (err error) {
		c, err = application.CardOf(ctx, tx, by, id)
		return err
	})
	return c
}

func (w *world) replace(by models.Actor, id models.ID, email string) error {
	return w.try(func(ctx context.Context, tx models.Tx) error {
		_, err := application.ReplaceApprover(ctx, tx, by, id, application.Approver{LastName: "Petit", FirstName: "Anne", Function: "Cheffe", Email: email})
		return err
	})
}

func TestLadder(t *testing.T) {
	w := newWorld(t)
	clock := modelstest.Clock(w.db)
	sweep := func(days int) {
		t.Helper()
		clock.Set(modelstest.Noon.Add(time.Duration(days) * 24 * time.Hour))
		if _, err := application.RemindApprovers(context.Background(), w.db); err != nil {
			t.Fatal(err)
		}
	}
	mails := func(id models.ID) int {
		return w.count(`SELECT count(*) FROM mails m JOIN approvals p ON p.id = m.subject_id WHERE p.application_id = $1`, id)
	}
	by, a := w.submitted()
	t.Run("P18.3 two reminders, then the request stands on the officer's desk", func(t *testing.T) {
		for day, want := range []int{1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3} {
			sweep(day)
			sweep(day)
			if n := mails(a.ID); n != want {
				t.Fatalf("day %d: %d mails, want %d", day, n, want)
			}
		}
		if c := w.card(by, a.ID); c.Approval.State != application.ApprovalStuck || c.Turn != application.TurnService {
			t.Errorf("%s, turn %s", c.Approval.State, c.Turn)
		}
	})
	t.Run("P18.3 an officer sends again, another officer's scope does not reach it", func(t *testing.T) {
		narrow := w.officer("Éva", "Loin", models.Grant{Role: models.RoleOfficer, Kind: models.ScopeCourse, Scope: w.db.NewID()})
		for _, x := range []struct {
			by   models.Actor
			want models.Kind
		}{{narrow, models.KindNotFound}, {by, models.KindNotFound}} {
			err := w.try(func(ctx context.Context, tx models.Tx) error {
				_, err := application.SendApprovalAgain(ctx, tx, x.by, a.ID)
				return err
			})
			if models.KindOf(err) != x.want {
				t.Errorf("%s: %v", x.by.Name, err)
			}
		}
		w.tx(func(ctx context.Context, tx models.Tx) error {
			_, err := application.SendApprovalAgain(ctx, tx, w.helene, a.ID)
			return err
		})
		if n := mails(a.ID); n != 4 {
			t.Errorf("%d mails", n)
		}
	})
	t.Run("P18.3 closed with a reason, told to the applicant", func(t *testing.T) {
		for _, day := range []int{21, 27, 33} {
			sweep(day)
		}
		w.tx(func(ctx context.Context, tx models.Tx) error {
			_, err := application.CloseStuck(ctx, tx, w.helene, a.ID, "Sans réponse")
			return err
		})
		if w.state(a.ID) != application.Closed || w.count(`SELECT count(*) FROM mails WHERE kind = 'application_closed' AND subject_id = $1`, a.ID) != 1 {
			t.Error(w.state(a.ID))
		}
	})
	t.Run("P18.18 the address is forgotten one year after the last request", func(t *testing.T) {
		w.exec(`UPDATE mails SET state = 'sent', sent_at = $1`, modelstest.Noon)
		for _, x := range []struct{ days, left int }{{27 + 364, 1}, {27 + 365, 0}} {
			clock.Set(modelstest.Noon.Add(time.Duration(x.days) * 24 * time.Hour))
			if _, err := application.ForgetApprovers(context.Background(), w.db); err != nil {
				t.Fatal(err)
			}
			if n := w.count(`SELECT count(*) FROM approvals WHERE application_id = $1 AND email <> ''`, a.ID); n != x.left {
				t.Errorf("after %d days: %d left", x.days, n)
			}
			if n := w.count(`SELECT count(*) FROM links l JOIN approvals p ON p.id = l.subject_id WHERE p.application_id = $1 AND l.email <> ''`, a.ID); n != 0 && x.left == 0 {
				t.Errorf("%d links still name the line manager", n)
			}
			if n := w.count(`SELECT count(*) FROM mails m JOIN approvals p ON p.id = m.subject_id WHERE p.application_id = $1 AND m.recipient <> ''`, a.ID); n != 0 && x.left == 0 {
				t.Errorf("%d mails still name the line manager", n)
			}
		}
	})
}

func TestLeaving(t *testing.T) {
	w := newWorld(t)
	t.Run("P6 withdrawal ends the request, tells the applicant, and is done once", func(t *testing.T) {
		by, a := w.submitted()
		token := w.token(a.ID)
		for range 2 {
			w.tx(func(ctx context.Context, tx models.Tx) error {
				_, err := application.Withdraw(ctx, tx, by, a.ID, "Empêchée")
				return err
			})
		}
		if _, door := w.door(token); door != application.DoorClosed {
			t.Error(door)
		}
		if n := w.count(`SELECT count(*) FROM mails WHERE kind = 'withdrawal_receipt' AND subject_id = $1`, a.ID); n != 1 {
			t.Errorf("%d mails", n)
		}
	})
	t.Run("P6 nobody withdraws for somebody else, nor after the end", func(t *testing.T) {
		by, a := w.submitted()
		take := func(who models.Actor) error {
			return w.try(func(ctx context.Context, tx models.Tx) error {
				_, err := application.Withdraw(ctx, tx, who, a.ID, "")
				return err
			})
		}
		for _, who := range []models.Actor{w.helene, w.person("A", "B"), browser(1)} {
			if err := take(who); models.KindOf(err) != models.KindNotFound {
				t.Errorf("%v", err)
			}
		}
		clock := modelstest.Clock(w.db)
		defer clock.Set(modelstest.Noon)
		clock.Set(time.Date(2027, 2, 4, 12, 0, 0, 0, time.UTC))
		if err := take(by); models.KindOf(err) != models.KindInvalid {
			t.Errorf("after the end: %v", err)
		}
	})
	t.Run("P18.12 a cancelled session closes its applications with a cause and a mail", func(t *testing.T) {
		by, a := w.submitted()
		w.exec(`UPDATE sessions SET cancelled_at = $2, cancel_reason = 'Trop peu d''inscrits' WHERE id = $1`, w.open, modelstest.Noon)
		for range 2 {
			if _, err := application.CloseCancelled(context.Background(), w.db); err != nil {
				t.Fatal(err)
			}
		}
		c := w.card(by, a.ID)
		if c.State != application.Closed || c.ClosingCause != "session_cancelled" {
			t.Errorf("%s, %s", c.State, c.ClosingCause)
		}
		if n := w.count(`SELECT count(*) FROM mails WHERE kind = 'session_cancelled' AND subject_id = $1`, a.ID); n != 1 {
			t.Errorf("%d mails", n)
		}
	})
}

func TestDashboard(t *testing.T) {
	w := newWorld(t)
	t.Run("P18.4 until its release a decision is unknown to the applicant", func(t *testing.T) {
		by, a := w.submitted()
		if err := w.answer(w.token(a.ID), application.AnswerInput{Answer: application.Approve}); err != nil {
			t.Fatal(err)
		}
		version := w.count(`SELECT version FROM applications WHERE id = $1`, a.ID)
		before := w.card(by, a.ID)
		w.tx(func(ctx context.Context, tx models.Tx) error {
			_, err := application.Decide(ctx, tx, w.helene, a.ID, application.DecideInput{Kind: application.VerdictRefused, Reason: "Complet", Version: version})
			return err
		})
		after := w.card(by, a.ID)
		if after.Verdict != "" || after.State != application.UnderReview || after.Told != nil || len(after.History) != len(before.History) || after.Since != before.Since {
			t.Errorf("the applicant sees %+v", after)
		}
		modelstest.Clock(w.db).Set(modelstest.Noon.Add(60 * 24 * time.Hour))
		defer modelstest.Clock(w.db).Set(modelstest.Noon)
		if _, err := application.ReleaseDue(context.Background(), w.db); err != nil {
			t.Fatal(err)
		}
		if told := w.card(by, a.ID); told.State != application.Refused || told.Told == nil || told.Told.Reason != "Complet" {
			t.Errorf("once told: %+v", told.Told)
		}
	})
	t.Run("P6.6 the badge counts what waits for the person", func(t *testing.T) {
		by, a := w.submitted()
		other := w.newSession(w.course, 5, "2027-03-01")
		w.tx(func(ctx context.Context, tx models.Tx) error {
			_, _, err := application.Begin(ctx, tx, by, other)
			return err
		})
		if err := w.answer(w.token(a.ID), application.AnswerInput{Answer: application.NotMyStaff}); err != nil {
			t.Fatal(err)
		}
		w.tx(func(ctx context.Context, tx models.Tx) error {
			cards, err := application.Dashboard(ctx, tx, by)
			n, _ := application.Waiting(ctx, tx, by)
			if len(cards) != 2 || n != 2 || !cards[0].Waits() || !cards[1].Waits() {
				t.Errorf("%d cards, badge %d", len(cards), n)
			}
			return err
		})
	})
}
