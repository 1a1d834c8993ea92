package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/handlers/handlerstest"
	"passerelle/models"
	"passerelle/models/application"
)

// stepForm is a step as its page would send it.
func stepForm(t *testing.T, b *handlerstest.Browser, id models.ID, n int) (string, url.Values) {
	t.Helper()
	path := fmt.Sprintf("/candidatures/%s/etapes/%d", id, n)
	p := b.Get(path)
	form := p.Form(path)
	if p.Status != http.StatusOK || form.Get("_ctx") == "" && !form.Has("_ctx") {
		t.Fatalf("%s: %d, no form in it", path, p.Status)
	}
	return path, form
}

// answerOfKey is what the portal keeps for an input, as text.
func (w *hostileWorld) answerOfKey(id models.ID, key string) string {
	w.T.Helper()
	var val string
	_ = w.DB.Pool.QueryRow(w.T.Context(), `SELECT val FROM answer_ops WHERE application_id = $1 AND key = $2 ORDER BY hlc DESC LIMIT 1`, id, key).Scan(&val)
	return val
}

func TestHostileForm(t *testing.T) {
	w := newHostile(t)
	me := w.SignedIn()
	begin := func() models.ID { return w.Begin(me, w.NewSession(w.Course)) }

	t.Run("P15.4 fields that the form does not have are ignored", func(t *testing.T) {
		id := begin()
		path, form := stepForm(t, me, id, 1)
		form.Set("birth_name", "Martin")
		for _, name := range []string{"state", "account_id", "owner", "role", "version", "submitted_at", "applicant_name", "birth_name.x", "a/b/c", "_admin", "missions"} {
			form.Set(name, "accepted")
		}
		w.page(t, me.Post(path, form), http.StatusOK)
		if n := w.Count(`SELECT count(*) FROM answer_ops WHERE application_id = $1 AND val LIKE '%accepted%'`, id); n != 0 {
			t.Errorf("%d unknown fields were kept", n)
		}
		if n := w.Count(`SELECT count(*) FROM applications WHERE id = $1 AND state = 'draft' AND account_id = $2`, id, me.Actor.Account); n != 1 {
			t.Error("the application itself changed")
		}
	})
	t.Run("P15.4 the address never speaks for the form", func(t *testing.T) {
		id := begin()
		path, form := stepForm(t, me, id, 1)
		form.Set("birth_name", "Du-Formulaire")
		w.page(t, me.Post(path+"?birth_name=De-L-Adresse&first_name=De-L-Adresse", form), http.StatusOK)
		if got := w.answerOfKey(id, "birth_name"); !strings.Contains(got, "Du-Formulaire") {
			t.Errorf("birth name %s", got)
		}
		if got := w.answerOfKey(id, "first_name"); strings.Contains(got, "Adresse") {
			t.Errorf("first name %s", got)
		}
		officer := w.SignedIn(models.Grant{Role: models.RoleOfficer, Kind: models.ScopePortal})
		sent := w.Answered(me, w.NewSession(w.Course), application.Approve)
		version := w.Count(`SELECT version FROM applications WHERE id = $1`, sent)
		officer.Post("/bureau/candidatures/"+sent.String()+"/decision?decision=accepted", url.Values{"decision": {"refused"}, "motif": {"Hors public"},
			"version": {fmt.Sprint(version)}})
		if n := w.Count(`SELECT count(*) FROM decisions WHERE application_id = $1 AND kind = 'refused'`, sent); n != 1 {
			t.Error("the decision of the form was not the one recorded")
		}
	})
	t.Run("P5.5 a field sent twice keeps one answer", func(t *testing.T) {
		id := begin()
		path, form := stepForm(t, me, id, 1)
		form["birth_name"] = []string{"Premier", "Second"}
		w.page(t, me.Post(path, form), http.StatusOK)
		_, form = stepForm(t, me, id, 1)
		if got := form["birth_name"]; len(got) != 1 {
			t.Errorf("kept %q", got)
		}
	})
	t.Run("P5.1 a page of another version, or of none, is saved and never breaks", func(t *testing.T) {
		for _, hidden := range []url.Values{{"_fv": {"99"}}, {"_fv": {"abc"}}, {"_fv": {"-1"}}, {"_fv": {"99999999999999999999"}},
			{"_ctx": {"garbage"}}, {"_ctx": {strings.Repeat("birth_name:x,", 20000)}}, {"_ctx": {"birth_name:01980000-0000-7000-8000-000000000000"}},
			{"_ctx": {""}}, {"_seen": {"garbage"}}, {"_page": {strings.Repeat("p", 5000)}}} {
			id := begin()
			path, form := stepForm(t, me, id, 1)
			form.Set("birth_name", "Martin")
			for name, values := range hidden {
				form[name] = values
			}
			w.page(t, me.Post(path, form), http.StatusOK)
			if got := w.answerOfKey(id, "birth_name"); !strings.Contains(got, "Martin") {
				t.Errorf("%.60v: kept %q", hidden, got)
			}
		}
	})
	t.Run("P5.7 an absurd date is refused at its field, and kept", func(t *testing.T) {
		for _, date := range []string{"31/02/1990", "00/00/0000", "99/99/9999", "31/12/9999", "01/01/0001", "hier", "1990", "٠١/٠١/١٩٩٠",
			strings.Repeat("9", 300), "01/01/2999"} {
			id := begin()
			path, form := stepForm(t, me, id, 1)
			for name := range form {
				if strings.HasPrefix(name, "birth_date") {
					form.Del(name)
				}
			}
			form.Set("birth_date", date)
			form.Set("_go", "suite")
			p := me.Post(path, form)
			w.page(t, p, http.StatusUnprocessableEntity)
			if got := p.Form(path); !strings.Contains(strings.Join(append(got["birth_date"], got["birth_date.d"]...), " ")+p.Body, date) {
				t.Errorf("%q is lost", date)
			}
		}
	})
	t.Run("P5.7 a name of ten thousand letters is refused at its field, and kept", func(t *testing.T) {
		id := begin()
		path, form := stepForm(t, me, id, 1)
		long := strings.Repeat("Zoé", 3334)
		form.Set("birth_name", long)
		form.Set("_go", "suite")
		p := me.Post(path, form)
		w.page(t, p, http.StatusUnprocessableEntity)
		if got := p.Form(path).Get("birth_name"); got != long {
			t.Errorf("%d bytes are left of %d", len(got), len(long))
		}
	})
	t.Run("P5.7 what is typed comes back as text, whatever it is", func(t *testing.T) {
		for _, text := range naughty {
			id := begin()
			path, form := stepForm(t, me, id, 3)
			form.Set("missions", text)
			form.Set("why_now", text)
			w.page(t, me.Post(path, form), http.StatusOK)
			p := me.Get(path)
			w.page(t, p, http.StatusOK)
			if got := strings.ReplaceAll(p.Form(path).Get("missions"), "\r\n", "\n"); strings.TrimSpace(got) != strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")) {
				t.Errorf("typed %q, shown %q", text, got)
			}
			recap := me.Get(fmt.Sprintf("/candidatures/%s/etapes/5", id))
			for _, page := range []*handlerstest.Page{p, recap} {
				if n := page.Find("main script, main img, main iframe, main [onerror], main [onclick], main svg [onload], main a[href^='javascript']").Length(); n > 0 {
					t.Errorf("%q came alive", text)
				}
			}
		}
	})
}

// naughty are strings that have broken forms elsewhere.
var naughty = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</textarea><script>alert(1)</script>`, `<svg/onload=alert(1)>`, `javascript:alert(1)`,
	`' OR 1=1; DROP TABLE applications; --`, `{{7*7}} ${7*7} <%= 7*7 %> #{7*7}`, `%s %d %n %p %00 \x00 \u0000`, `../../../../etc/passwd`, `=cmd|' /C calc'!A0`,
	"\u202eà l'envers\u202c", "zéro\u200blargeur\ufeff", "👩‍👩‍👧‍👦 🏳️‍🌈 é́́́́́", "Ω≈ç√∫˜µ≤≥÷ 田中さん العربية עברית", "a\r\nSet-Cookie: b=c\r\n\r\nc", "ligne 1\nligne 2\n\n\nligne 5",
	"&lt;b&gt; &amp;amp; &#x27;", `hx-get="/bureau" hx-trigger="load"`, "NULL", "true", "[object Object]", "NaN", "-0", "1e309",
}
