package handlers_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/pquerna/otp/totp"

	"passerelle/handlers"
	"passerelle/handlers/handlerstest"
	"passerelle/models"
	"passerelle/models/modelstest"
	"passerelle/models/people"
)

const (
	factorsPage = "/compte/double-verification"
	askPage     = "/connexion/verification"
	addPage     = factorsPage + "/application"
	provePage   = factorsPage + "/confirmation"
)

// phone is an application of codes.
type phone struct {
	s      *handlerstest.Site
	secret string
}

// code is what it shows, at a new half minute each time it is looked at.
func (p phone) code() string {
	p.s.T.Helper()
	later(p.s, 31*time.Second)
	return p.now()
}

func (p phone) now() string {
	code, err := totp.GenerateCode(p.secret, modelstest.Clock(p.s.DB).Now())
	if err != nil {
		p.s.T.Fatal(err)
	}
	return code
}

// enrol adds an application by the pages and gives it with the recovery codes.
func enrol(s *handlerstest.Site, b *handlerstest.Browser) (phone, []string) {
	s.T.Helper()
	page := b.Get(addPage)
	if page.Status != http.StatusOK {
		s.T.Fatalf("%s: %d to %s", addPage, page.Status, page.Location)
	}
	p := phone{s, strings.ReplaceAll(page.Find(".secret").Text(), " ", "")}
	form := page.Form(addPage)
	form.Set("code", p.now())
	done := b.Post(addPage, form)
	if done.Status != http.StatusOK {
		s.T.Fatalf("add: %d %s", done.Status, done.Text())
	}
	return p, done.Find(".codes li").Map(func(_ int, li *goquery.Selection) string { return li.Text() })
}

// password posts the sign-in page.
func password(b *handlerstest.Browser, email string) *handlerstest.Page {
	form := b.Get("/connexion").Form("/connexion")
	form.Set("email", email)
	form.Set("password", handlerstest.Password)
	return b.Post("/connexion", form)
}

// answers posts a code on the page of the second factor.
func answers(b *handlerstest.Browser, code string, more ...string) *handlerstest.Page {
	form := b.Get(askPage).Form(askPage)
	form.Set("code", code)
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return b.Post(askPage, form)
}

func email(b *handlerstest.Browser) string { return b.Actor.Email }

