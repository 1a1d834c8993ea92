package handlers_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"passerelle/handlers/handlerstest"
	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/modelstest"
)

// slotText is what one piece says on a page.
func slotText(p *handlerstest.Page, key string) string {
	_, rest, ok := strings.Cut(p.Body, `id="piece-`+key+`"`)
	if !ok {
		return ""
	}
	slot, _, _ := strings.Cut(rest, "</article>")
	return slot
}

func TestPiecesPage(t *testing.T) {
	t.Parallel()
	w := handlerstest.NewPieces(t)
	page := "/candidatures/" + w.ID.String() + "/pieces"
	t.Run("P7.1 each piece says its formats, its size and its sides before a file is chosen", func(t *testing.T) {
		p := w.Me.Get(page)
		if p.Status != http.StatusOK {
			t.Fatalf("%d", p.Status)
		}
		for key, words := range map[string][]string{
			handlerstest.PieceCV:       {"Obligatoire", "PDF, DOCX, TXT, HTML ou RTF", "5\u00a0Mo au plus", "À déposer"},
			handlerstest.PieceIdentity: {"recto et verso", "Recto", "Verso"},
			handlerstest.PieceLarge:    {"Facultative", "30\u00a0Mo"},
		} {
			for _, word := range words {
				if !strings.Contains(slotText(p, key), word) {
					t.Errorf("%s does not say %q", key, word)
				}
			}
		}
		if !strings.Contains(p.Body, "Curriculum vitæ à déposer") || !strings.Contains(p.Body, `aria-disabled="true"`) {
			t.Error("what is missing is not said beside the button")
		}
	})
	t.Run("P13.8 without a script a file is sent by a plain form, taken back, and declared of no concern", func(t *testing.T) {
		slot := slotText(w.Me.Get(page), handlerstest.PieceCV)
		for _, part := range []string{`type="file"`, `name="fichier"`, `enctype="multipart/form-data"`, `name="place"`} {
			if !strings.Contains(slot, part) {
				t.Errorf("no %s", part)
			}
		}
		w.Deposit(handlerstest.PieceCV, "cv.pdf", handlerstest.PDF("Camille", 0))
		d := w.Settled(handlerstest.PieceCV)
		got := slotText(w.Me.Get(page), handlerstest.PieceCV)
		if !strings.Contains(got, "cv.pdf") || !strings.Contains(got, "Reçue") || !strings.Contains(got, "/documents/"+d.ID.String()+"/apercu") {
			t.Errorf("%s", got)
		}
		piece := page + "/" + w.Piece(handlerstest.PieceCV).ID.String()
		if p := w.Me.Post(piece+"/retrait", url.Values{"document": {d.ID.String()}}); p.Status != http.StatusSeeOther || !strings.HasSuffix(p.Header.Get("Location"), "#piece-cv") {
			t.Errorf("%d to %s", p.Status, p.Header.Get("Location"))
		}
		got = slotText(w.Me.Get(page), handlerstest.PieceCV)
		if !strings.Contains(got, "À déposer") || !strings.Contains(got, "Historique (1 version)") {
			t.Errorf("%s", got)
		}
		if p := w.Me.Post(piece+"/non-concerne", url.Values{"non_concerne": {"oui"}}); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, "Cette pièce est demandée à tout le monde") {
			t.Errorf("%d", p.Status)
		}
	})
	t.Run("P7.2 an upload that never came whole is said, and can be given up without a script", func(t *testing.T) {
		upload := w.BeginUpload(handlerstest.PieceLarge, "memoire.pdf", 1000)
		got := slotText(w.Me.Get(page), handlerstest.PieceLarge)
		if !strings.Contains(got, "Envoi interrompu à 0") || !strings.Contains(got, "memoire.pdf") {
			t.Errorf("%s", got)
		}
		id := upload[strings.LastIndexByte(upload, '/')+1:]
		p := w.Me.Post(page+"/"+w.Piece(handlerstest.PieceLarge).ID.String()+"/annulation", url.Values{"envoi": {id}})
		if p.Status != http.StatusSeeOther || strings.Contains(slotText(w.Me.Get(page), handlerstest.PieceLarge), "Envoi interrompu") {
			t.Errorf("%d", p.Status)
		}
	})
	t.Run("P7.2 htmx asks for one piece and gets it with what is missing", func(t *testing.T) {
		r := httptest.NewRequest(http.MethodGet, page, nil)
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Target", "article#piece-cv")
		p := w.Me.Do(r)
		if p.Status != http.StatusOK || !strings.HasPrefix(strings.TrimSpace(p.Body), "<article") || !strings.Contains(p.Body, `hx-target="#transmettre-cadre"`) || strings.Contains(p.Body, "<html") {
			t.Errorf("%d %.200s", p.Status, p.Body)
		}
	})
	t.Run("P7.3 a refused file says why and what to do, and the rest is untouched", func(t *testing.T) {
		w.Deposit(handlerstest.PieceIdentity, "carte.pdf", []byte("ceci n’est pas un PDF"))
		got := slotText(w.Me.Get(page), handlerstest.PieceIdentity)
		if !strings.Contains(got, "carte.pdf") || !strings.Contains(got, "Rien d’autre n’a changé dans votre dossier.") || !strings.Contains(got, "Fichier refusé") {
			t.Errorf("%s", got)
		}
	})
	t.Run("P2.5 another person finds nothing", func(t *testing.T) {
		other := w.Account("autre@demo.example.org", "Autre", "Personne")
		if p := other.Get(page); p.Status != http.StatusNotFound {
			t.Errorf("%d", p.Status)
		}
	})
}

