package search_test

import (
	"context"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/modelstest"
	"passerelle/search"
)

// within searches as a visitor does who waits no longer.
func within(t *testing.T, p *search.Postgres, patience time.Duration, text string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := p.Search(ctx, search.Query{Text: text, Today: modelstest.Noon})
	if err != nil {
		t.Fatalf("%q within %v: %v", text, patience, err)
	}
	return r.Total
}

// impatient counts what visitors who wait no longer than a moment are answered. The
// machine may stand still once or twice; a search that waits for a whole import is late
// again and again.
type impatient struct{ answered, late int }

func (i *impatient) ask(t *testing.T, ask func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer cancel()
	switch err := ask(ctx); {
	case err == nil:
		i.answered++
	case ctx.Err() != nil:
		i.late++
	default:
		t.Fatal(err)
	}
}

// search wants the ten documents that were there first.
func (i *impatient) search(t *testing.T, p *search.Postgres) {
	t.Helper()
	i.ask(t, func(ctx context.Context) error {
		r, err := p.Search(ctx, search.Query{Text: "apiculture ", Today: modelstest.Noon})
		if err == nil && r.Total != 10 {
			t.Fatal(r.Total)
		}
		return err
	})
}

func (i *impatient) satisfied(t *testing.T) {
	t.Helper()
	if t.Logf("%d answered, %d late", i.answered, i.late); i.answered < 4*i.late+1 {
		t.Errorf("%d answered, %d late", i.answered, i.late)
	}
}

// generate adds documents in one transaction, as an import does.
func generate(t *testing.T, db *models.DB, title string, n int) {
	t.Helper()
	_, err := db.Pool.Exec(t.Context(), `INSERT INTO search_documents (kind, object_id, reference, title, subtitle, body, card, occurrences, updated_at)
		SELECT 'programme', gen_random_uuid(), $1 || n, $1 || ' ' || n % 100, '', 'Un texte généré, numéro ' || n % 977, '\x02000000'::bytea || int4send(0), '\x0000', now()
		FROM generate_series(1, $2::int) n`, title, n)
	if err != nil {
		t.Fatal(err)
	}
}

func TestFollowLarge(t *testing.T) {
	db := modelstest.DB(t)
	engine := search.NewPostgres(db)
	t.Cleanup(engine.Close)
	generate(t, db, "Apiculture", 10)
	if err := engine.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := within(t, engine, time.Minute, "apiculture "); got != 10 {
		t.Fatal(got)
	}
	t.Run("P15.4 searches are answered while a large import is read, and find it in the end without anyone waiting long enough", func(t *testing.T) {
		generate(t, db, "Reliure", 150_000)
		var visitors impatient
		documents := 0
		for began := time.Now(); documents != 150_010; time.Sleep(20 * time.Millisecond) {
			visitors.search(t, engine)
			visitors.ask(t, func(ctx context.Context) error {
				r, err := engine.Report(ctx)
				if err == nil {
					documents = r.Documents
				}
				return err
			})
			if time.Since(began) > 2*time.Minute {
				t.Fatal("never found")
			}
		}
		visitors.satisfied(t)
		if got := within(t, engine, time.Minute, "reliure "); got != 150_000 {
			t.Fatal(got)
		}
		if c, err := engine.Check(t.Context(), nil); err != nil || !c.Equal() || c.Documents != 150_010 {
			t.Fatal(c, err)
		}
	})
	t.Run("P15.4 searches go on with the documents that are there while all are loaded again", func(t *testing.T) {
		if _, err := db.Pool.Exec(t.Context(), `INSERT INTO search_changes (xid, no) SELECT pg_current_xact_id(), n FROM generate_series(1, 210000) n`); err != nil {
			t.Fatal(err)
		}
		var visitors impatient
		for range 10 {
			visitors.search(t, engine)
		}
		visitors.satisfied(t)
		generate(t, db, "Vannerie", 1)
		if err := engine.Warm(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := within(t, engine, time.Minute, "vannerie "); got != 1 {
			t.Fatal(got)
		}
	})
}

// TestFollowBesideLong shows that a transaction left open makes no search read
// again what was noted since.
func TestFollowBesideLong(t *testing.T) {
	db := modelstest.DB(t)
	ctx := t.Context()
	generate(t, db, "Apiculture", 10)
	open, err := db.Pool.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = open.Rollback(context.WithoutCancel(ctx)) }()
	// What it writes is found when it ends, whatever was noted meanwhile.
	if _, err := open.Exec(ctx, `UPDATE search_documents SET title = 'Vannerie' WHERE reference = 'Apiculture1'`); err != nil {
		t.Fatal(err)
	}
	own, err := models.Open(ctx, models.Options{URL: modelstest.URL(t, db), Clock: db.Clock, Zone: db.Zone})
	if err != nil {
		t.Fatal(err)
	}
	engine := search.NewPostgres(own)
	if got := within(t, engine, time.Minute, "apiculture "); got != 10 {
		t.Fatal(got)
	}
	if _, err := db.Pool.Exec(ctx, `INSERT INTO search_changes (xid, no) SELECT pg_current_xact_id(), 900000 + n % 1000 FROM generate_series(1, 100000) n`); err != nil {
		t.Fatal(err)
	}
	for range 50 {
		if got := within(t, engine, time.Minute, "apiculture "); got != 10 {
			t.Fatal(got)
		}
	}
	if err := open.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if got := within(t, engine, time.Minute, "vannerie "); got != 1 {
		t.Error("the transaction that ended last is not seen")
	}
	own.Close() // tells what was read
	var looked int
	err = db.Pool.QueryRow(ctx, `SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables WHERE relname = 'search_changes'`).Scan(&looked)
	if err != nil || looked > 300_000 {
		t.Errorf("50 searches read %d lines of changes, of which 100,000 once: %v", looked, err)
	}
}
