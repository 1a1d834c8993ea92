package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"passerelle/handlers"
	"passerelle/handlers/handlerstest"
	"passerelle/models"
	"passerelle/models/mailbox"
	"passerelle/models/modelstest"
	"passerelle/models/people"
	"passerelle/views/paths"
)

const (
	camille   = "camille.fontaine@example.org"
	goodWords = "Une Phrase de 8 mots, sans nom"
)

// signUpForm is the page's own form filled in well, a minute later.
func signUpForm(s *handlerstest.Site, b *handlerstest.Browser) url.Values {
	form := b.Get("/inscription").Form("/inscription")
	for name, value := range map[string]string{"civility": "madame", "birth_name": "Fontaine", "same_name": "1", "first_name": "Camille",
		"birth_date": "14/06/1988", "email": camille, "email_again": camille, "password": goodWords, "password_again": goodWords,
		"text_charter": "1", "text_privacy": "1", "text_legal": "1"} {
		form.Set(name, value)
	}
	later(s, time.Minute)
	return form
}

func later(s *handlerstest.Site, d time.Duration) {
	clock := modelstest.Clock(s.DB)
	clock.Set(clock.Now().Add(d))
}

// linkOf is the address that the newest mail of a kind carries.
func linkOf(s *handlerstest.Site, kind mailbox.Kind, path func(string) string) string {
	s.T.Helper()
	address := ""
	s.InTx(func(ctx context.Context, tx models.Tx) error {
		var id models.ID
		err := tx.PGX.QueryRow(ctx, `SELECT link_id FROM mails WHERE kind = $1 ORDER BY queued_at DESC, id DESC LIMIT 1`, models.Prepared, string(kind)).Scan(&id)
		if err != nil {
			return fmt.Errorf("no mail %s: %w", kind, err)
		}
		link, err := tx.LinkByID(ctx, id)
		address = path(tx.Token(link))
		return err
	})
	return address
}

