package main

import (
	"fmt"
	"strings"
	"testing"

	"passerelle/cmd/internal/portaltest"
	"passerelle/handlers/handlerstest"
	"passerelle/models/seed"
)

// pieceIs waits until a piece says its state.
func pieceIs(b *portaltest.Browser, key, state string) {
	b.T.Helper()
	b.Until(key+" "+state, fmt.Sprintf(`document.querySelector('#piece-%s .status').innerText.includes(%q)`, key, state))
}

// admission begins an application to a degree programme and gives its address.
func admission(b *portaltest.Browser) string {
	b.T.Helper()
	b.Open("/diplomes?q=droit+notarial")
	b.Open(b.Value(`document.querySelector('#arbre a[href^="/campagnes/"]').getAttribute('href')`))
	b.Press("Commencer ma candidature")
	b.Until("the first step", `location.pathname.endsWith('/etapes/1')`)
	return strings.TrimSuffix(b.Value("location.pathname"), "/etapes/1")
}

// TestPiecesInABrowser gives documents as people do: chosen, dropped, refused, cut by a
// reload.
func TestPiecesInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser and a demonstration")
	}
	v := newVisit(t, portaltest.CommonDemo(t))
	b := v.as(seed.NewApplicant)
	one := admission(b)
	b.Open(one + "/pieces")
	t.Run("P7.2 a chosen file is sent, inspected and drawn by the server", func(t *testing.T) {
		b.Choose("#fichier-cv-1", portaltest.File{Name: "mon cv.pdf", Content: handlerstest.PDF("Noé Marchand", 5000)})
		pieceIs(b, "cv", "Reçue")
		b.See("mon cv.pdf")
	})
	t.Run("P17.5 what can be seen before a file leaves is refused here, in the server's words", func(t *testing.T) {
		b.Choose("#fichier-diplome-1", portaltest.File{Name: "vide.pdf", Content: nil})
		b.Until("the refusal", `document.querySelector('#piece-diplome [role=alert]')?.innerText.includes('vide.pdf')`)
		b.Choose("#fichier-diplome-1", portaltest.File{Name: "programme.pdf", Content: []byte("MZ\x00\x01\x02")})
		b.Until("the refusal", `document.querySelector('#piece-diplome [role=alert]')?.innerText.includes('programme.pdf')`)
		pieceIs(b, "diplome", "À déposer")
	})
	t.Run("P7.3 a file refused by its content says why, and the others stand", func(t *testing.T) {
		b.Choose("#fichier-lettre-1", portaltest.File{Name: "lettre.pdf", Content: handlerstest.ActivePDF("Noé")})
		pieceIs(b, "lettre", "Fichier refusé")
		b.See("Rien d’autre n’a changé dans votre dossier.")
		pieceIs(b, "cv", "Reçue")
	})
	t.Run("P7.2 files dropped on the page leave only once the person has said what they are", func(t *testing.T) {
		b.Drop("h1", portaltest.File{Name: "releve L3.pdf", Content: handlerstest.PDF("Relevé", 0)}, portaltest.File{Name: "scan0001.pdf", Content: handlerstest.PDF("Diplôme", 0)})
		b.Until("two questions", `document.querySelectorAll('.choice-of-slot').length === 2`)
		if got := b.Value(`[...document.querySelectorAll('.choice-of-slot select')].map(s => s.selectedOptions[0].text).join('|')`); !strings.HasPrefix(got, "Relevé") || !strings.HasSuffix(got, "|Choisissez une pièce") {
			t.Errorf("guessed %q", got)
		}
		pieceIs(b, "releves", "À déposer")
		b.Run(portaltest.Do(`document.querySelector('.choice-of-slot [data-put]').click()`))
		pieceIs(b, "releves", "Reçue")
		b.Run(portaltest.Do(`document.querySelector('.choice-of-slot [data-leave]').click()`))
		b.Until("no question", `!document.querySelector('.choice-of-slot')`)
	})
	t.Run("P17.5 a file on its way goes on by itself after a reload", func(t *testing.T) {
		b.Run(portaltest.Do(`XMLHttpRequest.prototype.send = function () { setTimeout(() => this.dispatchEvent(new Event('error')), 50); }`)) // the network is gone
		b.Choose("#fichier-diplome-1", portaltest.File{Name: "diplome.pdf", Content: handlerstest.PDF("Diplôme", 40_000)})
		b.Until("a cut", `document.querySelector('#piece-diplome [data-meta]')?.innerText.includes('interrompu')`)
		b.Open(one + "/pieces")
		pieceIs(b, "diplome", "Reçue")
		b.See("diplome.pdf")
	})
}

// papers walks the pages about documents.
func (v *visit) papers() {
	b := v.as(seed.NewApplicant)
	one := admission(b)
	v.goes(b, one+"/pieces", "pieces, none given")
	b.Choose("#fichier-cv-1", portaltest.File{Name: "cv.pdf", Content: handlerstest.PDF("Noé Marchand", 0)})
	b.Choose("#fichier-lettre-1", portaltest.File{Name: "lettre.pdf", Content: handlerstest.ActivePDF("Noé")})
	b.Choose("#fichier-diplome-1", portaltest.File{Name: "vide.pdf", Content: nil})
	pieceIs(b, "cv", "Reçue")
	pieceIs(b, "lettre", "Fichier refusé")
	b.Drop("h1", portaltest.File{Name: "scan.pdf", Content: handlerstest.PDF("Scan", 0)})
	b.Until("a question", `document.querySelector('.choice-of-slot')`)
	v.check(b, "pieces, received, refused and unknown")
	document := b.Value(`document.querySelector('#piece-cv a[href$="/apercu"]').getAttribute('href')`)
	v.goes(b, document, "a document, page by page")
	v.fetched(b, `^/documents/[^/]+/pages/`)
	for _, path := range []string{strings.TrimSuffix(document, "/apercu"), strings.TrimSuffix(document, "/apercu") + "/texte"} {
		b.Run(portaltest.Do(fmt.Sprintf(`{ window.read = false; fetch(%q).then((r) => r.ok && r.text()).then((t) => { window.read = Boolean(t); }); }`, path+"?page=1")))
		b.Until("what "+path+" holds", `window.read`)
		v.mark(path)
	}
	v.goes(b, "/mes-documents", "documents kept")
	v.goes(b, one+"/consultations", "who opened, nobody")
	v.leads(b, one+"/complement")
}
