package inspect

import (
	"bytes"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// kind is a format that a slot may take, or one of two that none takes.
type kind int

const (
	unknown kind = iota
	pdfKind
	doc
	docx
	xls
	xlsx
	odt
	rtf
	txt
	html
	jpeg
	png
	heic
	zipKind         // A zip whose inside must tell
	oleKind         // A compound file whose inside must tell
	encryptedOffice // A compound file that holds an encrypted office document
)

// byExtension is every extension that a policy may name.
var byExtension = map[string]kind{"pdf": pdfKind, "doc": doc, "docx": docx, "xls": xls, "xlsx": xlsx, "odt": odt, "rtf": rtf, "txt": txt,
	"html": html, "htm": html, "jpg": jpeg, "jpeg": jpeg, "jpe": jpeg, "png": png, "heic": heic, "heif": heic}

// mediaTypes are the true media types of the kinds.
var mediaTypes = map[kind]string{pdfKind: "application/pdf", doc: "application/msword",
	docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	xls:  "application/vnd.ms-excel", xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	odt: "application/vnd.oasis.opendocument.text", rtf: "application/rtf", txt: "text/plain", html: "text/html", jpeg: "image/jpeg",
	png: "image/png", heic: "image/heic", zipKind: "application/zip", oleKind: "application/x-ole-storage", encryptedOffice: "application/encrypted"}

func (k kind) media(content []byte) string {
	if m := mediaTypes[k]; m != "" {
		return m
	}
	m, _, _ := strings.Cut(mimetype.Detect(content).String(), ";")
	return m
}

// magics begin a file; the kinds with an inside are told apart afterwards.
var magics = []struct {
	kind  kind
	bytes string
}{{pdfKind, "%PDF-"}, {png, "\x89PNG\r\n\x1a\n"}, {jpeg, "\xff\xd8\xff"}, {rtf, `{\rtf`}, {zipKind, "PK\x03\x04"}, {zipKind, "PK\x05\x06"},
	{oleKind, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}}

// detect tells the kind by the bytes alone; what it cannot tell is unknown.
func detect(content []byte) kind {
	trimmed := bytes.TrimLeft(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")), " \t\r\n")
	for _, m := range magics {
		// Readers of PDF take blanks before it, those of the others do not.
		if bytes.HasPrefix(content, []byte(m.bytes)) || m.kind == pdfKind && bytes.HasPrefix(trimmed, []byte(m.bytes)) {
			switch m.kind {
			case zipKind:
				return zipHolds(content)
			case oleKind:
				return oleHolds(content)
			}
			return m.kind
		}
	}
	if isHEIC(content) {
		return heic
	}
	guess := mimetype.Detect(content)
	switch {
	case len(content) == 0:
		return unknown
	case guess.Is("text/html"), guess.Is("application/xhtml+xml"):
		return html
	case guess.Is("image/svg+xml"):
		return unknown
	case strings.HasPrefix(guess.String(), "text/"), isText(content):
		return txt
	}
	return unknown
}

// agree says whether a file of that kind may bear that extension. What is cut so
// short that its inside cannot tell is left to the inspector, which will say that
// it is broken.
func agree(named, held kind, content []byte) bool {
	switch named {
	case held:
		return true
	case docx, xlsx, odt:
		return held == zipKind
	case doc, xls:
		return held == oleKind
	case html:
		// A page may have no tag that betrays it.
		return held == txt
	case txt:
		return held == unknown && looksUTF16(content)
	}
	return false
}

// disagrees tells a declared type that contradicts the content. It is told and
// not punished: browsers take it from the name, and from the machine's registry.
func disagrees(declared string, held kind) bool {
	declared, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(declared)), ";")
	if declared == "" || declared == "application/octet-stream" || declared == mediaTypes[held] {
		return false
	}
	for _, media := range mediaTypes {
		if declared == media {
			return true
		}
	}
	return false
}
