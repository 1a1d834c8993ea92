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
	"passerelle/handlers/jobs"
	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/searching"
	"passerelle/search"
)

// pressed is where a form of the method GET leads, with a rhythm chosen.
func pressed(form *goquery.Selection, rhythm string) string {
	values := url.Values{"rythme": {rhythm}}
	form.Find("input[type=hidden]").Each(func(_ int, s *goquery.Selection) {
		values.Add(s.AttrOr("name", ""), s.AttrOr("value", ""))
	})
	if form.Find("select[name=rythme] option[value="+rhythm+"]").Length() != 1 {
		return "no such rhythm"
	}
	return form.AttrOr("action", "") + "?" + values.Encode()
}

func TestSavedSearches(t *testing.T) {
	t.Parallel()
	t.Run("P4.7 from the results to the list without JavaScript; a visitor signs in and comes back to save", func(t *testing.T) {
		t.Parallel()
		w := handlerstest.NewWorld(t)
		visitor := w.Visitor()
		results := visitor.Get("/recherche?q=formation&inscription=ouverte")
		href := pressed(results.Find("#enregistrer form"), "daily")
		if href != "/mes-recherches/nouvelle?inscription=ouverte&q=formation&rythme=daily" {
			t.Fatalf("%q", href)
		}
		asked := visitor.Get(href)
		if asked.Status != http.StatusSeeOther || !strings.Contains(asked.Location, url.QueryEscape(href)) {
			t.Fatalf("%d %q", asked.Status, asked.Location)
		}
		b := w.Account("alix@demo.example.org", "Alix", "Morel")
		page := b.Get(href)
		if name, _ := page.Find("#nom").Attr("value"); page.Status != http.StatusOK || name != "Formation, Ouverte aujourd’hui" {
			t.Errorf("%d %q", page.Status, name)
		}
		if rhythm, _ := page.Find("input[name=rythme][checked]").Attr("value"); rhythm != "daily" {
			t.Errorf("the rhythm is lost: %q", rhythm)
		}
		form := url.Values{"q": {"formation"}, "inscription": {"ouverte"}, "nom": {""}, "rythme": {"daily"}}
		if refused := b.Post("/mes-recherches", form); refused.Status != http.StatusUnprocessableEntity || refused.Find("#nom[aria-invalid=true]").Length() != 1 {
			t.Errorf("%d", refused.Status)
		}
		form.Set("nom", "Mes formations")
		if saved := b.Post("/mes-recherches", form); saved.Status != http.StatusSeeOther {
			t.Fatalf("%d", saved.Status)
		}
		list := b.Get("/mes-recherches")
		if got, _ := list.Find("main section h2 a").First().Attr("href"); got != "/recherche?q=formation&inscription=ouverte" {
			t.Errorf("%q", got)
		}
		if again := b.Get(href).Find(".banner").Text(); !strings.Contains(again, "Mes formations") {
			t.Errorf("the same search is not told: %q", again)
		}
	})
	t.Run("P4.6 from the advanced search of announcements to what watches for the next ones", func(t *testing.T) {
		t.Parallel()
		w := handlerstest.NewWorld(t)
		b := w.Account("alix@demo.example.org", "Alix", "Morel")
		page := b.Get("/annonces?q=juriste&region=53&specialite=K19&debut_du=01/03/2027&ouvertes=1")
		box := page.Find("#enregistrer")
		if href := pressed(box.Find("form"), "instant"); href != "/mes-recherches/nouvelle?inscription=ouverte&nature=annonce&q=juriste&region=53&rythme=instant" {
			t.Errorf("%q", href)
		}
		if text := box.Text(); !strings.Contains(text, "ne tient pas compte de : Spécialités et sous-spécialités, Début.") {
			t.Errorf("%q", text)
		}
		href, _ := box.Find("a").Attr("href")
		if href != "/mes-recherches/annonces?specialite=K19&region=53" {
			t.Fatalf("%q", href)
		}
		form := b.Get(href)
		if form.Status != http.StatusOK || form.Find("input[name=specialite][value=K19][checked]").Length() != 1 {
			t.Errorf("%d: what was sought is not proposed", form.Status)
		}
		if all := b.Get("/annonces").Find("#enregistrer"); !strings.Contains(all.Text(), "toutes celles qui paraissent") || all.Find("input[name=nature][value=annonce]").Length() != 1 {
			t.Errorf("%q", all.Text())
		}
	})
	t.Run("P4.7 news are listed until they are seen", func(t *testing.T) {
		t.Parallel()
		w := handlerstest.NewWorld(t)
		b := w.Account("alix@demo.example.org", "Alix", "Morel")
		words := search.NewPostgres(w.DB)
		compare := func() {
			if err := jobs.Alerts(context.Background(), jobs.Options{DB: w.DB, Words: words}, time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		compare()
		var id models.ID
		w.InTx(func(ctx context.Context, tx models.Tx) (err error) {
			id, err = searching.Save(ctx, tx, b.Actor, searching.SaveInput{Name: "Apiculture", Criteria: searching.Criteria{Words: "apiculture"}, Rhythm: searching.Never})
			return err
		})
		w.InTx(func(ctx context.Context, tx models.Tx) error {
			return catalogue.Put(ctx, tx, []catalogue.Document{{Kind: catalogue.KindProgramme, Object: tx.NewID(), Reference: "P.1", Title: "Apiculture tardive"}})
		})
		compare()
		list := b.Get("/mes-recherches")
		if got := list.Find("main li a[href='/diplomes/P.1']").Text(); got != "Apiculture tardive" {
			t.Errorf("%q", got)
		}
		if seen := b.Post("/mes-recherches/"+id.String()+"/vue", nil); seen.Status != http.StatusSeeOther {
			t.Errorf("%d", seen.Status)
		}
		if n := b.Get("/mes-recherches").Find("main li a[href='/diplomes/P.1']").Length(); n != 0 {
			t.Errorf("%d", n)
		}
	})
	t.Run("P4.6 a mail program ends mails at one press, from nowhere; a scanner that follows the link ends nothing", func(t *testing.T) {
		t.Parallel()
		w := handlerstest.NewWorld(t)
		b := w.Account("alix@demo.example.org", "Alix", "Morel")
		digest := w.DB.NewID()
		link, token := w.Link(models.LinkStopAlerts, digest, "alix@demo.example.org", time.Hour)
		w.Exec(`INSERT INTO alert_digests (id, account_id, rhythm, made_at, link_id) VALUES ($1, $2, 'daily', $3, $4)`, digest, b.Actor.Account, w.DB.Clock.Now(), link)
		w.InTx(func(ctx context.Context, tx models.Tx) error {
			_, err := searching.Save(ctx, tx, b.Actor, searching.SaveInput{Name: "x", Criteria: searching.Criteria{Words: "x"}, Rhythm: searching.Daily})
			return err
		})
		daily := func() int { return w.Count(`SELECT count(*) FROM saved_searches WHERE rhythm = 'daily'`) }
		for range 3 {
			if p := w.Visitor().Get("/alertes/courriels/" + token); p.Status != http.StatusOK || daily() != 1 {
				t.Fatalf("%d, %d", p.Status, daily())
			}
		}
		post := func(path string) int {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader("List-Unsubscribe=One-Click"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			answer, err := w.App.Test(r, -1)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			return answer.StatusCode
		}
		if status := post("/mes-recherches"); status != http.StatusForbidden {
			t.Errorf("another site's post elsewhere: %d", status)
		}
		if status := post("/alertes/recherche/" + token); status != http.StatusForbidden {
			t.Errorf("another site's post to the link that removes a search: %d", status)
		}
		for range 2 { // twice is once
			if status := post("/alertes/courriels/" + token); status != http.StatusOK || daily() != 0 {
				t.Errorf("%d, %d", status, daily())
			}
		}
		if p := w.Visitor().Get("/alertes/courriels/" + token); p.Status != http.StatusGone {
			t.Errorf("%d", p.Status)
		}
	})
	t.Run("P4.6 specialities and regions: both at once asks for one of each; nothing chosen ends the alert", func(t *testing.T) {
		t.Parallel()
		w := handlerstest.NewWorld(t)
		w.Exec(`INSERT INTO regions (code, no, name) VALUES ('53', 91, 'Bretagne') ON CONFLICT DO NOTHING`)
		b := w.Account("alix@demo.example.org", "Alix", "Morel")
		if p := b.Post("/mes-recherches/annonces", url.Values{"specialite": {"K", "Z"}, "ensemble": {"1"}, "rythme": {"daily"}}); p.Status != http.StatusUnprocessableEntity {
			t.Errorf("%d", p.Status)
		}
		if p := b.Post("/mes-recherches/annonces", url.Values{"specialite": {"K", "K21", "Z"}, "region": {"53", "999"}, "ensemble": {"1"}, "rythme": {"daily"}}); p.Status != http.StatusSeeOther {
			t.Errorf("%d", p.Status)
		}
		page := b.Get("/mes-recherches/annonces")
		if n := page.Find("input[type=checkbox][checked]").Length(); n != 2 {
			t.Errorf("%d boxes", n)
		}
		b.Post("/mes-recherches/annonces", url.Values{"rythme": {"daily"}, "ensemble": {"0"}})
		if n := w.Count(`SELECT count(*) FROM saved_searches`); n != 0 {
			t.Errorf("%d alerts", n)
		}
	})
}
