package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"passerelle/handlers/handlerstest"
	"passerelle/models"
	"passerelle/views/paths"
)

func TestCampaigns(t *testing.T) {
	w := handlerstest.NewWorld(t)
	start := paths.StartAdmission(w.Programme.Campaign.String())
	b := w.Visitor()
	t.Run("P3.3 the programme leads to its campaign, the tree too, a component as well", func(t *testing.T) {
		for _, path := range []string{"/diplomes/master-1", "/diplomes", "/diplomes?q=droit", "/diplomes/composantes/" + w.Programme.Code} {
			page := b.Get(path)
			if page.Status != http.StatusOK || page.Find("a[href='"+start+"']").Length() == 0 {
				t.Errorf("%s: %d, %d ways", path, page.Status, page.Find("a[href='"+start+"']").Length())
			}
		}
		if page := b.Get("/diplomes?q=chimie"); page.Find("#arbre .empty").Length() != 1 {
			t.Error("nothing says that nothing was found")
		}
		if page := b.Get("/diplomes/composantes/inconnue"); page.Status != http.StatusNotFound {
			t.Error(page.Status)
		}
	})
	t.Run("P6.2 the page explains, its button begins a draft before any account", func(t *testing.T) {
		page := b.Get(start)
		if page.Title() != "Candidater à ce diplôme" || page.Find("form[method=post][action='"+start+"']").Length() != 1 {
			t.Fatalf("%d %s", page.Status, page.Title())
		}
		begun := b.Post(start, nil)
		if begun.Status != http.StatusSeeOther || !strings.Contains(begun.Location, "/etapes/1") {
			t.Fatalf("%d to %s", begun.Status, begun.Location)
		}
		step := b.Get(begun.Location)
		if text := step.Find("main").Text(); !strings.Contains(text, "Droit privé") || strings.Contains(text, "pré-inscription") || strings.Contains(text, "Session du") {
			t.Errorf("the page speaks of something else: %.300s", text)
		}
	})
	t.Run("P6.2 a campaign has one address", func(t *testing.T) {
		if page := b.Get(paths.StartRegistration(w.Programme.Campaign.String())); page.Status != http.StatusSeeOther || page.Location != start {
			t.Errorf("%d to %s", page.Status, page.Location)
		}
		if page := b.Get(paths.StartAdmission(w.Course.Session.String())); page.Status != http.StatusSeeOther || page.Location != paths.StartRegistration(w.Course.Session.String()) {
			t.Errorf("%d to %s", page.Status, page.Location)
		}
	})
	t.Run("P17.15 a closed campaign says so, and nothing begins", func(t *testing.T) {
		closed := w.NewCampaign(w.Programme)
		w.Exec(`UPDATE sessions SET closes_on = '2026-11-01' WHERE id = $1`, closed)
		address := paths.StartAdmission(closed.String())
		if page := b.Get(address); !strings.Contains(page.Find("main").Text(), "La campagne est close") || page.Find("main form").Length() != 0 {
			t.Errorf("%.300s", page.Find("main").Text())
		}
		if page := b.Post(address, nil); page.Status != http.StatusConflict || !strings.Contains(page.Find("main").Text(), "La campagne est close") {
			t.Errorf("%d", page.Status)
		}
	})
	t.Run("P6.2 sent, it is an admission everywhere: receipt, dashboard, desk", func(t *testing.T) {
		candidate := w.Account("lea@demo.example.org", "Léa", "Petit")
		id := w.Admission(candidate, w.NewCampaign(w.Programme)).String()
		receipt := candidate.Get(paths.Receipt(id))
		if receipt.Title() != "Votre candidature est partie" || !strings.Contains(receipt.Find("main").Text(), "AD-2026-") {
			t.Errorf("%d %s", receipt.Status, receipt.Title())
		}
		for _, path := range []string{paths.Receipt(id), paths.Application(id), paths.MyApplications()} {
			text := candidate.Get(path).Find("main").Text()
			for _, word := range []string{"supérieur", "pré-inscription", "Pré-inscription", "Session du"} {
				if strings.Contains(text, word) {
					t.Errorf("%s speaks of %q", path, word)
				}
			}
		}
		officer := w.SignedIn(componentOfficer(w))
		if page := officer.Get(paths.DeskApplication(id)); page.Status != http.StatusOK || !strings.Contains(page.Find("main").Text(), "Université de Limoges") ||
			strings.Contains(page.Find("main").Text(), "Accord du supérieur") {
			t.Errorf("%d %.200s", page.Status, page.Find("main").Text())
		}
	})
}

// componentOfficer is the right over the component of the world's programme.
func componentOfficer(w *handlerstest.World) models.Grant {
	return models.Grant{Role: models.RoleOfficer, Kind: models.ScopeFaculty, Scope: w.Programme.Faculty}
}
