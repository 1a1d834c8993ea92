package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/cmd/internal/portal"
	"passerelle/cmd/internal/portaltest"
	"passerelle/storage"
	"passerelle/storage/storagetest"
)

func TestStorageCommand(t *testing.T) {
	server := storagetest.Versity(t)
	program, data := portaltest.Program(t), filepath.Join(portaltest.Folder(t), "data")
	var settings []string
	// run gives what a subcommand printed, and whether it ended well.
	run := func(args ...string) (string, bool) {
		cmd := exec.Command(program, append([]string{"storage", "--data", data}, args...)...)
		cmd.Env = append(os.Environ(), "PASSERELLE_LOG_LEVEL=error", "PASSERELLE_SECRET_KEY="+strings.Repeat("a secret ", 8))
		cmd.Env = append(cmd.Env, settings...)
		out, err := cmd.CombinedOutput()
		return string(out), err == nil
	}
	documents := filepath.Join(data, "documents")
	key := storage.NewKey()
	leave := func(t *testing.T) {
		t.Helper()
		disk, err := storage.OpenDisk(documents)
		if err != nil {
			t.Fatal(err)
		}
		storagetest.Write(t, disk, key, []byte("left over"))
		old := time.Now().Add(-48 * time.Hour)
		if err := os.Chtimes(filepath.Join(documents, key), old, old); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("P7.4 the master key is made once, and the operator told to save it", func(t *testing.T) {
		first, ok := run("check")
		if !ok || !strings.Contains(first, "save a copy") {
			t.Fatal(first)
		}
		if second, ok := run("check", "--decrypt"); !ok || strings.Contains(second, "save a copy") {
			t.Error(second)
		}
	})
	t.Run("P14.2 the check fails while something is wrong, and passes once it is mended", func(t *testing.T) {
		leave(t)
		out, ok := run("check", "--json")
		line, _, _ := strings.Cut(out, "\n")
		var p portal.Problem
		if err := json.Unmarshal([]byte(line), &p); ok || err != nil || p.Kind != "orphan" || p.Object != key {
			t.Errorf("%v: %s", err, out)
		}
		if out, ok := run("check", "--repair"); !ok {
			t.Error(out)
		}
		if out, ok := run("check"); !ok {
			t.Error(out)
		}
	})
	t.Run("P14.7 what the console shows and orders is said and ordered here", func(t *testing.T) {
		leave(t)
		if out, ok := run("check"); ok {
			t.Error("an object was left:", out)
		}
		if out, ok := run("status"); !ok || !strings.Contains(out, "last check (audit)") || !strings.Contains(out, "orphan     1 objects") {
			t.Error("the check left no line:", out)
		}
		if out, ok := run("mend", "orphan", "restore", "--most", "5"); ok || !strings.Contains(out, "does not go") {
			t.Error(out)
		}
		if out, ok := run("mend", "orphan", "erase", "--most", "1"); !ok || !strings.Contains(out, "about 1 objects") {
			t.Error(out)
		}
		if out, ok := run("mend", "orphan", "erase", "--most", "1"); ok || !strings.Contains(out, "nothing to do") {
			t.Error(out)
		}
		for _, verb := range []string{"suspend", "resume", "stop"} {
			if out, ok := run(verb, "--move"); ok || !strings.Contains(out, "nothing goes on") {
				t.Error(verb, out)
			}
		}
		if out, ok := run("check", "--repair"); !ok {
			t.Error(out)
		}
		if out, ok := run("status", "--json"); !ok || !strings.Contains(out, `"findings":[]`) {
			t.Error("what was deleted is still a finding:", out)
		}
		if out, ok := run("retention", "--with", "import_file_days=1"); !ok || !strings.Contains(out, "draft_claimed    kept 90 days") || !strings.Contains(out, "would erase 0") {
			t.Error(out)
		}
	})
	t.Run("P14.2 a move takes everything along and says where documents are from then on", func(t *testing.T) {
		leave(t)
		if out, ok := run("move", "--to", "s3"); ok || !strings.Contains(out, "S3_ENDPOINT") {
			t.Error(out)
		}
		settings = append(settings, "S3_ENDPOINT="+server.Endpoint, "S3_ACCESS_KEY="+server.AccessKey, "S3_SECRET_KEY="+server.SecretKey)
		if out, ok := run("move", "--to", "s3", "--empty"); !ok || !strings.Contains(out, "1 copied") {
			t.Fatal(out)
		}
		if _, err := os.Stat(filepath.Join(documents, key)); !os.IsNotExist(err) {
			t.Error("the former copy is still there", err)
		}
		if out, ok := run("status", "--json"); !ok || !strings.Contains(out, `"move":{`) || !strings.Contains(out, `"State":"done"`) {
			t.Error("the move left no line:", out)
		}
		settings = nil
		if out, ok := run("check"); ok || !strings.Contains(out, "S3_ENDPOINT") {
			t.Error("the documents are elsewhere and nobody says so:", out)
		}
	})
}
