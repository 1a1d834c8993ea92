package meili_test

import (
	"context"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"passerelle/models/modelstest"
	"passerelle/search/meili/meilitest"
)

// TestRebuildMany fills an index with as many documents as
// PASSERELLE_TEST_SCALE says, streamed: the memory of the process does not
// grow with them.
func TestRebuildMany(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("PASSERELLE_TEST_SCALE"))
	if n == 0 {
		t.Skip("PASSERELLE_TEST_SCALE says no number")
	}
	server, db, ctx := meilitest.Own(t), modelstest.DB(t), context.Background()
	_, err := db.Pool.Exec(ctx, `INSERT INTO search_documents (kind, object_id, reference, title, body, card, updated_at)
		SELECT 'announcement', gen_random_uuid(), 'G.' || i, 'Formation ' || (ARRAY['menuiserie', 'soudure', 'horlogerie', 'reliure'])[1 + i % 4] || ' ' || i,
			repeat('Apprendre le métier avec des professionnels de la région. ', 5), '\x0300000000000000', now() FROM generate_series(1, $1::int) i`, n)
	must(t, err)
	e := engine(t, db, server.URL)
	var most uint64
	began := time.Now()
	must(t, e.Renew(ctx, func(int, int) {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapInuse)
	}))
	t.Logf("%d documents in %s, heap at most %d MB", n, time.Since(began).Round(time.Second), most>>20)
	if most > 200<<20 {
		t.Errorf("heap of %d MB", most>>20)
	}
	began = time.Now()
	equal(t, e)
	t.Logf("checked in %s", time.Since(began).Round(time.Second))
}
