package application_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"passerelle/models"
	"passerelle/models/application"
)

func (w *deskWorld) waitlisted(n int) []models.ID {
	ids := make([]models.ID, n)
	for i := range ids {
		ids[i], _ = w.underReview(w.session)
		w.mustDecide(w.helene, ids[i], application.DecideInput{Kind: application.VerdictWaitlisted})
	}
	return ids
}

func (w *deskWorld) withdraw(id models.ID) {
	w.t.Helper()
	w.do(func(ctx context.Context, tx models.Tx) error { return application.Leave(ctx, tx, models.Portal(), id) })
}

func TestWaitlist(t *testing.T) {
	t.Run("P18.5 ranks are dense; an insertion shifts those after it", func(t *testing.T) {
		w := newDesk(t, 1)
		ids := w.waitlisted(3)
		id, _ := w.underReview(w.session)
		d := w.mustDecide(w.yanis, id, application.DecideInput{Kind: application.VerdictWaitlisted, Rank: 2})
		if d.Rank != 2 || !slices.Equal(w.list(), []models.ID{ids[0], id, ids[1], ids[2]}) {
			t.Errorf("rank %d, list %v", d.Rank, w.list())
		}
		w.mustDecide(w.yanis, id, application.DecideInput{Kind: application.VerdictWaitlisted, Rank: 99})
		if !slices.Equal(w.list(), []models.ID{ids[0], ids[1], ids[2], id}) {
			t.Errorf("moved to the end: %v", w.list())
		}
	})
	t.Run("P18.5 a shift of rank is nobody's conflict", func(t *testing.T) {
		w := newDesk(t, 1)
		ids := w.waitlisted(2)
		seen := w.load(ids[1]).Version
		w.mustDecide(w.helene, ids[0], application.DecideInput{Kind: application.VerdictRefused, Reason: "Doublon"})
		if _, err := w.decide(w.yanis, ids[1], application.DecideInput{Kind: application.VerdictOnHold, Version: seen}); err != nil {
			t.Error(err)
		}
	})
	t.Run("P18.5 a freed seat promotes the first, told with a time to confirm", func(t *testing.T) {
		w := newDesk(t, 1)
		taken, _ := w.underReview(w.session)
		w.mustDecide(w.helene, taken, application.DecideInput{Kind: application.VerdictAccepted})
		ids := w.waitlisted(2)
		w.today("2027-01-02")
		w.release()
		w.today("2027-01-05")
		w.withdraw(taken)
		a := w.load(ids[0])
		if a.State != application.Accepted || a.ConfirmBy == nil || a.ConfirmBy.Format(time.DateOnly) != "2027-01-12" {
			t.Errorf("first: %s until %v", a.State, a.ConfirmBy)
		}
		if b := w.load(ids[1]); b.State != application.Waitlisted || b.Rank != 1 || b.Session.SeatsTaken != 1 {
			t.Errorf("second: %s rank %d, %d seats", b.State, b.Rank, b.Session.SeatsTaken)
		}
		if n := w.count(`SELECT count(*) FROM mails WHERE kind = 'promotion'`); n != 1 {
			t.Errorf("%d mails of promotion", n)
		}
		if n := w.count(`SELECT count(*) FROM events WHERE kind = 'application.promoted' AND reason = 'seat_freed' AND subject_id = $1`, ids[0]); n != 1 {
			t.Errorf("the cause is not written")
		}
	})
	t.Run("P18.5 a promotion before release waits for release", func(t *testing.T) {
		w := newDesk(t, 1)
		taken, _ := w.underReview(w.session)
		w.mustDecide(w.helene, taken, application.DecideInput{Kind: application.VerdictAccepted})
		ids := w.waitlisted(1)
		w.withdraw(taken)
		if a := w.load(ids[0]); a.State != application.UnderReview || a.Verdict != "accepted" || a.Session.SeatsTaken != 1 {
			t.Errorf("before release: %s, %s", a.State, a.Verdict)
		}
		if n := w.count(`SELECT count(*) FROM mails WHERE kind <> 'withdrawal_receipt'`); n != 0 {
			t.Errorf("%d mails before release", n)
		}
		w.today("2027-01-02")
		if n := w.release(); n != 1 {
			t.Errorf("%d told", n)
		}
		if a := w.load(ids[0]); a.State != application.Accepted || a.ConfirmBy == nil || a.ConfirmBy.Format(time.DateOnly) != "2027-01-09" {
			t.Errorf("after release: %s until %v", a.State, a.ConfirmBy)
		}
	})
	t.Run("P18.5 never after the start", func(t *testing.T) {
		w := newDesk(t, 1)
		taken, _ := w.underReview(w.session)
		w.mustDecide(w.helene, taken, application.DecideInput{Kind: application.VerdictAccepted})
		ids := w.waitlisted(1)
		w.today("2027-01-02")
		w.release()
		w.today("2027-02-01")
		w.withdraw(taken)
		if a := w.load(ids[0]); a.State != application.Waitlisted || a.Session.SeatsTaken != 0 {
			t.Errorf("promoted on the day of the start: %s", a.State)
		}
	})
	t.Run("P18.5 the promise lapses at the end of its day and goes to the next", func(t *testing.T) {
		w := newDesk(t, 1)
		taken, _ := w.underReview(w.session)
		w.mustDecide(w.helene, taken, application.DecideInput{Kind: application.VerdictAccepted})
		ids := w.waitlisted(2)
		w.today("2027-01-02")
		w.release()
		w.withdraw(taken)
		lapse := func(day string) int {
			w.today(day)
			n, err := application.LapsePlaces(context.Background(), w.db)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := lapse("2027-01-09"); n != 0 {
			t.Errorf("lapsed on its last day")
		}
		if n := lapse("2027-01-10"); n != 1 {
			t.Errorf("%d lapsed", n)
		}
		if a, b := w.load(ids[0]), w.load(ids[1]); a.State != application.Closed || b.State != application.Accepted || b.ConfirmBy.Format(time.DateOnly) != "2027-01-17" {
			t.Errorf("%s, %s until %v", a.State, b.State, b.ConfirmBy)
		}
	})
	t.Run("P18.5 the promoted person confirms or declines; nobody else can", func(t *testing.T) {
		w := newDesk(t, 1)
		taken, _ := w.underReview(w.session)
		w.mustDecide(w.helene, taken, application.DecideInput{Kind: application.VerdictAccepted})
		ids := w.waitlisted(2)
		w.today("2027-01-02")
		w.release()
		w.withdraw(taken)
		owner := func(id models.ID) models.Actor {
			return models.Actor{Kind: models.ActorAccount, Account: w.load(id).Account}
		}
		verb := func(by models.Actor, id models.ID, fn func(context.Context, models.Tx, models.Actor, models.ID) error) error {
			return w.try(func(ctx context.Context, tx models.Tx) error { return fn(ctx, tx, by, id) })
		}
		for _, by := range []models.Actor{w.helene, owner(ids[1]), models.Portal()} {
			if err := verb(by, ids[0], application.ConfirmPlace); models.KindOf(err) != models.KindNotFound {
				t.Errorf("confirmed by another: %v", err)
			}
		}
		if err := verb(owner(ids[0]), ids[0], application.DeclinePlace); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := verb(owner(ids[1]), ids[1], application.ConfirmPlace); err != nil {
				t.Fatal(err)
			}
		}
		if a, b := w.load(ids[0]), w.load(ids[1]); a.State != application.Declined || b.State != application.Confirmed || b.ConfirmBy != nil || b.Session.SeatsTaken != 1 {
			t.Errorf("%s, %s, %d seats", a.State, b.State, b.Session.SeatsTaken)
		}
	})
	t.Run("P18.5 a raised capacity promotes as many as added", func(t *testing.T) {
		w := newDesk(t, 1)
		taken, _ := w.underReview(w.session)
		w.mustDecide(w.helene, taken, application.DecideInput{Kind: application.VerdictAccepted})
		ids := w.waitlisted(4)
		w.exec(`UPDATE sessions SET capacity = 3 WHERE id = $1`, w.session)
		for range 2 {
			if _, err := application.PromoteAdded(context.Background(), w.db); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(w.list(), ids[2:]) || w.load(taken).Session.SeatsTaken != 3 {
			t.Errorf("list %v, %d seats", w.list(), w.load(taken).Session.SeatsTaken)
		}
	})
}

// TestWaitlistInvariants runs random lives against a model kept in memory.
func TestWaitlistInvariants(t *testing.T) {
	t.Run("P17.17 no overbooking, no skipped rank under random decisions and departures", randomLives)
}

func randomLives(t *testing.T) {
	w := newDesk(t, 1)
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		if runs++; runs > 40 {
			return // enough for every run of the tests; raise it to look for more
		}
		w.session = w.newSession(w.course, rapid.IntRange(1, 4).Draw(rt, "capacity"), "2027-02-01")
		m := &listModel{w: w, rt: rt}
		for range rapid.IntRange(5, 30).Draw(rt, "steps") {
			m.step()
			m.check()
		}
	})
}

