package inspect_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"passerelle/storage/inspect"
	"passerelle/storage/pdf"
)

// FuzzInspect looks for panics and for time without end in the reading of every
// kind; a child would die of them, which is dear. Its corpus is what the other
// tests make.
func FuzzInspect(f *testing.F) {
	cache, err := os.UserCacheDir()
	if err != nil {
		f.Skip("no cache folder:", err)
	}
	engine, err := pdf.New(filepath.Join(cache, "passerelle-tools", "worker", "code"))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = engine.Close() })
	for extension, content := range sound() {
		f.Add("piece."+extension, content)
	}
	for _, h := range hostiles() {
		if len(h.content) < 20_000 {
			f.Add(h.name, h.content)
		}
	}
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		began := time.Now()
		r := inspect.Inspect(t.Context(), engine, name, "", content, inspect.Policy{MaxBytes: 1 << 20,
			Formats: []string{"pdf", "doc", "docx", "xls", "xlsx", "odt", "rtf", "txt", "html", "jpg", "png", "heic"}})
		if r.Reason != "" && r.Verdict != r.Reason.Verdict() || r.Reason == "" && r.Verdict != inspect.Accept {
			t.Errorf("%s for %q", r.Verdict, r.Reason)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%v", took)
		}
	})
}
