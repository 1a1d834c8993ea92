package form_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"passerelle/models/form"
)

var (
	messageLine = regexp.MustCompile(`^"([a-z_.]+)" = "(.*)"$`)
	placeholder = regexp.MustCompile(`\{[^}]*\}`)
)

// messages reads the catalogue that views show.
func messages(t testing.TB, lang string) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../views/i18n/form.messages." + lang + ".toml")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		m := messageLine.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("%s: %s", lang, line)
		}
		if _, twice := out[m[1]]; twice {
			t.Errorf("%s: %s twice", lang, m[1])
		}
		out[m[1]] = m[2]
	}
	return out
}

func TestMessagesInBothLanguages(t *testing.T) {
	fr, en := messages(t, "fr"), messages(t, "en")
	for key, text := range fr {
		other, ok := en[key]
		if !ok {
			t.Errorf("P5.7 %s is not in English", key)
		}
		a, b := placeholder.FindAllString(text, -1), placeholder.FindAllString(other, -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("P5.7 %s: %v and %v", key, a, b)
		}
		if strings.Contains(text, "'") || strings.Contains(text, " ?") || strings.Contains(text, " :") || strings.Contains(text, " ;") {
			t.Errorf("P5.7 %s: typography of %q", key, text)
		}
	}
	for key := range en {
		if _, ok := fr[key]; !ok {
			t.Errorf("P5.7 %s is not in French", key)
		}
	}
}

// usedKeys are the message keys written in the engine's code.
func usedKeys(t testing.TB) []string {
	var keys []string
	files, _ := filepath.Glob("*.go")
	more, _ := filepath.Glob("ident/*.go")
	for _, name := range append(files, more...) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, _ := strconv.Unquote(lit.Value); strings.HasPrefix(s, "form.") {
					keys = append(keys, s)
				}
			}
			return true
		})
	}
	return keys
}

func TestEveryKeyHasWords(t *testing.T) {
	fr := messages(t, "fr")
	endings := map[string][]string{
		"form.date":          {".future", ".past", ".min", ".max"},
		"form.month":         {".future", ".past", ".min", ".max"},
		"form.siren":         {".letters", ".length", ".key"},
		"form.siret":         {".letters", ".length", ".key"},
		"form.part.":         {"city.postcode", "city.name", "city.country", "employer.name", "employer.siren", "company.name", "company.siret", "period.from", "period.to"},
		"form.part.missing.": {"city.postcode", "city.name", "employer.name", "company.name", "period.from", "period.to"},
	}
	used := map[string]bool{"form.defects": true, "form.unknown": true}
	for _, key := range usedKeys(t) {
		ends, ok := endings[key]
		if !ok {
			ends = []string{""}
		}
		for _, end := range ends {
			used[key+end] = true
			if fr[key+end] == "" {
				t.Errorf("P5.7 %s has no words", key+end)
			}
		}
	}
	for key := range fr {
		if !used[key] {
			t.Errorf("P5.7 %s is said nowhere", key)
		}
	}
	gallery := load(t, "gallery")
	for _, b := range gallery.Steps[0].Blocks {
		for _, f := range b.Fields {
			for _, p := range f.Parts("") {
				if p.Label != "" && fr[p.Label] == "" {
					t.Errorf("P5.7 %s has no words", p.Label)
				}
			}
		}
	}
}

// sayable fails when a problem could not be shown.
func sayable(t interface{ Fatalf(string, ...any) }, fr map[string]string, p form.Problem) {
	text, ok := fr[p.Key]
	if !ok {
		t.Fatalf("no words for %s", p.Key)
	}
	for i := range 5 {
		if strings.Contains(text, "{"+strconv.Itoa(i)+"}") != (i < len(p.Args)) {
			t.Fatalf("%s says %q with %d arguments", p.Key, text, len(p.Args))
		}
	}
}
