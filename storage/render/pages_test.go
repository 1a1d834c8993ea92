package render

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"passerelle/storage/worker"
)

// book writes a PDF out of the texts of its objects, the first of which is the
// catalogue.
func book(objects ...string) []byte {
	var out bytes.Buffer
	out.WriteString("%PDF-1.7\n")
	var places []int
	for i, object := range objects {
		places = append(places, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, at := range places {
		fmt.Fprintf(&out, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&out, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return out.Bytes()
}

func stream(dict, content string) string {
	return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(content), content)
}

const font = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"

// typed is one page of 600 by 800 points with a title in the upper left quarter,
// two columns on one line, and whatever is added to its dictionary.
func typed(page string) []byte {
	return book("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>"+page+">>",
		stream("", "BT /F 20 Tf 60 720 Td (Attestation de dipl\\364me) Tj ET BT /F 10 Tf 60 400 Td (Nom) Tj ET BT /F 10 Tf 400 400 Td (Martin) Tj ET"), font)
}

// active is a PDF of three pages with a script, a file and an action.
func active() []byte {
	page := func(content int) string {
		return fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents %d 0 R/Resources<</Font<</F 6 0 R>>>>/AA<</O 8 0 R>>>>", content)
	}
	return book("<</Type/Catalog/Pages 2 0 R/OpenAction 8 0 R/Names<</JavaScript<</Names[(a) 8 0 R]>>/EmbeddedFiles<</Names[(f) 9 0 R]>>>>>>",
		"<</Type/Pages/Kids[3 0 R 4 0 R 5 0 R]/Count 3>>", page(7), page(7), page(7), font,
		stream("", "BT /F 20 Tf 60 100 Td (Trois pages) Tj ET"), "<</S/JavaScript/JS(app.alert\\(1\\))>>",
		"<</Type/Filespec/F(f)/EF<</F 10 0 R>>>>", stream("/Type/EmbeddedFile", "payload"))
}

func TestText(t *testing.T) {
	t.Run("P7.6 lines stand where they are seen", func(t *testing.T) {
		lines, err := shared.Text(t.Context(), PDF, typed(""), 1, 0)
		if err != nil || len(lines) != 3 {
			t.Fatalf("%+v, %v", lines, err)
		}
		for i, want := range []Line{{"Attestation de diplôme", 0.1, 0.08, 0.33, 0.02}, {"Nom", 0.1, 0.49, 0.03, 0.01}, {"Martin", 0.667, 0.49, 0.05, 0.01}} {
			if got := lines[i]; got.Text != want.Text || !near(got, want) {
				t.Errorf("got %+v, want about %+v", got, want)
			}
		}
	})
	t.Run("P7.6 turning the page turns its text, by its own turn or the reader's", func(t *testing.T) {
		own, err := shared.Text(t.Context(), PDF, typed("/Rotate 90"), 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		asked, err := shared.Text(t.Context(), PDF, typed(""), 1, 90)
		if err != nil {
			t.Fatal(err)
		}
		for _, lines := range [][]Line{own, asked} {
			// Which line is read first depends on the page's own turn.
			if i := slices.IndexFunc(lines, func(l Line) bool { return l.Text == "Attestation de diplôme" }); i < 0 || !near(lines[i], Line{"", 0.9, 0.1, 0.02, 0.33}) {
				t.Errorf("got %+v", lines)
			}
		}
	})
	t.Run("P7.6 a page cut out of a larger one", func(t *testing.T) {
		lines, err := shared.Text(t.Context(), PDF, typed("/CropBox[0 600 300 800]"), 1, 0)
		if err != nil || len(lines) != 1 || !near(lines[0], Line{"", 0.2, 0.32, 0.66, 0.1}) {
			t.Errorf("got %+v, %v", lines, err)
		}
	})
	t.Run("P7.6 what was typed into a form is text", func(t *testing.T) {
		form := book("<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]/DR<</Font<</F 5 0 R>>>>/DA(/F 12 Tf 0 g)>>>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
			"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Annots[4 0 R]>>",
			"<</Type/Annot/Subtype/Widget/FT/Tx/T(nom)/V(Lefebvre)/Rect[100 700 300 720]/F 4/P 3 0 R/DA(/F 12 Tf 0 g)/AP<</N 6 0 R>>>>", font,
			stream("/Type/XObject/Subtype/Form/BBox[0 0 200 20]/Resources<</Font<</F 5 0 R>>>>", "/Tx BMC BT /F 12 Tf 2 5 Td (Lefebvre) Tj ET EMC"))
		lines, err := shared.Text(t.Context(), PDF, form, 1, 0)
		if err != nil || len(lines) != 1 || lines[0].Text != "Lefebvre" {
			t.Errorf("got %+v, %v", lines, err)
		}
	})
	t.Run("a page says no more than its bound", func(t *testing.T) {
		var content strings.Builder
		for i := range 600 {
			fmt.Fprintf(&content, "BT /F 1 Tf 10 %d Td (%s) Tj ET\n", 790-i, strings.Repeat("mot ", 30))
		}
		long := book("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
			"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>", stream("", content.String()), font)
		began := time.Now()
		lines, err := shared.Text(t.Context(), PDF, long, 1, 0)
		total := 0
		for _, l := range lines {
			total += len(l.Text)
		}
		if err != nil || total < MaxTextRunes/2 || total > MaxTextRunes {
			t.Errorf("%d letters, %v", total, err)
		}
		t.Logf("%d letters in %v", total, time.Since(began))
	})
	t.Run("P7.6 real documents", func(t *testing.T) {
		for name, want := range map[string]string{"vademecum.pdf": "Vade-mecum Catalogue Apprentissage", "rotation.pdf": "This is my first page with normal layout.",
			"InstructionsSIFA_31122022.pdf": "Instructions pour la remontée informatique", "tagged.pdf": ""} {
			lines, err := shared.Text(t.Context(), PDF, pack(t, "pdf/"+name), 1, 0)
			found := false
			for _, l := range lines {
				found = found || strings.Contains(l.Text, want)
				if l.X < 0 || l.Y < 0 || l.X+l.W > 1.0001 || l.Y+l.H > 1.0001 || l.W <= 0 || l.H <= 0 {
					t.Errorf("%s: %+v lies outside", name, l)
				}
			}
			if err != nil || !found {
				t.Errorf("%s: %q not in %+v, %v", name, want, lines, err)
			}
		}
	})
}

func near(a, b Line) bool {
	close := func(x, y float64) bool { return math.Abs(x-y) < 0.025 }
	return close(a.X, b.X) && close(a.Y, b.Y) && close(a.W, b.W) && close(a.H, b.H)
}

func TestPDFPage(t *testing.T) {
	for _, c := range []struct{ rotate, width, height int }{{0, 300, 400}, {90, 300, 225}, {270, 300, 225}} {
		made, err := shared.Page(t.Context(), PDF, typed(""), 1, 300, c.rotate)
		if err != nil || made.Width != 300 || made.Height != c.height || made.Type != "image/png" {
			t.Errorf("P7.6 turned by %d: %s %dx%d, %v", c.rotate, made.Type, made.Width, made.Height, err)
		}
	}
	t.Run("what is transparent stands on white", func(t *testing.T) {
		made, err := shared.Page(t.Context(), PDF, typed("/Group<</S/Transparency/CS/DeviceRGB>>"), 1, 100, 0)
		if err != nil {
			t.Fatal(err)
		}
		img, _, err := image.Decode(bytes.NewReader(made.Content))
		if err != nil {
			t.Fatal(err)
		}
		if r, g, b, _ := img.At(1, 1).RGBA(); r&g&b != 0xFFFF {
			t.Errorf("%x %x %x", r, g, b)
		}
	})
	t.Run("a page without measure is made smaller", func(t *testing.T) {
		tall := book("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page/Parent 2 0 R/MediaBox[0 0 10 14000]>>")
		made, err := shared.Page(t.Context(), PDF, tall, 1, 3000, 0)
		if err != nil || made.Width*made.Height > maxRendered+20_000 {
			t.Errorf("%dx%d, %v", made.Width, made.Height, err)
		}
	})
	for _, page := range []int{-1, 0, 2, 1 << 40} {
		if _, err := shared.Page(t.Context(), PDF, typed(""), page, 300, 0); !errors.Is(err, ErrNoPage) {
			t.Errorf("page %d: %v", page, err)
		}
	}
}

// listed is what the pack's list says of a PDF.
type listed struct {
	name  string
	pages int
	w, h  float64
}

func packPDFs(t *testing.T, folder string) []listed {
	rows, err := csv.NewReader(bytes.NewReader(pack(t, "manifest.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	size := regexp.MustCompile(`^([\d.]+) x ([\d.]+) pts`)
	var all []listed
	for _, row := range rows {
		if !strings.HasPrefix(row[0], folder) || !strings.HasSuffix(row[0], ".pdf") {
			continue
		}
		pdf := listed{name: row[0]}
		pdf.pages, _ = strconv.Atoi(row[4])
		var measured struct {
			Size string `json:"page_size"`
		}
		_ = json.Unmarshal([]byte(row[8]), &measured)
		if m := size.FindStringSubmatch(measured.Size); m != nil {
			pdf.w, _ = strconv.ParseFloat(m[1], 64)
			pdf.h, _ = strconv.ParseFloat(m[2], 64)
		}
		all = append(all, pdf)
	}
	return all
}

func TestPackPages(t *testing.T) {
	files := packPDFs(t, "pdf/")
	for _, want := range files {
		info, err := shared.Document(t.Context(), PDF, pack(t, want.name))
		if err != nil || len(info.Pages) != want.pages {
			t.Errorf("P7.6 %s: %d pages, want %d, %v", want.name, len(info.Pages), want.pages, err)
			continue
		}
		first := info.Pages[0]
		same := math.Abs(first.W-want.w) < 1 && math.Abs(first.H-want.h) < 1
		turned := math.Abs(first.W-want.h) < 1 && math.Abs(first.H-want.w) < 1
		if !same && !turned {
			t.Errorf("P7.6 %s: %+v, want %v x %v", want.name, first, want.w, want.h)
		}
		for page := range info.Pages {
			if _, err := shared.Page(t.Context(), PDF, pack(t, want.name), page+1, 200, 0); err != nil {
				t.Errorf("P7.6 %s, page %d: %v", want.name, page+1, err)
			}
		}
	}
	t.Logf("%d files", len(files))
}

// outside is a PDF without what its streams hold.
func outside(content []byte) string {
	return regexp.MustCompile(`(?s)stream\r?\n.*?endstream`).ReplaceAllString(string(content), "")
}

func TestFlatten(t *testing.T) {
	check := func(t *testing.T, content []byte, limit int64) {
		t.Helper()
		before, err := shared.Document(t.Context(), PDF, content)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		made, err := shared.Flatten(t.Context(), content, limit)
		if err != nil {
			t.Fatal(err)
		}
		spent := time.Since(began)
		for _, sign := range []string{"/JS", "/JavaScript", "/EmbeddedFile", "/OpenAction", "/AA", "/Launch", "/RichMedia", "/AcroForm", "/Annots", "/XFA"} {
			if strings.Contains(outside(made), sign) {
				t.Errorf("P7.3 %s is still there", sign)
			}
		}
		after, err := shared.Document(t.Context(), PDF, made)
		if err != nil || len(after.Pages) != len(before.Pages) {
			t.Fatalf("P7.3 %d pages, %d before, %v", len(after.Pages), len(before.Pages), err)
		}
		for i, size := range after.Pages {
			if math.Abs(size.W-before.Pages[i].W) > 1 || math.Abs(size.H-before.Pages[i].H) > 1 {
				t.Errorf("page %d: %v, %v before", i+1, size, before.Pages[i])
			}
		}
		if limit > 0 && int64(len(made)) > limit {
			t.Errorf("%d bytes, at most %d", len(made), limit)
		}
		accepted(t, "flattened.pdf", made)
		t.Logf("%d pages, %d kB in %v", len(after.Pages), len(made)/1000, spent)
	}
	t.Run("P7.3 a file made by the test", func(t *testing.T) {
		check(t, active(), 2<<20)
		first, err := shared.Flatten(t.Context(), active(), 0)
		if err != nil {
			t.Fatal(err)
		}
		again, err := shared.Flatten(t.Context(), active(), 0)
		if err != nil || !bytes.Equal(first, again) {
			t.Errorf("the same pages make another file, %v", err)
		}
	})
	for _, name := range []string{"evaljs.pdf", "js-buttons.pdf", "attachment.pdf", "annotation-fileattachment.pdf", "testPDFPackage.pdf", "testPDF_jsActionOnPage.pdf",
		"multimedia_annotations.pdf", "veraPDF_test_suite_6-5-1-t01-fail-e.pdf"} {
		t.Run("P7.3 "+name, func(t *testing.T) { check(t, pack(t, "pdf-hostile/"+name), 2<<20) })
	}
	t.Run("P7.3 many pages fit the slot at a lower quality", func(t *testing.T) { check(t, pack(t, "pdf/InstructionsSIFA_31122022.pdf"), 2<<20) })
	t.Run("P7.3 what cannot fit is refused", func(t *testing.T) {
		if _, err := shared.Flatten(t.Context(), active(), 1000); !errors.Is(err, ErrTooBig) {
			t.Errorf("got %v", err)
		}
		kids, objects := "", []string{"<</Type/Catalog/Pages 2 0 R>>", ""}
		for i := range FlattenPages + 1 {
			kids += fmt.Sprintf("%d 0 R ", i+3)
			objects = append(objects, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 10 10]>>")
		}
		objects[1] = fmt.Sprintf("<</Type/Pages/Kids[%s]/Count %d>>", kids, FlattenPages+1)
		if _, err := shared.Flatten(t.Context(), book(objects...), 0); !errors.Is(err, ErrTooBig) {
			t.Errorf("%d pages: %v", FlattenPages+1, err)
		}
	})
	t.Run("P7.3 a password is asked for, not guessed", func(t *testing.T) {
		if _, err := shared.Flatten(t.Context(), pack(t, "pdf-hostile/pr6531_1.pdf"), 0); !errors.Is(err, ErrPassword) {
			t.Errorf("got %v", err)
		}
	})
}

// TestHostileFiles shows every hostile file to every operation: an answer or an
// error, in bounded time, and the next document is served.
func TestHostileFiles(t *testing.T) {
	pack(t, "manifest.csv")
	files, err := filepath.Glob(filepath.Join(os.Getenv("PASSERELLE_TEST_DATA"), "documents", "*-hostile", "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	died := 0
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kind := Kind(strings.TrimPrefix(filepath.Ext(file), "."))
		if kind != JPEG && kind != PNG {
			kind = PDF
		}
		began := time.Now()
		_, info := shared.Document(t.Context(), kind, content)
		_, page := shared.Page(t.Context(), kind, content, 1, 1200, 0)
		_, text := shared.Text(t.Context(), kind, content, 1, 0)
		_, inert := shared.Inert(t.Context(), HTML, content)
		for _, err := range []error{info, page, text, inert} {
			if errors.Is(err, worker.ErrCrashed) || errors.Is(err, worker.ErrTimeout) {
				died++
				t.Logf("%s: %v", filepath.Base(file), err)
			}
		}
		if spent := time.Since(began); spent > 5*time.Second {
			t.Logf("%s: %v", filepath.Base(file), spent)
		}
		if made, err := shared.Page(t.Context(), PDF, typed(""), 1, 100, 0); err != nil || made.Width != 100 {
			t.Fatalf("P7.3 after %s the next document is not served: %v", filepath.Base(file), err)
		}
	}
	t.Logf("%d files, %d children killed", len(files), died)
}
