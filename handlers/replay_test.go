package handlers_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/handlers/handlerstest"
	"passerelle/models"
)

const (
	theirs    = "camille@demo.example.org"
	notTheirs = "noe@demo.example.org"
)

// lapse ends the sign-in of a browser from elsewhere, as an evening away does.
func lapse(w *hostileWorld, b *handlerstest.Browser) {
	w.T.Helper()
	w.Exec(`UPDATE sign_ins SET idle_until = $2 WHERE id = $1`, b.Actor.SignIn, w.DB.Clock.Now())
}

// signIn fills the sign-in form of a page.
func signIn(b *handlerstest.Browser, p *handlerstest.Page, email string) *handlerstest.Page {
	form := p.Form("/connexion")
	form.Set("email", email)
	form.Set("password", handlerstest.Password)
	return b.Post("/connexion", form)
}

func TestReplay(t *testing.T) {
	w := newHostile(t)
	me := w.Account(theirs, "Camille", "Fontaine")
	stranger := w.Account(notTheirs, "Noé", "Marchand").Actor.Account
	begin := func() models.ID { return w.Begin(me, w.NewSession(w.Course)) }
	const typed = "Ce que Camille écrivait quand sa session a pris fin"
	// late posts a step with a sign-in that has just ended.
	late := func(t *testing.T, id models.ID) (*handlerstest.Browser, *handlerstest.Page) {
		t.Helper()
		b := w.Visitor()
		b.SignIn(theirs)
		path, form := stepForm(t, b, id, 3)
		form.Set("missions", typed)
		form.Set("_go", "suite")
		lapse(w, b)
		return b, b.Post(path, form)
	}

	t.Run("P18.10 a form posted with an ended session shows sign-in, and is kept sealed", func(t *testing.T) {
		id := begin()
		_, p := late(t, id)
		w.page(t, p, http.StatusUnauthorized)
		if p.Form("/connexion").Get("replay") == "" {
			t.Error("the sign-in form does not carry what was posted")
		}
		if got := w.answerOfKey(id, "missions"); got != "" {
			t.Errorf("it was saved before anybody signed in: %s", got)
		}
		var body []byte
		if err := w.DB.Pool.QueryRow(t.Context(), `SELECT body FROM replays ORDER BY id DESC LIMIT 1`).Scan(&body); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(body, []byte("Camille")) || bytes.Contains(body, []byte("missions")) {
			t.Error("it is kept in clear")
		}
		if strings.Contains(p.Body, typed) {
			t.Error("the page shows it to whoever sits there now")
		}
	})
	t.Run("P18.10 it is sent again once for the same account", func(t *testing.T) {
		id := begin()
		b, p := late(t, id)
		form := p.Form("/connexion")
		form.Set("email", theirs)
		form.Set("password", handlerstest.Password)
		after := b.Post("/connexion", form)
		w.page(t, after, http.StatusSeeOther)
		if want := fmt.Sprintf("/candidatures/%s/etapes/4", id); after.Location != want {
			t.Errorf("leads to %s, want the step after the one posted", after.Location)
		}
		if got := w.answerOfKey(id, "missions"); !strings.Contains(got, typed) {
			t.Errorf("kept %q", got)
		}
		ops := w.Count(`SELECT count(*) FROM answer_ops WHERE application_id = $1`, id)
		me := w.Visitor()
		me.SignIn(theirs)
		path, other := stepForm(t, me, id, 3)
		other.Set("missions", "Autre chose, plus tard")
		me.Post(path, other)
		for range 3 {
			w.page(t, b.Post("/connexion", form), http.StatusSeeOther)
		}
		if got := w.answerOfKey(id, "missions"); !strings.Contains(got, "Autre chose") {
			t.Errorf("an old form came back: %q", got)
		}
		if n := w.Count(`SELECT count(*) FROM answer_ops WHERE application_id = $1`, id); n != ops+1 {
			t.Errorf("%d operations, want %d", n, ops+1)
		}
	})
	t.Run("P18.10 never for another account, and it still waits for its own", func(t *testing.T) {
		id := begin()
		b, p := late(t, id)
		other := b.Clone()
		w.page(t, signIn(other, p, notTheirs), http.StatusSeeOther)
		if got := w.answerOfKey(id, "missions"); got != "" {
			t.Errorf("it was saved by another account: %s", got)
		}
		if n := w.Count(`SELECT count(*) FROM events WHERE subject_id = $1 AND actor_id = $2`, id, stranger); n != 0 {
			t.Error("another account left its mark")
		}
		w.page(t, signIn(b, p, theirs), http.StatusSeeOther)
		if got := w.answerOfKey(id, "missions"); !strings.Contains(got, typed) {
			t.Errorf("its own account lost it: %q", got)
		}
	})
	t.Run("P18.10 never after its time, never with a wrong password, never by a made-up name", func(t *testing.T) {
		id := begin()
		b, p := late(t, id)
		form := p.Form("/connexion")
		form.Set("email", theirs)
		form.Set("password", "Ce-n-est-pas-le-bon-1")
		refused := b.Post("/connexion", form)
		w.page(t, refused, http.StatusUnprocessableEntity)
		if refused.Form("/connexion").Get("replay") != form.Get("replay") {
			t.Error("a wrong password lost what was kept")
		}
		for _, name := range []string{"", "garbage", unknown, "'; DELETE FROM replays; --"} {
			form.Set("password", handlerstest.Password)
			form.Set("replay", name)
			w.page(t, w.Visitor().Post("/connexion", form), http.StatusSeeOther)
		}
		w.MoveClock(3 * time.Hour)
		defer w.MoveClock(-3 * time.Hour)
		w.page(t, signIn(w.Visitor(), p, theirs), http.StatusSeeOther)
		if got := w.answerOfKey(id, "missions"); got != "" {
			t.Errorf("it was sent after its time: %s", got)
		}
	})
	t.Run("P18.10 at every step, for somebody whose cookie is gone too", func(t *testing.T) {
		for step, key := range map[int]string{1: "birth_name", 2: "job_title", 3: "missions", 4: "manager_last_name"} {
			id := begin()
			b := w.Visitor()
			b.SignIn(theirs)
			path, form := stepForm(t, b, id, step)
			if step == 2 { // the question is asked once its condition holds
				w.Write(b, id, 2, "status", "private_employee")
				path, form = stepForm(t, b, id, step)
			}
			form.Set(key, typed)
			b.Forget("passerelle")
			p := b.Post(path, form)
			w.page(t, p, http.StatusUnauthorized)
			signIn(b, p, theirs)
			if got := w.answerOfKey(id, key); !strings.Contains(got, typed) {
				t.Errorf("step %d lost it: %q", step, got)
			}
		}
	})
	t.Run("P6.7 a submission sent again after sign-in makes one application and one receipt", func(t *testing.T) {
		id := begin()
		w.Fill(me, id)
		b := w.Visitor()
		b.SignIn(theirs)
		posted := url.Values(w.Recap(b, id))
		lapse(w, b)
		path := fmt.Sprintf("/candidatures/%s/transmission", id)
		first, second := b.Post(path, posted), b.Post(path, posted)
		for _, p := range []*handlerstest.Page{first, second, first} {
			after := signIn(b.Clone(), p, theirs)
			w.page(t, after, http.StatusSeeOther)
		}
		if n := w.Count(`SELECT count(*) FROM submissions WHERE application_id = $1`, id); n != 1 {
			t.Errorf("%d submissions", n)
		}
		if n := w.Count(`SELECT count(*) FROM mails WHERE kind = 'receipt' AND subject_id = $1`, id); n != 1 {
			t.Errorf("%d receipts", n)
		}
	})
	t.Run("P18.10 a page asked with an ended session comes after sign-in", func(t *testing.T) {
		b := w.Visitor()
		b.SignIn(theirs)
		lapse(w, b)
		p := b.Get("/mes-candidatures")
		w.page(t, p, http.StatusSeeOther)
		after := signIn(b, b.Get(p.Location), theirs)
		if after.Location != "/mes-candidatures" {
			t.Errorf("leads to %s", after.Location)
		}
	})
	t.Run("P17.2 with scripts an ended session never leaves the page", func(t *testing.T) {
		id := begin()
		b := w.Visitor()
		b.SignIn(theirs)
		path, form := stepForm(t, b, id, 3)
		form.Set("missions", typed)
		lapse(w, b)
		p := b.Do(htmx(path, form))
		w.page(t, p, http.StatusUnauthorized)
		if p.Find("dialog form[action='/connexion']").Length() != 1 || p.Find("html > head > title").Length() > 0 {
			t.Fatalf("no dialog alone: %.300s", p.Body)
		}
		overlay := p.Form("/connexion")
		overlay.Set("password", handlerstest.Password)
		own := b.Clone()
		done := own.Do(htmx("/connexion", overlay))
		w.page(t, done, http.StatusNoContent)
		if done.Header.Get("HX-Trigger") == "" || done.Header.Get("HX-Redirect") != "" {
			t.Errorf("the page does not learn that it can go on: %v", done.Header)
		}
		w.page(t, own.Do(htmx(path, form)), http.StatusOK)
		if got := w.answerOfKey(id, "missions"); !strings.Contains(got, typed) {
			t.Errorf("kept %q", got)
		}
		overlay.Set("email", notTheirs)
		done = b.Clone().Do(htmx("/connexion", overlay))
		if done.Header.Get("HX-Trigger") != "" || done.Header.Get("HX-Redirect") == "" {
			t.Errorf("another account goes on in the same page: %v", done.Header)
		}
	})
}

// htmx is a form sent by htmx.
func htmx(path string, form url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", urlencoded)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("HX-Request", "true")
	r.Header.Set("HX-Request-Type", "partial")
	return r
}
