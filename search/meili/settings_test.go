package meili_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/modelstest"
	"passerelle/models/searching"
	"passerelle/search/meili/meilitest"
)

func TestSettingsInForce(t *testing.T) {
	server, db, ctx := meilitest.Own(t), modelstest.DB(t), context.Background()
	e := engine(t, db, server.URL)
	list := putMany(t, db, 60)
	list[0].Body = "On y parle de reliure."
	put(t, db, list[0])
	must(t, e.CatchUp(ctx))
	live, _, err := searching.Indexes(ctx, db)
	must(t, err)
	change := func(fn func(context.Context, models.Tx) error) {
		t.Helper()
		must(t, db.InTx(ctx, fn))
		if wait, err := searching.Work(ctx, db); err != nil || !wait {
			t.Fatal("no work", err)
		}
		if r, err := e.Report(ctx); err != nil || !r.Settings {
			t.Fatalf("%+v %v", r, err)
		}
		must(t, e.CatchUp(ctx))
		if r, err := e.Report(ctx); err != nil || r.Settings || r.Index.UID != live.UID {
			t.Fatalf("%+v %v", r, err)
		}
		if wait, err := searching.Work(ctx, db); err != nil || wait {
			t.Fatal("work left", err)
		}
		equal(t, e)
	}
	given := func() (s struct {
		Searchable []string            `json:"searchableAttributes"`
		Synonyms   map[string][]string `json:"synonyms"`
		Stop       []string            `json:"stopWords"`
	}) {
		t.Helper()
		must(t, json.Unmarshal([]byte(call(t, http.MethodGet, server.URL+"/indexes/"+live.UID+"/settings", "")), &s))
		return s
	}
	tune := func(line string, args ...any) func(context.Context, models.Tx) error {
		return func(ctx context.Context, tx models.Tx) error {
			_, err := tx.PGX.Exec(ctx, line, args...)
			return err
		}
	}
	t.Run("P17.23 a synonym is given to the index that answers, without another one", func(t *testing.T) {
		if n, _ := total(t, e, "tonnellerie "); n != 0 {
			t.Fatal(n)
		}
		change(func(ctx context.Context, tx models.Tx) error {
			return catalogue.AddSynonyms(ctx, tx, []catalogue.Synonym{{Terms: []string{"tonnellerie", "menuiserie"}}})
		})
		if n, _ := total(t, e, "tonnellerie "); n != 10 {
			t.Error(n)
		}
		if s := given(); len(s.Synonyms) != 2 {
			t.Error(s)
		}
	})
	t.Run("P4.3 a stop word is not required any more, and the engine drops none", func(t *testing.T) {
		exactly := func(text string) int {
			t.Helper()
			q := query(text)
			q.Exact = true
			r, err := e.Search(ctx, q)
			must(t, err)
			return r.Total
		}
		if n := exactly("soudure cuisine "); n != 0 {
			t.Fatal(n)
		}
		change(tune(`UPDATE search_tuning SET stop = '{cuisine}'`))
		if n := exactly("soudure cuisine "); n != 10 {
			t.Error(n)
		}
		if n := exactly("cuisine "); n != 10 {
			t.Errorf("alone it is sought: %d", n)
		}
		if s := given(); len(s.Stop) != 0 {
			t.Error(s)
		}
	})
	t.Run("P14.1 a field that weighs more comes before the others", func(t *testing.T) {
		first := func() string {
			t.Helper()
			r, err := e.Search(ctx, query("reliure "))
			must(t, err)
			return r.Hits[0].Reference
		}
		if first() == list[0].Reference {
			t.Fatal("the text weighs more than titles")
		}
		change(tune(`UPDATE search_tuning SET title = 0.5, body = 9`))
		if s := given(); s.Searchable[0] != "body_words" || s.Searchable[3] != "title_words" {
			t.Error(s)
		}
		if first() != list[0].Reference {
			t.Error("the text does not weigh more")
		}
	})
	t.Run("P17.23 an index rebuilt has them from its first document", func(t *testing.T) {
		must(t, e.Renew(ctx, nil))
		var err error
		live, _, err = searching.Indexes(ctx, db)
		must(t, err)
		if s := given(); s.Searchable[0] != "body_words" || len(s.Synonyms) != 2 {
			t.Error(s)
		}
		equal(t, e)
	})
	t.Run("P17.23 changed while the engine is down, they are given when it is back", func(t *testing.T) {
		server.Kill()
		must(t, db.InTx(ctx, tune(`UPDATE search_tuning SET title = 0, body = 0; DELETE FROM search_synonyms`)))
		if r, err := e.Report(ctx); err != nil || !r.Settings {
			t.Fatalf("%+v %v", r, err)
		}
		server.Return(t)
		must(t, e.CatchUp(ctx))
		if s := given(); s.Searchable[0] != "title_words" || len(s.Synonyms) != 0 {
			t.Error(s)
		}
	})
}
