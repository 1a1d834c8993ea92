package handlers_test

import (
	"context"
	"net/http"
	"testing"

	"passerelle/handlers/handlerstest"
	"passerelle/models"
	"passerelle/models/application"
)

// TestCorrectionRows adds and removes lines of a repeated block that a manager asks
// again.
func TestCorrectionRows(t *testing.T) {
	t.Parallel()
	w := handlerstest.NewPieces(t)
	w.Fill(w.Me, w.ID)
	row := "past_courses/01980000-0000-7000-8000-0000000000aa/"
	w.Write(w.Me, w.ID, 3, row+"year", "2021", row+"title", "Accueil", row+"provider", "CNFPT")
	w.Deposit(handlerstest.PieceCV, "cv.pdf", handlerstest.PDF("Camille", 0))
	w.Settled(handlerstest.PieceCV)
	posted := w.Recap(w.Me, w.ID)
	w.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := application.Submit(ctx, tx, w.Me.Actor, w.ID, application.SubmitInput{Posted: posted})
		return err
	})
	w.Exec(`UPDATE applications SET state = 'under_review' WHERE id = $1`, w.ID)
	w.InTx(func(ctx context.Context, tx models.Tx) error {
		a, err := application.Load(ctx, tx, w.Officer, w.ID)
		if err == nil {
			_, err = application.RequestInformation(ctx, tx, w.Officer, w.ID, application.RequestInput{Message: "Quelles formations ?", Fields: []string{"past_courses"}, Version: a.Version})
		}
		return err
	})
	address := "/candidatures/" + w.ID.String() + "/complement"
	lines := func(p *handlerstest.Page) int { return p.Find(`input[name^="past_courses/"][name$="/year"]`).Length() }
	for _, script := range []bool{false, true} {
		p := w.Me.Get(address)
		if lines(p) != 1 {
			t.Fatalf("%d lines", lines(p))
		}
		form := correctionForm(p)
		form.Set("_add", "past_courses")
		name := "P5.2 a blank line added to a block asked again is shown"
		if script {
			name += ", with a script too"
		}
		t.Run(name, func(t *testing.T) {
			var got *handlerstest.Page
			if script {
				got = w.Me.Do(partial(address, form, "form#etape"))
			} else {
				got = w.Me.Post(address, form)
			}
			if got.Status != http.StatusOK || lines(got) != 2 {
				t.Errorf("%d, %d lines", got.Status, lines(got))
			}
		})
	}
	t.Run("P17.8 no line is added to a block that nobody asked", func(t *testing.T) {
		form := correctionForm(w.Me.Get(address))
		form.Set("_add", "no_such_block")
		if got := w.Me.Post(address, form); lines(got) != 1 {
			t.Errorf("%d lines", lines(got))
		}
	})
}
