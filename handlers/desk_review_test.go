package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"passerelle/handlers/handlerstest"
	"passerelle/handlers/jobs/mail"
	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/models/form"
	"passerelle/models/mailbox"
	"passerelle/models/modelstest"
	"passerelle/views/paths"
)

// reviewSite is a world whose applications ask for documents.
type reviewSite struct {
	*deskSite
	session models.ID
	who     *handlerstest.Browser // the last applicant
}

func newReviewSite(t *testing.T) *reviewSite {
	s := &reviewSite{deskSite: newDeskSite(t)}
	s.session = s.NewSession(s.Course)
	text := func(fr string) form.Text { return form.Text{FR: fr} }
	s.InTx(func(ctx context.Context, tx models.Tx) error {
		list, err := dossier.SaveList(ctx, tx, models.Operator(), dossier.List{Key: "relecture", Name: text("Relecture"), Specs: []dossier.Spec{
			{Key: "cv", Kind: dossier.KindCV, Title: text("Curriculum vitæ"), Formats: []string{"pdf"}, MaxBytes: 5 << 20, Required: true, Fields: []string{"job_title"},
				Reasons: []form.Text{text("Illisible"), text("Pas la bonne pièce")}},
			{Key: "identite", Kind: dossier.KindIdentity, Title: text("Pièce d’identité"), Formats: []string{"pdf"}, MaxBytes: 5 << 20, Required: true,
				Sides: []form.Text{text("recto"), text("verso")}, EndDate: true},
			{Key: "lettre", Kind: dossier.KindLetter, Title: text("Lettre"), Formats: []string{"pdf"}, MaxBytes: 5 << 20},
		}})
		if err == nil {
			_, err = tx.PGX.Exec(ctx, `UPDATE sessions SET requirement_list_id = $2 WHERE id = $1`, s.session, list)
		}
		return err
	})
	return s
}

// slots are the requirements of an application, by key, as its owner sees them.
func (s *reviewSite) slots(id models.ID) map[string]dossier.Requirement {
	s.T.Helper()
	out := map[string]dossier.Requirement{}
	s.InTx(func(ctx context.Context, tx models.Tx) error {
		papers, err := application.Documents(ctx, tx, s.who.Actor, id)
		for _, r := range papers.Requirements {
			out[r.Spec.Key] = r
		}
		return err
	})
	return out
}

func (s *reviewSite) deposit(id models.ID, key string, place int) dossier.Document {
	s.T.Helper()
	var d dossier.Document
	requirement := s.slots(id)[key].ID
	s.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		d, err = modelstest.Deposit(ctx, tx, s.who.Actor, id, requirement, place, fmt.Sprint(key, place, tx.NewID()))
		return err
	})
	return d
}

// received is a new application with its documents, approved by the line manager.
func (s *reviewSite) received() models.ID {
	s.T.Helper()
	s.who = s.applicant()
	id := s.Begin(s.who, s.session)
	for _, one := range []struct {
		key   string
		place int
	}{{"cv", 1}, {"identite", 1}, {"identite", 2}} {
		s.deposit(id, one.key, one.place)
	}
	s.MoveClock(time.Minute)
	s.Fill(s.who, id)
	posted := s.Recap(s.who, id)
	s.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := application.Submit(ctx, tx, s.who.Actor, id, application.SubmitInput{Posted: posted})
		return err
	})
	s.MoveClock(time.Minute)
	token := s.ApprovalToken(id)
	s.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := application.AnswerByToken(ctx, tx, models.Actor{Kind: models.ActorAnonymous, Lang: "fr"}, token, application.AnswerInput{Answer: application.Approve})
		return err
	})
	return id
}

func (s *reviewSite) open(b *handlerstest.Browser, id models.ID, pairs ...string) *handlerstest.Page {
	s.T.Helper()
	page := b.Get(paths.With(paths.DeskReview(id.String()), pairs...))
	if page.Status != http.StatusOK {
		s.T.Fatalf("status %d: %s", page.Status, page.Text())
	}
	return page
}

