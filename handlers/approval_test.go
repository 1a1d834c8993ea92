package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/handlers/handlerstest"
	"passerelle/models/application"
	"passerelle/views/paths"
)

func TestApprovalPages(t *testing.T) {
	w := handlerstest.NewWorld(t)
	applicant := w.Account("camille@demo.example.org", "Camille", "Fontaine")
	boss := w.Account(handlerstest.Manager, "Luc", "Bernard")
	t.Run("P18.2 who signs in with the same address finds the request and answers it", func(t *testing.T) {
		id := w.Submitted(applicant, w.NewSession(w.Course))
		list := boss.Get(paths.MyApprovals())
		href := list.Find(`.dossier__next a`).AttrOr("href", "")
		if list.Status != http.StatusOK || !strings.HasPrefix(href, paths.MyApprovals()+"/") {
			t.Fatalf("%d %q", list.Status, href)
		}
		if p := w.SignedIn().Get(href); p.Status != http.StatusNotFound {
			t.Errorf("another account: %d", p.Status)
		}
		p := boss.Get(href)
		form := p.Form(href)
		form.Set("reponse", "approve")
		if p = boss.Post(href, form); p.Status != http.StatusOK || !strings.Contains(p.Title(), "Merci") {
			t.Errorf("%d %s", p.Status, p.Title())
		}
		if n := w.Count(`SELECT count(*) FROM approvals WHERE application_id = $1 AND strength = 'account'`, id); n != 1 {
			t.Error("the strength of the identity is not kept")
		}
		if p = boss.Get(paths.MyApprovals()); p.Find(".dossier").Length() != 0 || p.Find("tbody tr").Length() != 1 {
			t.Errorf("%d waiting, %d answered", p.Find(".dossier").Length(), p.Find("tbody tr").Length())
		}
	})
	t.Run("P6.1 an expired link offers a new one to the same address", func(t *testing.T) {
		id := w.Submitted(applicant, w.NewSession(w.Course))
		token := w.ApprovalToken(id)
		w.Exec(`UPDATE links SET expires_at = $2 WHERE subject_id IN (SELECT id FROM approvals WHERE application_id = $1)`, id, w.DB.Clock.Now())
		p := w.Visitor().Get(paths.Approval(token))
		if p.Status != http.StatusGone || p.Find(`form[action="`+paths.RenewApproval(token)+`"]`).Length() != 1 || strings.Contains(p.Body, "Camille") {
			t.Fatalf("%d", p.Status)
		}
		w.MoveClock(time.Second)
		if p = w.Visitor().Post(paths.RenewApproval(token), nil); p.Status != http.StatusOK || p.Find(".banner--ok").Length() != 1 {
			t.Errorf("%d", p.Status)
		}
		if p = w.Visitor().Get(paths.Approval(w.ApprovalToken(id))); p.Status != http.StatusOK {
			t.Errorf("the new link: %d", p.Status)
		}
		if p = w.Visitor().Get(paths.Approval("inconnu")); p.Status != http.StatusNotFound {
			t.Errorf("an unknown link: %d", p.Status)
		}
	})
	t.Run("P6.1 two different answers: the second is told that one was given", func(t *testing.T) {
		id := w.Submitted(applicant, w.NewSession(w.Course))
		token := w.ApprovalToken(id)
		w.Visitor().Post(paths.Approval(token), url.Values{"reponse": {"approve"}})
		p := w.Visitor().Post(paths.Approval(token), url.Values{"reponse": {"refuse"}, "motif": {"Non"}})
		if p.Status != http.StatusConflict || strings.Contains(p.Text(), "Camille Martin") {
			t.Errorf("%d", p.Status)
		}
	})
	t.Run("P18.2 not my staff: the applicant names somebody else, never themselves", func(t *testing.T) {
		id := w.Answered(applicant, w.NewSession(w.Course), application.NotMyStaff).String()
		page := applicant.Get(paths.MyApplications())
		if page.Find(`.dossier--turn a[href="`+paths.LineManager(id)+`"]`).Length() == 0 {
			t.Fatal("the dashboard does not say that it is their turn")
		}
		form := applicant.Get(paths.LineManager(id)).Form(paths.LineManager(id))
		for name, value := range map[string]string{"manager_last_name": "Petit", "manager_first_name": "Anne", "manager_function": "Cheffe", "manager_email": "CAMILLE+chef@demo.example.org"} {
			form.Set(name, value)
		}
		p := applicant.Post(paths.LineManager(id), form)
		if p.Status != http.StatusUnprocessableEntity || p.Find("#manager_email-erreur").Length() != 1 || p.Find("#manager_last_name").AttrOr("value", "") != "Petit" {
			t.Fatalf("own address: %d", p.Status)
		}
		form.Set("manager_email", strings.ToUpper(handlerstest.Manager))
		p = applicant.Post(paths.LineManager(id), form)
		if p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Find("#manager_email-erreur").Text(), "déjà répondu") {
			t.Fatalf("who said no already: %d", p.Status)
		}
		form.Set("manager_email", "anne.petit@mairie.example.org")
		if p = applicant.Follow(paths.LineManager(id), form); !strings.Contains(p.Text(), "Chez Anne Petit") {
			t.Errorf("%d %s", p.Status, p.Find(".status").Text())
		}
	})
}

