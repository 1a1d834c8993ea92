package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"passerelle/handlers/handlerstest"
	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/verify"
	"passerelle/views/paths"
)

// deskSite is a world with two officers' browsers and applications to decide.
type deskSite struct {
	*handlerstest.World
	helene, yanis *handlerstest.Browser
	applicants    int
}

func newDeskSite(t *testing.T) *deskSite {
	t.Helper()
	w := handlerstest.NewWorld(t)
	everywhere := models.Grant{Role: models.RoleOfficer, Kind: models.ScopePortal}
	return &deskSite{World: w, helene: w.Account("helene@example.org", "Hélène", "Roussel", everywhere),
		yanis: w.Account("yanis@example.org", "Yanis", "Girard", everywhere)}
}

func (s *deskSite) applicant() *handlerstest.Browser {
	s.applicants++
	return s.Account(fmt.Sprintf("candidate%d@example.org", s.applicants), "Camille", "Martin")
}

func (s *deskSite) approved() models.ID {
	return s.Answered(s.applicant(), s.Course.Session, application.Approve)
}

func decision(page *handlerstest.Page, pairs ...string) url.Values {
	form := url.Values{}
	page.Find("#decider input[type=hidden]").Each(func(_ int, in *goquery.Selection) {
		form.Set(in.AttrOr("name", ""), in.AttrOr("value", ""))
	})
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

func TestDeskList(t *testing.T) {
	s := newDeskSite(t)
	id := s.approved()
	waiting := s.Submitted(s.applicant(), s.Course.Session)

	t.Run("P9.1 the desk opens on what waits for the officer, with counts", func(t *testing.T) {
		page := s.helene.Get(paths.Desk())
		if page.Status != http.StatusOK || page.Find("tbody tr").Length() != 1 || page.Find("#l-"+id.String()).Length() != 1 {
			t.Fatalf("status %d, %d lines\n%s", page.Status, page.Find("tbody tr").Length(), page.Find("main").Text())
		}
		row := page.Find("#l-" + id.String()).Text()
		for _, want := range []string{"Camille Martin", "Formation livre", "Librairie du Port", "À étudier", "PR-2026-"} {
			if !strings.Contains(row, want) {
				t.Errorf("the line does not say %q: %s", want, row)
			}
		}
		if got := page.Find("#f-etat").Text(); !strings.Contains(got, "Chez le supérieur") {
			t.Errorf("states: %s", got)
		}
	})
	t.Run("P9.1 search by name and by number, facets by address", func(t *testing.T) {
		if n := s.helene.Get(paths.DeskBy("q", "martin")).Find("tbody tr").Length(); n != 2 {
			t.Errorf("by name: %d lines", n)
		}
		number := s.Count(`SELECT number FROM applications WHERE id = $1`, waiting)
		if page := s.helene.Get(paths.DeskBy("q", strconv.Itoa(number))); page.Find("tbody tr").Length() != 1 || page.Find("#l-"+waiting.String()).Length() != 1 {
			t.Errorf("by number: %s", page.Find("tbody").Text())
		}
		if n := s.helene.Get(paths.DeskBy("etat", "chez-le-superieur")).Find("tbody tr").Length(); n != 1 {
			t.Errorf("by state: %d lines", n)
		}
		if page := s.helene.Get(paths.DeskBy("formation", s.Other.ID.String(), "vue", "toutes")); page.Find(".empty").Length() != 1 || page.Find("tbody tr").Length() != 0 {
			t.Errorf("another course: %s", page.Find("main").Text())
		}
		for _, odd := range []string{"?page=99999999999", "?page=-1&tri=x&sens=y&etat=x&formation=x&age=x&session=x", "?q=%25%5C%27"} {
			if page := s.helene.Get(paths.Desk() + odd); page.Status != http.StatusOK {
				t.Errorf("%s: %d", odd, page.Status)
			}
		}
	})
	t.Run("P2.5 an officer sees their scope, an applicant no desk", func(t *testing.T) {
		narrow := s.SignedIn(models.Grant{Role: models.RoleOfficer, Kind: models.ScopeCourse, Scope: s.Other.ID})
		if page := narrow.Get(paths.DeskBy("vue", "toutes")); page.Find("tbody tr").Length() != 0 {
			t.Errorf("narrow scope: %s", page.Find("main").Text())
		}
		if page := narrow.Get(paths.DeskApplication(id.String())); page.Status != http.StatusNotFound {
			t.Errorf("opened out of scope: %d", page.Status)
		}
		if page := s.applicant().Get(paths.Desk()); page.Status != http.StatusNotFound {
			t.Errorf("an applicant: %d", page.Status)
		}
	})
}

func TestDeskDecision(t *testing.T) {
	s := newDeskSite(t)
	open := func(b *handlerstest.Browser, id models.ID) *handlerstest.Page {
		page := b.Get(paths.DeskApplication(id.String()))
		if page.Status != http.StatusOK {
			t.Fatalf("status %d: %s", page.Status, page.Text())
		}
		return page
	}
	t.Run("P18.4 accept, then change before release", func(t *testing.T) {
		id := s.approved()
		page := open(s.helene, id)
		for _, want := range []string{"Librairie du Port", "Nouveau poste", "Luc Bernard", "Lien personnel", "12 libres sur 12", "une des 12 places"} {
			if !strings.Contains(strings.ToLower(page.Text()), strings.ToLower(want)) {
				t.Errorf("the page does not say %q", want)
			}
		}
		page = s.helene.Follow(paths.DeskDecision(id.String()), decision(page, "decision", "accepted", "message", "Bienvenue"))
		if text := page.Text(); !strings.Contains(text, "Décision enregistrée") || !strings.Contains(text, "À communiquer : retenue") || !strings.Contains(text, "11 libres sur 12") {
			t.Errorf("after: %s", text)
		}
		page = s.yanis.Follow(paths.DeskDecision(id.String()), decision(open(s.yanis, id), "decision", "waitlisted"))
		if text := page.Text(); !strings.Contains(text, "Liste complémentaire, rang 1") || !strings.Contains(text, "12 libres sur 12") {
			t.Errorf("changed: %s", text)
		}
		if n := s.Count(`SELECT count(*) FROM mails WHERE kind = 'decision'`); n != 0 {
			t.Errorf("%d mails before release", n)
		}
	})
	t.Run("P6.1 a refusal without a reason is refused at the field, the words kept", func(t *testing.T) {
		id := s.approved()
		page := s.helene.Post(paths.DeskDecision(id.String()), decision(open(s.helene, id), "decision", "refused", "message", "Des mots à garder"))
		if page.Status != http.StatusUnprocessableEntity || page.Find("#motif-erreur").Length() != 1 || page.Find(".error-summary a[href='#motif']").Length() != 1 {
			t.Errorf("status %d: %s", page.Status, page.Find(".error-summary").Text())
		}
		if page.Find("#message").Text() != "Des mots à garder" && strings.TrimSpace(page.Find("#message").Text()) != "Des mots à garder" || page.Find("input[value=refused][checked]").Length() != 1 {
			t.Errorf("the words were lost")
		}
		if s.Count(`SELECT count(*) FROM decisions WHERE application_id = $1`, id) != 0 {
			t.Errorf("a decision was recorded")
		}
		page = s.helene.Post(paths.DeskDecision(id.String()), decision(open(s.helene, id), "decision", "waitlisted", "rang", "deux"))
		if page.Status != http.StatusUnprocessableEntity || page.Find("#rang-erreur").Length() != 1 {
			t.Errorf("a rank in words: %d", page.Status)
		}
		if page = s.helene.Post(paths.DeskDecision(id.String()), url.Values{"decision": {"accepted"}, "version": {"x"}}); page.Status != http.StatusBadRequest {
			t.Errorf("a version in words: %d", page.Status)
		}
	})
	t.Run("P9.5 the second officer learns who decided what and when, their words kept", func(t *testing.T) {
		id := s.approved()
		seen := open(s.helene, id)
		if page := open(s.yanis, id); !strings.Contains(page.Find("#presence").Text(), "Hélène Roussel consulte ce dossier") {
			t.Errorf("presence: %s", page.Find("#presence").Text())
		}
		s.yanis.Follow(paths.DeskDecision(id.String()), decision(open(s.yanis, id), "decision", "on_hold", "motif", "Profil proche de Garnier"))
		page := s.helene.Post(paths.DeskDecision(id.String()), decision(seen, "decision", "accepted", "motif", "Prise de poste en janvier"))
		if page.Status != http.StatusConflict {
			t.Fatalf("status %d", page.Status)
		}
		card := page.Find("#conflit").Text()
		for _, want := range []string{"Yanis Girard a décidé à 12:00", "Mise en attente", "Profil proche de Garnier", "Retenue", "Prise de poste en janvier"} {
			if !strings.Contains(card, want) {
				t.Errorf("the card does not say %q: %s", want, card)
			}
		}
		form := url.Values{"motif": {"Prise de poste, après relecture"}}
		page.Find("#f-conflit input[type=hidden]").Each(func(_ int, in *goquery.Selection) { form.Set(in.AttrOr("name", ""), in.AttrOr("value", "")) })
		after := s.helene.Follow(paths.DeskDecision(id.String()), form)
		if !strings.Contains(after.Text(), "À communiquer : retenue") || s.Count(`SELECT count(*) FROM decisions WHERE application_id = $1`, id) != 2 {
			t.Errorf("decided instead: %s", after.Find("main").Text())
		}
	})
	t.Run("P9.5 what was told meanwhile is not decided again", func(t *testing.T) {
		id := s.approved()
		seen := open(s.helene, id)
		s.yanis.Follow(paths.DeskDecision(id.String()), decision(open(s.yanis, id), "decision", "accepted", "communication", "maintenant"))
		page := s.helene.Post(paths.DeskDecision(id.String()), decision(seen, "decision", "refused", "motif", "Mes mots"))
		if page.Status != http.StatusConflict || page.Find("#remplacer[aria-disabled=true]").Length() != 1 || !strings.Contains(page.Find("#motif").Text(), "Mes mots") {
			t.Errorf("status %d: %s", page.Status, page.Find("main").Text())
		}
	})
	t.Run("P17.15 a full session and a missing approval say why nothing can be decided", func(t *testing.T) {
		id := s.approved()
		seen := open(s.helene, id)
		s.Exec(`UPDATE sessions SET seats_elsewhere = capacity - seats_taken WHERE id = $1`, s.Course.Session)
		page := open(s.helene, id)
		if page.Find("input[value=accepted][disabled]").Length() != 1 || !strings.Contains(page.Find("#decider").Text(), "Impossible") {
			t.Errorf("a full session: %s", page.Find("#decider").Text())
		}
		page = s.helene.Post(paths.DeskDecision(id.String()), decision(seen, "decision", "accepted", "motif", "Mes mots"))
		if page.Status != http.StatusConflict || !strings.Contains(page.Text(), "Il ne reste aucune place") || !strings.Contains(page.Find("#motif").Text(), "Mes mots") {
			t.Errorf("no seat left: %d", page.Status)
		}
		s.Exec(`UPDATE sessions SET seats_elsewhere = 0 WHERE id = $1`, s.Course.Session)
		page = open(s.helene, s.Submitted(s.applicant(), s.Course.Session))
		if page.Find("#decider[aria-disabled=true]").Length() != 1 || !strings.Contains(page.Text(), "La décision attend l’accord de Luc Bernard") {
			t.Errorf("without approval: %s", page.Find("aside").Text())
		}
	})
	t.Run("P17.15 once the session has started, the page says why no seat is given and lets refuse", func(t *testing.T) {
		id := s.approved()
		s.Exec(`UPDATE sessions SET starts_on = starts_on - 400, opens_on = opens_on - 400, closes_on = closes_on - 400 WHERE id = $1`, s.Course.Session)
		defer s.Exec(`UPDATE sessions SET starts_on = starts_on + 400, opens_on = opens_on + 400, closes_on = closes_on + 400 WHERE id = $1`, s.Course.Session)
		page := open(s.helene, id)
		if page.Find("input[name=decision][disabled]").Length() != 2 || !strings.Contains(page.Find("#decider").Text(), "la session a commencé le") ||
			!strings.Contains(page.Text(), "en retard de") {
			t.Errorf("the page: %s", page.Find("main").Text())
		}
		page = s.helene.Follow(paths.DeskDecision(id.String()), decision(page, "decision", "refused", "motif", "Session commencée", "communication", "maintenant"))
		if page.Status != http.StatusOK || s.Count(`SELECT count(*) FROM applications WHERE id = $1 AND state = 'refused'`, id) != 1 {
			t.Errorf("refused: %d %s", page.Status, page.Find(".error-summary").Text())
		}
	})
	t.Run("P9.2 private notes are added, and an empty one is refused", func(t *testing.T) {
		id := s.approved()
		page := s.helene.Follow(paths.DeskNote(id.String()), url.Values{"note": {"Profil <b>proche</b>"}})
		if !strings.Contains(page.Find(".note").Text(), "Profil <b>proche</b>") {
			t.Errorf("note: %s", page.Find(".note").Text())
		}
		if page = s.helene.Post(paths.DeskNote(id.String()), url.Values{"note": {"  "}}); page.Status != http.StatusUnprocessableEntity || page.Find("#note-erreur").Length() != 1 {
			t.Errorf("empty note: %d", page.Status)
		}
	})
	t.Run("P9.2 one walks through the list from the page itself", func(t *testing.T) {
		rows := s.helene.Get(paths.DeskBy("vue", "toutes", "tri", "numero"))
		first := rows.Find("tbody tr th a").First().AttrOr("href", "")
		page := s.helene.Get(first)
		next := page.Find("a[rel=next]").AttrOr("href", "")
		if page.Status != http.StatusOK || next == "" || page.Find("a[rel=prev]").Length() != 0 {
			t.Fatalf("%s: next %q", first, next)
		}
		if page = s.helene.Get(next); page.Find("a[rel=prev]").Length() != 1 {
			t.Errorf("%s has no way back", next)
		}
	})
	t.Run("P6.7 no invariant is broken by all of it", func(*testing.T) { s.sound() })
}

// sound fails the test when an invariant is broken. The courses of the world
// are written without their search documents.
func (s *deskSite) sound() {
	s.T.Helper()
	found, _, err := verify.Run(context.Background(), s.DB)
	if err != nil {
		s.T.Error(err)
	}
	for _, v := range found {
		if v.Name != "every course can be found" {
			s.T.Error(v)
		}
	}
}

func TestDeskStuck(t *testing.T) {
	s := newDeskSite(t)
	stuck := func() models.ID {
		id := s.Submitted(s.applicant(), s.Course.Session)
		for range 4 {
			s.MoveClock(6 * 24 * time.Hour)
			if _, err := application.RemindApprovers(context.Background(), s.DB); err != nil {
				t.Fatal(err)
			}
		}
		s.MoveClock(-24 * 24 * time.Hour)
		return id
	}
	t.Run("P18.3 a validation in distress is on the desk: send again", func(t *testing.T) {
		id := stuck()
		if page := s.helene.Get(paths.Desk()); !strings.Contains(page.Find("#l-"+id.String()).Text(), "Validation en souffrance") {
			t.Fatalf("desk: %s", page.Find("main").Text())
		}
		page := s.helene.Follow(paths.DeskSendAgain(id.String()), nil)
		if !strings.Contains(page.Text(), "Nouvelle demande envoyée") {
			t.Errorf("after: %s", page.Find("main").Text())
		}
		if page = s.helene.Post(paths.DeskSendAgain(id.String()), nil); page.Status != http.StatusConflict {
			t.Errorf("sent twice: %d", page.Status)
		}
	})
	t.Run("P18.3 name another, never the applicant's own address", func(t *testing.T) {
		id := stuck()
		form := url.Values{"manager_last_name": {"Petit"}, "manager_first_name": {"Léa"}, "manager_function": {"Cheffe"}, "manager_email": {"CAMILLE@example.org"}}
		page := s.helene.Post(paths.DeskNameApprover(id.String()), form)
		if page.Status != http.StatusUnprocessableEntity || page.Find("#manager_email-erreur").Length() != 1 || page.Find("#manager_last_name").AttrOr("value", "") != "Petit" {
			t.Errorf("own address: %d %s", page.Status, page.Find(".error-summary").Text())
		}
		form.Set("manager_email", "lea.petit@mairie.example.org")
		if page = s.helene.Follow(paths.DeskNameApprover(id.String()), form); !strings.Contains(page.Text(), "Léa Petit") {
			t.Errorf("after: %s", page.Find("main").Text())
		}
	})
	t.Run("P18.3 close with a reason", func(t *testing.T) {
		id := stuck()
		if page := s.helene.Post(paths.DeskClose(id.String()), url.Values{}); page.Status != http.StatusUnprocessableEntity || page.Find("#motif_cloture-erreur").Length() != 1 {
			t.Errorf("without a reason: %d", page.Status)
		}
		page := s.helene.Follow(paths.DeskClose(id.String()), url.Values{"motif_cloture": {"Sans réponse de l’employeur"}})
		if !strings.Contains(page.Text(), "Dossier clos") {
			t.Errorf("after: %s", page.Find("main").Text())
		}
	})
	t.Run("P6.7 no invariant is broken by all of it", func(*testing.T) { s.sound() })
}
