package desk_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"passerelle/models/application"
	"passerelle/views/i18n"
)

// recorded finds the kinds of events that the code writes by name.
var recorded = regexp.MustCompile(`(?:Kind: |recordApproval\(.*)"application\.([a-z_]+)"`)

func TestEventWords(t *testing.T) {
	t.Run("P9.2 every event recorded about an application has its words", func(t *testing.T) {
		kinds := map[string]bool{}
		for _, e := range application.Events() {
			kinds[string(e)] = true
		}
		err := filepath.WalkDir("../../models", func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range recorded.FindAllStringSubmatch(string(text), -1) {
				kinds[m[1]] = true
			}
			return err
		})
		if err != nil || !kinds["claimed"] || !kinds["approval_stuck"] {
			t.Fatalf("%d kinds found, %v", len(kinds), err)
		}
		delete(kinds, "decided") // its words go by verdict
		for _, v := range application.Verdicts() {
			kinds["decided."+string(v)] = true
		}
		for kind := range kinds {
			if !i18n.Has("desk.event." + kind) {
				t.Errorf("no words for %q", kind)
			}
		}
	})
}
