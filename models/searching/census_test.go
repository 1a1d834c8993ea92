package searching_test

import (
	"context"
	"testing"
	"time"

	"passerelle/models/modelstest"
	"passerelle/models/searching"
)

func TestCounter(t *testing.T) {
	db := modelstest.DB(t)
	var counter searching.Counter
	look := func() (n int, counted bool) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		c, counted, err := counter.Census(ctx, db)
		if err != nil {
			t.Fatal(err)
		}
		return c.Total(), counted
	}
	held, err := db.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := held.Exec(t.Context(), `LOCK TABLE search_documents IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	t.Run("P14.1 a count that takes long is waited for by nobody and made once", func(t *testing.T) {
		for range 3 {
			if _, counted := look(); counted {
				t.Fatal("counted a table that cannot be read")
			}
		}
		if err := held.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		for counted := false; !counted; _, counted = look() {
			time.Sleep(10 * time.Millisecond)
		}
	})
	t.Run("P14.1 it took long, so that it is kept", func(t *testing.T) {
		if _, err := db.Pool.Exec(t.Context(), `INSERT INTO search_documents (kind, object_id, reference, title, subtitle, body, card, occurrences, updated_at)
			VALUES ('course', gen_random_uuid(), 'F.1', 'Reliure', '', '', '', '', now())`); err != nil {
			t.Fatal(err)
		}
		if n, counted := look(); n != 0 || !counted {
			t.Error(n, counted)
		}
		var quick searching.Counter
		if c, counted, err := quick.Census(t.Context(), db); err != nil || !counted || c.Total() != 1 || c.Kinds["course"] != 1 {
			t.Error(c, counted, err)
		}
	})
}
