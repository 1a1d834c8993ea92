package search_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/search"
)

// multiply puts the same courses at other bodies and places, generated and
// said to be, until the catalogue has n documents.
func multiply(t *testing.T, db *models.DB, n int) {
	t.Helper()
	ctx := context.Background()
	var have int
	if err := db.Pool.QueryRow(ctx, `SELECT count(*) FROM search_documents`).Scan(&have); err != nil {
		t.Fatal(err)
	}
	if n <= have {
		return
	}
	_, err := db.Pool.Exec(ctx, `
		WITH places AS (SELECT row_number() OVER (ORDER BY d.code) - 1 AS i, d.name, d.no, r.no AS region, r.name AS region_name FROM departments d JOIN regions r ON r.code = d.region_code),
		source AS (SELECT row_number() OVER (ORDER BY no) AS i, * FROM search_documents WHERE kind = 'course')
		INSERT INTO search_documents (kind, object_id, reference, title, subtitle, acronyms, others, body, card, occurrences, updated_at)
		SELECT s.kind, gen_random_uuid(), s.reference || '-generated-' || copy, s.title, 'Organisme généré ' || copy, s.acronyms,
			s.others || ARRAY['organisme ' || copy, p.name, p.region_name], s.body, s.card,
			CASE WHEN length(s.occurrences) >= 14 THEN overlay(s.occurrences PLACING int2send(p.region) || int2send(p.no) FROM 3 FOR 4) ELSE s.occurrences END, s.updated_at
		FROM generate_series(1, $2::int / 6000 + 1) copy CROSS JOIN source s JOIN places p ON p.i = (s.i + copy * 7) % (SELECT count(*) FROM places)
		LIMIT $1`, n-have, n)
	if err != nil {
		t.Fatal(err)
	}
}

// TestScale prints how long searches take on a multiplied catalogue, typed
// letter by letter by four people pausing 150 ms; the bench judges them over
// the wire.
func TestScale(t *testing.T) {
	folder := os.Getenv("PASSERELLE_TEST_DATA")
	n, _ := strconv.Atoi(os.Getenv("PASSERELLE_TEST_SCALE"))
	if folder == "" || n == 0 {
		t.Skip("asked for with PASSERELLE_TEST_SCALE (documents) and PASSERELLE_TEST_DATA")
	}
	db, engine := real(t)
	began := time.Now()
	multiply(t, db, n)
	t.Logf("generated in %v", time.Since(began))
	began = time.Now()
	if err := engine.Warm(context.Background()); err != nil {
		t.Fatal(err)
	}
	var mem runtime.MemStats
	loaded := time.Since(began)
	runtime.GC()
	runtime.ReadMemStats(&mem)
	h, err := engine.Health(context.Background())
	t.Logf("%d documents, %d words loaded in %v; heap %d MiB, %v", h.Documents, h.Words, loaded, mem.HeapAlloc>>20, err)
	var typed []string
	seen := map[string]bool{}
	for i, row := range read(t, filepath.Join(folder, "recherche/catalogue-onisep/requetes-generees.csv.gz")) {
		letters := []rune(row[0])
		for n := 2; n <= min(len(letters), 30) && i%97 == 0; n++ {
			if text := string(letters[:n]); !seen[text] {
				seen[text] = true
				typed = append(typed, text)
			}
		}
	}
	typed = typed[:min(len(typed), 600)]
	facets := []map[string][]string{nil, {search.FacetRegion: {"84"}}, {search.FacetRegion: {"11"}, search.FacetRegistration: {search.ValueOpen}}, {search.FacetLevel: {"7", "6"}}}
	type timed struct {
		text  string
		took  time.Duration
		total int
	}
	var mu sync.Mutex
	var all []timed
	var wg sync.WaitGroup
	for c := range 4 {
		wg.Go(func() {
			for i := c; i < len(typed); i += 4 {
				began := time.Now()
				r, err := engine.Search(context.Background(), search.Query{Text: typed[i], Facets: facets[i%4], Today: db.Today()})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				all = append(all, timed{typed[i], time.Since(began), r.Total})
				mu.Unlock()
				time.Sleep(150 * time.Millisecond)
			}
		})
	}
	wg.Wait()
	slices.SortFunc(all, func(a, b timed) int { return int(a.took - b.took) })
	at := func(p float64) string {
		x := all[int(p*float64(len(all)-1))]
		return fmt.Sprintf("%v (%q, %d)", x.took.Round(time.Millisecond), x.text, x.total)
	}
	t.Logf("%d searches: p50 %s p95 %s p99 %s max %s", len(all), at(.5), at(.95), at(.99), at(1))
	began = time.Now()
	r, err := engine.Search(context.Background(), search.Query{Today: db.Today()})
	t.Logf("no text: %d in %v %v", r.Total, time.Since(began), err)
}
