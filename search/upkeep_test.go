package search_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/importer"
	"passerelle/models/modelstest"
	"passerelle/models/searching"
	"passerelle/search"
)

func TestUpkeep(t *testing.T) {
	db := modelstest.DB(t)
	ctx := context.Background()
	index, other := search.NewPostgres(db), search.NewPostgres(db)
	var lines strings.Builder
	for i := range 2500 {
		fmt.Fprintf(&lines, "{\"id\":\"F.%d\",\"intitule\":\"Reliure %d\"}\n", i, i)
	}
	if _, err := importer.Run(ctx, db, models.Operator(), catalogue.KindCourse, strings.NewReader(lines.String()), importer.Options{}); err != nil {
		t.Fatal(err)
	}
	ask := func(kind searching.UpkeepKind) (id models.ID) {
		t.Helper()
		err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
			id, err = searching.Ask(ctx, tx, models.Operator(), kind)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	check := func(t *testing.T, p *search.Postgres) searching.Check {
		t.Helper()
		c, err := p.Check(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	t.Run("P17.23 a process that follows holds what the database does", func(t *testing.T) {
		if c := check(t, index); !c.Equal() || c.Documents != 2500 || c.Indexed != 2500 {
			t.Fatalf("%+v", c)
		}
	})
	t.Run("P17.23 a document lost, one too many and one that differs are told", func(t *testing.T) {
		adrift(t, db, `UPDATE search_documents SET title = 'Autre chose' WHERE reference = 'F.7'`)
		adrift(t, db, `DELETE FROM search_documents WHERE reference = 'F.8'`)
		adrift(t, db, `INSERT INTO search_documents OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(d, jsonb_build_object('no', 900000, 'object_id', gen_random_uuid(), 'reference', 'F.X'))).*
			FROM search_documents d WHERE reference = 'F.9'`)
		if c := check(t, index); c.Equal() || c.Missed != 1 || c.Added != 1 || c.Differed != 1 || len(c.Missing) != 1 || c.Missing[0] != 900000 {
			t.Fatalf("%+v", c)
		}
	})
	t.Run("P14.1 a rebuild makes every document again, in parts, while searches are answered", func(t *testing.T) {
		id := ask(searching.Rebuilding)
		done, err := search.Renew(ctx, db, id, time.Now())
		if err != nil || done {
			t.Fatal(done, err)
		}
		for n := 0; !done; n++ {
			u, err := searching.LastUpkeep(ctx, db, searching.Rebuilding)
			if err != nil || u.Done != min(n*1000, 2500) || u.Total != 2500 {
				t.Fatal(u, err)
			}
			// As a job killed after each part does.
			err = db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
				done, err = search.RenewPart(ctx, tx, id)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if r, err := other.Search(ctx, search.Query{Text: "reliure", Today: db.Today()}); err != nil || r.Total < 2499 {
				t.Fatal(r.Total, err)
			}
		}
		for _, p := range []*search.Postgres{index, other} {
			for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
				c := check(t, p)
				if c.Equal() && c.Documents == 2500 && c.Indexed == 2500 {
					break
				}
				if time.Since(began) > 60*time.Second {
					t.Fatalf("%+v", c)
				}
			}
		}
	})
	t.Run("P14.1 one at a time, and one that was stopped leaves the search whole", func(t *testing.T) {
		id := ask(searching.Rebuilding)
		err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
			_, err := searching.Ask(ctx, tx, models.Operator(), searching.Rebuilding)
			return err
		})
		if models.KindOf(err) != models.KindConflict {
			t.Fatal(err)
		}
		if err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error { _, err := search.RenewPart(ctx, tx, id); return err }); err != nil {
			t.Fatal(err)
		}
		if err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
			return searching.Stop(ctx, tx, models.Operator(), searching.Rebuilding)
		}); err != nil {
			t.Fatal(err)
		}
		if done, err := search.Renew(ctx, db, id, time.Now().Add(time.Minute)); err != nil || !done {
			t.Fatal(done, err)
		}
		if u, err := searching.LastUpkeep(ctx, db, searching.Rebuilding); err != nil || u.State != searching.UpkeepStopped || u.Done != 1000 {
			t.Fatal(u, err)
		}
		if c := check(t, index); !c.Equal() || c.Documents != 2500 {
			t.Fatalf("%+v", c)
		}
	})
}

// adrift changes documents behind the back of whoever follows them.
func adrift(t *testing.T, db *models.DB, sql string) {
	t.Helper()
	tx, err := db.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	for _, s := range []string{`ALTER TABLE search_documents DISABLE TRIGGER USER`, sql, `ALTER TABLE search_documents ENABLE TRIGGER USER`} {
		if _, err := tx.Exec(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}
