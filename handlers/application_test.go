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
	"passerelle/models"
	"passerelle/views/paths"
)

// fillIn posts a page of the form as shown, with other answers.
func fillIn(t *testing.T, b *handlerstest.Browser, id string, n int, button string, pairs ...string) *handlerstest.Page {
	t.Helper()
	page := b.Get(paths.Step(id, n))
	if page.Status != http.StatusOK {
		t.Fatalf("step %d: %d %s", n, page.Status, page.Title())
	}
	form := page.Form(paths.Step(id, n))
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	form.Set("_go", button)
	return b.Post(paths.Step(id, n), form)
}

// fillAll answers the four pages in order, without a script.
func fillAll(t *testing.T, b *handlerstest.Browser, id string) {
	t.Helper()
	steps := [][]string{
		{"birth_name", "Martin", "first_name", "Camille", "birth_date", "14/06/1988", "email", "camille@example.org"},
		{"status", "private_employee"},
		{"employer_private.name", "Librairie du Port", "job_title", "Bibliothécaire"},
		{"missions", "Accueil du public", "why_now", "Nouveau poste", "funding", "employer"},
		{"manager_last_name", "Bernard", "manager_first_name", "Luc", "manager_function", "Directeur", "manager_email", handlerstest.Manager},
	}
	pages := []int{1, 2, 2, 3, 4}
	for i, pairs := range steps {
		if p := fillIn(t, b, id, pages[i], "suite", pairs...); p.Status != http.StatusSeeOther {
			t.Fatalf("step %d: %d\n%s", pages[i], p.Status, p.Find(".error-summary").Text())
		}
	}
}

// start begins a draft and gives its id.
func start(t *testing.T, b *handlerstest.Browser, session models.ID) string {
	t.Helper()
	p := b.Post(paths.StartRegistration(session.String()), nil)
	if p.Status != http.StatusSeeOther || !strings.Contains(p.Location, "/etapes/1") {
		t.Fatalf("start: %d to %s", p.Status, p.Location)
	}
	return strings.Split(p.Location, "/")[2]
}

func sendForm(t *testing.T, b *handlerstest.Browser, id string) url.Values {
	t.Helper()
	form := b.Get(paths.Step(id, 5)).Form(paths.Submit(id))
	form.Set("accuracy", "2026-09-01")
	form.Set("data_notice", "2026-09-01")
	return form
}

