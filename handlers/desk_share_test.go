package handlers_test

import (
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

func TestAssignment(t *testing.T) {
	t.Parallel()
	w := handlerstest.NewWorld(t)
	portal := models.Grant{Role: models.RoleOfficer, Kind: models.ScopePortal}
	officer := w.SignedIn(portal)
	rita := w.Account("rita@demo.example.org", "Rita", "Local", models.Grant{Role: models.RoleOfficer, Kind: models.ScopeCourse, Scope: w.Course.ID})
	paul := w.Account("paul@demo.example.org", "Paul", "Noir", models.Grant{Role: models.RoleOfficer, Kind: models.ScopeCourse, Scope: w.Other.ID})
	camille := w.Account("camille@demo.example.org", "Camille", "Fontaine")
	first := w.Answered(camille, w.NewSession(w.Course), application.Approve)
	second := w.Answered(camille, w.NewSession(w.Course), application.Approve)

	t.Run("P9.6 an application is confided from its page; only who may treat it is offered", func(t *testing.T) {
		address := paths.DeskAssignment(first.String())
		p := officer.Get(paths.DeskApplication(first.String()))
		options := p.Find(`form[action="` + address + `"] option`).Text()
		if !strings.Contains(options, "Rita Local") || strings.Contains(options, "Paul Noir") {
			t.Errorf("offered: %s", options)
		}
		if p = officer.Post(address, url.Values{"gestionnaire": {paul.Actor.Account.String()}}); p.Status != http.StatusUnprocessableEntity || p.Find(".error-summary a").Length() != 1 {
			t.Errorf("out of scope: %d", p.Status)
		}
		if p = officer.Post(address, url.Values{"gestionnaire": {rita.Actor.Account.String()}}); p.Status != http.StatusSeeOther {
			t.Fatalf("%d", p.Status)
		}
		text := officer.Get(p.Location).Find("main, aside").Text()
		if !strings.Contains(text, "Rita Local") || !strings.Contains(text, "Dossier confié par") {
			t.Error("neither the page nor its history tell")
		}
	})
	t.Run("P9.6 those chosen in the list are confided together, and what could not be is told", func(t *testing.T) {
		form := officer.Get(paths.Desk()).Form(paths.DeskBatches())
		form["c"] = []string{first.String(), second.String()}
		form.Set("gestionnaire", rita.Actor.Account.String())
		p := officer.Post(paths.DeskAssignments(), form)
		if p.Status != http.StatusSeeOther {
			t.Fatalf("%d", p.Status)
		}
		if p = officer.Get(p.Location); p.Find("#fait").Length() != 1 || p.Find(`td:contains("Rita Local")`).Length() != 2 {
			t.Errorf("%d lines are hers", p.Find(`td:contains("Rita Local")`).Length())
		}
		form.Set("gestionnaire", paul.Actor.Account.String())
		if p = officer.Get(officer.Post(paths.DeskAssignments(), form).Location); p.Find(".banner--bad").Length() != 1 {
			t.Error("what could not be confided is not told")
		}
		form.Del("gestionnaire")
		if p = officer.Get(officer.Post(paths.DeskAssignments(), form).Location); p.Find(".banner--bad").Length() != 1 {
			t.Error("nobody was chosen, and it is not told")
		}
	})
	t.Run("P9.1 the facet shows what is assigned to me", func(t *testing.T) {
		for b, want := range map[*handlerstest.Browser]int{rita: 2, officer: 0} {
			if n := b.Get(paths.DeskBy("vue", "toutes", "affecte", "moi")).Find("[data-row]").Length(); n != want {
				t.Errorf("%d lines, want %d", n, want)
			}
		}
	})
	t.Run("P9.6 during an absence the delegate acts in their own name, and it is written; then it is over", func(t *testing.T) {
		page := paths.DeskDelegations()
		today := w.DB.Today()
		in := url.Values{"gestionnaire": {paul.Actor.Account.String()}, "du": {today.Format("02/01/2006")}, "au": {today.AddDate(0, 0, -1).Format("02/01/2006")}}
		if p := rita.Post(page, in); p.Status != http.StatusUnprocessableEntity || p.Find("#du").AttrOr("value", "") == "" {
			t.Errorf("%d", p.Status)
		}
		if p := paul.Get(paths.DeskApplication(first.String())); p.Status != http.StatusNotFound {
			t.Fatalf("before: %d", p.Status)
		}
		in.Set("au", today.AddDate(0, 0, 2).Format("02/01/2006"))
		if p := rita.Post(page, in); p.Status != http.StatusSeeOther || rita.Get(p.Location).Find("#fait").Length() != 1 {
			t.Fatalf("%d", p.Status)
		}
		if p := paul.Get(paths.DeskBy("vue", "toutes", "affecte", "moi")); p.Find("[data-row]").Length() != 2 || !strings.Contains(p.Find(".banner").Text(), "Vous remplacez Rita Local") {
			t.Errorf("%d lines %s", p.Find("[data-row]").Length(), p.Find(".banner").Text())
		}
		if p := paul.Post(paths.DeskNote(first.String()), url.Values{"note": {"Vu"}}); p.Status != http.StatusSeeOther {
			t.Fatalf("%d", p.Status)
		}
		if text := rita.Get(paths.DeskApplication(first.String())).Find("main").Text(); !strings.Contains(text, "Paul Noir (par délégation de Rita Local)") {
			t.Error("the history does not tell")
		}
		w.MoveClock(3 * 24 * time.Hour)
		paul.SignIn("paul@demo.example.org")
		if p := paul.Get(paths.DeskApplication(first.String())); p.Status != http.StatusNotFound {
			t.Errorf("after: %d", p.Status)
		}
	})
	t.Run("P9.1 the preview tells what matters, and that it was read; it is nobody's out of scope", func(t *testing.T) {
		officer := w.SignedIn(portal)
		p := officer.Get(paths.DeskPreview(first.String()))
		if p.Status != http.StatusOK || !strings.Contains(p.Find("h2").Text(), "Camille Martin") || p.Find(`a[href^="`+paths.DeskApplication(first.String())+`"]`).Length() == 0 {
			t.Errorf("%d %s", p.Status, p.Body)
		}
		if n := w.Count(`SELECT count(*) FROM consultations WHERE application_id = $1 AND account_id = $2 AND kind = 'dossier'`, first, officer.Actor.Account); n != 1 {
			t.Error("P17.21 the reading is not written")
		}
		if n := w.Count(`SELECT count(*) FROM presences WHERE application_id = $1 AND account_id = $2`, first, officer.Actor.Account); n != 0 {
			t.Error("P9.5 a glance marks present")
		}
		paul.SignIn("paul@demo.example.org")
		if p := paul.Get(paths.DeskPreview(first.String())); p.Status != http.StatusNotFound {
			t.Errorf("out of scope: %d", p.Status)
		}
	})
}
