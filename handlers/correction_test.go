package handlers_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"passerelle/handlers/handlerstest"
	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
)

// sentBack is an application under review whose manager asks for another CV and for one
// answer.
func sentBack(t *testing.T) *handlerstest.Pieces {
	t.Helper()
	w := handlerstest.NewPieces(t)
	w.Fill(w.Me, w.ID)
	w.Deposit(handlerstest.PieceCV, "cv.pdf", handlerstest.PDF("Camille", 0))
	d := w.Settled(handlerstest.PieceCV)
	posted := w.Recap(w.Me, w.ID)
	w.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := application.Submit(ctx, tx, w.Me.Actor, w.ID, application.SubmitInput{Posted: posted})
		return err
	})
	w.Exec(`UPDATE applications SET state = 'under_review' WHERE id = $1`, w.ID)
	cv := w.Piece(handlerstest.PieceCV).ID
	w.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := application.AddRemark(ctx, tx, w.Officer, d.ID, application.RemarkInput{Page: 1, X: .2, Y: .3, Width: .2, Height: .1, Body: "Cette ligne est coupée.", Visible: true})
		if err != nil {
			return err
		}
		_, err = application.GiveVerdict(ctx, tx, w.Officer, d.ID, application.VerdictInput{Kind: dossier.ToComplete, Message: "La deuxième page manque."})
		return err
	})
	w.InTx(func(ctx context.Context, tx models.Tx) error {
		a, err := application.Load(ctx, tx, w.Officer, w.ID)
		if err != nil {
			return err
		}
		_, err = application.RequestInformation(ctx, tx, w.Officer, w.ID, application.RequestInput{Message: "Pouvez-vous compléter votre dossier ?",
			Fields: []string{"job_title"}, Requirements: []models.ID{cv}, Version: a.Version})
		return err
	})
	return w
}

var hiddenInput = regexp.MustCompile(`name="(_ctx|_fv|_page)" value="([^"]*)"`)

// correctionForm is what the page of a correction posts.
func correctionForm(p *handlerstest.Page) url.Values {
	form := url.Values{}
	for _, m := range hiddenInput.FindAllStringSubmatch(p.Body, -1) {
		if form.Get(m[1]) == "" {
			form.Set(m[1], m[2])
		}
	}
	return form
}