func mailsOf(s *handlerstest.Site, kind string) (n int) {
	s.T.Helper()
	if err := s.DB.Pool.QueryRow(context.Background(), `SELECT count(*) FROM mails WHERE kind = $1`, kind).Scan(&n); err != nil {
		s.T.Fatal(err)
	}
	return n
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	t.Run("P1.13 an application is added by its QR code or its secret, then each sign-in asks for its code", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		me := s.SignedIn()
		form := me.Get(addPage)
		if form.Find("svg.qr path").AttrOr("d", "") == "" || form.Find(`a[href^="otpauth://totp/Passerelle:"]`).Length() != 1 {
			t.Error("nothing to photograph")
		}
		app, codes := enrol(s, me)
		if len(codes) != 10 || !regexp.MustCompile(`^([a-hj-km-np-z1-9]{4}-){2}[a-hj-km-np-z1-9]{4}$`).MatchString(codes[0]) {
			t.Errorf("codes %v", codes)
		}
		if mailsOf(s, "factor_added") != 1 {
			t.Error("the address was not told")
		}
		other := s.Visitor()
		if p := password(other, email(me)); p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Location, askPage) {
			t.Fatalf("%d %s", p.Status, p.Location)
		}
		if p := answers(other, app.code()); p.Status != http.StatusSeeOther || p.Location != "/mes-candidatures" {
			t.Fatalf("%d %s %s", p.Status, p.Location, p.Text())
		}
		p := other.Get("/compte/connexions")
		if p.Status != http.StatusOK || !strings.Contains(p.Text(), "avec un code") {
			t.Errorf("the list of sign-ins does not say how: %s", p.Text())
		}
	})
	t.Run("P1.13 a wrong first code keeps the same secret and says why", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		me := s.SignedIn()
		page := me.Get(addPage)
		form := page.Form(addPage)
		form.Set("code", "12")
		again := me.Post(addPage, form)
		if again.Status != http.StatusUnprocessableEntity || again.Find("#code-erreur").Length() != 1 || again.Find(".secret").Text() != page.Find(".secret").Text() {
			t.Errorf("%d %s", again.Status, again.Text())
		}
		if p := me.Get(factorsPage); strings.Contains(p.Text(), "Codes de secours") {
			t.Error("it was kept")
		}
	})
	t.Run("P1.13 a recovery code serves once, and the address is told", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		me := s.SignedIn()
		_, codes := enrol(s, me)
		b := s.Visitor()
		password(b, email(me))
		if p := answers(b, " "+strings.ToUpper(strings.ReplaceAll(codes[3], "-", " "))); p.Status != http.StatusSeeOther || p.Location != "/mes-candidatures" {
			t.Fatalf("%d %s", p.Status, p.Text())
		}
		if mailsOf(s, "recovery_used") != 1 || !strings.Contains(b.Get(factorsPage).Text(), "9 codes") {
			t.Error("its use is not told, or not counted")
		}
		b = s.Visitor()
		password(b, email(me))
		if p := answers(b, codes[3]); p.Status != http.StatusUnprocessableEntity {
			t.Errorf("twice: %d", p.Status)
		}
	})
	t.Run("P1.13 a device remembered for 30 days asks no code; it is off by default, its secret changes, and a removal forgets it", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		me := s.SignedIn()
		app, _ := enrol(s, me)
		b := s.Visitor()
		password(b, email(me))
		if _, ticked := b.Get(askPage).Find("#remember").Attr("checked"); ticked {
			t.Error("ticked before one chooses")
		}
		answers(b, app.code(), "remember", "1")
		stolen := b.Clone()
		if p := password(signedOut(b), email(me)); p.Location != "/mes-candidatures" {
			t.Errorf("asked again: %s", p.Location)
		}
		if p := b.Get(addPage); p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Location, provePage) {
			t.Errorf("a remembered device changes factors without proof: %d", p.Status)
		}
		if p := password(signedOut(stolen), email(me)); !strings.HasPrefix(p.Location, askPage) {
			t.Errorf("G16 the former secret still serves: %s", p.Location)
		}
		later(s, 31*24*time.Hour)
		if p := password(signedOut(b), email(me)); !strings.HasPrefix(p.Location, askPage) {
			t.Errorf("after 30 days: %s", p.Location)
		}
	})
	t.Run("P1.13 factors change only after a new proof, and a removal ends the other sign-ins", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		me := s.SignedIn()
		app, _ := enrol(s, me)
		other := s.Visitor()
		password(other, email(me))
		answers(other, app.code())
		later(s, 15*time.Minute)
		remove := me.Get(factorsPage).Find(`form[action$="/retrait"]`).AttrOr("action", "")
		asked := me.Post(remove, url.Values{})
		if asked.Status != http.StatusSeeOther || !strings.HasPrefix(asked.Location, provePage) {
			t.Fatalf("%d %s", asked.Status, asked.Location)
		}
		form := me.Get(asked.Location).Form(provePage)
		form.Set("code", app.code())
		if p := me.Post(provePage, form); p.Location != factorsPage {
			t.Fatalf("%d %s", p.Status, p.Text())
		}
		if p := me.Post(remove, url.Values{}); !strings.Contains(p.Location, "fait=retrait") {
			t.Fatalf("%d %s", p.Status, p.Location)
		}
		if p := other.Get("/compte"); p.Status != http.StatusSeeOther {
			t.Errorf("another sign-in lives on: %d", p.Status)
		}
		if p := password(s.Visitor(), email(me)); p.Location != "/mes-candidatures" || mailsOf(s, "factor_removed") != 1 {
			t.Errorf("%s", p.Location)
		}
	})
	t.Run("P1.13 without a factor the proof is the password", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		me := s.SignedIn()
		later(s, 15*time.Minute)
		asked := me.Get(addPage)
		form := me.Get(asked.Location).Form(provePage)
		form.Set("current", "pas le bon")
		if p := me.Post(provePage, form); p.Status != http.StatusUnprocessableEntity {
			t.Errorf("wrong password: %d", p.Status)
		}
		form.Set("current", handlerstest.Password)
		if p := me.Post(provePage, form); p.Location != addPage {
			t.Errorf("%d %s", p.Status, p.Location)
		}
		if p := me.Get(addPage); p.Status != http.StatusOK {
			t.Errorf("%d", p.Status)
		}
	})
	t.Run("P1.13 factors that another secret key has sealed are said to be unreadable, without an error", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		me := s.SignedIn()
		app, codes := enrol(s, me)
		s.DB.Keys = models.NewKeys([]byte(strings.Repeat("another secret ", 3)))
		if p := me.Get(factorsPage); p.Status != http.StatusOK || !strings.Contains(p.Text(), "Ne peut plus être lu") {
			t.Errorf("%d %s", p.Status, p.Text())
		}
		b := s.Visitor()
		password(b, email(me))
		if p := b.Get(askPage); p.Status != http.StatusOK || !strings.Contains(p.Text(), "La clé secrète du portail a changé") {
			t.Errorf("%d %s", p.Status, p.Text())
		}
		for _, code := range []string{app.code(), codes[0]} {
			if p := answers(b, code); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text(), "La clé secrète du portail a changé") {
				t.Errorf("%d %s", p.Status, p.Text())
			}
		}
	})
	t.Run("P1.13 new recovery codes make the former ones useless", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		me := s.SignedIn()
		_, before := enrol(s, me)
		p := me.Post(factorsPage+"/codes", url.Values{})
		if p.Find(".codes li").Length() != 10 || mailsOf(s, "recovery_renewed") != 1 {
			t.Fatalf("%d %s", p.Status, p.Text())
		}
		b := s.Visitor()
		password(b, email(me))
		if p := answers(b, before[0]); p.Status != http.StatusUnprocessableEntity {
			t.Errorf("%d", p.Status)
		}
	})
}