func TestApplicationWithoutScript(t *testing.T) {
	w := handlerstest.NewWorld(t)
	b := w.SignedIn()
	id := start(t, b, w.Course.Session)
	t.Run("P13.8 the whole form goes by posts and redirects", func(t *testing.T) {
		fillAll(t, b, id)
		recap := b.Get(paths.Step(id, 5))
		if recap.Status != http.StatusOK || !strings.Contains(recap.Text(), "Librairie du Port") {
			t.Fatalf("recap %d", recap.Status)
		}
		if n := recap.Find(`a[href*="/etapes/"][href*="#bloc-"]`).Length(); n < 5 {
			t.Errorf("P5.6 %d edit links", n)
		}
	})
	t.Run("P5.6 without the acknowledgements the page says so and keeps what was ticked", func(t *testing.T) {
		form := sendForm(t, b, id)
		form.Del("data_notice")
		p := b.Post(paths.Submit(id), form)
		if p.Status != http.StatusUnprocessableEntity || p.Find(".error-summary a").Length() != 1 {
			t.Fatalf("%d: %s", p.Status, p.Find(".error-summary").Text())
		}
		if _, ticked := p.Find("#accuracy").Attr("checked"); !ticked {
			t.Error("the tick was lost")
		}
	})
	t.Run("P6.7 sent twice, the receipt is the same", func(t *testing.T) {
		form := sendForm(t, b, id)
		first := b.Follow(paths.Submit(id), form)
		if first.Status != http.StatusOK || !strings.Contains(first.Text(), "PR-2026-") {
			t.Fatalf("%d %s", first.Status, first.Title())
		}
		again := b.Follow(paths.Submit(id), form)
		if again.Find("#t-recu").Parent().Text() != first.Find("#t-recu").Parent().Text() {
			t.Error("two receipts")
		}
		if n := w.Count(`SELECT count(*) FROM mails WHERE kind = 'receipt'`); n != 1 {
			t.Errorf("%d receipts", n)
		}
	})
	t.Run("a step of what was sent leads to the application", func(t *testing.T) {
		if p := b.Get(paths.Step(id, 2)); p.Status != http.StatusSeeOther || p.Location != paths.Application(id) {
			t.Errorf("%d %s", p.Status, p.Location)
		}
	})
	t.Run("P6.6 the dashboard says where it stands and whose turn it is", func(t *testing.T) {
		p := b.Get(paths.MyApplications())
		if p.Find(".dossier").Length() != 1 || !strings.Contains(p.Find(".status").Text(), "Chez Luc Bernard") {
			t.Errorf("%s", p.Find(".dossier").Text())
		}
	})
	var token string
	t.Run("P17.11 the line manager's page changes nothing, its post does", func(t *testing.T) {
		token = w.ApprovalToken(parse(t, id))
		boss := w.Visitor()
		p := boss.Get(paths.Approval(token))
		if p.Status != http.StatusOK || !strings.Contains(p.Title(), "Camille Martin") || strings.Contains(p.Body, "1988") || strings.Contains(p.Body, "camille@example.org") {
			t.Fatalf("%d %s", p.Status, p.Title())
		}
		if p.Header.Get("Cache-Control") != "no-store" || !strings.Contains(p.Header.Get("X-Robots-Tag"), "noindex") {
			t.Error("the page may be kept or indexed")
		}
		if p := boss.Post(paths.Approval(token), url.Values{"reponse": {"refuse"}}); p.Status != http.StatusUnprocessableEntity || p.Find("#motif-erreur").Length() != 1 {
			t.Errorf("refusal without reason: %d", p.Status)
		}
		if p := boss.Post(paths.Approval(token), url.Values{"reponse": {"approve"}}); p.Status != http.StatusOK {
			t.Errorf("approve: %d", p.Status)
		}
		if p := boss.Get(paths.Approval(token)); strings.Contains(p.Text(), "Camille Martin") {
			t.Error("once answered the name is still shown")
		}
	})
	t.Run("P6 the applicant withdraws", func(t *testing.T) {
		p := b.Follow(paths.Withdraw(id), url.Values{"motif": {"Empêchement"}})
		if p.Status != http.StatusOK || !strings.Contains(p.Text(), "Désistement") {
			t.Errorf("%d", p.Status)
		}
	})
}

