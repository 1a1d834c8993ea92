package main

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"passerelle/cmd/internal/portal"
	"passerelle/models"
)

func TestDemoStaysHere(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:8080", ":8080", "192.0.2.7:8080", "[::]:8080", "nonsense"} {
		t.Run("P16.1 the demonstration, which shows every mail, does not listen at "+addr, func(t *testing.T) {
			c := &portal.Config{Addr: addr, Data: t.TempDir(), BaseURL: "https://formation.example.org"}
			if err := (demoCommand{}).prepare(c); err == nil || !strings.Contains(err.Error(), "this machine alone") {
				t.Error(err)
			}
		})
	}
}

func TestRefusalsAreWords(t *testing.T) {
	t.Run("P16.2 what the command line refuses is said in words", func(t *testing.T) {
		for key, words := range refusals {
			if got := explain(models.NotFound(key)); got.Error() != words {
				t.Errorf("%s: %v", key, got)
			}
		}
		if other := errors.New("disk full"); !errors.Is(explain(other), other) {
			t.Error("another error is hidden")
		}
	})
}

var relativeLink = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)

// TestReadme holds the README to what it promises.
func TestReadme(t *testing.T) {
	root := filepath.Join("..", "..")
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("P16.3 two commands, one that runs the portal and one that passes the tests", func(t *testing.T) {
		for _, line := range []string{"\ngo run ./cmd/passerelle demo ", "\ngo test ./... "} {
			if !strings.Contains(string(readme), line) {
				t.Errorf("%q is not in the README", line)
			}
		}
		model, err := kong.New(&cli{})
		if err != nil {
			t.Fatal(err)
		}
		commands := []string{}
		for _, c := range model.Model.Children {
			commands = append(commands, c.Name)
		}
		for _, name := range strings.Fields("demo serve work migrate import reindex account form setting doctor verify") {
			if !slices.Contains(commands, name) {
				t.Errorf("there is no command %s", name)
			}
		}
	})
	t.Run("P16.3 what the documents point at is there", func(t *testing.T) {
		documents, _ := filepath.Glob(filepath.Join(root, "docs", "*.md"))
		for _, document := range append(documents, filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md")) {
			text, err := os.ReadFile(document)
			if err != nil {
				t.Fatal(err)
			}
			for _, link := range relativeLink.FindAllStringSubmatch(string(text), -1) {
				if _, err := os.Stat(filepath.Join(filepath.Dir(document), link[1])); err != nil {
					t.Errorf("%s points at %s, which is absent", filepath.Base(document), link[1])
				}
			}
		}
	})
}