// listModel mirrors the waiting list: what it must be after each step.
type listModel struct {
	w    *deskWorld
	rt   *rapid.T
	all  []models.ID
	list []models.ID // expected order
}

func (m *listModel) pick(label string) (application.Application, bool) {
	if len(m.all) == 0 {
		return application.Application{}, false
	}
	a := m.w.load(rapid.SampledFrom(m.all).Draw(m.rt, label))
	return a, true
}

func (m *listModel) step() {
	switch rapid.SampledFrom([]string{"new", "new", "waitlist", "waitlist", "accept", "hold", "withdraw"}).Draw(m.rt, "op") {
	case "new":
		id, _ := m.w.underReview(m.w.session)
		m.all = append(m.all, id)
	case "waitlist":
		if a, ok := m.pick("who"); ok && a.State == application.UnderReview {
			m.waitlist(a, rapid.IntRange(0, 6).Draw(m.rt, "rank"))
		}
	case "accept":
		if a, ok := m.pick("who"); ok && a.State == application.UnderReview {
			_, err := m.w.decide(m.w.helene, a.ID, application.DecideInput{Kind: application.VerdictAccepted, Version: a.Version})
			if err == nil {
				m.leave(a.ID)
			} else if models.KindOf(err) != models.KindConflict {
				m.rt.Fatal(err)
			}
		}
	case "hold":
		if a, ok := m.pick("who"); ok && a.State == application.UnderReview {
			m.w.mustDecide(m.w.yanis, a.ID, application.DecideInput{Kind: application.VerdictOnHold})
			m.leave(a.ID)
			m.freed(a)
		}
	case "withdraw":
		if a, ok := m.pick("who"); ok && a.State == application.UnderReview {
			m.w.withdraw(a.ID)
			m.leave(a.ID)
			m.freed(a)
		}
	}
}

