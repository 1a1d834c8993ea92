package journeys

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"

	"passerelle/cmd/internal/portaltest"
)

// neighbour is a catalogue as a neighbour exports it: a title and a blank above
// the names, semicolons, an encoding of the last century, towns in capitals, and
// two lines with something wrong.
func neighbour(t *testing.T) []byte {
	t.Helper()
	var b strings.Builder
	b.WriteString("Export du catalogue voisin\r\n\r\nINTIT_ACTION;NUM_ACT;DT_DEB;DT_FIN;VILLE;NB_PL;LIB_ORG;OBS_INT;;\r\n")
	for n := range 40 {
		title, seats := fmt.Sprintf("Façonnage d’œuvres reliées à l’hôtel, été %d", n), "12"
		if n == 20 {
			seats = "beaucoup"
		}
		if n == 30 {
			title = ""
		}
		fmt.Fprintf(&b, "%s;ZVOI-%d;1%d/02/2027;1%d/03/2027;VILLEURBANNE CEDEX;%s;ENSSIB;voir avec H. R.;;\r\n", title, n, n%9, n%9, seats)
	}
	content, err := charmap.Windows1252.NewEncoder().String(b.String())
	if err != nil {
		t.Fatal(err)
	}
	return []byte(content)
}

// TestImportOfOthers is an administrator with somebody else's file: sent, mapped,
// rehearsed, imported, found by the public, taken back.
func TestImportOfOthers(t *testing.T) {
	demo := portaltest.CommonDemo(t)
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("P3.6 P13.8 from the file to its undo, JavaScript %t", scripts), func(t *testing.T) {
			i := &importing{Browser: portaltest.NewBrowser(t, demo.URL, scripts), source: fmt.Sprintf("Catalogue voisin %t", scripts)}
			i.SignIn("administration@passerelle.example.org", demoPassword)
			i.send()
			i.reads()
			i.rehearses()
			i.imports()
			i.found(true)
			i.undoes()
			i.found(false)
		})
	}
}

type importing struct {
	*portaltest.Browser
	source string
	at     string
}

func (i *importing) send() {
	i.Open("/administration/imports")
	i.Browser.Fill("source", i.source)
	i.Choose("#fichier", portaltest.File{Name: "export_formations_2027.csv", Content: neighbour(i.T)})
	i.Press("Envoyer le fichier")
	i.Heading("Importer des formations")
	i.at = i.Location()
}

// reads shows what was recognised, and draws it again when it is forced.
func (i *importing) reads() {
	i.See("Rien n’est encore écrit")
	for control, want := range map[string]string{"encodage": "Windows-1252", "separateur": "Point-virgule", "entetes": "Ligne 3", "dates": "jj/mm/aaaa"} {
		i.Until(want, fmt.Sprintf(`document.querySelector('#%s').selectedOptions[0].text === %q`, control, want))
	}
	i.See("2 lignes au-dessus, passées")
	i.Until("the first line", `document.querySelector('.proof__text').innerText.includes('Façonnage d’œuvres reliées')`)
	i.choose("encodage", "macintosh")
	i.Until("the file misread", `!document.querySelector('.proof__text').innerText.includes('Façonnage')`)
	i.choose("encodage", "")
	i.Until("the file read again", `document.querySelector('.proof__text').innerText.includes('Façonnage d’œuvres reliées')`)
	i.Until("the organiser left out", `document.querySelector('#colonne-6').value === '' && document.querySelector('#colonne-0').value === 'title'`)
}

// choose takes a line of a list, as a person does: the page follows by itself
// with JavaScript, else by its button.
func (i *importing) choose(control, value string) {
	i.Run(portaltest.Do(fmt.Sprintf(`{ const e = document.querySelector('#%s'); e.value = %q; e.dispatchEvent(new Event('change', {bubbles: true})); }`, control, value)))
	if !i.Scripts {
		i.Press("Retenir ces colonnes")
		i.Settle()
	}
}

func (i *importing) rehearses() {
	i.Press("Répéter à blanc")
	i.becomes("2 lignes refusées")
	for _, text := range []string{"38 seraient créées", "« beaucoup » n’est pas un nombre entier convenable", "Écrire un nombre entier, sans unité", "NB_PL",
		"Réglage retenu : « " + i.source + " »", "Fichier et rapport par ligne effacés le"} {
		i.See(text)
	}
	i.Press("Créées")
	i.See("ZVOI-1")
	i.Until("the report", `fetch(document.querySelector('a[download]').href).then(r => r.text()).then(t => window.csv = t) && (window.csv || '').includes('beaucoup')`)
}

// becomes waits for the work behind the page, which follows by itself with
// JavaScript only.
func (i *importing) becomes(text string) {
	shown := fmt.Sprintf(`!!document.body && document.body.innerText.replace(/[\s\u00a0\u202f]+/g, ' ').includes(%q)`, text)
	for end := time.Now().Add(portaltest.Patience); i.Value(shown) != "true"; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			i.Fail("waited for %q", text)
		}
		if !i.Scripts {
			i.Open(i.at)
		}
	}
}

func (i *importing) imports() {
	i.Press("Importer 38 lignes sans celles refusées")
	i.Heading("Importer ce fichier ?")
	i.See("2 lignes refusées seront laissées de côté")
	i.Press("Importer 38 lignes")
	i.becomes("Le catalogue est à jour")
	i.See("38 créées")
}

// found looks for what was imported as the public does.
func (i *importing) found(there bool) {
	public := portaltest.NewBrowser(i.T, i.URL, i.Scripts)
	const words = "/recherche?q=fa%C3%A7onnage+%C5%93uvres+reli%C3%A9es"
	for end := time.Now().Add(portaltest.Patience); ; time.Sleep(200 * time.Millisecond) {
		public.Open(words)
		if public.Has("Façonnage d’œuvres reliées à l’hôtel") == there {
			break
		}
		if time.Now().After(end) {
			public.Fail("the imported courses are found: not %t", there)
		}
	}
	if there {
		public.See("Villeurbanne")
	}
}

func (i *importing) undoes() {
	i.Open(i.at)
	i.Press("Reprendre cet import")
	i.Heading("Reprendre cet import ?")
	i.See("Retirées")
	i.Press("Reprendre cet import")
	i.becomes("Ce que la reprise a fait")
}
