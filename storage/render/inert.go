package render

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	encoding16 "golang.org/x/text/encoding/unicode"
)

// inert gives the letters of a TXT or HTML file and nothing else: of HTML the
// visible text, no tag, no script, no style (P7.1, P7.3).
func inert(kind Kind, content []byte) Plain {
	name, text := toUTF8(content)
	plain := Plain{Encoding: name}
	if kind == HTML {
		text = visible(text)
	}
	plain.Text = strings.TrimSpace(strings.Map(shown, strings.ReplaceAll(text, "\r\n", "\n")))
	if len(plain.Text) > MaxTextBytes {
		plain.Cut = true
		end := MaxTextBytes
		for end > 0 && !utf8.RuneStart(plain.Text[end]) {
			end--
		}
		plain.Text = plain.Text[:end]
	}
	return plain
}

// shown drops what has no shape of its own: control characters, and the marks
// that can make a reader see letters in another order than they stand.
func shown(r rune) rune {
	switch {
	case r == '\r':
		return '\n'
	case r == '\f':
		return '\n'
	case r == '\n' || r == '\t':
		return r
	case unicode.IsControl(r), unicode.In(r, unicode.Bidi_Control), r == 0xFEFF, r == utf8.RuneError:
		return -1
	}
	return r
}

// toUTF8 tells the encoding among those of files made in French offices.
func toUTF8(content []byte) (name, text string) {
	var decoder encoding.Encoding
	switch {
	case bytes.HasPrefix(content, []byte{0xEF, 0xBB, 0xBF}):
		return "utf-8", string(content[3:])
	case bytes.HasPrefix(content, []byte{0xFF, 0xFE}), zeros(content, 1) && !zeros(content, 0):
		name, decoder = "utf-16le", encoding16.UTF16(encoding16.LittleEndian, encoding16.UseBOM)
	case bytes.HasPrefix(content, []byte{0xFE, 0xFF}), zeros(content, 0) && !zeros(content, 1):
		name, decoder = "utf-16be", encoding16.UTF16(encoding16.BigEndian, encoding16.UseBOM)
	case utf8.Valid(content):
		return "utf-8", string(content)
	default:
		name, decoder = "windows-1252", charmap.Windows1252
	}
	decoded, err := decoder.NewDecoder().Bytes(content)
	if err != nil {
		return "windows-1252", string(bytes.ToValidUTF8(content, nil))
	}
	return name, string(decoded)
}

// zeros tells that most bytes at even (0) or odd (1) places are zero, as in
// UTF-16 without a mark.
func zeros(content []byte, parity int) bool {
	sample := content[:min(len(content), 4096)]
	count := 0
	for i := parity; i < len(sample); i += 2 {
		if sample[i] == 0 {
			count++
		}
	}
	return len(sample) >= 4 && count*10 > len(sample)/2*7
}

// visible walks the tags of a page without building it, and keeps its text: a
// line for a block, one space elsewhere. What a browser would hide by style or
// by script is shown: nothing is to be slipped past the reader.
func visible(source string) string {
	var page sheet
	tokens := html.NewTokenizer(strings.NewReader(source))
	tokens.SetMaxBuf(MaxTextBytes)
	unseen := ""
	for {
		kind := tokens.Next()
		switch kind {
		case html.ErrorToken:
			return page.text.String()
		case html.TextToken:
			if unseen == "" {
				page.words(string(tokens.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			name, _ := tokens.TagName()
			tag := string(name)
			switch {
			case tag == unseen && kind == html.EndTagToken:
				unseen = ""
			case unseen == "" && (tag == "script" || tag == "style") && kind == html.StartTagToken:
				unseen = tag
			case unseen == "":
				page.tag(tag, kind == html.EndTagToken)
			}
		}
	}
}

// sheet is text under way; spaced tells that white space waits for a word.
type sheet struct {
	text   strings.Builder
	spaced bool
}

func (s *sheet) words(text string) {
	for i, word := range strings.Fields(text) {
		if i > 0 || startsWithSpace(text) {
			s.spaced = true
		}
		if s.spaced && s.text.Len() > 0 && !strings.HasSuffix(s.text.String(), "\n") && !strings.HasSuffix(s.text.String(), "\t") {
			s.text.WriteByte(' ')
		}
		s.text.WriteString(word)
		s.spaced = false
	}
	if last, _ := utf8.DecodeLastRuneInString(text); unicode.IsSpace(last) {
		s.spaced = true
	}
}

func startsWithSpace(text string) bool {
	first, _ := utf8.DecodeRuneInString(text)
	return unicode.IsSpace(first)
}

// tag writes what a tag is to the eye.
func (s *sheet) tag(name string, end bool) {
	switch name {
	case "li":
		if !end {
			s.line()
			s.text.WriteString("– ")
		}
	case "td", "th":
		if !end && s.text.Len() > 0 && !strings.HasSuffix(s.text.String(), "\n") {
			s.text.WriteByte('\t')
		}
	case "br":
		s.text.WriteByte('\n')
	case "title", "body", "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "tr", "section", "article", "header",
		"footer", "blockquote", "pre", "dl", "dt", "dd", "hr", "form", "fieldset":
		s.line()
	}
}

func (s *sheet) line() {
	if s.text.Len() > 0 && !strings.HasSuffix(s.text.String(), "\n") {
		s.text.WriteByte('\n')
	}
	s.spaced = false
}
