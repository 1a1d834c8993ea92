package cluster_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"passerelle/models/cluster"
)

func TestFetchedPrograms(t *testing.T) {
	if os.Getenv("PASSERELLE_TEST_DOWNLOAD") == "" {
		t.Skip("PASSERELLE_TEST_DOWNLOAD=1 runs it: it fetches some 25 MB")
	}
	dir := folder(t)
	var said []string
	o := cluster.Options{Folder: dir, Programs: cluster.ProgramsDownload, Progress: func(s string) { said = append(said, s) }}
	c := start(t, o)
	t.Logf("%s\n%s", c.Version(), strings.Join(said, "\n"))
	for _, extension := range []string{"unaccent", "pg_trgm"} {
		query(t, c, "CREATE EXTENSION "+extension)
	}
	if got := query(t, c, "SELECT lower('ÉCOLE') || unaccent('œuvre')"); got != "écoleoeuvre" {
		t.Errorf("got %q", got)
	}
	if got := query(t, c, `SELECT string_agg(w, ' ' ORDER BY w COLLATE "fr-x-icu") FROM unnest('{côté,cote,Zoo,coté}'::text[]) w`); got != "cote coté côté Zoo" {
		t.Errorf("got %q", got)
	}
	if len(said) < 4 {
		t.Errorf("progress: %q", said)
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Run("kept for the next start", func(t *testing.T) {
		said = nil
		o.Programs = cluster.ProgramsAny
		again := start(t, o)
		if again.Version() != c.Version() || len(said) != 0 {
			t.Errorf("version %s, progress %q", again.Version(), said)
		}
	})
	left, err := filepath.Glob(filepath.Join(dir, "programs", "*"))
	if err != nil || len(left) != 1 {
		t.Errorf("left beside the data: %q %v", left, err)
	}
}
