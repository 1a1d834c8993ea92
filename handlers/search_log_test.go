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

	"passerelle/handlers"
	"passerelle/handlers/handlerstest"
	"passerelle/models"
)

// logged is the log of queries, a line per text.
func logged(t *testing.T, s *handlerstest.Site) string {
	t.Helper()
	var text string
	err := s.DB.Pool.QueryRow(context.Background(), `SELECT coalesce(string_agg(format('%s: %s vu, %s trouvé, %s ouvert au %s', text, visits, coalesce(results, -1), opened, ranks), '; ' ORDER BY text), '') FROM search_queries`).Scan(&text)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// written waits for the lines that no page waits for.
func written(t *testing.T, s *handlerstest.Site) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); handlers.Noting(s.Portal) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the log is still being written")
		}
	}
}

// logs tells what the log says once it is written.
func logs(t *testing.T, s *handlerstest.Site, want string) {
	t.Helper()
	written(t, s)
	if got := logged(t, s); got != want {
		t.Fatalf("logged %q, wanted %q", got, want)
	}
}

// visit asks for a page as a browser that navigates there, from a page or not.
func visit(b *handlerstest.Browser, agent, path, referer string, more ...string) *handlerstest.Page {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Host = strings.TrimPrefix(handlerstest.BaseURL, "http://")
	r.Header.Set("User-Agent", agent)
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	if referer != "" {
		r.Header.Set("Referer", handlerstest.BaseURL+referer)
	}
	for i := 0; i+1 < len(more); i += 2 {
		r.Header.Set(more[i], more[i+1])
	}
	return b.Do(r)
}

func TestQueryLog(t *testing.T) {
	s := handlerstest.New(t)
	shelf(t, s)
	b := s.Visitor()
	clear := func() {
		t.Helper()
		written(t, s)
		if _, err := s.DB.Pool.Exec(context.Background(), `TRUNCATE search_queries, search_marks`); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("P14.1 a page of results that somebody came to counts once per visit, without a script", func(t *testing.T) {
		defer clear()
		for range 3 {
			visit(b, "one", "/recherche?q=Comptabilit%C3%A9", "")
			logs(t, s, "comptabilite: 1 vu, 4 trouvé, 0 ouvert au 0")
		}
		visit(b, "two", "/recherche?q=comptabilite", "")
		logs(t, s, "comptabilite: 2 vu, 4 trouvé, 0 ouvert au 0")

	})
	t.Run("P14.1 prefetches, robots, next pages and staff do not count", func(t *testing.T) {
		defer clear()
		visit(b, "one", "/recherche?q=infirmier", "", "Sec-Purpose", "prefetch")
		b.Get("/recherche?q=infirmier")
		visit(b, "one", "/recherche?q=infirmier&page=2", "")
		visit(s.SignedIn(models.Grant{Role: models.RoleAdmin, Kind: models.ScopePortal}), "one", "/recherche?q=infirmier", "")
		visit(b, "one", "/recherche?q=adultes", "")
		logs(t, s, "adultes: 1 vu, 1 trouvé, 0 ouvert au 0")

	})
	t.Run("P14.1 the letters typed on the way count nothing, results looked at do", func(t *testing.T) {
		defer clear()
		for n := range len("infirmier") {
			visit(b, "one", "/recherche?q="+"infirmier"[:n+1], "", "HX-Request", "true", "HX-Target", "div#resultats")
		}
		r := httptest.NewRequest(http.MethodPost, "/recherche/vue", strings.NewReader(url.Values{"q": {"infirmier"}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if page := b.Do(r); page.Status != http.StatusNoContent || page.Body != "" {
			t.Error(page.Status, page.Body)
		}
		logs(t, s, "infirmier: 1 vu, 1 trouvé, 0 ouvert au 0")

	})
	t.Run("P14.1 the rank of a result opened is known without anything in its link", func(t *testing.T) {
		defer clear()
		page := visit(b, "one", "/recherche?q=comptabilite", "")
		links := page.Find("#liste h2 a, #liste h3 a")
		if links.Length() != 5 || strings.Contains(page.Body, "depuis=") {
			t.Fatal(links.Length())
		}
		logs(t, s, "comptabilite: 1 vu, 4 trouvé, 0 ouvert au 0")
		second, _ := links.Eq(1).Attr("href")
		for range 2 {
			if p := visit(b, "one", second, "/recherche?q=comptabilite"); p.Status != http.StatusOK {
				t.Fatal(p.Status)
			}
			logs(t, s, "comptabilite: 1 vu, 4 trouvé, 1 ouvert au 2")
		}
		// Found while typing and opened at once: seen and opened together.
		first, _ := links.Eq(0).Attr("href")
		visit(b, "two", first, "/recherche?q=comptabilite")
		logs(t, s, "comptabilite: 2 vu, 4 trouvé, 2 ouvert au 3")

	})
	t.Run("P14.1 pages opened from elsewhere count nothing", func(t *testing.T) {
		defer clear()
		for _, referer := range []string{"", "/", "/recherche", "/themes?q=comptabilite", "/recherche?q=infirmier"} {
			visit(b, "one", "/formations/FOR.1", referer)
		}
		visit(b, "one", "/formations/FOR.1", "", "Referer", "https://ailleurs.example.org/recherche?q=comptabilite")
		visit(b, "one", "/recherche?q=adultes", "")
		logs(t, s, "adultes: 1 vu, 1 trouvé, 0 ouvert au 0")

	})
	t.Run("P14.1 searches with filters say nothing of what the words find", func(t *testing.T) {
		defer clear()
		visit(b, "one", "/recherche?q=comptabilite&region=53", "")
		logs(t, s, "comptabilite: 1 vu, -1 trouvé, 0 ouvert au 0")

	})
	t.Run("P15.4 pages do not depend on the log", func(t *testing.T) {
		if _, err := s.DB.Pool.Exec(context.Background(), `ALTER TABLE search_queries RENAME TO search_queries_away`); err != nil {
			t.Fatal(err)
		}
		for n := range 30 {
			if p := visit(b, fmt.Sprint(n), "/recherche?q=comptabilite", ""); p.Status != http.StatusOK {
				t.Fatal(p.Status)
			}
		}
	})
}
