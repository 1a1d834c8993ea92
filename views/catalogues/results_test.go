package catalogues

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"passerelle/models/catalogue"
	"passerelle/views/i18n"
	"passerelle/views/ui"
)

func parse(t *testing.T, address string) Filters {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return ParseFilters(func(name string) []string { return u.Query()[name] })
}

func results(f Filters) ResultsPage {
	return ResultsPage{
		Filters: f, Total: 23, PerPage: 2, Today: today,
		Hits: []Hit{
			{Kind: catalogue.KindCourse, Reference: "FOR.1", Title: ui.Marks{{Text: "BTS "}, {Text: "compta", Hit: true}, {Text: "bilité <b>"}}, Duration: "2 ans",
				Level: "niveau 5 (bac + 2)", Session: &HitSession{State: catalogue.Open, Starts: date(2027, 1, 12), Closes: date(2026, 12, 2), Seats: 7, Others: 2}},
			{Kind: catalogue.KindProgramme, Reference: "TMM-1", Title: ui.Marks{{Text: "Master CCA"}}, Seats: 30, Place: "Limoges"},
		},
		Facets: []Facet{
			{Name: "nature", Choices: []Choice{{Value: "formation", Label: "Formations", Count: 13}}},
			{Name: "theme", Choices: []Choice{{Value: "gestion", Label: "Gestion", Count: 9, Checked: true}}},
			{Name: "region", Choices: []Choice{{Value: "75", Label: "Nouvelle-Aquitaine", Count: 5, Checked: true}}},
		},
	}
}

func TestFilters(t *testing.T) {
	t.Run("P4.1 a search and its address say the same", func(t *testing.T) {
		for _, address := range []string{"/recherche", "/recherche?q=bts+compta", "/recherche?q=eau&nature=formation&theme=gestion&theme=sante&region=75&inscription=ouverte&tri=debut&page=3"} {
			if got := parse(t, address).URL(); got != address {
				t.Errorf("%s became %s", address, got)
			}
		}
	})
	t.Run("P4.1 an address cut or changed by hand still searches", func(t *testing.T) {
		f := parse(t, "/recherche?q=+eau++vive+&tri=nimporte&page=-4&theme=&theme=a&theme=a&inconnu=1")
		if got := f.URL(); got != "/recherche?q=eau+vive&theme=a" {
			t.Errorf("became %s", got)
		}
		if n := len([]rune(parse(t, "/recherche?q="+strings.Repeat("é", 10000)).Text)); n != 200 {
			t.Errorf("%d characters kept", n)
		}
	})
	t.Run("P4.2 removing a filter keeps the others and goes back to the first page", func(t *testing.T) {
		f := parse(t, "/recherche?q=eau&theme=a&theme=b&region=75&page=4")
		if got := f.Without("theme", "a").URL(); got != "/recherche?q=eau&theme=b&region=75" {
			t.Errorf("became %s", got)
		}
		if len(f.Values["theme"]) != 2 {
			t.Error("the search itself was changed")
		}
	})
	if got := parse(t, "/recherche?ouvertes=1").URL(); got != "/recherche?inscription=ouverte" {
		t.Errorf("the short form became %s", got)
	}
	if !parse(t, "/recherche?q=ea&theme=a").SameBut(parse(t, "/recherche?q=eau&theme=a")) || parse(t, "/recherche?q=eau").SameBut(parse(t, "/recherche?q=eau&theme=a")) {
		t.Error("words and filters are confused")
	}
}

