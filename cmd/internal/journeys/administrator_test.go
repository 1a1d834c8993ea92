package journeys

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/cmd/internal/portaltest"
	"passerelle/models/searching"
	"passerelle/models/seed"
	"passerelle/search/meili/meilitest"
	"passerelle/views/paths"
)

// TestAdministrator is the day of who looks after the search: its health, a check, a
// rebuild while people search, a synonym rehearsed, published and taken back, and an
// engine that is killed, or cut off, while five hundred courses change (P14.1, P17.23).
func TestAdministrator(t *testing.T) {
	if testing.Short() {
		t.Skip("the whole day takes a minute")
	}
	t.Parallel() // of its own demonstration
	t.Run("P17.23 with the portal's own engine", func(t *testing.T) {
		d := newDay(t, portaltest.StartDemo(t))
		d.healthy("PostgreSQL")
		d.check("PostgreSQL", catalogueSize)
		d.rebuild("postgresql")
		d.settings()
		d.whyThere()
	})
	t.Run("P4.9 the engine is killed while five hundred courses change, and returns", func(t *testing.T) {
		server := meilitest.Own(t)
		d := newDay(t, portaltest.StartDemo(t, "MEILI_URL="+server.URL, "MEILI_MASTER_KEY="+meilitest.OwnKey))
		d.healthy("Meilisearch")
		d.rebuild("meilisearch")
		d.settings()
		d.outage(server.Kill, func() { server.Return(t) })
	})
	t.Run("P4.9 the network before the engine is cut while five hundred courses change, and mended", func(t *testing.T) {
		wire := meilitest.NewWire(t, meilitest.Own(t))
		d := newDay(t, portaltest.StartDemo(t, "MEILI_URL="+wire.URL, "MEILI_MASTER_KEY="+meilitest.OwnKey))
		d.healthy("Meilisearch")
		d.outage(wire.Cut, wire.Mend)
	})
}

// catalogueSize is how many documents the demonstration has.
const catalogueSize = 10841

// day is one administrator's, with a visitor who searches.
type day struct {
	*testing.T
	demo    *portaltest.Demo
	admin   *portaltest.Browser
	visitor *portaltest.Browser
}

func newDay(t *testing.T, demo *portaltest.Demo) *day {
	t.Helper()
	d := &day{T: t, demo: demo, admin: portaltest.NewBrowser(t, demo.URL, true), visitor: portaltest.NewBrowser(t, demo.URL, true)}
	d.admin.SignIn(seed.Administrator, seed.Password)
	d.admin.Open("/administration")
	d.admin.Heading("Recherche")
	return d
}

// row is the text of an engine's line in the table of indexes.
func row(engine string) string {
	return fmt.Sprintf(`[...document.querySelectorAll('#etat tbody tr')].find(r => r.querySelector('th').innerText.includes(%q))?.innerText.replace(/[\s\u00a0\u202f]+/g, ' ')`, engine)
}

// within waits for an expression, no longer than a promise of the portal allows.
func (d *day) within(most time.Duration, b *portaltest.Browser, what, expression string) {
	d.Helper()
	began := time.Now()
	b.Until(what, expression)
	if took := time.Since(began); took > most {
		d.Errorf("%s took %v, not %v", what, took.Round(time.Second), most)
	}
}

// healthy waits until the engine serves everybody, whole and without delay; the page
// follows by itself.
func (d *day) healthy(engine string) {
	d.Helper()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(time.Second) {
		text := d.admin.Value(row(engine) + ` || ''`)
		if strings.Contains(text, "Répond au public") && strings.Contains(text, "À jour") {
			return
		}
		if time.Now().After(end) {
			d.admin.Fail("%s does not serve: %s", engine, text)
		}
	}
}

// check compares an index with the database, document by document.
func (d *day) check(engine string, documents int) {
	d.Helper()
	b := d.admin
	b.Click("#check-" + strings.ToLower(engine))
	b.Settle()
	b.Until("the check to find equality", fmt.Sprintf(
		`[...document.querySelectorAll('.admin__line')].find(l => l.innerText.includes(%q))?.innerText.replace(/[\s\u00a0\u202f]/g, '').includes('%ddocuments,touségauxàlabase')`,
		engine, documents))
}

// rebuild makes the index again while a visitor goes on searching.
func (d *day) rebuild(engine string) {
	d.Helper()
	b := d.admin
	b.Open(paths.AdminSearchRebuild(engine))
	b.Press("Reconstruire")
	b.See("La reconstruction est demandée")
	for end := time.Now().Add(2 * time.Minute); ; {
		d.found("infirmier")
		if b.Value(`!document.querySelector('#etat progress') && document.querySelector('#reconstruire-`+engine+`') !== null`) == "true" {
			return
		}
		if time.Now().After(end) {
			b.Fail("the rebuild does not end")
		}
	}
}

