package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/handlers/handlerstest"
	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/modelstest"
	"passerelle/search"
)

// shelf is a small catalogue: three courses, one with a session in each state,
// a programme, an announcement. It gives the sessions of FOR.1 by state.
func shelf(t *testing.T, s *handlerstest.Site) map[catalogue.State]models.ID {
	t.Helper()
	sessions := map[catalogue.State]models.ID{}
	s.InTx(func(ctx context.Context, tx models.Tx) error {
		exec := func(sql string, args ...any) {
			t.Helper()
			if _, err := tx.PGX.Exec(ctx, sql, args...); err != nil {
				t.Fatalf("%v\n%s", err, sql)
			}
		}
		exec(`INSERT INTO regions (code, no, name) VALUES ('75', 1, 'Nouvelle-Aquitaine'), ('53', 2, 'Bretagne')`)
		exec(`INSERT INTO departments (code, no, name, region_code) VALUES ('87', 1, 'Haute-Vienne', '75'), ('35', 2, 'Ille-et-Vilaine', '53')`)
		domain, theme := catalogue.ThemeID("gestion"), catalogue.ThemeID("gestion-comptabilite")
		exec(`INSERT INTO themes (id, parent_id, slug, name) VALUES ($1, NULL, 'gestion', 'gestion des entreprises')`, domain)
		exec(`INSERT INTO themes (id, parent_id, slug, name) VALUES ($1, $2, 'gestion-comptabilite', 'comptabilité')`, theme, domain)
		courses := []models.ID{}
		for i, title := range []string{"BTS comptabilité et gestion", "Diplôme d'État infirmier", "Formation des adultes"} {
			id := tx.NewID()
			courses = append(courses, id)
			exec(`INSERT INTO courses (id, reference, source, title, type, duration, duration_days, updated_at) VALUES ($1, $2, 'Onisep', $3, 'diplôme', '2 ans', 730, now())`,
				id, fmt.Sprintf("FOR.%d", i+1), title)
			exec(`INSERT INTO course_themes (course_id, theme_id) VALUES ($1, $2)`, id, theme)
		}
		for i, st := range states {
			id := tx.NewID()
			sessions[st.state] = id
			exec(`INSERT INTO sessions (id, course_id, external_id, generated, starts_on, ends_on, place, department_code, region_code, modality, capacity, seats_taken, waiting_list, opens_on, closes_on, cancelled_at)
				VALUES ($1, $2, $3, true, $4, $4::date + 90, 'Limoges', '87', '75', 'on_site', 10, $5, $6, $7, $8, $9)`,
				id, courses[0], fmt.Sprintf("S-%d", i), "2027-01-1"+fmt.Sprint(i), st.taken, st.state == catalogue.Waiting, st.opens, st.closes, st.cancelled)
		}
		exec(`INSERT INTO programmes (id, reference, source, type, title, institution, town, department_code, region_code, updated_at)
			VALUES ($1, 'TMM-1', 'Trouver mon master', 'Master', 'Comptabilité, contrôle, audit', 'Université de Limoges', 'LIMOGES', '87', '75', now())`, tx.NewID())
		exec(`INSERT INTO announcements (id, reference, source, title, description, published_on, closes_on, shifted_years, updated_at)
			VALUES ($1, '2020-1', 'Place de l''emploi public', 'Gestionnaire comptable', E'Missions :\n- payer', '2026-11-01', '2026-12-08', 5, now())`, tx.NewID())
		return catalogue.ReindexAll(ctx, tx)
	})
	return sessions
}

// states are sessions in each of the six states on the day at which tests stand.
var states = []struct {
	state         catalogue.State
	taken         int
	opens, closes string
	cancelled     *time.Time
}{
	{catalogue.Open, 3, "2026-10-01", "2026-12-02", nil},
	{catalogue.Waiting, 10, "2026-10-01", "2026-12-02", nil},
	{catalogue.NotYetOpen, 0, "2026-12-01", "2026-12-20", nil},
	{catalogue.Full, 10, "2026-10-01", "2026-12-02", nil},
	{catalogue.Closed, 0, "2026-10-01", "2026-11-21", nil},
	{catalogue.Cancelled, 0, "2026-10-01", "2026-12-02", &modelstest.Noon},
}

