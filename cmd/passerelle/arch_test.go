package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "passerelle"

// topLevel is everything that may stand at the root of the project.
var topLevel = []string{".ci", ".editorconfig", ".git", ".gitattributes", ".gitignore", ".golangci.yml", "CHANGELOG.md", "CONTRIBUTING.md",
	"LICENSE", "NOTICE", "README.md", "cmd", "docs", "go.mod", "go.sum", "handlers", "models", "search", "static", "storage", "views"}

// pureImports is all that packages of the offline engine may import, beside
// each other.
var pureImports = []string{"bytes", "cmp", "context", "errors", "html", "io", "iter", "maps", "math", "slices", "sort", "strconv",
	"strings", "unicode", "unicode/utf8", "unsafe"}

// pure lists the packages that will be compiled for the offline engine; those
// of views may import templ as well.
var pure = []string{"models/merge", "models/form", "models/form/ident", "views/i18n", "views/paths", "views/hx", "views/ui", "views/layout",
	"views/applications"}

// thirdParty says which of our packages may import a library (prefixes).
var thirdParty = map[string][]string{
	"github.com/gofiber/fiber":                   {"handlers", "cmd"},
	"github.com/valyala/fasthttp":                {"handlers", "cmd"},
	"github.com/uptrace/bun":                     {"models", "cmd"},
	"github.com/jackc/pgx":                       {"models", "search", "cmd"},
	"github.com/riverqueue/river":                {"models", "handlers/jobs", "cmd"},
	"github.com/a-h/templ":                       {"views", "handlers"},
	"github.com/meilisearch":                     {"search"},
	"github.com/minio":                           {"storage"},
	"github.com/klippa-app/go-pdfium":            {"storage"},
	"github.com/tetratelabs/wazero":              {"storage"},
	"github.com/gabriel-vasile/mimetype":         {"storage"},
	"github.com/gen2brain/heic":                  {"storage"},
	"github.com/bep/imagemeta":                   {"storage"},
	"golang.org/x/image":                         {"storage"},
	"github.com/tink-crypto":                     {"storage", "cmd/bench"},
	"github.com/wneessen/go-mail":                {"handlers/jobs/mail"},
	"github.com/evanw/esbuild":                   {"static", "cmd"},
	"github.com/go-webauthn":                     {"models/people"},
	"github.com/pquerna/otp":                     {"models/people"},
	"github.com/boombuler/barcode":               {"handlers"},
	"github.com/alecthomas/kong":                 {"cmd"},
	"github.com/fergusstrange/embedded-postgres": {"models/cluster"},
	"codeberg.org/go-pdf/fpdf":                   {"views/print", "storage/render"},
}

// layers gives, for each top-level folder, the folders of ours that it may import.
var layers = map[string][]string{
	"cmd":      {"cmd", "handlers", "views", "search", "storage", "models", "static"},
	"handlers": {"handlers", "views", "search", "storage", "models", "static"},
	"views":    {"views", "models", "static"},
	"search":   {"search", "models"},
	"models":   {"models"},
	"storage":  {"storage"},
	"static":   {"static"},
}

// modelOrder: inside models each imports only those before it. Kernel helpers
// come first; seed, modelstest and verify may see all.
var modelOrder = []string{"models/merge", "models/form", "models", "models/cluster", "models/migrations", "models/mailbox", "models/procedure",
	"models/people", "models/catalogue", "models/searching", "models/dossier", "models/keeping", "models/application", "models/training", "models/inbox", "models/verify", "models/seed",
	"models/modelstest"}

// viewOrder: i18n < paths < hx < ui < layout < screens < gallery.
var viewOrder = []string{"views/i18n", "views/paths", "views/hx", "views/ui", "views/layout", "screen", "views/gallery"}

type source struct {
	pkg, file string // "models/form", "models/form/day.go"
	imports   []string
	test      bool
}

