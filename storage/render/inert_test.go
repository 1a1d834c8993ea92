package render

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestInert(t *testing.T) {
	for _, c := range []struct{ name, content, encoding, want string }{
		{"UTF-8", "Diplôme d’État\r\n", "utf-8", "Diplôme d’État"},
		{"UTF-8 with its mark", "\xEF\xBB\xBFété", "utf-8", "été"},
		{"Windows-1252", "Dipl\xF4me d\x92\xC9tat, 20 \x80", "windows-1252", "Diplôme d’État, 20 €"},
		{"UTF-16 little endian", "\xFF\xFE\xE9\x00t\x00\xE9\x00", "utf-16le", "été"},
		{"UTF-16 big endian", "\xFE\xFF\x00\xE9\x00t\x00\xE9", "utf-16be", "été"},
		{"UTF-16 without mark", "B\x00o\x00n\x00j\x00o\x00u\x00r\x00", "utf-16le", "Bonjour"},
		{"control characters are dropped", "a\x00b\x1b[31mc\x08\td", "utf-8", "ab[31mc\td"},
		{"marks that reorder letters are dropped", "photo\u202Egpj.exe\u2066", "utf-8", "photogpj.exe"},
		{"old line ends", "un\rdeux\r\ntrois", "utf-8", "un\ndeux\ntrois"},
		{"empty", "", "utf-8", ""},
		{"tags of a text file are text", "<script>alert(1)</script>", "utf-8", "<script>alert(1)</script>"},
	} {
		t.Run("P7.3 "+c.name, func(t *testing.T) {
			got, err := shared.Inert(t.Context(), Text, []byte(c.content))
			if err != nil || got.Text != c.want || got.Encoding != c.encoding {
				t.Errorf("got %q (%s), %v", got.Text, got.Encoding, err)
			}
		})
	}
	t.Run("P7.1 of HTML, the text alone", func(t *testing.T) {
		page := `<!doctype html><html><head><title>CV</title><style>p{display:none}</style><body onload="alert(1)">
<h1>Adèle  <b>Martin</b></h1><p>Ingénieure&nbsp;&amp; <i>forma</i>trice<br>Paris<script>document.write("x")</script></p>
<ul><li>2020<li>2021</ul><table><tr><td>Nom<td>Martin</table><img src=x onerror=alert(1)><a href="javascript:alert(1)">lien</a>&lt;b&gt;`
		got, err := shared.Inert(t.Context(), HTML, []byte(page))
		want := "CV\nAdèle Martin\nIngénieure & formatrice\nParis\n– 2020\n– 2021\nNom\tMartin\nlien<b>"
		if err != nil || got.Text != want {
			t.Errorf("got %q, want %q, %v", got.Text, want, err)
		}
	})
	t.Run("P7.3 a long text is cut between letters", func(t *testing.T) {
		got, err := shared.Inert(t.Context(), Text, bytes.Repeat([]byte("aé"), MaxTextBytes))
		if err != nil || !got.Cut || len(got.Text) > MaxTextBytes || len(got.Text) < MaxTextBytes-4 || !utf8.ValidString(got.Text) {
			t.Errorf("%d bytes, cut %v, %v", len(got.Text), got.Cut, err)
		}
	})
	t.Run("only texts have a text", func(t *testing.T) {
		if _, err := shared.Inert(t.Context(), PDF, []byte("%PDF-")); !errors.Is(err, ErrUnsupported) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("P7.3 real files", func(t *testing.T) {
		got, err := shared.Inert(t.Context(), Text, pack(t, "bureautique/testTXT_win-1252.txt"))
		if err != nil || got.Encoding != "windows-1252" || strings.ContainsRune(got.Text, utf8.RuneError) {
			t.Errorf("got %+v, %v", got, err)
		}
		cv, err := shared.Inert(t.Context(), HTML, pack(t, "bureautique/resume.html"))
		if err != nil || len(cv.Text) < 500 || strings.Contains(cv.Text, "</") {
			t.Errorf("got %+v, %v", cv, err)
		}
		hidden, err := shared.Inert(t.Context(), HTML, pack(t, "bureautique-hostile/testHTML_embedded_data_uri_js.html"))
		if err != nil || strings.Contains(hidden.Text, "data:") {
			t.Errorf("got %+v, %v", hidden, err)
		}
		t.Logf("%q", cv.Text[:min(200, len(cv.Text))])
	})
}

func FuzzInert(f *testing.F) {
	for _, seed := range []string{"<p>a<script>", "\xFF\xFEa", "\x00\x00\x00\x00", "<style></script></style>b", "é\x80"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, kind := range []Kind{Text, HTML} {
			made := inert(kind, content)
			if !utf8.ValidString(made.Text) || strings.ContainsAny(made.Text, "\x00\x1b\u202e\r") || len(made.Text) > MaxTextBytes {
				t.Errorf("%q becomes %q", content, made.Text)
			}
		}
	})
}
