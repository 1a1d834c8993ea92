package portal

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/modelstest"
	"passerelle/search"
	"passerelle/search/meili"
	"passerelle/search/meili/meilitest"
)

func TestSearchGauges(t *testing.T) {
	server, db, ctx := meilitest.Own(t), modelstest.DB(t), t.Context()
	base := search.NewPostgres(db)
	engine := meili.New(db, base, meili.Options{URL: server.URL, Key: meilitest.OwnKey})
	t.Cleanup(engine.Close)
	index := search.NewFailover(engine, base, engine.Ready, nil)
	put := func(from, n int) {
		t.Helper()
		var list []catalogue.Document
		for i := range n {
			list = append(list, catalogue.Document{Kind: catalogue.KindAnnouncement, Object: db.NewID(), Reference: fmt.Sprint("A-", from+i), Title: fmt.Sprint("Annonce ", from+i)})
		}
		if err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error { return catalogue.Put(ctx, tx, list) }); err != nil {
			t.Fatal(err)
		}
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(newSearchGauges(db, index))
	read := func() string {
		answer := httptest.NewRecorder()
		promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
		return answer.Body.String()
	}
	tells := func(lines ...string) {
		t.Helper()
		text := read()
		for _, line := range lines {
			if !strings.Contains(text, "passerelle_search_"+line+"\n") {
				t.Errorf("%s is not in\n%s", line, text)
			}
		}
	}
	put(0, 10)
	if err := engine.CatchUp(ctx); err != nil {
		t.Fatal(err)
	}
	t.Run("P14.1 metrics tell that the engine answers and has everything", func(t *testing.T) {
		tells("down 0", "waiting 0", "refused 0", "oldest_seconds 0", "filling 1")
	})
	t.Run("P15.4 and that it is down, and what waits for it", func(t *testing.T) {
		server.Kill()
		if r, err := index.Search(ctx, search.Query{Text: "annonce", Today: time.Now()}); err != nil || !r.Degraded {
			t.Error(r.Degraded, err)
		}
		put(10, 3)
		tells("down 1", "waiting 3")
		if strings.Contains(read(), "oldest_seconds 0\n") {
			t.Error("no age")
		}
	})
	t.Run("P14.1 a rebuild under way is told", func(t *testing.T) {
		if begun, err := engine.Begin(ctx); err != nil || !begun {
			t.Fatal(begun, err)
		}
		tells("filling 0")
	})
	t.Run("P15.4 without a database only what is known is told", func(t *testing.T) {
		db.Pool.Close()
		if _, cause := index.Down(); !errors.Is(cause, search.ErrDown) {
			t.Error(cause)
		}
		if text := read(); !strings.Contains(text, "passerelle_search_down 1\n") || strings.Contains(text, "waiting") {
			t.Error(text)
		}
	})
}
