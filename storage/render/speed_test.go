package render

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestFirstPage(t *testing.T) {
	pack(t, "manifest.csv")
	files, err := filepath.Glob(filepath.Join(os.Getenv("PASSERELLE_TEST_DATA"), "documents", "pdf", "*.pdf"))
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	photos, _ := filepath.Glob(filepath.Join(os.Getenv("PASSERELLE_TEST_DATA"), "documents", "image", "*.[jp][pn]g"))
	var spent []time.Duration
	for _, file := range append(files, photos...) {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kind := Kind(filepath.Ext(file)[1:])
		if _, err := shared.Document(t.Context(), kind, content); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		best := time.Hour
		var made Image
		for range 3 {
			began := time.Now()
			made, err = shared.Page(t.Context(), kind, content, 1, 1200, 0)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			took := time.Since(began)
			spent = append(spent, took)
			best = min(best, took)
		}
		began := time.Now()
		lines, err := shared.Text(t.Context(), kind, content, 1, 0)
		t.Logf("%-55s %4d kB %s %4dx%4d page %3d ms, text %3d ms %d lines %v", filepath.Base(file), len(made.Content)/1000, made.Type, made.Width, made.Height,
			best.Milliseconds(), time.Since(began).Milliseconds(), len(lines), err)
		if out := os.Getenv("RENDER_OUT"); out != "" {
			_ = os.WriteFile(filepath.Join(out, filepath.Base(file)+"."+made.Type[6:]), made.Content, 0o644)
		}
	}
	slices.Sort(spent)
	t.Logf("P7.6 first page, %d renderings: p50 %v, p95 %v, worst %v", len(spent), spent[len(spent)/2], spent[len(spent)*95/100], spent[len(spent)-1])
}