func TestPublicPages(t *testing.T) {
	s := handlerstest.New(t)
	sessions := shelf(t, s)
	b := s.Visitor()
	for path, want := range map[string]string{
		"/": "form[role=search] input[name=q]", "/themes": "a[href='/recherche?theme=gestion-comptabilite']",
		"/formations/FOR.1": "#sessions tbody tr:nth-child(6)", "/diplomes/TMM-1": "#campagnes", "/diplomes": "#arbre", "/annonces/2020-1": "#description li",
		"/mentions-legales": "#editeur", "/donnees-personnelles": "#duree", "/accessibilite": "#recours", "/aide": "#contact",
		"/conditions": "#compte", "/plan-du-site": "a[href='/themes']", "/recherche": "#resultats",
	} {
		page := b.Get(path)
		if page.Status != http.StatusOK || page.Find(want).Length() == 0 || page.Find("h1").Length() != 1 {
			t.Errorf("%s: %d, %d of %s, %d h1", path, page.Status, page.Find(want).Length(), want, page.Find("h1").Length())
		}
	}
	t.Run("P3.4 the tree of themes leads to the courses of each", func(t *testing.T) {
		tree := b.Get("/themes")
		for _, slug := range []string{"gestion", "gestion-comptabilite"} {
			link := tree.Find("a[href='/recherche?theme=" + slug + "']")
			if link.Length() == 0 || !strings.Contains(tree.Text(), "3") {
				t.Fatalf("%s is not in the tree with its count", slug)
			}
			results := b.Get(link.AttrOr("href", ""))
			for _, course := range []string{"FOR.1", "FOR.2", "FOR.3"} {
				if results.Find("#resultats a[href^='/formations/"+course+"']").Length() == 0 {
					t.Errorf("%s does not lead to %s", slug, course)
				}
			}
			if results.Find("#resultats a[href^='/annonces/']").Length() != 0 {
				t.Errorf("%s leads to what has no theme", slug)
			}
		}
	})
	t.Run("P3.2 only a session that can be chosen has a form", func(t *testing.T) {
		page := b.Get("/formations/FOR.1")
		for state, id := range sessions {
			form := page.Find("form[method=post][action='/sessions/" + id.String() + "/pre-inscription']")
			if (form.Length() == 1) != state.Choosable() {
				t.Errorf("%s: %d forms", state, form.Length())
			}
		}
	})
	t.Run("P18.14 the delays on the pages are those in force", func(t *testing.T) {
		s.InTx(func(ctx context.Context, tx models.Tx) error {
			return models.SetSetting(ctx, tx, models.Operator(), "draft_unclaimed_days", "19")
		})
		if !strings.Contains(b.Get("/donnees-personnelles").Find("#duree").Text(), "19 jours") {
			t.Error("the changed delay does not show")
		}
	})
	for _, path := range []string{"/formations/FOR.999", "/diplomes/x", "/annonces/x", "/formations/cadre-bibliotheques-2025"} {
		page := b.Get(path)
		if page.Status != http.StatusNotFound || page.Find("form[role=search]").Length() != 1 {
			t.Errorf("%s: %d", path, page.Status)
		}
	}
}

// typed asks for results as the script does while one types.
func typed(b *handlerstest.Browser, path, from string) *handlerstest.Page {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for k, v := range map[string]string{"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#resultats", "HX-Current-URL": handlerstest.BaseURL + from} {
		r.Header.Set(k, v)
	}
	return b.Do(r)
}

