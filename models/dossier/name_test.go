package dossier_test

import (
	"strings"
	"testing"

	"passerelle/models/dossier"
)

func TestCleanName(t *testing.T) {
	long := strings.Repeat("é", 500)
	for _, c := range []struct{ why, in, want string }{
		{"a plain name stays", "Relevé de notes (L3).pdf", "Relevé de notes (L3).pdf"},
		{"a name in Arabic stays", "شهادة الليسانس.pdf", "شهادة الليسانس.pdf"},
		{"a path is no name", "../../etc/passwd", "passwd"},
		{"a path of Windows is no name", `C:\Users\camille\cv.pdf`, "cv.pdf"},
		{"nothing turns the line around", "cv\u202efdp.exe", "cvfdp.exe"},
		{"nothing unseen stays", "c\x00v\r\n.p\u200bdf", "cv.pdf"},
		{"broken letters go", "cv\xff.pdf", "cv.pdf"},
		{"five hundred letters are cut, the ending saved", long + ".pdf", strings.Repeat("é", 196) + ".pdf"},
		{"a name without ending is cut", long, strings.Repeat("é", 200)},
		{"an empty name gets one", "", "document"},
		{"dots are no name", "..", "document"},
	} {
		t.Run("P7.2 "+c.why, func(t *testing.T) {
			if got := dossier.CleanName(c.in); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestTakes(t *testing.T) {
	spec := dossier.Spec{Formats: []string{"pdf", "jpeg"}, MaxBytes: 100}
	for _, c := range []struct {
		kind  string
		bytes int64
		want  bool
	}{
		{"application/pdf", 100, true}, {"application/pdf", 101, false}, {"image/jpeg", 1, true}, {"image/png", 1, false},
		{"text/plain; charset=utf-8", 1, false}, {"", 1, false},
	} {
		if got := spec.Takes(dossier.File{Type: c.kind, Bytes: c.bytes}); got != c.want {
			t.Errorf("P7.1 %s of %d bytes: %v", c.kind, c.bytes, got)
		}
	}
}
