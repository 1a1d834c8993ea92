package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"passerelle/handlers/handlerstest"
	"passerelle/models"
	"passerelle/models/catalogue"
)

// board is a shelf with 30 announcements more, of two regions, three employers
// and two trades.
func board(t *testing.T, s *handlerstest.Site) {
	t.Helper()
	shelf(t, s)
	s.InTx(func(ctx context.Context, tx models.Tx) error {
		for i := range 30 {
			place := [][]string{{"87", "75"}, {"35", "53"}}[i%2]
			if _, err := tx.PGX.Exec(ctx, `INSERT INTO announcements (id, reference, source, title, description, rome_code, employer, department_code, region_code, duration_months, starts_on, closes_on, published_on, updated_at)
				VALUES ($1, $2, 'Place', $3, 'Au service des archives.', $4, $5, $6, $7, $8, '2027-02-01'::date + $9::int, '2026-11-10'::date + $9::int, '2026-11-01', now())`,
				tx.NewID(), fmt.Sprintf("2026-%03d", i), fmt.Sprintf("Archiviste %d", i), []string{"K1601", "M1501"}[i%2], []string{"Ville de Rennes", "VILLE DE RENNES", "Région Bretagne"}[i%3],
				place[0], place[1], []any{nil, 12}[i%2], i); err != nil {
				return err
			}
		}
		return catalogue.ReindexAll(ctx, tx)
	})
}

// part asks for what an element of the page is replaced by.
func part(b *handlerstest.Browser, path, target string) *handlerstest.Page {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for k, v := range map[string]string{"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#" + target} {
		r.Header.Set(k, v)
	}
	return b.Do(r)
}

