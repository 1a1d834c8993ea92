package application_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/application"
)

func TestDecide(t *testing.T) {
	t.Run("P18.4 a decision takes a seat when recorded and is told on its release date", func(t *testing.T) {
		w := newDesk(t, 12)
		id, _ := w.underReview(w.session)
		d := w.mustDecide(w.helene, id, application.DecideInput{Kind: application.VerdictAccepted})
		if got := d.ReleaseOn.Format(time.DateOnly); got != "2027-01-02" {
			t.Errorf("released on %s, want 30 days before 2027-02-01", got)
		}
		if a := w.load(id); a.State != application.UnderReview || a.Verdict != "accepted" || a.Session.SeatsTaken != 1 {
			t.Errorf("before release: %s, %s, %d seats", a.State, a.Verdict, a.Session.SeatsTaken)
		}
		if n := w.count(`SELECT count(*) FROM mails`); n != 0 {
			t.Errorf("%d mails before release", n)
		}
		w.today("2027-01-01")
		if n := w.release(); n != 0 {
			t.Errorf("%d released a day early", n)
		}
		w.today("2027-01-02")
		if n := w.release(); n != 1 {
			t.Errorf("%d released, want 1", n)
		}
		if n := w.release(); n != 0 {
			t.Errorf("%d released again", n)
		}
		if a := w.load(id); a.State != application.Accepted || a.ConfirmBy != nil {
			t.Errorf("after release: %s, confirm by %v", a.State, a.ConfirmBy)
		}
		if n := w.count(`SELECT count(*) FROM mails WHERE kind = 'decision' AND once_key = 'decision/' || $1`, d.ID.String()); n != 1 {
			t.Errorf("%d mails after release", n)
		}
		if n := w.count(`SELECT count(*) FROM events WHERE subject_id = $1 AND kind IN ('application.decided', 'application.release_accepted')`, id); n != 2 {
			t.Errorf("%d events, want the decision and its release", n)
		}
	})
	t.Run("P18.4 a release date in the past means at once", func(t *testing.T) {
		w := newDesk(t, 12)
		w.today("2027-01-20")
		id, _ := w.underReview(w.session)
		d := w.mustDecide(w.helene, id, application.DecideInput{Kind: application.VerdictRefused, Reason: "Prérequis absents"})
		if d.ReleasedAt == nil || w.load(id).State != application.Refused {
			t.Errorf("released %v, state %s", d.ReleasedAt, w.load(id).State)
		}
		if n := w.count(`SELECT count(*) FROM mails WHERE subject_id = $1`, d.ID); n != 1 {
			t.Errorf("%d mails", n)
		}
	})
	t.Run("P18.4 until release it can be changed, with its author; the seat follows", func(t *testing.T) {
		w := newDesk(t, 1)
		id, _ := w.underReview(w.session)
		w.mustDecide(w.helene, id, application.DecideInput{Kind: application.VerdictAccepted})
		w.mustDecide(w.yanis, id, application.DecideInput{Kind: application.VerdictRefused, Reason: "Doublon"})
		if a := w.load(id); a.Session.SeatsTaken != 0 || a.Verdict != "refused" {
			t.Errorf("%d seats, %s", a.Session.SeatsTaken, a.Verdict)
		}
		w.do(func(ctx context.Context, tx models.Tx) error {
			all, err := application.DecisionsOf(ctx, tx, id)
			if err != nil || len(all) != 2 || all[0].RecordedName != "Yanis Girard" || all[0].SupersededAt != nil ||
				all[1].RecordedName != "Hélène Roussel" || all[1].SupersededAt == nil {
				t.Errorf("history: %+v, %v", all, err)
			}
			return nil
		})
		w.today("2027-01-02")
		w.release()
		_, err := w.decide(w.helene, id, application.DecideInput{Kind: application.VerdictAccepted, Version: w.load(id).Version})
		if models.KindOf(err) != models.KindConflict {
			t.Errorf("changed after release: %v", err)
		}
	})
	t.Run("P18.4 on hold is a recorded absence of decision, never told", func(t *testing.T) {
		w := newDesk(t, 1)
		id, _ := w.underReview(w.session)
		d := w.mustDecide(w.helene, id, application.DecideInput{Kind: application.VerdictOnHold, Reason: "Attendre le budget"})
		w.today("2027-01-25")
		if w.release() != 0 || d.ReleaseOn != nil || w.load(id).State != application.UnderReview || w.load(id).Session.SeatsTaken != 0 {
			t.Errorf("on hold was told or took a seat: %+v", w.load(id))
		}
		w.mustDecide(w.yanis, id, application.DecideInput{Kind: application.VerdictAccepted})
		if w.load(id).State != application.Accepted {
			t.Errorf("state %s", w.load(id).State)
		}
	})
	t.Run("P6.1 a refusal needs a reason", func(t *testing.T) {
		w := newDesk(t, 1)
		id, _ := w.underReview(w.session)
		_, err := w.decide(w.helene, id, application.DecideInput{Kind: application.VerdictRefused, Version: 1})
		var e *models.Error
		if !errors.As(err, &e) || e.Kind != models.KindInvalid || len(e.Fields) != 1 || e.Fields[0].Field != "motif" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("P6.7 the same decision sent twice is one", func(t *testing.T) {
		w := newDesk(t, 1)
		id, _ := w.underReview(w.session)
		in := application.DecideInput{Kind: application.VerdictAccepted, Version: 1, Message: "Bienvenue"}
		first, err1 := w.decide(w.helene, id, in)
		second, err2 := w.decide(w.helene, id, in)
		if err1 != nil || err2 != nil || first.ID != second.ID || w.count(`SELECT count(*) FROM decisions`) != 1 {
			t.Errorf("%v, %v: %s and %s", err1, err2, first.ID, second.ID)
		}
	})
	t.Run("P2.5 an officer decides in their scope only; elsewhere it is not found", func(t *testing.T) {
		w := newDesk(t, 1)
		id, applicant := w.underReview(w.session)
		other := w.newCourse("bib-2", w.theme)
		grant := func(kind models.ScopeKind, scope models.ID) models.Grant {
			return models.Grant{Role: models.RoleOfficer, Kind: kind, Scope: scope}
		}
		in := application.DecideInput{Kind: application.VerdictOnHold, Version: 1}
		for name, by := range map[string]models.Actor{
			"another course": w.officer("A", "A", grant(models.ScopeCourse, other)),
			"another theme":  w.officer("B", "B", grant(models.ScopeTheme, other)),
			"the applicant":  applicant,
			"nobody":         {Kind: models.ActorAnonymous},
			"the portal":     models.Portal(),
		} {
			if _, err := w.decide(by, id, in); models.KindOf(err) != models.KindNotFound {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := w.decide(w.officer("C", "C", grant(models.ScopeTheme, w.theme)), id, in); err != nil {
			t.Errorf("own theme: %v", err)
		}
		in.Version = 2
		if _, err := w.decide(w.officer("D", "D", grant(models.ScopeCourse, w.course)), id, in); err != nil {
			t.Errorf("own course: %v", err)
		}
	})
	t.Run("P2.5 nobody decides on their own application", func(t *testing.T) {
		w := newDesk(t, 1)
		id := w.applied(w.session, w.helene, application.UnderReview)
		var e *models.Error
		if _, err := w.decide(w.helene, id, application.DecideInput{Kind: application.VerdictAccepted, Version: 1}); !errors.As(err, &e) || e.Key != "desk.own_application" {
			t.Errorf("got %v", err)
		}
		if _, err := w.decide(w.yanis, id, application.DecideInput{Kind: application.VerdictAccepted, Version: 1}); err != nil {
			t.Errorf("a colleague: %v", err)
		}
	})
	t.Run("P17.15 once the session has started, refusing stays possible and is told at once; no seat is given or promised", func(t *testing.T) {
		w := newDesk(t, 5)
		id, _ := w.underReview(w.session)
		w.today("2027-02-02")
		now := models.Date(w.db.Clock.Now(), w.db.Zone)
		for _, kind := range []application.Verdict{application.VerdictAccepted, application.VerdictWaitlisted} {
			var e *models.Error
			_, err := w.decide(w.helene, id, application.DecideInput{Kind: kind, Version: 1, ReleaseOn: &now})
			if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Field != "decision" || e.Fields[0].Key != "desk.session_started" {
				t.Errorf("%s: %v", kind, err)
			}
		}
		d := w.mustDecide(w.helene, id, application.DecideInput{Kind: application.VerdictRefused, Reason: "Session commencée", ReleaseOn: &now})
		if d.ReleasedAt == nil || w.load(id).State != application.Refused {
			t.Errorf("not told: %+v, %s", d, w.load(id).State)
		}
	})
	t.Run("P18.12 nothing is decided in a cancelled session", func(t *testing.T) {
		w := newDesk(t, 1)
		id, _ := w.underReview(w.session)
		w.exec(`UPDATE sessions SET cancelled_at = $2 WHERE id = $1`, w.session, w.db.Clock.Now())
		var e *models.Error
		if _, err := w.decide(w.helene, id, application.DecideInput{Kind: application.VerdictOnHold, Version: 1}); !errors.As(err, &e) || e.Key != "desk.session_cancelled" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("P6 only an application under review is decided", func(t *testing.T) {
		w := newDesk(t, 1)
		id := w.applied(w.session, w.person("A", "B"), application.AwaitingApproval)
		if _, err := w.decide(w.helene, id, application.DecideInput{Kind: application.VerdictAccepted, Version: 1}); models.KindOf(err) != models.KindConflict {
			t.Errorf("got %v", err)
		}
	})
}

func TestRaces(t *testing.T) {
	t.Run("P6.1 200 decisions at the same instant over 12 seats never make 13", func(t *testing.T) {
		w := newDesk(t, 14)
		w.exec(`UPDATE sessions SET seats_elsewhere = 2 WHERE id = $1`, w.session)
		ids := make([]models.ID, 200)
		for i := range ids {
			ids[i], _ = w.underReview(w.session)
		}
		var accepted, full sync.Map
		together(200, func(i int) {
			_, err := w.decide(w.helene, ids[i], application.DecideInput{Kind: application.VerdictAccepted, Version: 1})
			var e *models.Error
			switch {
			case err == nil:
				accepted.Store(i, true)
			case errors.As(err, &e) && e.Key == "desk.no_seat":
				full.Store(i, true)
			default:
				t.Errorf("decision %d: %v", i, err)
			}
		})
		if a, f := size(&accepted), size(&full); a != 12 || f != 188 {
			t.Errorf("%d accepted, %d refused for want of seats", a, f)
		}
		if n := w.count(`SELECT count(*) FROM applications WHERE verdict = 'accepted'`); n != 12 {
			t.Errorf("%d seats given", n)
		}
		if n := w.count(`SELECT seats_taken FROM sessions WHERE id = $1`, w.session); n != 12 {
			t.Errorf("%d seats counted", n)
		}
	})
	t.Run("P9.5 two officers at once: one decision, one conflict that says who, what and when", func(t *testing.T) {
		w := newDesk(t, 12)
		for range 20 {
			id, _ := w.underReview(w.session)
			results := make([]error, 2)
			inputs := []application.DecideInput{
				{Kind: application.VerdictOnHold, Reason: "À revoir", Version: 1},
				{Kind: application.VerdictRefused, Reason: "Doublon", Version: 1},
			}
			officers := []models.Actor{w.helene, w.yanis}
			together(2, func(i int) { _, results[i] = w.decide(officers[i], id, inputs[i]) })
			if (results[0] == nil) == (results[1] == nil) {
				t.Fatalf("results %v", results)
			}
			lost := 0
			if results[0] == nil {
				lost = 1
			}
			var e *models.Error
			if !errors.As(results[lost], &e) || e.Kind != models.KindConflict {
				t.Fatalf("refused with %v", results[lost])
			}
			c, ok := e.Data.(application.DecisionConflict)
			if !ok || c.Standing == nil || c.Standing.RecordedName != officers[1-lost].Name || c.Standing.Kind != inputs[1-lost].Kind ||
				c.Standing.Reason != inputs[1-lost].Reason || c.Standing.RecordedAt.IsZero() || c.Own.Reason != inputs[lost].Reason {
				t.Fatalf("conflict %+v", e.Data)
			}
			if n := w.count(`SELECT count(*) FROM decisions WHERE application_id = $1`, id); n != 1 {
				t.Fatalf("%d decisions", n)
			}
		}
	})
	t.Run("P18.4 two sweeps at once tell each decision once", func(t *testing.T) {
		w := newDesk(t, 40)
		for range 30 {
			id, _ := w.underReview(w.session)
			w.mustDecide(w.helene, id, application.DecideInput{Kind: application.VerdictAccepted})
		}
		w.today("2027-01-02")
		told := make([]int, 4)
		together(4, func(i int) { told[i], _ = application.ReleaseDue(context.Background(), w.db) })
		if sum := told[0] + told[1] + told[2] + told[3]; sum != 30 {
			t.Errorf("%d told, want 30", sum)
		}
		if m, j := w.count(`SELECT count(*) FROM mails`), w.count(`SELECT count(*) FROM river_job`); m != 30 || j != 30 {
			t.Errorf("%d mails, %d jobs", m, j)
		}
	})
}

func TestReleaseCutShort(t *testing.T) {
	t.Run("P18.4 a release cut short at any moment and started again tells each decision once", func(t *testing.T) {
		w := newDesk(t, 60)
		for range 40 {
			id, _ := w.underReview(w.session)
			w.mustDecide(w.helene, id, application.DecideInput{Kind: application.VerdictAccepted})
		}
		w.today("2027-01-02")
		cuts := 0
		for lasts := 2 * time.Millisecond; ; lasts += 3 * time.Millisecond {
			ctx, cancel := context.WithTimeout(context.Background(), lasts)
			_, err := application.ReleaseDue(ctx, w.db)
			cancel()
			if err == nil {
				break
			}
			cuts++
		}
		if told := w.count(`SELECT count(*) FROM decisions WHERE released_at IS NOT NULL`); told != 40 || cuts == 0 {
			t.Errorf("%d told after %d cuts", told, cuts)
		}
		for _, sql := range []string{`SELECT count(*) FROM mails WHERE kind = 'decision'`, `SELECT count(*) FROM river_job WHERE kind = 'send_mail'`,
			`SELECT count(*) FROM events WHERE kind = 'application.release_accepted'`, `SELECT count(*) FROM applications WHERE state = 'accepted'`} {
			if n := w.count(sql); n != 40 {
				t.Errorf("%d by %s", n, sql)
			}
		}
	})
}

// together runs n functions that all start at the same instant.
func together(n int, fn func(i int)) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(n)
	done.Add(n)
	for i := range n {
		go func() {
			defer done.Done()
			ready.Done()
			<-start
			fn(i)
		}()
	}
	ready.Wait()
	close(start)
	done.Wait()
}

func size(m *sync.Map) int {
	n := 0
	m.Range(func(any, any) bool { n++; return true })
	return n
}