func TestVaultAndConsultations(t *testing.T) {
	t.Parallel()
	w := handlerstest.NewPieces(t)
	t.Run("P7.5 nothing kept yet says what will be", func(t *testing.T) {
		if p := w.Me.Get("/mes-documents"); p.Status != http.StatusOK || !strings.Contains(p.Body, "Aucun document pour l’instant") {
			t.Errorf("%d", p.Status)
		}
	})
	w.Deposit(handlerstest.PieceCV, "cv.pdf", handlerstest.PDF("Camille", 0))
	d := w.Settled(handlerstest.PieceCV)
	t.Run("P7.5 what was given is kept once, with its use", func(t *testing.T) {
		p := w.Me.Get("/mes-documents")
		if !strings.Contains(p.Body, "Curriculum vitæ") || !strings.Contains(p.Body, "cv.pdf") || !strings.Contains(p.Body, "/candidatures/"+w.ID.String()+"/pieces") {
			t.Errorf("%d %s", p.Status, p.Body)
		}
	})
	t.Run("P17.7 a document shows page by page, with what it says", func(t *testing.T) {
		p := w.Me.Get("/documents/" + d.ID.String() + "/apercu")
		if p.Status != http.StatusOK || !strings.Contains(p.Body, "/documents/"+d.ID.String()+"/pages/1") || !strings.Contains(p.Body, "Camille") {
			t.Errorf("%d", p.Status)
		}
	})
	t.Run("P17.21 who opened the dossier is told to its owner alone", func(t *testing.T) {
		address := "/candidatures/" + w.ID.String() + "/consultations"
		if p := w.Me.Get(address); p.Status != http.StatusOK || !strings.Contains(p.Body, "Personne ne l’a encore ouvert") {
			t.Errorf("%d", p.Status)
		}
		w.InTx(func(ctx context.Context, tx models.Tx) error {
			return dossier.NoteReading(ctx, tx, models.Operator(), w.ID, d.ID, dossier.ReadInline)
		})
		p := w.Me.Get(address)
		if !strings.Contains(p.Body, "Curriculum vitæ\u00a0: affichage à l’écran") {
			t.Errorf("%s", p.Body)
		}
	})
}

func TestPieceAmongQuestions(t *testing.T) {
	t.Parallel()
	w := handlerstest.NewWorld(t)
	me := w.Account("cv.etape@demo.example.org", "Camille", "Fontaine")
	id := w.Begin(me, w.Course.Session)
	step := "/candidatures/" + id.String() + "/etapes/3"
	t.Run("P5.2 a document asked among questions has its place in the step, and its forms outside of the step's", func(t *testing.T) {
		p := me.Get(step)
		if got := slotText(p, "cv"); !strings.Contains(got, `type="file"`) || !strings.Contains(got, "2\u00a0Mo au plus") || strings.Contains(got, "<form") {
			t.Errorf("%s", got)
		}
		if !strings.Contains(p.Body, `id="envoi-cv-1"`) || !strings.Contains(p.Body, "data-upload-words") {
			t.Error("its forms or its words are not there")
		}
	})
	t.Run("P5.5 an optional one is no step towards sending, and the recapitulation says that nothing was given", func(t *testing.T) {
		w.Fill(me, id)
		p := me.Get("/candidatures/" + id.String() + "/etapes/5")
		if !strings.Contains(p.Body, "Curriculum vitæ") || strings.Contains(p.Body, "Déposez cette pièce") {
			t.Error(p.Status)
		}
	})
}

