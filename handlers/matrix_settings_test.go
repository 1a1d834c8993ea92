package handlers_test

import (
	"context"

	"passerelle/handlers"
	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/searching"
)

// settings are a rehearsal and a publication of the search's settings.
func (w *matrixWorld) settings() {
	by := w.as(theAdmin).Actor
	rehearse := func(word string) (id models.ID) {
		w.InTx(func(ctx context.Context, tx models.Tx) error {
			d, err := searching.DraftOf(ctx, tx, by)
			if err != nil {
				return err
			}
			if d, err = searching.EditDraft(ctx, tx, by, d.Version, searching.Edit{AddSynonym: &catalogue.Synonym{Terms: []string{word, "petite enfance"}}}); err != nil {
				return err
			}
			if id, err = searching.StartRehearsal(ctx, tx, by, d.Version); err != nil {
				return err
			}
			if _, _, err = searching.Rehearsing(ctx, tx, id); err != nil {
				return err
			}
			return searching.EndRehearsal(ctx, tx, id, &searching.Figures{Queries: 1, Same: 1}, nil)
		})
		return id
	}
	first := rehearse("atsem")
	w.InTx(func(ctx context.Context, tx models.Tx) error { return searching.Publish(ctx, tx, by, first) })
	w.byObject[handlers.RehearsalObject] = []object{
		{name: "published rehearsal", values: map[string]string{"id": first.String()}},
		{name: "rehearsal", values: map[string]string{"id": rehearse("creche").String()}},
		{name: "absent", absent: true, values: map[string]string{"id": unknown}},
	}
	w.byObject[handlers.PublicationObject] = []object{
		{name: "publication", values: map[string]string{"no": "1"}},
		{name: "absent", absent: true, values: map[string]string{"no": "999"}},
	}
}
