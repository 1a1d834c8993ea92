package search

import (
	"cmp"
	"slices"

	"passerelle/models/catalogue"
	"passerelle/search/memory"
)

// run is one search under way: documents are weighed by their words, filtered
// and counted in one pass, and the first few hundred looked at closely.
type run struct {
	*corpus
	q      Query
	sought *sought
	units  []memory.Unit
	filter *filter
	counts *counts
	total  float32 // rarity of all required units
	partly bool    // some words may be missing
	lesser int     // results that miss some
	found  []candidate
}

// candidate is a document that passes the selection.
type candidate struct {
	no     uint32
	shard  uint16
	slot   uint16
	score  float32
	kind   uint8
	open   uint8  // 2 open, 1 waiting list, 0 neither
	title  uint8  // length of the title
	starts uint16 // next start and deadline among the sessions that answer
	closes uint16
	named  uint32 // the title in short, to tell equal ones; of the first few hundred
}

func newRun(c *corpus, q Query, s *sought) *run {
	r := &run{corpus: c, q: q, sought: s, filter: newFilter(q, c.labels), counts: newCounts()}
	r.units = s.compile(c.view.Words, c.view.Total)
	for _, u := range s.units {
		r.total += u.rarity()
	}
	return r
}

// collect weighs and counts; only, where not nil, says which documents may be
// found at all.
func (r *run) collect(only numberSet) {
	switch {
	case r.sought.hopeless && r.q.Exact:
	case len(r.units) == 0 && !r.sought.hopeless:
		taker := r.taker()
		r.view.Each(func(shard int, slot uint16) {
			r.view.Row(shard, slot, &taker.row)
			if only == nil || only.has(taker.row.No) {
				taker.take(shard, slot, 0)
			}
		})
	default:
		r.takeMatches()
	}
}

// takeMatches keeps what holds every required unit. Where that is little, what
// holds most of the query joins it, and the words of the same family with it.
func (r *run) takeMatches() {
	var matches []memory.Matches
	whole := 0
	if !r.sought.hopeless {
		matches = r.view.Weigh(r.units, &r.set.weights)
		whole = r.whole(matches)
	}
	if whole < enough && !r.q.Exact {
		r.partly = true
		r.again()
		if r.sought.hopeless {
			return
		}
		matches = r.view.Weigh(r.units, &r.set.weights)
	}
	bar := leastOfBest * r.highest(matches)
	required := r.required()
	taker := r.taker()
	scale := 1 / max(r.total, optionalWorth)
	for _, m := range matches {
		for _, x := range m.List {
			whole := x.Held&required == required
			if !whole && (!r.partly || x.Score < bar) {
				continue
			}
			r.view.Row(m.Shard, x.Slot, &taker.row)
			before := len(r.found)
			if taker.take(m.Shard, x.Slot, x.Score*scale); !whole {
				r.lesser += len(r.found) - before
			}
		}
	}
}

// enough results hold the whole query: nothing else is shown.
const enough = 100

// leastOfBest is the part of the best score under which what does not hold the
// whole query is no result.
const leastOfBest = 0.3

func (r *run) required() uint32 { return uint32(1)<<len(r.sought.units) - 1 }

func (r *run) whole(matches []memory.Matches) int {
	n, required := 0, r.required()
	for _, m := range matches {
		for _, x := range m.List {
			if x.Held&required == required {
				n++
			}
		}
	}
	return n
}

func (r *run) highest(matches []memory.Matches) float32 {
	var best float32
	for _, m := range matches {
		for _, x := range m.List {
			best = max(best, x.Score)
		}
	}
	return best
}

// given takes the documents that another engine found.
func (r *run) given(list []Match) {
	scores := make(map[uint32]float32, len(list))
	for _, m := range list {
		scores[m.No] = m.Score
	}
	taker := r.taker()
	for _, m := range r.view.Pick(scores) {
		for _, x := range m.List {
			r.view.Row(m.Shard, x.Slot, &taker.row)
			taker.take(m.Shard, x.Slot, x.Score)
		}
	}
}

// taker filters, counts and keeps documents one after the other.
type taker struct {
	run         *run
	row         memory.Row
	occurrences []catalogue.Occurrence
	fates       []fate
}

func (r *run) taker() *taker { return &taker{run: r} }

func (t *taker) take(shard int, slot uint16, score float32) {
	r, row := t.run, &t.row
	t.occurrences, t.fates = t.occurrences[:0], t.fates[:0]
	for b := row.Occurrences; len(b) >= catalogue.OccurrenceSize; b = b[catalogue.OccurrenceSize:] {
		o := catalogue.ReadOccurrence(b)
		t.occurrences, t.fates = append(t.occurrences, o), append(t.fates, r.filter.occurrence(o))
	}
	failed := r.filter.document(row)
	r.counts.count(row, t.occurrences, t.fates, failed, r.filter.selected)
	if failed != 0 {
		return
	}
	c := candidate{no: row.No, shard: uint16(shard), slot: slot, kind: row.Kind, title: row.TitleWords}
	fits := r.filter.selected&perSession == 0
	for i, x := range t.fates {
		if x.failed != 0 || x.past && r.filter.selected&perSession != 0 {
			continue
		}
		fits = true
		c.note(t.occurrences[i], x)
	}
	if !fits {
		return
	}
	c.score = score + prior[min(c.kind, 3)] + openWorth*float32(c.open)
	r.found = append(r.found, c)
}

// openWorth is what an open registration counts for, half of it a waiting list.
const openWorth = 0.02

// prior puts, at equal words, what can be applied to before what is read.
var prior = [4]float32{0, 0.05, 0, -0.02}

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

// closely is how many of the best are looked at word by word.
const closely = 400

// order brings the results of the page asked for, and those before it, to the
// front in their order; the rest stays as it is, sorting it would be for
// nothing.
func (r *run) order() {
	last := min(r.q.Page*r.q.PerPage, len(r.found))
	near := min(closely, len(r.found))
	r.best(max(last, near))
	if len(r.sought.units) == 0 {
		return
	}
	look := newLook(r)
	for i := range r.found[:near] {
		c := &r.found[i]
		bonus, named := look.at(c)
		c.score, c.named = c.score+bonus, named
	}
	look.list.settle()
	slices.SortFunc(r.found[:near], r.compare)
	spread(r.found[:near])
	slices.SortFunc(r.found[:near], r.compare)
}

// spread keeps programmes of one title and one rank, taught in dozens of
// universities, from filling the first page: each steps back a little more.
func spread(list []candidate) {
	type same struct {
		title uint32
		score float32
	}
	seen := map[same]int{}
	for i := range list {
		c := &list[i]
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

// best puts the wanted best first, in their order.
func (r *run) best(wanted int) {
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
