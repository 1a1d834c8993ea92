package application_test

import (
	"context"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
)

// asking is a dossier whose curriculum vitæ was refused and is asked again.
func asking(t *testing.T) (*papersWorld, dossier.Document) {
	t.Helper()
	w := newPapers(t)
	w.underReview()
	cv := w.slot("cv").Documents[0]
	w.verdict(cv.ID, dossier.Rejected)
	w.ask(nil, "cv")
	return w, cv
}

func TestAskedStands(t *testing.T) {
	t.Parallel()
	t.Run("P17.8 what is asked is not judged again before the answer, what is not asked is", func(t *testing.T) {
		t.Parallel()
		w, cv := asking(t)
		seen := w.review(w.helene).Requirements[0].Documents[0].Verdict.ID
		_, err := w.tryVerdict(w.helene, cv.ID, application.VerdictInput{Kind: dossier.Valid, SeenVerdict: seen})
		wants(t, err, models.KindConflict, "desk.document_asked")
		err = w.try(func(ctx context.Context, tx models.Tx) error {
			return application.UndoVerdict(ctx, tx, w.helene, cv.ID, seen)
		})
		wants(t, err, models.KindConflict, "desk.document_asked")
		if d := w.slot("cv").Documents[0]; d.Verdict == nil || d.Verdict.Kind != dossier.Rejected {
			t.Errorf("the applicant no longer reads why: %+v", d.Verdict)
		}
		w.verdict(w.slot("langue").Documents[0].ID, dossier.Valid)
	})
	t.Run("P17.8 asked without a verdict, it is answered by a new version or by not being concerned", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		w.ask(nil, "cv", "langue")
		_, err := w.retransmit(nil)
		wants(t, err, models.KindInvalid, "application.correction_incomplete")
		if got := whys(w.papers().Missing); got != "cv:asked langue:asked " {
			t.Error(got)
		}
		w.deposit("cv", 1, "neuf")
		langue := w.slot("langue").ID
		w.tx(func(ctx context.Context, tx models.Tx) error {
			return application.SetNotApplicable(ctx, tx, w.by, w.id, langue, true)
		})
		if _, err := w.retransmit(nil); err != nil {
			t.Error(err)
		}
	})
	t.Run("P7.4 a version given while a correction is open is nobody else's until it is sent", func(t *testing.T) {
		t.Parallel()
		w, cv := asking(t)
		draft := w.deposit("cv", 1, "brouillon")
		fresh := w.deposit("cv", 1, "neuf")
		wants(t, w.read(w.helene, fresh.ID, dossier.ReadInline), models.KindNotFound, "document.not_found")
		if err := w.read(w.helene, cv.ID, dossier.ReadInline); err != nil {
			t.Error("what was sent:", err)
		}
		if r := w.review(w.helene).Requirements[0]; len(r.Documents) != 1 || r.Documents[0].ID != cv.ID || r.Documents[0].State != dossier.Live || len(r.History) != 0 {
			t.Errorf("%+v", r)
		}
		if _, err := w.retransmit(nil); err != nil {
			t.Fatal(err)
		}
		for _, d := range []dossier.Document{cv, fresh} {
			if err := w.read(w.helene, d.ID, dossier.ReadInline); err != nil {
				t.Error(err)
			}
		}
		wants(t, w.read(w.helene, draft.ID, dossier.ReadInline), models.KindNotFound, "document.not_found")
		if r := w.review(w.helene).Requirements[0]; r.Documents[0].ID != fresh.ID || len(r.History) != 1 || r.History[0].ID != cv.ID {
			t.Errorf("%+v", r)
		}
	})
	t.Run("P17.7 a remark changed after it was told is not told", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		d := w.slot("cv").Documents[0]
		var m dossier.Remark
		w.tx(func(ctx context.Context, tx models.Tx) (err error) {
			m, err = application.AddRemark(ctx, tx, w.helene, d.ID, application.RemarkInput{Page: 1, Body: "Lisible ?", Visible: true})
			return err
		})
		w.ask(nil, "langue")
		w.tx(func(ctx context.Context, tx models.Tx) error {
			_, err := application.ChangeRemark(ctx, tx, w.helene, m.ID, application.RemarkInput{Page: 1, Body: "Autre", Visible: true})
			return err
		})
		if got := w.slot("cv").Documents[0].Remarks; len(got) != 0 {
			t.Errorf("%+v", got)
		}
	})
	t.Run("P2.5 an officer reads of their own application what its applicant is told", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		w.verdict(w.slot("cv").Documents[0].ID, dossier.Rejected)
		w.tx(func(ctx context.Context, tx models.Tx) error {
			return application.AddNote(ctx, tx, w.helene, w.id, "Entre nous")
		})
		own := w.by
		own.Grants = []models.Grant{{Role: models.RoleOfficer, Kind: models.ScopePortal}}
		r := w.review(own)
		if !r.Own || len(r.Notes)+len(r.Opinions)+len(r.Decisions) > 0 || r.Requirements[0].Documents[0].Verdict != nil {
			t.Errorf("%+v", r.Dossier)
		}
		if len(w.review(w.helene).Notes) != 1 {
			t.Error("the note is lost to colleagues")
		}
	})
}

func TestOpinionEnds(t *testing.T) {
	t.Parallel()
	t.Run("P9.6 a signed-in expert has until the same date as a link", func(t *testing.T) {
		t.Parallel()
		w := newOpinions(t)
		o := w.asked()
		by := w.person("Paule", "Expert")
		by.Email = expert
		door := func() (d application.Door) {
			w.tx(func(ctx context.Context, tx models.Tx) (err error) {
				_, d, err = application.OpinionByAccount(ctx, tx, by, o.ID)
				return err
			})
			return d
		}
		if d := door(); d != application.DoorOpen {
			t.Error(d)
		}
		w.later(8 * 24 * time.Hour)
		if d := door(); d != application.DoorClosed {
			t.Error(d)
		}
		wants(t, w.read(by, o.Documents[0], dossier.ReadInline), models.KindNotFound, "document.not_found")
		err := w.try(func(ctx context.Context, tx models.Tx) error {
			return application.GiveOpinionByAccount(ctx, tx, by, o.ID, application.AdviceInput{Advice: application.Favourable, Body: "Oui"})
		})
		wants(t, err, models.KindGone, "opinion.closed")
	})
}