func TestSignUpPages(t *testing.T) {
	t.Parallel()
	t.Run("P1.1 refused fields say why, what was typed stays, passwords do not", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		b := s.Visitor()
		form := signUpForm(s, b)
		form.Set("birth_date", "31/02/1990")
		form.Set("password", "Azerty123!")
		form.Del("text_legal")
		p := b.Post("/inscription", form)
		if p.Status != http.StatusUnprocessableEntity {
			t.Fatalf("status %d", p.Status)
		}
		links := p.Find(".error-summary a").Map(func(_ int, a *goquery.Selection) string { return a.AttrOr("href", "") })
		if got := strings.Join(links, " "); got != "#birth_date #password #text_legal" {
			t.Errorf("summary %s", got)
		}
		if p.Find("#birth_date-erreur").Length() != 1 || p.Find("#birth_date[aria-invalid=true]").AttrOr("aria-describedby", "") == "" {
			t.Error("no message at the birth date")
		}
		if p.Find("#first_name").AttrOr("value", "") != "Camille" || p.Find("#password").AttrOr("value", "") != "" ||
			strings.Contains(p.Body, "Azerty123") {
			t.Error("typed values are lost, or a password came back")
		}
		if _, ticked := p.Find("#text_charter").Attr("checked"); !ticked {
			t.Error("a ticked text is unticked")
		}
		if p.Header.Get("Cache-Control") != "no-store" {
			t.Error("kept by caches")
		}
	})
	t.Run("P18.8 the three texts stand in the page and their boxes are free", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		p := s.Visitor().Get("/inscription")
		p.Find(".consent details").Each(func(_ int, d *goquery.Selection) {
			if len(strings.TrimSpace(d.Find(".consent__body").Text())) < 100 {
				t.Errorf("a text is missing: %s", d.Find("summary").Text())
			}
		})
		if p.Find(".consent input[type=checkbox][disabled]").Length() != 0 || p.Find(".consent input[type=checkbox]").Length() != 3 {
			t.Error("a box cannot be ticked")
		}
	})
	t.Run("P1.3 from sign-up to sign-in, the mail opened in another browser", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		b, other := s.Visitor(), s.Visitor()
		sent := b.Follow("/inscription", signUpForm(s, b))
		if sent.Status != 200 || !strings.Contains(sent.Text(), camille) {
			t.Fatalf("%d %s", sent.Status, sent.Title())
		}
		link := linkOf(s, mailbox.Activation, paths.Activate)
		for range 3 { // a mail scanner
			if p := other.Get(link); p.Status != 200 || p.Find("form[method=post] button.button--primary").Length() != 1 || p.Header.Get("X-Robots-Tag") != "noindex" {
				t.Fatalf("P17.11 %d %s", p.Status, p.Title())
			}
		}
		signIn := other.Follow(link, url.Values{})
		if !strings.Contains(signIn.Text(), "Votre compte est ouvert") {
			t.Errorf("%s", signIn.Title())
		}
		if p := other.Get(link); p.Status != http.StatusGone {
			t.Errorf("used link %d", p.Status)
		}
		form := signIn.Form("/connexion")
		form.Set("email", camille)
		form.Set("password", goodWords)
		if p := b.Post("/connexion", form); p.Status != http.StatusSeeOther || p.Location != "/mes-candidatures" {
			t.Fatalf("%d %s %s", p.Status, p.Location, p.Text())
		}
		if p := b.Get("/compte"); p.Status != 200 || !strings.Contains(p.Text(), "Fontaine") {
			t.Errorf("account page %d", p.Status)
		}
	})
	t.Run("P1.4 the page is the same for a known address", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		known := s.SignedIn().Actor.Email
		answer := func(email string) *handlerstest.Page {
			b := s.Visitor()
			form := signUpForm(s, b)
			form.Set("email", email)
			form.Set("email_again", email)
			form.Set("birth_name", "Autre")
			return b.Follow("/inscription", form)
		}
		a, b := answer(known), answer("inconnue@example.org")
		clean := func(p *handlerstest.Page, email string) string {
			return strings.ReplaceAll(p.Find("main").Text(), email, "…")
		}
		// Only the minute of the demonstration's own clock differs.
		if got, want := clean(a, known), clean(b, "inconnue@example.org"); strings.Map(noDigits, got) != strings.Map(noDigits, want) {
			t.Errorf("the pages differ:\n%s\n%s", got, want)
		}
	})
	t.Run("P1.3 send again works from the page alone", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		b := s.Visitor()
		b.Follow("/inscription", signUpForm(s, b))
		first := linkOf(s, mailbox.Activation, paths.Activate)
		later(s, time.Minute)
		if p := b.Follow("/inscription/envoyee", url.Values{}); !strings.Contains(p.Text(), "C’est demandé") {
			t.Error(p.Title())
		}
		if p := b.Get(first); p.Status != http.StatusGone || !strings.Contains(p.Text(), "plus récent") {
			t.Errorf("%d %s", p.Status, p.Title())
		}
		if p := s.Visitor().Post("/inscription/envoyee", url.Values{}); p.Location != "/inscription" {
			t.Errorf("a stranger: %d %s", p.Status, p.Location)
		}
	})
}

func noDigits(r rune) rune {
	if r >= '0' && r <= '9' {
		return -1
	}
	return r
}