// posted is a form of the page as a browser without a script sends it, with other values.
func posted(page *handlerstest.Page, selector string, pairs ...string) (action string, values url.Values) {
	f := page.Find(selector).First()
	values = url.Values{}
	f.Find("input, textarea").Each(func(_ int, in *goquery.Selection) {
		_, off := in.Attr("checked")
		if kind := in.AttrOr("type", "text"); (kind == "checkbox" || kind == "radio") && !off {
			return
		}
		value := in.AttrOr("value", "")
		if in.Is("textarea") {
			value = strings.TrimPrefix(in.Text(), "\n")
		}
		if name := in.AttrOr("name", ""); name != "" {
			values.Add(name, value)
		}
	})
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return f.AttrOr("action", ""), values
}

func current(page *handlerstest.Page) string {
	return strings.TrimSpace(page.Find(".piece[aria-current] .strong").Text())
}

// behind asks as the script does.
func behind(b *handlerstest.Browser, method, path, target string, values url.Values) *handlerstest.Page {
	r := httptest.NewRequest(method, path, strings.NewReader(values.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	r.Header.Set("HX-Request", "true")
	r.Header.Set("HX-Target", target)
	return b.Do(r)
}

func TestReview(t *testing.T) {
	s := newReviewSite(t)
	id := s.received()
	t.Run("P7.6 pieces, page, declared answers and verdict on one screen, without a script", func(t *testing.T) {
		page := s.open(s.helene, id)
		if got := page.Find("#r-pieces [data-r-piece]").Length(); got != 4 {
			t.Errorf("%d pieces", got)
		}
		if current(page) != "Curriculum vitæ" || page.Find(`#r-page img[src*="/pages/1?largeur="]`).Length() != 1 {
			t.Errorf("on screen: %q, %s", current(page), page.Find("#r-page").Text())
		}
		side := page.Find("#r-avis").Text()
		for _, want := range []string{"Bibliothécaire", "Ce que la personne lira", "Illisible", "PDF de 2 pages"} {
			if !strings.Contains(side, want) {
				t.Errorf("the side does not say %q", want)
			}
		}
		if next := page.Find(`#r-page a[data-r-act="next"]`).AttrOr("href", ""); !strings.Contains(next, "page=2") || !strings.Contains(s.helene.Get(next).Find("#r-page").Text(), "page 2 sur 2") {
			t.Errorf("next page: %q", next)
		}
	})
	t.Run("P7.6 a verdict leads to the next piece to judge, the last one says so", func(t *testing.T) {
		page := s.open(s.helene, id)
		action, values := posted(page, "#r-verdict", "avis", "valid")
		page = s.helene.Follow(action, values)
		if current(page) != "Pièce d’identité, recto" || !strings.Contains(page.Find("#r-alerte").Text(), "Verdict enregistré") {
			t.Errorf("then %q: %s", current(page), page.Find("#r-alerte").Text())
		}
		if line := page.Find(`[data-r-piece="cv"]`); line.AttrOr("data-standing", "") != "valid" || !strings.Contains(line.Text(), "Validée") {
			t.Errorf("the line: %s", line.Text())
		}
		action, values = posted(page, "#r-verdict", "avis", "valid", "valable", "03/08/2031")
		page = s.helene.Follow(action, values)
		if current(page) != "Pièce d’identité, verso" || !strings.Contains(page.Find(`[data-r-piece="identite"]`).Text(), "jusqu’au 3 août 2031") {
			t.Errorf("then %q: %s", current(page), page.Find("#r-pieces").Text())
		}
		action, values = posted(page, "#r-verdict", "avis", "refused", "motif", "autre", "motif_libre", "Illisible au verso", "mot", "Photographiez-la à plat.")
		page = s.helene.Follow(action, values)
		if !strings.Contains(page.Find("#r-alerte").Text(), "Toutes les pièces") || !strings.Contains(page.Find(`[data-r-piece="identite.2"]`).Text(), "Refusée : Illisible au verso") {
			t.Errorf("at the end: %s", page.Find("main").Text())
		}
	})
	t.Run("P7.6 taken back, a verdict leaves the piece to review", func(t *testing.T) {
		page := s.open(s.helene, id, "piece", "cv")
		_, values := posted(page, "#r-verdict")
		page = s.helene.Follow(page.Find("[data-r-undo]").AttrOr("formaction", ""), values)
		if current(page) != "Curriculum vitæ" || page.Find(`[data-r-piece="cv"]`).AttrOr("data-standing", "") != "todo" {
			t.Errorf("%s", page.Find("main").Text())
		}
	})
	t.Run("P7.6 a refusal without a reason comes back with its words", func(t *testing.T) {
		page := s.open(s.helene, id, "piece", "cv")
		action, values := posted(page, "#r-verdict", "avis", "refused")
		page = s.helene.Post(action, values)
		if page.Status != http.StatusUnprocessableEntity || page.Find("#r-motif-erreur").Length() != 1 {
			t.Errorf("%d: %s", page.Status, page.Find("#r-avis").Text())
		}
		action, values = posted(page, "#r-verdict", "avis", "valid", "mot", "Des mots à garder", "valable", "jamais")
		if page = s.helene.Post(action, values); page.Status != http.StatusUnprocessableEntity && !strings.Contains(page.Find("#r-mot").Text(), "Des mots à garder") {
			t.Errorf("%d: %s", page.Status, page.Find("#r-avis").Text())
		}
	})
	t.Run("P17.7 the script gets the panes, or the list alone", func(t *testing.T) {
		at := paths.With(paths.DeskReview(id.String()), "piece", "cv")
		if page := behind(s.helene, http.MethodGet, at, "contenu", nil); page.Find("#r-page").Length() != 1 || page.Find("header").Length() != 0 {
			t.Errorf("panes: %.300s", page.Text())
		}
		if page := behind(s.helene, http.MethodGet, at, "r-pieces", nil); page.Find("#r-page").Length() != 0 || page.Find("#r-pieces").Length() != 1 {
			t.Errorf("list: %.300s", page.Text())
		}
		action, values := posted(s.open(s.helene, id, "piece", "cv"), "#r-verdict", "avis", "valid")
		page := behind(s.helene, http.MethodPost, action, "r-pieces", values)
		if page.Status != http.StatusOK || page.Find(`[data-r-piece="cv"]`).AttrOr("data-standing", "") != "valid" || page.Find("#r-page").Length() != 0 {
			t.Errorf("%d %s", page.Status, page.Text())
		}
	})
}

// figures are how far the review is as each screen says it.
func (s *reviewSite) figures(id models.ID) []string {
	line := s.helene.Get("/bureau").Find(`a[data-review][href*="` + id.String() + `"]`)
	line.Find(".sr-only").Remove()
	out := []string{}
	for _, text := range []string{line.Text(), s.open(s.helene, id).Find("[data-r-figures]").Text(), s.helene.Get(paths.DeskApplication(id.String())).Find(`a[data-key="o"]`).Text()} {
		out = append(out, strings.Join(strings.Fields(text), " "))
	}
	return out
}

func TestReviewFigures(t *testing.T) {
	s := newReviewSite(t)
	id := s.received()
	want := func(list, review, button string) {
		t.Helper()
		if got := s.figures(id); got[0] != list || got[1] != review || !strings.HasPrefix(got[2], button) {
			t.Errorf("%q", got)
		}
	}
	t.Run("P17.7 list, review and application's page count alike", func(t *testing.T) {
		want("3 pièces, 3 à relire", "3 pièces, 3 à relire", "Relire 3 pièces")
		action, values := posted(s.open(s.helene, id, "piece", "cv"), "#r-verdict", "avis", "to_complete", "mot", "Datez-le.")
		s.helene.Post(action, values)
		want("3 pièces, 2 à relire", "3 pièces, 2 à relire", "Relire 2 pièces")
	})
	t.Run("P17.8 asked again, a piece awaits the person: nobody is told to read it", func(t *testing.T) {
		_, values := posted(s.helene.Get(paths.DeskComplement(id.String())), "#complement", "mot", "Datez votre CV.", "faire", "envoyer")
		if page := s.helene.Post(paths.DeskComplement(id.String()), values); page.Status != http.StatusSeeOther {
			t.Fatalf("%d %s", page.Status, page.Find("main").Text())
		}
		s.MoveClock(time.Minute)
		s.deposit(id, "cv", 1)
		if got := s.open(s.helene, id).Find("[data-r-figures]").Text(); strings.TrimSpace(got) != "3 pièces, 2 à relire" {
			t.Errorf("%q", got)
		}
	})
}

func TestReviewTogether(t *testing.T) {
	s := newReviewSite(t)
	id := s.received()
	t.Run("P9.5 the second verdict on a piece judged meanwhile is refused with what changed, words kept", func(t *testing.T) {
		mine, theirs := s.open(s.helene, id), s.open(s.yanis, id)
		action, values := posted(theirs, "#r-verdict", "avis", "to_complete", "mot", "Datez-le.")
		if page := s.yanis.Post(action, values); page.Status != http.StatusSeeOther {
			t.Fatalf("%d", page.Status)
		}
		action, values = posted(mine, "#r-verdict", "avis", "refused", "motif", "Illisible", "mot", "La page 2 est coupée.")
		page := s.helene.Post(action, values)
		card := page.Find("#conflit").Text()
		if page.Status != http.StatusConflict || !strings.Contains(card, "Yanis Girard") || !strings.Contains(card, "Datez-le.") || !strings.Contains(card, "La page 2 est coupée.") {
			t.Fatalf("%d %s", page.Status, card)
		}
		if got := strings.TrimSpace(page.Find("#r-mot").Text()); got != "La page 2 est coupée." {
			t.Errorf("kept: %q", got)
		}
		action, values = posted(page, "#r-verdict", "avis", "refused", "motif", "Illisible", "mot", "La page 2 est coupée.")
		if page = s.helene.Follow(action, values); !strings.Contains(page.Find(`[data-r-piece="cv"]`).Text(), "Refusée : Illisible") {
			t.Errorf("given all the same: %s", page.Find("#r-pieces").Text())
		}
	})
	t.Run("P9.5 each sees the other present", func(t *testing.T) {
		if text := s.open(s.helene, id).Find("#r-presence").Text(); !strings.Contains(text, "Yanis Girard") {
			t.Errorf("%q", text)
		}
	})
	t.Run("P9.5 a dossier read ahead shows nobody present", func(t *testing.T) {
		other := s.received()
		r := httptest.NewRequest(http.MethodGet, paths.DeskReview(other.String()), nil)
		r.Header.Set("HX-Request", "true")
		r.Header.Set("Passerelle-Ahead", "1")
		if page := s.helene.Do(r); page.Status != http.StatusOK || s.Count(`SELECT count(*) FROM presences WHERE application_id = $1`, other) != 0 {
			t.Errorf("%d", page.Status)
		}
	})
	t.Run("P17.7 a remark is pinned to a page, changed by its author alone, taken away", func(t *testing.T) {
		page := s.open(s.helene, id, "piece", "cv", "page", "2")
		action, values := posted(page, "[data-r-remark-form]", "texte", "La date manque.", "endroit", "31")
		page = s.helene.Follow(action, values)
		note := page.Find("[data-r-remarks] .note")
		if note.Length() != 1 || !strings.Contains(note.Text(), "La date manque.") || page.Find(".pin-of").Length() != 1 {
			t.Fatalf("%s", page.Find("#r-avis").Text())
		}
		if again := behind(s.helene, http.MethodPost, action, "contenu", url.Values{"texte": {""}, "page": {"2"}, "endroit": {"22"}}); again.Status != http.StatusUnprocessableEntity {
			t.Errorf("empty: %d", again.Status)
		}
		change, values := posted(page, "[data-r-edit]", "texte", "La date et le lieu manquent.")
		if other := s.yanis.Post(change, values); other.Status != http.StatusConflict {
			t.Errorf("a colleague: %d", other.Status)
		}
		if page = s.helene.Follow(change, values); !strings.Contains(page.Find("[data-r-remarks]").Text(), "et le lieu") {
			t.Errorf("%s", page.Find("#r-avis").Text())
		}
		if page = s.helene.Follow(page.Find("[data-r-edit] button[formaction]").AttrOr("formaction", ""), values); page.Find("[data-r-remarks] .note").Length() != 0 {
			t.Errorf("%s", page.Find("#r-avis").Text())
		}
	})
	t.Run("P17.7 an answer agrees with the piece or differs", func(t *testing.T) {
		page := s.open(s.helene, id, "piece", "cv")
		page = s.helene.Follow(page.Find("[data-r-match]").AttrOr("action", ""), url.Values{"concorde": {"job_title=non"}})
		if page.Find(`[value="job_title=non"]`).AttrOr("aria-pressed", "") != "true" || !strings.Contains(page.Find("#r-verdict").Text(), "Ouvrir aussi la réponse") {
			t.Errorf("%s", page.Find("#r-avis").Text())
		}
	})
}

// mail is the queued mail of a kind, as the job that sends it writes it.
func (s *reviewSite) mail(kind mailbox.Kind) *goquery.Document {
	s.T.Helper()
	var message mail.Message
	s.InTx(func(ctx context.Context, tx models.Tx) error {
		var id models.ID
		err := tx.PGX.QueryRow(ctx, `SELECT id FROM mails WHERE kind = $1`, models.Prepared, string(kind)).Scan(&id)
		if err != nil {
			return err
		}
		row, err := mailbox.ByID(ctx, tx, id)
		if err != nil {
			return err
		}
		p := s.Portal
		message, err = mail.Renderer{BaseURL: p.BaseURL, From: p.MailFrom, Service: p.Operator.Name, Contact: p.Operator.Contact, Rights: p.Operator.DataOfficer}.Render(ctx, tx, row)
		return err
	})
	document, err := goquery.NewDocumentFromReader(strings.NewReader(message.HTML))
	if err != nil {
		s.T.Fatal(err)
	}
	return document
}

func TestComplement(t *testing.T) {
	s := newReviewSite(t)
	id := s.received()
	for _, one := range [][]string{{"cv", "to_complete"}, {"identite", "valid"}, {"identite.2", "valid"}} {
		action, values := posted(s.open(s.helene, id, "piece", one[0]), "#r-verdict", "avis", one[1], "mot", "Datez-le.")
		if page := s.helene.Post(action, values); page.Status != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", one[0], page.Status, page.Find("#r-avis").Text())
		}
	}
	slots := s.slots(id)
	complement := paths.DeskComplement(id.String())
	t.Run("P9.3 what the verdicts call for is ticked, and shown as the applicant will read it", func(t *testing.T) {
		page := s.helene.Get(complement)
		if _, on := page.Find("#p-" + slots["cv"].ID.String()).Attr("checked"); !on || page.Find(`[name=pieces][checked]`).Length() != 1 {
			t.Errorf("%s", page.Find("#complement").Text())
		}
		if text := page.Find("#apercu").Text(); !strings.Contains(text, "Curriculum vitæ") || !strings.Contains(text, "Datez-le.") {
			t.Errorf("preview: %s", text)
		}
		_, values := posted(page, "#complement", "mot", "Encore un effort.", "faire", "apercu")
		page = s.helene.Post(complement, values)
		if page.Status != http.StatusOK || !strings.Contains(page.Find("#apercu").Text(), "Encore un effort.") || s.Count(`SELECT count(*) FROM information_requests`) != 0 {
			t.Errorf("%d %s", page.Status, page.Find("#apercu").Text())
		}
	})
	t.Run("P9.3 nothing ticked, no message, a date that has passed: said by field", func(t *testing.T) {
		page := s.helene.Post(complement, url.Values{"faire": {"envoyer"}, "etat": {fmt.Sprint(s.Count(`SELECT version FROM applications WHERE id = $1`, id))}, "echeance": {"01/01/2020"}})
		if page.Status != http.StatusUnprocessableEntity || page.Find("[data-error-summary] li").Length() != 3 {
			t.Errorf("%d %s", page.Status, page.Find("main").Text())
		}
	})
	t.Run("P9.3 a document asked for without a word leaves for nobody, and nothing typed is lost", func(t *testing.T) {
		identity := slots["identite"].ID.String()
		page := s.helene.Get(complement)
		if page.Find("[name=pieces]").Length() != 3 {
			t.Errorf("%d boxes for three documents", page.Find("[name=pieces]").Length())
		}
		_, values := posted(page, "#complement", "mot", "Deux choses.", "faire", "envoyer")
		values.Add("pieces", identity)
		page = s.helene.Post(complement, values)
		if page.Status != http.StatusUnprocessableEntity || s.Count(`SELECT count(*) FROM information_requests`) != 0 {
			t.Fatalf("%d", page.Status)
		}
		if link := page.Find(`[data-error-summary] a[href="#mot_` + identity + `"]`); link.Length() != 1 || !strings.Contains(link.Text(), "Écrivez ce qui est à revoir") {
			t.Errorf("%s", page.Find("[data-error-summary]").Text())
		}
		if page.Find("[name=mot]").Text() != "Deux choses." || page.Find("[name=pieces][checked]").Length() != 2 {
			t.Error("something typed was lost")
		}
		values.Set("mot_"+identity, "Le recto est coupé à gauche.")
		values.Set("faire", "apercu")
		if text := s.helene.Post(complement, values).Find("#apercu").Text(); !strings.Contains(text, "Le recto est coupé à gauche.") {
			t.Errorf("preview: %s", text)
		}
		if n := s.Count(`SELECT count(*) FROM verdicts WHERE superseded_at IS NULL AND kind = 'to_complete'`); n != 1 {
			t.Errorf("a preview kept %d words", n)
		}
	})
	t.Run("P9.3 a day that no calendar has is said so, and no preview announces it", func(t *testing.T) {
		_, values := posted(s.helene.Get(complement), "#complement", "mot", "Datez-le.", "echeance", "31/02/2027", "faire", "envoyer")
		page := s.helene.Post(complement, values)
		if page.Status != http.StatusUnprocessableEntity || !strings.Contains(page.Find("[data-error-summary]").Text(), "Le 31/02/2027 n’existe pas") {
			t.Errorf("%d %s", page.Status, page.Find("[data-error-summary]").Text())
		}
		if page.Find("#apercu .courriel").Length() != 0 || !strings.Contains(page.Find("#apercu").Text(), "n’existe pas") {
			t.Errorf("preview: %s", page.Find("#apercu").Text())
		}
		values.Set("echeance", "bientôt")
		if text := s.helene.Post(complement, values).Find("[data-error-summary]").Text(); !strings.Contains(text, "en chiffres") {
			t.Errorf("%s", text)
		}
	})
	t.Run("P9.2 the application's page lists each document with its state, its version and the way to its review", func(t *testing.T) {
		pieces := s.helene.Get(paths.DeskApplication(id.String())).Find("#pieces")
		text := pieces.Text()
		for _, want := range []string{"Curriculum vitæ", "Datez-le.", "Pièce d’identité", "verso", "Lettre", "Version 1"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not said: %s", want, text)
			}
		}
		if pieces.Find(`tbody a[href*="piece=identite.2"]`).Length() != 1 || pieces.Find("tbody .status--ok").Length() != 2 {
			t.Errorf("%s", text)
		}
		if pieces.Find(`a[href="`+paths.DeskArchive(id.String())+`"]`).Length() != 1 {
			t.Error("P9.7 no way to the ZIP")
		}
	})
	t.Run("P17.8 sent once, only what is asked is open, and its answer comes first", func(t *testing.T) {
		action, note := posted(s.open(s.helene, id, "piece", "cv"), "[data-r-remark-form]", "texte", "La page est blanche.", "endroit", "31")
		s.helene.Post(action, note)
		_, values := posted(s.helene.Get(complement), "#complement", "mot", "Datez votre CV.", "faire", "apercu")
		preview := s.helene.Post(complement, values)
		values.Set("faire", "envoyer")
		page := s.helene.Follow(complement, values)
		sent := s.mail(mailbox.InformationAsked)
		shown := preview.Find("#apercu .courriel")
		if words := strings.Fields(shown.Text()); len(words) < 30 || strings.Join(words, " ") != strings.Join(strings.Fields(sent.Find(".courriel").Text()), " ") {
			t.Errorf("the preview is not the mail sent:\n%s\n%s", words, sent.Text())
		}
		if subject := sent.Find("title").Text(); !strings.Contains(preview.Find("#apercu").Text(), subject) {
			t.Errorf("its subject is not shown: %s", subject)
		}
		if !strings.Contains(sent.Text(), "La page est blanche.") {
			t.Error("the remark is not in the mail")
		}
		if !strings.Contains(page.Find("#r-alerte").Text(), "Demande envoyée") || s.Count(`SELECT count(*) FROM mails WHERE kind LIKE 'information%'`) != 1 {
			t.Fatalf("%s, %d mails", page.Find("#r-alerte").Text(), s.Count(`SELECT count(*) FROM mails WHERE kind LIKE 'information%'`))
		}
		if history := s.helene.Get(paths.DeskApplication(id.String())).Find("[aria-labelledby=t-hist]").Text(); !strings.Contains(history, "Demandé : Curriculum vitæ.") {
			t.Errorf("P9.3 the history does not say what was asked: %s", history)
		}
		for key, r := range s.slots(id) {
			if r.Open != (key == "cv") {
				t.Errorf("%s is open: %v", key, r.Open)
			}
		}
		s.MoveClock(5 * time.Minute)
		s.deposit(id, "cv", 1)
		s.MoveClock(time.Minute)
		s.InTx(func(ctx context.Context, tx models.Tx) error {
			_, err := application.Retransmit(ctx, tx, s.who.Actor, id, application.RetransmitInput{})
			return err
		})
		page = s.open(s.helene, id)
		if first := page.Find(`#r-pieces .review__list`).First(); first.AttrOr("aria-labelledby", "") != "r-change" || first.Find("li").Length() != 1 || !strings.Contains(first.Text(), "Version 2, à relire") {
			t.Errorf("first: %s", first.Text())
		}
		if kept := page.Find(`ul[aria-labelledby="r-autres"]`).Text(); strings.Count(kept, "Validée") != 2 {
			t.Errorf("verdicts of the others: %s", kept)
		}
		if page.Find(`a[data-r-act="compare"]`).Length() != 1 {
			t.Error("the new version is not compared with the former one")
		}
		both := s.helene.Get(page.Find(`a[data-r-act="compare"]`).AttrOr("href", ""))
		if both.Find(".viewer__pair .viewer__sheet").Length() != 2 {
			t.Errorf("side by side: %s", both.Find("#r-page").Text())
		}
	})
}

