package inspect

import (
	"bytes"
	"image"
	_ "image/jpeg" // Sizes of pictures within a PDF
	"slices"
	"strings"
)

// Bounds of a PDF, in bytes unless said. A picture is judged by its size, since
// readers decode it line by line; everything else is unpacked to be measured.
const (
	maxNodes     = 3_000_000 // Values read
	maxObjects   = 400_000
	maxUnpacked  = 256 << 20 // All streams but pictures
	maxStream    = 96 << 20  // One of them
	maxPicture   = 512 << 20 // One decoded picture
	maxObjStream = 32 << 20  // One stream of objects, kept in memory
)

// scan is what the structure of a PDF tells, whatever its tables say: every object
// in the file is read, those that no reader would reach included.
type scan struct {
	j         *judgement
	nodes     int
	unpacked  int64
	ends      []int // Places of "endstream"
	encrypted bool
	unknown   bool // A stream of objects that could not be unpacked
	outlines  bool
	signed    bool
	xfa       bool
	rendering bool // NeedsRendering: a dynamic form
	objects   int
}

func newScan(j *judgement) *scan { return &scan{j: j, nodes: maxNodes} }

// file reads every "n g obj" and every trailer.
func (s *scan) file(b []byte) {
	s.ends = s.ends[:0]
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte("endstream"))
		if i < 0 {
			break
		}
		s.ends = append(s.ends, at+i)
		at += i + 9
	}
	for at := 0; at < len(b); {
		i := bytes.Index(b[at:], []byte("obj"))
		if i < 0 {
			break
		}
		start := at + i
		at = start + 3
		if opensObject(b, start) {
			if s.objects++; s.objects > maxObjects || s.nodes <= 0 {
				s.j.add(Bomb, "objects without end")
				return
			}
			s.object(b, start+3)
		}
	}
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte("trailer"))
		if i < 0 {
			return
		}
		at += i + 7
		l := lexer{b: b, at: at, nodes: &s.nodes}
		s.read(&l)
	}
}

// read takes one value and looks at it.
func (s *scan) read(l *lexer) (value, bool) {
	v, ok := l.value(0)
	switch {
	case l.deep:
		s.j.add(Broken, "nested without end")
	case s.nodes <= 0:
		s.j.add(Bomb, "values without end")
	}
	if ok {
		s.walk(v)
	}
	return v, ok
}

// opensObject tells "12 0 obj" from "endobj" at the place of "obj".
func opensObject(b []byte, at int) bool {
	i := at - 1
	for range 2 {
		for i >= 0 && isSpace(b[i]) {
			i--
		}
		digits := i
		for i >= 0 && isDigit(b[i]) && digits-i < 11 {
			i--
		}
		if digits == i {
			return false
		}
	}
	return true
}

func (s *scan) object(b []byte, at int) {
	l := lexer{b: b, at: at, nodes: &s.nodes}
	v, ok := s.read(&l)
	if !ok || v.kind != dictValue {
		return
	}
	l.skip()
	if !bytes.HasPrefix(b[l.at:], []byte("stream")) {
		return
	}
	start := l.at + 6
	if start < len(b) && b[start] == '\r' {
		start++
	}
	if start < len(b) && b[start] == '\n' {
		start++
	}
	s.stream(v.dict, b[start:s.streamEnd(b, start, v.dict)])
}

func (s *scan) streamEnd(b []byte, start int, dict map[string]value) int {
	if n := dict["Length"]; n.kind == numberValue && n.num >= 0 && n.num <= float64(len(b)-start) {
		end := start + int(n.num)
		l := lexer{b: b, at: end, nodes: &s.nodes}
		for l.at < len(b) && isSpace(b[l.at]) {
			l.at++
		}
		if bytes.HasPrefix(b[l.at:], []byte("endstream")) {
			return end
		}
	}
	i, _ := slices.BinarySearch(s.ends, start)
	if i < len(s.ends) {
		return s.ends[i]
	}
	return len(b)
}

// walk looks at every dictionary within a value.
func (s *scan) walk(v value) {
	for _, item := range v.items {
		s.walk(item)
	}
	if v.kind != dictValue {
		return
	}
	s.dictionary(v.dict)
	for _, item := range v.dict {
		s.walk(item)
	}
}

// actions that do something on the reader's machine, or send something out.
var actions = map[string]Code{"JavaScript": PDFScript, "Launch": PDFAction, "ImportData": PDFAction, "SubmitForm": PDFAction,
	"Rendition": PDFMedia, "Movie": PDFMedia, "Sound": PDFMedia, "RichMediaExecute": PDFMedia, "GoTo3DView": PDFMedia}

// annotations that carry what is refused.
var annotations = map[string]Code{"RichMedia": PDFMedia, "Movie": PDFMedia, "Sound": PDFMedia, "Screen": PDFMedia, "3D": PDFMedia,
	"FileAttachment": PDFAttachment}

