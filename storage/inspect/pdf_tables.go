package inspect

import (
	"bytes"
	"strconv"
)

// sound tells whether the tables by which readers find the objects of a PDF are
// right: where they are not, each reader rebuilds the document in its own way, and
// a reviewer may not see what the sender saw.
func sound(b []byte) bool {
	last := bytes.LastIndex(b, []byte("startxref"))
	if last < 0 {
		return false
	}
	at, ok := number(b, last+9)
	header := bytes.Index(b[:min(len(b), 1024)], []byte("%PDF-"))
	seen := map[int]bool{}
	for ok && len(seen) < 100 {
		if seen[at] {
			return true
		}
		seen[at] = true
		if at += max(header, 0); at < 0 || at >= len(b) {
			return false
		}
		var next int
		next, ok = table(b, at)
		if ok && next < 0 {
			return true
		}
		at = next
	}
	return false
}

// number reads digits after blanks.
func number(b []byte, at int) (int, bool) {
	for at < len(b) && isSpace(b[at]) {
		at++
	}
	end := at
	for end < len(b) && isDigit(b[end]) && end-at < 10 {
		end++
	}
	n, err := strconv.Atoi(string(b[at:end]))
	return n, err == nil
}

// table checks one table, or that a stream of references begins there; it gives
// the place of the one before, or -1.
func table(b []byte, at int) (previous int, ok bool) {
	nodes := 4 * maxObjects
	l := lexer{b: b, at: at, nodes: &nodes}
	l.skip()
	if l.at < len(b) && isDigit(b[l.at]) {
		return -1, objectAt(b, l.at)
	}
	if l.token() != "xref" {
		return 0, false
	}
	for {
		l.skip()
		if l.at < len(b) && !isDigit(b[l.at]) {
			break
		}
		if !section(&l) {
			return 0, false
		}
	}
	if l.token() != "trailer" {
		return 0, false
	}
	trailer, ok := l.value(0)
	if !ok || trailer.kind != dictValue {
		return 0, false
	}
	if p := trailer.dict["Prev"]; p.kind == numberValue && p.num >= 0 {
		return int(p.num), true
	}
	return -1, true
}

// section checks the lines of one section of a table.
func section(l *lexer) bool {
	_, err1 := strconv.ParseUint(l.token(), 10, 31)
	l.skip()
	count, err2 := strconv.ParseUint(l.token(), 10, 31)
	if err1 != nil || err2 != nil || count > maxObjects {
		return false
	}
	for range count {
		l.skip()
		place, err := strconv.Atoi(l.token())
		l.skip()
		_, err1 := strconv.ParseUint(l.token(), 10, 17)
		l.skip()
		use := l.token()
		if err != nil || err1 != nil || use != "n" && use != "f" {
			return false
		}
		if use == "n" && place > 0 && !objectAt(l.b, place) {
			return false
		}
	}
	return true
}

// objectAt tells "12 0 obj" at a place, blanks before it allowed.
func objectAt(b []byte, at int) bool {
	if at >= len(b) {
		return false
	}
	for range 2 {
		for at < len(b) && isSpace(b[at]) {
			at++
		}
		start := at
		for at < len(b) && isDigit(b[at]) {
			at++
		}
		if at == start {
			return false
		}
	}
	for at < len(b) && isSpace(b[at]) {
		at++
	}
	return bytes.HasPrefix(b[at:], []byte("obj"))
}
