package mail_test

import (
	"context"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/searching"
)

// alert is a digest of one find of a saved search and one of the person's
// profile.
func (w world) alert(t *testing.T, ctx context.Context, tx models.Tx) (digest models.ID) {
	t.Helper()
	by := models.Actor{Kind: models.ActorAccount, Account: w.account}
	search, err := searching.Save(ctx, tx, by, searching.SaveInput{Name: "Bibliothèques", Criteria: searching.Criteria{Words: "bibliothèque"}, Rhythm: searching.Weekly})
	if err == nil {
		err = searching.SetProfile(ctx, tx, by, searching.Criteria{Facets: map[string][]string{searching.FacetSpeciality: {"K"}}}, searching.Weekly)
	}
	if err != nil {
		t.Fatal(err)
	}
	profile, err := searching.ProfileOf(ctx, tx, by)
	if err != nil {
		t.Fatal(err)
	}
	object := tx.NewID()
	if err := catalogue.Put(ctx, tx, []catalogue.Document{{Kind: catalogue.KindProgramme, Object: object, Reference: "P.1", Title: "Bibliothèques et documentation", Subtitle: "Université de Limoges"}}); err != nil {
		t.Fatal(err)
	}
	digest = tx.NewID()
	link := func(purpose models.LinkPurpose, of models.ID) models.ID {
		l, err := tx.CreateLink(ctx, purpose, of, "x@example.org", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return l.ID
	}
	exec := func(sql string, args ...any) {
		if _, err := tx.PGX.Exec(ctx, sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`INSERT INTO alert_digests (id, account_id, rhythm, made_at, link_id) VALUES ($1, $2, 'weekly', $3, $4)`, digest, w.account, tx.Now, link(models.LinkStopAlerts, digest))
	for why, id := range map[string]models.ID{"open": search, "new": profile.ID} {
		exec(`INSERT INTO alert_parts (digest_id, search_id, link_id, beyond) VALUES ($1, $2, $3, 4)`, digest, id, link(models.LinkStopSearch, id))
		exec(`INSERT INTO saved_finds (search_id, object_id, why, found_at, mail, told_at, digest_id) VALUES ($1, $2, $3, $4, true, $4, $5)`, id, object, why, tx.Now, digest)
	}
	return digest
}
