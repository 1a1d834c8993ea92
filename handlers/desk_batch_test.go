package handlers_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"passerelle/handlers/handlerstest"
	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/people"
	"passerelle/models/verify"
	"passerelle/views/desk"
	"passerelle/views/paths"
)

// batch is the form of a rehearsal, with hidden fields and choices, and pairs over it.
func batch(page *handlerstest.Page, pairs ...string) url.Values {
	form := url.Values{}
	page.Find("[form=lot][name], #lot [name]").Each(func(_ int, in *goquery.Selection) {
		if in.Is("button, [type=radio]:not([checked])") {
			return
		}
		value := in.AttrOr("value", "")
		if in.Is("select") {
			value = in.Find("option[selected]").AttrOr("value", "")
		}
		form.Add(in.AttrOr("name", ""), value)
	})
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

func (s *deskSite) run(address string) {
	id := address[strings.LastIndexByte(address, '/')+1:]
	batch, err := parseBatch(id)
	if err == nil {
		err = application.RunBatch(context.Background(), s.DB, batch, people.OnBehalf)
	}
	if err != nil {
		s.T.Fatal(err)
	}
}

func parseBatch(id string) (models.ID, error) {
	var out models.ID
	return out, out.UnmarshalText([]byte(id))
}

func TestDeskBatch(t *testing.T) {
	s := newDeskSite(t)
	a, b := s.approved(), s.approved()
	chosen := url.Values{desk.NameChosen: {a.String(), b.String()}}

	t.Run("P9.1 the list can be chosen from, line by line or whole", func(t *testing.T) {
		page := s.helene.Get(paths.Desk())
		if n := page.Find("tbody input[type=checkbox][form=lot]").Length(); n != 2 {
			t.Errorf("%d boxes", n)
		}
		every := batch(page, desk.NameEvery, "1")
		if n := s.helene.Post(paths.DeskBatches(), every).Find("tbody tr[data-row]").Length(); n != 2 {
			t.Errorf("%d lines for all those found", n)
		}
	})
	t.Run("P9.4 a rehearsal shows what each one will get, and records nothing", func(t *testing.T) {
		page := s.helene.Post(paths.DeskBatches(), chosen)
		if page.Status != http.StatusOK || !strings.Contains(page.Title(), "Décider pour 2 personnes") || page.Find("[data-record]").Length() != 0 {
			t.Fatalf("%d %s", page.Status, page.Title())
		}
		page = s.helene.Post(paths.DeskBatches(), batch(page, "decision", "accepted", "message", "Bienvenue parmi nous"))
		if !strings.Contains(page.Title(), "Répétition : 2 décisions") || page.Find("[data-record]").Length() != 1 {
			t.Errorf("%s", page.Title())
		}
		text := page.Find("main").Text()
		for _, want := range []string{"Place 1", "Place 2", "Bienvenue parmi nous", "Rien n’est encore enregistré"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not shown: %s", want, text)
			}
		}
		if s.Count(`SELECT count(*) FROM decisions`) != 0 {
			t.Error("a decision was recorded")
		}
	})
	t.Run("P9.4 a refusal without its reason keeps every word", func(t *testing.T) {
		page := s.helene.Post(paths.DeskBatches(), chosen)
		page = s.helene.Post(paths.DeskBatches(), batch(page, "decision", "refused", "message", "Un mot", desk.NameNext, desk.NextRecord))
		if page.Status != http.StatusUnprocessableEntity || page.Find("#message").Text() == "" || page.Find(".error-summary").Length() != 1 {
			t.Errorf("%d\n%s", page.Status, page.Find("main").Text())
		}
	})
	t.Run("P9.4 the mail of the waiting list is true, whatever the seats", func(t *testing.T) {
		page := s.helene.Post(paths.DeskBatches(), chosen)
		page = s.helene.Post(paths.DeskBatches(), batch(page, "decision", "waitlisted"))
		if mail := page.Find("#apercu").Text(); strings.Contains(mail, "places de la session") || !strings.Contains(mail, "est placée sur la liste complémentaire") {
			t.Errorf("%s", mail)
		}
	})
	t.Run("P9.4 what was not rehearsed is not recorded: it is rehearsed, and what changed is said", func(t *testing.T) {
		first := s.helene.Post(paths.DeskBatches(), chosen)
		page := s.helene.Post(paths.DeskBatches(), batch(first, "decision", "accepted", desk.NameNext, desk.NextRecord))
		if page.Status != http.StatusConflict || !strings.Contains(page.Find(".banner").Text(), "Voici d’abord ce que chacun recevrait") {
			t.Errorf("never rehearsed: %d %s", page.Status, page.Find(".banner").Text())
		}
		page = s.helene.Post(paths.DeskBatches(), batch(first, "decision", "waitlisted"))
		inTwoDays := s.DB.Today().AddDate(0, 0, 2).Format("02/01/2006")
		for _, other := range []struct {
			what  string
			pairs []string
		}{
			{"la décision", []string{"decision", "accepted"}},
			{"la décision", []string{desk.NameFor + a.String(), "accepted"}},
			{"le motif ou le message", []string{"message", "Un mot de plus"}},
			{"la date de communication", []string{"communication", desk.ReleaseDate, desk.ReleaseDate, inTwoDays}},
			{"la liste des dossiers", []string{desk.NameChosen, a.String()}},
		} {
			again := s.helene.Post(paths.DeskBatches(), batch(page, append(other.pairs, desk.NameNext, desk.NextRecord)...))
			if banner := again.Find(".banner").Text(); again.Status != http.StatusConflict || !strings.Contains(banner, "ceci a changé : "+other.what+".") {
				t.Errorf("%v: %d %s", other.pairs, again.Status, banner)
			}
			if got := again.Find("[data-record]").Length(); got != 1 {
				t.Errorf("%v: the new rehearsal cannot be recorded", other.pairs)
			}
		}
		if n := s.Count(`SELECT count(*) FROM batches`); n != 0 {
			t.Errorf("%d batches recorded", n)
		}
	})
	t.Run("P9.4 recorded, each line says what happened; taken back, nothing is left of it", func(t *testing.T) {
		page := s.helene.Post(paths.DeskBatches(), chosen)
		page = s.helene.Post(paths.DeskBatches(), batch(page, "decision", "waitlisted", desk.NameFor+b.String(), "accepted", "communication", desk.ReleaseNow))
		answer := s.helene.Post(paths.DeskBatches(), batch(page, desk.NameNext, desk.NextRecord))
		if answer.Status != http.StatusSeeOther {
			t.Fatalf("%d %s", answer.Status, answer.Find("main").Text())
		}
		address := answer.Header.Get("Location")
		s.run(address)
		done := s.helene.Get(address)
		if n := strings.Count(done.Find("tbody").Text(), "Enregistrée"); n != 2 {
			t.Errorf("%s", done.Find("main").Text())
		}
		if s.Count(`SELECT count(*) FROM mails WHERE kind = 'decision'`) != 0 {
			t.Error("told before it can no longer be taken back")
		}
		if got := s.yanis.Get(address).Status; got != http.StatusNotFound {
			t.Errorf("a colleague sees it: %d", got)
		}
		for _, from := range []string{paths.Desk(), paths.DeskBatches()} {
			if s.helene.Get(from).Find(`main a[href="`+address+`"]`).Length() != 1 || s.yanis.Get(from).Find(`main a[href="`+address+`"]`).Length() != 0 {
				t.Errorf("P18.18 %s: the batch is found by its author alone", from)
			}
		}
		if row := s.helene.Get(paths.Desk()).Find("main").Text(); !strings.Contains(row, "Lot de 2 décisions enregistré à") {
			t.Error("the desk does not say until when it can be taken back")
		}
		s.helene.Follow(address+"/annulation", url.Values{})
		back := s.helene.Get(address)
		if dossier := s.helene.Get(paths.DeskApplication(b.String())).Find("body").Text(); !strings.Contains(dossier, "Décision retirée par vous") || !strings.Contains(dossier, "retirée avant") {
			t.Errorf("the dossier does not say what became of the decision: %s", dossier)
		}
		if back.Find("tbody .status--ok").Length() != 0 || strings.Count(back.Find("tbody").Text(), "Retirée") != 2 {
			t.Errorf("taken back: %s", back.Find("tbody").Text())
		}
		if s.helene.Get(paths.Desk()).Find(`main a[href="`+address+`"]`).Length() != 0 || s.helene.Get(paths.DeskBatches()).Find(`main a[href="`+address+`"]`).Length() != 1 {
			t.Error("taken back, it is on the list alone")
		}
		if s.Count(`SELECT count(*) FROM applications WHERE verdict <> ''`) != 0 || s.Count(`SELECT sum(seats_taken) FROM sessions`) != 0 {
			t.Error("something is left of it")
		}
		if found, _, err := verify.Run(t.Context(), s.DB); err != nil || len(found) > 0 {
			t.Errorf("%v %v", found, err)
		}
	})
	t.Run("P9.4 nothing chosen is said kindly", func(t *testing.T) {
		page := s.helene.Post(paths.DeskBatches(), url.Values{})
		if page.Status != http.StatusUnprocessableEntity || !strings.Contains(page.Find("main").Text(), "Choisissez au moins un dossier") {
			t.Errorf("%d", page.Status)
		}
	})
}
