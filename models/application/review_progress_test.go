package application_test

import (
	"context"
	"testing"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
)

func (w *papersWorld) progress() (p application.Progress) {
	w.tx(func(ctx context.Context, tx models.Tx) error {
		all, err := application.ProgressOf(ctx, tx, []models.ID{w.id})
		p = all[w.id]
		return err
	})
	return p
}

func TestProgress(t *testing.T) {
	t.Parallel()
	w := newPapers(t)
	w.underReview()
	sent := w.progress()
	check := func(rule string, judged, less int) {
		t.Helper()
		want := application.Progress{Documents: sent.Documents, Judged: judged, ToReview: sent.Documents - judged - less}
		if got := w.progress(); got != want {
			t.Errorf("%s: %+v, want %+v", rule, got, want)
		}
	}
	if sent.Documents < 2 || sent.ToReview != sent.Documents {
		t.Fatalf("%+v", sent)
	}
	cv := w.slot("cv").Documents[0]
	w.verdict(cv.ID, dossier.Rejected)
	check("P17.7 a verdict in force", 1, 0)
	w.ask(nil, "cv", "langue")
	check("P17.8 what is asked again awaits the person, not the officer", 1, 1)
	w.deposit("cv", 1, "neuf")
	w.deposit("langue", 1, "neuf")
	check("P7.4 what is not sent yet is not counted, what it will replace is", 1, 1)
	if _, err := w.retransmit(nil); err != nil {
		t.Fatal(err)
	}
	check("P17.8 sent again, the new versions await a verdict", 0, 0)
}
