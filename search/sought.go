package search

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"passerelle/models/catalogue/words"
	"passerelle/search/memory"
)

// term is one word of the query with all that may stand for it.
type term struct {
	word      words.Word
	typing    bool // the last one, perhaps unfinished
	optional  bool // counts when found, is not required
	stop      bool // says little by itself
	unknown   bool // nothing resembles it: left out
	docs      int  // documents that have it
	rarity    float32
	exact     bool               // the vocabulary has it as typed
	synonym   bool               // another word may stand for it
	prefix    string             // its beginning is sought in the index
	lexemes   map[string]float32 // stem → worth, from 1
	weak      map[string]float32 // look-alikes
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
	unknown   bool // nothing resembles a word that matters: no document holds all of them
	hopeless  bool // nothing resembles any of them
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
// it is sought as it stands in the titles rather than left out (P4.3).
func (s *sought) literal() string {
	if len(s.terms) > 0 {
		return ""
	}
	return strings.TrimSpace(s.text)
}

// known tells whether any document has the word, as it is or as something
// close.
func (t *term) known() bool { return len(t.lexemes) > 0 || len(t.weak) > 0 }

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

// compile makes the units of a query in the numbers of the vocabulary: those
// required first, in their order, then the optional words.
func (s *sought) compile(w *memory.Words, total int) []memory.Unit {
	list := []memory.Unit{}
	for _, u := range s.units {
		list = append(list, u.compile(w, total))
	}
	for _, t := range s.terms {
		if t.optional && t.known() && len(list) < memory.MostUnits {
			one := t.compile(w)
			one.Rarity *= optionalWorth
			list = append(list, memory.Unit{Optional: true, Branches: []memory.Branch{{Terms: []memory.Term{one}, Worth: 1}}})
		}
	}
	return list
}

// optionalWorth is what a word that is not required counts for.
const optionalWorth = 0.1

// synonymOf is what a synonym is worth beside the word.
const synonymOf = 0.75

func (u *unit) compile(w *memory.Words, total int) memory.Unit {
	own := memory.Branch{Worth: 1}
	for _, t := range u.terms {
		own.Terms = append(own.Terms, t.compile(w))
	}
	made := memory.Unit{Branches: []memory.Branch{own}}
	for _, stems := range u.alternatives {
		branch := memory.Branch{Worth: synonymOf}
		for _, stem := range stems {
			id, ok := w.Find(stem)
			if !ok {
				break
			}
			branch.Terms = append(branch.Terms, memory.Term{Any: []memory.Alternative{{Word: id, Worth: 1}}, Rarity: rarity(w.Docs(id), total)})
		}
		if len(branch.Terms) == len(stems) {
			made.Branches = append(made.Branches, branch)
		}
	}
	return made
}

func (t *term) compile(w *memory.Words) memory.Term {
	one := memory.Term{Rarity: t.rarity}
	for weak, list := range []map[string]float32{t.lexemes, t.weak} {
		for stem, worth := range list {
			if id, ok := w.Find(stem); ok {
				one.Any = append(one.Any, memory.Alternative{Word: id, Worth: worth, Weak: weak == 1})
			}
		}
	}
	slices.SortFunc(one.Any, func(a, b memory.Alternative) int { return cmp.Compare(a.Word, b.Word) })
	return one
}

func (u *unit) rarity() float32 {
	var sum float32
	for _, t := range u.terms {
		sum += t.rarity
	}
	return sum
}
