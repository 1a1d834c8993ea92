package searchtest

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/modelstest"
	"passerelle/search"
)

// days between today and a date of the world.
func (w *world) days(date string) int {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	return int(t.Sub(w.today).Hours() / 24)
}

func (w *world) state(x session) catalogue.State {
	parse := func(s string) time.Time { t, _ := time.Parse(time.DateOnly, s); return t }
	s := catalogue.Session{StartsOn: parse(x.Starts), OpensOn: parse(x.Opens), ClosesOn: parse(x.Closes), Capacity: x.Capacity,
		SeatsElsewhere: x.Elsewhere, WaitingList: x.Waiting}
	if x.Cancelled {
		s.CancelledAt = &s.StartsOn
	}
	return catalogue.SessionState(s, w.today)
}

// toCome leaves out what no facet of sessions counts.
func (w *world) toCome(x session) bool { return !x.Cancelled && w.days(x.Starts) > 0 }

// next is the date by which a course is sorted.
func (w *world) next(reference string, sort search.Sort) string {
	best := ""
	for _, c := range w.courses {
		for _, x := range c.Sessions {
			day := x.Starts
			if sort == search.ByDeadline {
				day = x.Closes
			}
			if c.Reference == reference && w.toCome(x) && w.days(day) >= 0 && (best == "" || day < best) {
				best = day
			}
		}
	}
	return best
}

// has tells whether a session has a value of a facet.
func (w *world) has(x session, facet, value string) bool {
	state := w.state(x)
	switch facet {
	case search.FacetRegion:
		return value == search.ValueRemote && x.Modality == "remote" || departments[x.Department] == value
	case search.FacetDepartment:
		return x.Department == value
	case search.FacetModality:
		return map[string]string{"presence": "on_site", search.ValueRemote: "remote", "mixte": "mixed"}[value] == x.Modality
	case search.FacetRegistration:
		switch value {
		case search.ValueOpen:
			return state == catalogue.Open
		case search.ValueWaiting:
			return state == catalogue.Waiting
		}
		return state.Choosable() && w.days(x.Closes) <= 15
	case search.FacetStarts:
		return w.days(x.Starts) > 0 && w.days(x.Starts) <= number(value)
	case search.FacetDeadline:
		return w.days(x.Closes) >= 0 && w.days(x.Closes) <= number(value)
	}
	return true
}

func number(s string) int {
	n := 0
	_, _ = fmt.Sscan(s, &n)
	return n
}

// ofCourse tells whether a course itself has a value.
func ofCourse(c course, facet, value string) bool {
	switch facet {
	case search.FacetLevel:
		if value == search.ValueUnregistered {
			return strings.HasPrefix(c.Level, "non inscrit")
		}
		return strings.HasPrefix(c.Level, "niveau "+value)
	case search.FacetDuration:
		return map[string]string{"moins-1-an": "10 jours", "1-an": "1 an", "2-ans": "2 ans", "3-ans": "3 ans"}[value] == c.Duration && c.Duration != ""
	case search.FacetStructure:
		return c.Authority != "" && catalogue.Slug(c.Authority) == value
	case search.FacetTheme:
		return slices.ContainsFunc(c.Themes, func(path string) bool {
			domain, name, _ := strings.Cut(path, "/")
			return catalogue.Slug(domain) == value || catalogue.Slug(domain, name) == value
		})
	}
	return true
}

var perSession = []string{search.FacetRegion, search.FacetDepartment, search.FacetModality, search.FacetRegistration, search.FacetStarts, search.FacetDeadline}

// count is the plain count that an engine must find: facets cumulate, those of
// sessions on one and the same session (P18.17).
func (w *world) count(facets map[string][]string) int {
	any := func(values []string, has func(string) bool) bool {
		return len(values) == 0 || slices.ContainsFunc(values, has)
	}
	n := 0
	for _, c := range w.courses {
		fits := true
		for _, facet := range []string{search.FacetLevel, search.FacetDuration, search.FacetTheme, search.FacetStructure} {
			fits = fits && any(facets[facet], func(v string) bool { return ofCourse(c, facet, v) })
		}
		asked := slices.ContainsFunc(perSession, func(f string) bool { return len(facets[f]) > 0 })
		if fits && asked {
			fits = slices.ContainsFunc(c.Sessions, func(x session) bool {
				all := w.toCome(x)
				for _, facet := range perSession {
					all = all && any(facets[facet], func(v string) bool { return w.has(x, facet, v) })
				}
				return all
			})
		}
		if fits {
			n++
		}
	}
	return n
}

var values = map[string][]string{search.FacetRegion: {"53", "84", "11", "04", search.ValueRemote}, search.FacetModality: {"presence", "distance", "mixte"},
	search.FacetRegistration: {search.ValueOpen, search.ValueWaiting, search.ValueClosingSoon}, search.FacetStarts: {"30", "90", "180"},
	search.FacetDeadline: {"7", "15", "30"}, search.FacetLevel: {"3", "5", search.ValueUnregistered}, search.FacetDuration: {"moins-1-an", "1-an", "2-ans", "3-ans"},
	search.FacetStructure: {"ministere-de-la-culture", "region-bretagne", "universite-de-rennes", "ville-de-brest"},
	search.FacetTheme:     {"art", "art-metiers-d-art", "industrie", "industrie-bois", "gestion-entreprise"}}

