package handlers

import (
	"net/http/httptest"
	"testing"

	"github.com/gofiber/fiber/v2"
)

func TestClientBehindProxies(t *testing.T) {
	for name, c := range map[string]struct {
		trusted []string
		header  string
		want    string
	}{
		"nobody is trusted":                {nil, "203.0.113.9", "0.0.0.0"},
		"the proxy's word is taken":        {[]string{"0.0.0.0"}, "203.0.113.9", "203.0.113.9"},
		"what the client wrote is not":     {[]string{"0.0.0.0"}, "198.51.100.1, 203.0.113.9", "203.0.113.9"},
		"a second proxy is walked through": {[]string{"0.0.0.0", "10.0.0.0/8"}, "198.51.100.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"},
		"nonsense stops the walk":          {[]string{"0.0.0.0"}, "203.0.113.9, unknown", "0.0.0.0"},
		"IPv6":                             {[]string{"0.0.0.0"}, "2001:db8::1", "2001:db8::1"},
		"no header":                        {[]string{"0.0.0.0"}, "", "0.0.0.0"},
	} {
		t.Run("P1.13 "+name, func(t *testing.T) {
			app, got := fiber.New(), ""
			app.Get("/", func(ctx *fiber.Ctx) error { got = readProxies(c.trusted).client(ctx); return nil })
			r := httptest.NewRequest("GET", "/", nil)
			if c.header != "" {
				r.Header.Set("X-Forwarded-For", c.header)
			}
			if _, err := app.Test(r); err != nil || got != c.want {
				t.Errorf("%q, want %q (%v)", got, c.want, err)
			}
		})
	}
}
