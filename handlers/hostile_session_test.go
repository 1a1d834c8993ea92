package handlers_test

import (
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"passerelle/handlers/handlerstest"
	"passerelle/models"
	"passerelle/models/application"
)

func TestSessions(t *testing.T) {
	w := newHostile(t)
	me := w.Account(theirs, "Camille", "Fontaine")
	credentials := url.Values{"email": {theirs}, "password": {handlerstest.Password}}
	t.Run("P1.13 signing in never keeps the cookie that was there", func(t *testing.T) {
		b := w.Visitor()
		b.SetCookie("passerelle", "a-token-that-somebody-planted-in-this-browser")
		p := b.Post("/connexion", credentials)
		w.page(t, p, http.StatusSeeOther)
		first := b.Cookie("passerelle")
		if first == "" || strings.Contains(first, "planted") || len(first) < 43 {
			t.Errorf("cookie %q", first)
		}
		b.Post("/connexion", credentials)
		if b.Cookie("passerelle") == first {
			t.Error("a second sign-in kept the first one's cookie")
		}
		old := w.Visitor()
		old.SetCookie("passerelle", first)
		if p := old.Get("/compte"); p.Status == http.StatusOK {
			t.Error("the first sign-in is still open behind the second")
		}
		for _, c := range p.Header.Values("Set-Cookie") {
			if strings.HasPrefix(c, "passerelle=") && (!strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Lax")) {
				t.Errorf("cookie %q", c)
			}
		}
	})
	t.Run("P1.14 signed out, the cookie opens nothing any more, wherever it was copied", func(t *testing.T) {
		b := w.Visitor()
		b.Post("/connexion", credentials)
		copied := b.Clone()
		w.page(t, copied.Get("/compte"), http.StatusOK)
		p := b.Post("/deconnexion", url.Values{})
		w.page(t, p, http.StatusSeeOther)
		if !strings.Contains(p.Header.Get("Clear-Site-Data"), "storage") {
			t.Errorf("Clear-Site-Data %q", p.Header.Get("Clear-Site-Data"))
		}
		if p := copied.Get("/compte"); p.Status == http.StatusOK {
			t.Error("the copy is still signed in")
		}
	})
	t.Run("P2.5 a right taken back is gone at the next request", func(t *testing.T) {
		officer := w.SignedIn(models.Grant{Role: models.RoleOfficer, Kind: models.ScopePortal})
		w.page(t, officer.Get("/bureau"), http.StatusOK)
		w.Exec(`DELETE FROM grants WHERE account_id = $1`, officer.Actor.Account)
		w.page(t, officer.Get("/bureau"), http.StatusNotFound)
		w.Exec(`UPDATE accounts SET state = 'suspended' WHERE id = $1`, officer.Actor.Account)
		w.page(t, officer.Get("/compte"), http.StatusSeeOther)
	})
	t.Run("P1.13 a cookie of nonsense is nobody's", func(t *testing.T) {
		for _, token := range []string{"x", strings.Repeat("a", 43), strings.Repeat("a", 3000), "' OR 1=1 --", "%00", me.Actor.SignIn.String(), me.Actor.Account.String()} {
			b := w.Visitor()
			b.SetCookie("passerelle", token)
			b.SetCookie("passerelle_brouillons", token)
			b.SetCookie("langue", token)
			b.SetCookie("apparence", token)
			w.page(t, b.Get("/compte"), http.StatusSeeOther)
			w.page(t, b.Get("/"), http.StatusOK)
			w.page(t, b.Get("/brouillon"), http.StatusOK)
		}
	})
	t.Run("P18.1 the secret of a draft is the browser's, its number in the journal opens nothing", func(t *testing.T) {
		held := w.Visitor()
		held.HoldDrafts("a secret that only this browser has, as long as one likes")
		id := w.Begin(held, w.Course.Session)
		other := w.Visitor()
		other.HoldDrafts(hex.EncodeToString(held.Actor.DraftKey))
		p := other.Get("/candidatures/" + id.String() + "/etapes/1")
		if p.Status == http.StatusOK || strings.Contains(p.Body, "birth_name") {
			t.Errorf("status %d", p.Status)
		}
	})
}

