package search

import (
	"strings"
	"unicode/utf8"

	"passerelle/models/catalogue/words"
)

// marker puts marks around the words that answer a query.
type marker struct{ stems map[string]bool }

func newMarker(s *sought) *marker {
	m := &marker{stems: map[string]bool{}}
	for _, t := range s.terms {
		if t.word.Stop && !t.exact {
			continue
		}
		for lexeme := range t.lexemes {
			m.stems[lexeme] = true
		}
	}
	for _, u := range s.units {
		for _, stems := range u.alternatives {
			for _, stem := range stems {
				m.stems[stem] = true
			}
		}
	}
	return m
}

func (m *marker) matches(w words.Word) bool { return m.stems[w.Stem] }

func (m *marker) title(text string) Marked {
	text = unmark(text)
	return m.mark(text, words.Cut(text), 0, len(text))
}

func (m *marker) mark(text string, cut []words.Word, from, to int) Marked {
	var b strings.Builder
	at := from
	for _, w := range cut {
		if w.Start < from || w.End > to || w.Stop && text[w.Start:w.End] != strings.ToUpper(text[w.Start:w.End]) || !m.matches(w) {
			continue
		}
		b.WriteString(text[at:w.Start])
		b.WriteRune(MarkStart)
		b.WriteString(text[w.Start:w.End])
		b.WriteRune(MarkEnd)
		at = w.End
	}
	b.WriteString(text[at:to])
	return Marked(b.String())
}

// excerptLength is about how many bytes of a text a result shows.
const excerptLength = 220

// excerpt is the beginning of a text, or the surroundings of the first match.
func (m *marker) excerpt(text string) Marked {
	text = strings.Join(strings.Fields(unmark(text)), " ")
	if text == "" {
		return ""
	}
	cut := words.Cut(text)
	first := -1
	for _, w := range cut {
		if !w.Stop && m.matches(w) {
			first = w.Start
			break
		}
	}
	from := 0
	if first > excerptLength*2/3 {
		from = first - excerptLength/3
		if i := strings.IndexByte(text[from:], ' '); i >= 0 && from+i < first {
			from += i + 1
		}
		for from < len(text) && !utf8.RuneStart(text[from]) {
			from++
		}
	}
	to := min(from+excerptLength, len(text))
	if to < len(text) {
		if i := strings.LastIndexByte(text[from:to], ' '); i > 0 {
			to = from + i
		}
		for !utf8.RuneStart(text[to]) {
			to--
		}
	}
	excerpt := m.mark(text, cut, from, to)
	if from > 0 {
		excerpt = "… " + excerpt
	}
	if to < len(text) {
		excerpt += " …"
	}
	return excerpt
}
