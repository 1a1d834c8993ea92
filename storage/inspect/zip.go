package inspect

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"
)

// Bounds of an archive; sizes are measured while unpacking, never those declared.
const (
	maxEntries     = 2000
	maxUnpackedZip = 128 << 20
	maxPart        = 48 << 20 // One part
	maxKept        = 16 << 20 // Parts that are read: relations, content types, the text itself
	maxXMLDepth    = 512
	maxXMLTokens   = 8_000_000
)

// zipHolds tells an office document from any other archive by its first words.
func zipHolds(b []byte) kind {
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil || len(r.File) > maxEntries {
		return zipKind
	}
	for _, f := range r.File {
		switch {
		case f.Name == "mimetype" && f.UncompressedSize64 < 200:
			if part, err := readPart(f, 200); err == nil && strings.TrimSpace(string(part)) == mediaTypes[odt] {
				return odt
			}
			return unknown
		case f.Name == "word/document.xml":
			return docx
		case f.Name == "xl/workbook.xml":
			return xlsx
		}
	}
	return zipKind
}

func readPart(f *zip.File, limit int64) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return io.ReadAll(io.LimitReader(r, limit))
}

var errBomb = errors.New("inspect: too much once unpacked")

// archive is an opened office document: every part has been unpacked once, and
// counted; those that matter are kept.
type archive struct {
	names []string
	parts map[string][]byte
}

// openArchive unpacks everything within bounds. It adds the refusal itself.
func openArchive(j *judgement, b []byte, wanted func(name string) bool) (*archive, bool) {
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		j.add(Broken, "archive unreadable")
		return nil, false
	}
	if len(r.File) > maxEntries {
		j.add(Bomb, "too many parts")
		return nil, false
	}
	a := &archive{parts: map[string][]byte{}}
	for _, f := range r.File {
		if !a.entry(j, f, wanted(f.Name)) {
			return nil, false
		}
	}
	return a, true
}

func (a *archive) entry(j *judgement, f *zip.File, wanted bool) bool {
	switch {
	case f.Flags&1 != 0:
		j.facts.Encrypted = true
		j.add(OfficePassword, "")
		return false
	case strings.Contains(f.Name, "..") && path.Clean("/"+f.Name) != "/"+strings.TrimSuffix(f.Name, "/"), strings.ContainsAny(f.Name, "\\\x00"), path.IsAbs(f.Name),
		f.Mode()&^0o777 != 0 && !f.Mode().IsDir():
		j.add(Broken, "part outside the document")
		return false
	}
	for _, name := range a.names {
		if strings.EqualFold(name, f.Name) {
			j.add(Broken, "the same part twice")
			return false
		}
	}
	a.names = append(a.names, f.Name)
	kept, err := a.unpack(j, f, wanted)
	switch {
	case errors.Is(err, errBomb):
		j.add(Bomb, "too much once unpacked")
		return false
	case err != nil:
		j.add(Broken, "part unreadable")
		return false
	}
	if wanted {
		a.parts[f.Name] = kept
	}
	return true
}

func (a *archive) unpack(j *judgement, f *zip.File, wanted bool) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	room := min(maxPart, maxUnpackedZip-j.facts.Decompressed)
	var kept bytes.Buffer
	var to io.Writer = io.Discard
	if wanted {
		to, room = &kept, min(room, maxKept)
	}
	n, err := io.Copy(to, io.LimitReader(r, room+1))
	j.facts.Decompressed += n
	if n > room {
		return nil, errBomb
	}
	return kept.Bytes(), err
}

// relationships of OOXML that fetch what they point at when it stands outside; a
// hyperlink is followed by a person, not by the program.
func fetches(kind string) bool {
	return path.Base(kind) != "hyperlink"
}

// inspectOOXML judges DOCX and XLSX; main is the folder of the main part.
func inspectOOXML(j *judgement, b []byte, main string) {
	a, ok := openArchive(j, b, func(name string) bool {
		return name == "[Content_Types].xml" || strings.HasSuffix(name, ".rels") || strings.HasPrefix(name, main) && strings.HasSuffix(name, ".xml")
	})
	if !ok {
		return
	}
	body := map[string]string{"word/": "word/document.xml", "xl/": "xl/workbook.xml"}[main]
	types, hasTypes := a.parts["[Content_Types].xml"]
	if content, has := a.parts[body]; !has || !hasTypes || len(content) == 0 {
		j.add(Broken, "main part missing")
		return
	}
	if lower := strings.ToLower(string(types)); strings.Contains(lower, "macroenabled") || strings.Contains(lower, "vbaproject") {
		j.facts.Macro = true
		j.add(OfficeMacro, "macro content type")
	}
	for _, name := range a.names {
		ooxmlPart(j, strings.ToLower(name))
	}
	for name, content := range a.parts {
		if err := readXML(content, func(e xml.StartElement, text string) { ooxmlElement(j, e, text) }); err != nil {
			j.add(Broken, "markup: "+path.Base(path.Dir(name))+"/"+path.Ext(name))
		}
	}
}