func TestSecondFactorOverAPage(t *testing.T) {
	t.Parallel()
	t.Run("P18.10 a form posted with an ended session waits for the second factor too, and is sent once", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		me := s.SignedIn()
		app, _ := enrol(s, me)
		later(s, 3*time.Hour)
		kept := me.Post("/compte", url.Values{"lang": {"en"}})
		if kept.Status != http.StatusUnauthorized {
			t.Fatalf("%d", kept.Status)
		}
		form := kept.Form("/connexion")
		form.Set("password", handlerstest.Password)
		asked := me.Post("/connexion", form)
		if !strings.HasPrefix(asked.Location, askPage) || !strings.Contains(asked.Location, "reprise=") {
			t.Fatalf("%d %s", asked.Status, asked.Location)
		}
		form = me.Get(asked.Location).Form(askPage)
		form.Set("code", app.code())
		if p := me.Post(askPage, form); p.Status != http.StatusSeeOther || !strings.Contains(p.Location, "fait=langue") {
			t.Errorf("%d %s", p.Status, p.Location)
		}
	})
	t.Run("P18.10 over a page, the dialog asks the password, then the code, and the page stays", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		me := s.SignedIn()
		app, _ := enrol(s, me)
		later(s, 3*time.Hour)
		over := func(path string, form url.Values) *handlerstest.Page {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			r.Header.Set("HX-Request", "true")
			return me.Do(r)
		}
		form := over("/compte", url.Values{"lang": {"en"}}).Form("/connexion")
		form.Set("password", handlerstest.Password)
		dialog := over("/connexion", form)
		if dialog.Status != http.StatusUnauthorized || dialog.Find("dialog#retour [name=code]").Length() != 1 {
			t.Fatalf("%d %s", dialog.Status, dialog.Body)
		}
		form = dialog.Form(askPage)
		form.Set("code", "000000")
		if p := over(askPage, form); p.Status != http.StatusUnprocessableEntity || p.Find("dialog#retour [name=code]").Length() != 1 {
			t.Errorf("wrong code: %d", p.Status)
		}
		form.Set("code", app.code())
		if p := over(askPage, form); p.Status != http.StatusNoContent || p.Header.Get("HX-Trigger") != "pf:signed-in" {
			t.Errorf("%d %q %q", p.Status, p.Header.Get("HX-Trigger"), p.Header.Get("HX-Redirect"))
		}
	})
}