func TestPlacePages(t *testing.T) {
	w := handlerstest.NewWorld(t)
	applicant := w.Account("camille@demo.example.org", "Camille", "Fontaine")
	t.Run("P18.4 a decision recorded and not told stays unknown to the applicant", func(t *testing.T) {
		id := w.Decided(applicant, w.NewSession(w.Course), application.VerdictRefused, false)
		p := applicant.Get(paths.Application(id.String()))
		if strings.Contains(p.Text(), "Motif écrit") || !strings.Contains(p.Find(".status").Text(), "À l’étude") {
			t.Errorf("%s", p.Find(".status").Text())
		}
	})
	t.Run("P18.5 a promised place is confirmed once", func(t *testing.T) {
		id := w.Decided(applicant, w.NewSession(w.Course), application.VerdictAccepted, true)
		w.Exec(`UPDATE applications SET confirm_by = $2 WHERE id = $1`, id, w.DB.Today().AddDate(0, 0, 7))
		page := applicant.Get(paths.MyApplications())
		if page.Find(`form[action="`+paths.ConfirmPlace(id.String())+`"]`).Length() != 1 {
			t.Fatal("no button to confirm")
		}
		for range 2 {
			if p := applicant.Follow(paths.ConfirmPlace(id.String()), nil); p.Status != http.StatusOK || !strings.Contains(p.Find(".status").Text(), "Place confirmée") {
				t.Errorf("%d %s", p.Status, p.Find(".status").Text())
			}
		}
		if p := w.SignedIn().Post(paths.DeclinePlace(id.String()), nil); p.Status != http.StatusNotFound {
			t.Errorf("somebody else: %d", p.Status)
		}
	})
	t.Run("P6 withdrawal asks first, and somebody else cannot", func(t *testing.T) {
		id := w.Submitted(applicant, w.NewSession(w.Course)).String()
		if p := applicant.Get(paths.Withdraw(id)); p.Status != http.StatusOK || p.Find(`form[action="`+paths.Withdraw(id)+`"]`).Length() != 1 {
			t.Fatal(p.Status)
		}
		if p := w.SignedIn().Post(paths.Withdraw(id), nil); p.Status != http.StatusNotFound {
			t.Errorf("somebody else: %d", p.Status)
		}
		if p := applicant.Follow(paths.Withdraw(id), nil); !strings.Contains(p.Find(".status").Text(), "Désistement") {
			t.Errorf("%s", p.Find(".status").Text())
		}
		if p := applicant.Get(paths.Withdraw(id)); p.Status != http.StatusSeeOther {
			t.Errorf("withdrawn already: %d", p.Status)
		}
	})
	t.Run("P18.14 the receipt gives date, number, service, contact and what silence means", func(t *testing.T) {
		id := w.Submitted(applicant, w.NewSession(w.Course)).String()
		text := applicant.Get(paths.Receipt(id)).Find("#t-recu").Closest("section").Text()
		for _, word := range []string{"PR-2026-", "22 novembre 2026", "Service", "Contact", "silence"} {
			if !strings.Contains(text, word) {
				t.Errorf("%q is missing", word)
			}
		}
	})
}
