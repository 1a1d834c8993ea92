package application_test

import (
	"context"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/application"
)

// rights gives the officer back, as the job does from the account.
func (w *deskWorld) rights(by models.Actor) func(context.Context, models.Tx, models.ID) (models.Actor, error) {
	return func(context.Context, models.Tx, models.ID) (models.Actor, error) { return by, nil }
}

func (w *deskWorld) wishes(ids []models.ID) []application.BatchWish {
	w.t.Helper()
	out := []application.BatchWish{}
	for _, id := range ids {
		out = append(out, application.BatchWish{Application: id, Version: w.count(`SELECT version FROM applications WHERE id = $1`, id)})
	}
	return out
}

func (w *deskWorld) batch(in application.BatchInput) models.ID {
	w.t.Helper()
	var id models.ID
	err := w.db.InTx(w.t.Context(), func(ctx context.Context, tx models.Tx) (err error) {
		id, err = application.StartBatch(ctx, tx, w.helene, in)
		return err
	})
	if err == nil {
		err = application.RunBatch(w.t.Context(), w.db, id, w.rights(w.helene))
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *deskWorld) batchOf(id models.ID) application.Batch {
	w.t.Helper()
	var b application.Batch
	err := w.db.InTx(w.t.Context(), func(ctx context.Context, tx models.Tx) (err error) {
		b, err = application.BatchOf(ctx, tx, w.helene, id)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

func (w *deskWorld) undo(by models.Actor, id models.ID) error {
	return w.db.InTx(w.t.Context(), func(ctx context.Context, tx models.Tx) error { return application.UndoBatch(ctx, tx, by, id) })
}

func (w *deskWorld) several(n int) []models.ID {
	w.t.Helper()
	ids := []models.ID{}
	for range n {
		id, _ := w.underReview(w.session)
		ids = append(ids, id)
	}
	return ids
}

func TestBatch(t *testing.T) {
	t.Run("P9.4 a rehearsal tells what each one would get and keeps nothing", func(t *testing.T) {
		w := newDesk(t, 2)
		ids := w.several(3)
		r, err := application.Rehearse(t.Context(), w.db, w.helene, application.BatchInput{Kind: application.VerdictAccepted, Lines: w.wishes(ids)})
		if err != nil {
			t.Fatal(err)
		}
		if r.Count(application.VerdictAccepted) != 2 || r.LeftAside() != 1 || r.Letters() != 2 || r.Lines[2].Left != "desk.no_seat" {
			t.Errorf("%+v", r)
		}
		if r.Lines[0].Seat != 1 || r.Lines[1].Seat != 2 || r.Sessions[0].Before.Free() != 2 || r.Sessions[0].After.Free() != 0 {
			t.Errorf("seats: %+v", r.Sessions)
		}
		if n := w.count(`SELECT count(*) FROM decisions`) + w.count(`SELECT count(*) FROM mails`); n != 0 {
			t.Errorf("%d rows were kept", n)
		}
	})
	t.Run("P9.4 a batch decides each one, and nobody beyond the seats", func(t *testing.T) {
		w := newDesk(t, 2)
		ids := w.several(3)
		b := w.batchOf(w.batch(application.BatchInput{Kind: application.VerdictAccepted, Lines: w.wishes(ids)}))
		if b.Count(application.LineDone) != 2 || b.Count(application.LineLeft) != 1 || b.Lines[2].Why != "desk.no_seat" {
			t.Errorf("%+v", b.Lines)
		}
		if n := w.count(`SELECT seats_taken FROM sessions WHERE id = $1`, w.session); n != 2 {
			t.Errorf("%d seats", n)
		}
	})
	t.Run("P9.4 a batch may give each one another verdict; run again it changes nothing", func(t *testing.T) {
		w := newDesk(t, 5)
		wishes := w.wishes(w.several(3))
		wishes[1].Kind, wishes[2].Kind = application.VerdictWaitlisted, application.VerdictRefused
		id := w.batch(application.BatchInput{Kind: application.VerdictAccepted, Reason: "Prérequis absents", Lines: wishes})
		if err := application.RunBatch(t.Context(), w.db, id, w.rights(w.helene)); err != nil {
			t.Fatal(err)
		}
		if n := w.count(`SELECT count(*) FROM decisions WHERE superseded_at IS NULL`); n != 3 {
			t.Errorf("%d decisions", n)
		}
		if n := w.count(`SELECT count(*) FROM decisions WHERE kind = 'refused' AND reason <> ''`) - w.count(`SELECT count(*) FROM decisions WHERE kind <> 'refused' AND reason <> ''`); n != 1 {
			t.Error("the reason is that of the refusal alone")
		}
	})
	t.Run("P9.5 who changed since the rehearsal is left as they are", func(t *testing.T) {
		w := newDesk(t, 5)
		ids := w.several(2)
		wishes := w.wishes(ids)
		w.mustDecide(w.yanis, ids[0], application.DecideInput{Kind: application.VerdictWaitlisted})
		b := w.batchOf(w.batch(application.BatchInput{Kind: application.VerdictAccepted, Lines: wishes}))
		if b.Lines[0].State != application.LineLeft || b.Lines[0].Why != "desk.already_decided" || b.Lines[1].State != application.LineDone {
			t.Errorf("%+v", b.Lines)
		}
	})
	t.Run("P9.4 no line, too many lines or a refusal without reason is refused whole", func(t *testing.T) {
		w := newDesk(t, 5)
		for _, in := range []application.BatchInput{{Kind: application.VerdictAccepted}, {Kind: application.VerdictRefused, Lines: w.wishes(w.several(1))},
			{Kind: application.VerdictAccepted, Lines: make([]application.BatchWish, application.BatchMax+1)}} {
			err := w.db.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error {
				_, err := application.StartBatch(ctx, tx, w.helene, in)
				return err
			})
			if models.KindOf(err) != models.KindInvalid {
				t.Errorf("%v", err)
			}
		}
	})
}

func TestBatchUndone(t *testing.T) {
	today := func(w *deskWorld) *time.Time { d := w.db.Today(); return &d }
	t.Run("P18.18 nothing is told before the batch can no longer be taken back, then once", func(t *testing.T) {
		w := newDesk(t, 5)
		id := w.batch(application.BatchInput{Kind: application.VerdictAccepted, ReleaseOn: today(w), Lines: w.wishes(w.several(2))})
		if n, err := application.ReleaseDue(t.Context(), w.db); n != 0 || err != nil {
			t.Errorf("%d told, %v", n, err)
		}
		later := w.db.At(models.Freeze(w.db.Clock.Now().Add(11 * time.Minute)))
		for range 2 {
			if _, err := application.ReleaseDue(t.Context(), later); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.count(`SELECT count(*) FROM mails WHERE kind = 'decision'`); n != 2 {
			t.Errorf("%d mails", n)
		}
		err := later.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error { return application.UndoBatch(ctx, tx, w.helene, id) })
		if models.KindOf(err) != models.KindConflict {
			t.Errorf("taken back too late: %v", err)
		}
	})
	t.Run("P18.18 taken back, each one is what it was before", func(t *testing.T) {
		w := newDesk(t, 5)
		ids := w.several(4)
		w.mustDecide(w.yanis, ids[1], application.DecideInput{Kind: application.VerdictWaitlisted})
		w.mustDecide(w.yanis, ids[2], application.DecideInput{Kind: application.VerdictWaitlisted})
		before := w.text(`SELECT string_agg(verdict || coalesce(waitlist_rank, 0), ' ' ORDER BY id) FROM applications`)
		id := w.batch(application.BatchInput{Kind: application.VerdictAccepted, Lines: w.wishes(ids)})
		if n := w.count(`SELECT seats_taken FROM sessions WHERE id = $1`, w.session); n != 4 {
			t.Fatalf("%d seats", n)
		}
		for range 2 {
			if err := w.undo(w.helene, id); err != nil {
				t.Fatal(err)
			}
		}
		if after := w.text(`SELECT string_agg(verdict || coalesce(waitlist_rank, 0), ' ' ORDER BY id) FROM applications`); after != before {
			t.Errorf("%s, was %s", after, before)
		}
		if n := w.count(`SELECT seats_taken FROM sessions WHERE id = $1`, w.session); n != 0 {
			t.Errorf("%d seats", n)
		}
	})
	t.Run("P18.18 who was decided again meanwhile is kept, and it says so", func(t *testing.T) {
		w := newDesk(t, 5)
		ids := w.several(2)
		id := w.batch(application.BatchInput{Kind: application.VerdictWaitlisted, Lines: w.wishes(ids)})
		w.mustDecide(w.yanis, ids[0], application.DecideInput{Kind: application.VerdictAccepted})
		if err := w.undo(w.helene, id); err != nil {
			t.Fatal(err)
		}
		b := w.batchOf(id)
		if b.Lines[0].State != application.LineKept || b.Lines[1].State != application.LineUndone {
			t.Errorf("%+v", b.Lines)
		}
	})
	t.Run("P2.5 a batch is its author's alone", func(t *testing.T) {
		w := newDesk(t, 5)
		id := w.batch(application.BatchInput{Kind: application.VerdictWaitlisted, Lines: w.wishes(w.several(1))})
		if err := w.undo(w.yanis, id); models.KindOf(err) != models.KindNotFound {
			t.Error(err)
		}
	})
}

func (w *deskWorld) text(sql string, args ...any) string {
	w.t.Helper()
	var s string
	if err := w.db.Pool.QueryRow(w.t.Context(), sql, args...).Scan(&s); err != nil {
		w.t.Fatal(err)
	}
	return s
}
