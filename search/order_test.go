package search_test

import (
	"context"
	"slices"
	"testing"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/modelstest"
	"passerelle/search"
)

// TestCommitOrder has transactions end in another order than they began and
// than their rows are numbered.
func TestCommitOrder(t *testing.T) {
	db := modelstest.DB(t)
	ctx := context.Background()
	engine := search.NewPostgres(db)
	found := func(want ...string) {
		t.Helper()
		r, err := engine.Search(ctx, search.Query{Text: "vannerie", Today: db.Today(), Exact: true})
		if err != nil {
			t.Fatal(err)
		}
		got := references(r)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	}
	put := func(ctx context.Context, tx models.Tx, reference string) error {
		return catalogue.Put(ctx, tx, []search.Document{programme(db, reference, "Vannerie "+reference)})
	}
	begin := func(reference string) (commit func()) {
		t.Helper()
		release, ended, begun := make(chan struct{}), make(chan error, 1), make(chan struct{})
		go func() {
			ended <- db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
				defer func() { <-release }()
				defer close(begun)
				return put(ctx, tx, reference)
			})
		}()
		<-begun
		return func() {
			t.Helper()
			close(release)
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
		}
	}
	found()
	t.Run("P4.9 a transaction that began first and ends last is seen from its end on", func(t *testing.T) {
		first, second, third := begin("P.1"), begin("P.2"), begin("P.3")
		found()
		third()
		found("P.3")
		second()
		found("P.2", "P.3")
		first()
		found("P.1", "P.2", "P.3")
	})
	t.Run("P4.9 also by a search that was loaded meanwhile", func(t *testing.T) {
		fourth := begin("P.4")
		other := search.NewPostgres(db)
		if err := other.Warm(ctx); err != nil {
			t.Fatal(err)
		}
		fifth := begin("P.5")
		fifth()
		fourth()
		engine = other
		found("P.1", "P.2", "P.3", "P.4", "P.5")
	})
}
