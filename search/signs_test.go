package search_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"passerelle/models/modelstest"
	"passerelle/search"
)

func TestSigns(t *testing.T) {
	db := modelstest.DB(t)
	engine := search.NewPostgres(db)
	t.Cleanup(engine.Close)
	body := programme(db, "P.2", "Reliure")
	body.Body = "Un tarif réduit de 50 %."
	if err := engine.Put(t.Context(), []search.Document{programme(db, "P.1", "Emploi à 80 %"), body, programme(db, "P.3", "Programmation C++")}); err != nil {
		t.Fatal(err)
	}
	t.Run("P4.3 signs without a word are found in titles, as they stand", func(t *testing.T) {
		for text, want := range map[string]string{"%": "P.1", "++": "P.3"} {
			r, err := engine.Search(t.Context(), search.Query{Text: text, Today: modelstest.Noon})
			if got := references(r); err != nil || len(got) != 1 || got[0] != want {
				t.Error(text, got, err)
			}
		}
	})
	t.Run("P15.4 signs have the database read its titles for one search at a time, whoever types them", func(t *testing.T) {
		held, err := db.Pool.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = held.Rollback(context.WithoutCancel(t.Context())) }()
		if _, err := held.Exec(t.Context(), `LOCK TABLE search_documents IN ACCESS EXCLUSIVE MODE`); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() { _, _ = engine.Search(ctx, search.Query{Text: "%", Today: modelstest.Noon}) })
		}
		most := 0
		var first time.Time
		for ctx.Err() == nil && (most == 0 || time.Since(first) < 2*time.Second) { // from the first one on
			var n int
			if err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%strpos(title%' AND pid <> pg_backend_pid()`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			if most == 0 && n > 0 {
				first = time.Now()
			}
			most = max(most, n)
			time.Sleep(50 * time.Millisecond)
		}
		cancel()
		wg.Wait()
		if most != 1 {
			t.Error(most, "at once")
		}
	})
}