func TestAnnouncementSearch(t *testing.T) {
	s := handlerstest.New(t)
	board(t, s)
	b := s.Visitor()
	rows := func(p *handlerstest.Page) []string {
		return p.Find("#annonces tbody tr").Map(func(_ int, row *goquery.Selection) string { return strings.TrimPrefix(row.AttrOr("id", ""), "a-") })
	}
	t.Run("P4.4 the page lists announcements, twenty a page, with the seven columns", func(t *testing.T) {
		page := b.Get("/annonces")
		heads := page.Find("#annonces thead th").Map(func(_ int, h *goquery.Selection) string { return strings.TrimSpace(h.Text()) })
		if page.Status != http.StatusOK || len(rows(page)) != 20 || strings.Join(heads, "|") != "Numéro|Intitulé|Spécialité|Région|Début|Fin|Date limite" {
			t.Fatalf("%d, %d rows, %q", page.Status, len(rows(page)), heads)
		}
		if page.Find("nav.pagination a[rel=next][href='/annonces?page=2#annonces']").Length() != 1 || len(rows(b.Get("/annonces?page=2"))) != 11 {
			t.Error("the second page")
		}
		if page.Find("details.criteria[open]").Length() != 1 || page.Find("nav a[aria-current=page][href='/annonces']").Length() == 0 {
			t.Error("the criteria wait open, under the link of the header")
		}
		first := page.Find("#annonces tbody tr").First()
		if first.Find("td a[href^='/annonces/'], th a[href^='/annonces/']").Length() != 2 {
			t.Error("number and title lead to the announcement")
		}
	})
	t.Run("P4.4 criteria cumulate and the address says them all", func(t *testing.T) {
		for query, want := range map[string]int{
			"numero=2026-01":                                    10,
			"specialite=K":                                      15,
			"specialite=K&specialite=M15":                       30,
			"region=53":                                         15,
			"region=53&departement=87":                          30,
			"structure=ville-de-rennes":                         20,
			"structure=ville-de-rennes&region=53":               10,
			"debut_du=01/02/2027&debut_au=2027-02-10":           10,
			"fin_du=01/01/2028&fin_au=10/02/2028":               5,
			"cloture_du=20/11/2026&cloture_au=25 novembre 2026": 6,
			"ouvertes=1":                                        19,
			"q=archiviste&specialite=M&ouvertes=1":              9,
			"q=archivsite":                                      30,
			"specialite=Z":                                      0,
			"structure=personne":                                0,
		} {
			page := b.Get("/annonces?" + strings.ReplaceAll(query, " ", "%20"))
			if got := page.Find("#titre").Text(); page.Status != http.StatusOK || want > 0 && !strings.HasPrefix(got, fmt.Sprint(want)+" annonce") || want == 0 && len(rows(page)) > 0 {
				t.Errorf("%s: %d %q, want %d", query, page.Status, got, want)
			}
			values, _ := url.ParseQuery(query)
			if chips := page.Find("#annonces .chip").Length(); want > 0 && chips == 0 {
				t.Errorf("%s: no chip", query)
			}
			for name, list := range values {
				if want == 0 {
					continue
				}
				for _, v := range list {
					if page.Find("#criteres [name="+name+"][value=\""+v+"\"]").Length() == 0 {
						t.Errorf("%s: %s=%s is not in the form", query, name, v)
					}
				}
			}
		}
	})
	t.Run("P4.4 every column sorts both ways by a link, and says so", func(t *testing.T) {
		page := b.Get("/annonces?structure=ville-de-rennes")
		if page.Find("#annonces thead th[aria-sort=none]").Length() != 7 {
			t.Error("nothing is sorted at first")
		}
		for i, column := range []string{"numero", "intitule", "specialite", "region", "debut", "fin", "cloture"} {
			up := b.Get(page.Find("#tri-"+column).AttrOr("href", ""))
			down := b.Get(up.Find("#tri-"+column).AttrOr("href", ""))
			head := func(p *handlerstest.Page) string { return p.Find("#annonces thead th").Eq(i).AttrOr("aria-sort", "") }
			if head(up) != "ascending" || head(down) != "descending" || len(rows(up)) != 20 {
				t.Errorf("%s: %q then %q, %d rows", column, head(up), head(down), len(rows(up)))
			}
			if column == "numero" && (rows(up)[0] != "2026-000" || rows(down)[0] != "2026-028") {
				t.Error(rows(up)[0], rows(down)[0])
			}
		}
		piece := part(b, "/annonces?tri=-debut", "annonces")
		if piece.Find("#annonces tbody tr").Length() != 20 || piece.Find("header, form").Length() != 0 {
			t.Error("a sort changes the table alone")
		}
	})
	t.Run("P4.4 an end that the source does not give is said unknown", func(t *testing.T) {
		page := b.Get("/annonces?tri=-fin")
		last := page.Find("#annonces tbody tr").Last().Find("td[data-label=Fin]").Text()
		first := page.Find("#annonces tbody tr").First().Find("td[data-label=Fin] time").AttrOr("datetime", "")
		if strings.TrimSpace(last) != "Non précisé" || first != "2028-03-01" {
			t.Errorf("%q %q", first, last)
		}
	})
	t.Run("P4.4 a wrong date or an inverted range is told kindly, what was typed stays", func(t *testing.T) {
		for query, field := range map[string]string{"debut_du=31/02/2027": "debut_du", "fin_au=demain": "fin_au", "cloture_du=1/2/27": "cloture_du",
			"debut_du=1/1/0800": "debut_du", "debut_du=10/02/2027&debut_au=01/02/2027": "debut_au"} {
			page := b.Get("/annonces?q=archives&" + query)
			input := page.Find("#" + field)
			typed, _ := url.ParseQuery(query)
			if page.Find("#c-region-53").Length() != 1 {
				t.Errorf("%s: the lists are gone", query)
			}
			if page.Status != http.StatusUnprocessableEntity || page.Find(".error-summary a[href='#"+field+"']").Length() != 1 || input.AttrOr("aria-invalid", "") != "true" ||
				input.AttrOr("value", "") != typed.Get(field) || page.Find("#q").AttrOr("value", "") != "archives" || page.Find("details.criteria[open]").Length() != 1 {
				t.Errorf("%s: %d %s", query, page.Status, page.Find(".error-summary").Text())
			}
		}
	})
	t.Run("P4.4 nothing found says what to drop", func(t *testing.T) {
		page := b.Get("/annonces?structure=region-bretagne&numero=2020-1&ouvertes=1")
		drops := page.Find("#annonces .empty li a").Map(func(_ int, a *goquery.Selection) string { return a.Text() + " " + a.AttrOr("href", "") })
		if len(drops) != 2 || !strings.Contains(drops[0], "/annonces?structure=region-bretagne&ouvertes=1") || !strings.Contains(drops[1], "1 annonce ") {
			t.Errorf("%q", drops)
		}
		if page.Find("#c-region-75").Length() != 1 || page.Find("#c-specialite-m15").Length() != 1 {
			t.Error("the lists are gone")
		}
		if page := b.Get("/annonces?numero=absent"); page.Find(".empty .buttons a[href='/annonces']").Length() != 1 {
			t.Error("no way to all of them")
		}
	})
	t.Run("P4.2 the lists count, and ignore their own selection", func(t *testing.T) {
		page := b.Get("/annonces?region=53&structure=region-bretagne")
		count := func(id string) string { return page.Find("#" + id).Parent().Find(".count").Text() }
		if count("c-region-75") != "5" || count("c-region-53") != "5" || count("c-structure-ville-de-rennes") != "10" || count("c-specialite-m15") != "5" {
			t.Error(count("c-region-75"), count("c-region-53"), count("c-structure-ville-de-rennes"), count("c-specialite-m15"))
		}
		list := part(b, "/annonces?structures=BRETAGNE+r%C3%A9g&structure=ville-de-rennes", "c-structure-liste")
		if got := list.Find("input").Length(); got != 2 || list.Find("#c-structure-liste").Length() != 1 {
			t.Error(got, list.Text())
		}
	})
	t.Run("P4.4 reached from the front page, the header and the search", func(t *testing.T) {
		for path, where := range map[string]string{"/": "#contenu", "/themes": "header", "/recherche?q=archives": "#filtres"} {
			if b.Get(path).Find(where+" a[href^='/annonces']").Length() == 0 {
				t.Errorf("%s does not lead there", path)
			}
		}
	})
	t.Run("P15.4 words cannot be sought, the other criteria can", func(t *testing.T) {
		index := s.Portal.Index
		s.Portal.Index = deaf{}
		defer func() { s.Portal.Index = index }()
		page := b.Get("/annonces?q=archives&region=53")
		if page.Status != http.StatusServiceUnavailable || page.Find("#annonces .banner").Length() != 1 || page.Find("#c-region-53[checked]").Length() != 1 {
			t.Error(page.Status)
		}
		if page := b.Get("/annonces?region=53"); page.Status != http.StatusOK || len(rows(page)) != 15 {
			t.Error(page.Status)
		}
	})
	t.Run("hostile addresses give a page", func(t *testing.T) {
		for _, query := range []string{"page=1000000", "page=-3", "tri=hasard", "q=%00%ff", "numero=%25_%5C", "structure=" + strings.Repeat("x", 90), "specialite='", "q=" + strings.Repeat("a+", 3000),
			"debut_du=" + strings.Repeat("9", 300), "region=53&region=53&region=%00", "q=%F0%9F%A6%84&numero=%F0%9F%A6%84"} {
			if page := b.Get("/annonces?" + query); page.Status >= 500 || page.Find("h1").Length() != 1 {
				t.Errorf("%.40s: %d", query, page.Status)
			}
		}
	})
}

