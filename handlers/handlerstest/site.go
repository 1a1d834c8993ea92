// Package handlerstest runs the whole web application in a test: real database,
// real route table, browsers with their own cookies, pages read by selector.
//
// It refuses mocks: what a test sees is what a person would get.
package handlerstest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/gofiber/fiber/v2"

	"passerelle/handlers"
	"passerelle/models"
	"passerelle/models/modelstest"
	"passerelle/models/people"
	"passerelle/models/procedure"
	"passerelle/search"
	"passerelle/static"
)

// BaseURL is the portal's address in tests.
const BaseURL = "http://127.0.0.1:8080"

// Site is a portal under test.
type Site struct {
	T      testing.TB
	DB     *models.DB
	Portal *handlers.Portal
	App    *fiber.App
	URL    string // of a portal that runs by itself; empty for one in this process
	people atomic.Int64
}

// New builds a portal over a database of the test's own, with the published
// forms and nothing else in it. Options change the portal before it begins to
// answer.
func New(t testing.TB, options ...func(*handlers.Portal)) *Site {
	t.Helper()
	db := modelstest.DB(t)
	assets, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	s := &Site{T: t, DB: db}
	if err := procedure.PublishBuiltIn(context.Background(), db); err != nil {
		t.Fatal(err)
	}
	s.Portal = &handlers.Portal{DB: db, Documents: Documents(t, db), Index: search.NewPostgres(db), Assets: assets, Log: slog.New(slog.DiscardHandler), BaseURL: BaseURL,
		Demo: true, MailConfigured: true, MoveTime: func(_ context.Context, by time.Duration) error {
			modelstest.Clock(db).Set(db.Clock.Now().Add(by))
			return nil
		}}
	for _, option := range options {
		option(s.Portal)
	}
	s.App = handlers.NewApp(s.Portal)
	return s
}

// InTx runs a verb and fails the test when it does.
func (s *Site) InTx(fn func(context.Context, models.Tx) error) {
	s.T.Helper()
	if err := s.DB.InTx(context.Background(), fn); err != nil {
		s.T.Fatal(err)
	}
}

// Browser is one person's browser: it keeps cookies and follows nothing by
// itself.
type Browser struct {
	site    *Site
	cookies map[string]*http.Cookie
	Actor   models.Actor // zero for a visitor
	Agent   string
}

// Visitor opens a browser without account.
func (s *Site) Visitor() *Browser {
	return &Browser{site: s, cookies: map[string]*http.Cookie{}, Agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0"}
}

// SignedIn opens a browser for a new active account with the grants.
func (s *Site) SignedIn(grants ...models.Grant) *Browser {
	s.T.Helper()
	n := s.people.Add(1)
	email := fmt.Sprintf("personne%d@demo.example.org", n)
	s.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := people.CreateByOperator(ctx, tx, models.Operator(), people.OperatorInput{
			Email: email, Lang: "fr", Grants: grants, PasswordHash: passwordHash(),
			Identity: people.Identity{BirthName: "Personne " + letters(n), FirstName: "Alix", BirthDate: time.Date(1990, 1, int(n%28)+1, 0, 0, 0, 0, time.UTC)}})
		return err
	})
	b := s.Visitor()
	b.SignIn(email)
	return b
}

// Password is the password of every account of SignedIn.
const Password = "Traverser-le-pont-9"

// passwordHash is computed once per test binary: hashing is slow on purpose.
var passwordHash = sync.OnceValue(func() string {
	hash, err := people.HashPassword(context.Background(), Password)
	if err != nil {
		panic(err)
	}
	return hash
})

// SignIn signs this browser in, as the sign-in page would.
func (b *Browser) SignIn(email string) {
	b.site.T.Helper()
	in, err := people.SignIn(context.Background(), b.site.DB, models.Actor{}, people.SignInInput{Email: email, Password: Password,
		Device: "Firefox, Linux", Address: "127.0.0.1"})
	if err != nil {
		b.site.T.Fatalf("sign in: %v", err)
	}
	b.Actor = in.Actor
	b.cookies["passerelle"] = &http.Cookie{Name: "passerelle", Value: in.Token}
}

