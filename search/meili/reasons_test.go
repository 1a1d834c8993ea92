package meili_test

import (
	"context"
	"math"
	"testing"

	"passerelle/models/modelstest"
	"passerelle/search"
	"passerelle/search/meili/meilitest"
)

func TestReasons(t *testing.T) {
	server, db := meilitest.Own(t), modelstest.DB(t)
	e := engine(t, db, server.URL)
	putMany(t, db, 40)
	must(t, e.CatchUp(context.Background()))
	t.Run("P14.1 the engine's own rules are told beside what the portal adds", func(t *testing.T) {
		got, err := e.Reasons(context.Background(), search.Query{Text: "horlogerie ", Today: db.Today()})
		must(t, err)
		if len(got.List) == 0 || got.Asked == "" {
			t.Fatalf("%+v", got)
		}
		for _, r := range got.List {
			sum := r.Engine + r.Title + r.Acronym + r.Other + r.Body + r.Stand + r.Closer + r.Usage + r.Behind
			if rules := got.Rules[r.No]; len(rules) < 3 || rules[0].Name != "typo" || r.Engine <= 0 || math.Abs(float64(sum-r.Score)) > 0.006 {
				t.Fatalf("%+v %+v", r, rules)
			}
		}
	})
	t.Run("P14.1 a document that is not among the results says why", func(t *testing.T) {
		w, err := e.WhyNot(context.Background(), search.Query{Text: "\"horlogerie\" ", Today: db.Today(), Exact: true}, "N.00000")
		must(t, err)
		if w.Rank != 0 || len(w.Missing) != 1 || w.Missing[0] != "horlogerie" {
			t.Fatalf("%+v", w)
		}
	})
}