func TestReviewAccess(t *testing.T) {
	s := newReviewSite(t)
	id := s.received()
	document := s.slots(id)["cv"].Documents[0].ID.String()
	narrow := s.SignedIn(models.Grant{Role: models.RoleOfficer, Kind: models.ScopeCourse, Scope: s.Other.ID})
	for name, b := range map[string]*handlerstest.Browser{"the applicant": s.who, "an officer elsewhere": narrow} {
		t.Run("P2.5 nothing of the review is there for "+name, func(t *testing.T) {
			for _, path := range []string{paths.DeskReview(id.String()), paths.DeskComplement(id.String())} {
				if page := b.Get(path); page.Status != http.StatusNotFound {
					t.Errorf("GET %s: %d", path, page.Status)
				}
			}
			for _, path := range []string{paths.DocumentVerdict(document), paths.DocumentVerdictUndo(document), paths.DocumentRemarks(document), paths.DocumentMatch(document), paths.DeskComplement(id.String())} {
				values := url.Values{"avis": {"valid"}, "concorde": {"job_title=oui"}, "texte": {"x"}, "page": {"1"}, "endroit": {"22"}, "etat": {"1"}, "faire": {"envoyer"}}
				if page := b.Post(path, values); page.Status != http.StatusNotFound {
					t.Errorf("POST %s: %d", path, page.Status)
				}
			}
			if n := s.Count(`SELECT count(*) FROM verdicts`) + s.Count(`SELECT count(*) FROM remarks`); n != 0 {
				t.Errorf("%d words were kept", n)
			}
		})
	}
	t.Run("P2.5 an application without pieces says so", func(t *testing.T) {
		bare := s.approved()
		if page := s.open(s.helene, bare); !strings.Contains(page.Text(), "ne demande aucune pièce") {
			t.Errorf("%s", page.Find("main").Text())
		}
	})
	t.Run("P9.2 the walk keeps the list that led here", func(t *testing.T) {
		page := s.open(s.helene, id, "etat", "a-etudier", "rang", "1")
		next := page.Find(`a[data-r-go="j"]`).AttrOr("href", "")
		if !strings.Contains(next, "/relecture?") || !strings.Contains(next, "etat=a-etudier") || !strings.Contains(next, "rang=2") {
			t.Errorf("next: %q", next)
		}
		if href := page.Find(".piece").First().AttrOr("href", ""); !strings.Contains(href, "etat=a-etudier") {
			t.Errorf("piece: %q", href)
		}
	})
}
