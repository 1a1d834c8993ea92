package search

import "passerelle/models/catalogue"

// ranker scores a card against the query. Words weigh by rarity, count most in
// the title, and a title that says nothing else comes first.
type ranker struct {
	sought *sought
	worths map[uint32][]worth
	sieve  [256]uint64 // most words answer nothing: a bit says so before the map
	unitOf []int       // term → unit, -1 for an optional one
	total  float32
	// per document
	best  []float32
	place []int
}

func newRanker(s *sought) *ranker {
	r := &ranker{sought: s, worths: s.worths(), unitOf: make([]int, len(s.terms)), best: make([]float32, len(s.terms)), place: make([]int, len(s.terms))}
	for id := range r.worths {
		r.sieve[id>>6&255] |= 1 << (id & 63)
	}
	at := map[*term]int{}
	for i, t := range s.terms {
		r.unitOf[i] = -1
		at[t] = i
	}
	for u, unit := range s.units {
		for _, t := range unit.terms {
			r.unitOf[at[t]] = u
			r.total += t.rarity
		}
	}
	return r
}

// Worth of a match by where it stands.
const (
	inTitle   = 1.0
	inAcronym = 0.95
	inOthers  = 0.45
	inBody    = 0.2
	synonymOf = 0.75
)

// score gives a document's rank and which part of the query it holds, both
// about 0 to 1, the rank with up to 0.8 more for how it holds it.
func (r *ranker) score(card *catalogue.Card) (score, covered float32) {
	if len(r.sought.terms) == 0 {
		return 0, 1
	}
	clear(r.best)
	for i := range r.place {
		r.place[i] = -1
	}
	matched := 0
	for i, id := range card.Title {
		if r.match(id, inTitle, i) {
			matched++
		}
	}
	acronym := false
	for _, id := range card.Acronyms {
		acronym = r.match(id, inAcronym, -1) || acronym
	}
	for _, id := range card.Others {
		r.match(id, inOthers, -1)
	}
	var sum, held float32
	for _, u := range r.sought.units {
		gain, weight, has := r.unit(u, card)
		sum += gain
		if has {
			held += weight
		}
	}
	if r.total == 0 {
		return r.optionals(), 1
	}
	covered = held / r.total
	score = sum / r.total
	if len(card.Title) > 0 {
		score += 0.3 * float32(matched) / float32(len(card.Title))
	}
	return score + r.order() + r.whole(card, matched, acronym) + 0.1*r.optionals(), covered
}

// match notes the best place of a stem for the terms that it answers.
func (r *ranker) match(id uint32, field float32, place int) bool {
	if r.sieve[id>>6&255]&(1<<(id&63)) == 0 {
		return false
	}
	hits := r.worths[id]
	for _, w := range hits {
		if v := w.value * field; v > r.best[w.term] {
			r.best[w.term] = v
		}
		if place >= 0 && r.place[w.term] < 0 {
			r.place[w.term] = place
		}
	}
	return len(hits) > 0
}

// unit is what one unit brings: its own words, or a synonym of them.
func (r *ranker) unit(u *unit, card *catalogue.Card) (gain, weight float32, has bool) {
	missing := false
	for i, t := range r.sought.terms {
		if r.unitOf[i] < 0 || r.sought.units[r.unitOf[i]] != u {
			continue
		}
		weight += t.rarity
		if r.best[i] == 0 {
			missing = true
		}
		gain += t.rarity * r.best[i]
	}
	has = !missing
	for _, stems := range u.alternatives {
		if v := held(stems, card) * synonymOf; v > 0 {
			gain, has = max(gain, v*weight), true
		}
	}
	// A word that no card shows stands in the text, or is missing where some
	// may be.
	if gain == 0 {
		gain = inBody * weight
	}
	return gain, weight, has
}

// held is the worth of the place that holds all the stems, 0 for none.
func held(stems []string, card *catalogue.Card) float32 {
	worst := float32(inTitle)
	for _, stem := range stems {
		id := catalogue.WordID(stem)
		switch {
		case contains(card.Title, id):
		case contains(card.Acronyms, id):
			worst = min(worst, inAcronym)
		case contains(card.Others, id):
			worst = min(worst, inOthers)
		default:
			return 0
		}
	}
	return worst
}

func contains(list []uint32, id uint32) bool {
	for _, x := range list {
		if x == id {
			return true
		}
	}
	return false
}

// order rewards words that stand in the title as they were typed, side by
// side, and a title that begins with them.
func (r *ranker) order() float32 {
	var bonus float32
	pairs, good, last := 0, 0, -2
	for i := range r.sought.terms {
		if r.unitOf[i] < 0 {
			continue
		}
		if last > -2 {
			pairs++
			if r.place[i] >= 0 && r.place[i] == last+1 {
				good++
			}
		} else if r.place[i] == 0 {
			bonus += 0.05
		}
		last = r.place[i]
		if last < 0 {
			last = -1 << 20
		}
	}
	if pairs > 0 {
		bonus += 0.1 * float32(good) / float32(pairs)
	}
	return bonus
}

// whole rewards a title that is the query and nothing more, and an acronym
// that is.
func (r *ranker) whole(card *catalogue.Card, matched int, acronym bool) float32 {
	var bonus float32
	if matched == len(card.Title) && matched > 0 {
		all := true
		for i := range r.sought.terms {
			all = all && (r.unitOf[i] < 0 || r.best[i] >= 0.8)
		}
		if all {
			bonus = 0.15
		}
	}
	if acronym && len(r.sought.units) == 1 {
		t := r.sought.units[0].terms
		if len(t) == 1 && contains(card.Acronyms, catalogue.WordID(t[0].word.Stem)) {
			bonus += 0.3
		}
	}
	return bonus
}

// optionals is how many of the optional words a document has, from 0 to 1.
func (r *ranker) optionals() float32 {
	n, got := 0, float32(0)
	for i := range r.sought.terms {
		if r.unitOf[i] < 0 {
			n++
			got += r.best[i]
		}
	}
	if n == 0 {
		return 0
	}
	return got / float32(n)
}
