package handlers_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"passerelle/handlers/handlerstest"
	"passerelle/models"
)

// listen serves the site on a real socket, where the web server's own
// behaviour shows: the contract that the portal relies on.
func listen(t *testing.T, app *fiber.App) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = app.Listener(l) }()
	t.Cleanup(func() { _ = app.ShutdownWithTimeout(5 * time.Second) })
	return l.Addr().String()
}

// raw writes bytes and reads whatever comes back until the server closes.
func raw(t *testing.T, address, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(60 * time.Second))
	_, cut := io.WriteString(conn, request) // the server may close before it has all
	answer, err := io.ReadAll(conn)
	if len(answer) == 0 && (cut != nil || err != nil) {
		t.Fatalf("write: %v, read: %v", cut, err)
	}
	return string(answer)
}

func status(answer string) string {
	line, _, _ := strings.Cut(answer, "\r\n")
	return line
}

func TestSocket(t *testing.T) {
	w := newHostile(t)
	address := listen(t, w.App)
	get := func(path, more string) string {
		return raw(t, address, "GET "+path+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"+more+"\r\n")
	}
	t.Run("P15.4 a body too large gets its page, not a cut", func(t *testing.T) {
		body := "birth_name=" + strings.Repeat("a", 8<<20)
		answer := raw(t, address, fmt.Sprintf("POST /connexion HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nSec-Fetch-Site: same-origin\r\nContent-Length: %d\r\n\r\n%s",
			urlencoded, len(body), body))
		if !strings.Contains(status(answer), " 413 ") || !strings.Contains(answer, "<h1") {
			t.Errorf("%.300s", answer)
		}
		for name := range securityHeaders {
			if !strings.Contains(answer, "\r\n"+name+":") {
				t.Errorf("without %s", name)
			}
		}
	})
	t.Run("P15.4 a compressed body is not expanded", func(t *testing.T) {
		answer := raw(t, address, "POST /langue HTTP/1.1\r\nHost: x\r\nContent-Type: "+urlencoded+"\r\nContent-Encoding: gzip\r\nSec-Fetch-Site: same-origin\r\n"+
			"Connection: close\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00")
		if !strings.Contains(status(answer), " 400 ") {
			t.Errorf("%.200s", answer)
		}
	})
	t.Run("P15.4 a body cut short changes nothing and waits for nobody", func(t *testing.T) {
		kept := w.Keep()
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, "POST /inscription HTTP/1.1\r\nHost: x\r\nContent-Type: "+urlencoded+"\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 500\r\n\r\nbirth_name=a")
		_ = conn.Close()
		if changed := kept.Changed(); len(changed) > 0 {
			t.Errorf("changed %v", changed)
		}
	})
	t.Run("P15.4 what is no HTTP gets a page too", func(t *testing.T) {
		for _, request := range []string{"GET\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
			"GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 64<<10) + "\r\n\r\n"} {
			answer := raw(t, address, request)
			if s := status(answer); !strings.Contains(s, " 400 ") && !strings.Contains(s, " 431 ") {
				t.Errorf("%.40q: %s", request, s)
			}
			if !strings.Contains(answer, "Content-Security-Policy:") || strings.Contains(answer, "fasthttp") {
				t.Errorf("%.40q: %.300s", request, answer)
			}
		}
	})
	t.Run("P15.4 a request with two lengths is the last of its connection", func(t *testing.T) {
		for _, lengths := range []string{"Content-Length: 3\r\nContent-Length: 30\r\n", "Content-Length: 30\r\nTransfer-Encoding: chunked\r\n"} {
			answer := raw(t, address, "POST /langue HTTP/1.1\r\nHost: x\r\n"+lengths+"\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			if n := strings.Count(answer, "HTTP/1.1 "); n != 1 || strings.Contains(status(answer), " 200 ") {
				t.Errorf("%q: %d answers, first %s", lengths, n, status(answer))
			}
		}
	})
	t.Run("P2.5 no header is made of what a person sends", func(t *testing.T) {
		answer := raw(t, address, "POST /langue HTTP/1.1\r\nHost: x\r\nContent-Type: "+urlencoded+"\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\nContent-Length: 55\r\n\r\n"+
			"langue=en&retour=%2Fa%0D%0ASet-Cookie%3A+pirate%3D1+++++")
		head, _, _ := strings.Cut(answer, "\r\n\r\n")
		if strings.Contains(head, "\r\nSet-Cookie: pirate") || !strings.Contains(status(answer), " 303 ") {
			t.Errorf("%s", head)
		}
		if answer := get("/formations/a%0d%0aSet-Cookie:%20pirate=1", ""); strings.Contains(answer, "\r\nSet-Cookie: pirate") {
			t.Errorf("%s", answer)
		}
	})
	t.Run("P15.3 an asset named by its content is not sent twice", func(t *testing.T) {
		page := get("/", "")
		_, rest, _ := strings.Cut(page, `href="/static/`)
		name, _, _ := strings.Cut(rest, `"`)
		first := get("/static/"+name, "Accept-Encoding: br\r\n")
		if !strings.Contains(first, "Content-Encoding: br") || !strings.Contains(first, "immutable") {
			t.Fatalf("%.400s", first)
		}
		_, rest, _ = strings.Cut(first, "\r\nETag: ")
		if rest == "" {
			_, rest, _ = strings.Cut(first, "\r\nEtag: ")
		}
		etag, _, _ := strings.Cut(rest, "\r\n")
		again := get("/static/"+name, "If-None-Match: "+etag+"\r\n")
		_, body, _ := strings.Cut(again, "\r\n\r\n")
		if !strings.Contains(status(again), " 304 ") || body != "" {
			t.Errorf("%q: %.200s", etag, again)
		}
	})
	t.Run("P15.6 a slow client does not hold a connection for ever", func(t *testing.T) {
		if got := w.App.Config().ReadTimeout; got <= 0 || got > time.Minute {
			t.Errorf("read timeout %v", got)
		}
		if got := w.App.Config().IdleTimeout; got <= 0 || got > 2*time.Minute {
			t.Errorf("idle timeout %v", got)
		}
	})
}

