package meili_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/modelstest"
	"passerelle/models/searching"
	"passerelle/search"
	"passerelle/search/meili/meilitest"
)

// TestAnySequence makes changes, failures and rebuilds in any order: the index
// ends equal to the database (P4.9). PASSERELLE_TEST_SEED repeats a run, and
// PASSERELLE_TEST_SEQUENCES says how many sequences are tried.
func TestAnySequence(t *testing.T) {
	server, db, ctx := meilitest.Own(t), modelstest.DB(t), context.Background()
	wire := meilitest.NewWire(t, server)
	e := engine(t, db, wire.URL)
	seed, err := strconv.ParseUint(os.Getenv("PASSERELLE_TEST_SEED"), 10, 64)
	if err != nil {
		seed = uint64(time.Now().UnixNano())
	}
	sequences, err := strconv.Atoi(os.Getenv("PASSERELLE_TEST_SEQUENCES"))
	if err != nil {
		sequences = 12
	}
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	var documents []search.Document
	n, dead := 0, false
	work := func(d time.Duration) {
		ctx, cancel := context.WithTimeout(ctx, d)
		defer cancel()
		if err := e.Work(ctx, time.Now().Add(d)); err != nil && !unavailable(err) && !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
	}
	steps := map[string]func(){
		"add": func() {
			var list []search.Document
			for range 1 + r.IntN(300) {
				n++
				list = append(list, announcement(db, n, fmt.Sprintf("Annonce %d", n)))
			}
			put(t, db, list...)
			documents = append(documents, list...)
		},
		"change": func() {
			for range min(len(documents), 1+r.IntN(20)) {
				d := &documents[r.IntN(len(documents))]
				d.Title = fmt.Sprintf("Annonce %d", r.Int())
				put(t, db, *d)
			}
		},
		"remove": func() {
			if len(documents) == 0 {
				return
			}
			at := r.IntN(len(documents))
			must(t, db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
				return catalogue.Remove(ctx, tx, documents[at].Kind, []string{documents[at].Reference})
			}))
			documents = append(documents[:at], documents[at+1:]...)
		},
		"rolled back": func() {
			n++
			_ = db.InRolledBackTx(ctx, func(ctx context.Context, tx models.Tx) error {
				return catalogue.Put(ctx, tx, []search.Document{announcement(db, n, "Jamais")})
			})
		},
		"settings": func() {
			must(t, db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
				word := fmt.Sprintf("mot%d", r.IntN(1000))
				if err := catalogue.AddSynonyms(ctx, tx, []catalogue.Synonym{{Terms: []string{word, "annonce"}}}); err != nil {
					return err
				}
				_, err := tx.PGX.Exec(ctx, `UPDATE search_tuning SET body = $1, stop = $2`, r.IntN(10), []string{word})
				return err
			}))
		},
		"imported": func() { // many at once, replacing and removing in one transaction
			if len(documents) < 50 {
				return
			}
			must(t, db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
				for i := range 40 {
					documents[i].Body = fmt.Sprintf("Texte %d", r.Int())
				}
				if err := catalogue.Put(ctx, tx, documents[:40]); err != nil {
					return err
				}
				var gone []string
				for _, d := range documents[40:50] {
					gone = append(gone, d.Reference)
				}
				return catalogue.Remove(ctx, tx, catalogue.KindAnnouncement, gone)
			}))
			documents = append(documents[:40:40], documents[50:]...)
		},
		"removed and added again": func() {
			if len(documents) == 0 {
				return
			}
			d := documents[r.IntN(len(documents))]
			must(t, db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
				if err := catalogue.Remove(ctx, tx, d.Kind, []string{d.Reference}); err != nil {
					return err
				}
				return catalogue.Put(ctx, tx, []search.Document{d})
			}))
		},
		"restart": func() { server.Kill(); server.Return(t); dead = false },
		"reset":   wire.Reset,
		"slow":    func() { wire.Slow(time.Duration(r.IntN(80)) * time.Millisecond) },
		"two at once": func() {
			other, done := engine(t, db, wire.URL), make(chan error, 1)
			go func() {
				ctx, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
				defer cancel()
				done <- other.Work(ctx, time.Now().Add(300*time.Millisecond))
			}()
			work(300 * time.Millisecond)
			if err := <-done; err != nil && !unavailable(err) && !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		},
		"kill":    func() { server.Kill(); dead = true },
		"cut":     wire.Cut,
		"mend":    wire.Mend,
		"rebuild": func() { _, err := e.Begin(ctx); must(t, err) },
		"abandon": func() { _ = e.Abandon(ctx) },
		"work":    func() { work(time.Duration(r.IntN(400)) * time.Millisecond) },
		"erase": func() {
			server.Kill()
			server.Erase(t)
			dead = true
		},
		"return": func() {
			if dead {
				server.Return(t)
				dead = false
			}
		},
		"another process": func() { e = engine(t, db, wire.URL) },
	}
	often := []string{"add", "change", "change", "change", "remove", "remove", "rolled back", "kill", "cut", "mend", "mend", "rebuild", "rebuild", "abandon", "work",
		"work", "work", "work", "work", "erase", "return", "return", "another process", "settings", "settings", "imported", "removed and added again",
		"restart", "reset", "slow", "two at once", "two at once"}
	for sequence := range sequences {
		var done []string
		for range 25 {
			name := often[r.IntN(len(often))]
			done = append(done, name)
			steps[name]()
		}
		steps["return"]()
		wire.Mend()
		must(t, e.CatchUp(ctx))
		c, err := e.Check(ctx)
		must(t, err)
		wait, err := searching.Work(ctx, db)
		must(t, err)
		if wait {
			t.Fatalf("sequence %d, %v: work is left", sequence, done)
		}
		if !c.Equal() || c.Waiting != 0 || c.Documents != len(documents) || c.Indexed != len(documents) {
			t.Fatalf("sequence %d, %v: %d documents, %+v", sequence, done, len(documents), *c)
		}
	}
}
