package dossier_test

import (
	"context"
	"testing"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/form"
	"passerelle/models/modelstest"
)

func TestSaveList(t *testing.T) {
	db := modelstest.DB(t)
	cv := dossier.Spec{Key: "cv", Kind: dossier.KindCV, Title: form.Text{FR: "Curriculum vitæ"}, Formats: []string{"pdf"}, MaxBytes: 5 << 20, Required: true}
	save := func(by models.Actor, l dossier.List) (id models.ID, err error) {
		err = db.InTx(context.Background(), func(ctx context.Context, tx models.Tx) (err error) {
			id, err = dossier.SaveList(ctx, tx, by, l)
			return err
		})
		return id, err
	}
	list := dossier.List{Key: "droit", Name: form.Text{FR: "Droit"}, Specs: []dossier.Spec{cv}}
	t.Run("P6.2 saved twice, a list is the same one", func(t *testing.T) {
		first, err := save(models.Operator(), list)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := save(models.Operator(), list); err != nil || again != first {
			t.Errorf("%s, then %s, %v", first, again, err)
		}
	})
	t.Run("P2.5 an applicant changes no list", func(t *testing.T) {
		if _, err := save(models.Actor{Kind: models.ActorAccount, Account: db.NewID()}, list); models.KindOf(err) != models.KindNotFound {
			t.Error(err)
		}
	})
	for name, change := range map[string]func(*dossier.List){
		"key":        func(l *dossier.List) { l.Key = "Droit !" },
		"twice":      func(l *dossier.List) { l.Specs = []dossier.Spec{cv, cv} },
		"no title":   func(l *dossier.List) { l.Specs[0].Title = form.Text{} },
		"no format":  func(l *dossier.List) { l.Specs[0].Formats = nil },
		"no limit":   func(l *dossier.List) { l.Specs[0].MaxBytes = 0 },
		"more sides": func(l *dossier.List) { l.Specs[0].MinSides = 2 },
	} {
		t.Run("P7.1 a rule that nobody could follow is refused: "+name, func(t *testing.T) {
			bad := dossier.List{Key: "essai", Name: form.Text{FR: "Essai"}, Specs: []dossier.Spec{cv}}
			change(&bad)
			if _, err := save(models.Operator(), bad); models.KindOf(err) != models.KindInvalid {
				t.Error(err)
			}
		})
	}
}