func (s *scan) dictionary(d map[string]value) {
	for key, v := range d {
		key, _, _ = strings.Cut(key, twin)
		switch key {
		case "S":
			if code, listed := actions[v.name]; listed && v.kind == nameValue {
				s.found(code, v.name)
			}
		case "JS":
			// The kind of action may stand in another object.
			if _, action := d["S"]; action {
				s.found(PDFScript, "JS")
			}
		case "Subtype":
			if code, listed := annotations[v.name]; listed && v.kind == nameValue {
				s.found(code, v.name)
			}
		// Every embedded file hangs on an EF; an empty tree of names is nothing.
		case "EF", "Collection":
			if v.kind == dictValue && len(v.dict) > 0 || v.kind == refValue {
				s.found(PDFAttachment, key)
			}
		case "Type":
			if v.name == "EmbeddedFile" {
				s.found(PDFAttachment, v.name)
			}
			s.signed = s.signed || v.name == "Sig"
		case "Encrypt":
			s.encrypted = s.encrypted || v.kind == dictValue || v.kind == refValue
		case "XFA":
			s.xfa = s.xfa || v.kind == arrayValue || v.kind == refValue || v.kind == stringValue
		case "NeedsRendering":
			s.rendering = s.rendering || v.name == "true"
		case "Outlines":
			s.outlines = s.outlines || v.kind == refValue || v.kind == dictValue
		}
	}
}

func (s *scan) found(code Code, sign string) {
	s.j.add(code, sign)
	switch code {
	case PDFScript:
		s.j.facts.JavaScript = true
	case PDFAttachment:
		s.j.facts.Attachment = true
	}
}

// stream measures what a stream unpacks to, and reads the objects that it holds.
func (s *scan) stream(dict map[string]value, raw []byte) {
	filters := names(dict["Filter"], dict["F"])
	if slices.Contains(filters, "JBIG2Decode") {
		s.picture(jbig2Size(raw))
	}
	if dict["Subtype"].name == "Image" {
		s.image(dict, filters, raw)
		return
	}
	objects := dict["Type"].name == "ObjStm" || dict["N"].kind != nothing && dict["First"].kind != nothing
	keep := 0
	if objects {
		keep = maxObjStream
	}
	out, n, whole := unpack(raw, filters, dict, keep, min(maxStream, maxUnpacked-s.unpacked)+1)
	if s.unpacked += n; n > maxStream || objects && n > maxObjStream || s.unpacked > maxUnpacked {
		s.j.add(Bomb, "stream without end")
		return
	}
	if objects {
		if s.unknown = s.unknown || !whole; len(out) > 0 {
			s.objectStream(out, dict)
		}
	}
}

// objectStream reads the objects one after another; their table is not trusted.
func (s *scan) objectStream(b []byte, dict map[string]value) {
	first := 0
	if f := dict["First"]; f.kind == numberValue && f.num > 0 && int(f.num) < len(b) {
		first = int(f.num)
	}
	l := lexer{b: b, at: first, nodes: &s.nodes}
	for {
		if _, ok := s.read(&l); !ok {
			return
		}
	}
}

// image bounds a picture by its dictionary, and by its own header.
func (s *scan) image(dict map[string]value, filters []string, raw []byte) {
	w, h, bits := dict["Width"].num, dict["Height"].num, dict["BitsPerComponent"].num
	if bits <= 0 {
		bits = 8
	}
	if dict["ImageMask"].name == "true" {
		bits = 1
	}
	components := 4.0
	if bits == 1 {
		components = 1
	}
	if w*h*bits*components/8 > maxPicture {
		s.j.add(Bomb, "picture without end")
	}
	if slices.Contains(filters, "DCTDecode") {
		if c, _, err := image.DecodeConfig(bytes.NewReader(raw)); err == nil {
			s.picture(float64(c.Width) * float64(c.Height) * 4)
		}
	}
}

func (s *scan) picture(bytes float64) {
	if bytes > maxPicture {
		s.j.add(Bomb, "picture without end")
	}
}

// jbig2Size reads the page information segments of an embedded JBIG2 stream, in
// bytes once decoded.
func jbig2Size(raw []byte) float64 {
	var most float64
	// Number (4), flags with type 48 (1), referred-to (1), page (1), length 19 (4), then width and height.
	for i := 0; i+19 < len(raw) && i < 4096; i++ {
		if raw[i+4]&0x3f == 48 && raw[i+5] == 0 && raw[i+7] == 0 && raw[i+8] == 0 && raw[i+9] == 0 && raw[i+10] == 19 {
			w, h := be32(raw[i+11:]), be32(raw[i+15:])
			if h == 0xffffffff {
				h = 0 // Unknown height: stripes, each bounded by the data
			}
			most = max(most, float64(w)*float64(h)/8)
		}
	}
	return most
}

func be32(b []byte) uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

// names lists the filters of a stream, alone or in an array.
func names(values ...value) []string {
	var all []string
	for _, v := range values {
		if v.kind == nameValue {
			all = append(all, v.name)
		}
		for _, item := range v.items {
			all = append(all, item.name)
		}
	}
	return all
}
