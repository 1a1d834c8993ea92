package gallery_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/chromedp/chromedp"

	"passerelle/static"
	"passerelle/views/gallery"
	"passerelle/views/i18n"
	"passerelle/views/layout"
)

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// serve answers with the gallery and the assets, under the policy of the portal.
func serve(t *testing.T) *httptest.Server {
	t.Helper()
	assets, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		if f, ok := assets.Get(r.URL.Path); ok {
			w.Header().Set("Content-Type", f.Type)
			_, _ = w.Write(f.Body)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		lang, _ := i18n.Parse(r.FormValue("lang"))
		ctx := layout.With(i18n.With(r.Context(), lang), layout.Chrome{
			Assets: layout.Assets{URL: assets.URL, Integrity: assets.Integrity}, Path: r.URL.Path, Theme: r.FormValue("apparence"),
			Demo: true, DemoClock: "lundi 14 décembre 2026, 8:01", User: &layout.User{Name: "Camille Fontaine", Initials: "CF", Badge: 2},
		})
		if err := gallery.Page(gallery.Sections(ctx)).Render(ctx, w); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

// browser starts Chromium, or skips where there is none; in CI it must be there.
func browser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("short")
	}
	found := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if program, err := exec.LookPath(name); err == nil {
			found = program
			break
		}
	}
	if found == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("no Chromium")
		}
		t.Skip("no Chromium here")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(found), chromedp.NoSandbox)
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	ctx, stop = context.WithTimeout(ctx, 10*time.Minute)
	t.Cleanup(stop)
	return ctx
}

func TestGalleryIsAccessible(t *testing.T) {
	ctx, server := browser(t), serve(t)
	axe, err := os.ReadFile("../../cmd/passerelle/testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, query string
		width       int64
	}{{"light", "apparence=clair", 1280}, {"dark", "apparence=sombre", 1280}, {"phone", "apparence=clair", 390}, {"English", "lang=en", 1280}} {
		t.Run("P15.2 axe finds nothing, "+c.name, func(t *testing.T) {
			open(t, ctx, c.width, server.URL+"/_gallery?"+c.query)
			if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](string(axe))); err != nil {
				t.Fatal(err)
			}
			answer, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(async () => { const r = await axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']});
					return JSON.stringify(r.violations.map(v => ({rule: v.id, help: v.help, where: v.nodes.map(n => n.html.slice(0, 160) + ' ## ' + n.failureSummary).slice(0, 4)}))) })()`, chromedp.EvalAwaitPromise))
			if err != nil {
				t.Fatal(err)
			}
			report(t, answer)
		})
	}
}

func report(t *testing.T, answer string) {
	t.Helper()
	var found []struct {
		Rule, Help string
		Where      []string
	}
	if err := json.Unmarshal([]byte(answer), &found); err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		t.Errorf("%s: %s\n\t%s", v.Rule, v.Help, strings.Join(v.Where, "\n\t"))
	}
}

func TestGalleryNeverScrollsSideways(t *testing.T) {
	ctx, server := browser(t), serve(t)
	for _, width := range []int64{320, 390, 768, 1280, 1920} {
		open(t, ctx, width, server.URL+"/_gallery")
		wide, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 5).map(e => e.outerHTML.slice(0, 120))`))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range wide {
			t.Errorf("P15.2 at %d px something sticks out: %s", width, w)
		}
	}
}

func TestGallery(t *testing.T) {
	ctx := i18n.With(context.Background(), i18n.French)
	var out strings.Builder
	if err := gallery.Page(gallery.Sections(ctx)).Render(ctx, &out); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("every id stands once", func(t *testing.T) {
		seen := map[string]bool{}
		doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
			id, _ := s.Attr("id")
			if seen[id] {
				t.Errorf("%s stands twice", id)
			}
			seen[id] = true
		})
	})
	t.Run("what is referred to is there", func(t *testing.T) {
		for _, attr := range []string{"aria-describedby", "aria-labelledby", "aria-controls", "for"} {
			doc.Find("[" + attr + "]").Each(func(_ int, s *goquery.Selection) {
				ids, _ := s.Attr(attr)
				for _, id := range strings.Fields(ids) {
					if doc.Find(`[id="`+id+`"]`).Length() == 0 {
						t.Errorf("%s names %s", attr, id)
					}
				}
			})
		}
	})
	t.Run("every section stands alone too", func(t *testing.T) {
		for _, s := range gallery.Sections(ctx) {
			one, ok := gallery.Find(ctx, s.ID)
			if !ok || len(one.States) == 0 {
				t.Errorf("%s: %v", s.ID, ok)
			}
			if doc.Find("section#"+s.ID+" [data-state]").Length() != len(s.States) {
				t.Errorf("%s does not show its states", s.ID)
			}
		}
	})
}

// open shows a page in a window of that width.
func open(t *testing.T, ctx context.Context, width int64, address string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(address)); err != nil {
		t.Fatal(err)
	}
}