func TestPasskeyOffered(t *testing.T) {
	t.Parallel()
	s := handlerstest.New(t)
	me := s.SignedIn()
	if _, err := s.DB.Pool.Exec(t.Context(), `INSERT INTO factors (id, account_id, kind, secret, credential_id, created_at) VALUES ($1, $2, 'passkey', 'x', 'y', $3)`,
		s.DB.NewID(), me.Actor.Account, s.DB.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	for host, offered := range map[string]int{"localhost:8080": 1, "127.0.0.1:8080": 0, "formation.example.org": 0} {
		t.Run("P1.13 who has passkeys alone is offered them over a page under "+host+", or a recovery code", func(t *testing.T) {
			b := s.Visitor()
			form := url.Values{"email": {email(me)}, "password": {handlerstest.Password}, "overlay": {"1"}}
			r := httptest.NewRequest(http.MethodPost, "/connexion", strings.NewReader(form.Encode()))
			r.Host = host
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			r.Header.Set("HX-Request", "true")
			p := b.Do(r)
			if n := p.Find(`dialog form[data-passkey][hx-post="/connexion/cle"]`).Length(); p.Status != http.StatusUnauthorized || n != offered {
				t.Errorf("%d, %d forms", p.Status, n)
			}
			if !strings.Contains(p.Text(), "Code de secours") {
				t.Errorf("%s", p.Text())
			}
		})
	}
}

// signedOut keeps the lasting cookies of a browser and ends its sign-in.
func signedOut(b *handlerstest.Browser) *handlerstest.Browser {
	b.Forget("passerelle")
	return b
}

func TestSecondFactorAttacks(t *testing.T) {
	t.Parallel()
	t.Run("P1.13 a half-way sign-in reaches no page but its own", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		me := s.SignedIn(models.Grant{Role: models.RoleAdmin, Kind: models.ScopePortal}, models.Grant{Role: models.RoleOfficer, Kind: models.ScopePortal})
		enrol(s, me)
		b := s.Visitor()
		password(b, email(me))
		for _, route := range s.Portal.Routes() {
			if route.Method != http.MethodGet || route.Object != handlers.NoObject ||
				route.Policy != handlers.SignedIn && route.Policy != handlers.Officer && route.Policy != handlers.Admin {
				continue
			}
			if p := b.Get(handlerstest.Fill(route.Path, map[string]string{"kind": "communes"})); p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Location, askPage) {
				t.Errorf("%s: %d %s", route.Path, p.Status, p.Location)
			}
		}
		if p := b.Get("/"); strings.Contains(p.Body, "Déconnexion") || strings.Contains(p.Text(), me.Actor.Name) {
			t.Error("public pages know who it is")
		}
	})
	t.Run("P1.13 a code serves once, and none before it afterwards", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		me := s.SignedIn()
		app, _ := enrol(s, me)
		code := app.code()
		b := s.Visitor()
		password(b, email(me))
		answers(b, code)
		replay := s.Visitor()
		password(replay, email(me))
		if p := answers(replay, code); p.Status != http.StatusUnprocessableEntity {
			t.Errorf("replayed: %d %s", p.Status, p.Location)
		}
		if p := replay.Get("/compte"); p.Status != http.StatusSeeOther {
			t.Errorf("it is in: %d", p.Status)
		}
	})
	t.Run("P1.13 the code of another account opens nothing", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		me, mallory := s.SignedIn(), s.SignedIn()
		enrol(s, me)
		theirs, codes := enrol(s, mallory)
		b := s.Visitor()
		password(b, email(me))
		for _, code := range []string{theirs.code(), codes[0]} {
			if p := answers(b, code); p.Status != http.StatusUnprocessableEntity {
				t.Errorf("%d %s", p.Status, p.Location)
			}
		}
	})
	t.Run("P1.13 guesses wait longer and longer, and the password clears nothing", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		me := s.SignedIn()
		app, _ := enrol(s, me)
		b := s.Visitor()
		password(b, email(me))
		refused := 0
		for range 8 {
			if p := answers(b, "000000"); p.Status == http.StatusTooManyRequests {
				refused++
			}
		}
		if refused < 3 {
			t.Errorf("%d of 8 guesses had to wait", refused)
		}
		fresh := s.Visitor()
		password(fresh, email(me))
		if p := answers(fresh, app.now()); p.Status != http.StatusTooManyRequests || p.Header.Get("Retry-After") == "" {
			t.Errorf("another browser with the password goes on guessing: %d", p.Status)
		}
		later(s, 2*time.Hour)
		fresh = s.Visitor()
		password(fresh, email(me))
		if p := answers(fresh, app.code()); p.Status != http.StatusSeeOther {
			t.Errorf("locked out for good: %d", p.Status)
		}
	})
	t.Run("P1.13 the token changes with the second factor: the half-way one opens nothing afterwards", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		me := s.SignedIn()
		app, _ := enrol(s, me)
		b := s.Visitor()
		password(b, email(me))
		planted := b.Clone()
		answers(b, app.code())
		if p := planted.Get("/compte"); p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Location, "/connexion") {
			t.Errorf("fixation: %d", p.Status)
		}
		if p := planted.Get(askPage); p.Status != http.StatusSeeOther {
			t.Errorf("it still waits: %d", p.Status)
		}
	})
	t.Run("P1.13 a wait of ten minutes ends, and signing out ends it at once", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		me := s.SignedIn()
		app, _ := enrol(s, me)
		b := s.Visitor()
		password(b, email(me))
		form := b.Get(askPage).Form(askPage)
		later(s, 11*time.Minute)
		form.Set("code", app.now())
		if p := b.Post(askPage, form); p.Status != http.StatusUnauthorized {
			t.Errorf("%d", p.Status)
		}
		password(b, email(me))
		kept := b.Clone()
		b.Post("/deconnexion", url.Values{})
		if p := kept.Get(askPage); p.Status != http.StatusSeeOther {
			t.Errorf("%d", p.Status)
		}
	})
	t.Run("P1.13 a new password does not go round the second factor, and forgets remembered devices", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		me := s.SignedIn()
		app, _ := enrol(s, me)
		b := s.Visitor()
		password(b, email(me))
		answers(b, app.code(), "remember", "1")
		form := url.Values{"current": {handlerstest.Password}, "password": {goodWords}, "password_again": {goodWords}}
		if p := b.Post("/compte/mot-de-passe", form); p.Status != http.StatusSeeOther {
			t.Fatalf("%d %s", p.Status, p.Text())
		}
		signedOut(b)
		in := b.Get("/connexion").Form("/connexion")
		in.Set("email", email(me))
		in.Set("password", goodWords)
		if p := b.Post("/connexion", in); !strings.HasPrefix(p.Location, askPage) {
			t.Errorf("%d %s", p.Status, p.Location)
		}
	})
	t.Run("P1.13 the page of a new secret serves its own sign-in alone", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		me, mallory := s.SignedIn(), s.SignedIn()
		page := mallory.Get(addPage)
		planted := phone{s, strings.ReplaceAll(page.Find(".secret").Text(), " ", "")}
		form := page.Form(addPage)
		form.Set("code", planted.code())
		if p := me.Post(addPage, form); p.Status != http.StatusSeeOther || p.Location != addPage {
			t.Errorf("%d", p.Status)
		}
		if p := me.Get(factorsPage); strings.Contains(p.Text(), "Codes de secours") {
			t.Error("somebody else's secret was kept")
		}
	})
	t.Run("P1.4 a wrong password answers the same, factor or not, account or not", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t)
		me, plain := s.SignedIn(), s.SignedIn()
		enrol(s, me)
		pages := []string{}
		for _, address := range []string{email(me), email(plain), "personne@example.org"} {
			b := s.Visitor()
			form := b.Get("/connexion").Form("/connexion")
			form.Set("email", address)
			form.Set("password", "Ce n’est pas 1 bon mot")
			p := b.Post("/connexion", form)
			if p.Status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d", address, p.Status)
			}
			pages = append(pages, strings.ReplaceAll(p.Body, address, "…"))
		}
		if pages[0] != pages[1] || pages[1] != pages[2] {
			t.Error("the pages differ")
		}
	})
}