// found has the visitor search and find.
func (d *day) found(text string) {
	d.Helper()
	d.visitor.Open(paths.Search(text))
	if d.visitor.Value(`document.querySelectorAll('.result__title').length`) == "0" {
		d.visitor.Fail("nothing is found for %s", text)
	}
}

// settings makes a synonym of a query that found nothing: drafted, rehearsed on what
// people typed, published, taken back.
func (d *day) settings() {
	d.Helper()
	const typed = "ergastule"
	for i := range 3 {
		visitor := portaltest.NewBrowser(d.T, d.demo.URL, true)
		visitor.Agent(fmt.Sprintf("Mozilla/5.0 (essai %d)", i))
		visitor.Open(paths.Search(typed))
		visitor.See("Rien pour") // it stays open: who stays looks at the page, which is what counts
	}
	b := d.admin
	b.Open(paths.Queries(searching.Without, 30))
	for end := time.Now().Add(portaltest.Patience); !b.Has(typed); time.Sleep(time.Second) {
		if time.Now().After(end) {
			b.Fail("%s is not among the queries that found nothing", typed)
		}
		b.Open(paths.Queries(searching.Without, 30))
	}
	b.Click(fmt.Sprintf(`table a[href*="reglages"][href*="%s"]`, typed))
	b.Until("the draft", fmt.Sprintf(`document.querySelector('#synonyme-de')?.value === %q`, typed))
	b.Fill("vers", "bibliothèque")
	b.Press("Ajouter au brouillon")
	b.See("ajouter « ergastule ⇄ bibliothèque »")
	d.visitor.Open(paths.Search(typed))
	d.visitor.See("Rien pour")
	b.Press("Répéter sur de vraies requêtes")
	b.See("Terminée")
	b.See("Entre")
	b.Press("Appliquer ce réglage")
	b.See("En vigueur")
	d.becomes(typed, true)
	b.Click(`form[action$="/retour"] button`)
	b.See("Retour au réglage")
	d.becomes(typed, false)
}

// becomes has the visitor search until something is found, or nothing any more.
func (d *day) becomes(text string, found bool) {
	d.Helper()
	for end := time.Now().Add(portaltest.Patience); ; time.Sleep(200 * time.Millisecond) {
		d.visitor.Open(paths.Search(text))
		if d.visitor.Has("Rien pour") != found {
			return
		}
		if time.Now().After(end) {
			d.visitor.Fail("%s is found: not %t", text, found)
		}
	}
}

// whyThere reads why results are where they are.
func (d *day) whyThere() {
	d.Helper()
	b := d.admin
	b.Open(paths.AdminSearch())
	b.Press("Essayer une requête")
	b.Fill("q", "bibliothecaire")
	b.Press("Essayer")
	b.See("Pourquoi dans cet ordre")
	b.Until("bars and sentences", `document.querySelectorAll('main table tbody tr').length > 3`)
}

// outage takes the engine away, changes five hundred courses, gives it back, and looks:
// red within ten seconds, searches answered by PostgreSQL which says so, nothing lost,
// nobody's help.
func (d *day) outage(away, back func()) {
	d.Helper()
	d.courses("Atelier")
	d.admin.Open(paths.AdminSearch())
	d.healthy("Meilisearch")
	away()
	d.within(10*time.Second, d.admin, "the console to say that the engine is away", `document.querySelector('#etat .banner--bad')?.innerText.includes('Meilisearch ne répond pas')`)
	d.admin.See("La recherche publique continue avec PostgreSQL")
	d.visitor.Open(paths.Search("infirmier"))
	d.visitor.See("Recherche de secours")
	d.found("infirmier")
	d.courses("Chantier")
	d.visitor.Open(paths.Search("chantier réservé"))
	d.visitor.See("Recherche de secours")
	d.admin.Until("the changes that wait", row("Meilisearch")+`.includes('500 changements')`)
	back()
	d.healthy("Meilisearch")
	d.admin.Until("no delay", row("Meilisearch")+`.includes('0 s')`)
	d.check("Meilisearch", catalogueSize+500)
	d.visitor.Open(paths.Search("chantier réservé"))
	if d.visitor.Has("Recherche de secours") {
		d.visitor.Fail("PostgreSQL still answers")
	}
	d.found("chantier réservé")
	d.demo.Verify(d.T)
}

// courses imports five hundred, generated for this test, or changes their titles.
func (d *day) courses(word string) {
	d.Helper()
	var lines strings.Builder
	for i := range 500 {
		fmt.Fprintf(&lines, "{\"reference\":\"ESSAI.%d\",\"title\":\"%s réservé aux essais, n° %d (généré)\"}\n", i, word, i)
	}
	file := filepath.Join(d.TempDir(), word+".ndjson")
	if err := os.WriteFile(file, []byte(lines.String()), 0o600); err != nil {
		d.Fatal(err)
	}
	if out, err := d.demo.Command("import", "courses", file, "--source", "essais"); err != nil {
		d.Fatalf("%v\n%s", err, out)
	}
}
