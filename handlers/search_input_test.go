package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/handlers/handlerstest"
)

// TestSearchInput types what nobody should and asks for what is not there, in
// whole pages and while typing.
func TestSearchInput(t *testing.T) {
	s := handlerstest.New(t)
	shelf(t, s)
	b := s.Visitor()
	ask := func(t *testing.T, query url.Values) []*handlerstest.Page {
		t.Helper()
		path := "/recherche?" + query.Encode()
		pages := []*handlerstest.Page{b.Get(path), typed(b, path, "/recherche")}
		for i, page := range pages {
			if page.Status != http.StatusOK || page.Find("#resultats").Length() != 1 {
				t.Errorf("%.60q (%d): %d", path, i, page.Status)
			}
			if strings.Contains(page.Body, "\uE000") || strings.Contains(page.Body, "\uE001") {
				t.Errorf("%.60q (%d): a private mark is sent", path, i)
			}
		}
		return pages
	}
	results := func(page *handlerstest.Page) int { return page.Find("li.result").Length() }
	every := results(ask(t, nil)[0])
	t.Run("P4.3 nothing typed finds everything", func(t *testing.T) {
		for _, text := range []string{"", " ", "\t\n", strings.Repeat(" ", 500)} {
			if n := results(ask(t, url.Values{"q": {text}})[0]); n != every || n == 0 {
				t.Errorf("%.20q: %d of %d", text, n, every)
			}
		}
	})
	t.Run("P4.3 only small words: never an error, and what holds them or everything", func(t *testing.T) {
		for _, text := range []string{"de la ", "le", "du", "à l'", "et ou "} {
			ask(t, url.Values{"q": {text}})
		}
	})
	t.Run("P15.4 ten thousand characters are cut, not refused", func(t *testing.T) {
		for _, text := range []string{strings.Repeat("a", 10_000), strings.Repeat("comptabilité ", 800), strings.Repeat("é", 2_500), strings.Repeat("a ", 5_000)} {
			ask(t, url.Values{"q": {text}})
		}
		if n := results(ask(t, url.Values{"q": {strings.Repeat("comptabilité ", 800)}})[0]); n == 0 {
			t.Error("a word many times is not found")
		}
	})
	t.Run("P4.3 operators and quotes are text", func(t *testing.T) {
		for _, text := range []string{`compta AND`, `compta & !gestion | ( )`, `"compta`, `'compta`, `“compta`, `compta"`, `-compta`, `+compta`, `compta*`, `compt:*`, `title:compta`, `compta~2`, `compta^3`, `(compta`, `compta)`, `<compta>`, `\compta`, `compta\`, `compta%`, `_compta_`} {
			if n := results(ask(t, url.Values{"q": {text}})[0]); n == 0 {
				t.Errorf("%q finds nothing", text)
			}
		}
		for _, text := range []string{`'; DROP TABLE search_documents; --`, `$1`, `{{.}}`, `<script>alert(1)</script>`, `%00`, `../../etc/passwd`} {
			for _, page := range ask(t, url.Values{"q": {text}}) {
				if strings.Contains(page.Body, "<script>alert") {
					t.Errorf("%q comes back as it is", text)
				}
			}
		}
	})
	t.Run("P4.3 signs that are in no text find nothing, and say so", func(t *testing.T) {
		for _, text := range []string{"%", "_", `\`, `\\`, `%_\`, "*", "''", `""`, "¿", "∑", "—", "()"} {
			if page := ask(t, url.Values{"q": {text}})[0]; results(page) != 0 || page.Find(".empty").Length() == 0 {
				t.Errorf("%q: %d results", text, results(page))
			}
		}
	})
	t.Run("P15.4 every plane of Unicode", func(t *testing.T) {
		for plane := range rune(17) {
			for _, r := range []rune{0x00, 0x41, 0x300, 0x5D0, 0x627, 0x202E, 0x2028, 0x4E00, 0xD7FF, 0xE000, 0xE001, 0xFEFF, 0xFFFC, 0xFFFD, 0xFFFE, 0xFFFF} {
				if r += plane << 16; r == 0 || r >= 0xD800 && r < 0xE000 {
					continue
				}
				page := b.Get("/recherche?" + url.Values{"q": {fmt.Sprintf("%c compta%c %c", r, r, r)}}.Encode())
				if page.Status != http.StatusOK {
					t.Errorf("%U: %d", r, page.Status)
				}
			}
		}
		for _, raw := range []string{"%ff%fe", "%c3%28", "%ed%a0%80", "%f4%90%80%80", "%C0%AF"} { // no UTF-8
			if page := b.Get("/recherche?q=compta" + raw); page.Status >= 500 {
				t.Errorf("%s: %d", raw, page.Status)
			}
		}
	})
	t.Run("P4.2 filters whose values exist nowhere are no filter, or find nothing", func(t *testing.T) {
		for _, name := range []string{"nature", "theme", "region", "departement", "inscription", "structure", "cloture", "debut", "niveau", "modalite", "duree", "autre"} {
			for _, value := range []string{"nulle-part", "-1", "99999999999999999999", "%", "'", "é", strings.Repeat("x", 5_000)} {
				ask(t, url.Values{"q": {"compta"}, name: {value}})
			}
		}
		ask(t, url.Values{"region": strings.Split(strings.Repeat("75,53,", 500), ",")})
	})
	t.Run("P4.3 results that miss a word are said to", func(t *testing.T) {
		for i, page := range ask(t, url.Values{"q": {"infirmier adultes"}}) {
			if said := page.Find("#approche").Text(); results(page) != 2 || !strings.HasPrefix(said, "Aucun résultat ne contient tous vos mots") {
				t.Errorf("%d: %d results, %q", i, results(page), said)
			}
		}
		if page := ask(t, nil)[0]; page.Find("#approche").Length() != 0 {
			t.Error("said of a search without words")
		}
	})
	t.Run("P4.1 pages that are not there", func(t *testing.T) {
		for _, page := range []string{"1000000", "-1", "0", "99999999999999999999", "1e9", "deux", ""} {
			if n := results(ask(t, url.Values{"q": {"compta"}, "page": {page}})[0]); n == 0 {
				t.Errorf("page %q shows nothing", page)
			}
			ask(t, url.Values{"q": {"xylophonistique"}, "page": {page}})
		}
	})
}
