package handlers_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"passerelle/handlers/middleware"
)

// postHead is the head of a form that one of the portal's pages sends.
func postHead(path, more string) string {
	return "POST " + path + " HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nContent-Type: " + urlencoded + "\r\n" + more + "\r\n"
}

func chunked(body string) string {
	var b strings.Builder
	for len(body) > 0 {
		n := min(len(body), 60_000)
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, body[:n])
		body = body[n:]
	}
	return b.String() + "0\r\n\r\n"
}

const smuggled = "GET /passager-clandestin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

// TestBodies holds ordinary routes to their limit although the server streams
// bodies.
func TestBodies(t *testing.T) {
	w := newHostile(t)
	address := listen(t, w.App)
	form := func(n int) string { return "langue=en&x=" + strings.Repeat("a", n-len("langue=en&x=")) }
	const limit = 1 << 20
	for name, c := range map[string]struct {
		request string
		want    string
	}{
		"P15.4 a length at the limit is read":                 {postHead("/langue", fmt.Sprintf("Connection: close\r\nContent-Length: %d\r\n", limit)) + form(limit), " 303 "},
		"P15.4 chunks up to the limit are read":               {postHead("/langue", "Connection: close\r\nTransfer-Encoding: chunked\r\n") + chunked(form(limit)), " 303 "},
		"P15.4 a length beyond the limit is refused":          {postHead("/langue", fmt.Sprintf("Content-Length: %d\r\n", limit+1)) + form(limit+1), " 413 "},
		"P15.4 chunks beyond the limit are refused":           {postHead("/langue", "Transfer-Encoding: chunked\r\n") + chunked(form(limit+1)), " 413 "},
		"P15.4 an address of no route has the same limit":     {postHead("/nulle-part", fmt.Sprintf("Content-Length: %d\r\n", limit+1)) + form(limit+1), " 413 "},
		"P15.4 a broken chunk is refused":                     {postHead("/langue", "Transfer-Encoding: chunked\r\n") + "zz\r\nlangue=en\r\n", " 400 "},
		"P15.4 a multipart form without file is read":         {multipartForm("langue", "en"), " 303 "},
		"P15.4 a multipart form beyond the limit is not":      {multipartForm("langue", strings.Repeat("e", limit)), " 413 "},
		"P15.4 a body announced too large is refused at once": {postHead("/langue", "Content-Length: 5000000000\r\n") + "a", " 413 "},
	} {
		t.Run(name, func(t *testing.T) {
			answer := raw(t, address, c.request)
			if !strings.Contains(status(answer), c.want) {
				t.Fatalf("%.300s", answer)
			}
			if c.want == " 413 " && (!strings.Contains(answer, "<h1") || !strings.Contains(answer, "Connection: close")) {
				t.Errorf("%.500s", answer)
			}
		})
	}
	t.Run("P15.4 what follows a refused body is no request", func(t *testing.T) {
		for _, refused := range []string{postHead("/langue", fmt.Sprintf("Content-Length: %d\r\n", limit+1)), postHead("/langue", "Transfer-Encoding: chunked\r\n") + chunked(form(limit+9))} {
			answer := raw(t, address, refused+strings.Repeat(smuggled, 3))
			if n := strings.Count(answer, "HTTP/1.1 "); n != 1 {
				t.Errorf("%d answers", n)
			}
		}
	})
	t.Run("P15.4 a body sent with a GET is no request either", func(t *testing.T) {
		answer := raw(t, address, fmt.Sprintf("GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%sGET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", len(smuggled), smuggled))
		if n := strings.Count(answer, "HTTP/1.1 200"); n != 2 || strings.Contains(answer, " 404 ") {
			t.Errorf("%s", answer)
		}
	})
	t.Run("P15.4 a client that asks first is told to go on", func(t *testing.T) {
		answer := raw(t, address, postHead("/langue", "Expect: 100-continue\r\nConnection: close\r\nContent-Length: 9\r\n")+"langue=en")
		if !strings.Contains(status(answer), " 100 ") || !strings.Contains(answer, "HTTP/1.1 303") {
			t.Errorf("%s", answer)
		}
	})
	t.Run("P15.4 a connection goes on after a form, one after the other in one packet", func(t *testing.T) {
		one := postHead("/langue", "Content-Length: 9\r\n") + "langue=en"
		answer := raw(t, address, one+one+"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if strings.Count(answer, "HTTP/1.1 303") != 2 || strings.Count(answer, "HTTP/1.1 200") != 1 {
			t.Errorf("%s", answer)
		}
	})
}

func multipartForm(name, value string) string {
	body := "--limite\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n--limite--\r\n"
	return "POST /langue HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=limite\r\n" +
		fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body)) + body
}

