package searchtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/search"
)

// offered is the facet of structures of a search.
func offered(r search.Results) search.Facet {
	i := slices.IndexFunc(r.Facets, func(f search.Facet) bool { return f.Name == search.FacetStructure })
	return r.Facets[i]
}

// structures checks the facet of many names: who offers a course or a
// programme, or publishes an announcement.
func (s *suite) structures(t *testing.T) {
	ctx := context.Background()
	by := func(slugs ...string) search.Query {
		return search.Query{Facets: map[string][]string{search.FacetStructure: slugs}, PerPage: 100}
	}
	t.Run("P4.2 one structure for the three kinds, however its name is written", func(t *testing.T) {
		kinds := map[catalogue.Kind]bool{}
		for _, h := range s.find(t, by("universite-de-rennes")).Hits {
			kinds[h.Kind] = true
		}
		if len(kinds) != 3 {
			t.Errorf("%v", kinds)
		}
		names := []string{}
		for _, v := range offered(s.find(t, search.Query{})).Values {
			names = append(names, v.Label)
		}
		if slices.Contains(names, "") || !slices.ContainsFunc(names, func(n string) bool {
			return strings.EqualFold(n, "ministère de la culture") || n == "MINISTERE DE LA CULTURE"
		}) {
			t.Error(names)
		}
	})
	t.Run("P4.2 several structures are alternatives", func(t *testing.T) {
		a, b, both := s.find(t, by("ville-de-brest")).Total, s.find(t, by("region-bretagne")).Total, s.find(t, by("ville-de-brest", "region-bretagne")).Total
		if a == 0 || b == 0 || both != a+b {
			t.Error(a, b, both)
		}
	})
	t.Run("P4.2 words narrow the structures listed, and no result", func(t *testing.T) {
		all := s.find(t, search.Query{})
		r := s.find(t, search.Query{Named: "  RENNES univ "})
		f := offered(r)
		if r.Total != all.Total || len(f.Values) != 1 || f.Values[0].Value != "universite-de-rennes" || f.Others != 0 {
			t.Errorf("%d %+v", r.Total, f)
		}
	})
	t.Run("P4.2 a chosen structure stays listed, with text too", func(t *testing.T) {
		q := by("ville-de-brest")
		q.Named, q.Text = "lyon", "informatique"
		values := offered(s.find(t, q)).Values
		if len(values) != 2 || values[0].Value != "ville-de-brest" || !values[0].Selected || values[1].Value != "universite-de-lyon" || values[1].Count != 1 {
			t.Errorf("%+v", values)
		}
	})
	t.Run("P4.2 of many structures the most frequent are listed, the others counted; a new one is known at once", func(t *testing.T) {
		var documents []search.Document
		for i := range 40 {
			for n := range 1 + i%3 {
				documents = append(documents, search.Document{Kind: catalogue.KindProgramme, Object: s.db.NewID(), Reference: fmt.Sprintf("S.%d.%d", i, n),
					Title: "Plongée sous glace", Structure: fmt.Sprintf("École polaire n° %d", i)})
			}
		}
		if err := s.index.Put(ctx, documents); err != nil {
			t.Fatal(err)
		}
		f := offered(s.find(t, search.Query{Text: "plongée sous glace"}))
		if len(f.Values)+f.Others != 40 || f.Others == 0 || f.Values[0].Count != 3 {
			t.Errorf("%d listed, %d others, %+v", len(f.Values), f.Others, f.Values[0])
		}
		if r := s.find(t, by("ecole-polaire-n-39")); r.Total != 1 {
			t.Error(r.Total)
		}
		if v := offered(s.find(t, search.Query{Named: "polaire 17"})).Values; len(v) != 1 || v[0].Label != "École polaire n° 17" {
			t.Errorf("%+v", v)
		}
		references := []string{}
		for _, d := range documents {
			references = append(references, d.Reference)
		}
		if err := s.index.Delete(ctx, catalogue.KindProgramme, references); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("P4.4 every object found is listed when asked for", func(t *testing.T) {
		q := search.Query{Text: "menuiserie", Objects: true, PerPage: 3}
		r := s.find(t, q)
		if len(r.Objects) != r.Total || r.Total < 4 || len(r.Hits) != 3 || r.Objects[0] != r.Hits[0].Object || r.Objects[2] != r.Hits[2].Object {
			t.Errorf("%d of %d", len(r.Objects), r.Total)
		}
		if slices.Contains(r.Objects, models.ID{}) {
			t.Error("an object without id")
		}
	})
}
