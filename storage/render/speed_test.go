package render

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestFirstPage measures what a reviewer waits for when nothing is kept yet:
// the first page of each document of the pack, 1200 pixels wide, by a warm child.
func TestFirstPage(t *testing.T) {
	pack(t, "manifest.csv")
	folder := filepath.Join(os.Getenv("PASSERELLE_TEST_DATA"), "documents")
	scans, _ := filepath.Glob(filepath.Join(folder, "pdf", "*.pdf"))
	photos, _ := filepath.Glob(filepath.Join(folder, "image", "*.[jp][pn]g"))
	if len(scans) == 0 || len(photos) == 0 {
		t.Fatal("the data pack has no documents")
	}
	var spent, fastest []time.Duration
	for _, file := range append(scans, photos...) {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kind := Kind(filepath.Ext(file)[1:])
		if _, err := shared.Document(t.Context(), kind, content); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		var made Image
		best := time.Hour
		for range 3 {
			began := time.Now()
			if made, err = shared.Page(t.Context(), kind, content, 1, 1200, 0); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			took := time.Since(began)
			spent, best = append(spent, took), min(best, took)
		}
		fastest = append(fastest, best)
		began := time.Now()
		lines, err := shared.Text(t.Context(), kind, content, 1, 0)
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		t.Logf("%-52s %4dx%-4d %4d kB %-10s page %4d ms, text %3d ms (%d lines)", filepath.Base(file), made.Width, made.Height, len(made.Content)/1000, made.Type,
			best.Milliseconds(), time.Since(began).Milliseconds(), len(lines))
	}
	slices.Sort(spent)
	half, most := spent[len(spent)/2], spent[len(spent)*95/100]
	t.Logf("P7.6 first page, %d renderings: p50 %v, p95 %v, worst %v", len(spent), half.Round(time.Millisecond), most.Round(time.Millisecond), spent[len(spent)-1].Round(time.Millisecond))
	// Far above what is measured on a calm machine: tests share theirs. The fastest of three counts.
	slices.Sort(fastest)
	if half := fastest[len(fastest)/2]; half > 1500*time.Millisecond {
		t.Errorf("P7.6 half of the first pages take more than %v", half)
	}
}
