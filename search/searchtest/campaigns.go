package searchtest

import (
	"context"
	"slices"
	"testing"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/search"
)

// campaigns checks that a programme is found by its campaign as a course by its
// sessions.
func (s *suite) campaigns(t *testing.T) {
	open := search.Query{Facets: map[string][]string{search.FacetRegistration: {search.ValueOpen}, search.FacetKind: {"diplome"}}, PerPage: 100}
	change := func(sql string, args ...any) {
		t.Helper()
		err := s.db.InTx(context.Background(), func(ctx context.Context, tx models.Tx) error {
			_, err := tx.PGX.Exec(ctx, sql, args...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Run("P18.17 a programme without campaign is not open", func(t *testing.T) {
		if r := s.find(t, open); r.Total != 0 {
			t.Error(references(r))
		}
	})
	change(`INSERT INTO sessions (id, programme_id, external_id, starts_on, ends_on, modality, department_code, region_code, place, capacity, opens_on, closes_on, waiting_list)
		SELECT $1, id, 'campagne-M.1', $2::date + 280, $2::date + 570, 'on_site', department_code, region_code, town, 20, $2::date - 10, $2::date + 20, true
		FROM programmes WHERE reference = 'M.1'`, s.db.NewID(), s.world.today)
	t.Run("P18.17 a programme whose campaign is open is found so, with its campaign, where it is", func(t *testing.T) {
		r := s.find(t, open)
		if !slices.Equal(references(r), []string{"M.1"}) || r.Hits[0].Next == nil || r.Hits[0].Next.State(s.world.today) != catalogue.Open || r.Hits[0].Place != "Rennes" {
			t.Fatalf("%v %+v", references(r), r.Hits)
		}
		here := search.Query{Facets: map[string][]string{search.FacetRegistration: {search.ValueOpen}, search.FacetKind: {"diplome"}, search.FacetRegion: {"53"}}}
		if r := s.find(t, here); r.Total != 1 {
			t.Errorf("%d in its region", r.Total)
		}
		here.Facets[search.FacetRegion] = []string{"84"}
		if r := s.find(t, here); r.Total != 0 {
			t.Errorf("%d in another region", r.Total)
		}
	})
	t.Run("P18.17 a campaign that closes is open no more, in the same transaction", func(t *testing.T) {
		change(`UPDATE sessions SET closes_on = $1::date - 1 WHERE external_id = 'campagne-M.1'`, s.world.today)
		if r := s.find(t, open); r.Total != 0 {
			t.Error(references(r))
		}
	})
	t.Run("P4.2 without its campaign a programme is still found where it is", func(t *testing.T) {
		change(`DELETE FROM sessions WHERE external_id = 'campagne-M.1'`)
		r := s.find(t, search.Query{Facets: map[string][]string{search.FacetKind: {"diplome"}, search.FacetRegion: {"53"}}})
		if !slices.Equal(references(r), []string{"M.1"}) {
			t.Error(references(r))
		}
	})
}
