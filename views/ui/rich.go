package ui

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"
)

// Sup writes a text whose French ordinals ("1er février") have their letters raised.
type Sup string

// Render writes the text, escaped.
func (s Sup) Render(_ context.Context, w io.Writer) error {
	rest := string(s)
	for {
		at := ordinal(rest)
		if at < 0 {
			_, err := io.WriteString(w, templ.EscapeString(rest))
			return err
		}
		if _, err := io.WriteString(w, templ.EscapeString(rest[:at])+"<sup>er</sup>"); err != nil {
			return err
		}
		rest = rest[at+2:]
	}
}

// ordinal finds the "er" of a "1er" that stands alone, -1 when there is none.
func ordinal(s string) int {
	from := 0
	for {
		at := strings.Index(s[from:], "1er")
		if at < 0 {
			return -1
		}
		at += from
		before := at == 0 || !isWord(s[at-1])
		after := at+3 >= len(s) || !isWord(s[at+3])
		if before && after {
			return at + 1
		}
		from = at + 3
	}
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// Rich writes a text in which **words** are strong. Everything is escaped; nothing else
// has a meaning, so that messages may hold it and answers may not: never pass typed text.
type Rich string

// Render writes the text.
func (r Rich) Render(ctx context.Context, w io.Writer) error {
	for n, part := range strings.Split(string(r), "**") {
		open, shut := "", ""
		if n%2 == 1 {
			open, shut = "<strong>", "</strong>"
		}
		if _, err := io.WriteString(w, open); err != nil {
			return err
		}
		if err := Sup(part).Render(ctx, w); err != nil {
			return err
		}
		if _, err := io.WriteString(w, shut); err != nil {
			return err
		}
	}
	return nil
}

// Lines writes a typed text and keeps its line breaks.
type Lines string

// Render writes the lines, escaped.
func (l Lines) Render(_ context.Context, w io.Writer) error {
	text := strings.ReplaceAll(strings.TrimSpace(string(l)), "\r\n", "\n")
	_, err := io.WriteString(w, strings.ReplaceAll(templ.EscapeString(text), "\n", "<br>"))
	return err
}

// Mark is a piece of text; Hit when it was found (a search) or differs (a conflict).
type Mark struct {
	Text string
	Hit  bool
}

// Marks writes pieces of text, the hits in <mark>.
type Marks []Mark

// Render writes the pieces, escaped.
func (m Marks) Render(_ context.Context, w io.Writer) error { return writeMarks(w, m, "mark") }

// Differing writes pieces of text, the hits in <ins>: what one side of a conflict has alone.
type Differing []Mark

// Render writes the pieces, escaped.
func (d Differing) Render(_ context.Context, w io.Writer) error { return writeMarks(w, d, "ins") }

func writeMarks(w io.Writer, pieces []Mark, tag string) error {
	var out strings.Builder
	for _, p := range pieces {
		text := templ.EscapeString(p.Text)
		if p.Hit && p.Text != "" {
			text = "<" + tag + ">" + text + "</" + tag + ">"
		}
		out.WriteString(text)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// Plainly is the text of the pieces, without marks.
func Plainly(pieces []Mark) string {
	var out strings.Builder
	for _, p := range pieces {
		out.WriteString(p.Text)
	}
	return out.String()
}

// Diff compares two answers word by word and marks on each side what the other lacks.
// Beyond 400 words a side, the whole differs.
func Diff(a, b string) (Differing, Differing) {
	left, right := words(a), words(b)
	if len(left) > 400 || len(right) > 400 {
		return Differing{{a, a != b}}, Differing{{b, a != b}}
	}
	common := longest(left, right)
	return differing(left, common), differing(right, common)
}

// words cuts before each word and each mark of punctuation, so that joining gives the text back.
func words(s string) []string {
	var out []string
	start, before := 0, ' '
	for i, r := range s {
		if i > start && (isMark(r) || isSpace(before) && !isSpace(r) || isMark(before) && !isSpace(r)) {
			out, start = append(out, s[start:i]), i
		}
		before = r
	}
	if start < len(s) {
		out = append(out, s[start:])
	}
	return out
}

func isSpace(r rune) bool {
	return r == ' ' || r == '\n' || r == '\r' || r == '\t' || r == '\u00a0' || r == '\u202f'
}

func isMark(r rune) bool { return strings.ContainsRune(",;.:!?()/'’-", r) }

// longest is the longest common run of words, in order.
func longest(a, b []string) []string {
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if same(a[i], b[j]) {
				table[i][j] = table[i+1][j+1] + 1
			} else {
				table[i][j] = max(table[i+1][j], table[i][j+1])
			}
		}
	}
	var out []string
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case same(a[i], b[j]):
			out = append(out, a[i])
			i, j = i+1, j+1
		case table[i+1][j] >= table[i][j+1]:
			i++
		default:
			j++
		}
	}
	return out
}

func same(a, b string) bool { return strings.TrimSpace(a) == strings.TrimSpace(b) }

func differing(all, common []string) Differing {
	var out Differing
	for _, word := range all {
		hit := true
		if len(common) > 0 && same(word, common[0]) {
			hit, common = false, common[1:]
		}
		if n := len(out); n > 0 && out[n-1].Hit == hit {
			out[n-1].Text += word
			continue
		}
		out = append(out, Mark{word, hit})
	}
	return out
}