func TestCautions(t *testing.T) {
	t.Parallel()
	w := handlerstest.NewPieces(t)
	page := "/candidatures/" + w.ID.String() + "/pieces"
	t.Run("P7.1 more pages than asked are kept, and told at once", func(t *testing.T) {
		w.Exec(`UPDATE requirements SET spec = jsonb_set(spec, '{max_pages}', '2') WHERE application_id = $1 AND key = 'cv'`, w.ID)
		w.Deposit(handlerstest.PieceCV, "cv.pdf", handlerstest.PDF("Camille", 0))
		d := w.Settled(handlerstest.PieceCV)
		if got := slotText(w.Me.Get(page), handlerstest.PieceCV); strings.Contains(got, "data-caution") {
			t.Errorf("%s", got)
		}
		w.Exec(`UPDATE files SET pages = 6 WHERE id = $1`, d.File.ID)
		got := slotText(w.Me.Get(page), handlerstest.PieceCV)
		if !strings.Contains(got, "6 pages\u202f; 2 au plus sont demandées") || !strings.Contains(got, "Reçue") {
			t.Errorf("%s", got)
		}
	})
	t.Run("P17.5 an empty sheet is kept, and told at once", func(t *testing.T) {
		w.Deposit(handlerstest.PieceLarge, "vide.pdf", handlerstest.PDF("", 0))
		w.Settled(handlerstest.PieceLarge)
		got := slotText(w.Me.Get(page), handlerstest.PieceLarge)
		if !strings.Contains(got, "Ce document paraît vide") || !strings.Contains(got, "Reçue") {
			t.Errorf("%s", got)
		}
	})
	t.Run("P7.2 a refused file is no version to the person, and can be put away", func(t *testing.T) {
		before := w.Newest(handlerstest.PieceIdentity)
		w.Deposit(handlerstest.PieceIdentity, "carte.pdf", []byte("ceci n’est pas un PDF"))
		refused := w.Settled(handlerstest.PieceIdentity)
		if refused.ID == before.ID || refused.State != dossier.Refused {
			t.Fatalf("%+v", refused)
		}
		w.Deposit(handlerstest.PieceIdentity, "recto.pdf", handlerstest.PDF("Recto", 0))
		w.Settled(handlerstest.PieceIdentity)
		if got := slotText(w.Me.Get(page), handlerstest.PieceIdentity); strings.Contains(got, "Version 2") || strings.Contains(got, "Historique") {
			t.Errorf("%s", got)
		}
		w.Deposit(handlerstest.PieceIdentity, "encore.pdf", []byte("ceci n’est pas un PDF"))
		refused = w.Settled(handlerstest.PieceIdentity)
		if got := slotText(w.Me.Get(page), handlerstest.PieceIdentity); !strings.Contains(got, "encore.pdf") || !strings.Contains(got, "Retirer ce fichier") {
			t.Errorf("%s", got)
		}
		w.Me.Post(page+"/"+w.Piece(handlerstest.PieceIdentity).ID.String()+"/retrait", url.Values{"document": {refused.ID.String()}})
		if got := slotText(w.Me.Get(page), handlerstest.PieceIdentity); strings.Contains(got, "encore.pdf") || !strings.Contains(got, "recto.pdf") {
			t.Errorf("%s", got)
		}
	})
	t.Run("P7.1 one side where a passport has one is received alone, and the other awaits", func(t *testing.T) {
		w.Exec(`UPDATE requirements SET spec = jsonb_set(spec, '{min_sides}', '1') WHERE application_id = $1 AND key = 'identite'`, w.ID)
		got := slotText(w.Me.Get(page), handlerstest.PieceIdentity)
		if !strings.Contains(got, "Reçue, recto seul") || !strings.Contains(got, "Passeport\u00a0: une seule page suffit.") {
			t.Errorf("%s", got)
		}
	})
}

func TestSentPiecesAndReaders(t *testing.T) {
	t.Parallel()
	w := handlerstest.NewPieces(t)
	w.Deposit(handlerstest.PieceCV, "cv.pdf", handlerstest.PDF("Camille", 0))
	cv := w.Settled(handlerstest.PieceCV)
	w.Deposit(handlerstest.PieceLarge, "memoire.pdf", handlerstest.PDF("Mémoire", 0))
	other := w.Settled(handlerstest.PieceLarge)
	w.Send()
	page := w.Me.Get("/candidatures/" + w.ID.String())
	t.Run("P6.6 the page of an application lists what was given, each to open, and leads to who read it", func(t *testing.T) {
		for _, part := range []string{"/documents/" + cv.ID.String() + "/apercu", "memoire.pdf", "/candidatures/" + w.ID.String() + "/consultations"} {
			if !strings.Contains(page.Body, part) {
				t.Errorf("no %s", part)
			}
		}
	})
	t.Run("P17.21 a manager who opens several pieces is a line for each, counted by sittings", func(t *testing.T) {
		officer := w.World.Account("helene.lecture@example.org", "Hélène", "Roussel", models.Grant{Role: models.RoleOfficer, Kind: models.ScopePortal})
		for range 2 {
			for _, d := range []dossier.Document{cv, other} {
				if p := officer.Get("/documents/" + d.ID.String() + "/pages/1"); p.Status != http.StatusOK {
					t.Fatalf("%d", p.Status)
				}
			}
			modelstest.Clock(w.DB).Set(w.DB.Clock.Now().Add(20 * time.Minute))
		}
		all := w.Me.Get("/candidatures/" + w.ID.String() + "/consultations")
		rows := all.Find("tbody tr")
		if rows.Length() != 2 {
			t.Fatalf("%d lines", rows.Length())
		}
		for _, piece := range []string{"Curriculum vitæ", "Mémoire"} {
			text := strings.Join(strings.Fields(rows.FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.Contains(s.Text(), piece) }).Text()), " ")
			if !strings.Contains(text, "affichage à l’écran") || !strings.HasSuffix(text, "l’écran2") {
				t.Errorf("%s", text)
			}
		}
	})
}
