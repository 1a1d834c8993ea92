package handlers_test

import (
	"context"
	"time"

	"passerelle/handlers"
	"passerelle/models"
	"passerelle/models/searching"
)

// saved are one person's saved search, and the links of the mails about it.
func (w *matrixWorld) saved() {
	by := w.as(theOwner).Actor
	var id, digest models.ID
	w.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		id, err = searching.Save(ctx, tx, by, searching.SaveInput{Name: "Reliure", Criteria: searching.Criteria{Words: "reliure"}, Rhythm: searching.Daily})
		digest = tx.NewID()
		return err
	})
	w.byObject[handlers.SavedObject] = []object{
		{name: "saved search", values: map[string]string{"id": id.String()}, relations: map[string]relation{theOwner: owner}},
		{name: "absent", absent: true, values: map[string]string{"id": unknown}},
	}
	const email = "camille@demo.example.org"
	link, mails := w.Link(models.LinkStopAlerts, digest, email, time.Hour)
	w.Exec(`INSERT INTO alert_digests (id, account_id, rhythm, made_at, link_id) VALUES ($1, $2, 'daily', $3, $4)`, digest, by.Account, w.DB.Clock.Now(), link)
	for purpose, subject := range map[models.LinkPurpose]models.ID{models.LinkStopSearch: id, models.LinkStopAlerts: digest} {
		_, live := w.Link(purpose, subject, email, time.Hour)
		_, late := w.Link(purpose, subject, email, -time.Hour)
		if purpose == models.LinkStopAlerts {
			live = mails
		}
		for _, o := range []object{w.link(string(purpose)+", live", live, shown), few(w.link(string(purpose)+", expired", late, shown, over)),
			{name: "absent", absent: true, values: map[string]string{"token": "nul-ne-l-a-recu"}}} {
			o.purpose = purpose
			w.byObject[handlers.AlertLinkObject] = append(w.byObject[handlers.AlertLinkObject], o)
		}
	}
}
