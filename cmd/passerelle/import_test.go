package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"passerelle/cmd/internal/portaltest"
)

// TestImportCommand runs the built program on files of other people.
func TestImportCommand(t *testing.T) {
	program := portaltest.Program(t)
	folder := portaltest.Folder(t)
	run := func(args ...string) (string, error) {
		cmd := exec.Command(program, append([]string{"import", "--data", filepath.Join(folder, "data")}, args...)...)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := write("voisin.csv", "id;intitule;niveau\nR.1;Reliure;\nR.2;Dorure;vingt\nR.3;Gainerie;\n")
	t.Run("P3.6 a refused line and nothing is imported, unless it is asked to leave it aside", func(t *testing.T) {
		if out, err := run("courses", file); err == nil || !strings.Contains(out, "1 lines refused, nothing imported") || !strings.Contains(out, "ligne 3, colonne 3 (niveau) : « vingt » n’est pas un niveau") {
			t.Fatalf("%v\n%s", err, out)
		}
		if out, err := run("courses", file, "--skip-refused", "--dry-run", "--lang", "en"); err != nil || !strings.Contains(out, "2 rows would be imported: 2 new") || !strings.Contains(out, "1 lines refused, left aside") ||
			!strings.Contains(out, "line 3, column 3 (niveau): “vingt” is no level") {
			t.Fatalf("%v\n%s", err, out)
		}
		if out, err := run("courses", file, "--skip-refused"); err != nil || !strings.Contains(out, "2 rows imported: 2 new") || !strings.Contains(out, "1 lines refused, left aside") {
			t.Fatalf("%v\n%s", err, out)
		}
		if out, err := run("courses", file, "--skip-refused"); err != nil || !strings.Contains(out, "0 new, 0 changed, 2 the same") {
			t.Fatalf("%v\n%s", err, out)
		}
	})
	t.Run("P3.6 a file cut in the middle is refused whatever is asked", func(t *testing.T) {
		cut := write("coupe.csv", "id;intitule;niveau\nR.4;Reliure;\nR.5;Dor")
		if out, err := run("courses", cut, "--skip-refused"); err == nil || !strings.Contains(out, "nothing imported") || !strings.Contains(out, "le fichier est coupé ici") {
			t.Fatalf("%v\n%s", err, out)
		}
	})
	t.Run("P3.6 the report by line opens in a spreadsheet, in French or in English", func(t *testing.T) {
		report := filepath.Join(folder, "rapport.csv")
		for lang, want := range map[string][2]string{"fr": {"ligne;verdict;référence", "3;refusée;;Dorure;niveau;« vingt » n’est pas un niveau;Écrire un niveau de 1 à 8"},
			"en": {"line;verdict;reference", "3;refused;;Dorure;niveau;“vingt” is no level;Write a level from 1 to 8"}} {
			_, _ = run("courses", file, "--dry-run", "--report", report, "--lang", lang)
			content, err := os.ReadFile(report)
			if err != nil || !strings.Contains(string(content), want[0]) || !strings.Contains(string(content), want[1]) {
				t.Errorf("%v\n%s", err, content)
			}
		}
	})
}
