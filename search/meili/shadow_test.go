package meili_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/modelstest"
	"passerelle/models/people"
	"passerelle/models/searching"
	"passerelle/search"
	"passerelle/search/meili/meilitest"
)

// underway notes a rehearsal that is being made.
func underway(t *testing.T, db *models.DB) models.ID {
	t.Helper()
	id := db.NewID()
	must(t, db.InTx(context.Background(), func(ctx context.Context, tx models.Tx) error {
		a, err := people.CreateByOperator(ctx, tx, models.Operator(), people.OperatorInput{Email: "admin@example.org", Lang: "fr", PasswordHash: "none",
			Identity: people.Identity{BirthName: "Martin", FirstName: "Lucie"}})
		if err == nil {
			_, err = tx.PGX.Exec(ctx, `INSERT INTO search_rehearsals (id, state, draft, base, edits, changes, made_at, made_by) VALUES ($1, 'running', 1, '', '{}', '[]', $2, $3)`,
				id, tx.Now, a.ID)
		}
		return err
	}))
	return id
}

func TestShadow(t *testing.T) {
	ctx := context.Background()
	server, db := meilitest.Own(t), modelstest.DB(t)
	e := engine(t, db, server.URL)
	list := putMany(t, db, 1500)
	must(t, e.CatchUp(ctx))
	indexes := func() string {
		t.Helper()
		q, err := http.NewRequest(http.MethodGet, server.URL+"/indexes?limit=100", nil)
		must(t, err)
		q.Header.Set("Authorization", "Bearer "+meilitest.OwnKey)
		r, err := http.DefaultClient.Do(q)
		must(t, err)
		defer r.Body.Close()
		var b strings.Builder
		buf := make([]byte, 1<<16)
		for {
			n, err := r.Body.Read(buf)
			b.Write(buf[:n])
			if err != nil {
				return b.String()
			}
		}
	}
	id := underway(t, db)
	inForce, err := searching.Published(ctx, db.Pool)
	must(t, err)
	other := inForce
	other.Synonyms = append(other.Synonyms, catalogue.Synonym{Terms: []string{"soudure", "chalumeau"}})
	total := func(s interface {
		Search(context.Context, search.Query) (search.Results, error)
	}, text string) int {
		t.Helper()
		r, err := s.Search(ctx, search.Query{Text: text, PerPage: 10, Page: 1, Today: db.Today()})
		must(t, err)
		if r.Engine != "Meilisearch" {
			t.Error(r.Engine)
		}
		return r.Total
	}
	t.Run("P17.23 a copy has the same documents under other settings, with what changed meanwhile, and is dropped", func(t *testing.T) {
		changing := true
		before, after, done, err := e.Shadows(ctx, id, inForce, other, func() bool {
			if changing { // once the copy has begun
				changing = false
				list[7].Title = "Chalumeau neuf"
				put(t, db, list[7])
				must(t, e.Delete(ctx, list[13].Kind, []string{list[13].Reference}))
			}
			return true
		})
		must(t, err)
		must(t, e.CatchUp(ctx))
		if b, a := total(before, "chalumeau"), total(after, "chalumeau"); b != 1 || a != 1+250-2 {
			t.Error(b, a)
		}
		if b, a := total(before, "reliure"), total(after, "reliure"); b != a || a != 250 {
			t.Error(b, a)
		}
		if r, err := e.Search(ctx, search.Query{Text: "chalumeau", PerPage: 10, Page: 1, Today: db.Today()}); err != nil || r.Total != 1 {
			t.Error("visitors meet it: ", r.Total, err)
		}
		if !strings.Contains(indexes(), "_shadow_") {
			t.Error("there is no copy")
		}
		done()
		if all := indexes(); strings.Contains(all, "_shadow_") {
			t.Error(all)
		}
	})
	t.Run("P17.23 words to ignore ask for no copy", func(t *testing.T) {
		stopping := inForce
		stopping.Stop = append(stopping.Stop, "reliure")
		before, after, done, err := e.Shadows(ctx, db.NewID(), inForce, stopping, func() bool { return true })
		must(t, err)
		defer done()
		if strings.Contains(indexes(), "_shadow_") {
			t.Error("a copy")
		}
		if b, a := total(before, "reliure jardinage"), total(after, "reliure jardinage"); b == a {
			t.Error(b, a)
		}
	})
	t.Run("P17.23 a copy that a killed process left is dropped by whoever works next; another portal's is not", func(t *testing.T) {
		for _, of := range []models.ID{id, db.NewID()} {
			_, _, _, err := e.Shadows(ctx, of, inForce, other, func() bool { return true }) // nobody drops it
			must(t, err)
		}
		for i, state := range []string{searching.RehearsalRunning, searching.RehearsalFailed} {
			_, err := db.Pool.Exec(ctx, `UPDATE search_rehearsals SET state = $1`, state)
			must(t, err)
			must(t, e.Work(ctx, time.Now().Add(time.Second)))
			if n := strings.Count(indexes(), `"uid":"passerelle_shadow_`); n != 2-i {
				t.Errorf("%s: %d copies, want %d", state, n, 2-i)
			}
		}
	})
	t.Run("P15.4 an engine that is down is said to be", func(t *testing.T) {
		server.Kill()
		if _, _, _, err := e.Shadows(ctx, db.NewID(), inForce, other, func() bool { return true }); err == nil {
			t.Error("it made one")
		}
	})
}