func TestSearchResults(t *testing.T) {
	s := handlerstest.New(t)
	shelf(t, s)
	b := s.Visitor()
	t.Run("P4.1 an address gives the whole page, typing gives the results alone", func(t *testing.T) {
		whole, part := b.Get("/recherche?q=compta"), typed(b, "/recherche?q=compta", "/recherche?q=compt")
		if whole.Status != http.StatusOK || whole.Find("#resultats li.result").Length() == 0 {
			t.Fatalf("%d, nothing found", whole.Status)
		}
		if part.Find("header, main").Length() != 0 || part.Find("#resultats li.result").Length() != whole.Find("#resultats li.result").Length() {
			t.Error("the part is not the results of the whole")
		}
		if got := part.Header.Get("HX-Replace-Url"); got != "/recherche?q=compta" {
			t.Errorf("while typing the address is replaced by %q", got)
		}
	})
	t.Run("P4.1 a filter makes a step that Back undoes", func(t *testing.T) {
		part := typed(b, "/recherche?q=compta&nature=formation&tri=", "/recherche?q=compta")
		if got := part.Header.Get("HX-Push-Url"); got != "/recherche?q=compta&nature=formation" {
			t.Errorf("the address pushed is %q", got)
		}
		back := httptest.NewRequest(http.MethodGet, "/recherche?q=compta", nil)
		back.Header.Set("HX-Request", "true")
		back.Header.Set("HX-History-Restore-Request", "true")
		if b.Do(back).Find("main").Length() != 1 {
			t.Error("Back does not give a whole page")
		}
	})
	t.Run("P4.2 several filters cumulate and can be removed", func(t *testing.T) {
		page := b.Get("/recherche?nature=formation&theme=gestion&region=75&inscription=ouverte")
		if n := page.Find("a.chip").Length(); n != 4 {
			t.Errorf("%d chips, want 4", n)
		}
		if n := page.Find("#resultats li.result").Length(); n != 1 {
			t.Errorf("%d results, want the one course with an open session there", n)
		}
	})
	t.Run("P4.3 an empty result is useful", func(t *testing.T) {
		page := b.Get("/recherche?q=infirmier&region=53")
		if page.Find(".empty a[href='/recherche?q=infirmier']").Length() != 1 || page.Find("#proche").Length() != 1 {
			t.Errorf("no way on: %s", strings.TrimSpace(page.Find("#resultats").Text()))
		}
	})
	t.Run("P4.3 a mistyped word is mended, said, and can be insisted on", func(t *testing.T) {
		page := b.Get("/recherche?q=" + url.QueryEscape("comptabilitté"))
		link, ok := page.Find("#correction a").Attr("href")
		if !ok {
			t.Fatal("no correction is said")
		}
		if b.Get(link).Status != http.StatusOK {
			t.Error("insisting fails")
		}
	})
	t.Run("P4.1 a page beyond the last is the last", func(t *testing.T) {
		if n := b.Get("/recherche?q=compta&page=40").Find("li.result").Length(); n == 0 {
			t.Error("nothing is shown")
		}
	})
	t.Run("P15.4 strange addresses never break the page", func(t *testing.T) {
		for _, q := range []string{"q=" + strings.Repeat("é", 2000), "page=99999999999999999999", "page=50", "theme=%27%3B--", "q=%25_%5C%26%7C%21%28%29%3A*", "q=%F0%9F%8C%89", "tri=x&niveau=&duree=1&debut=-5"} {
			if page := b.Get("/recherche?" + q); page.Status != http.StatusOK {
				t.Errorf("%.40s: %d", q, page.Status)
			}
		}
		if page := b.Get("/recherche?q=a%00b"); page.Status != http.StatusBadRequest {
			t.Errorf("a NUL byte: %d, want 400", page.Status)
		}
	})
}

// deaf is a search engine that does not answer.
type deaf struct{ search.Index }

func (deaf) Search(context.Context, search.Query) (search.Results, error) {
	return search.Results{}, &models.Error{Kind: models.KindUnavailable, Key: "search.unavailable"}
}

func TestSearchDown(t *testing.T) {
	s := handlerstest.New(t)
	shelf(t, s)
	s.Portal.Index = deaf{}
	b := s.Visitor()
	t.Run("P15.4 the search is down: the page says so and the rest goes on", func(t *testing.T) {
		page := b.Get("/recherche?q=eau&theme=gestion")
		if page.Status != http.StatusServiceUnavailable || page.Header.Get("Retry-After") == "" {
			t.Errorf("%d, Retry-After %q", page.Status, page.Header.Get("Retry-After"))
		}
		if page.Find("input[name=q]").AttrOr("value", "") != "eau" || page.Find("#resultats a[href='/themes']").Length() == 0 {
			t.Error("the question or the way on is lost")
		}
		if part := typed(b, "/recherche?q=eau", "/recherche"); part.Find("main").Length() != 0 || part.Find("#resultats").Length() != 1 {
			t.Error("while typing, the refusal is not in the place of the results")
		}
		for _, path := range []string{"/", "/themes", "/formations/FOR.1"} {
			if got := b.Get(path).Status; got != http.StatusOK {
				t.Errorf("%s: %d", path, got)
			}
		}
	})
	t.Run("P15.4 the database is down too: nothing is said to work", func(t *testing.T) {
		s.DB.Pool.Close()
		for _, page := range []*handlerstest.Page{b.Get("/recherche?q=eau"), typed(b, "/recherche?q=eau", "/recherche")} {
			if page.Status != http.StatusServiceUnavailable || page.Find("#t-services").Length() != 0 {
				t.Errorf("%d, or services are said to work", page.Status)
			}
		}
	})
}
