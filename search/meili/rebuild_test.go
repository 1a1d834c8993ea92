package meili_test

import (
	"context"
	"testing"
	"time"

	"passerelle/models/modelstest"
	"passerelle/models/searching"
	"passerelle/search/meili/meilitest"
)

func TestRebuild(t *testing.T) {
	server, db, ctx := meilitest.Own(t), modelstest.DB(t), context.Background()
	e := engine(t, db, server.URL)
	list := putMany(t, db, 15_000)
	must(t, e.CatchUp(ctx))
	first, _, err := searching.Indexes(ctx, db)
	must(t, err)
	half := func() *searching.Index {
		t.Helper()
		for {
			must(t, e.Work(ctx, time.Now().Add(time.Millisecond)))
			_, building, err := searching.Indexes(ctx, db)
			must(t, err)
			if building == nil {
				t.Fatal("done already")
			}
			if building.FilledTo > 0 {
				return building
			}
		}
	}
	t.Run("P14.1 stopped half-way, the old index stays in service", func(t *testing.T) {
		if begun, err := e.Begin(ctx); err != nil || !begun {
			t.Fatal(begun, err)
		}
		if begun, err := e.Begin(ctx); err != nil || begun {
			t.Fatal("two at once", err)
		}
		b := half()
		if b.Filled == 0 || b.Filled >= b.Total || b.Total != 15_000 {
			t.Errorf("%+v", b)
		}
		if n, _ := total(t, e, "menuiserie"); n != 2500 {
			t.Error(n)
		}
		must(t, e.Abandon(ctx))
		live, building, err := searching.Indexes(ctx, db)
		if err != nil || building != nil || live.UID != first.UID {
			t.Fatal(live, building, err)
		}
		equal(t, e)
	})
	t.Run("P14.1 killed half-way, it goes on where it stopped, and swaps", func(t *testing.T) {
		_, err := e.Begin(ctx)
		must(t, err)
		b := half()
		// Changes before and after the place that the filling has reached.
		list[3].Title, list[14_900].Title = "Vannerie", "Vannerie"
		put(t, db, list[3], list[14_900])
		server.Kill()
		if err := e.Work(ctx, time.Now().Add(time.Second)); !unavailable(err) {
			t.Error(err)
		}
		server.Return(t)
		other := engine(t, db, server.URL) // another process
		must(t, other.CatchUp(ctx))
		live, building, err := searching.Indexes(ctx, db)
		if err != nil || building != nil || live.UID != b.UID {
			t.Fatal(live, building, err)
		}
		equal(t, other)
		if n, _ := total(t, e, "vannerie"); n != 2 {
			t.Error(n)
		}
		r, err := e.Report(ctx)
		if err != nil || r.Problem != nil || r.Indexed != 15_000 {
			t.Errorf("%+v %v", r, err)
		}
	})
}
