package search

import (
	"cmp"
	"encoding/binary"
	"slices"

	"passerelle/models/catalogue"
)

// run is one search under way: candidates are read card by card, counted and
// ranked in one pass.
type run struct {
	q      Query
	labels *labels
	sought *sought
	filter *filter
	counts *counts
	ranker *ranker
	partly bool // some words may be missing
	found  []candidate
}

// candidate is a document that passes the selection.
type candidate struct {
	no      uint32
	score   float32
	covered float32
	kind    uint8
	open    uint8  // 2 open, 1 waiting list, 0 neither
	starts  uint16 // next start and deadline among the sessions that answer
	closes  uint16
	title   uint8  // words of the title
	named   uint32 // the title in short, to tell equal ones
}

func newRun(q Query, l *labels, s *sought) *run {
	return &run{q: q, labels: l, sought: s, filter: newFilter(q, l), counts: newCounts(), ranker: newRanker(s)}
}

// weigh reads the candidates; false when their cards make no sense.
func (r *run) weigh(p packed) bool {
	var card catalogue.Card
	var occurrences []catalogue.Occurrence
	var fates []fate
	for len(p.numbers) > 0 {
		var ok bool
		if p.cards, ok = card.Read(p.cards); !ok || len(p.occurrences) < 2 {
			return false
		}
		n := int(binary.BigEndian.Uint16(p.occurrences))
		list := p.occurrences[2:]
		if len(list) < n*catalogue.OccurrenceSize {
			return false
		}
		occurrences, fates = occurrences[:0], fates[:0]
		for i := range n {
			o := catalogue.ReadOccurrence(list[i*catalogue.OccurrenceSize:])
			occurrences, fates = append(occurrences, o), append(fates, r.filter.occurrence(o))
		}
		r.take(binary.BigEndian.Uint32(p.numbers), &card, occurrences, fates)
		p.numbers, p.occurrences = p.numbers[4:], list[n*catalogue.OccurrenceSize:]
	}
	if r.partly {
		r.keepBest()
	}
	r.spread()
	return true
}

// spread keeps programmes of one title and one rank, taught in dozens of
// universities, from filling the first page: each steps back a little more.
func (r *run) spread() {
	if len(r.sought.terms) == 0 {
		return
	}
	type same struct {
		title uint32
		score float32
	}
	seen := map[same]int{}
	for i := range r.found {
		c := &r.found[i]
		if c.kind != kindProgramme {
			continue
		}
		key := same{c.named, c.score}
		c.score -= 0.06 * float32(min(seen[key], 10))
		seen[key]++
	}
}

// kindProgramme is the number of programmes in cards.
const kindProgramme = 2

func (r *run) take(no uint32, card *catalogue.Card, occurrences []catalogue.Occurrence, fates []fate) {
	score, covered := r.ranker.score(card)
	if r.partly && covered < leastCovered {
		return
	}
	failed := r.filter.document(card)
	r.counts.count(no, card, occurrences, fates, failed, r.filter.selected)
	if failed != 0 {
		return
	}
	c := candidate{no: no, kind: card.Kind, covered: covered, title: uint8(min(len(card.Title), 255))}
	fits := r.filter.selected&perSession == 0
	for _, id := range card.Title {
		c.named = c.named*31 + id
	}
	for i, x := range fates {
		if x.failed != 0 || x.past && r.filter.selected&perSession != 0 {
			continue
		}
		fits = true
		c.note(occurrences[i], x)
	}
	if !fits {
		return
	}
	c.score = score + prior[min(c.kind, 3)] + 0.02*float32(c.open)
	r.found = append(r.found, c)
}

// leastCovered is how much of the query, weighed by rarity, a document must
// hold when none holds it whole.
const leastCovered = 0.45

// prior puts, at equal words, what can be applied to before what is read.
var prior = [4]float32{0, 0.10, 0, -0.04}

func (c *candidate) note(o catalogue.Occurrence, x fate) {
	if o.Opens > 0 {
		switch x.state {
		case catalogue.Open:
			c.open = 2
		case catalogue.Waiting:
			c.open = max(c.open, 1)
		}
	}
	if x.past {
		return
	}
	if x.begins >= 0 && (c.starts == 0 || o.Starts < c.starts) {
		c.starts = o.Starts
	}
	if x.deadline >= 0 && (c.closes == 0 || o.Closes < c.closes) {
		c.closes = o.Closes
	}
}

// keepBest drops what holds much less of the query than the best does.
func (r *run) keepBest() {
	var best float32
	for _, c := range r.found {
		best = max(best, c.covered)
	}
	r.found = slices.DeleteFunc(r.found, func(c candidate) bool { return c.covered < 0.8*best })
}

// order brings the results of the page asked for, and those before it, to the
// front in their order; the rest stays as it is, sorting it would be for
// nothing.
func (r *run) order() {
	wanted := min(r.q.Page*r.q.PerPage, len(r.found))
	if wanted*4 > len(r.found) {
		slices.SortFunc(r.found, r.compare)
		return
	}
	// The first wanted ones are a heap whose root is the last of them.
	top := r.found[:wanted]
	for i := wanted/2 - 1; i >= 0; i-- {
		r.sink(top, i)
	}
	for i := wanted; i < len(r.found); i++ {
		if r.compare(r.found[i], top[0]) < 0 {
			r.found[i], top[0] = top[0], r.found[i]
			r.sink(top, 0)
		}
	}
	slices.SortFunc(top, r.compare)
}

func (r *run) sink(top []candidate, i int) {
	for {
		last, left, right := i, 2*i+1, 2*i+2
		if left < len(top) && r.compare(top[left], top[last]) > 0 {
			last = left
		}
		if right < len(top) && r.compare(top[right], top[last]) > 0 {
			last = right
		}
		if last == i {
			return
		}
		top[i], top[last] = top[last], top[i]
		i = last
	}
}

// compare puts the better of two results first; no two are equal.
func (r *run) compare(a, b candidate) int {
	c := 0
	switch r.q.Sort {
	case ByStart:
		c = cmp.Compare(undated(a.starts), undated(b.starts))
	case ByDeadline:
		c = cmp.Compare(undated(a.closes), undated(b.closes))
	}
	if c == 0 {
		c = cmp.Compare(b.score, a.score)
	}
	if c == 0 {
		c = cmp.Compare(a.title, b.title)
	}
	if c == 0 {
		c = cmp.Compare(undated(a.closes), undated(b.closes))
	}
	if c == 0 {
		c = cmp.Compare(a.no, b.no)
	}
	return c
}

// undated makes no date the last of all.
func undated(day uint16) uint16 { return day - 1 }

// page is the part of what was found that the query asks for.
func (r *run) page() []candidate {
	from := min((r.q.Page-1)*r.q.PerPage, len(r.found))
	return r.found[from:min(from+r.q.PerPage, len(r.found))]
}
