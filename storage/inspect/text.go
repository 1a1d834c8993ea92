package inspect

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	xhtml "golang.org/x/net/html"
)

// longPayload is a run of base64 that no one types, in characters.
const longPayload = 4096

// isText takes UTF-8, UTF-16 with its mark, and single-byte texts such as
// Windows-1252, without control characters but those of layout.
func isText(b []byte) bool {
	if looksUTF16(b) {
		return true
	}
	controls := 0
	for _, c := range b {
		switch {
		case c == 0:
			return false
		case c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1a && c != 0x1b, c == 0x7f:
			controls++
		}
	}
	return controls*100 <= len(b)
}

func looksUTF16(b []byte) bool {
	if len(b) < 2 || len(b)%2 != 0 || b[0] != 0xff && b[0] != 0xfe || b[0]+b[1] != 0xfd {
		return false
	}
	for _, u := range units(b) {
		if u == 0 {
			return false
		}
	}
	return true
}

// units are the letters of a UTF-16 text, its mark included.
func units(b []byte) []uint16 {
	var order binary.ByteOrder = binary.LittleEndian
	if b[0] == 0xfe {
		order = binary.BigEndian
	}
	out := make([]uint16, len(b)/2)
	for i := range out {
		out[i] = order.Uint16(b[2*i:])
	}
	return out
}

// decoded is the text as UTF-8; a single-byte text keeps its ASCII letters, which
// are all that the inspection reads.
func decoded(b []byte) string {
	if looksUTF16(b) {
		return string(utf16.Decode(units(b)))
	}
	if utf8.Valid(b) {
		return string(b)
	}
	var out strings.Builder
	for _, c := range b {
		out.WriteRune(rune(c))
	}
	return out.String()
}

func inspectTXT(j *judgement, b []byte) {
	if !isText(b) {
		j.add(TextBinary, "")
		return
	}
	payload(j, decoded(b))
}

// payload tells of long encoded data in a text: a remark for the reviewer, since
// the portal only ever shows it as letters.
func payload(j *judgement, text string) {
	run := 0
	for i := range len(text) {
		c := text[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', isDigit(c), c == '+', c == '/', c == '=':
			run++
		case c == '\n' || c == '\r':
		default:
			run = 0
		}
		if run >= longPayload {
			j.facts.Encoded = true
			return
		}
	}
	if strings.Contains(strings.ToLower(text), ";base64,") {
		j.facts.Encoded = true
	}
}

// activeElements run, fetch or frame something.
var activeElements = map[string]bool{"script": true, "iframe": true, "frame": true, "object": true, "embed": true, "applet": true,
	"portal": true}

// urlAttributes hold an address.
var urlAttributes = map[string]bool{"href": true, "src": true, "action": true, "formaction": true, "data": true, "xlink:href": true, "poster": true,
	"background": true, "srcdoc": true, "srcset": true, "content": true, "to": true, "values": true, "from": true}

// inspectHTML refuses active content although the page is only ever shown as
// inert text: whoever downloads it may open it. Sound pages get a warning.
func inspectHTML(j *judgement, b []byte) {
	if !isText(b) {
		j.add(TextBinary, "")
		return
	}
	text := decoded(b)
	payload(j, text)
	if lower := strings.ToLower(text); strings.Contains(lower, "utf-7") || strings.Contains(lower, "+adw-") {
		j.add(HTMLActive, "UTF-7")
	}
	z := xhtml.NewTokenizer(strings.NewReader(text))
	z.SetMaxBuf(8 << 20)
	for {
		switch z.Next() {
		case xhtml.ErrorToken:
			j.add(HTML, "")
			return
		case xhtml.StartTagToken, xhtml.SelfClosingTagToken:
			htmlTag(j, z.Token())
		case xhtml.TextToken, xhtml.EndTagToken, xhtml.CommentToken, xhtml.DoctypeToken:
		}
	}
}

func htmlTag(j *judgement, t xhtml.Token) {
	if activeElements[t.Data] {
		j.add(HTMLActive, t.Data)
	}
	for _, a := range t.Attr {
		key := strings.ToLower(a.Key)
		switch {
		case strings.HasPrefix(key, "on") && len(key) > 3:
			j.add(HTMLActive, "event handler")
		case t.Data == "meta" && key == "http-equiv" && strings.EqualFold(strings.TrimSpace(a.Val), "refresh"):
			j.add(HTMLActive, "redirection")
		case urlAttributes[key]:
			htmlAddress(j, a.Val)
		}
	}
}

// htmlAddress refuses addresses that run; blanks and controls within the scheme
// are dropped as browsers do.
func htmlAddress(j *judgement, address string) {
	scheme := strings.ToLower(strings.Map(func(r rune) rune {
		if r <= ' ' {
			return -1
		}
		return r
	}, address))
	switch {
	case strings.HasPrefix(scheme, "javascript:"), strings.HasPrefix(scheme, "vbscript:"):
		j.add(HTMLActive, "script address")
	case strings.HasPrefix(scheme, "data:") && !strings.HasPrefix(scheme, "data:image/"), strings.HasPrefix(scheme, "data:image/svg"):
		j.add(HTMLActive, "data address")
	}
}

// inspectRTF reads the control words.
func inspectRTF(j *judgement, b []byte) {
	depth, closed := 0, false
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				closed = true
			}
		case '\\':
			var skip int
			w, skip := rtfWord(b[i+1:])
			rtfControl(j, w, b[min(len(b), i+1+skip):])
			i += max(skip, 1)
			if w == "bin" {
				j.facts.Attachment = true
			}
		case 0:
			j.add(Broken, "binary within")
			return
		}
	}
	if !closed || depth > 0 {
		j.add(Broken, "cut")
	}
}

// rtfWord reads a control word and the length of what it took.
func rtfWord(b []byte) (string, int) {
	n := 0
	for n < len(b) && (b[n] >= 'a' && b[n] <= 'z' || b[n] >= 'A' && b[n] <= 'Z') && n < 40 {
		n++
	}
	return strings.ToLower(string(b[:n])), n
}

func rtfControl(j *judgement, w string, after []byte) {
	switch w {
	case "object", "objdata", "objemb", "objocx", "objautlink", "objupdate", "objclass":
		j.facts.Attachment = true
		j.add(OfficeObject, "embedded object")
	case "objlink", "objsub", "template":
		j.facts.External = true
		j.add(ExternalReference, w)
	case "fldinst":
		instruction := bytes.TrimLeft(after[:min(len(after), 200)], " {\\*\r\n")
		if i := bytes.IndexByte(instruction, ' '); i > 0 && bytes.HasPrefix(instruction, []byte("rtlch")) {
			instruction = instruction[i:]
		}
		upper := strings.ToUpper(string(instruction))
		if strings.Contains(upper, "DDEAUTO") || strings.Contains(upper, "DDE ") {
			j.add(OfficeMacro, "DDE")
		}
		if (strings.Contains(upper, "INCLUDEPICTURE") || strings.Contains(upper, "INCLUDETEXT")) && strings.Contains(upper, "://") {
			j.facts.External = true
			j.add(ExternalReference, "external inclusion")
		}
	}
}
