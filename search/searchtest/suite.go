package searchtest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/search"
)

// suite is the contract against one engine.
type suite struct {
	db    *models.DB
	index search.Index
	world *world
}

// Run puts an engine to the contract. db is an empty, migrated database of the
// test's own; open makes the engine over it, once it is filled.
func Run(t *testing.T, db *models.DB, open func(t testing.TB, db *models.DB) search.Index) {
	s := &suite{db: db, world: newWorld(db.Today())}
	s.world.load(t, db)
	s.index = open(t, db)
	if err := s.index.Rebuild(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Run("words", s.words)
	t.Run("repair", s.repair)
	t.Run("synonyms", s.synonyms)
	t.Run("marks", s.marks)
	t.Run("facets", s.facets)
	t.Run("structures", s.structures)
	t.Run("sessions", s.sessions)
	t.Run("campaigns", s.campaigns)
	t.Run("order and pages", s.pages)
	t.Run("odd input", s.odd)
	t.Run("completion", s.completion)
	t.Run("upkeep", s.upkeep)
}

func (s *suite) find(t testing.TB, q search.Query) search.Results {
	t.Helper()
	if q.Today.IsZero() {
		q.Today = s.world.today
	}
	r, err := s.index.Search(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func references(r search.Results) []string {
	list := []string{}
	for _, h := range r.Hits {
		list = append(list, h.Reference)
	}
	return list
}

func (s *suite) first(t testing.TB, text, want string) {
	t.Helper()
	if got := references(s.find(t, search.Query{Text: text})); len(got) == 0 || got[0] != want {
		t.Errorf("%q: %v, want %s first", text, got, want)
	}
}

func (s *suite) words(t *testing.T) {
	t.Run("P4.3 accents, case, plural, feminine and elision make no difference", func(t *testing.T) {
		for _, text := range []string{"infirmier", "Infirmière", "INFIRMIERES", "l'infirmier", "diplome d’etat d’infirmier"} {
			s.first(t, text, "C.infirmier")
		}
	})
	t.Run("P4.1 words are found while they are typed", func(t *testing.T) {
		word := "comptabilité"
		for n := 3; n <= len([]rune(word)); n++ {
			s.first(t, "bts "+string([]rune(word)[:n]), "C.compta")
		}
	})
	t.Run("abbreviations and acronyms are found", func(t *testing.T) {
		s.first(t, "compta bts", "C.compta")
		s.first(t, "dei", "C.infirmier")
		s.first(t, "DU littérature", "C.du")
	})
	t.Run("order of the words does not matter", func(t *testing.T) { s.first(t, "adultes formation", "C.adultes") })
	t.Run("the title counts more than the text", func(t *testing.T) {
		got := references(s.find(t, search.Query{Text: "management"}))
		if slices.Index(got, "C.management") != 0 || !slices.Contains(got, "C.art") {
			t.Error(got)
		}
	})
	t.Run("P4.1 courses, programmes and announcements are one list", func(t *testing.T) {
		if got := references(s.find(t, search.Query{Text: "informatique rennes"})); len(got) == 0 || got[0] != "M.1" {
			t.Error(got)
		}
		if got := references(s.find(t, search.Query{Text: "chargé de gestion"})); len(got) == 0 || got[0] != "A-1" {
			t.Error(got)
		}
	})
	t.Run("P4.3 what misses a word is counted, and counted apart", func(t *testing.T) {
		if r := s.find(t, search.Query{Text: "infirmier sculpture "}); r.Total < 2 || r.Lesser != r.Total {
			t.Errorf("nothing holds both words: %d of %d", r.Lesser, r.Total)
		}
		if r := s.find(t, search.Query{Text: "informatique rennes "}); r.Lesser >= r.Total || references(r)[0] != "M.1" {
			t.Errorf("M.1 holds both words: %d of %d", r.Lesser, r.Total)
		}
		if r := s.find(t, search.Query{Text: "infirmier sculpture ", Exact: true}); r.Total != 0 || r.Lesser != 0 {
			t.Errorf("insisted on: %d of %d", r.Lesser, r.Total)
		}
	})
	t.Run("no text finds everything", func(t *testing.T) {
		if r := s.find(t, search.Query{}); r.Total != len(s.world.courses)+4 || len(r.Hits) != 20 {
			t.Error(r.Total, len(r.Hits))
		}
	})
}

func (s *suite) repair(t *testing.T) {
	t.Run("P4.3 a misspelt word is mended and said so", func(t *testing.T) {
		for text, want := range map[string]string{"managment": "management", "infrimier": "infirmier", "sculptrue sur pierre": "sculpture sur pierre"} {
			r := s.find(t, search.Query{Text: text})
			if r.Corrected != want || r.Original != text || r.Total == 0 {
				t.Errorf("%q: corrected %q, %d results", text, r.Corrected, r.Total)
			}
		}
	})
	t.Run("the text as typed can be insisted on", func(t *testing.T) {
		if r := s.find(t, search.Query{Text: "managment", Exact: true}); r.Total != 0 || r.Corrected != "" {
			t.Error(r.Total, r.Corrected)
		}
	})
	t.Run("P4.3 a word that the catalogue has brings nothing that resembles it by chance", func(t *testing.T) {
		for text, want := range map[string][2]string{"infirmière": {"C.bloc", "C.confirme"}, "infirmiere ": {"C.bloc", "C.confirme"}, "marine": {"C.marin", "C.matin"}, "marin ": {"C.marin", "C.matin"}} {
			if got := references(s.find(t, search.Query{Text: text})); !slices.Contains(got, want[0]) || slices.Contains(got, want[1]) {
				t.Errorf("%q: %v", text, got)
			}
		}
	})
	t.Run("a right word is left alone", func(t *testing.T) {
		if r := s.find(t, search.Query{Text: "management"}); r.Corrected != "" || r.Suggested != "" {
			t.Error(r.Corrected, r.Suggested)
		}
	})
	t.Run("what nothing resembles finds nothing", func(t *testing.T) {
		for _, text := range []string{"xylophonistique", "xylophonistique kwyjbq", "les xylophonistiques de kwyjbq ", "qzxwv kwyjbq g"} {
			if r := s.find(t, search.Query{Text: text}); r.Total != 0 || len(r.Hits) != 0 {
				t.Errorf("%q: %d", text, r.Total)
			}
		}
	})
	t.Run("P4.3 where nothing resembles one word, what has the others misses it, and is counted so", func(t *testing.T) {
		for _, text := range []string{"infirmier xylophonistique", "xylophonistique infirmier "} {
			if r := s.find(t, search.Query{Text: text}); r.Total == 0 || r.Lesser != r.Total || references(r)[0] != "C.infirmier" {
				t.Errorf("%q: %d of %d, %v", text, r.Lesser, r.Total, references(r))
			}
		}
	})
}

func (s *suite) synonyms(t *testing.T) {
	t.Run("P4.3 synonyms find each other", func(t *testing.T) { s.first(t, "RH", "C.rh") })
	t.Run("P4.3 a one-way synonym works one way", func(t *testing.T) {
		s.first(t, "tailleur", "C.art")
		if r := s.find(t, search.Query{Text: "sculpture"}); r.Total != 1 {
			t.Error(references(r))
		}
	})
	t.Run("P4.3 an expression has its synonym where no document has its words", func(t *testing.T) {
		s.first(t, "zumba aquatique", "C.art")
		s.first(t, "Zumba aquatique ", "C.art")
	})
	t.Run("P4.3 what was said to stand for an unknown word is found, not what looks like it", func(t *testing.T) {
		if got := references(s.find(t, search.Query{Text: "sculptorat "})); len(got) == 0 || got[0] != "C.compta" || slices.Contains(got, "C.art") {
			t.Error(got)
		}
	})
}

func (s *suite) marks(t *testing.T) {
	t.Run("P4.3 matches are marked, sources cannot mark", func(t *testing.T) {
		r := s.find(t, search.Query{Text: "pierre"})
		if len(r.Hits) == 0 {
			t.Fatal("nothing")
		}
		h := r.Hits[0]
		if h.Title.Plain() != "Sculpture sur pierre" || !marked(h.Title, "pierre") || !marked(h.Excerpt, "pierre") {
			t.Errorf("%+v", h)
		}
		if opened, closed := strings.Count(string(h.Excerpt), string(search.MarkStart)), strings.Count(string(h.Excerpt), string(search.MarkEnd)); opened != closed || opened != 1 {
			t.Errorf("%q", h.Excerpt)
		}
		if !strings.Contains(h.Excerpt.Plain(), "<b>") {
			t.Errorf("an engine must not touch the text: %q", h.Excerpt)
		}
	})
	t.Run("a word being typed is marked whole", func(t *testing.T) {
		r := s.find(t, search.Query{Text: "sculpt"})
		if len(r.Hits) == 0 || !marked(r.Hits[0].Title, "Sculpture") {
			t.Error(r.Hits)
		}
	})
}

func marked(m search.Marked, word string) bool {
	return slices.ContainsFunc(m.Parts(), func(p search.Part) bool { return p.Match && p.Text == word })
}

func (s *suite) pages(t *testing.T) {
	t.Run("pages cut one order without loss or repeat", func(t *testing.T) {
		seen := map[string]bool{}
		all := s.find(t, search.Query{PerPage: 7})
		for page := 1; page <= all.Pages(); page++ {
			for _, ref := range references(s.find(t, search.Query{PerPage: 7, Page: page})) {
				if seen[ref] {
					t.Fatalf("%s twice", ref)
				}
				seen[ref] = true
			}
		}
		if len(seen) != all.Total {
			t.Fatalf("%d of %d", len(seen), all.Total)
		}
	})
	t.Run("a page past the last is empty and keeps the total", func(t *testing.T) {
		if r := s.find(t, search.Query{Text: "infirmier", Page: 500}); len(r.Hits) != 0 || r.Total == 0 {
			t.Error(r.Total, len(r.Hits))
		}
	})
	t.Run("P4.3 by start and by deadline, undated last", func(t *testing.T) {
		for _, sort := range []search.Sort{search.ByStart, search.ByDeadline} {
			r := s.find(t, search.Query{Sort: sort, PerPage: 100, Facets: map[string][]string{search.FacetKind: {"formation"}}})
			last, undated := "", false
			for _, h := range r.Hits {
				day := s.world.next(h.Reference, sort)
				if day == "" {
					undated = true
				} else if undated || day < last {
					t.Fatalf("%s: %s (%s) after %s", sort, h.Reference, day, last)
				}
				last = day
			}
		}
	})
	t.Run("the session shown is one to come", func(t *testing.T) {
		for _, h := range s.find(t, search.Query{PerPage: 100}).Hits {
			if h.Next != nil && (!h.Next.StartsOn.After(s.world.today) || h.Next.CancelledAt != nil) {
				t.Errorf("%s: %+v", h.Reference, h.Next)
			}
		}
	})
}

func (s *suite) odd(t *testing.T) {
	for _, text := range []string{"'", "\\", "a & b | !c", "infirmier:*", "((", "\x00infirmier", "\xff\xfe", strings.Repeat("infirmier ", 500),
		strings.Repeat("x", 10_000), "'; DROP TABLE courses; --", "<script>", "%", "日本語", "👩‍⚕️", "-", "l'", "d", "  ", "à la", "C++", "\uE000"} {
		r := s.find(t, search.Query{Text: text, Page: -3, PerPage: 100_000})
		if len(r.Hits) > 100 {
			t.Errorf("%q: %d hits on a page", text, len(r.Hits))
		}
	}
	t.Run("P4.3 signs without a word are sought as they stand, not left out", func(t *testing.T) {
		for _, text := range []string{"%", "\"", "++", "¤¤"} {
			if r := s.find(t, search.Query{Text: text}); r.Total != 0 {
				t.Errorf("%q: %d results", text, r.Total)
			}
		}
	})
	t.Run("unknown facets and values are ignored", func(t *testing.T) {
		all := s.find(t, search.Query{})
		r := s.find(t, search.Query{Facets: map[string][]string{"couleur": {"bleu"}, search.FacetRegion: {"99"}, search.FacetTheme: {"", "rien"}, search.FacetLevel: {"12"}}, Sort: "hasard"})
		if r.Total != all.Total {
			t.Error(r.Total)
		}
	})
}

func (s *suite) completion(t *testing.T) {
	t.Run("P4.5 what is begun is completed", func(t *testing.T) {
		list, err := s.index.Complete(context.Background(), "infirm", 5)
		if err != nil || len(list) == 0 || len(list) > 5 {
			t.Fatal(list, err)
		}
		if !slices.ContainsFunc(list, func(x search.Suggestion) bool { return x.Reference == "C.infirmier" && x.Kind == catalogue.KindCourse }) {
			t.Error(list)
		}
		if list, err = s.index.Complete(context.Background(), "i", 5); err != nil || len(list) != 0 {
			t.Error(list, err)
		}
	})
}

func (s *suite) upkeep(t *testing.T) {
	ctx := context.Background()
	document := search.Document{Kind: catalogue.KindProgramme, Object: s.db.NewID(), Reference: "P.new", Title: "Apiculture de montagne",
		Occurrences: []catalogue.Occurrence{{Region: 1, Department: 1}}}
	t.Run("a document put is found at once, put again is one", func(t *testing.T) {
		for _, title := range []string{"Apiculture", "Apiculture de montagne"} {
			document.Title = title
			if err := s.index.Put(ctx, []search.Document{document}); err != nil {
				t.Fatal(err)
			}
		}
		if r := s.find(t, search.Query{Text: "apiculture montagne"}); r.Total != 1 || references(r)[0] != "P.new" {
			t.Error(references(r))
		}
	})
	t.Run("a document deleted is found no more", func(t *testing.T) {
		if err := s.index.Delete(ctx, catalogue.KindProgramme, []string{"P.new", "P.unknown"}); err != nil {
			t.Fatal(err)
		}
		if r := s.find(t, search.Query{Text: "apiculture", Exact: true}); r.Total != 0 {
			t.Error(references(r))
		}
	})
	t.Run("P4.9 rebuilding brings back what the database has and nothing else", func(t *testing.T) {
		before, err := s.index.Health(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.index.Put(ctx, []search.Document{document}); err != nil {
			t.Fatal(err)
		}
		if err := s.index.Delete(ctx, catalogue.KindCourse, []string{"C.rh"}); err != nil {
			t.Fatal(err)
		}
		if err := s.index.Rebuild(ctx); err != nil {
			t.Fatal(err)
		}
		after, err := s.index.Health(ctx)
		if err != nil || after.Documents != before.Documents || after.Engine == "" {
			t.Error(before, after, err)
		}
		s.first(t, "ressources humaines", "C.rh")
	})
}
