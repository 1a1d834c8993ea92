package handlers_test

import (
	"context"
	"time"

	"github.com/google/uuid"

	"passerelle/handlers"
	"passerelle/handlers/handlerstest"
	"passerelle/models"
	"passerelle/models/application"
)

// opinions are asked about the document that was sent, of the line manager's address:
// by its link, by the account, and as officers of the scope see it (P9.6).
func (w *matrixWorld) opinions() {
	document := uuid.MustParse(w.byObject[handlers.DocumentObject][0].values["id"])
	var of models.ID
	if err := w.DB.Pool.QueryRow(context.Background(), `SELECT application_id FROM documents WHERE id = $1`, document).Scan(&of); err != nil {
		w.T.Fatal(err)
	}
	answered(w.World, of)
	var o application.Opinion
	w.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		o, err = application.AskOpinion(ctx, tx, w.Officer, of, application.OpinionInput{Name: "Luc Bernard", Email: handlerstest.Manager,
			Question: "Le projet tient-il ?", Documents: []models.ID{document}, DueOn: tx.Today().AddDate(0, 0, 7).Format(time.DateOnly)})
		return err
	})
	link := func(name, token string, answers ...answer) object {
		l := few(w.link(name, token, answers...))
		l.values["document"], l.values["n"] = document.String(), "1"
		return l
	}
	token := opinionToken(w.World, of)
	_, late := w.Link(models.LinkOpinion, o.ID, handlerstest.Manager, -time.Hour)
	w.byObject[handlers.OpinionObject] = []object{
		link("live link", token, shown),
		link("expired link", late, shown, over, hidden),
		{name: "account", values: map[string]string{"id": o.ID.String()}, relations: map[string]relation{manager: approver}},
		{name: "absent", absent: true, values: map[string]string{"token": "nul-ne-l-a-recu", "id": unknown, "document": document.String(), "n": "1"}},
	}
	w.byObject[handlers.DeskOpinionObject] = []object{
		{name: "asked", values: map[string]string{"id": o.ID.String()}},
		{name: "absent", absent: true, values: map[string]string{"id": unknown}},
	}
	w.delegations()
}

// delegations are one officer's; their delegate sees them and ends none.
func (w *matrixWorld) delegations() {
	var d application.Delegation
	w.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		day := tx.Today().AddDate(0, 1, 0).Format(time.DateOnly)
		d, err = application.Delegate(ctx, tx, w.as(wholePortal).Actor, application.DelegationInput{To: w.Officer.Account, First: day, Last: day})
		return err
	})
	w.byObject[handlers.DelegationObject] = []object{
		{name: "to come", values: map[string]string{"id": d.ID.String()}, relations: map[string]relation{wholePortal: owner}},
		{name: "absent", absent: true, values: map[string]string{"id": unknown}},
	}
}
