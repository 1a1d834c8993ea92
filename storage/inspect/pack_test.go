package inspect_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/storage/child"
	"passerelle/storage/inspect"
	"passerelle/storage/worker"
)

func TestMain(m *testing.M) {
	if child.Main() {
		return
	}
	os.Exit(m.Run())
}

// client asks real children; the compiled code is kept between runs.
func client(t testing.TB) inspect.Client {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip("no cache folder:", err)
	}
	pool, err := worker.Open(worker.Config{Dir: filepath.Join(cache, "passerelle-tools", "worker")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	return inspect.Client{Pool: pool}
}

// sample is one line of the pack's list of files.
type sample struct {
	file, expected, motive string
	content                []byte
}

func samples(t *testing.T) []sample {
	t.Helper()
	dir := os.Getenv("PASSERELLE_TEST_DATA")
	if dir == "" {
		t.Skip("PASSERELLE_TEST_DATA is not set: the pack of documents is absent")
	}
	f, err := os.Open(filepath.Join(dir, "documents", "manifest.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatal(len(rows), err)
	}
	column := func(name string) int { return slices.Index(rows[0], name) }
	var all []sample
	for _, row := range rows[1:] {
		s := sample{file: row[column("fichier")], expected: row[column("verdict_attendu")], motive: row[column("motif")]}
		if s.content, err = os.ReadFile(filepath.Join(dir, "documents", s.file)); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

// motives are the reasons that say what the pack's motive says; a motive of an
// accepted file is a remark.
var motives = map[string][]inspect.Code{
	"PAGE_BLANCHE":           {inspect.BlankPage},
	"DIMENSIONS":             {inspect.Dimensions},
	"XFA_DYNAMIQUE":          {inspect.PDFXFA},
	"CORROMPU":               {inspect.Broken},
	"PIECE_JOINTE_EMBARQUEE": {inspect.PDFAttachment},
	"CONTENU_ACTIF":          {inspect.PDFScript, inspect.PDFAction, inspect.PDFMedia, inspect.OfficeMacro, inspect.HTMLActive},
	"CHIFFRE":                {inspect.PDFPassword, inspect.OfficePassword},
	"BOMBE":                  {inspect.Bomb, inspect.TypeNotAllowed}, // An archive is refused before it is opened
	"REPARABLE":              {inspect.Repaired},
	"HTML":                   {inspect.HTML},
	"TYPE_NON_AUTORISE":      {inspect.TypeNotAllowed, inspect.HEICNotAllowed},
	"TYPE_INCOHERENT":        {inspect.TypeMismatch, inspect.Polyglot},
	"REFERENCE_EXTERNE":      {inspect.ExternalReference},
	"VIDE":                   {inspect.Empty},
}

func TestPack(t *testing.T) {
	all, c := samples(t), client(t)
	verdicts := []string{"accepter", "avertir", "refuser"}
	names := map[inspect.Verdict]string{inspect.Accept: "accepter", inspect.Warn: "avertir", inspect.Refuse: "refuser"}
	table := map[[2]string]int{}
	var times []time.Duration
	t.Run("P7.3 every file of the pack gets its verdict and its reason", func(t *testing.T) {
		for _, s := range all {
			began := time.Now()
			r, err := c.Inspect(t.Context(), filepath.Base(s.file), "", s.content, inspect.Policy{MaxBytes: 5 << 20})
			times = append(times, time.Since(began))
			if err != nil {
				t.Fatal(s.file, err)
			}
			got := names[r.Verdict]
			table[[2]string{s.expected, got}]++
			if got != s.expected {
				t.Errorf("%s: %s expected (%s), got %s: %s %v %+v", s.file, s.expected, s.motive, got, r.Reason, r.Others, r.Facts)
			}
			if s.expected != "accepter" && !slices.Contains(motives[s.motive], r.Reason) {
				t.Errorf("%s: motive %s, reason %s %v %+v", s.file, s.motive, r.Reason, r.Others, r.Facts)
			}
			if s.motive == "GPS" && !r.Facts.GPS || s.motive == "RESTRICTIONS" && !r.Facts.Encrypted {
				t.Errorf("%s: the remark %s is not in %+v", s.file, s.motive, r.Facts)
			}
		}
	})
	var out strings.Builder
	fmt.Fprintf(&out, "%d files; expected (rows) and reached:\n%-10s", len(all), "")
	for _, v := range verdicts {
		fmt.Fprintf(&out, "%10s", v)
	}
	for _, row := range verdicts {
		fmt.Fprintf(&out, "\n%-10s", row)
		for _, column := range verdicts {
			fmt.Fprintf(&out, "%10d", table[[2]string{row, column}])
		}
	}
	slices.Sort(times)
	at := func(p int) time.Duration { return times[min(len(times)-1, len(times)*p/100)].Round(time.Millisecond) }
	t.Logf("%s\ntime per file: p50 %v, p95 %v, p99 %v", out.String(), at(50), at(95), at(99))
}
