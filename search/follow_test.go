package search_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/modelstest"
	"passerelle/search"
)

func programme(db *models.DB, reference, title string) search.Document {
	return search.Document{Kind: catalogue.KindProgramme, Object: db.NewID(), Reference: reference, Title: title}
}

func TestFollow(t *testing.T) {
	db := modelstest.DB(t)
	ctx := context.Background()
	one, other := search.NewPostgres(db), search.NewPostgres(db)
	found := func(t *testing.T, p *search.Postgres, text string) []string {
		t.Helper()
		r, err := p.Search(ctx, search.Query{Text: text, Today: db.Today(), Exact: true})
		if err != nil {
			t.Fatal(err)
		}
		return references(r)
	}
	if err := one.Put(ctx, []search.Document{programme(db, "P.1", "Apiculture")}); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*search.Postgres{one, other} {
		if got := found(t, p, "apiculture"); len(got) != 1 {
			t.Fatal(got)
		}
	}
	t.Run("P4.9 what is committed is seen, what is not or rolled back is not", func(t *testing.T) {
		rollback := errors.New("rolled back")
		err := db.InTx(ctx, func(ctx context.Context, early models.Tx) error {
			if err := catalogue.Put(ctx, early, []search.Document{programme(db, "P.2", "Apiculture tardive")}); err != nil {
				return err
			}
			if got := found(t, one, "apiculture"); len(got) != 1 || slices.Contains(got, "P.2") {
				t.Error(got)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := found(t, one, "apiculture"); len(got) != 2 {
			t.Error(got)
		}
		err = db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
			if err := catalogue.Put(ctx, tx, []search.Document{programme(db, "P.4", "Apiculture annulée")}); err != nil {
				return err
			}
			return rollback
		})
		if got := found(t, one, "apiculture"); !errors.Is(err, rollback) || len(got) != 2 {
			t.Error(got, err)
		}
	})
	t.Run("P4.9 what is taken away is gone from every instance", func(t *testing.T) {
		if err := one.Delete(ctx, catalogue.KindProgramme, []string{"P.2"}); err != nil {
			t.Fatal(err)
		}
		if got := found(t, other, "tardive"); len(got) != 0 {
			t.Error(got)
		}
	})
	t.Run("P4.3 synonyms are in force from their commit on", func(t *testing.T) {
		if got := found(t, one, "abeilles"); len(got) != 0 {
			t.Fatal(got)
		}
		err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
			return catalogue.AddSynonyms(ctx, tx, []catalogue.Synonym{{Terms: []string{"abeilles", "apiculture"}}})
		})
		if got := found(t, one, "abeilles"); err != nil || len(got) != 1 {
			t.Error(got, err)
		}
	})
	t.Run("P14.1 weights and stop words are in force on every instance from their commit on", func(t *testing.T) {
		bees := programme(db, "P.5", "Élevage")
		bees.Body = "Soins contre les frelons asiatiques, les frelons européens et les frelons géants."
		title := programme(db, "P.6", "Frelons")
		title.Body = "Un métier en plein air, des soins, une récolte, une vente."
		if err := one.Put(ctx, []search.Document{bees, title}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			tuning string
			first  string
		}{{`title = 10, body = 0.1`, "P.6"}, {`title = 0.1, body = 10`, "P.5"}} {
			if _, err := db.Pool.Exec(ctx, `UPDATE search_tuning SET `+c.tuning); err != nil {
				t.Fatal(err)
			}
			for _, p := range []*search.Postgres{one, other} {
				if got := found(t, p, "frelons "); len(got) < 2 || got[0] != c.first {
					t.Errorf("%s: %v", c.tuning, got)
				}
			}
		}
		if got := found(t, other, "soins récolte "); len(got) != 1 {
			t.Error(got)
		}
		if _, err := db.Pool.Exec(ctx, `UPDATE search_tuning SET stop = '{récolte}', title = 0, body = 0`); err != nil {
			t.Fatal(err)
		}
		if got := found(t, other, "soins récolte "); len(got) != 2 {
			t.Error(got)
		}
	})
	t.Run("P4.3 settings are tried without being published", func(t *testing.T) {
		with := search.Settings{Synonyms: []catalogue.Synonym{{Terms: []string{"ruche", "apiculture"}}}}
		r, err := one.SearchWith(ctx, search.Query{Text: "ruche", Today: db.Today()}, with)
		if err != nil || r.Total != 1 {
			t.Error(r.Total, err)
		}
		if got := found(t, one, "ruche"); len(got) != 0 {
			t.Error(got)
		}
	})
	t.Run("a rank is explained word by word", func(t *testing.T) {
		e, err := one.Explain(ctx, search.Query{Text: "apiculture", Today: db.Today()}, "P.1")
		if err != nil || !e.Found || e.Rank != 1 || len(e.Words) != 1 || e.Words[0].Matches[0].How != "exact" || e.Words[0].Matches[0].Times["title"] != 1 {
			t.Errorf("%+v %v", e, err)
		}
		if _, err := one.Explain(ctx, search.Query{Text: "apiculture"}, "P.none"); err == nil {
			t.Error("an unknown reference is explained")
		}
	})
}
