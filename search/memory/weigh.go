package memory

import (
	"math/bits"
	"sync"
)

// Weights say how a word counts by field (BM25F).
type Weights struct {
	Field  [Fields]float32 // worth of a word in the field
	Length [Fields]float32 // 0: length does not matter, 1: only the share of the field does
	K1     float32         // the smaller, the sooner repeating a word brings nothing
}

// Alternative is a word of the documents that stands for a word of the query,
// with its worth from 0 to 1.
type Alternative struct {
	Word  uint32
	Worth float32
	Weak  bool // a likeness: adds to the score, does not make the word present
}

// Term is a word of the query.
type Term struct {
	Any    []Alternative
	Rarity float32
}

// Branch is one way to say a Unit: all its terms.
type Branch struct {
	Terms []Term
	Worth float32
}

// Unit is a word, or several that a synonym replaces as a whole.
type Unit struct {
	Branches []Branch // the first is what was typed
	Optional bool
}

// MostUnits is how many units a query may have.
const MostUnits = 32

// Match is a document that holds something of the query.
type Match struct {
	Slot  uint16
	Held  uint32 // a bit per unit held whole
	Score float32
}

// Matches are those of one segment.
type Matches struct {
	Shard int
	List  []Match
}

// scale holds what the length of each field does to its words.
type scale [Fields][256]float32

func (v *View) scale(w *Weights) *scale {
	s := new(scale)
	for f := range s {
		for code := range s[f] {
			b := float64(w.Length[f])
			s[f][code] = w.Field[f] / float32(1-b+b*lengthOf(uint8(code))/max(v.mean[f], 1))
		}
	}
	return s
}

// sums is the working memory of one query.
type sums struct {
	term, branch, unit, score [segmentSize]float32
	parts                     [segmentSize]uint8 // terms of the branch that are there
	held                      [segmentSize]uint32
	termSlots, unitSlots, all []uint16
	branchSlots               []uint16
	firm                      [segmentSize / 64]uint64
	seen, unitSeen            [segmentSize / 64]uint64
}

var pool = sync.Pool{New: func() any { return new(sums) }}

// Weigh scores the documents that hold any of the units, dead ones left out;
// a score is the sum of rarities times how well each word is held, from 0 to 1.
func (v *View) Weigh(units []Unit, w *Weights) []Matches {
	s, _ := pool.Get().(*sums)
	defer pool.Put(s)
	norms := v.scale(w)
	list := make([]Matches, 0, len(v.shards))
	for i := range v.shards {
		if m := s.weigh(&v.shards[i], units, norms, w.K1); len(m) > 0 {
			list = append(list, Matches{Shard: i, List: m})
		}
	}
	return list
}

func (s *sums) weigh(sh *shard, units []Unit, norms *scale, k1 float32) []Match {
	s.all = s.all[:0]
	for u := range units {
		s.sayUnit(sh, &units[u], norms, k1)
		bit := uint32(1) << u
		for _, slot := range s.unitSlots {
			if s.seen[slot>>6]&(1<<(slot&63)) == 0 {
				s.seen[slot>>6] |= 1 << (slot & 63)
				s.all = append(s.all, slot)
			}
			s.score[slot] += s.unit[slot]
			if s.unitSeen[slot>>6]&(1<<(slot&63)) != 0 {
				s.held[slot] |= bit
				s.unitSeen[slot>>6] &^= 1 << (slot & 63)
			}
			s.unit[slot] = 0
		}
	}
	matches := make([]Match, 0, len(s.all))
	// In the order of slots: columns are then read one after the other.
	for i, set := range s.seen {
		for ; set != 0; set &= set - 1 {
			slot := uint16(i<<6 | bits.TrailingZeros64(set))
			if sh.alive(slot) {
				matches = append(matches, Match{Slot: slot, Held: s.held[slot], Score: s.score[slot]})
			}
			s.held[slot], s.score[slot] = 0, 0
		}
		s.seen[i] = 0
	}
	return matches
}

// sayUnit leaves in unit the best that a branch gives each document.
func (s *sums) sayUnit(sh *shard, u *Unit, norms *scale, k1 float32) {
	s.unitSlots = s.unitSlots[:0]
	for b := range u.Branches {
		branch := &u.Branches[b]
		s.branchSlots = s.branchSlots[:0]
		for t := range branch.Terms {
			s.sayTerm(sh, &branch.Terms[t], norms)
			for _, slot := range s.termSlots {
				x := s.term[slot]
				s.term[slot] = 0
				if s.branch[slot] == 0 {
					s.branchSlots = append(s.branchSlots, slot)
				}
				s.branch[slot] += branch.Terms[t].Rarity * x / (k1 + x)
				if s.firm[slot>>6]&(1<<(slot&63)) != 0 {
					s.firm[slot>>6] &^= 1 << (slot & 63)
					s.parts[slot]++
				}
			}
		}
		for _, slot := range s.branchSlots {
			whole := int(s.parts[slot]) == len(branch.Terms)
			if x := s.branch[slot] * branch.Worth; whole || b == 0 {
				if s.unit[slot] == 0 {
					s.unitSlots = append(s.unitSlots, slot)
				}
				s.unit[slot] = max(s.unit[slot], x)
				if whole {
					s.unitSeen[slot>>6] |= 1 << (slot & 63)
				}
			}
			s.branch[slot], s.parts[slot] = 0, 0
		}
	}
}

func (s *sums) sayTerm(sh *shard, t *Term, norms *scale) {
	s.termSlots = s.termSlots[:0]
	for _, a := range t.Any {
		slots, counts := sh.postings(a.Word)
		for i, slot := range slots {
			x := a.Worth * weight(counts[i], sh.segment, slot, norms)
			if s.term[slot] == 0 {
				s.termSlots = append(s.termSlots, slot)
			}
			s.term[slot] += x
			if !a.Weak {
				s.firm[slot>>6] |= 1 << (slot & 63)
			}
		}
	}
}

// weight is how much a document has of a word, lengths taken into account.
func weight(n uint16, s *segment, slot uint16, norms *scale) float32 {
	var x float32
	if c := n & (1<<titleBits - 1); c != 0 {
		x = float32(c) * norms[Title][s.lengths[Title][slot]]
	}
	if c := n >> acronymShift & (1<<acronymBits - 1); c != 0 {
		x += float32(c) * norms[Acronym][s.lengths[Acronym][slot]]
	}
	if c := n >> otherShift & (1<<otherBits - 1); c != 0 {
		x += float32(c) * norms[Other][s.lengths[Other][slot]]
	}
	if c := n >> bodyShift; c != 0 {
		x += float32(c) * norms[Body][s.lengths[Body][slot]]
	}
	return x
}
