package migrations_test

import (
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models/modelstest"
)

func TestMain(m *testing.M) { modelstest.Main(m) }

// upTo applies the files of the schema after one name and up to another.
func upTo(t *testing.T, conn *pgx.Conn, after, last string) {
	t.Helper()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if name := f.Name(); strings.HasSuffix(name, ".sql") && name > after && name < last {
			sql, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if _, err := conn.Exec(t.Context(), "BEGIN; "+string(sql)+"; COMMIT"); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if took := time.Since(began); took > time.Second {
				t.Logf("%s: %v", name, took.Round(10*time.Millisecond))
			}
		}
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// TestUpgradeSearch takes the schema from before the search in the process to the
// present one, over documents that are there; how many, PASSERELLE_TEST_SCALE says.
func TestUpgradeSearch(t *testing.T) {
	n := 300
	if scale, _ := strconv.Atoi(os.Getenv("PASSERELLE_TEST_SCALE")); scale > 0 {
		n = scale
	}
	ctx := t.Context()
	server := modelstest.Cluster(t).URL()
	conn := connect(t, server)
	if _, err := conn.Exec(ctx, `CREATE DATABASE upgrade`); err != nil {
		t.Fatal(err)
	}
	conn = connect(t, strings.Replace(server, "/passerelle?", "/upgrade?", 1))
	upTo(t, conn, "", "20261123")
	_, err := conn.Exec(ctx, `
		INSERT INTO courses (id, reference, title, authority, updated_at)
		SELECT gen_random_uuid(), 'F.' || n, 'Relieur ' || n, CASE WHEN n % 3 > 0 THEN 'Région  ' || n % 2 ELSE '' END, now() FROM generate_series(1, $1::int) n`, n)
	if err == nil {
		_, err = conn.Exec(ctx, `
			INSERT INTO search_documents (kind, object_id, reference, title, body, words, card, updated_at)
			SELECT 'course', id, reference, title, repeat('Un texte de la formation. ', 20), 'relieur:1A cap:2B paris:3C texte:4D', '\x01030201'::bytea || int2send(7::int2) || '\xdeadbeef', now() FROM courses`)
	}
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	upTo(t, conn, "20261123", "9")
	t.Logf("%d documents brought up to date in %v", n, time.Since(began).Round(10*time.Millisecond))
	t.Run("P4.2 documents of before have the number of their structure, and the words of their fields", func(t *testing.T) {
		var cards []string
		err := conn.QueryRow(ctx, `SELECT array_agg(c ORDER BY c) FROM (
			SELECT DISTINCT encode(card, 'hex') || ' ' || coalesce(s.slug, '') || ' ' || d.acronyms::text || d.others::text AS c
			FROM search_documents d LEFT JOIN structures s ON int4send(s.no) = substring(card FROM length(card) - 3)) l`).Scan(&cards)
		want := []string{"01030201000700000000  {cap}{paris}", "01030201000700000001 region-0 {cap}{paris}", "01030201000700000002 region-1 {cap}{paris}"}
		if err != nil || !slices.Equal(cards, want) {
			t.Error(cards, err)
		}
	})
	t.Run("P15.4 a document is written again once, and noted for nobody", func(t *testing.T) {
		var changes, news, triggers, versions int
		err := conn.QueryRow(ctx, `SELECT (SELECT count(*) FROM search_changes), (SELECT count(*) FROM search_news),
			(SELECT count(*) FROM pg_trigger WHERE tgrelid = 'search_documents'::regclass AND tgenabled <> 'O'),
			(SELECT count(DISTINCT xmin::text) FROM search_documents)`).Scan(&changes, &news, &triggers, &versions)
		if err != nil || changes+news+triggers != 0 || versions != 1 {
			t.Error(changes, news, triggers, versions, err)
		}
		var written int
		err = conn.QueryRow(ctx, `SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'search_documents'`).Scan(&written)
		if err == nil && written > n {
			t.Error(written, "writes of", n, "documents")
		}
	})
}
