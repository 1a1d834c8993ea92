package search

import (
	"slices"
	"strings"

	"passerelle/search/memory"
)

// completions are the documents whose title begins with what is being typed.
// Until the last word is finished nothing says which of them is meant: they
// come before all others and in the order of the alphabet, as in a list of
// choices that the eye follows while typing goes on.
type completions struct {
	list []completion
}

type completion struct {
	of    *candidate
	title string // its stems
}

func (s *completions) add(c *candidate, w *memory.Words, title []uint32) {
	var b strings.Builder
	for _, id := range title {
		b.WriteString(w.Stem(id))
		b.WriteByte(' ')
	}
	s.list = append(s.list, completion{c, b.String()})
}

const (
	// completes is above what any other document can have.
	completes = 3
	// perPlace parts neighbours of the alphabet; hundreds of them count for less
	// than an open registration.
	perPlace = 0.02 / closely
)

// settle gives each its score, titles that are equal an equal one.
func (s *completions) settle() {
	slices.SortFunc(s.list, func(a, b completion) int { return strings.Compare(a.title, b.title) })
	place := 0
	for i, x := range s.list {
		if i > 0 && x.title != s.list[i-1].title {
			place++
		}
		x.of.score = completes + prior[min(x.of.kind, 3)] + openWorth*float32(x.of.open) - perPlace*float32(place)
	}
}

// fewest is how many words, the last one unfinished, say that a title is being
// written.
const fewest = 2

func (l *look) writing() bool {
	last := l.run.sought.terms[len(l.run.sought.terms)-1]
	return len(l.terms) >= fewest && last.typing && last.mended == "" && (!last.exact || l.begun != "")
}

// begins reports a title that begins with the words typed, in their order.
// People leave out short words and the type of a diploma: those that nothing
// stands for do not count.
func (l *look) begins(title []uint32) bool {
	next := 0
	for _, id := range title {
		if next == len(l.terms) {
			return l.begun == "" || strings.HasPrefix(l.run.view.Words.Stem(id), l.begun)
		}
		switch {
		case slices.ContainsFunc(l.stands[id], func(w worth) bool { return w.term == next }):
			next++
		case len(l.run.view.Words.Stem(id)) > 3:
			return false
		}
	}
	return next == len(l.terms) && l.begun == ""
}
