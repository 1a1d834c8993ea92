package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestCatalogue(t *testing.T) {
	t.Run("P15.1 every message is complete in French and English", func(t *testing.T) {
		c, err := read("../..")
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range c.problems {
			t.Error(p)
		}
	})
	t.Run("the compiled table is current", func(t *testing.T) {
		c, err := read("../..")
		if err != nil {
			t.Fatal(err)
		}
		have, err := os.ReadFile("../table_gen.go")
		if err != nil {
			t.Fatal(err)
		}
		if string(have) != string(c.source()) {
			t.Error("views/i18n/table_gen.go is stale: run go generate ./views/i18n")
		}
	})
}

// call finds the keys written as literals in calls of T and N, and the beginnings of
// those that are put together there.
var call = regexp.MustCompile(`i18n\.(T|N)\(\s*[\w.()]+,\s*"([^"]+)"(\s*\+)?`)

func TestKeysUsed(t *testing.T) {
	c, err := read("../..")
	if err != nil {
		t.Fatal(err)
	}
	root := "../../.."
	for _, top := range []string{"views", "handlers", "cmd"} {
		_ = filepath.WalkDir(filepath.Join(root, top), func(path string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !isSource(path) {
				return nil
			}
			body, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, m := range call.FindAllStringSubmatch(string(body), -1) {
				checkUse(t, c, path, m[1], m[2], m[3] != "")
			}
			return nil
		})
	}
}

func isSource(path string) bool {
	if strings.HasSuffix(path, "_templ.go") || strings.HasSuffix(path, "_test.go") {
		return false
	}
	return strings.HasSuffix(path, ".templ") || strings.HasSuffix(path, ".go")
}

func checkUse(t *testing.T, c *catalogue, path, verb, key string, begins bool) {
	t.Helper()
	if begins {
		for known := range c.messages {
			if strings.HasPrefix(known, key) {
				return
			}
		}
		t.Errorf("P15.1 %s: no message begins with %q", path, key)
		return
	}
	if verb == "N" {
		key += ".other"
	}
	if c.messages[key] == nil {
		t.Errorf("P15.1 %s: %q is in no message file", path, key)
	}
}

func TestProblemsAreFound(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{
		"a/messages.fr.toml": "\"a.x\" = \"Bonjour {0}\"\n\"a.only\" = \"seul\"\n\"a.n.one\" = \"un\"\n",
		"a/messages.en.toml": "\"a.x\" = \"Hello {1}\"\n\"a.n.one\" = \"one\"\n",
		"b/messages.fr.toml": "\"a.x\" = \"encore\"\nmal écrit\n",
	}
	for name, body := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c, err := read(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"already in", "has no text in en", "in French and", "beside it", "on one line"} {
		if !slices.ContainsFunc(c.problems, func(p string) bool { return strings.Contains(p, want) }) {
			t.Errorf("no problem says %q in %q", want, c.problems)
		}
	}
}

func TestParseLine(t *testing.T) {
	for line, want := range map[string][2]string{
		`"a.b" = "dit \"oui\" = non"`: {"a.b", `dit "oui" = non`},
		`a.b = "x" # note`:            {"a.b", "x"},
		`"a" = 'brut \n'`:             {"a", `brut \n`},
	} {
		key, text, err := parseLine(line)
		if err != nil || key != want[0] || text != want[1] {
			t.Errorf("%s: %q %q %v", line, key, text, err)
		}
	}
}