func parse(t *testing.T, id string) (out models.ID) {
	t.Helper()
	if err := out.UnmarshalText([]byte(id)); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestStepPage(t *testing.T) {
	w := handlerstest.NewWorld(t)
	b := w.SignedIn()
	id := start(t, b, w.Course.Session)
	t.Run("P5.5 an incomplete page is saved and the next one follows", func(t *testing.T) {
		if p := fillIn(t, b, id, 1, "suite", "birth_name", "Martin"); p.Status != http.StatusSeeOther || p.Location != paths.Step(id, 2) {
			t.Errorf("%d %s", p.Status, p.Location)
		}
	})
	t.Run("P5.4 help comes from the form: a bubble at its button, a paragraph that unfolds in place", func(t *testing.T) {
		bubbles, unfolding := 0, 0
		for n := 1; n <= 4; n++ {
			p := b.Get(paths.Step(id, n))
			p.Find(".tip__button").Each(func(_ int, button *goquery.Selection) {
				bubbles++
				if p.Find(`[role=tooltip][id="`+button.AttrOr("aria-describedby", "none")+`"]`).Text() == "" {
					t.Errorf("step %d: a button without its bubble", n)
				}
			})
			unfolding += p.Find("details.more summary:contains('Pourquoi cette question')").Length()
		}
		if bubbles < 2 || unfolding != 1 {
			t.Errorf("%d bubbles, %d paragraphs under their own title", bubbles, unfolding)
		}
	})
	t.Run("P5.7 a wrong answer is kept, told at the field and in the summary", func(t *testing.T) {
		p := fillIn(t, b, id, 1, "suite", "birth_date", "31/02/1988", "email", "camille")
		if p.Status != http.StatusUnprocessableEntity {
			t.Fatal(p.Status)
		}
		for _, field := range []string{"birth_date", "email"} {
			if p.Find(`.error-summary a[href="#`+field+`"]`).Length() != 1 || p.Find("#"+field+"-erreur").Length() != 1 {
				t.Errorf("%s is not told twice", field)
			}
		}
		if v := p.Find("#birth_date").AttrOr("value", ""); v != "31/02/1988" {
			t.Errorf("birth date %q", v)
		}
	})
	t.Run("P18.13 without a script the questions are asked again by a button", func(t *testing.T) {
		if n := b.Get(paths.Step(id, 2)).Find(`[data-depends-button]`).Length(); n == 0 {
			t.Fatal("no button")
		}
		p := fillIn(t, b, id, 2, "questions", "status", "civil_servant")
		if p.Status != http.StatusOK || p.Find(`input[name="civil_service"]`).Length() != 3 || p.Find(`.conditional__why`).Length() == 0 {
			t.Errorf("%d, %d choices", p.Status, p.Find(`input[name="civil_service"]`).Length())
		}
	})
	t.Run("P5.2 lines are added and removed without a script", func(t *testing.T) {
		p := fillIn(t, b, id, 3, "", "_add", "past_courses", "missions", "Accueil")
		line := p.Find(`input[name^="past_courses/"]`)
		if p.Status != http.StatusOK || line.Length() != 3 {
			t.Fatalf("%d, %d inputs", p.Status, line.Length())
		}
		form := p.Form(paths.Step(id, 3))
		name := line.Eq(1).AttrOr("name", "")
		form.Set(name, "Accueil du public")
		form.Set("_go", "enregistrer")
		if p = b.Follow(paths.Step(id, 3), form); p.Find(`input[name^="past_courses/"]`).Length() != 3 {
			t.Fatal("the line was not kept")
		}
		row := strings.Join(strings.Split(name, "/")[:2], "/")
		form = p.Form(paths.Step(id, 3))
		form.Set("_remove", row)
		if p = b.Post(paths.Step(id, 3), form); p.Find(`input[name^="past_courses/"]`).Length() != 0 {
			t.Error("the line is still there")
		}
	})
	t.Run("P13.3 two tabs: both values shown, one chosen", func(t *testing.T) {
		one, two := b.Get(paths.Step(id, 1)).Form(paths.Step(id, 1)), b.Get(paths.Step(id, 1)).Form(paths.Step(id, 1))
		one.Set("birth_name", "Durand")
		one.Set("_go", "enregistrer")
		two.Set("birth_name", "Dupont")
		two.Set("_go", "suite")
		b.Post(paths.Step(id, 1), one)
		p := b.Post(paths.Step(id, 1), two)
		if p.Status != http.StatusConflict || p.Find(".conflict").Length() != 1 || !strings.Contains(p.Find(".conflict").Text(), "Durand") || !strings.Contains(p.Find(".conflict").Text(), "Dupont") {
			t.Fatalf("%d %s", p.Status, p.Find(".conflict").Text())
		}
		if words := p.Find(".conflict").Text(); !strings.Contains(words, "Cet onglet") || !strings.Contains(words, "Un autre onglet") {
			t.Errorf("the sides do not say which tab: %s", words)
		}
		keep := p.Find(`.conflict button[name="_keep"]`).Last().AttrOr("value", "")
		form := p.Form(paths.Step(id, 1))
		form.Set("_keep", keep)
		p = b.Post(paths.Step(id, 1), form)
		if p.Status != http.StatusOK || p.Find(".conflict").Length() != 0 || p.Find("#birth_name").AttrOr("value", "") != "Durand" {
			t.Errorf("%d, birth name %q", p.Status, p.Find("#birth_name").AttrOr("value", ""))
		}
	})
	t.Run("P13.4 an automatic save answers the state alone", func(t *testing.T) {
		form := b.Get(paths.Step(id, 1)).Form(paths.Step(id, 1))
		form.Set("_go", "auto")
		form.Set("first_name", "Camille")
		p := b.Do(partial(paths.Step(id, 1), form, "span#sauvegarde"))
		if p.Status != http.StatusOK || p.Find("#sauvegarde").Length() != 1 || p.Find("form").Length() != 0 {
			t.Errorf("%d %s", p.Status, p.Body)
		}
	})
	t.Run("a step out of range, garbage and someone else's draft", func(t *testing.T) {
		for path, want := range map[string]int{paths.Step(id, 9): 404, paths.Step(id, 0): 404, "/candidatures/x/etapes/1": 404} {
			if p := b.Get(path); p.Status != want {
				t.Errorf("%s: %d", path, p.Status)
			}
		}
		if p := w.SignedIn().Get(paths.Step(id, 1)); p.Status != http.StatusNotFound {
			t.Errorf("stranger: %d", p.Status)
		}
		long := url.Values{"birth_name": {strings.Repeat("é", 10_000)}, "_go": {"suite"}}
		if p := b.Post(paths.Step(id, 1), long); p.Status != http.StatusUnprocessableEntity && p.Status != http.StatusConflict {
			t.Errorf("10,000 characters: %d", p.Status)
		}
	})
}

func partial(path string, form url.Values, target string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("HX-Request", "true")
	r.Header.Set("HX-Target", target)
	return r
}

func TestDraftBeforeAccount(t *testing.T) {
	w := handlerstest.NewWorld(t)
	b := w.Visitor()
	id := start(t, b, w.Course.Session)
	fillAll(t, b, id)
	t.Run("P18.6 a second start leads to the first", func(t *testing.T) {
		if again := b.Post(paths.StartRegistration(w.Course.Session.String()), nil); !strings.Contains(again.Location, id) {
			t.Error(again.Location)
		}
	})
	t.Run("P18.1 the sign-up is filled in from the draft, for the browser that holds it alone", func(t *testing.T) {
		mine, other := b.Get(paths.SignUp()), w.Visitor().Get(paths.SignUp())
		for name, want := range map[string]string{"birth_name": "Martin", "first_name": "Camille", "birth_date": "14/06/1988", "email": "camille@example.org"} {
			if got, _ := mine.Find("#" + name).Attr("value"); got != want {
				t.Errorf("%s: %q", name, got)
			}
			if got, _ := other.Find("#" + name).Attr("value"); got != "" {
				t.Errorf("another browser reads %s: %q", name, got)
			}
		}
	})
	t.Run("P18.1 sending asks for an account and keeps the draft", func(t *testing.T) {
		p := b.Post(paths.Submit(id), sendForm(t, b, id))
		if p.Status != http.StatusUnauthorized || p.Find(`#transmission button[value="compte"]`).Length() == 0 {
			t.Errorf("%d", p.Status)
		}
		if _, ticked := p.Find("#accuracy").Attr("checked"); !ticked {
			t.Error("the tick was lost")
		}
	})
	t.Run("P18.1 opening an account leads back to the recapitulation, ticks kept", func(t *testing.T) {
		form := sendForm(t, b, id)
		form.Set("_go", "compte")
		if p := b.Post(paths.Submit(id), form); p.Status != http.StatusSeeOther || p.Location != paths.SignUp() {
			t.Fatalf("%d %s", p.Status, p.Location)
		}
		form.Set("_go", "connexion")
		if p := b.Post(paths.Submit(id), form); p.Location != paths.SignIn(paths.Step(id, 5)) {
			t.Errorf("%d %s", p.Status, p.Location)
		}
	})
	t.Run("P5.5 saving a wrong answer keeps it and says what is wrong", func(t *testing.T) {
		p := fillIn(t, b, id, 1, "enregistrer", "birth_date", "13/2020")
		if p.Status != http.StatusUnprocessableEntity || p.Find(".error-summary").Length() != 1 || p.Find("#birth_date").AttrOr("value", "") != "13/2020" {
			t.Errorf("%d", p.Status)
		}
		if p = fillIn(t, b, id, 1, "enregistrer", "birth_date", "14/06/1988"); p.Status != http.StatusSeeOther {
			t.Errorf("mended: %d", p.Status)
		}
	})
	t.Run("P18.1 found later it shows course and date only", func(t *testing.T) {
		b.Forget("passerelle_reprise")
		if p := b.Get(paths.Step(id, 1)); p.Location != paths.FoundDraft() {
			t.Fatalf("%d %s", p.Status, p.Location)
		}
		p := b.Get(paths.FoundDraft())
		if strings.Contains(p.Body, "Martin") || p.Title() != "Est-ce le vôtre ?" && p.Title() != "Est-ce le vôtre\u00a0?" {
			t.Errorf("%q", p.Title())
		}
		if p := b.Follow(paths.FoundDraft(), url.Values{"brouillon": {id}, "reponse": {"oui"}}); p.Status != http.StatusSeeOther || !strings.Contains(p.Location, "/etapes/") {
			t.Errorf("continue: %d %s", p.Status, p.Location)
		}
	})
	t.Run("P18.1 not mine: it stays closed and waits for its author", func(t *testing.T) {
		b.Post(paths.FoundDraft(), url.Values{"brouillon": {id}, "reponse": {"non"}})
		if p := b.Get(paths.Step(id, 1)); p.Status == http.StatusOK {
			t.Error("still open")
		}
		other := start(t, b, w.Course.Session)
		if other == id {
			t.Fatal("the second person was led to the first one's draft")
		}
		b.Forget("passerelle_brouillons")
		if p := b.Get(paths.FoundDraft()); p.Find(`input[value="`+id+`"]`).Length() != 1 {
			t.Fatal("its author does not find it again")
		}
		if p := b.Follow(paths.FoundDraft(), url.Values{"brouillon": {id}, "reponse": {"oui"}}); !strings.Contains(p.Location, id) {
			t.Errorf("%d %s", p.Status, p.Location)
		}
	})
	t.Run("P18.1 recognised by somebody signed in, it becomes theirs", func(t *testing.T) {
		secret := b.Cookie("passerelle_brouillons")
		someone := w.SignedIn()
		someone.SetCookie("passerelle_brouillons", secret)
		p := someone.Post(paths.FoundDraft(), url.Values{"brouillon": {id}, "reponse": {"oui"}})
		if p.Status != http.StatusSeeOther {
			t.Fatal(p.Status)
		}
		if p := someone.Follow(paths.Submit(id), sendForm(t, someone, id)); p.Status != http.StatusOK {
			t.Errorf("%d", p.Status)
		}
	})
}

func TestEndedSession(t *testing.T) {
	w := handlerstest.NewWorld(t)
	b := w.Account("camille@demo.example.org", "Camille", "Fontaine")
	id := start(t, b, w.Course.Session)
	form := b.Get(paths.Step(id, 3)).Form(paths.Step(id, 3))
	form.Set("missions", "Écrit pendant que la session expirait")
	form.Set("_go", "suite")
	for name, end := range map[string]func(){
		"ended":   func() { w.Exec(`UPDATE sign_ins SET ends_at = $1`, w.DB.Clock.Now().Add(-time.Minute)) },
		"missing": func() { b.Forget("passerelle") },
	} {
		t.Run("P18.10 a form posted with a session that is "+name+" comes back after sign-in, once, for the same account", func(t *testing.T) {
			b.SignIn("camille@demo.example.org")
			text := form.Get("missions") + " " + name
			form.Set("missions", text)
			end()
			p := b.Post(paths.Step(id, 3), form)
			replay := p.Find(`input[name="replay"]`).AttrOr("value", "")
			if p.Status != http.StatusUnauthorized || replay == "" {
				t.Fatalf("%d, replay %q", p.Status, replay)
			}
			if name == "missing" && strings.Contains(p.Body, "camille@demo") {
				t.Error("the page names the owner to a stranger")
			}
			in := url.Values{"email": {"camille@demo.example.org"}, "password": {handlerstest.Password}, "replay": {replay}}
			if p = b.Post(paths.SignIn(""), in); p.Status != http.StatusSeeOther || p.Location != paths.Step(id, 4) {
				t.Fatalf("%d %s", p.Status, p.Location)
			}
			var kept string
			err := w.DB.Pool.QueryRow(context.Background(), `SELECT val FROM answer_ops WHERE key = 'missions' ORDER BY hlc DESC LIMIT 1`).Scan(&kept)
			if err != nil || !strings.Contains(kept, name) {
				t.Errorf("kept %s, %v", kept, err)
			}
		})
	}
}

func TestStart(t *testing.T) {
	w := handlerstest.NewWorld(t)
	t.Run("P17.15 a session that cannot be chosen says why", func(t *testing.T) {
		w.Exec(`UPDATE sessions SET cancelled_at = now() WHERE id = $1`, w.Other.Session)
		for _, p := range []*handlerstest.Page{w.Visitor().Get(paths.StartRegistration(w.Other.Session.String())),
			w.Visitor().Post(paths.StartRegistration(w.Other.Session.String()), nil)} {
			if !strings.Contains(p.Text(), "annulée") {
				t.Errorf("%d %s", p.Status, p.Title())
			}
		}
		if w.Count(`SELECT count(*) FROM applications`) != 0 {
			t.Error("a draft was begun")
		}
	})
	t.Run("completion answers lists", func(t *testing.T) {
		w.Exec(`INSERT INTO regions (code, no, name) VALUES ('75', 1, 'Nouvelle-Aquitaine')`)
		w.Exec(`INSERT INTO departments (code, no, name, region_code) VALUES ('87', 1, 'Haute-Vienne', '75')`)
		w.Exec(`INSERT INTO employers (siren, name, kind, town, department_code, words) VALUES ('218708501', 'Commune de Limoges', 'commune', 'Limoges', '87', $1::text::tsvector)`, "'commune' 'limoges' '218708501'")
		p := w.Visitor().Get(paths.Completion("employeurs") + "?q=limo&champ=employer.name")
		if o := p.Find(`[role=option]`); o.Length() != 1 || !strings.Contains(o.AttrOr("data-fills", ""), "218708501") {
			t.Errorf("%s", p.Body)
		}
		if p := w.Visitor().Get(paths.Completion("autre") + "?q=x"); p.Status != http.StatusNotFound {
			t.Errorf("%d", p.Status)
		}
	})
}

func TestClosedSession(t *testing.T) {
	w := handlerstest.NewWorld(t)
	b := w.SignedIn()
	id := start(t, b, w.Course.Session)
	fillAll(t, b, id)
	form := sendForm(t, b, id)
	w.Exec(`UPDATE sessions SET opens_on = '2026-01-01', closes_on = '2026-11-21' WHERE id = $1`, w.Course.Session)
	t.Run("P17.15 a session that closed meanwhile is said on every page, and nothing typed is lost", func(t *testing.T) {
		if p := b.Get(paths.Step(id, 1)); p.Status != http.StatusOK || p.Find("#session-fermee").Length() != 1 {
			t.Errorf("step: %d", p.Status)
		}
		p := b.Post(paths.Submit(id), form)
		if p.Status != http.StatusConflict || p.Find("#session-fermee").Length() != 1 || p.Find("button#transmettre").AttrOr("aria-disabled", "") != "true" {
			t.Errorf("sending: %d", p.Status)
		}
		if p := b.Get(paths.MyApplications()); !strings.Contains(p.Find(".dossier__next").Text(), "closes") {
			t.Errorf("dashboard: %s", p.Find(".dossier__next").Text())
		}
	})
}

func TestEraseAsksFirst(t *testing.T) {
	w := handlerstest.NewWorld(t)
	b := w.Visitor()
	id := start(t, b, w.Course.Session)
	t.Run("P18.1 the page of a draft asks before it erases, and reading changes nothing", func(t *testing.T) {
		page := b.Get(paths.Step(id, 1))
		if page.Find(`form[action="`+paths.Erase(id)+`"]`).Length() != 0 || page.Find(`a[href="`+paths.Erase(id)+`"]`).Length() == 0 {
			t.Fatal("one press erases")
		}
		if p := b.Get(paths.Erase(id)); p.Status != http.StatusOK || p.Find(`form[action="`+paths.Erase(id)+`"]`).Length() != 1 {
			t.Fatalf("%d", p.Status)
		}
		if p := b.Get(paths.Step(id, 1)); p.Status != http.StatusOK {
			t.Errorf("%d", p.Status)
		}
		if p := w.Visitor().Get(paths.Erase(id)); p.Status == http.StatusOK {
			t.Error("somebody else is asked")
		}
	})
	t.Run("P18.1 confirmed, the draft is gone and the next page says so", func(t *testing.T) {
		p := b.Post(paths.Erase(id), nil)
		if p.Status != http.StatusSeeOther || p.Location != paths.Erased() {
			t.Fatalf("%d %s", p.Status, p.Location)
		}
		if p = b.Get(p.Location); !strings.Contains(p.Text(), "Brouillon effacé") {
			t.Error(p.Title())
		}
	})
}
