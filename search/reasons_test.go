package search_test

import (
	"context"
	"math"
	"testing"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/modelstest"
	"passerelle/search"
)

func TestReasons(t *testing.T) {
	db := modelstest.DB(t)
	ctx := context.Background()
	index := search.NewPostgres(db)
	of := func(reference, title, body string, others ...string) search.Document {
		return search.Document{Kind: catalogue.KindProgramme, Object: db.NewID(), Reference: reference, Title: title, Body: body, Others: others}
	}
	if err := index.Put(ctx, []search.Document{
		of("R.1", "Reliure d'art", "Restaurer des livres anciens.", "Métiers d'art"), of("R.2", "Restauration de livres", "La reliure et la dorure."),
		of("R.3", "Apiculture", "Élever des abeilles."), of("R.4", "Médiathèque et jeunesse", "Animer un fonds de livres."), of("R.5", "Reliure d'art", "", "Lyon")}); err != nil {
		t.Fatal(err)
	}
	if err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		return catalogue.AddSynonyms(ctx, tx, []catalogue.Synonym{{Terms: []string{"bibliothèque", "médiathèque"}}})
	}); err != nil {
		t.Fatal(err)
	}
	ask := func(t *testing.T, text string) search.Reasons {
		t.Helper()
		r, err := index.Reasons(ctx, search.Query{Text: text, Today: db.Today()})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	t.Run("P14.1 what counted adds up to the score", func(t *testing.T) {
		for _, text := range []string{"reliure", "reliure livres ", "livres anciens reliure", "relieure", "bibliotheque ", "art", "apicul", "restauration de livres "} {
			r := ask(t, text)
			if len(r.List) == 0 || len(r.List) != len(r.Hits) {
				t.Fatal(text, r.Total)
			}
			for i, x := range r.List {
				sum := x.Engine + x.Title + x.Acronym + x.Other + x.Body + x.Stand + x.Closer + x.Usage + x.Behind
				if math.Abs(float64(sum-r.Hits[i].Score)) > 0.006 || x.Closer > 3.1 || x.Behind < -0.7 {
					t.Errorf("%q %s: %+v is %v, not %v", text, r.Hits[i].Reference, x, sum, r.Hits[i].Score)
				}
			}
		}
	})
	t.Run("P14.1 words, mended ones, synonyms and ignored ones are told", func(t *testing.T) {
		r := ask(t, "la bibliotheque relieure ")
		if len(r.Reading.Words) != 2 || r.Reading.Words[1].Mended != "reliure" || len(r.Reading.Synonyms) != 1 || r.Reading.Synonyms[0] != "médiathèque" || len(r.Reading.Ignored) != 1 {
			t.Errorf("%+v", r.Reading)
		}
		first := ask(t, "bibliotheque ").List[0]
		if first.Stand <= 0 || first.Title != 0 || len(first.Missing) != 0 {
			t.Errorf("%+v", first)
		}
	})
	t.Run("P14.1 a document that is not found says what it lacks, and where it would stand without", func(t *testing.T) {
		w, err := index.WhyNot(ctx, search.Query{Text: "livres abeilles apiculture reliure ", Exact: true, Today: db.Today()}, "R.2")
		if err != nil || w.Rank != 0 || len(w.Missing) != 2 || w.Without != "livres reliure" || w.Relaxed == 0 {
			t.Errorf("%+v %v", w, err)
		}
		w, err = index.WhyNot(ctx, search.Query{Text: "livres ", Today: db.Today()}, "médiathèque et JEUNESSE")
		if err != nil || w.Reference != "R.4" || w.Rank == 0 || w.Body == 0 {
			t.Errorf("%+v %v", w, err)
		}
		if _, err := index.WhyNot(ctx, search.Query{Text: "livres", Today: db.Today()}, "zqxwkj"); models.KindOf(err) != models.KindNotFound {
			t.Error(err)
		}
	})
}
