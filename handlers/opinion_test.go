package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/handlers/handlerstest"
	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/paths"
)

// answered gives an application brought under review the answers that it was sent with.
func answered(w *handlerstest.World, id models.ID) {
	w.Exec(`DELETE FROM submissions WHERE application_id = $1`, id)
	w.Exec(`INSERT INTO submissions (application_id, submitted_at, form_version, answers, op_ids, seen_sum, documents)
		SELECT $1, $2, 1, $3, '{}', '', array(SELECT id FROM documents WHERE application_id = $1 AND state = 'live')`, id, w.DB.Clock.Now(),
		`{"form":"f","version":1,"answers":[
			{"step":"s","block":"b","field":"job_title","kind":"text","label":{"fr":"Votre fonction"},"values":{"":["responsable jeunesse"]},"shown":{"fr":"responsable jeunesse"}},
			{"step":"s","block":"b","field":"phone","kind":"phone","label":{"fr":"Votre téléphone"},"values":{"":["+33612345678"]},"shown":{"fr":"06 12 34 56 78"}}]}`)
}

// opinionToken rebuilds the secret of the latest link sent for an opinion.
func opinionToken(w *handlerstest.World, application models.ID) string {
	w.T.Helper()
	var link models.ID
	var generation int
	err := w.DB.Pool.QueryRow(context.Background(), `SELECT l.id, l.generation FROM links l JOIN opinions o ON o.id = l.subject_id
		WHERE l.purpose = 'opinion' AND o.application_id = $1 ORDER BY l.created_at DESC, l.id DESC LIMIT 1`, application).Scan(&link, &generation)
	if err != nil {
		w.T.Fatal(err)
	}
	return w.DB.Keys.LinkToken(link, generation)
}

