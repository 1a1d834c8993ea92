package handlers_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"passerelle/handlers"
	"passerelle/handlers/handlerstest"
	"passerelle/models"
	"passerelle/models/modelstest"
	"passerelle/search"
	"passerelle/views/paths"
)

// starting is a portal with a search whose documents cannot be read yet, as those
// of a large catalogue are not in the first seconds, and what lets them be read.
func starting(t *testing.T) (s *handlerstest.Site, start func()) {
	t.Helper()
	elsewhere := modelstest.DB(t)
	fill(t, elsewhere, 5)
	closed, err := elsewhere.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = closed.Rollback(context.Background()) })
	if _, err := closed.Exec(t.Context(), `LOCK TABLE search_documents IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	engine := search.NewPostgres(elsewhere)
	t.Cleanup(engine.Close)
	s = handlerstest.New(t, func(p *handlers.Portal) {
		p.Index, p.Engines = engine, handlers.Engines{Own: engine}
	})
	return s, func() {
		if err := closed.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSearchStarting(t *testing.T) {
	s, start := starting(t)
	fill(t, s.DB, 30)
	b := s.Visitor()
	admin := s.SignedIn(models.Grant{Role: models.RoleAdmin, Kind: models.ScopePortal})
	t.Run("P15.4 a portal is not ready before its search is", func(t *testing.T) {
		if p := b.Get("/readyz"); p.Status != http.StatusServiceUnavailable || strings.TrimSpace(p.Text()) != "search" {
			t.Error(p.Status, p.Text())
		}
	})
	t.Run("P15.4 the search says that it starts, keeps the question and brings the answer, with a button where there is no script", func(t *testing.T) {
		for lang, words := range map[string]string{"fr": "La recherche démarre…", "en": "The search is starting…"} {
			visitor := s.Visitor()
			visitor.Post(paths.Language(), map[string][]string{"langue": {lang}})
			p := visitor.Get("/recherche?q=relieur")
			if p.Status != http.StatusServiceUnavailable || p.Header.Get("Retry-After") == "" || p.Find("#resultats h1").Text() != words || p.Find("title").Text() == "" {
				t.Error(p.Status, p.Text())
			}
			if p.Find("input[name=q]").AttrOr("value", "") != "relieur" || p.Find("#resultats a[href='/recherche?q=relieur']").Length() != 1 || p.Find("#resultats noscript").Length() != 1 {
				t.Error("the question or the button is lost")
			}
			if again := p.Find("#resultats [hx-get='/recherche?q=relieur']"); again.AttrOr("hx-trigger", "") != "every 2s" || again.AttrOr("hx-target", "") != "#resultats" {
				t.Error("nothing asks again")
			}
		}
		if part := typed(b, "/recherche?q=relieur", "/recherche"); part.Find("main").Length() != 0 || !strings.Contains(part.Find("#resultats h1").Text(), "démarre") {
			t.Error(part.Text())
		}
		if p := b.Get("/annonces?q=relieur"); p.Status != http.StatusServiceUnavailable || !strings.Contains(p.Text(), "La recherche démarre…") || p.Find("#annonces .banner--bad").Length() != 0 {
			t.Error(p.Status, p.Text())
		}
	})
	t.Run("P14.1 the console is there while the index loads, and says so", func(t *testing.T) {
		for range 2 {
			began := time.Now()
			p := admin.Get(paths.AdminSearch())
			if p.Status != http.StatusOK || !strings.Contains(p.Find("#etat .banner").Text(), "se charge en mémoire") || !strings.Contains(p.Find("#etat tbody tr").First().Text(), "–") {
				t.Fatal(p.Status, p.Text())
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Error("it took", took)
			}
		}
	})
	t.Run("P15.4 all of it passes by itself", func(t *testing.T) {
		start()
		until(t, 60*time.Second, func() string {
			if p := b.Get("/readyz"); p.Status != http.StatusOK {
				return p.Text()
			}
			return ""
		})
		if p := b.Get("/recherche?q=relieur"); p.Status != http.StatusOK {
			t.Error(p.Status, p.Text())
		}
		if p := admin.Get(paths.AdminSearch()); strings.Contains(p.Text(), "se charge en mémoire") {
			t.Error(p.Text())
		}
	})
}

func TestSearchStartingBrowser(t *testing.T) {
	browser := newChromium(t)
	s, start := starting(t)
	address := "http://" + listen(t, s.App)
	ask := func(expression string) string {
		ctx, cancel := context.WithTimeout(browser, 40*time.Second)
		defer cancel()
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string]("String("+expression+")"))
		if err != nil {
			return err.Error()
		}
		return got
	}
	is := func(expression, want string) func() string {
		return func() string {
			if got := ask(expression); got != want {
				return expression + ": " + got
			}
			return ""
		}
	}
	if err := chromedp.Do(browser, chromedp.Navigate(address+"/recherche?q=relieur")); err != nil {
		t.Fatal(err)
	}
	t.Run("P15.4 what was asked while the search started is answered in place, by itself", func(t *testing.T) {
		until(t, 60*time.Second, is(`document.querySelector('#resultats h1').textContent`, "La recherche démarre…"))
		if path := os.Getenv("PASSERELLE_TEST_SHOTS"); path != "" {
			if shot, err := chromedp.Run(browser, chromedp.CaptureScreenshot()); err == nil {
				_ = os.WriteFile(filepath.Join(path, "starting.png"), shot, 0o600)
			}
		}
		ask(`window.same = 'same page'`)
		time.Sleep(5 * time.Second) // it has asked in vain meanwhile
		if got := ask(`document.querySelector('#resultats h1').textContent + ' ' + document.querySelectorAll('.toast').length`); got != "La recherche démarre… 0" {
			t.Error(got)
		}
		start()
		until(t, 60*time.Second, is(`document.querySelectorAll('#resultats li.result').length`, "5"))
		for expression, want := range map[string]string{`window.same`: "same page", `document.querySelector('input[name=q]').value`: "relieur", `document.querySelectorAll('#resultats [hx-trigger="every 2s"]').length`: "0"} {
			if got := ask(expression); got != want {
				t.Error(expression, got)
			}
		}
	})
}
