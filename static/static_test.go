package static_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"

	"passerelle/static"
)

func assets(t *testing.T) *static.Assets {
	t.Helper()
	a, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAssets(t *testing.T) {
	a := assets(t)
	for _, name := range a.Names() {
		f, ok := a.Get(a.URL(name))
		if !ok || len(f.Body) == 0 || f.Type == "" || f.ETag == "" {
			t.Errorf("%s: %v %q %q", name, ok, f.Type, f.ETag)
		}
		if f.Brotli != nil {
			body, err := io.ReadAll(brotli.NewReader(bytes.NewReader(f.Brotli)))
			if err != nil || !bytes.Equal(body, f.Body) {
				t.Errorf("%s: brotli differs (%v)", name, err)
			}
		}
		if f.Gzip != nil {
			z, err := gzip.NewReader(bytes.NewReader(f.Gzip))
			if err != nil {
				t.Fatal(err)
			}
			if body, err := io.ReadAll(z); err != nil || !bytes.Equal(body, f.Body) {
				t.Errorf("%s: gzip differs (%v)", name, err)
			}
		}
	}
	for _, name := range []string{"passerelle.css", "espace.css", "bureau.css", "passerelle.js", "espace.js", "bureau.js", "vendor/htmx.min.js"} {
		if !regexp.MustCompile(`^/static/.+\.[0-9a-f]{12}\.(css|js)$`).MatchString(a.URL(name)) {
			t.Errorf("%s is at %s", name, a.URL(name))
		}
	}
	if _, ok := a.Get("/static/../static.go"); ok {
		t.Error("something outside the assets is served")
	}
}

func TestURLsInStylesExist(t *testing.T) {
	a := assets(t)
	for _, name := range []string{"passerelle.css", "espace.css", "bureau.css"} {
		f, _ := a.Get(a.URL(name))
		for _, m := range regexp.MustCompile(`url\(([^)]+)\)`).FindAllStringSubmatch(string(f.Body), -1) {
			if _, ok := a.Get(strings.Trim(m[1], `"'`)); !ok {
				t.Errorf("%s points at %s, which is not served", name, m[1])
			}
		}
		if strings.Contains(string(f.Body), "@import") {
			t.Errorf("%s still imports", name)
		}
	}
}

func TestVendoredFilesAreThoseOfTheLock(t *testing.T) {
	a := assets(t)
	var lock []struct{ File, Integrity string }
	if err := json.Unmarshal([]byte(static.Source("vendor/assets.lock")), &lock); err != nil {
		t.Fatal(err)
	}
	for _, l := range lock {
		sum := sha512.Sum384([]byte(static.Source("vendor/" + l.File)))
		if got := "sha384-" + base64.StdEncoding.EncodeToString(sum[:]); got != l.Integrity {
			t.Errorf("%s: %s, the lock says %s", l.File, got, l.Integrity)
		}
		if a.Integrity("vendor/"+l.File) != l.Integrity {
			t.Errorf("%s: served with %s", l.File, a.Integrity("vendor/"+l.File))
		}
	}
}

func TestWeight(t *testing.T) {
	a := assets(t)
	t.Run("P15.3 everything but the page itself stays under 80 KB on a first visit", func(t *testing.T) {
		total := 0
		for _, name := range []string{"passerelle.css", "passerelle.js", "vendor/htmx.min.js", "fonts/atkinson-hyperlegible-next-latin.woff2", "img/passerelle.svg"} {
			f, _ := a.Get(a.URL(name))
			n := len(f.Brotli)
			if f.Brotli == nil {
				n = len(f.Body)
			}
			t.Logf("%-50s %6d bytes, %6d on the wire", name, len(f.Body), n)
			total += n
		}
		if total > 80_000 {
			t.Errorf("%d bytes", total)
		}
	})
	t.Run("P15.3 no request to a third party", func(t *testing.T) {
		for _, name := range a.Names() {
			f, _ := a.Get(a.URL(name))
			if strings.HasSuffix(name, ".css") && regexp.MustCompile(`(?i)https?:|//[a-z]`).Match(f.Body) {
				t.Errorf("%s names another host", name)
			}
		}
	})
}

func TestStart(t *testing.T) {
	began := time.Now()
	a := assets(t)
	ready := time.Since(began)
	for _, name := range a.Names() {
		a.Get(a.URL(name))
	}
	t.Logf("bundled in %s, all compressed after %s", ready, time.Since(began))
}
