package models_test

import (
	"context"
	"testing"

	"passerelle/models"
	"passerelle/models/modelstest"
)

func TestKeptForms(t *testing.T) {
	t.Run("P18.10 a kept form is taken once, by its account; forms beyond a few take the place of the oldest", func(t *testing.T) {
		modelstest.Tx(t, func(ctx context.Context, tx models.Tx) {
			mine, theirs := tx.NewID(), tx.NewID()
			ids := []models.ID{}
			for range 25 {
				id := tx.NewID()
				ids = append(ids, id)
				if err := tx.KeepForm(ctx, models.KeptForm{ID: id, Account: mine, Path: "/x", ContentType: "text/plain", Body: []byte("sealed")}); err != nil {
					t.Fatal(err)
				}
			}
			for _, x := range []struct {
				id, account models.ID
				want        models.Kind
			}{{ids[0], mine, models.KindNotFound}, {ids[24], theirs, models.KindNotFound}, {ids[24], mine, 0}, {ids[24], mine, models.KindNotFound}, {ids[5], mine, 0}} {
				kept, err := tx.TakeForm(ctx, x.id, x.account)
				if (err == nil) != (x.want == 0) || err != nil && models.KindOf(err) != x.want || err == nil && string(kept.Body) != "sealed" {
					t.Errorf("%q, %v, want kind %d", kept.Body, err, x.want)
				}
			}
		})
	})
}
