package inspect

import (
	"bytes"
	"strconv"
)

// value is one PDF object as far as an inspection needs it: names and dictionaries
// matter, strings are only stepped over.
type value struct {
	kind  valueKind
	name  string           // Of a name, with its #xx decoded; of a keyword
	num   float64          // Of a number; the object number of a reference
	dict  map[string]value // Of a dictionary
	items []value          // Of an array
}

type valueKind byte

const (
	nothing valueKind = iota
	nameValue
	numberValue
	stringValue
	refValue
	dictValue
	arrayValue
	wordValue
)

// twin marks a second key of one name in a dictionary; no name can hold a NUL.
const twin = "\x00"

// maxDepth of nested values; more is not a document.
const maxDepth = 60

// lexer reads values from untrusted bytes. It never fails: what it cannot
// understand is a keyword or is stepped over. nodes bounds the whole scan.
type lexer struct {
	b     []byte
	at    int
	nodes *int
	deep  bool // Nested deeper than is read: what follows may have been missed
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func isDelimiter(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// skip steps over blanks and comments.
func (l *lexer) skip() {
	for l.at < len(l.b) {
		switch c := l.b[l.at]; {
		case isSpace(c):
			l.at++
		case c == '%':
			for l.at < len(l.b) && l.b[l.at] != '\n' && l.b[l.at] != '\r' {
				l.at++
			}
		default:
			return
		}
	}
}

// value reads the next value; ok is false at the end, or past the bounds.
func (l *lexer) value(depth int) (v value, ok bool) {
	l.skip()
	l.deep = l.deep || depth > maxDepth
	if l.at >= len(l.b) || depth > maxDepth || *l.nodes <= 0 {
		return value{}, false
	}
	*l.nodes--
	switch c := l.b[l.at]; {
	case c == '/':
		return value{kind: nameValue, name: l.nameToken()}, true
	case c == '(':
		l.literal()
		return value{kind: stringValue}, true
	case c == '<' && l.at+1 < len(l.b) && l.b[l.at+1] == '<':
		l.at += 2
		return value{kind: dictValue, dict: l.dictionary(depth + 1)}, true
	case c == '<':
		end := bytes.IndexByte(l.b[l.at:], '>')
		if end < 0 {
			l.at = len(l.b)
		} else {
			l.at += end + 1
		}
		return value{kind: stringValue}, true
	case c == '[':
		l.at++
		return value{kind: arrayValue, items: l.array(depth + 1)}, true
	case isDelimiter(c):
		l.at++
		return value{kind: wordValue, name: string(c)}, true
	}
	return l.word(), true
}

// nameToken reads a name after its slash: "/J#61vaScript" is JavaScript.
func (l *lexer) nameToken() string {
	l.at++
	start := l.at
	for l.at < len(l.b) && !isSpace(l.b[l.at]) && !isDelimiter(l.b[l.at]) {
		l.at++
	}
	raw := l.b[start:l.at]
	if !bytes.Contains(raw, []byte("#")) {
		return string(raw)
	}
	var out []byte
	for i := 0; i < len(raw); i++ {
		if raw[i] == '#' && i+2 < len(raw) {
			if n, err := strconv.ParseUint(string(raw[i+1:i+3]), 16, 8); err == nil {
				out = append(out, byte(n))
				i += 2
				continue
			}
		}
		out = append(out, raw[i])
	}
	return string(out)
}

// literal steps over a string in parentheses.
func (l *lexer) literal() {
	for open := 0; l.at < len(l.b); l.at++ {
		switch l.b[l.at] {
		case '\\':
			l.at++
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				l.at++
				return
			}
		}
	}
	l.at = min(l.at, len(l.b))
}

func (l *lexer) dictionary(depth int) map[string]value {
	d := map[string]value{}
	for {
		l.skip()
		if bytes.HasPrefix(l.b[l.at:], []byte(">>")) {
			l.at += 2
			return d
		}
		key, ok := l.value(depth)
		if !ok || key.kind == wordValue && (key.name == "endobj" || key.name == "stream") {
			return d
		}
		if key.kind != nameValue {
			continue
		}
		l.skip()
		if bytes.HasPrefix(l.b[l.at:], []byte(">>")) {
			continue
		}
		v, ok := l.value(depth)
		if !ok {
			return d
		}
		// Two equal keys: readers differ in which they take, so both are looked at.
		if _, twice := d[key.name]; twice {
			key.name += twin + strconv.Itoa(len(d))
		}
		d[key.name] = v
	}
}

func (l *lexer) array(depth int) []value {
	var items []value
	for {
		l.skip()
		if l.at < len(l.b) && l.b[l.at] == ']' {
			l.at++
			return items
		}
		v, ok := l.value(depth)
		if !ok || v.kind == wordValue && v.name == "endobj" {
			return items
		}
		items = append(items, v)
	}
}

// word reads a number, a reference "12 0 R" or a keyword.
func (l *lexer) word() value {
	token := l.token()
	n, err := strconv.ParseFloat(token, 64)
	if err != nil {
		return value{kind: wordValue, name: token}
	}
	if after := l.reference(); after > 0 {
		l.at = after
		return value{kind: refValue, num: n}
	}
	return value{kind: numberValue, num: n}
}

func (l *lexer) token() string {
	start := l.at
	for l.at < len(l.b) && !isSpace(l.b[l.at]) && !isDelimiter(l.b[l.at]) {
		l.at++
	}
	return string(l.b[start:min(l.at, start+40)])
}

// reference is the place after " 0 R" when that follows, else 0.
func (l *lexer) reference() int {
	i := l.at
	for i < len(l.b) && isSpace(l.b[i]) {
		i++
	}
	digits := i
	for i < len(l.b) && isDigit(l.b[i]) && i < digits+6 {
		i++
	}
	if i == digits {
		return 0
	}
	blank := i
	for i < len(l.b) && isSpace(l.b[i]) {
		i++
	}
	if i == blank || i >= len(l.b) || l.b[i] != 'R' || i+1 < len(l.b) && !isSpace(l.b[i+1]) && !isDelimiter(l.b[i+1]) {
		return 0
	}
	return i + 1
}