func TestResults(t *testing.T) {
	f := parse(t, "/recherche?q=compta&theme=gestion&region=75")
	for _, lang := range i18n.Langs() {
		doc := draw(t, lang, Results(results(f)))
		t.Run("P4.1 the search works without a script "+string(lang), func(t *testing.T) {
			form := doc.Find("form#recherche[method=get][action='/recherche']")
			if form.Length() != 1 || form.Find("button[type=submit]").Length() != 1 {
				t.Error("the search is not a form with a button")
			}
			if n := doc.Find("#resultats input[type=checkbox][form=recherche]").Length(); n != 3 {
				t.Errorf("%d filters belong to the form, want 3", n)
			}
			if doc.Find("#suite a[href*='page=2']").Length() != 1 {
				t.Error("there is no link to the next results")
			}
		})
		t.Run("P4.2 filters in force can be removed one by one "+string(lang), func(t *testing.T) {
			if n := doc.Find(".chips a.chip").Length(); n != 2 {
				t.Errorf("%d chips, want 2", n)
			}
			if href := doc.Find(".chips a.chip").First().AttrOr("href", ""); href != "/recherche?q=compta&region=75" {
				t.Errorf("the first chip leads to %s", href)
			}
		})
		t.Run("P4.3 what was found is marked, and escaped "+string(lang), func(t *testing.T) {
			html, _ := doc.Find(".result__title a").First().Html()
			if strings.TrimSpace(html) != "BTS <mark>compta</mark>bilité &lt;b&gt;" {
				t.Errorf("the title is %s", html)
			}
		})
		if doc.Find("[data-announce]").Length() != 1 {
			t.Error("the number of results is not announced once")
		}
	}
}

func TestResultsFoundElsewhere(t *testing.T) {
	page := results(parse(t, "/recherche?q=managment"))
	page.Corrected = "management"
	t.Run("P4.3 a correction is said and can be refused", func(t *testing.T) {
		doc := draw(t, i18n.French, Results(page))
		if !strings.Contains(flat(doc.Find("#correction")), "management") || doc.Find("#correction a[href*='exact=1']").Length() != 1 {
			t.Error("the correction cannot be refused")
		}
	})
	t.Run("P4.3 an empty result says what to do next", func(t *testing.T) {
		empty := ResultsPage{Filters: parse(t, "/recherche?q=sculpture&region=75"), Today: today, NearTotal: 3, Near: page.Hits[:1]}
		for _, lang := range i18n.Langs() {
			doc := draw(t, lang, Results(empty))
			if doc.Find(".empty a[href='/recherche?q=sculpture']").Length() != 1 || doc.Find("a[href='/themes']").Length() == 0 {
				t.Error("no way on from an empty result")
			}
		}
	})
	t.Run("P15.4 a search that does not answer says what still works", func(t *testing.T) {
		for _, lang := range i18n.Langs() {
			doc := draw(t, lang, Results(ResultsPage{Filters: parse(t, "/recherche?q=eau"), Down: true}))
			if doc.Find("input[name=q]").AttrOr("value", "") != "eau" {
				t.Error("the question was lost")
			}
			if doc.Find("#resultats tbody tr").Length() != 4 || doc.Find("a[href='/themes']").Length() == 0 {
				t.Error("the page does not say what works")
			}
		}
	})
}

func TestResultsFocus(t *testing.T) {
	page := results(parse(t, "/recherche?q=compta&theme=gestion&region=75")) // two chips are left
	for id, gone := range map[string]bool{"filtre-0": false, "filtre-1": false, "filtre-2": true, "tout-effacer": true, "q": false, "": false, "filtre-x": false} {
		if page.Gone(id) != gone {
			t.Errorf("%q gone: %v", id, !gone)
		}
	}
	page.FocusTitle = true
	if draw(t, i18n.French, ResultsTyped(page)).Find("h1[data-focus]").Length() != 1 {
		t.Error("the focus is lost with the last chip")
	}
}

func TestResultsTyped(t *testing.T) {
	page := results(parse(t, "/recherche?q=compta"))
	doc := draw(t, i18n.French, ResultsTyped(page))
	if doc.Find("main, header, form").Not("#enregistrer form").Length() != 0 || doc.Find("#resultats").Length() != 1 {
		t.Error("the answer while typing is more than the results")
	}
	if got := doc.Find("title").Text(); !strings.Contains(got, "compta") || !strings.Contains(got, strconv.Itoa(page.Total)) {
		t.Errorf("the tab says %q", got)
	}
}