func TestSignInPages(t *testing.T) {
	t.Parallel()
	s := handlerstest.New(t)
	email := s.SignedIn().Actor.Email
	t.Run("P1.4 wrong and unknown look the same, the address stays", func(t *testing.T) {
		answer := func(email string) string {
			p := s.Visitor().Post("/connexion", url.Values{"email": {email}, "password": {"wrong"}})
			if p.Status != http.StatusUnprocessableEntity || p.Find("#email").AttrOr("value", "") != email {
				t.Errorf("%d %q", p.Status, p.Find("#email").AttrOr("value", ""))
			}
			return p.Find(".banner").Text()
		}
		if a, b := answer(email), answer("nobody@example.org"); a != b || !strings.Contains(a, "inexact") {
			t.Errorf("%q %q", a, b)
		}
	})
	t.Run("P1.13 after sign-in one goes on to a local address only", func(t *testing.T) {
		for next, want := range map[string]string{"/recherche?q=bts": "/recherche?q=bts", "//evil.example": "/", "https://evil.example": "/",
			`/\evil.example`: "/", "": "/mes-candidatures", "/connexion?retour=/compte": "/mes-candidatures"} {
			p := s.Visitor().Post("/connexion", url.Values{"email": {email}, "password": {handlerstest.Password}, "next": {next}})
			if p.Location != want {
				t.Errorf("next %q leads to %q, want %q", next, p.Location, want)
			}
		}
	})
	t.Run("P1.14 sign-out is one POST and ends the sign-in", func(t *testing.T) {
		b := s.Visitor()
		b.SignIn(email)
		if p := b.Get("/compte"); p.Status != 200 {
			t.Fatal(p.Status)
		}
		stolen := b.Clone()
		if p := b.Post("/deconnexion", nil); p.Status != http.StatusSeeOther || !strings.Contains(p.Header.Get("Clear-Site-Data"), "storage") {
			t.Errorf("%d %s", p.Status, p.Header.Get("Clear-Site-Data"))
		}
		if p := stolen.Get("/compte"); p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Location, "/connexion") {
			t.Errorf("the old cookie still opens: %d", p.Status)
		}
	})
	t.Run("P18.10 a form posted with an ended session waits for the same account", func(t *testing.T) {
		b := s.Visitor()
		b.SignIn(email)
		later(s, 3*time.Hour)
		p := b.Post("/compte", url.Values{"lang": {"en"}})
		if p.Status != http.StatusUnauthorized || p.Find("input[name=replay]").AttrOr("value", "") == "" || p.Find("#email").AttrOr("value", "") != email {
			t.Fatalf("%d %s", p.Status, p.Find("form.access__form").Text())
		}
		form := p.Form("/connexion")
		other := s.SignedIn().Actor.Email
		wrong := url.Values{}
		for k, v := range form {
			wrong[k] = v
		}
		wrong.Set("email", other)
		wrong.Set("password", handlerstest.Password)
		s.Visitor().Post("/connexion", wrong)
		if lang := langOf(s, other); lang != "fr" {
			t.Error("the form was sent for another account")
		}
		form.Set("password", handlerstest.Password)
		if p := b.Post("/connexion", form); p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Location, "/compte") {
			t.Errorf("%d %s", p.Status, p.Location)
		}
		if lang := langOf(s, email); lang != "en" {
			t.Error("the kept form was not sent")
		}
	})
	t.Run("P17.2 over a page, the dialog signs in and lets the page send again, for the same account", func(t *testing.T) {
		b := s.Visitor()
		b.SignIn(email)
		later(s, 3*time.Hour)
		r := httptest.NewRequest(http.MethodPost, "/compte", strings.NewReader("lang=fr"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("HX-Request", "true")
		p := b.Do(r)
		if p.Status != http.StatusUnauthorized || p.Find("dialog form").Length() != 1 || p.Find("header").Length() != 0 {
			t.Fatalf("%d %s", p.Status, p.Body)
		}
		form := p.Form("/connexion")
		form.Set("password", handlerstest.Password)
		r = httptest.NewRequest(http.MethodPost, "/connexion", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("HX-Request", "true")
		if p = b.Do(r); p.Status != http.StatusNoContent || p.Header.Get("HX-Trigger") != "pf:signed-in" {
			t.Errorf("%d %v", p.Status, p.Header)
		}
	})
}

func langOf(s *handlerstest.Site, email string) string {
	var lang string
	s.InTx(func(ctx context.Context, tx models.Tx) error {
		a, err := people.FindByEmail(ctx, tx, models.Operator(), email)
		lang = a.Lang
		return err
	})
	return lang
}

func TestPasswordPages(t *testing.T) {
	t.Parallel()
	s := handlerstest.New(t)
	b := s.SignedIn()
	t.Run("P1.6 forgotten: the same page for all, a link, a new password", func(t *testing.T) {
		ask := func(email string) string {
			v := s.Visitor()
			form := v.Get("/mot-de-passe-oublie").Form("/mot-de-passe-oublie")
			later(s, time.Minute)
			form.Set("email", email)
			p := v.Post("/mot-de-passe-oublie", form)
			if p.Status != 200 {
				t.Fatalf("%d %s", p.Status, p.Text())
			}
			return p.Find("main").Text()
		}
		if a, c := ask(b.Actor.Email), ask("nobody@example.org"); a != c {
			t.Error("the pages differ")
		}
		link := linkOf(s, mailbox.Reset, paths.Reset)
		v := s.Visitor()
		if p := v.Get(link); p.Status != 200 || p.Find("#password").Length() != 1 {
			t.Fatalf("%d", p.Status)
		}
		if p := v.Post(link, url.Values{"password": {"court"}, "password_again": {"court"}}); p.Status != 422 || !strings.Contains(p.Find("#password-erreur").Text(), "huit caractères") {
			t.Errorf("%d %s", p.Status, p.Find("#password-erreur").Text())
		}
		if p := v.Post(link, url.Values{"password": {goodWords}, "password_again": {goodWords}}); p.Status != 303 {
			t.Errorf("%d %s", p.Status, p.Text())
		}
		if p := v.Get(link); p.Status != 410 {
			t.Errorf("used link %d", p.Status)
		}
		if p := b.Get("/compte"); p.Status != 303 {
			t.Errorf("the old sign-in still opens: %d", p.Status)
		}
	})
	t.Run("P1.5 the new address confirms", func(t *testing.T) {
		b := s.SignedIn()
		form := b.Get("/compte/courriel").Form("/compte/courriel")
		form.Set("email", "neuve@example.org")
		form.Set("email_again", "neuve@example.org")
		form.Set("current", "faux")
		if p := b.Post("/compte/courriel", form); p.Status != 422 || p.Find("#current-erreur").Length() != 1 || p.Find("#email").AttrOr("value", "") != "neuve@example.org" {
			t.Errorf("%d", p.Status)
		}
		form.Set("current", handlerstest.Password)
		if p := b.Follow("/compte/courriel", form); !strings.Contains(p.Text(), "neuve@example.org attend") {
			t.Error(p.Find("main").Text())
		}
		link := linkOf(s, mailbox.EmailChangeNew, paths.ConfirmEmail)
		if p := s.Visitor().Get(link); p.Status != 200 || !strings.Contains(p.Text(), "neuve@example.org") {
			t.Errorf("%d", p.Status)
		}
		if p := b.Follow(link, nil); !strings.Contains(p.Text(), "confirmée") || !strings.Contains(p.Text(), "neuve@example.org") {
			t.Error(p.Find("main").Text())
		}
	})
	t.Run("P1.7 change of password, other sign-ins closed", func(t *testing.T) {
		b := s.SignedIn()
		other := s.Visitor()
		other.SignIn(b.Actor.Email)
		form := url.Values{"current": {handlerstest.Password}, "password": {goodWords}, "password_again": {goodWords}}
		if p := b.Follow("/compte/mot-de-passe", form); !strings.Contains(p.Text(), "Votre mot de passe a changé") {
			t.Error(p.Find("main").Text())
		}
		if p := other.Get("/compte"); p.Status != 303 {
			t.Errorf("other sign-in %d", p.Status)
		}
	})
	t.Run("P1.13 the list of sign-ins closes one, or all the others", func(t *testing.T) {
		b := s.SignedIn()
		one, two := s.Visitor(), s.Visitor()
		one.SignIn(b.Actor.Email)
		two.SignIn(b.Actor.Email)
		p := b.Get("/compte/connexions")
		action := p.Find("form[action$='/fermeture']").First().AttrOr("action", "")
		if p.Find("form[action$='/fermeture']").Length() != 2 {
			t.Fatal(p.Find("main").Text())
		}
		if p := s.SignedIn().Post(action, nil); p.Status != 404 {
			t.Errorf("another's sign-in: %d", p.Status)
		}
		if p := b.Post(action, nil); p.Status != 303 {
			t.Errorf("%d", p.Status)
		}
		b.Post("/compte/connexions", nil)
		if one.Get("/compte").Status != 303 || two.Get("/compte").Status != 303 || b.Get("/compte").Status != 200 {
			t.Error("not the right ones were closed")
		}
	})
}

func TestLocalMailbox(t *testing.T) {
	t.Parallel()
	s := handlerstest.New(t)
	var id models.ID
	s.InTx(func(ctx context.Context, tx models.Tx) error {
		if err := mailbox.Queue(ctx, tx, mailbox.Mail{Kind: mailbox.Activation, Recipient: camille, SubjectKind: mailbox.OfAccount, SubjectID: tx.NewID(), OnceKey: "x"}); err != nil {
			return err
		}
		if err := tx.PGX.QueryRow(ctx, `SELECT id FROM mails`).Scan(&id); err != nil {
			return err
		}
		return mailbox.KeepLocal(ctx, tx, mailbox.Local{ID: id, Sender: "p@example.org", Recipient: camille, Subject: "Sujet <b>",
			HTML: "<p>Bonjour <script>alert(1)</script></p>", Text: "Titre\n\nBonjour,\n\nLe texte.\n\n-- \nPasserelle"})
	})
	t.Run("P16.1 the demonstration shows its mails, inert", func(t *testing.T) {
		b := s.Visitor()
		p := b.Get("/_mail")
		if p.Find(".mailbox__link").Length() != 1 || p.Find(".mailbox__extract").Text() != "Le texte." || !strings.Contains(p.Find(".mailbox__subject").Text(), "<b>") {
			t.Errorf("%s", p.Find("main").Text())
		}
		p = b.Get("/_mail/" + id.String())
		if p.Find("iframe").AttrOr("src", "") != "/_mail/"+id.String()+"/contenu" || !strings.Contains(p.Header.Get("Content-Security-Policy"), "frame-src 'self'") {
			t.Error("no frame")
		}
		p = b.Get("/_mail/" + id.String() + "/contenu")
		if csp := p.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") || !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "script-src") {
			t.Errorf("policy %s", csp)
		}
		if p := b.Get("/_mail/" + id.String() + "?version=texte"); !strings.Contains(p.Find("pre").Text(), "Le texte.") {
			t.Error("no text")
		}
		if p := b.Get("/_mail?pour=" + url.QueryEscape(camille)); p.Find("#pour option[selected]").Text() != camille || p.Find(".mailbox__link").Length() != 1 {
			t.Error("no filter")
		}
	})
	t.Run("P16.1 without demo there is no mailbox", func(t *testing.T) {
		s := handlerstest.New(t, notDemo)
		for _, path := range []string{"/_mail", "/_mail/" + id.String(), "/_mail/" + id.String() + "/contenu"} {
			if p := s.Visitor().Get(path); p.Status != 404 {
				t.Errorf("%s: %d", path, p.Status)
			}
		}
	})
}

func notDemo(p *handlers.Portal) { p.Demo = false }

func TestAccountLanguages(t *testing.T) {
	t.Parallel()
	s := handlerstest.New(t)
	key := regexp.MustCompile(`\b(account|mailbox|texts|form|mail|ui|layout|pages)\.[a-z_]+(\.[a-z_]+)*\b`)
	for _, lang := range []string{"fr", "en"} {
		t.Run("P15.1 every account page in "+lang+" has its words", func(t *testing.T) {
			visitor, person := s.Visitor(), s.SignedIn()
			for _, b := range []*handlerstest.Browser{visitor, person} {
				b.Post("/langue", url.Values{"langue": {lang}, "retour": {"/"}})
			}
			pages := []*handlerstest.Page{visitor.Post("/inscription", signUpForm(s, visitor)), visitor.Get("/inscription/envoyee"), visitor.Get("/inscription/envoyee?renvoi=1")}
			pages = append(pages, visitor.Post("/inscription", url.Values{}), visitor.Post("/connexion", url.Values{}), visitor.Post("/mot-de-passe-oublie", url.Values{}))
			for _, path := range []string{"/connexion?fait=deconnexion", "/mot-de-passe-oublie", "/_mail"} {
				pages = append(pages, visitor.Get(path))
			}
			for _, path := range []string{"/compte", "/compte?fait=mot-de-passe", "/compte/mot-de-passe", "/compte/courriel?envoi=1", "/compte/connexions"} {
				pages = append(pages, person.Get(path))
			}
			pages = append(pages, person.Post("/compte/mot-de-passe", url.Values{}), person.Post("/compte/courriel", url.Values{"current": {handlerstest.Password}}))
			for _, p := range pages {
				if p.Location == "" && p.Find("html").AttrOr("lang", "") != lang {
					t.Errorf("%s is in another language", p.Title())
				}
				if found := key.FindString(strings.ReplaceAll(p.Find("body").Text(), "example.org", "")); found != "" {
					t.Errorf("%q shows %s", p.Title(), found)
				}
			}
		})
	}
}
