package search

import (
	"slices"
	"strings"

	"passerelle/search/memory"
)

// look compares the words of one document with those typed, in their order.
type look struct {
	run    *run
	terms  []*term            // required ones, as typed
	stands map[uint32][]worth // word → terms that it stands for
	fields [memory.Fields][]uint32
	best   []float32
	place  []int
	begun  string // of a word of which one letter is typed
	list   completions
}

type worth struct {
	term  int
	value float32
}

func newLook(r *run) *look {
	l := &look{run: r, stands: map[uint32][]worth{}}
	for _, u := range r.sought.units {
		l.terms = append(l.terms, u.terms...)
	}
	for i, t := range l.terms {
		for stem, value := range t.lexemes {
			if id, ok := r.view.Words.Find(stem); ok {
				l.stands[id] = append(l.stands[id], worth{i, value})
			}
		}
	}
	if n := len(r.sought.terms); n > 0 && r.sought.terms[n-1].typing && len(r.sought.terms[n-1].word.Folded) == 1 {
		l.begun = r.sought.terms[n-1].word.Folded
	}
	l.best, l.place = make([]float32, len(l.terms)), make([]int, len(l.terms))
	return l
}

// Bonuses, on a scale where a document that says nothing but the query in its
// title has about 1.
const (
	bonusShare   = 0.30 // the title says nothing else
	bonusBegins  = 0.05 // the title begins with the first word typed
	bonusOrder   = 0.10 // words side by side in the title, as typed
	bonusTyping  = 0.30 // the same while the last word is not finished: a title is being written
	bonusWhole   = 0.15 // the title is the query
	bonusAcronym = 0.30 // so is the acronym
	bonusNear    = 0.15 // words side by side in the text
	bonusBegun   = 0.10 // a word of the title begins with the one letter typed
)

// at gives what the closer look adds, and the title in short.
func (l *look) at(c *candidate) (bonus float32, named uint32) {
	l.run.view.Read(int(c.shard), c.slot, &l.fields)
	title := l.fields[memory.Title]
	clear(l.best)
	for i := range l.place {
		l.place[i] = -1
	}
	matched := 0
	for at, id := range title {
		named = named*31 + id + 1
		hits := l.stands[id]
		if len(hits) > 0 {
			matched++
		}
		for _, h := range hits {
			l.best[h.term] = max(l.best[h.term], h.value)
			if l.place[h.term] < 0 {
				l.place[h.term] = at
			}
		}
	}
	if len(title) > 0 {
		bonus += bonusShare * float32(matched) / float32(len(title))
	}
	if l.begun != "" && slices.ContainsFunc(title, func(id uint32) bool { return strings.HasPrefix(l.run.view.Words.Stem(id), l.begun) }) {
		bonus += bonusBegun
	}
	if l.writing() && l.begins(title) {
		l.list.add(c, l.run.view.Words, title)
	}
	return bonus + l.order() + l.whole(title, matched) + l.acronym() + bonusNear*l.near(), named
}

// order rewards words that stand in the title as they were typed, side by
// side, and a title that begins with them.
func (l *look) order() float32 {
	var bonus float32
	pairs, good, last := 0, 0, -2
	for i := range l.terms {
		if last > -2 {
			pairs++
			if l.place[i] >= 0 && l.place[i] == last+1 {
				good++
			}
		} else if l.place[i] == 0 {
			bonus += bonusBegins
		}
		last = l.place[i]
		if last < 0 {
			last = -1 << 20
		}
	}
	if pairs > 0 {
		worth := float32(bonusOrder)
		if last := l.run.sought.terms[len(l.run.sought.terms)-1]; last.typing && !last.exact {
			worth = bonusTyping
		}
		bonus += worth * float32(good) / float32(pairs)
	}
	return bonus
}

// whole rewards a title that is the query and nothing more.
func (l *look) whole(title []uint32, matched int) float32 {
	if matched == 0 || matched < len(title) || slices.ContainsFunc(l.best, func(x float32) bool { return x < 0.8 }) {
		return 0
	}
	return bonusWhole
}

// acronym rewards one that is the query.
func (l *look) acronym() float32 {
	if len(l.terms) != 1 {
		return 0
	}
	id, ok := l.run.view.Words.Find(l.terms[0].word.Stem)
	if !ok || !slices.Contains(l.fields[memory.Acronym], id) {
		return 0
	}
	return bonusAcronym
}

// near is the share of the pairs typed that stand side by side in the text.
func (l *look) near() float32 {
	if len(l.terms) < 2 || len(l.fields[memory.Body]) == 0 {
		return 0
	}
	good := 0
	for i := range len(l.terms) - 1 {
		if l.together(i, i+1) {
			good++
		}
	}
	return float32(good) / float32(len(l.terms)-1)
}

// window is how far apart words still belong together.
const window = 3

func (l *look) together(a, b int) bool {
	lastA := -1 - window
	for at, id := range l.fields[memory.Body] {
		for _, h := range l.stands[id] {
			if h.term == a {
				lastA = at
			}
			if h.term == b && at > lastA && at-lastA <= window {
				return true
			}
		}
	}
	return false
}