func TestStructureFacet(t *testing.T) {
	s := handlerstest.New(t)
	board(t, s)
	b := s.Visitor()
	t.Run("P4.2 structures are a filter, found by their name", func(t *testing.T) {
		page := b.Get("/recherche")
		if page.Find("#f-structure input[type=checkbox]").Length() != 3 || page.Find("#f-structure-nom[name=structures][form=recherche]").Length() != 1 {
			t.Fatal(page.Find("#f-structure").Text())
		}
		chosen := b.Get("/recherche?structure=region-bretagne&structures=limoges")
		if chosen.Find(".chip").Length() != 1 || !strings.Contains(chosen.Find("#titre").Text(), "10 résultats") {
			t.Error(chosen.Find("#titre").Text())
		}
		if boxes := chosen.Find("#f-structure-liste input"); boxes.Length() != 2 || chosen.Find("#f-structure-region-bretagne[checked]").Length() != 1 || chosen.Find("#f-structure-universite-de-limoges").Length() != 1 {
			t.Error(chosen.Find("#f-structure-liste").Text())
		}
	})
	t.Run("P4.2 while a name is typed the list alone changes, and the address does not", func(t *testing.T) {
		piece := part(b, "/recherche?structures=limoges", "f-structure-liste")
		if piece.Find("#f-structure-liste input").Length() != 1 || piece.Find("#resultats").Length() != 0 || piece.Header.Get("HX-Push-Url")+piece.Header.Get("HX-Replace-Url") != "" {
			t.Error(piece.Text())
		}
		none := part(b, "/recherche?structures=xyz", "f-structure-liste")
		if none.Find("input").Length() != 0 || !strings.Contains(none.Text(), "xyz") {
			t.Error(none.Text())
		}
	})
}