// TestRouteValues keeps what each request says apart from the others', under
// load and on kept connections.
func TestRouteValues(t *testing.T) {
	w := handlerstest.New(t)
	seen := sync.Map{}
	app := fiber.New(fiber.Config{Immutable: w.App.Config().Immutable, DisableStartupMessage: true})
	app.Get("/valeur/:v", func(c *fiber.Ctx) error {
		seen.Store(c.Params("v"), c.Query("v")+c.Get("X-V")+c.Cookies("v"))
		return c.SendString(c.Params("v"))
	})
	address := listen(t, app)
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = conn.Close() }()
			r := bufio.NewReader(conn)
			for i := range 250 {
				v := fmt.Sprintf("%d-%d", worker, i)
				_, _ = fmt.Fprintf(conn, "GET /valeur/%s?v=%s HTTP/1.1\r\nHost: x\r\nX-V: %s\r\nCookie: v=%s\r\n\r\n", v, v, v, v)
				response, err := http.ReadResponse(r, nil)
				if err != nil {
					t.Error(err)
					return
				}
				body, _ := io.ReadAll(response.Body)
				_ = response.Body.Close()
				if string(body) != v {
					t.Errorf("asked %s, got %s", v, body)
				}
			}
		})
	}
	wg.Wait()
	n := 0
	t.Run("P15.4 values kept after the answer stay what they were", func(t *testing.T) {
		seen.Range(func(k, v any) bool {
			n++
			if key := k.(string); v.(string) != key+key+key {
				t.Errorf("%s became %s", key, v)
			}
			return true
		})
		if n != 2000 {
			t.Errorf("%d values kept, want 2000", n)
		}
	})
}

// TestDeadline holds a row that a request needs for longer than a request lasts.
func TestDeadline(t *testing.T) {
	t.Parallel()
	w := newHostile(t)
	me := w.SignedIn()
	id := w.Begin(me, w.Course.Session)
	path, form := stepForm(t, me, id, 1)
	form.Set("birth_name", "Martin")
	held, let := make(chan bool), make(chan bool)
	go func() {
		_ = w.DB.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error {
			_, err := tx.PGX.Exec(ctx, `SELECT 1 FROM applications WHERE id = $1 FOR UPDATE`, id)
			close(held)
			<-let
			return err
		})
	}()
	<-held
	began := time.Now()
	p := me.Post(path, form)
	t.Run("P15.4 a request that cannot go on is refused politely, in time", func(t *testing.T) {
		w.page(t, p, http.StatusServiceUnavailable)
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("after %v", took)
		}
		if p.Header.Get("Retry-After") == "" {
			t.Error("without Retry-After")
		}
	})
	close(let)
	t.Run("P15.4 and goes well at the next try", func(t *testing.T) {
		w.page(t, me.Post(path, form), http.StatusOK)
		if got := w.answerOfKey(id, "birth_name"); !strings.Contains(got, "Martin") {
			t.Errorf("kept %q", got)
		}
	})
}

// TestReplayOverSocket sends a kept form again on a kept connection: the web
// server routes the same request twice.
func TestReplayOverSocket(t *testing.T) {
	w := newHostile(t)
	me := w.Account(theirs, "Camille", "Fontaine")
	id := w.Begin(me, w.Course.Session)
	base := "http://" + listen(t, w.App)
	c := client(t)
	credentials := url.Values{"email": {theirs}, "password": {handlerstest.Password}}
	if response, body := postTo(t, c, base+"/connexion", credentials); response.StatusCode != http.StatusSeeOther {
		t.Fatalf("sign-in: %d %.300s", response.StatusCode, body)
	}
	w.Exec(`UPDATE sign_ins SET idle_until = $1`, w.DB.Clock.Now())
	step := fmt.Sprintf("%s/candidatures/%s/etapes/3", base, id)
	response, body := postTo(t, c, step, url.Values{"_ctx": {""}, "missions": {"Écrit au fil du réseau"}, "_go": {"suite"}})
	_, rest, _ := strings.Cut(body, `name="replay" value="`)
	replay, _, _ := strings.Cut(rest, `"`)
	t.Run("P18.10 over a real connection a form is kept and sent again", func(t *testing.T) {
		if response.StatusCode != http.StatusUnauthorized || replay == "" {
			t.Fatalf("%d, kept as %q", response.StatusCode, replay)
		}
		credentials.Set("replay", replay)
		after, _ := postTo(t, c, base+"/connexion", credentials)
		if want := fmt.Sprintf("/candidatures/%s/etapes/4", id); after.StatusCode != http.StatusSeeOther || after.Header.Get("Location") != want {
			t.Errorf("%d to %s", after.StatusCode, after.Header.Get("Location"))
		}
		if got := w.answerOfKey(id, "missions"); !strings.Contains(got, "au fil du réseau") {
			t.Errorf("kept %q", got)
		}
		if len(after.Cookies()) == 0 {
			t.Error("the sign-in of before the replay left no cookie")
		}
		again, err := c.Get(base + "/mes-candidatures")
		if err != nil || again.StatusCode != http.StatusOK {
			t.Errorf("signed in no more: %v %v", again, err)
		}
		_ = again.Body.Close()
	})
}

// client is a browser over the socket.
func client(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Timeout: 60 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// postTo sends a form as the portal's own page does.
func postTo(t *testing.T, c *http.Client, address string, form url.Values) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", urlencoded)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	response, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}