func TestArchitecture(t *testing.T) {
	root := filepath.Join("..", "..")
	sources := readSources(t, root)
	t.Run("no unknown folder or file at the top", func(t *testing.T) {
		entries, err := os.ReadDir(root)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if !slices.Contains(topLevel, e.Name()) {
				t.Errorf("%s does not belong at the top level", e.Name())
			}
		}
	})
	t.Run("no SQL in handlers, jobs or views", func(t *testing.T) {
		for _, s := range sources {
			if top, _, _ := strings.Cut(s.pkg, "/"); s.test || top != "handlers" && top != "views" {
				continue
			}
			content, err := os.ReadFile(filepath.Join(root, s.file))
			if err != nil {
				t.Fatal(err)
			}
			for _, sign := range []string{".PGX", ".QueryRow(", ".Pool.Query(", ".Pool.Exec(", ".NewSelect(", ".NewRaw("} {
				if strings.Contains(string(content), sign) {
					t.Errorf("%s speaks to the database itself: %s", s.file, sign)
				}
			}
		}
	})
	for _, s := range sources {
		for _, imported := range s.imports {
			checkThirdParty(t, s, imported)
			if ours, ok := strings.CutPrefix(imported, module+"/"); ok && !s.test {
				checkLayer(t, s, ours)
			}
			if slices.Contains(pure, s.pkg) && !s.test {
				checkPure(t, s, imported)
			}
		}
	}
}

func readSources(t *testing.T, root string) []source {
	t.Helper()
	var sources []source
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata" || d.Name() == "tools" || d.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		if ignored := len(parsed.Comments) > 0 && strings.HasPrefix(parsed.Comments[0].List[0].Text, "//go:build ignore"); ignored {
			return nil
		}
		rel, _ := filepath.Rel(root, p)
		rel = filepath.ToSlash(rel)
		s := source{pkg: path.Dir(rel), file: rel, test: strings.HasSuffix(rel, "_test.go") || strings.Contains(rel, "test/")}
		for _, i := range parsed.Imports {
			name, _ := strconv.Unquote(i.Path.Value)
			s.imports = append(s.imports, name)
		}
		sources = append(sources, s)
		return nil
	})
	if err != nil || len(sources) == 0 {
		t.Fatalf("read sources: %d, %v", len(sources), err)
	}
	return sources
}

func checkThirdParty(t *testing.T, s source, imported string) {
	t.Helper()
	for library, allowed := range thirdParty {
		if !strings.HasPrefix(imported, library) || s.test {
			continue
		}
		if !slices.ContainsFunc(allowed, func(a string) bool { return s.pkg == a || strings.HasPrefix(s.pkg, a+"/") }) {
			t.Errorf("%s imports %s, which belongs in %v", s.file, imported, allowed)
		}
	}
}

func checkLayer(t *testing.T, s source, ours string) {
	t.Helper()
	from, _, _ := strings.Cut(s.pkg, "/")
	to, _, _ := strings.Cut(ours, "/")
	if !slices.Contains(layers[from], to) {
		t.Errorf("%s imports %s: %s may import %v", s.file, ours, from, layers[from])
	}
	switch {
	case from == "models" && to == "models":
		checkOrder(t, s, ours, modelOrder, modelRank)
	case from == "views" && to == "views":
		checkOrder(t, s, ours, viewOrder, viewRank)
	case strings.HasPrefix(s.pkg, "handlers/jobs") && ours == "handlers":
		t.Errorf("%s imports handlers", s.file)
	}
}

// checkOrder refuses an import of something that comes later, or of a sibling
// screen.
func checkOrder(t *testing.T, s source, ours string, order []string, rank func(string) int) {
	t.Helper()
	a, b := rank(s.pkg), rank(ours)
	switch {
	case a < 0:
		t.Errorf("%s: add package %s to the order %v", s.file, s.pkg, order)
	case b < 0:
		t.Errorf("%s: add package %s to the order %v", s.file, ours, order)
	case b > a, a == b && !strings.HasPrefix(ours, s.pkg) && !strings.HasPrefix(s.pkg, ours):
		t.Errorf("%s imports %s, against the order %v", s.file, ours, order)
	}
}

func modelRank(pkg string) int {
	best := -1
	for i, name := range modelOrder {
		if pkg == name || name != "models" && strings.HasPrefix(pkg, name+"/") {
			best = i
		}
	}
	return best
}

func viewRank(pkg string) int {
	for i, name := range viewOrder {
		if pkg == name || strings.HasPrefix(pkg, name+"/") {
			return i
		}
	}
	return slices.Index(viewOrder, "screen")
}

func checkPure(t *testing.T, s source, imported string) {
	t.Helper()
	ours, isOurs := strings.CutPrefix(imported, module+"/")
	views := strings.HasPrefix(s.pkg, "views/")
	switch {
	case slices.Contains(pureImports, imported), isOurs && slices.Contains(pure, ours):
	case views && strings.HasPrefix(imported, "github.com/a-h/templ"):
	default:
		t.Errorf("%s imports %s: this package runs in the offline engine too", s.file, imported)
	}
}
