package handlers_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"passerelle/handlers"
	"passerelle/handlers/handlerstest"
	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/modelstest"
)

// twin is a second instance of the portal on the same database.
func twin(t *testing.T, s *handlerstest.Site) *handlerstest.Site {
	t.Helper()
	p := s.Portal
	other := &handlerstest.Site{T: t, DB: s.DB, Portal: &handlers.Portal{DB: p.DB, Index: p.Index, Assets: p.Assets, Log: p.Log,
		BaseURL: p.BaseURL, MailConfigured: true}}
	other.App = handlers.NewApp(other.Portal)
	return other
}

// warm asks for a page until it comes from memory.
func warm(t *testing.T, site *handlerstest.Site, b *handlerstest.Browser, path string) *handlerstest.Page {
	t.Helper()
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if page := b.Get(path); page.Header.Get("Etag") != "" && handlers.KeptPages(site.Portal) > 0 {
			return page
		}
	}
	t.Fatalf("%s is never kept", path)
	return nil
}

func seatsOf(page *handlerstest.Page, id models.ID) string {
	return strings.TrimSpace(page.Find("#session-" + id.String() + " td:nth-child(3)").Text())
}

func TestPageCache(t *testing.T) {
	one := handlerstest.New(t)
	sessions := shelf(t, one)
	open := sessions[catalogue.Open]
	site := twin(t, one)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	site.Portal.Listen(ctx)
	b := site.Visitor()

	t.Run("P15.5 seats taken elsewhere show within a second", func(t *testing.T) {
		if got := seatsOf(warm(t, site, b, "/formations/FOR.1"), open); got != "7 sur 10" {
			t.Fatalf("seats before: %q", got)
		}
		fastest := time.Minute
		for left := 6; left > 3; left-- { // the machine may stand still once
			warm(t, site, b, "/formations/FOR.1")
			one.InTx(func(ctx context.Context, tx models.Tx) error { return modelstest.TakeSeats(ctx, tx, open, 1) })
			began := time.Now()
			for want := fmt.Sprintf("%d sur 10", left); seatsOf(b.Get("/formations/FOR.1"), open) != want; time.Sleep(10 * time.Millisecond) {
				if time.Since(began) > 30*time.Second {
					t.Fatal("the kept page still shows the seats of before")
				}
			}
			fastest = min(fastest, time.Since(began))
		}
		if fastest > time.Second {
			t.Errorf("they show after %v", fastest)
		}
	})
	t.Run("P3.2 an import shows too", func(t *testing.T) {
		warm(t, site, b, "/formations/FOR.1")
		one.InTx(func(ctx context.Context, tx models.Tx) error {
			if _, err := tx.PGX.Exec(ctx, `UPDATE courses SET title = 'BTS nouveau' WHERE reference = 'FOR.1'`); err != nil {
				return err
			}
			return catalogue.Notify(ctx, tx, "FOR.1")
		})
		limit := time.Now().Add(30 * time.Second)
		for b.Get("/formations/FOR.1").Find("h1").Text() != "BTS nouveau" {
			if time.Now().After(limit) {
				t.Fatal("the kept page still shows the title of before")
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
	t.Run("P18.11 a kept page is drawn again at midnight of the zone", func(t *testing.T) {
		warm(t, site, b, "/formations/FOR.1")
		clock := modelstest.Clock(one.DB)
		defer clock.Set(modelstest.Noon)
		state := func() string {
			return b.Get("/formations/FOR.1").Find("#session-"+open.String()).AttrOr("data-state", "")
		}
		clock.Set(time.Date(2026, 12, 2, 22, 59, 59, 0, time.UTC)) // 23:59:59 in Paris, on the closing date
		if got := state(); got != string(catalogue.Open) {
			t.Errorf("on its closing date: %s", got)
		}
		clock.Set(time.Date(2026, 12, 2, 23, 0, 0, 0, time.UTC))
		if got := state(); got != string(catalogue.Closed) {
			t.Errorf("after 24:00 of its closing date: %s", got)
		}
		clock.Set(modelstest.Noon)
		if got := state(); got != string(catalogue.Open) {
			t.Errorf("the clock went back: %s", got)
		}
	})
	t.Run("P15.1 each language and appearance has its own", func(t *testing.T) {
		r := httptest.NewRequest(http.MethodGet, "/formations/FOR.1", nil)
		r.Header.Set("Accept-Language", "en")
		if got := b.Do(r).Find("html").AttrOr("lang", ""); got != "en" {
			t.Errorf("the page is in %q", got)
		}
		if got := b.Get("/formations/FOR.1").Find("html").AttrOr("lang", ""); got != "fr" {
			t.Errorf("the page is in %q", got)
		}
	})
	t.Run("P2.5 a signed-in person's page is never kept nor shown to a visitor", func(t *testing.T) {
		known := site.SignedIn()
		page := known.Get("/formations/FOR.1")
		if page.Header.Get("Etag") != "" || page.Header.Get("Cache-Control") != "no-store" {
			t.Error("a personal page is kept")
		}
		if page.Find("form[action='/deconnexion']").Length() == 0 {
			t.Error("the page is not that of the signed-in person")
		}
		if b.Get("/formations/FOR.1").Find("form[action='/deconnexion']").Length() != 0 {
			t.Error("a visitor sees the page of somebody")
		}
	})
	t.Run("P15.3 a kept page is sent compressed, and not at all when the browser has it", func(t *testing.T) {
		warm(t, site, b, "/formations/FOR.1")
		ask := func(header, value string) *http.Response {
			r := httptest.NewRequest(http.MethodGet, "/formations/FOR.1", nil)
			r.Header.Set(header, value)
			response, err := site.App.Test(r, -1)
			if err != nil {
				t.Fatal(err)
			}
			return response
		}
		for _, coding := range []string{"gzip", "br"} {
			r := ask("Accept-Encoding", coding)
			body, _ := io.ReadAll(r.Body)
			if r.Header.Get("Content-Encoding") != coding || len(body) > 12_000 {
				t.Errorf("%s: %q, %d bytes", coding, r.Header.Get("Content-Encoding"), len(body))
			}
		}
		etag := ask("Accept-Encoding", "identity").Header.Get("Etag")
		if r := ask("If-None-Match", etag); r.StatusCode != http.StatusNotModified {
			t.Errorf("%d, want 304", r.StatusCode)
		}
	})
	t.Run("P15.4 when the announcements of change are lost, nothing is kept until they are back", func(t *testing.T) {
		warm(t, site, b, "/formations/FOR.1")
		if _, err := one.DB.Pool.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()`); err != nil {
			t.Fatal(err)
		}
		limit := time.Now().Add(30 * time.Second)
		for handlers.KeptPages(site.Portal) > 0 && time.Now().Before(limit) {
			time.Sleep(5 * time.Millisecond)
		}
		if n := handlers.KeptPages(site.Portal); n != 0 {
			t.Fatalf("%d pages are still kept", n)
		}
		warm(t, site, b, "/formations/FOR.1")
	})
}
