package search

import (
	"math"
	"slices"
	"strings"

	"passerelle/models/catalogue"
	"passerelle/models/catalogue/words"
)

// term is one word of the query with all that may stand for it.
type term struct {
	word      words.Word
	typing    bool // the last one, perhaps unfinished
	optional  bool // counts when found, is not required
	docs      int  // documents that have it
	rarity    float32
	exact     bool               // the vocabulary has it as typed
	synonym   bool               // another word may stand for it
	prefix    string             // its beginning is sought in the index
	lexemes   map[string]float32 // stem → worth, from 1
	mended    string             // surface that replaces a misspelt word
	completed string             // most common word that it begins
}

// unit is one or several terms that a synonym may replace as a whole.
type unit struct {
	terms        []*term
	alternatives [][]string // each a list of stems, all required
}

// sought is an understood query.
type sought struct {
	text      string
	terms     []*term // as typed
	units     []*unit // required
	corrected string
	suggested string
	hopeless  bool // a word that nothing resembles
}

// cut makes the terms of a text. The last is being typed unless a blank
// follows it.
func cut(text string) []*term {
	list := []*term{}
	for _, w := range words.Cut(text) {
		list = append(list, &term{word: w, lexemes: map[string]float32{}})
		if len(list) == longestQuery {
			break
		}
	}
	if n := len(list); n > 0 && list[n-1].word.End == len(text) {
		list[n-1].typing = true
	}
	return list
}

// longestQuery is how many words of a query are read.
const longestQuery = 24

// rarity weighs a word by how few documents have it.
func rarity(docs, total int) float32 {
	n := float64(max(total, docs, 1))
	return float32(math.Log(1 + (n-float64(docs)+0.5)/(float64(docs)+0.5)))
}

// literal is the text itself when it holds signs and no word at all, as « % »:
// it is sought as it stands rather than left out (P4.3).
func (s *sought) literal() string {
	if len(s.terms) > 0 {
		return ""
	}
	return strings.TrimSpace(s.text)
}

// known tells whether any document has the word, as it is or as something
// close.
func (t *term) known() bool { return len(t.lexemes) > 0 || t.prefix != "" }

// query is the tsquery that every required unit makes; empty for none.
func (s *sought) query() string {
	var parts []string
	for _, u := range s.units {
		parts = append(parts, u.query())
	}
	return strings.Join(parts, " & ")
}

// someQuery asks for any of the rarest units, so that what misses one word is
// still found.
func (s *sought) someQuery() string {
	units := slices.Clone(s.units)
	slices.SortStableFunc(units, func(a, b *unit) int { return int(1000 * (b.rarity() - a.rarity())) })
	var parts []string
	for _, u := range units[:min(len(units), 4)] {
		parts = append(parts, u.query())
	}
	return strings.Join(parts, " | ")
}

func (u *unit) rarity() float32 {
	var sum float32
	for _, t := range u.terms {
		sum += t.rarity
	}
	return sum
}

func (u *unit) query() string {
	var all, options []string
	for _, t := range u.terms {
		if t.known() {
			all = append(all, t.query())
		}
	}
	if len(all) == len(u.terms) {
		options = append(options, strings.Join(all, " & "))
	}
	for _, stems := range u.alternatives {
		var each []string
		for _, s := range stems {
			each = append(each, "'"+s+"'")
		}
		options = append(options, "("+strings.Join(each, " & ")+")")
	}
	return "(" + strings.Join(options, " | ") + ")"
}

func (t *term) query() string {
	var options []string
	for lexeme := range t.lexemes {
		if t.prefix == "" || !strings.HasPrefix(lexeme, t.prefix) {
			options = append(options, "'"+lexeme+"'")
		}
	}
	slices.Sort(options)
	if t.prefix != "" {
		options = append(options, "'"+t.prefix+"':*")
	}
	return "(" + strings.Join(options, " | ") + ")"
}

// completion writes the text with its last word finished, when it is begun.
func (s *sought) completion() string {
	if n := len(s.terms); n > 0 && s.terms[n-1].typing && s.terms[n-1].completed != "" {
		t := s.terms[n-1]
		if words.Fold(t.completed) != t.word.Folded {
			return s.text[:t.word.Start] + t.completed
		}
	}
	return ""
}

// mend rewrites the text with the surfaces of the mended words.
func (s *sought) mend() string {
	var b strings.Builder
	at := 0
	for _, t := range s.terms {
		if t.mended != "" {
			b.WriteString(s.text[at:t.word.Start])
			b.WriteString(t.mended)
			at = t.word.End
		}
	}
	b.WriteString(s.text[at:])
	return b.String()
}

// worths maps the short names of stems to the terms that they answer.
type worth struct {
	term  int
	value float32
}

func (s *sought) worths() map[uint32][]worth {
	m := map[uint32][]worth{}
	for i, t := range s.terms {
		for lexeme, value := range t.lexemes {
			id := catalogue.WordID(lexeme)
			m[id] = append(m[id], worth{term: i, value: value})
		}
	}
	return m
}