// facets compares random selections with the plain count, and every count
// shown with what selecting the value then gives.
func (s *suite) facets(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	names := slices.Sorted(maps.Keys(values))
	selections := []map[string][]string{}
	for range 60 {
		chosen := map[string][]string{search.FacetKind: {"formation"}}
		for range r.IntN(4) {
			name := names[r.IntN(len(names))]
			if name == search.FacetTheme { // a sub-domain narrows its domain: one at a time here
				chosen[name] = []string{values[name][r.IntN(len(values[name]))]}
			} else if v := values[name][r.IntN(len(values[name]))]; !slices.Contains(chosen[name], v) {
				chosen[name] = append(chosen[name], v)
			}
		}
		selections = append(selections, chosen)
	}
	t.Run("P18.17 facets of sessions hold on one and the same session", func(t *testing.T) {
		for _, chosen := range selections {
			if got, want := s.find(t, search.Query{Facets: chosen}).Total, s.world.count(chosen); got != want {
				t.Fatalf("%v: %d, want %d", chosen, got, want)
			}
		}
	})
	t.Run("P4.2 the count beside a value ignores its facet's own selection", func(t *testing.T) {
		for _, chosen := range selections {
			s.countsAreTrue(t, chosen, s.find(t, search.Query{Facets: chosen}))
		}
	})
	t.Run("P4.2 a sub-domain narrows its domain, a department its region", func(t *testing.T) {
		for _, pair := range []map[string][]string{{search.FacetTheme: {"art", "art-musique"}}, {search.FacetRegion: {"53"}, search.FacetDepartment: {"29"}}} {
			alone := map[string][]string{}
			for name, list := range pair {
				if name == search.FacetDepartment || name == search.FacetTheme {
					alone[name] = list[len(list)-1:]
				}
			}
			if a, b := s.find(t, search.Query{Facets: pair}).Total, s.find(t, search.Query{Facets: alone}).Total; a != b || a == 0 {
				t.Errorf("%v: %d, %d", pair, a, b)
			}
		}
	})
	t.Run("labels are in the language asked for", func(t *testing.T) {
		label := func(lang string) string { return s.find(t, search.Query{Lang: lang}).Facets[0].Label }
		if label("fr") != "Nature" || label("en") != "Kind" {
			t.Error(label("fr"), label("en"))
		}
	})
}

// countsAreTrue checks P4.2: the count beside a value is the total that the
// value alone in its facet would give.
func (s *suite) countsAreTrue(t *testing.T, chosen map[string][]string, got search.Results) {
	t.Helper()
	for _, f := range got.Facets {
		if f.Name == search.FacetKind || f.Name == search.FacetDepartment {
			continue
		}
		for _, v := range f.Values {
			other := maps.Clone(chosen)
			other[f.Name] = []string{v.Value}
			if want := s.world.count(other); v.Count != want {
				t.Fatalf("P4.2 with %v, %s=%s counts %d, want %d", chosen, f.Name, v.Value, v.Count, want)
			}
			if v.Selected != slices.Contains(chosen[f.Name], v.Value) {
				t.Fatalf("with %v, %s=%s selected %v", chosen, f.Name, v.Value, v.Selected)
			}
		}
	}
}

// sessions checks that what a session becomes is seen at once.
func (s *suite) sessions(t *testing.T) {
	ctx := context.Background()
	open := map[string][]string{search.FacetRegistration: {search.ValueOpen}}
	before := s.find(t, search.Query{Facets: open})
	if before.Total == 0 || before.Hits[0].Next == nil {
		t.Fatal("no open session in the world")
	}
	h := before.Hits[0]
	t.Run("P18.17 open now is computed for the day asked, not stored", func(t *testing.T) {
		if r := s.find(t, search.Query{Facets: open, Today: s.world.today.AddDate(2, 0, 0)}); r.Total != 0 {
			t.Error(r.Total)
		}
	})
	t.Run("P18.17 a session that fills up is open no more, in the same transaction", func(t *testing.T) {
		fill := func(n int) {
			t.Helper()
			if err := s.db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
				rows, err := tx.PGX.Query(ctx, `SELECT id, capacity - seats_elsewhere FROM sessions WHERE course_id = $1`, models.Prepared, h.Object)
				if err != nil {
					return err
				}
				free := map[models.ID]int{}
				for rows.Next() {
					var id models.ID
					var seats int
					if err := rows.Scan(&id, &seats); err != nil {
						return err
					}
					free[id] = seats
				}
				rows.Close()
				for id, seats := range free {
					if seats > 0 {
						if err := modelstest.TakeSeats(ctx, tx, id, n*seats); err != nil {
							return err
						}
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		fill(1)
		if slices.Contains(references(s.find(t, search.Query{Facets: open, PerPage: 100})), h.Reference) {
			t.Error("still open")
		}
		fill(-1)
		if r := s.find(t, search.Query{Facets: open, PerPage: 100}); r.Total != before.Total {
			t.Error(r.Total, before.Total)
		}
	})
}
