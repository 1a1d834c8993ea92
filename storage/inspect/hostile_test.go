package inspect_test

import (
	"bytes"
	"fmt"
	"image"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/storage/inspect"
)

var policy = inspect.Policy{MaxBytes: 8 << 20}

// hostile is one made file and the reasons that are right for it.
type hostile struct {
	what, name string
	content    []byte
	reasons    []inspect.Code
}

func hostiles() []hostile {
	const script = "<< /S /JavaScript /JS (app.alert(1)) >>"
	one := func(c ...inspect.Code) []inspect.Code { return c }
	return []hostile{
		{"script at opening", "a.pdf", letter("/OpenAction "+script, ""), one(inspect.PDFScript)},
		{"script on a page", "a.pdf", letter("", "/AA << /O "+script+" >>"), one(inspect.PDFScript)},
		{"script in a name written with escapes", "a.pdf", letter("/OpenAction << /S /J#61vaScript /J#53 (x) >>", ""), one(inspect.PDFScript)},
		{"script whose kind stands elsewhere", "a.pdf", letter("/OpenAction << /S 5 0 R /JS (x) >>", "", "/JavaScript"), one(inspect.PDFScript)},
		{"script in the second of two equal keys", "a.pdf", letter("/OpenAction << /S /GoTo /S /JavaScript /JS (x) >>", ""), one(inspect.PDFScript)},
		{"script in a stream of objects", "a.pdf", letter("/OpenAction 6 0 R", "", streamOf("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", deflated("6 0 "+script))), one(inspect.PDFScript)},
		{"script in a stream packed twice", "a.pdf", letter("", "", streamOf("/Type /ObjStm /N 1 /First 4 /Filter [/ASCII85Decode /FlateDecode]", ascii85Of(deflated("6 0 "+script)))), one(inspect.PDFScript)},
		{"script in a comment's shadow", "a.pdf", letter("/OpenAction % << >>\n"+script, ""), one(inspect.PDFScript)},
		{"script after a nest too deep to be read", "a.pdf", letter("/X "+strings.Repeat("[", 90)+strings.Repeat("]", 90)+" /OpenAction "+script, ""), one(inspect.Broken)},
		{"script in an encrypted stream of objects", "a.pdf", locked("/OpenAction 6 0 R", "6 0 "+script), one(inspect.PDFScript)},
		{"names of scripts", "a.pdf", letter("/Names << /JavaScript << /Names [(a) "+script+"] >> >>", ""), one(inspect.PDFScript)},
		{"launch", "a.pdf", letter("/OpenAction << /S /Launch /F (calc.exe) >>", ""), one(inspect.PDFAction)},
		{"form sent away", "a.pdf", letter("/OpenAction << /S /SubmitForm /F (https://example.org) >>", ""), one(inspect.PDFAction)},
		{"file in an annotation", "a.pdf", letter("", "/Annots [<< /Type /Annot /Subtype /FileAttachment /Rect [0 0 9 9] /FS << /Type /Filespec /F (a.exe) /EF << /F 5 0 R >> >> >>]", streamOf("/Type /EmbeddedFile", "MZ")), one(inspect.PDFAttachment)},
		{"file in the names", "a.pdf", letter("/Names << /EmbeddedFiles << /Names [(a) << /F (a) /EF << /F 5 0 R >> >>] >> >>", "", streamOf("", "MZ")), one(inspect.PDFAttachment)},
		{"film", "a.pdf", letter("", "/Annots [<< /Type /Annot /Subtype /RichMedia /Rect [0 0 9 9] >>]"), one(inspect.PDFMedia)},
		{"dynamic form", "a.pdf", letter("/NeedsRendering true", ""), one(inspect.PDFXFA)},
		{"page bomb", "a.pdf", pdfOf("<< /Type /Catalog /Pages 2 0 R >>", pagesObject, fmt.Sprintf(pageObject, ""), streamOf("/Filter /FlateDecode", deflated(zeros(200<<20)))), one(inspect.Bomb)},
		{"many streams", "a.pdf", letter("", "", slices.Repeat([]string{streamOf("/Filter /FlateDecode", deflated(zeros(40<<20)))}, 8)...), one(inspect.Bomb)},
		{"bomb within a bomb", "a.pdf", letter("", "", streamOf("/Filter [/FlateDecode /FlateDecode]", deflated(deflated(zeros(400<<20))))), one(inspect.Bomb)},
		{"picture bomb", "a.pdf", letter("", "", streamOf("/Type /XObject /Subtype /Image /Width 90000 /Height 90000 /BitsPerComponent 8 /ColorSpace /DeviceRGB /Filter /FlateDecode", "x")), one(inspect.Bomb)},
		{"a million pages", "a.pdf", pdfOf("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Count 1000000 /Kids ["+strings.Repeat("3 0 R ", 100000)+"] >>", fmt.Sprintf(pageObject, ""), streamOf("", "")), one(inspect.TooManyPages, inspect.Broken)},
		{"page tree without end", "a.pdf", pdfOf("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R] /Count 3 >>"), one(inspect.Broken)},
		{"nested without end", "a.pdf", letter("/X "+strings.Repeat("[", 500_000), ""), one(inspect.Broken, inspect.Repaired, inspect.Bomb)},
		{"dictionaries without end", "a.pdf", letter("/X "+strings.Repeat("<</A", 300_000), ""), one(inspect.Broken, inspect.Repaired, inspect.Bomb)},
		{"objects without end", "a.pdf", []byte("%PDF-1.4\n" + strings.Repeat("1 0 obj\n", 900_000)), one(inspect.Broken, inspect.Bomb)},
		{"no page", "a.pdf", pdfOf("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 0 >>"), one(inspect.Broken)},
		{"table that lies", "a.pdf", bytes.Replace(letter("", ""), []byte("startxref\n"), []byte("startxref\n1"), 1), one(inspect.Repaired)},
		{"archive behind a PDF", "a.pdf", append(letter("", ""), zipOf(part{"a.html", "<script>"})...), one(inspect.Polyglot)},
		{"page behind a PDF", "a.pdf", append(letter("", ""), "<html><script>alert(1)</script>"...), one(inspect.Polyglot)},
		{"page before a PDF", "a.pdf", append([]byte("<html><script>alert(1)</script>\n"), letter("", "")...), one(inspect.TypeMismatch)},
		{"archive behind a picture", "a.jpg", append(jpegOf(picture()), zipOf(part{"a.html", "<script>"})...), one(inspect.Polyglot)},
		{"page behind a picture", "a.png", append(pngOf(picture()), "<script>alert(1)</script>"...), one(inspect.Polyglot)},
		{"script as GIF", "a.gif", []byte("GIF89a/*\x01\x00*/=1;alert(1)"), one(inspect.TypeNotAllowed)},
		{"GIF named PNG", "a.png", []byte("GIF89a\x10\x00\x10\x00\x00\x00\x00;"), one(inspect.TypeMismatch)},
		{"page named text", "a.txt", []byte("<!doctype html><script>alert(1)</script>"), one(inspect.TypeMismatch)},
		{"SVG named picture", "a.jpg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), one(inspect.TypeMismatch)},
		{"drawing", "a.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), one(inspect.TypeNotAllowed)},
		{"program named text", "a.txt", []byte("MZ\x90\x00\x03\x00\x00\x00"), one(inspect.TypeMismatch)},
		{"picture of 2.5 billion points", "a.png", pngHeader(50000, 50000), one(inspect.Bomb)},
		{"picture that stops", "a.png", pngHeader(5000, 5000), one(inspect.Broken)},
		{"half a picture", "a.jpg", jpegOf(picture())[:500], one(inspect.Broken)},
		{"document bomb that lies", "a.docx", liar("word/media/a.bin", 300<<20, part{"[Content_Types].xml", docxTypes}, part{"word/document.xml", docxBody}), one(inspect.Bomb, inspect.Broken)},
		{"text bomb", "a.docx", zipOf(part{"[Content_Types].xml", docxTypes}, part{"word/document.xml", docxBody + zeros(60<<20)}), one(inspect.Bomb)},
		{"text bomb", "a.odt", zipOf(part{"mimetype", odtType}, part{"content.xml", odtBody + zeros(60<<20)}), one(inspect.Bomb)},
		{"ten thousand parts", "a.docx", docxOf(manyParts(10_000)...), one(inspect.Bomb, inspect.TypeMismatch)},
		{"macros", "a.docx", docxOf(part{"word/vbaProject.bin", "x"}), one(inspect.OfficeMacro)},
		{"macros by their type", "a.docx", zipOf(part{"[Content_Types].xml", strings.Replace(docxTypes, "wordprocessingml.document.main+xml", "ms-word.document.macroEnabled.main+xml", 1)}, part{"word/document.xml", docxBody}), one(inspect.OfficeMacro)},
		{"command in a field", "a.docx", zipOf(part{"[Content_Types].xml", docxTypes}, part{"word/document.xml", strings.Replace(docxBody, "<w:t>Bonjour</w:t>", "<w:instrText> DDEAUTO c:\\\\cmd.exe</w:instrText>", 1)}), one(inspect.OfficeMacro)},
		{"template elsewhere", "a.docx", docxOf(part{"word/_rels/settings.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" Target="http://example.org/t.dotm" TargetMode="External"/></Relationships>`}), one(inspect.ExternalReference)},
		{"object within", "a.docx", docxOf(part{"word/embeddings/oleObject1.bin", "x"}), one(inspect.OfficeObject)},
		{"entities", "a.docx", zipOf(part{"[Content_Types].xml", docxTypes}, part{"word/document.xml", `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]>` + strings.TrimPrefix(docxBody, `<?xml version="1.0"?>`)}), one(inspect.Broken)},
		{"depth", "a.docx", zipOf(part{"[Content_Types].xml", docxTypes}, part{"word/document.xml", strings.Repeat("<a>", 200_000)}), one(inspect.Broken)},
		{"part outside", "a.docx", docxOf(part{"../../etc/cron.d/a", "x"}), one(inspect.Broken)},
		{"the same part twice", "a.docx", docxOf(part{"word/document.xml", docxBody}), one(inspect.Broken)},
		{"macros", "a.odt", odtOf(part{"Basic/Standard/Module1.xml", "<a/>"}), one(inspect.OfficeMacro)},
		{"encrypted text", "a.odt", odtOf(part{"META-INF/manifest.xml", "<a><encryption-data/></a>"}), one(inspect.OfficePassword)},
		{"object within", "a.rtf", []byte(`{\rtf1{\object\objemb{\*\objdata 0105}}}`), one(inspect.OfficeObject)},
		{"command in a field", "a.rtf", []byte(`{\rtf1{\field{\*\fldinst DDEAUTO cmd}}}`), one(inspect.OfficeMacro)},
		{"cut", "a.rtf", []byte(`{\rtf1 Bonjour`), one(inspect.Broken)},
		{"handler", "a.html", []byte("<p onclick=alert(1)>a"), one(inspect.HTMLActive)},
		{"script address with a tab", "a.html", []byte("<html><a href='java\tscript:alert(1)'>a</a>"), one(inspect.HTMLActive)},
		{"redirection", "a.html", []byte("<html><meta http-equiv=refresh content='0;url=https://example.org'>"), one(inspect.HTMLActive)},
		{"UTF-7", "a.html", []byte("<html><meta charset=utf-7>+ADw-script+AD4-alert(1)"), one(inspect.HTMLActive)},
		{"UTF-16 script", "a.html", utf16Of("<html><script>alert(1)</script>"), one(inspect.HTMLActive)},
		{"NUL in a text", "a.txt", []byte("Bonjour\x00"), one(inspect.TypeMismatch, inspect.TextBinary)},
		{"nothing", "a.txt", nil, one(inspect.Empty)},
		{"blank picture", "a.png", pngOf(image.NewGray(image.Rect(0, 0, 300, 400))), one(inspect.BlankPage)},
	}
}

func manyParts(n int) []part {
	all := make([]part, n)
	for i := range all {
		all[i] = part{fmt.Sprintf("word/p%d.xml", i), ""}
	}
	return all
}

func utf16Of(s string) []byte {
	out := []byte{0xff, 0xfe}
	for _, c := range []byte(s) {
		out = append(out, c, 0)
	}
	return out
}

func TestHostile(t *testing.T) {
	c := client(t)
	if err := c.Pool.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	before, grown := runtime.NumGoroutine(), heap()
	var times []time.Duration
	t.Run("P7.3 bombs, disguises and active content are refused within bounds, and the portal lives", func(t *testing.T) {
		for _, h := range hostiles() {
			began := time.Now()
			r, err := c.Inspect(t.Context(), h.name, "", h.content, policy)
			took := time.Since(began)
			times = append(times, took)
			if err != nil || !slices.Contains(h.reasons, r.Reason) {
				t.Errorf("%s (%s): %v expected, got %q %v %v, %v", h.what, h.name, h.reasons, r.Reason, r.Others, r.Facts.Signs, err)
			}
			if r.Reason != "" && r.Verdict != r.Reason.Verdict() {
				t.Errorf("%s: %s for %s", h.what, r.Verdict, r.Reason)
			}
			if took > 30*time.Second {
				t.Errorf("%s took %v", h.what, took)
			}
		}
	})
	t.Run("P7.3 the content decides the type, not the name nor what the browser declares", func(t *testing.T) {
		kinds := sound()
		for held, content := range kinds {
			for named := range kinds {
				for _, declared := range []string{"", "application/pdf", "text/html"} {
					r, err := c.Inspect(t.Context(), "piece."+named, declared, content, policy)
					if err != nil {
						t.Fatal(err)
					}
					// A text is a page without tags.
					agrees := held == named || held == "txt" && named == "html"
					if (r.Verdict != inspect.Refuse) != agrees {
						t.Errorf("%s named .%s declared %q: %s %s", held, named, declared, r.Verdict, r.Reason)
					}
				}
			}
		}
	})
	t.Run("P7.1 a slot's own formats, size and pages are held", func(t *testing.T) {
		content := letter("", "")
		for _, p := range []struct {
			policy inspect.Policy
			reason inspect.Code
		}{{inspect.Policy{Formats: []string{"jpg", "png"}}, inspect.TypeNotAllowed}, {inspect.Policy{MaxBytes: 100}, inspect.TooLarge},
			{inspect.Policy{Formats: []string{"PDF"}, MaxBytes: int64(len(content))}, ""}} {
			if r, err := c.Inspect(t.Context(), "piece.pdf", "", content, p.policy); err != nil || r.Reason != p.reason {
				t.Errorf("%+v: %+v, %v", p.policy, r, err)
			}
		}
	})
	t.Run("P7.3 a file cut anywhere is never taken as whole", func(t *testing.T) {
		for extension, content := range sound() {
			if extension == "txt" || extension == "html" {
				continue
			}
			for _, percent := range []int{1, 10, 25, 50, 75, 90, 97} {
				r, err := c.Inspect(t.Context(), "piece."+extension, "", content[:len(content)*percent/100], policy)
				if err != nil || r.Verdict == inspect.Accept {
					t.Errorf("%s cut at %d %%: %+v, %v", extension, percent, r, err)
				}
			}
		}
	})
	t.Run("P7.3 bytes changed at random never cost the portal anything", func(t *testing.T) {
		seed := uint64(time.Now().UnixNano())
		t.Log("seed", seed)
		random := rand.New(rand.NewPCG(seed, 7))
		for extension, content := range sound() {
			for range 25 {
				changed := bytes.Clone(content)
				for range 1 + random.IntN(12) {
					changed[random.IntN(len(changed))] = byte(random.IntN(256))
				}
				began := time.Now()
				if _, err := c.Inspect(t.Context(), "piece."+extension, "", changed, policy); err != nil {
					t.Errorf("%s: %v", extension, err)
				}
				times = append(times, time.Since(began))
			}
		}
	})
	slices.Sort(times)
	at := func(p int) time.Duration { return times[min(len(times)-1, len(times)*p/100)].Round(time.Millisecond) }
	t.Logf("%d made files: p50 %v, p99 %v, worst %v; the parent's heap grew by %d KB", len(times), at(50), at(99), at(100), (heap()-grown)>>10)
	after := runtime.NumGoroutine()
	for end := time.Now().Add(30 * time.Second); after > before+4 && time.Now().Before(end); after = runtime.NumGoroutine() {
		time.Sleep(20 * time.Millisecond) // a child is being replaced
	}
	if after > before+4 {
		t.Errorf("%d goroutines, %d before", after, before)
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
