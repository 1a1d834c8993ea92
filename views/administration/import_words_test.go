package administration

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"passerelle/models/catalogue/importer"
	"passerelle/views/i18n"
)

var importKey = regexp.MustCompile(`"(import\.[a-z0-9_.]+)"`)

// TestImportWords: what the importer refuses is said here, in both languages, with
// what to do about it.
func TestImportWords(t *testing.T) {
	files, err := filepath.Glob("../../models/catalogue/importer/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	// Refusals of a whole run: their sentence says what to do.
	whole := map[string]bool{"import.held": true, "import.moved": true, "import.not_the_last": true, "import.mapping": true, "import.refused": true, "import.nothing_to_undo": true}
	seen := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range importKey.FindAllStringSubmatch(string(source), -1) {
			key := m[1]
			if strings.HasSuffix(key, ".") || strings.HasPrefix(key, "import.at") || journal[key] {
				continue
			}
			seen++
			if !i18n.Has(key) {
				t.Errorf("P15.1 %s: %q is in no message file", file, key)
			}
			if whole[key] || strings.HasPrefix(key, "import.mapping.") || strings.HasPrefix(key, "import.report.") {
				continue
			}
			if remedy := "import.remedy." + strings.TrimPrefix(key, "import."); !i18n.Has(remedy) {
				t.Errorf("P3.6 %s: nothing says what to do about %q", file, key)
			}
		}
	}
	if seen < 30 {
		t.Errorf("only %d keys found", seen)
	}
	t.Run("P15.1 a refusal is said whole in both languages", func(t *testing.T) {
		e := importer.LineError{Line: 3, Column: 2, Field: "niveau", Key: "import.level", Args: []string{"vingt"}}
		left := importer.LineError{Line: 4, Key: "import.session_left", Args: []string{"2027-01-11", "import.number", "x"}}
		for lang, want := range map[i18n.Lang][3]string{
			i18n.French:  {"ligne 3, colonne 2 (niveau) : « vingt » n’est pas un niveau", "Écrire un niveau de 1 à 8, comme « niveau 5 »", "ligne 4 : session du 2027-01-11 laissée de côté : « x » n’est pas un nombre entier convenable"},
			i18n.English: {"line 3, column 2 (niveau): “vingt” is no level", "Write a level from 1 to 8, such as “niveau 5”", "line 4: session of 2027-01-11 left aside: “x” is no suitable whole number"},
		} {
			say := ImportWords(i18n.With(context.Background(), lang))
			if got := [3]string{e.In(say), e.Remedy(say), left.In(say)}; got != want {
				t.Errorf("%q", got)
			}
		}
	})
}

// journal are kinds of events, which no page says.
var journal = map[string]bool{"import.mapping_kept": true}