func TestApprovalLink(t *testing.T) {
	w := newHostile(t)
	me := w.Account(theirs, "Camille", "Fontaine")
	id := w.Begin(me, w.Course.Session)
	w.Fill(me, id)
	w.Write(me, id, 1, "phone", "06 11 22 33 44", "city.postcode", "29200", "city.name", "Brest")
	w.Write(me, id, 3, "accommodations", "Une place près de la fenêtre", "missions", "Des missions confiées à moi seule")
	me.Post("/candidatures/"+id.String()+"/transmission", w.Recap(me, id))
	token := w.ApprovalToken(id)
	for _, secret := range []string{"1988", "611223344", "29200", "Brest", "camille@example.org", "fenêtre"} {
		if w.Count(`SELECT count(*) FROM submissions WHERE application_id = $1 AND answers LIKE '%' || $2 || '%'`, id, secret) != 1 {
			t.Fatalf("%s is not in what was sent", secret)
		}
	}
	kept := w.Keep()
	t.Run("P17.11 followed a hundred times by a mail scanner, a link changes nothing", func(t *testing.T) {
		for i := range 100 {
			r := httptest.NewRequest([]string{http.MethodGet, http.MethodHead}[i%2], "/validation/"+token, nil)
			r.Header.Set("User-Agent", "LinkScanner/1.0")
			w.page(t, w.Visitor().Do(r), http.StatusOK)
		}
		if changed := kept.Changed(); len(changed) > 0 {
			t.Errorf("changed %v", changed)
		}
	})
	t.Run("P18.2 the line manager never sees what is not theirs to see", func(t *testing.T) {
		p := w.Visitor().Get("/validation/" + token)
		for _, secret := range []string{"1988", "14/06", "06 11 22", "611223344", "29200", "Brest", "camille@example.org", theirs, "fenêtre"} {
			if strings.Contains(p.Body, secret) {
				t.Errorf("the page shows %q", secret)
			}
		}
		if !strings.Contains(p.Text(), "Camille Martin") || !strings.Contains(p.Text(), "Nouveau poste") {
			t.Error("the page lacks what a line manager needs")
		}
		for name, want := range map[string]string{"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "same-origin"} {
			if !strings.Contains(p.Header.Get(name), want) {
				t.Errorf("%s: %q", name, p.Header.Get(name))
			}
		}
	})
	t.Run("P17.11 an answered link shows nobody's words any more, and answers once", func(t *testing.T) {
		b := w.Visitor()
		w.page(t, b.Post("/validation/"+token, url.Values{"reponse": {string(application.Approve)}}), http.StatusOK)
		p := w.Visitor().Get("/validation/" + token)
		if strings.Contains(p.Body, "Camille") || strings.Contains(p.Body, "Nouveau poste") {
			t.Error("the page still shows the person")
		}
		again := w.Visitor().Post("/validation/"+token, url.Values{"reponse": {string(application.Deny)}, "motif": {"Finalement non"}})
		w.page(t, again, http.StatusConflict)
		if n := w.Count(`SELECT count(*) FROM approvals WHERE application_id = $1 AND state = 'approved' AND strength = 'link'`, id); n != 1 {
			t.Error("the first answer did not stand")
		}
	})
	t.Run("P6.1 an approver of one's own address is refused, however it is written", func(t *testing.T) {
		mine := w.Submitted(me, w.NewSession(w.Course))
		for _, address := range []string{theirs, "CAMILLE@Demo.Example.ORG", "camille@example.org", " camille@demo.example.org ", "Camille@EXAMPLE.org"} {
			p := me.Post("/candidatures/"+mine.String()+"/superieur", url.Values{"manager_last_name": {"Moi"}, "manager_first_name": {"Même"},
				"manager_function": {"Directrice"}, "manager_email": {address}})
			w.page(t, p, http.StatusUnprocessableEntity)
		}
		if n := w.Count(`SELECT count(*) FROM approvals WHERE application_id = $1`, mine); n != 1 {
			t.Errorf("%d requests", n)
		}
	})
}