func ooxmlPart(j *judgement, name string) {
	switch {
	case strings.HasSuffix(name, "vbaproject.bin"), strings.HasSuffix(name, "vbadata.xml"), strings.Contains(name, "/macrosheets/"):
		j.facts.Macro = true
		j.add(OfficeMacro, "macros")
	case strings.Contains(name, "/activex/"):
		j.add(OfficeMacro, "ActiveX")
	case strings.Contains(name, "/embeddings/") && strings.HasSuffix(name, ".bin"):
		j.facts.Attachment = true
		j.add(OfficeObject, "embedded object")
	case strings.Contains(name, "/embeddings/"), strings.Contains(name, "/afchunk"):
		j.facts.Attachment = true
		j.add(OfficeEmbedded, "embedded document")
	}
}

func ooxmlElement(j *judgement, e xml.StartElement, text string) {
	switch e.Name.Local {
	case "Relationship":
		mode, kind := attribute(e, "TargetMode"), attribute(e, "Type")
		if strings.EqualFold(mode, "External") && fetches(kind) {
			j.facts.External = true
			j.add(ExternalReference, "external "+word(path.Base(kind)))
		}
	case "instrText", "delInstrText":
		field(j, text)
	case "fldSimple":
		field(j, attribute(e, "instr"))
	}
}

// field refuses DDE, by which a document runs a command, and tells inclusions.
func field(j *judgement, instruction string) {
	first, _, _ := strings.Cut(strings.TrimSpace(strings.ToUpper(instruction)), " ")
	switch first {
	case "DDE", "DDEAUTO":
		j.add(OfficeMacro, "DDE")
	case "INCLUDETEXT", "INCLUDEPICTURE":
		if strings.Contains(instruction, "://") {
			j.facts.External = true
			j.add(ExternalReference, "external inclusion")
		}
	}
}

func attribute(e xml.StartElement, local string) string {
	for _, a := range e.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

// word keeps only the letters of a name that the file chose.
func word(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, s[:min(len(s), 40)])
}

var errXML = errors.New("inspect: markup that no office program writes")

// readXML visits every element with the text right behind it. A document type
// declaration is refused: it could define entities, and no office program writes
// one.
func readXML(b []byte, visit func(xml.StartElement, string)) error {
	d := xml.NewDecoder(bytes.NewReader(b))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	depth := 0
	var last *xml.StartElement
	for range maxXMLTokens {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			if last != nil {
				visit(*last, "")
			}
			return nil
		}
		if err != nil {
			return errXML
		}
		text := ""
		switch t := token.(type) {
		case xml.CharData:
			text = string(t[:min(len(t), 4096)])
		case xml.Directive:
			return errXML
		case xml.EndElement:
			depth--
		}
		if last != nil {
			visit(*last, text)
			last = nil
		}
		if e, is := token.(xml.StartElement); is {
			if depth++; depth > maxXMLDepth {
				return errXML
			}
			e = e.Copy()
			last = &e
		}
	}
	return errXML
}

// inspectODF judges a text of OpenDocument.
func inspectODF(j *judgement, b []byte) {
	a, ok := openArchive(j, b, func(name string) bool {
		return name == "content.xml" || name == "styles.xml" || name == "META-INF/manifest.xml"
	})
	if !ok {
		return
	}
	if len(a.parts["content.xml"]) == 0 {
		j.add(Broken, "main part missing")
		return
	}
	if bytes.Contains(a.parts["META-INF/manifest.xml"], []byte("encryption-data")) {
		j.facts.Encrypted = true
		j.add(OfficePassword, "")
		return
	}
	for _, name := range a.names {
		odfPart(j, name)
	}
	for name, content := range a.parts {
		if err := readXML(content, func(e xml.StartElement, _ string) { odfElement(j, e) }); err != nil {
			j.add(Broken, "markup: "+name)
		}
	}
}

func odfPart(j *judgement, name string) {
	lower := strings.ToLower(name)
	base := path.Base(lower)
	switch {
	case strings.HasSuffix(lower, "/"):
	case strings.HasPrefix(lower, "basic/") && base != "script-lc.xml" && base != "script-lb.xml", strings.HasPrefix(lower, "scripts/"):
		j.facts.Macro = true
		j.add(OfficeMacro, "macros")
	case strings.HasPrefix(lower, "object ") && !strings.Contains(lower, "/"):
		j.facts.Attachment = true
		j.add(OfficeObject, "embedded object")
	}
}

func odfElement(j *judgement, e xml.StartElement) {
	switch e.Name.Local {
	case "event-listener":
		// Present without macros of its own, it calls those of the reader's machine.
		j.facts.Macro = true
		j.add(OfficeMacro, "event listener")
	case "script":
		if e.Name.Space == "urn:oasis:names:tc:opendocument:xmlns:office:1.0" {
			j.facts.Macro = true
			j.add(OfficeMacro, "script")
		}
	case "dde-connection-decl", "dde-source":
		j.add(OfficeMacro, "DDE")
	case "image", "section-source", "object", "object-ole", "plugin", "floating-frame":
		if strings.Contains(attribute(e, "href"), "://") {
			j.facts.External = true
			j.add(ExternalReference, "external "+e.Name.Local)
		}
	case "applet":
		j.add(OfficeMacro, "applet")
	}
}
