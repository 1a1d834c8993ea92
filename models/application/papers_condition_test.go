package application_test

import (
	"context"
	"testing"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/models/form"
)

// A piece of the list that only some people are asked for.
func TestPieceOnCondition(t *testing.T) {
	w := newCampaignWorld(t)
	french := form.Condition{Field: "nationality", Op: form.OpEq, Values: []string{"FR"}}
	w.tx(func(ctx context.Context, tx models.Tx) error {
		id, err := dossier.SaveList(ctx, tx, models.Operator(), dossier.List{Key: "condition", Name: form.Text{FR: "Essai"}, Specs: []dossier.Spec{
			{Key: "francais", Kind: dossier.KindLanguage, Title: form.Text{FR: "Niveau de français"}, Formats: []string{"pdf"}, MaxBytes: 1 << 20,
				Required: true, MayExempt: true, When: form.Condition{Not: &french}},
			{Key: "carte", Kind: dossier.KindIdentity, Title: form.Text{FR: "Carte"}, Formats: []string{"pdf"}, MaxBytes: 1 << 20, When: french},
		}})
		if err == nil {
			_, err = tx.PGX.Exec(ctx, `UPDATE sessions SET requirement_list_id = $2 WHERE id = $1`, w.campaign, id)
		}
		return err
	})
	_, a := w.candidate(w.campaign)
	t.Run("P6.2 what the answers ask of others does not hold the sending", func(t *testing.T) {
		if a.SubmittedAt == nil {
			t.Fatal("not sent")
		}
	})
	t.Run("P6.2 sent, the desk counts it as not concerning the person, and the other as asked", func(t *testing.T) {
		var all []dossier.Requirement
		w.tx(func(ctx context.Context, tx models.Tx) (err error) {
			all, err = dossier.Of(ctx, tx, a.ID)
			return err
		})
		if len(all) != 2 || all[0].NotApplicable == nil || all[1].NotApplicable != nil {
			t.Errorf("%+v", all)
		}
	})
	t.Run("P5.3 in a draft the piece comes and goes with the answer", func(t *testing.T) {
		by := w.person("Inès", "Haddad")
		var a application.Application
		w.tx(func(ctx context.Context, tx models.Tx) (err error) {
			a, _, err = application.Begin(ctx, tx, by, w.campaign)
			return err
		})
		for _, c := range []struct{ nationality, key string }{{"FR", "carte"}, {"MA", "francais"}} {
			w.write(by, a.ID, 1, "nationality", c.nationality)
			pw := papersWorld{world: w.world, by: by, id: a.ID}
			p := pw.papers()
			if len(p.Requirements) != 1 || p.Requirements[0].Spec.Key != c.key {
				t.Errorf("%s: %+v", c.nationality, p.Requirements)
			}
			if missing := len(p.Missing) == 1; missing != (c.nationality == "MA") {
				t.Errorf("%s: %+v", c.nationality, p.Missing)
			}
		}
	})
}
