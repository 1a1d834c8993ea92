package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"passerelle/storage/inspect"
	"passerelle/storage/worker"
	"passerelle/views/i18n"
)

func TestInspectCommand(t *testing.T) {
	base, err := os.UserCacheDir()
	if err != nil {
		t.Skip("no cache folder:", err)
	}
	pool, err := worker.Open(worker.Config{Dir: filepath.Join(base, "passerelle-tools", "worker")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	client, dir := inspect.Client{Pool: pool}, t.TempDir()
	for name, content := range map[string]string{"lettre.txt": "Bonjour", "page.html": "<script>alert(1)</script>", "vide.pdf": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := func(name string) string { return filepath.Join(dir, name) }
	t.Run("P7.3 one JSON line for each file, a refusal being no failure", func(t *testing.T) {
		var out bytes.Buffer
		if err := (inspectCommand{Files: []string{file("lettre.txt"), file("page.html"), file("vide.pdf")}}).judge(t.Context(), client, &out); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		for i, want := range []struct{ file, verdict, reason string }{{"lettre.txt", "accept", ""}, {"page.html", "refuse", "html_active"}, {"vide.pdf", "refuse", "empty"}} {
			var got map[string]any
			if err := json.Unmarshal([]byte(lines[i]), &got); err != nil || got["file"] != file(want.file) || got["verdict"] != want.verdict ||
				got["reason"] != want.reason || got["facts"] == nil {
				t.Errorf("%s: %v, %v", lines[i], got, err)
			}
		}
	})
	t.Run("P7.3 a file that cannot be read is a failure, after the others", func(t *testing.T) {
		var out bytes.Buffer
		err := (inspectCommand{Files: []string{file("absent.pdf"), file("lettre.txt")}}).judge(t.Context(), client, &out)
		if err == nil || strings.Count(out.String(), "\n") != 1 {
			t.Errorf("%v, %s", err, out.String())
		}
	})
	t.Run("P7.3 every reason says why and what to do, in both languages", func(t *testing.T) {
		for _, code := range inspect.Codes() {
			for _, part := range []string{".title", ".remedy"} {
				if key := "inspect." + string(code) + part; !i18n.Has(key) {
					t.Errorf("no message %s", key)
				}
			}
		}
	})
}