func TestCorrection(t *testing.T) {
	t.Parallel()
	w := sentBack(t)
	address := "/candidatures/" + w.ID.String() + "/complement"
	t.Run("P9.3 the applicant sees who asks, what, and until when", func(t *testing.T) {
		p := w.Me.Get(address)
		if p.Status != http.StatusOK {
			t.Fatalf("%d", p.Status)
		}
		for _, words := range []string{"Pouvez-vous compléter votre dossier", "La deuxième page manque.", "Voir l’endroit signalé, page 1", "#remarque-1", `name="job_title"`} {
			if !strings.Contains(p.Body, words) {
				t.Errorf("no %q", words)
			}
		}
	})
	t.Run("P17.8 the rest is locked: neither other questions nor other pieces", func(t *testing.T) {
		p := w.Me.Get(address)
		for _, words := range []string{`name="birth_name"`, `name="missions"`, `id="piece-photo"`} {
			if strings.Contains(p.Body, words) {
				t.Errorf("%s is there", words)
			}
		}
		all := w.Me.Get("/candidatures/" + w.ID.String() + "/pieces")
		if got := slotText(all, handlerstest.PieceLarge); strings.Contains(got, `type="file"`) || !strings.Contains(got, "gardée telle quelle") {
			t.Errorf("%s", got)
		}
		if got := slotText(all, handlerstest.PieceCV); !strings.Contains(got, `type="file"`) || !strings.Contains(got, "À remplacer") {
			t.Errorf("%s", got)
		}
		form := correctionForm(p)
		form.Set("birth_name", "Autre")
		form.Set("_go", "enregistrer")
		w.Me.Post(address, form)
		if n := w.Count(`SELECT count(*) FROM answer_ops WHERE application_id = $1 AND val::text LIKE '%Autre%'`, w.ID); n != 0 {
			t.Error("a locked answer was written")
		}
	})
	t.Run("P9.3 sent again too early, it says what is missing and keeps what was typed", func(t *testing.T) {
		form := correctionForm(w.Me.Get(address))
		form.Set("job_title", "Directrice de médiathèque")
		form.Set("_go", "transmettre")
		p := w.Me.Post(address, form)
		if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Body, "Curriculum vitæ\u00a0: à remplacer") || !strings.Contains(p.Body, "Directrice de médiathèque") {
			t.Errorf("%d", p.Status)
		}
		if again := w.Me.Get(address); !strings.Contains(again.Body, "Directrice de médiathèque") {
			t.Error("what was typed is lost")
		}
	})
	t.Run("P6.6 the dashboard says what is to be completed, and leads there", func(t *testing.T) {
		p := w.Me.Get("/mes-candidatures")
		if !strings.Contains(p.Body, address) || !strings.Contains(p.Body, "Une pièce à remplacer") {
			t.Error(p.Status, p.Find("main").Text())
		}
	})
	t.Run("P17.8 the box of what is left moves with the piece that comes, without another page", func(t *testing.T) {
		slot := func() string {
			r := httptest.NewRequest(http.MethodGet, "/candidatures/"+w.ID.String()+"/pieces?dans=complement", nil)
			r.Header.Set("HX-Request", "true")
			r.Header.Set("HX-Target", "article#piece-cv")
			return w.Me.Do(r).Body
		}
		if got := slot(); !strings.Contains(got, `hx-target="#completer-cadre"`) || !strings.Contains(got, "Il reste un point") || strings.Contains(got, "<html") {
			t.Errorf("%s", got)
		}
		if p := w.Me.Get(address); !strings.Contains(p.Body, "pieces?dans=complement") {
			t.Error("the slot of the page does not say where it stands")
		}
		w.Deposit(handlerstest.PieceCV, "cv-presque.pdf", handlerstest.PDF("Camille", 0))
		w.Settled(handlerstest.PieceCV)
		if got := slot(); !strings.Contains(got, "Curriculum vitæ\u00a0: reçue") || strings.Contains(got, "Il reste un point") || strings.Contains(got, "à remplacer") {
			t.Errorf("%s", got)
		}
	})
	t.Run("P9.3 completed, it is transmitted again and the receipt lists the new version with its fingerprint", func(t *testing.T) {
		w.Deposit(handlerstest.PieceCV, "cv-complet.pdf", handlerstest.PDF("Camille, deux pages", 0))
		d := w.Settled(handlerstest.PieceCV)
		form := correctionForm(w.Me.Get(address))
		form.Set("job_title", "Directrice de médiathèque")
		form.Set("_go", "transmettre")
		p := w.Me.Post(address, form)
		if p.Status != http.StatusSeeOther || p.Header.Get("Location") != "/candidatures/"+w.ID.String()+"/recu" {
			t.Fatalf("%d %s", p.Status, p.Body)
		}
		receipt := w.Me.Get("/candidatures/" + w.ID.String() + "/recu")
		for _, words := range []string{"Vos corrections sont transmises", "cv-complet.pdf", "SHA-256"} {
			if !strings.Contains(receipt.Body, words) {
				t.Errorf("no %q", words)
			}
		}
		if d.Version != 3 {
			t.Errorf("version %d", d.Version)
		}
		if p := w.Me.Get(address); p.Status != http.StatusSeeOther { // nothing is asked any more
			t.Errorf("%d", p.Status)
		}
	})
	t.Run("P9.3 the officer reads the former value beside the answer corrected, and beside no other", func(t *testing.T) {
		helene := w.World.Account("helene.correction@example.org", "Hélène", "Roussel", models.Grant{Role: models.RoleOfficer, Kind: models.ScopePortal})
		text := strings.Join(strings.Fields(helene.Get("/bureau/candidatures/"+w.ID.String()).Find("main").Text()), " ")
		if !strings.Contains(text, "Directrice de médiathèque Corrigée. Avant : Bibliothécaire") || strings.Count(text, "Corrigée. Avant") != 1 {
			t.Error(text)
		}
	})
}

func TestAskedWithoutVerdict(t *testing.T) {
	t.Parallel()
	w := handlerstest.NewPieces(t)
	w.Deposit(handlerstest.PieceCV, "cv.pdf", handlerstest.PDF("Camille", 0))
	w.Settled(handlerstest.PieceCV)
	w.Send()
	cv := w.Piece(handlerstest.PieceCV).ID
	w.InTx(func(ctx context.Context, tx models.Tx) error {
		a, err := application.Load(ctx, tx, w.Officer, w.ID)
		if err != nil {
			return err
		}
		_, err = application.RequestInformation(ctx, tx, w.Officer, w.ID, application.RequestInput{Message: "Un CV plus récent, merci.",
			Requirements: []models.ID{cv}, Version: a.Version})
		return err
	})
	t.Run("P17.8 a piece asked again without a verdict is to be replaced everywhere, with the manager's word", func(t *testing.T) {
		for _, address := range []string{"/pieces", "/complement"} {
			p := w.Me.Get("/candidatures/" + w.ID.String() + address)
			got := slotText(p, handlerstest.PieceCV)
			if !strings.Contains(got, "À remplacer") || !strings.Contains(got, "Un CV plus récent, merci.") || strings.Contains(got, "Reçue") {
				t.Errorf("%s: %s", address, got)
			}
		}
	})
}
