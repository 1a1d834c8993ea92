package handlers_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"passerelle/handlers"
	"passerelle/handlers/handlerstest"
)

// hostileWorld is a portal whose log is kept, to look for what must not be there.
type hostileWorld struct {
	*handlerstest.World
	log *lines
}

// lines is a log in memory.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newHostile(t *testing.T) *hostileWorld {
	t.Helper()
	log := &lines{}
	w := handlerstest.NewWorld(t, func(p *handlers.Portal) {
		p.Log = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	return &hostileWorld{World: w, log: log}
}

// page checks what every answer owes, whatever was sent: its headers, and on a
// page no word of the machine's.
func (w *hostileWorld) page(t *testing.T, p *handlerstest.Page, status int) {
	t.Helper()
	if p.Status != status {
		t.Errorf("status %d, want %d: %s", p.Status, status, p.Title())
	}
	for name, value := range securityHeaders {
		if got := p.Header.Get(name); !strings.Contains(got, value) {
			t.Errorf("%d answer: header %s is %q, want %q", p.Status, name, got, value)
		}
	}
	for _, word := range machineWords {
		if strings.Contains(p.Body, word) {
			t.Errorf("%d page shows %q", p.Status, word)
		}
	}
	if p.Status >= 400 && strings.Contains(p.Body, "<html") && p.Title() == "" {
		t.Errorf("%d page has no title", p.Status)
	}
}

var securityHeaders = map[string]string{
	"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
	"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "X-Request-Id": "", "Permissions-Policy": "camera=()",
}

// machineWords would tell a stranger how the portal is made.
var machineWords = []string{"SQLSTATE", "pgx", "goroutine", "runtime error", ".go:", "pq:", "SELECT ", "ERROR:", "strconv.", "invalid UUID",
	"fasthttp", "fiber", "reflect."}

// send posts a body as it is.
func send(path, kind, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

const urlencoded = "application/x-www-form-urlencoded"

func TestHostileBodies(t *testing.T) {
	w := newHostile(t)
	me := w.SignedIn()
	draft := w.Begin(me, w.Course.Session)
	step := "/candidatures/" + draft.String() + "/etapes/1"
	kept := w.Keep()
	cases := []struct {
		name, kind, body string
		status           int
	}{
		{"JSON where a form is expected", "application/json", `{"birth_name":"x","state":"accepted"}`, http.StatusBadRequest},
		{"JSON sent as text", "text/plain", `{"birth_name":"x"}`, http.StatusBadRequest},
		{"no content type", "", "birth_name=x", http.StatusBadRequest},
		{"a content type of nonsense", ";;;", "birth_name=x", http.StatusBadRequest},
		{"XML", "application/xml", `<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>`, http.StatusBadRequest},
		{"NUL in a value", urlencoded, "birth_name=Mar%00tin", http.StatusBadRequest},
		{"NUL in a name", urlencoded, "birth%00name=Martin", http.StatusBadRequest},
		{"broken UTF-8 in a value", urlencoded, "birth_name=Mar%FF%FEtin", http.StatusBadRequest},
		{"a lone surrogate", urlencoded, "birth_name=%ED%A0%80", http.StatusBadRequest},
		{"broken percent encoding", urlencoded, "birth_name=%ZZ", http.StatusBadRequest},
		{"ten thousand fields", urlencoded, strings.Repeat("a=1&", 10000), http.StatusBadRequest},
		{"a multipart body without its boundary", "multipart/form-data", "x", http.StatusBadRequest},
		{"a file where none is asked", "multipart/form-data; boundary=b",
			"--b\r\nContent-Disposition: form-data; name=\"birth_name\"; filename=\"a.html\"\r\n\r\n<script>\r\n--b--\r\n", http.StatusBadRequest},
	}
	for _, c := range cases {
		t.Run("P15.4 "+c.name, func(t *testing.T) {
			w.page(t, me.Do(send(step, c.kind, c.body)), c.status)
			if changed := kept.Changed(); len(changed) > 0 {
				t.Errorf("it was refused and changed %v", changed)
				kept.Back()
			}
		})
	}
}

func TestHostileAddresses(t *testing.T) {
	w := newHostile(t)
	me, other := w.SignedIn(), w.SignedIn()
	draft := w.Begin(me, w.Course.Session).String()
	foreign := w.Begin(other, w.Course.Session).String()
	cases := []struct {
		name, path string
		status     int
	}{
		{"step zero", "/candidatures/" + draft + "/etapes/0", http.StatusNotFound},
		{"step six", "/candidatures/" + draft + "/etapes/6", http.StatusNotFound},
		{"a negative step", "/candidatures/" + draft + "/etapes/-1", http.StatusNotFound},
		{"a step beyond any number", "/candidatures/" + draft + "/etapes/99999999999999999999", http.StatusNotFound},
		{"a step that is a word", "/candidatures/" + draft + "/etapes/un", http.StatusNotFound},
		{"a step with a sign", "/candidatures/" + draft + "/etapes/+1", http.StatusNotFound},
		{"somebody else's draft", "/candidatures/" + foreign + "/etapes/1", http.StatusNotFound},
		{"an id that is no id", "/candidatures/1/etapes/1", http.StatusNotFound},
		{"an id in braces", "/candidatures/%7B" + draft + "%7D/etapes/1", http.StatusNotFound},
		{"an id as URN", "/candidatures/urn:uuid:" + draft + "/etapes/1", http.StatusNotFound},
		{"a quote in the id", "/candidatures/" + draft + "'/etapes/1", http.StatusNotFound},
		{"NUL in the path", "/formations/a%00b", http.StatusNotFound},
		{"broken UTF-8 in the path", "/formations/%FF%FE", http.StatusNotFound},
		{"a double slash", "//bureau", http.StatusNotFound},
		{"a double slash inside", "/candidatures//" + draft, http.StatusNotFound},
		{"a trailing slash", "/bureau/", http.StatusNotFound},
		{"another case", "/BUREAU", http.StatusNotFound},
		{"a dot segment", "/formations/../bureau", http.StatusNotFound},
		{"an encoded dot segment", "/static/%2e%2e/%2e%2e/etc/passwd", http.StatusNotFound},
		{"an asset that is a folder", "/static/", http.StatusNotFound},
		{"a very long path", "/" + strings.Repeat("a", 3000), http.StatusNotFound},
		{"NUL in the query", "/recherche?q=a%00b", http.StatusBadRequest},
		{"broken UTF-8 in the query", "/recherche?q=%FF", http.StatusBadRequest},
		{"broken percent encoding in the query", "/recherche?q=%ZZ", http.StatusBadRequest},
		{"a page beyond any number", "/recherche?q=a&page=99999999999999999999", http.StatusOK},
		{"a negative page", "/recherche?q=a&page=-5", http.StatusOK},
		{"a filter that does not exist", "/recherche?inconnu=1&nature=%3Cscript%3E", http.StatusOK},
		{"quotes and operators", "/recherche?q=%27%29%3B+DROP+TABLE+courses%3B--+%26%7C%21%3A%2A", http.StatusOK},
		{"ten thousand letters", "/recherche?q=" + strings.Repeat("a", 3000), http.StatusOK},
		{"git", "/.git/config", http.StatusNotFound},
		{"profiles", "/debug/pprof/", http.StatusNotFound},
		{"metrics on the public listener", "/metrics", http.StatusNotFound},
	}
	for _, c := range cases {
		t.Run("P15.4 "+c.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.URL = &url.URL{Opaque: c.path}
			r.RequestURI = c.path
			w.page(t, me.Do(r), c.status)
		})
	}
	t.Run("P15.4 what is typed in the search box is shown as text", func(t *testing.T) {
		p := me.Get("/recherche?q=" + url.QueryEscape(`"><script>alert(1)</script><img src=x onerror=alert(1)>`))
		w.page(t, p, http.StatusOK)
		if n := p.Find("script:not([src]), img[onerror]").Length(); n > 0 {
			t.Errorf("%d elements of the query came alive", n)
		}
	})
}

func TestHostileMethods(t *testing.T) {
	w := newHostile(t)
	me := w.SignedIn()
	for _, route := range w.Portal.Routes() {
		if strings.Contains(route.Path, ":") {
			continue
		}
		other := map[string]string{http.MethodGet: http.MethodDelete, http.MethodPost: http.MethodPut, http.MethodOptions: http.MethodGet}[route.Method]
		t.Run("P15.4 "+other+" "+route.Path, func(t *testing.T) {
			r := httptest.NewRequest(other, route.Path, nil)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			p := me.Do(r)
			w.page(t, p, http.StatusMethodNotAllowed)
			if !strings.Contains(p.Header.Get("Allow"), route.Method) {
				t.Errorf("Allow: %q, want %s in it", p.Header.Get("Allow"), route.Method)
			}
		})
	}
	t.Run("P15.4 HEAD answers as GET without its body", func(t *testing.T) {
		p := w.Visitor().Do(httptest.NewRequest(http.MethodHead, "/", nil))
		w.page(t, p, http.StatusOK)
		if p.Body != "" {
			t.Errorf("%d bytes", len(p.Body))
		}
	})
	t.Run("P15.4 a header does not change the method", func(t *testing.T) {
		r := httptest.NewRequest(http.MethodGet, "/deconnexion", nil)
		r.Header.Set("X-HTTP-Method-Override", "POST")
		w.page(t, me.Do(r), http.StatusMethodNotAllowed)
		w.page(t, me.Get("/compte"), http.StatusOK)
	})
}

func TestCrossSite(t *testing.T) {
	w := newHostile(t)
	me := w.SignedIn()
	kept := w.Keep()
	post := func(headers map[string]string) *handlerstest.Page {
		r := httptest.NewRequest(http.MethodPost, "/compte", strings.NewReader("lang=en"))
		r.Header.Set("Content-Type", urlencoded)
		for k, v := range headers {
			r.Header.Set(k, v)
		}
		return me.Do(r)
	}
	for name, headers := range map[string]map[string]string{
		"another site":                        {"Sec-Fetch-Site": "cross-site", "Origin": handlerstest.BaseURL},
		"a neighbour of the same site":        {"Sec-Fetch-Site": "same-site"},
		"another origin":                      {"Origin": "https://mechant.example"},
		"an origin that begins like ours":     {"Origin": handlerstest.BaseURL + ".mechant.example"},
		"no origin, as a sandboxed page says": {"Origin": "null"},
		"nothing said":                        {},
		"a header of nonsense":                {"Sec-Fetch-Site": "same-origin, cross-site"},
	} {
		t.Run("P2.5 a form posted by "+name+" is refused", func(t *testing.T) {
			w.page(t, post(headers), http.StatusForbidden)
			if changed := kept.Changed(); len(changed) > 0 {
				t.Errorf("and changed %v", changed)
			}
		})
	}
	for name, headers := range map[string]map[string]string{
		"this portal":            {"Sec-Fetch-Site": "same-origin"},
		"an older browser":       {"Origin": handlerstest.BaseURL},
		"the person's own hands": {"Sec-Fetch-Site": "none"},
	} {
		t.Run("P2.5 a form posted by "+name+" is taken", func(t *testing.T) { w.page(t, post(headers), http.StatusSeeOther) })
	}
	t.Run("P2.5 one route alone is posted to from elsewhere, by mail programs", func(t *testing.T) {
		open := []string{}
		for _, r := range w.Portal.Routes() {
			if r.Elsewhere {
				open = append(open, r.Method+" "+r.Path)
			}
		}
		if want := []string{"POST /alertes/courriels/:token"}; !slices.Equal(open, want) {
			t.Errorf("%v, want %v", open, want)
		}
	})
}

func TestRedirects(t *testing.T) {
	w := newHostile(t)
	ways := []string{"https://mechant.example", "//mechant.example", `/\mechant.example`, `\\mechant.example`, "/\t/mechant.example", "/\r\nSet-Cookie: a=b",
		"javascript:alert(1)", "data:text/html,x", "http:mechant.example", "/%0d%0aSet-Cookie:%20a=b", "mechant.example", " //mechant.example", "/.//mechant.example"}
	local := func(t *testing.T, p *handlerstest.Page) {
		t.Helper()
		w.page(t, p, http.StatusSeeOther)
		u, err := url.Parse(p.Location)
		if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(p.Location, "/") || strings.HasPrefix(p.Location, "//") ||
			strings.HasPrefix(p.Location, `/\`) || p.Header.Get("Set-Cookie") != "" && strings.Contains(p.Header.Get("Set-Cookie"), "a=b") {
			t.Errorf("leads to %q", p.Location)
		}
	}
	for _, way := range ways {
		t.Run("P2.5 after a choice of language, never to "+way, func(t *testing.T) {
			local(t, w.Visitor().Post("/langue", url.Values{"langue": {"en"}, "retour": {way}}))
		})
	}
	t.Run("P2.5 after sign-in, never elsewhere", func(t *testing.T) {
		w.Account("retour@demo.example.org", "Alix", "Retour")
		for _, way := range ways {
			form := url.Values{"email": {"retour@demo.example.org"}, "password": {handlerstest.Password}, "next": {way}, "retour": {way}}
			local(t, w.Visitor().Post("/connexion?retour="+url.QueryEscape(way), form))
		}
	})
}

func TestHostHeader(t *testing.T) {
	w := newHostile(t)
	b := w.Visitor()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Host = "mechant.example"
	r.Header.Set("X-Forwarded-Host", "mechant.example")
	r.Header.Set("X-Forwarded-Proto", "https")
	p := b.Do(r)
	t.Run("P2.5 a page holds no address made from the Host header", func(t *testing.T) {
		w.page(t, p, http.StatusOK)
		if strings.Contains(p.Body, "mechant.example") {
			t.Error("the page repeats it")
		}
		for name, values := range p.Header {
			if strings.Contains(strings.Join(values, " "), "mechant.example") {
				t.Errorf("header %s repeats it", name)
			}
		}
	})
	t.Run("P2.5 a forwarded address is believed from a trusted proxy alone", func(t *testing.T) {
		for i := range 300 {
			r := send("/validation/aucun/renouvellement", urlencoded, "")
			r.Header.Set("X-Forwarded-For", fmt.Sprintf("10.0.0.%d", i%250))
			if b.Do(r).Status == http.StatusTooManyRequests {
				return
			}
		}
		t.Error("a rotating X-Forwarded-For passes the limit")
	})
}

func TestHeaders(t *testing.T) {
	w := newHostile(t)
	b := w.Visitor()
	home := b.Get("/")
	t.Run("P15.6 every answer has its security headers", func(t *testing.T) {
		w.page(t, home, http.StatusOK)
		asset, _ := home.Find("link[rel=stylesheet]").First().Attr("href")
		first := b.Get(asset)
		w.page(t, first, http.StatusOK)
		r := httptest.NewRequest(http.MethodGet, asset, nil)
		r.Header.Set("If-None-Match", first.Header.Get("ETag"))
		w.page(t, b.Do(r), http.StatusNotModified)
		w.page(t, b.Get("/healthz"), http.StatusOK)
		w.page(t, b.Get("/nulle-part"), http.StatusNotFound)
		w.page(t, b.Get("/compte"), http.StatusSeeOther)
	})
	t.Run("P15.3 a page asks nothing of another site", func(t *testing.T) {
		home.Find("[src], link[href]").Each(func(_ int, s *goquery.Selection) {
			for _, name := range []string{"src", "href"} {
				if v := s.AttrOr(name, "/"); !strings.HasPrefix(v, "/") && !strings.HasPrefix(v, "data:") {
					t.Errorf("%s %q", name, v)
				}
			}
		})
		if n := home.Find("script:not([src]), style, [style], [onclick], [onload]").Length(); n > 0 {
			t.Errorf("%d pieces of style or script stand in the page, which the policy refuses", n)
		}
	})
	t.Run("P15.6 a secure portal binds its cookies to its host", func(t *testing.T) {
		secure := handlerstest.New(t, func(p *handlers.Portal) { p.BaseURL = "https://formation.example.org" })
		p := secure.Visitor().Do(func() *http.Request {
			r := send("/langue", urlencoded, "langue=en&retour=%2F")
			return r
		}())
		c := p.Header.Get("Set-Cookie")
		for _, part := range []string{"__Host-", "secure", "HttpOnly", "SameSite=Lax", "path=/"} {
			if !strings.Contains(strings.ToLower(c), strings.ToLower(part)) {
				t.Errorf("cookie %q lacks %s", c, part)
			}
		}
		if !strings.Contains(p.Header.Get("Strict-Transport-Security"), "max-age=") {
			t.Error("no Strict-Transport-Security")
		}
	})
}

func TestLogHoldsNothingPersonal(t *testing.T) {
	w := newHostile(t)
	const canary = "Zébulon-canari"
	ways := func(b *handlerstest.Browser) {
		b.Get("/recherche?q=" + url.QueryEscape(canary))
		b.Get("/" + url.PathEscape(canary))
		b.Get("/validation/" + url.PathEscape(canary))
		b.Get("/activation/" + url.PathEscape(canary))
		b.Post("/inscription", url.Values{"birth_name": {canary}, "email": {canary + "@example.org"}, "password": {canary}})
		b.Post("/connexion", url.Values{"email": {canary + "@example.org"}, "password": {canary}})
		b.Post("/mot-de-passe-oublie", url.Values{"email": {canary + "@example.org"}})
		b.Do(send("/connexion", "application/json", canary))
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("User-Agent", canary+"\nlevel=ERROR")
		r.Header.Set("Referer", "http://127.0.0.1:8080/"+canary)
		b.Do(r)
	}
	me := w.SignedIn()
	draft := w.Begin(me, w.Course.Session)
	for _, b := range []*handlerstest.Browser{w.Visitor(), me} {
		ways(b)
		b.Post("/candidatures/"+draft.String()+"/etapes/1", url.Values{"birth_name": {canary}, "birth_date": {canary}})
	}
	t.Run("P15.6 the log holds no value that was sent", func(t *testing.T) {
		text := w.log.String()
		if text == "" {
			t.Fatal("nothing was logged")
		}
		for _, word := range []string{canary, url.PathEscape(canary), url.QueryEscape(canary), "canari", draft.String(), me.Cookie("passerelle")} {
			if i := strings.Index(text, word); i >= 0 {
				t.Errorf("the log holds %q: %s", word, text[max(0, i-200):min(len(text), i+100)])
			}
		}
	})
}
