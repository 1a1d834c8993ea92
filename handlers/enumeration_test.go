package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/handlers/handlerstest"
	"passerelle/models/modelstest"
	"passerelle/models/people"
)

// changing are the pieces of a page that differ from one showing to the next,
// and the addresses typed.
var changing = regexp.MustCompile(`name="challenge" value="[^"]*"|[a-z]{5}@(demo\.)?example\.org|[a-z]{5}%40(demo\.)?example\.org`)

// bytesOf is everything that a stranger can compare between two answers.
func bytesOf(p *handlerstest.Page) string {
	names := []string{}
	for name := range p.Header {
		if name != "X-Request-Id" && name != "Date" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return fmt.Sprint(p.Status, " ", changing.ReplaceAllString(p.Location, "·"), " ", names, "\n", changing.ReplaceAllString(p.Body, "·"))
}

// TestEnumeration asks the same of addresses whose account is absent, waiting,
// active, suspended or archived: nothing may tell them apart (P1.4).
func TestEnumeration(t *testing.T) {
	if testing.Short() {
		t.Skip("a long walk of one request after another")
	}
	w := newHostile(t)
	addresses := map[string]string{"absent": "zzzzz@demo.example.org", "active": "actif@demo.example.org", "suspended": "susp1@demo.example.org",
		"archived": "archi@demo.example.org", "pending": "atten@demo.example.org"}
	addresses["suspended"] = "suspe@demo.example.org"
	for _, state := range []string{"active", "suspended", "archived"} {
		w.Account(addresses[state], "Alix", "Personne"+state)
		w.Exec(`UPDATE accounts SET state = $2 WHERE email = $1`, addresses[state], state)
	}
	w.Account(addresses["pending"], "Alix", "Attente")
	w.Exec(`UPDATE accounts SET state = 'pending', expires_at = $2, activated_at = NULL WHERE email = $1`, addresses["pending"], w.DB.Clock.Now().Add(time.Hour))
	kept, now := w.Keep(), w.DB.Clock.Now()
	same := func(t *testing.T, ask func(b *handlerstest.Browser, email string) *handlerstest.Page) {
		t.Helper()
		want := bytesOf(ask(w.Visitor(), addresses["absent"]))
		kept.Back()
		for state, email := range addresses {
			got := bytesOf(ask(w.Visitor(), email))
			kept.Back()
			if got != want {
				t.Errorf("the answer for an account %s differs:\n%s", state, difference(want, got))
			}
		}
	}
	fresh := func(b *handlerstest.Browser, path string) url.Values {
		modelstest.Clock(w.DB).Set(now)
		form := b.Get(path).Form(path)
		w.MoveClock(10 * time.Second)
		return form
	}

	t.Run("P1.6 a forgotten password gets one answer", func(t *testing.T) {
		same(t, func(b *handlerstest.Browser, email string) *handlerstest.Page {
			form := fresh(b, "/mot-de-passe-oublie")
			form.Set("email", email)
			p := b.Post("/mot-de-passe-oublie", form)
			if p.Status != http.StatusOK {
				t.Errorf("status %d: %s", p.Status, strings.Join(strings.Fields(p.Find("main").Text()), " "))
			}
			return p
		})
	})
	t.Run("P1.4 a wrong password gets one answer", func(t *testing.T) {
		same(t, func(b *handlerstest.Browser, email string) *handlerstest.Page {
			return b.Post("/connexion", url.Values{"email": {email}, "password": {"Ce-n-est-pas-le-bon-1"}})
		})
	})
	t.Run("P1.13 too many wrong passwords get one answer", func(t *testing.T) {
		same(t, func(b *handlerstest.Browser, email string) (p *handlerstest.Page) {
			for range 12 {
				p = b.Post("/connexion", url.Values{"email": {email}, "password": {"Ce-n-est-pas-le-bon-1"}})
			}
			return p
		})
	})
	signUp := func(b *handlerstest.Browser, email, name string) *handlerstest.Page {
		form := fresh(b, "/inscription")
		for k, v := range map[string]string{"birth_name": name, "same_name": "on", "first_name": "Alix", "birth_date": "03/03/1993", "email": email,
			"email_again": email, "password": handlerstest.Password, "password_again": handlerstest.Password} {
			form.Set(k, v)
		}
		for _, text := range people.RequiredTexts() {
			form.Set("text_"+text.Key, "on")
		}
		p := b.Post("/inscription", form)
		if p.Status != http.StatusSeeOther {
			t.Errorf("status %d: %s", p.Status, strings.Join(strings.Fields(p.Find("[role=alert]").Text()), " "))
		}
		return p
	}
	t.Run("P1.4 a sign-up gets one answer", func(t *testing.T) {
		same(t, func(b *handlerstest.Browser, email string) *handlerstest.Page { return signUp(b, email, "Nouveau") })
		same(t, func(b *handlerstest.Browser, email string) *handlerstest.Page {
			return b.Get(signUp(b, email, "Nouveau").Location)
		})
	})
	t.Run("P18.7 an identity that is known gets the same answer", func(t *testing.T) {
		w.Exec(`UPDATE people SET birth_date = '1993-03-03' WHERE birth_name = 'Personneactive'`)
		want := bytesOf(signUp(w.Visitor(), "aaaaa@demo.example.org", "Inconnue"))
		if got := bytesOf(signUp(w.Visitor(), "bbbbb@demo.example.org", "Personneactive")); got != want {
			t.Errorf("it differs:\n%s", difference(want, got))
		}
	})
	t.Run("P1.3 an activation asked again gets one answer", func(t *testing.T) {
		same(t, func(b *handlerstest.Browser, email string) *handlerstest.Page {
			b.Get(signUp(b, email, "Nouveau").Location)
			return b.Post("/inscription/envoyee", url.Values{})
		})
	})
}

// difference is the first line that differs.
func difference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("  %.400s\n  %.400s", a[i], b[i])
		}
	}
	return fmt.Sprintf("  %d lines, %d lines", len(a), len(b))
}