func TestOpinion(t *testing.T) {
	t.Parallel()
	w := handlerstest.NewPieces(t)
	shown := w.Upload(handlerstest.PieceCV, "cv de Camille Fontaine.pdf", handlerstest.PDF("Camille", 0))
	kept := w.Upload(handlerstest.PieceLarge, "memoire.pdf", handlerstest.PDF("Memoire", 0))
	answered(w.World, w.ID)
	w.Send()
	officer := w.SignedIn(models.Grant{Role: models.RoleOfficer, Kind: models.ScopePortal})
	anyone := w.Visitor()
	address := paths.DeskOpinions(w.ID.String())

	t.Run("P9.6 the officer chooses what is shown; what was typed stays when refused", func(t *testing.T) {
		p := officer.Get(address)
		if p.Status != http.StatusOK || p.Find(`input[name="pieces"], input[type="checkbox"]`).Length() < 4 {
			t.Fatalf("%d, %d boxes", p.Status, p.Find(`input[type="checkbox"]`).Length())
		}
		form := p.Form(address)
		form.Set("nom", "Paule Expert")
		form.Set("courriel", w.Me.Actor.Email)
		p = officer.Post(address, form)
		if p.Status != http.StatusUnprocessableEntity || p.Find(".error-summary a").Length() != 3 || p.Find("#nom").AttrOr("value", "") != "Paule Expert" {
			t.Errorf("%d %s", p.Status, p.Find(".error-summary").Text())
		}
		form.Set("courriel", handlerstest.Manager)
		form.Set("question", "Le projet tient-il ?")
		form["c"] = nil
		form.Set(p.Find(`#p-`+shown.ID.String()).AttrOr("name", ""), shown.ID.String())
		form.Set(p.Find(`#c-job_title`).AttrOr("name", ""), "job_title")
		if p = officer.Post(address, form); p.Status != http.StatusSeeOther {
			t.Fatalf("%d %s", p.Status, p.Find(".error-summary").Text())
		}
		if p = officer.Get(p.Location); p.Find("#avis form").Length() != 1 || !strings.Contains(p.Find("#avis").Text(), "Attendu") {
			t.Errorf("%s", p.Find("#avis").Text())
		}
	})
	token := opinionToken(w.World, w.ID)
	t.Run("P9.6 the link shows just that, page by page, to whoever holds it", func(t *testing.T) {
		p := anyone.Get(paths.Opinion(token))
		text := p.Find("main").Text()
		if p.Status != http.StatusOK || !strings.Contains(text, "responsable jeunesse") || !strings.Contains(text, "Le projet tient-il ?") {
			t.Fatalf("%d %s", p.Status, text)
		}
		for _, hidden := range []string{"06 12 34 56 78", "Fontaine", "Camille", "Mémoire", w.Me.Actor.Email} {
			if strings.Contains(p.Body, hidden) {
				t.Errorf("%q is shown", hidden)
			}
		}
		if p.Header.Get("X-Robots-Tag") == "" || !strings.Contains(p.Header.Get("Cache-Control"), "no-store") {
			t.Error("the page could be kept or indexed")
		}
		image := p.Find("main img").AttrOr("src", "")
		if got := anyone.Get(image); got.Status != http.StatusOK || !strings.HasPrefix(got.Header.Get("Content-Type"), "image/") {
			t.Errorf("the page of the piece: %d %s", got.Status, got.Header.Get("Content-Type"))
		}
		file := anyone.Get(paths.OpinionDocument(token, shown.ID.String()))
		if name := file.Header.Get("Content-Disposition"); file.Status != http.StatusOK || !strings.HasPrefix(name, "attachment") || strings.Contains(name, "Camille") {
			t.Errorf("%d %s", file.Status, name)
		}
		for _, path := range []string{paths.OpinionDocument(token, kept.ID.String()), paths.OpinionPage(token, kept.ID.String(), 1, 800),
			paths.OpinionPage("inconnu", shown.ID.String(), 1, 800), paths.Document(shown.ID.String()) + "/pages/1"} {
			if got := anyone.Get(path); got.Status == http.StatusOK {
				t.Errorf("%s: %d", path, got.Status)
			}
		}
	})
	t.Run("P18.2 signed in with the address that was asked, the same is reached without the link", func(t *testing.T) {
		var id string
		_ = w.DB.Pool.QueryRow(context.Background(), `SELECT id FROM opinions WHERE application_id = $1`, w.ID).Scan(&id)
		expert := w.Account(handlerstest.Manager, "Paule", "Expert")
		p := expert.Get(paths.MyOpinion(id))
		if p.Status != http.StatusOK || expert.Get(p.Find("main img").AttrOr("src", "")).Status != http.StatusOK {
			t.Errorf("%d", p.Status)
		}
		if got := w.Me.Get(paths.MyOpinion(id)).Status; got != http.StatusNotFound {
			t.Errorf("the applicant: %d", got)
		}
	})
	t.Run("P17.21 the applicant sees that someone consulted opened their file, never the opinion", func(t *testing.T) {
		p := w.Me.Get(paths.Consultations(w.ID.String()))
		if !strings.Contains(p.Find("main").Text(), "consultée pour avis") {
			t.Error("who opened is not told")
		}
		for _, path := range []string{paths.Application(w.ID.String()), paths.Consultations(w.ID.String()), paths.Pieces(w.ID.String())} {
			if body := w.Me.Get(path).Body; strings.Contains(body, "Le projet tient-il") || strings.Contains(body, handlerstest.Manager) {
				t.Errorf("%s tells of the opinion", path)
			}
		}
	})
	t.Run("P9.6 an expired link offers another; the opinion is then given once and read on the desk", func(t *testing.T) {
		w.Exec(`UPDATE links SET expires_at = $2 WHERE purpose = 'opinion' AND email = $1`, handlerstest.Manager, w.DB.Clock.Now())
		p := anyone.Get(paths.Opinion(token))
		if p.Status != http.StatusGone || p.Find(`form[action="`+paths.RenewOpinion(token)+`"]`).Length() != 1 || strings.Contains(p.Body, "responsable jeunesse") {
			t.Fatalf("%d", p.Status)
		}
		w.MoveClock(time.Second)
		if p = anyone.Post(paths.RenewOpinion(token), nil); p.Status != http.StatusOK || p.Find(".banner--ok").Length() != 1 {
			t.Fatalf("%d", p.Status)
		}
		fresh := paths.Opinion(opinionToken(w.World, w.ID))
		if p = anyone.Post(fresh, url.Values{"texte": {"Oui, mais"}}); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Find("#texte").Text(), "Oui, mais") {
			t.Errorf("%d", p.Status)
		}
		in := url.Values{"avis": {string(application.Reserved)}, "texte": {"Oui, mais\r\navec un stage"}}
		if p = anyone.Post(fresh, in); p.Status != http.StatusOK || !strings.Contains(p.Title(), "Merci") || strings.Contains(p.Body, "stage") {
			t.Errorf("%d %s", p.Status, p.Title())
		}
		if p = anyone.Post(fresh, url.Values{"avis": {"favourable"}, "texte": {"Oui"}}); p.Status != http.StatusConflict {
			t.Errorf("another one: %d", p.Status)
		}
		if text := officer.Get(paths.DeskApplication(w.ID.String())).Find("#avis").Text(); !strings.Contains(text, "avec un stage") || !strings.Contains(text, "Réservé") {
			t.Errorf("%s", text)
		}
	})
	t.Run("P9.6 a request taken back opens nothing", func(t *testing.T) {
		form := officer.Get(address).Form(address)
		for name, value := range map[string]string{"nom": "Autre", "courriel": "autre@example.org", "question": "Et vous ?"} {
			form.Set(name, value)
		}
		form.Set(officer.Get(address).Find(`#c-job_title`).AttrOr("name", ""), "job_title")
		officer.Post(address, form)
		token := opinionToken(w.World, w.ID)
		revoke := officer.Get(paths.DeskApplication(w.ID.String())).Find("#avis form").AttrOr("action", "")
		if p := officer.Post(revoke, nil); p.Status != http.StatusSeeOther {
			t.Fatalf("%d", p.Status)
		}
		if p := anyone.Get(paths.Opinion(token)); p.Status != http.StatusGone || strings.Contains(p.Body, "Et vous") {
			t.Errorf("%d", p.Status)
		}
	})
}
