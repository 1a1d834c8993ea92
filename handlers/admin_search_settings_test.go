package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"passerelle/handlers/handlerstest"
	"passerelle/handlers/jobs"
	"passerelle/models"
	"passerelle/models/searching"
	"passerelle/search"
	"passerelle/views/paths"
)

func TestSearchSettings(t *testing.T) {
	s := handlerstest.New(t)
	shelf(t, s)
	everything := models.Grant{Role: models.RoleAdmin, Kind: models.ScopePortal}
	odile, luc := s.SignedIn(everything), s.SignedIn(everything)
	visitor := s.Visitor()
	at := paths.SearchSettings
	version := func(page *handlerstest.Page) string {
		v, _ := page.Find(`input[name=version]`).First().Attr("value")
		return v
	}
	send := func(b *handlerstest.Browser, act string, pairs ...string) *handlerstest.Page {
		form := url.Values{"version": {version(b.Get(at("")))}}
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return b.Post(at(act), form)
	}
	finds := func(text string) bool {
		return strings.Contains(visitor.Get(paths.Search(text)).Body, "FOR.1")
	}
	for i := range 4 {
		if err := searching.Note(context.Background(), s.DB, searching.Typed{Text: "chiffres", Visit: fmt.Sprint(i), Engine: "PostgreSQL"}); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("P14.1 a query that finds nothing becomes a synonym of the draft in one click", func(t *testing.T) {
		page := odile.Get(paths.Queries(searching.Without, 30))
		href, _ := page.Find(`table a[href*="reglages"]`).Attr("href")
		if page.Status != http.StatusOK || !strings.Contains(page.Text(), "chiffres") || href == "" {
			t.Fatal(page.Status, page.Text())
		}
		form := odile.Get(href)
		if from, _ := form.Find("#synonyme-de").Attr("value"); from != "chiffres" {
			t.Fatal(form.Body)
		}
		if p := send(odile, "synonymes", "de", "chiffres", "vers", "comptabilité"); p.Status != http.StatusSeeOther {
			t.Fatal(p.Status, p.Text())
		}
		if text := odile.Get(at("")).Text(); !strings.Contains(text, "ajouter « chiffres ⇄ comptabilité »") || finds("chiffres") {
			t.Fatal("the draft is not shown, or is in force already: ", text)
		}
	})
	t.Run("P17.23 a trial shows the order in force and that of the draft side by side", func(t *testing.T) {
		p := odile.Get(paths.AdminSearchTry("chiffres", ""))
		row := p.Find("#brouillon tbody tr").First()
		if !strings.Contains(row.Text(), "Entre") || row.Find("td").First().Text() != "–" || row.Find("td").Eq(1).Text() != "1" {
			t.Error(p.Find("#brouillon").Text())
		}
		if p = odile.Get(paths.AdminSearchTry("zqxwkj", "")); !strings.Contains(p.Find("#brouillon").Text(), "avec ou sans le brouillon") {
			t.Error(p.Text())
		}
	})
	t.Run("P14.1 what cannot be taken is said at the field, with what was typed", func(t *testing.T) {
		p := send(odile, "synonymes", "de", "paie", "vers", " ")
		if typed, _ := p.Find("#synonyme-de").Attr("value"); p.Status != http.StatusUnprocessableEntity || p.Find("#synonyme-de-erreur").Length() != 1 || typed != "paie" {
			t.Error(p.Status, p.Text())
		}
		p = send(odile, "poids", "title", "douze", "acronym", "3", "other", "1", "body", "1,5")
		if typed, _ := p.Find("#poids-title").Attr("value"); p.Status != http.StatusUnprocessableEntity || p.Find("#poids-title-erreur").Length() != 1 || p.Find("#poids-body-erreur").Length() != 0 || typed != "douze" {
			t.Error(p.Status, p.Text())
		}
		if p = send(odile, "mots", "mot", ""); p.Status != http.StatusUnprocessableEntity || p.Find("#mot-erreur").Length() != 1 {
			t.Error(p.Status, p.Text())
		}
	})
	t.Run("P14.1 two administrators at once: a 409 tells what the other did, and the same act again goes through", func(t *testing.T) {
		old := version(luc.Get(at("")))
		if p := send(odile, "mots", "mot", "formation"); p.Status != http.StatusSeeOther {
			t.Fatal(p.Status, p.Text())
		}
		p := luc.Post(at("synonymes"), url.Values{"version": {old}, "de": {"soins"}, "vers": {"infirmier"}, "sens": {"un"}})
		if p.Status != http.StatusConflict || !strings.Contains(p.Text(), "ignorer « formation »") {
			t.Fatal(p.Status, p.Text())
		}
		if typed, _ := p.Find("#synonyme-de").Attr("value"); typed != "soins" || p.Find("#synonyme-sens option[selected]").AttrOr("value", "") != "un" {
			t.Error("what was typed is lost")
		}
		if p = luc.Post(at("synonymes"), url.Values{"version": {version(p)}, "de": {"soins"}, "vers": {"infirmier"}, "sens": {"un"}}); p.Status != http.StatusSeeOther {
			t.Fatal(p.Status, p.Text())
		}
	})
	rehearse := func(b *handlerstest.Browser) string {
		t.Helper()
		p := b.Post(paths.Rehearsals(), url.Values{"version": {version(b.Get(at("")))}})
		if p.Status != http.StatusSeeOther {
			t.Fatal(p.Status, p.Text())
		}
		if waiting := b.Get(p.Location); !strings.Contains(waiting.Text(), "Va commencer") || waiting.Find(`#repetition[hx-get]`).Length() != 1 || !strings.Contains(waiting.Text(), "Actualiser") {
			t.Error(waiting.Text())
		}
		id := uuid.MustParse(p.Location[strings.LastIndexByte(p.Location, '/')+1:])
		if err := jobs.Rehearse(context.Background(), jobs.Options{DB: s.DB, Words: search.NewPostgres(s.DB)}, id); err != nil {
			t.Fatal(err)
		}
		return p.Location
	}
	t.Run("P17.23 a rehearsal shows figures and moves, and is stale once the draft changes", func(t *testing.T) {
		stale := rehearse(odile)
		page := odile.Get(stale)
		if text := page.Text(); !strings.Contains(text, "1 → 0") || !strings.Contains(text, "BTS comptabilité et gestion") || !strings.Contains(text, "Entre") || page.Find("#repetition[hx-get]").Length() != 0 {
			t.Error(text)
		}
		if !strings.Contains(page.Text(), "Comparé sur le moteur qui répond aux visiteurs, PostgreSQL") {
			t.Error("the engine is not told")
		}
		for _, why := range []string{searching.WhyDown, searching.WhyLarge, searching.WhyBehind} {
			if _, err := s.DB.Pool.Exec(t.Context(), `UPDATE search_rehearsals SET figures = figures || jsonb_build_object('serves', 'Meilisearch', 'why', $1::text)`, why); err != nil {
				t.Fatal(err)
			}
			if text := odile.Get(stale).Text(); !strings.Contains(text, "la comparaison est faite avec PostgreSQL") || !strings.Contains(text, "ne classent pas de la même façon") {
				t.Error(why, text)
			}
		}
		if p := send(luc, "mots/retrait", "mot", "formation"); p.Status != http.StatusSeeOther {
			t.Fatal(p.Status)
		}
		if p := odile.Get(stale); !strings.Contains(p.Text(), "ne vaut plus") || p.Find(`form[action$="/publication"]`).Length() != 0 {
			t.Error(p.Text())
		}
		if p := odile.Post(stale+"/publication", nil); p.Status != http.StatusConflict || finds("chiffres") {
			t.Error(p.Status)
		}
	})
	t.Run("P17.23 what is published is in force, in the log, and taken back in one click", func(t *testing.T) {
		if p := odile.Post(rehearse(odile)+"/publication", nil); p.Status != http.StatusSeeOther || p.Location != paths.Publications() {
			t.Fatal(p.Status, p.Text())
		}
		if !finds("chiffres") {
			t.Error("not in force")
		}
		log := luc.Get(paths.Publications())
		if text := log.Text(); !strings.Contains(text, "ajouter « chiffres ⇄ comptabilité »") || !strings.Contains(text, "En vigueur") {
			t.Error(text)
		}
		back := log.Find(`form[action$="/retour"]`)
		if back.Length() != 1 {
			t.Fatal(back.Length())
		}
		latest, _ := back.Find("input[name=derniere]").Attr("value")
		if p := luc.Post(back.AttrOr("action", ""), url.Values{"derniere": {latest}}); p.Status != http.StatusSeeOther || finds("chiffres") {
			t.Error(p.Status)
		}
		if p := odile.Post(back.AttrOr("action", ""), url.Values{"derniere": {latest}}); p.Status != http.StatusConflict {
			t.Error("taken back twice:", p.Status)
		}
		if text := odile.Get(paths.Publications()).Text(); !strings.Contains(text, "Retour au réglage n° 1") {
			t.Error(text)
		}
	})
	t.Run("P17.23 a draft is dropped, and one that changes nothing is not rehearsed", func(t *testing.T) {
		send(odile, "mots", "mot", "stage")
		ask := odile.Get(at("abandon"))
		if !strings.Contains(ask.Text(), "stage") || ask.Find("form[action$='/abandon'] input[name=version]").Length() != 1 {
			t.Error("what would be forgotten is not asked:", ask.Text())
		}
		if odile.Get(at("")).Find("form[action$='/abandon']").Length() != 0 {
			t.Error("one press of the draft's page gives it up")
		}
		if p := send(odile, "abandon"); p.Status != http.StatusSeeOther {
			t.Fatal(p.Status)
		}
		if p := odile.Post(paths.Rehearsals(), url.Values{"version": {version(odile.Get(at("")))}}); p.Status != http.StatusUnprocessableEntity {
			t.Error(p.Status)
		}
		if p := odile.Get(at("abandon")); p.Status != http.StatusSeeOther {
			t.Error("an empty draft is asked about:", p.Status)
		}
	})
}