func TestStaffSecondFactor(t *testing.T) {
	t.Parallel()
	serve := func(p *handlers.Portal) { p.Demo = false }
	admin := models.Grant{Role: models.RoleAdmin, Kind: models.ScopePortal}
	officer := models.Grant{Role: models.RoleOfficer, Kind: models.ScopePortal}
	t.Run("P1.13 staff without a second factor reach the pages that add one, and nothing else", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t, serve)
		me := s.SignedIn(admin, officer)
		for _, path := range []string{"/bureau", "/", "/compte", "/mes-candidatures", "/recherche"} {
			if p := me.Get(path); p.Status != http.StatusSeeOther || p.Location != factorsPage {
				t.Errorf("%s: %d %s", path, p.Status, p.Location)
			}
		}
		if p := me.Post("/compte/mot-de-passe", url.Values{}); p.Location != factorsPage {
			t.Errorf("a POST: %d", p.Status)
		}
		p := me.Get(factorsPage)
		if p.Status != http.StatusOK || !strings.Contains(p.Text(), "protégez votre compte") {
			t.Errorf("%d %s", p.Status, p.Text())
		}
		_, codes := enrol(s, me)
		if len(codes) != 10 {
			t.Fatal("no codes")
		}
		if p := me.Get("/bureau"); p.Status != http.StatusOK {
			t.Errorf("the desk stays shut: %d %s", p.Status, p.Location)
		}
		remove := me.Get(factorsPage).Find(`form[action$="/retrait"]`).AttrOr("action", "")
		if p := me.Post(remove, url.Values{}); p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text(), "ajoutez-en un autre") {
			t.Errorf("the last one goes: %d", p.Status)
		}
	})
	t.Run("P1.13 applicants are free to, a setting offers it to staff, and a demonstration never requires it", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t, serve)
		if p := s.SignedIn().Get("/compte"); p.Status != http.StatusOK {
			t.Errorf("applicant: %d", p.Status)
		}
		s.InTx(func(ctx context.Context, tx models.Tx) error {
			return models.SetSetting(ctx, tx, models.Operator(), "staff_second_factor", "offered")
		})
		if p := s.SignedIn(officer).Get("/bureau"); p.Status != http.StatusOK {
			t.Errorf("offered: %d", p.Status)
		}
		if p := handlerstest.New(t).SignedIn(officer).Get("/bureau"); p.Status != http.StatusOK {
			t.Errorf("demonstration: %d", p.Status)
		}
	})
	t.Run("P18.10 what staff post before they have a second factor waits for it, through a session that ends as well", func(t *testing.T) {
		t.Parallel()
		for name, ended := range map[string]bool{"signed in": false, "session ended": true} {
			s := handlerstest.New(t, serve)
			me := s.SignedIn(officer)
			if ended {
				later(s, 3*time.Hour)
			}
			p := me.Post("/compte", url.Values{"lang": {"en"}})
			if ended {
				form := p.Form("/connexion")
				form.Set("password", handlerstest.Password)
				p = me.Post("/connexion", form)
			}
			if p.Status != http.StatusSeeOther || p.Location != factorsPage {
				t.Fatalf("%s: %d %s", name, p.Status, p.Location)
			}
			if p := me.Get(factorsPage); !strings.Contains(p.Text(), "Ce que vous aviez rempli est gardé") {
				t.Errorf("%s: nothing is said of it: %s", name, p.Text())
			}
			page := me.Get(addPage)
			app := phone{s, strings.ReplaceAll(page.Find(".secret").Text(), " ", "")}
			form := page.Form(addPage)
			form.Set("code", app.now())
			codes := me.Post(addPage, form)
			const send = factorsPage + "/reprise"
			if codes.Find("form[action='"+send+"']").Length() != 1 {
				t.Fatalf("%s: %d %s", name, codes.Status, codes.Text())
			}
			if p := me.Post(send, nil); p.Status != http.StatusSeeOther || !strings.Contains(p.Location, "fait=langue") {
				t.Errorf("%s: %d %s", name, p.Status, p.Location)
			}
			if p := me.Get("/compte"); p.Find("html").AttrOr("lang", "") != "en" {
				t.Errorf("%s: it was not done", name)
			}
			if p := me.Post(send, nil); p.Status != http.StatusSeeOther || strings.Contains(p.Location, "fait=langue") {
				t.Errorf("%s: twice: %s", name, p.Location)
			}
		}
	})
	t.Run("P1.13 who lost everything asks an operator; staff then enrol again", func(t *testing.T) {
		t.Parallel()
		s := handlerstest.New(t, serve)
		me := s.SignedIn(officer)
		enrol(s, me)
		s.InTx(func(ctx context.Context, tx models.Tx) error {
			return people.RemoveFactorsByOperator(ctx, tx, models.Operator(), me.Actor.Account, "vu au guichet")
		})
		if p := me.Get("/bureau"); p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Location, "/connexion") {
			t.Errorf("the sign-in lives on: %d %s", p.Status, p.Location)
		}
		password(me, email(me))
		if p := me.Get("/bureau"); p.Location != factorsPage {
			t.Errorf("%d %s", p.Status, p.Location)
		}
	})
}