// streaming is an application with one route of each kind, whose clients must
// keep a pace that a test can wait for.
func streaming(t *testing.T) (address string, read chan error) {
	read = make(chan error, 10)
	app := fiber.New(fiber.Config{StreamRequestBody: true, DisablePreParseMultipartForm: true, DisableStartupMessage: true, BodyLimit: 1,
		ReadTimeout: 2200 * time.Millisecond})
	app.Use(middleware.Bodies(1<<10, middleware.Pace{Window: 2 * time.Second, Bytes: 100}, func(_, path string) int64 {
		if strings.HasPrefix(path, "/flux") {
			return 100 << 20
		}
		return 0
	}))
	app.Post("/formulaire", func(c *fiber.Ctx) error { return c.Send(c.Request().Body()) })
	app.Post("/flux/ignore", func(c *fiber.Ctx) error { return c.SendString("ignoré") })
	app.Post("/flux/lu", func(c *fiber.Ctx) error {
		n, err := io.Copy(io.Discard, middleware.BodyOf(c))
		read <- err
		return c.SendString(fmt.Sprint(n, " octets"))
	})
	return listen(t, app), read
}

func TestStreamedBodies(t *testing.T) {
	address, read := streaming(t)
	outcome := func(t *testing.T) error {
		t.Helper()
		select {
		case err := <-read:
			return err
		case <-time.After(60 * time.Second):
			t.Fatal("the handler never ended")
			return nil
		}
	}
	send := func(t *testing.T, path, head string, parts ...string) (*bufio.Reader, net.Conn) {
		t.Helper()
		conn, err := (&net.Dialer{}).DialContext(context.WithoutCancel(t.Context()), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		_ = conn.SetDeadline(time.Now().Add(60 * time.Second))
		_, _ = io.WriteString(conn, "POST "+path+" HTTP/1.1\r\nHost: x\r\n"+head+"\r\n")
		for _, p := range parts {
			_, _ = io.WriteString(conn, p)
			time.Sleep(200 * time.Millisecond)
		}
		return bufio.NewReader(conn), conn
	}
	t.Run("P7.2 a body that keeps coming is read for as long as it takes", func(t *testing.T) {
		parts := make([]string, 30) // six seconds, more than twice the time of a form
		for i := range parts {
			parts[i] = strings.Repeat("a", 120)
		}
		r, _ := send(t, "/flux/lu", "Content-Length: 3600\r\n", parts...)
		response, err := http.ReadResponse(r, nil)
		if err != nil || outcome(t) != nil || response.Header.Get("Connection") == "close" {
			t.Fatalf("%v %v", response, err)
		}
		_ = response.Body.Close()
	})
	t.Run("P15.4 a body that trickles is given up", func(t *testing.T) {
		began := time.Now()
		send(t, "/flux/lu", "Content-Length: 1200\r\n", "a", "a", "a", "a", "a", "a")
		if err := outcome(t); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%v", err)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("after %v", took)
		}
	})
	t.Run("P15.4 a form that trickles is refused in the time of a request", func(t *testing.T) {
		r, _ := send(t, "/formulaire", "Content-Length: 500\r\n", "a", "a", "a", "a", "a")
		response, err := http.ReadResponse(r, nil)
		if err != nil || response.StatusCode != http.StatusRequestTimeout {
			t.Errorf("%v %v", response, err)
		}
	})
	t.Run("P15.4 a body that its handler left unread is no request", func(t *testing.T) {
		body := strings.Repeat(smuggled, 4000)
		for _, sent := range []string{fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body), "Transfer-Encoding: chunked\r\n\r\n" + chunked(body)} {
			answer := raw(t, address, "POST /flux/ignore HTTP/1.1\r\nHost: x\r\n"+sent+smuggled)
			if n := strings.Count(answer, "HTTP/1.1 "); n != 1 || !strings.Contains(answer, "Connection: close") {
				t.Errorf("%d answers: %.300s", n, answer)
			}
		}
	})
	t.Run("P15.4 chunks beyond what a streamed route takes end there", func(t *testing.T) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		_, _ = io.WriteString(conn, "POST /flux/lu HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
		chunk := fmt.Sprintf("%x\r\n%s\r\n", 1<<20, strings.Repeat("a", 1<<20))
		for range 102 {
			if _, err := io.WriteString(conn, chunk); err != nil {
				break
			}
		}
		if err := outcome(t); !errors.Is(err, middleware.ErrTooLarge) {
			t.Errorf("%v", err)
		}
	})
	t.Run("P7.2 a large body is never whole in memory", func(t *testing.T) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		piece := strings.Repeat("a", 1<<20)
		_, conn := send(t, "/flux/lu", fmt.Sprintf("Connection: close\r\nContent-Length: %d\r\n", 90<<20))
		for range 90 {
			if _, err := io.WriteString(conn, piece); err != nil {
				t.Fatal(err)
			}
		}
		if err := outcome(t); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		// Each piece is copied once, by the test's own writing.
		if grown := int64(after.TotalAlloc-before.TotalAlloc) - 90<<20; grown > 5<<20 {
			t.Errorf("%d KB allocated beside the body sent", grown>>10)
		}
	})
}