func (m *listModel) waitlist(a application.Application, rank int) {
	d := m.w.mustDecide(m.w.helene, a.ID, application.DecideInput{Kind: application.VerdictWaitlisted, Rank: rank})
	m.leave(a.ID)
	if rank < 1 || rank > len(m.list) {
		rank = len(m.list) + 1
	}
	if d.Rank != rank {
		m.rt.Fatalf("rank %d, want %d", d.Rank, rank)
	}
	m.list = slices.Insert(m.list, rank-1, a.ID)
	m.freed(a)
}

func (m *listModel) leave(id models.ID) {
	m.list = slices.DeleteFunc(m.list, func(x models.ID) bool { return x == id })
}

// freed promotes the first of the expected list when a seat was left, unless
// that is the very person who was just moved from that seat to the list.
func (m *listModel) freed(before application.Application) {
	if before.Verdict == "accepted" && len(m.list) > 0 && m.list[0] != before.ID {
		m.list = m.list[1:]
	}
}

func (m *listModel) check() {
	if got := m.w.list(); !slices.Equal(got, m.list) {
		m.rt.Fatalf("waiting list %v, want %v", got, m.list)
	}
	bad := m.w.count(`SELECT count(*) FROM sessions s WHERE s.seats_taken > s.capacity OR s.seats_taken <>
		(SELECT count(*) FROM applications a WHERE a.session_id = s.id AND a.verdict = 'accepted' AND a.state = 'under_review')`)
	if bad != 0 {
		m.rt.Fatal(fmt.Sprint("seats do not add up in ", bad, " sessions"))
	}
}
