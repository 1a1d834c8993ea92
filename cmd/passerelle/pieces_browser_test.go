package main

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"passerelle/handlers/handlerstest"
	"passerelle/models/seed"
)

// hostFile is a file as the person has it.
type hostFile struct {
	name    string
	content []byte
}

// files makes files in the page: a variable that scripts of the test can drop.
func (b *browser) files(all ...hostFile) {
	b.t.Helper()
	script := "{ window.given = new DataTransfer();"
	for _, f := range all {
		script += fmt.Sprintf("given.items.add(new File([Uint8Array.from(atob(%q), c => c.charCodeAt(0))], %q));",
			base64.StdEncoding.EncodeToString(f.content), f.name)
	}
	b.run(do(script + "}"))
}

// choose gives a file to a chooser, as the person's own dialog does.
func (b *browser) choose(selector string, f hostFile) {
	b.t.Helper()
	b.files(f)
	b.run(do(fmt.Sprintf(`{ const e = document.querySelector(%q); e.files = given.files; e.dispatchEvent(new Event('change', {bubbles: true})); }`, selector)))
}

// drop lets files fall on an element.
func (b *browser) drop(selector string, all ...hostFile) {
	b.t.Helper()
	b.files(all...)
	b.run(do(fmt.Sprintf(`document.querySelector(%q).dispatchEvent(new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: given}))`, selector)))
}

// pieceIs waits until a piece says its state.
func (b *browser) pieceIs(key, state string) {
	b.t.Helper()
	b.until(key+" "+state, fmt.Sprintf(`document.querySelector('#piece-%s .status').innerText.includes(%q)`, key, state))
}

// admission begins an application to a degree programme and gives its address.
func (b *browser) admission() string {
	b.t.Helper()
	b.open("/diplomes?q=droit+notarial")
	b.open(b.value(`document.querySelector('#arbre a[href^="/campagnes/"]').getAttribute('href')`))
	b.press("Commencer ma candidature")
	b.until("the first step", `location.pathname.endsWith('/etapes/1')`)
	return strings.TrimSuffix(b.value("location.pathname"), "/etapes/1")
}

// TestPiecesInABrowser gives documents as people do: chosen, dropped, refused, cut by a
// reload.
func TestPiecesInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser and a demonstration")
	}
	v := newVisit(t, commonDemo(t))
	b := v.as(seed.NewApplicant)
	one := b.admission()
	b.open(one + "/pieces")
	t.Run("P7.2 a chosen file is sent, inspected and drawn by the server", func(t *testing.T) {
		b.choose("#fichier-cv-1", hostFile{"mon cv.pdf", handlerstest.PDF("Noé Marchand", 5000)})
		b.pieceIs("cv", "Reçue")
		b.see("mon cv.pdf")
	})
	t.Run("P17.5 what can be seen before a file leaves is refused here, in the server's words", func(t *testing.T) {
		b.choose("#fichier-diplome-1", hostFile{"vide.pdf", nil})
		b.until("the refusal", `document.querySelector('#piece-diplome [role=alert]')?.innerText.includes('vide.pdf')`)
		b.choose("#fichier-diplome-1", hostFile{"programme.pdf", []byte("MZ\x00\x01\x02")})
		b.until("the refusal", `document.querySelector('#piece-diplome [role=alert]')?.innerText.includes('programme.pdf')`)
		b.pieceIs("diplome", "À déposer")
	})
	t.Run("P7.3 a file refused by its content says why, and the others stand", func(t *testing.T) {
		b.choose("#fichier-lettre-1", hostFile{"lettre.pdf", handlerstest.ActivePDF("Noé")})
		b.pieceIs("lettre", "Fichier refusé")
		b.see("Rien d’autre n’a changé dans votre dossier.")
		b.pieceIs("cv", "Reçue")
	})
	t.Run("P7.2 files dropped on the page leave only once the person has said what they are", func(t *testing.T) {
		b.drop("h1", hostFile{"releve L3.pdf", handlerstest.PDF("Relevé", 0)}, hostFile{"scan0001.pdf", handlerstest.PDF("Diplôme", 0)})
		b.until("two questions", `document.querySelectorAll('.choice-of-slot').length === 2`)
		if got := b.value(`[...document.querySelectorAll('.choice-of-slot select')].map(s => s.selectedOptions[0].text).join('|')`); !strings.HasPrefix(got, "Relevé") || !strings.HasSuffix(got, "|Choisissez une pièce") {
			t.Errorf("guessed %q", got)
		}
		b.pieceIs("releves", "À déposer")
		b.run(do(`document.querySelector('.choice-of-slot [data-put]').click()`))
		b.pieceIs("releves", "Reçue")
		b.run(do(`document.querySelector('.choice-of-slot [data-leave]').click()`))
		b.until("no question", `!document.querySelector('.choice-of-slot')`)
	})
	t.Run("P17.5 a file on its way goes on by itself after a reload", func(t *testing.T) {
		b.run(do(`XMLHttpRequest.prototype.send = function () { setTimeout(() => this.dispatchEvent(new Event('error')), 50); }`)) // the network is gone
		b.choose("#fichier-diplome-1", hostFile{"diplome.pdf", handlerstest.PDF("Diplôme", 40_000)})
		b.until("a cut", `document.querySelector('#piece-diplome [data-meta]')?.innerText.includes('interrompu')`)
		b.open(one + "/pieces")
		b.pieceIs("diplome", "Reçue")
		b.see("diplome.pdf")
	})
}

// papers walks the pages about documents.
func (v *visit) papers() {
	b := v.as(seed.NewApplicant)
	one := b.admission()
	v.goes(b, one+"/pieces", "pieces, none given")
	b.choose("#fichier-cv-1", hostFile{"cv.pdf", handlerstest.PDF("Noé Marchand", 0)})
	b.choose("#fichier-lettre-1", hostFile{"lettre.pdf", handlerstest.ActivePDF("Noé")})
	b.choose("#fichier-diplome-1", hostFile{"vide.pdf", nil})
	b.pieceIs("cv", "Reçue")
	b.pieceIs("lettre", "Fichier refusé")
	b.drop("h1", hostFile{"scan.pdf", handlerstest.PDF("Scan", 0)})
	b.until("a question", `document.querySelector('.choice-of-slot')`)
	v.check(b, "pieces, received, refused and unknown")
	document := b.value(`document.querySelector('#piece-cv a[href$="/apercu"]').getAttribute('href')`)
	v.goes(b, document, "a document, page by page")
	v.fetched(b, `^/documents/[^/]+/pages/`)
	for _, path := range []string{strings.TrimSuffix(document, "/apercu"), strings.TrimSuffix(document, "/apercu") + "/texte"} {
		b.run(do(fmt.Sprintf(`{ window.read = false; fetch(%q).then((r) => r.ok && r.text()).then((t) => { window.read = Boolean(t); }); }`, path+"?page=1")))
		b.until("what "+path+" holds", `window.read`)
		v.mark(path)
	}
	v.goes(b, "/mes-documents", "documents kept")
	v.goes(b, one+"/consultations", "who opened, nobody")
	v.leads(b, one+"/complement")
}