func letters(n int64) string {
	var b strings.Builder
	for ; n > 0; n /= 26 {
		b.WriteByte(byte('A' + n%26))
	}
	return b.String()
}

// Page is an answer, parsed.
type Page struct {
	*goquery.Document
	Status   int
	Header   http.Header
	Body     string
	Location string
}

// Get asks for a page.
func (b *Browser) Get(path string) *Page {
	b.site.T.Helper()
	return b.Do(httptest.NewRequest(http.MethodGet, path, nil))
}

// Post sends a form as the portal's own pages do.
func (b *Browser) Post(path string, form url.Values) *Page {
	b.site.T.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.Do(r)
}

// Follow posts a form and opens the page that it leads to.
func (b *Browser) Follow(path string, form url.Values) *Page {
	b.site.T.Helper()
	p := b.Post(path, form)
	if p.Status != http.StatusSeeOther {
		b.site.T.Fatalf("POST %s: %d, want 303\n%s", path, p.Status, p.Text())
	}
	to, _, _ := strings.Cut(p.Location, "#")
	return b.Get(to)
}

// Do sends any request with this browser's cookies.
func (b *Browser) Do(r *http.Request) *Page {
	b.site.T.Helper()
	p, err := b.Try(r)
	if err != nil {
		b.site.T.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	return p
}

// Try is Do for a portal that may not answer.
func (b *Browser) Try(r *http.Request) (*Page, error) {
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	if r.Header.Get("User-Agent") == "" {
		r.Header.Set("User-Agent", b.Agent)
	}
	response, err := b.site.send(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	b.keep(response.Cookies())
	p := &Page{Status: response.StatusCode, Header: response.Header, Body: string(body), Location: response.Header.Get("Location")}
	p.Document, err = goquery.NewDocumentFromReader(strings.NewReader(p.Body))
	return p, err
}

// send asks the portal of this process, or the one that runs by itself: each
// request on a connection of its own, as after a cut.
func (s *Site) send(r *http.Request) (*http.Response, error) {
	if s.URL == "" {
		return s.App.Test(r, -1)
	}
	out := r.Clone(r.Context())
	out.RequestURI, out.Close = "", true
	out.URL.Scheme, out.URL.Host = "http", strings.TrimPrefix(s.URL, "http://")
	out.Host = out.URL.Host
	return http.DefaultTransport.RoundTrip(out)
}

func (b *Browser) keep(cookies []*http.Cookie) {
	for _, c := range cookies {
		if c.Value == "" || c.MaxAge < 0 {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c
	}
}

// Forget drops a cookie, as when a session ends.
func (b *Browser) Forget(name string) { delete(b.cookies, name) }

// Title is the text of the page's h1.
func (p *Page) Title() string { return strings.TrimSpace(p.Find("h1").First().Text()) }

// Form reads every successful control of the form whose action is given, as a
// browser would send it.
func (p *Page) Form(action string) url.Values {
	form := url.Values{}
	selection := p.Find("form").FilterFunction(func(_ int, f *goquery.Selection) bool {
		a, _ := f.Attr("action")
		return a == action
	}).First()
	selection.Find("input, textarea, select").Each(func(_ int, s *goquery.Selection) {
		name, ok := s.Attr("name")
		if _, disabled := s.Attr("disabled"); !ok || disabled {
			return
		}
		kind, _ := s.Attr("type")
		_, checked := s.Attr("checked")
		switch {
		case goquery.NodeName(s) == "textarea":
			form.Add(name, strings.TrimPrefix(s.Text(), "\n"))
		case goquery.NodeName(s) == "select":
			option := s.Find("option[selected]").First()
			if option.Length() == 0 {
				option = s.Find("option").First()
			}
			form.Add(name, option.AttrOr("value", option.Text()))
		case kind == "checkbox" || kind == "radio":
			if checked {
				form.Add(name, s.AttrOr("value", "on"))
			}
		case kind == "submit" || kind == "button" || kind == "file":
		default:
			form.Add(name, s.AttrOr("value", ""))
		}
	})
	return form
}
