package search

import (
	"cmp"
	"slices"
	"strings"

	"passerelle/models/catalogue/words"
	"passerelle/search/memory"
)

// corpus is what one search works on: documents, labels and settings of one
// instant.
type corpus struct {
	view   *memory.View
	labels *labels
	set    *prepared
}

// understand turns a text into what is sought: known words, what a beginning
// may become, synonyms, mended words for those that no document has and, with
// relations, the words of the same family.
func (c *corpus) understand(q Query, relations bool) *sought {
	s := &sought{text: q.Text, terms: cut(q.Text)}
	if len(s.terms) == 0 {
		return s
	}
	required := 0
	for _, t := range s.terms {
		t.stop = t.word.Stop || c.set.stop[t.word.Stem]
		if !t.stop {
			required++
		}
	}
	for _, t := range s.terms {
		// A stop word is required only where nothing else is, as in « DU ».
		t.optional = t.stop && (required > 0 || !t.typing)
		if id, ok := c.view.Words.Find(t.word.Stem); ok {
			t.lexemes[t.word.Stem], t.docs, t.exact = 1, c.view.Words.Docs(id), true
		}
	}
	s.replaceable(c.set.groups)
	c.begin(s, required)
	if !q.Exact {
		c.repair(s)
	}
	if relations {
		c.family(s)
	}
	left := 0
	for _, t := range s.terms {
		if !t.known() && !t.synonym {
			t.unknown = !t.optional
			s.unknown = s.unknown || t.unknown
			t.optional = true
		}
		if !t.optional {
			left++
		}
		t.rarity = rarity(max(t.docs, 1), c.view.Total)
	}
	// Without any of the words that matter the rest would find the whole catalogue.
	s.hopeless = s.unknown && (q.Exact || left == 0)
	s.group(c.set.groups)
	return s
}

// replaceable marks the words that a synonym may stand for, alone or as part of an
// expression: they are neither mended nor left out where no document has them.
func (s *sought) replaceable(groups map[string][][]string) {
	real := s.required()
	for i := range real {
		for n := 1; n <= min(longestExpression, len(real)-i); n++ {
			if len(groups[expression(real[i:i+n])]) == 0 {
				continue
			}
			for _, t := range real[i : i+n] {
				t.synonym = true
			}
		}
	}
}

// required are the words that are not optional, as typed.
func (s *sought) required() []*term {
	var list []*term
	for _, t := range s.terms {
		if !t.optional {
			list = append(list, t)
		}
	}
	return list
}

// begin finds what the word being typed may become, and what an abbreviation
// that no document has begins (« compta »).
func (c *corpus) begin(s *sought, required int) {
	for _, t := range s.terms {
		prefix := t.word.Folded
		switch {
		case t.typing && len(prefix) == 1 && len(s.terms) > 1:
			t.optional = true // one letter of a word just begun
			continue
		case t.typing && len(prefix) >= 2, t.typing && required == 1 && len(s.terms) == 1 && !t.exact:
		case !t.typing && !t.exact && !t.optional && !t.synonym && len(prefix) >= 4:
		default:
			continue
		}
		if t.optional && t.stop && !t.exact && required > 0 && (!t.typing || len(prefix) < 3) {
			continue
		}
		c.become(t, prefix)
	}
}

// unlikely is what a longer word is worth beside one that is what was typed.
const unlikely = 0.3

// likelier is how many times more common a longer word must be for what was
// typed to be its beginning rather than a word.
const likelier = 20

func (c *corpus) become(t *term, prefix string) {
	most := 0
	for _, id := range c.view.Words.Beginning(prefix) {
		stem, docs := c.view.Words.Stem(id), c.view.Words.Docs(id)
		t.prefix = prefix
		if docs > most {
			most, t.completed = docs, c.view.Words.Surface(id)
		}
		if stem != t.word.Stem {
			t.lexemes[stem] = max(t.lexemes[stem], 0.75+0.2*float32(len(prefix))/float32(len(stem)))
		}
	}
	if t.exact && (most < likelier*t.docs || len(prefix) > 3) { // most likely the word is finished
		for stem := range t.lexemes {
			if stem != t.word.Stem {
				t.lexemes[stem] *= unlikely
			}
		}
		return
	}
	t.exact, t.docs = false, max(t.docs, most)
}

// repair finds words close to those that no document has. A rare word beside
// a very common one is kept, and the common one suggested.
func (c *corpus) repair(s *sought) {
	mended, doubted := false, false
	for _, t := range s.terms {
		n := len(t.word.Folded)
		rare := t.exact && t.docs <= 2 && n >= 6 && (!t.typing || t.prefix != "" && len(t.lexemes) == 1)
		if t.optional || t.synonym || n < 4 || hasDigit(t.word.Folded) || (len(t.lexemes) > 0 && !rare) {
			continue
		}
		near := c.near(t)
		if len(near) == 0 || rare && (near[0].far > 1 || near[0].docs < 20*t.docs) {
			continue
		}
		t.mended = near[0].surface
		mended, doubted = mended || !rare, doubted || rare
		for i, l := range near {
			worth := 0.9 - 0.1*float32(l.far)
			if rare {
				worth = 0.6
			} else if i > 0 {
				worth -= 0.1
			}
			t.lexemes[l.stem] = max(worth, t.lexemes[l.stem])
			if !rare {
				t.docs = max(t.docs, l.docs)
			}
		}
	}
	if mended {
		s.corrected = s.mend()
	} else if doubted {
		s.suggested = s.mend()
	}
}

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

// neighbour is a word close to another.
type neighbour struct {
	stem, surface string
	docs, far     int
}

// near lists the closest words of the vocabulary, the most common first, at
// most four.
func (c *corpus) near(t *term) []neighbour {
	word, stem := t.word.Folded, t.word.Stem
	reach := 1
	if len(stem) >= 7 {
		reach = 2
	}
	found := []neighbour{}
	for _, id := range c.view.Words.Close(stem, reach, t.typing) {
		other := c.view.Words.Stem(id)
		if other == stem {
			continue
		}
		far := distance(stem, other, reach)
		if t.typing && len(other) > len(word) && far > 0 {
			far = min(far, beginning(word, other, reach))
		}
		if far <= reach {
			found = append(found, neighbour{stem: other, surface: c.view.Words.Surface(id), docs: c.view.Words.Docs(id), far: far})
		}
	}
	first := func(n neighbour) int { // people seldom miss the first letter
		if n.stem[0] != stem[0] {
			return 1
		}
		return 0
	}
	slices.SortFunc(found, func(a, b neighbour) int {
		switch {
		case a.far != b.far:
			return a.far - b.far
		case first(a) != first(b):
			return first(a) - first(b)
		case a.docs != b.docs:
			return b.docs - a.docs
		}
		return strings.Compare(a.stem, b.stem)
	})
	// A word one change away makes those two changes away look silly.
	for i, f := range found {
		if f.far > found[0].far {
			found = found[:i]
			break
		}
	}
	return found[:min(len(found), 4)]
}

// Words of one family, as « licencier » and « licenciement », and words that
// share many letters add to the score without standing for each other: what
// has nothing but them is found only where little else is.
const (
	familyWorth = 0.5
	likeWorth   = 0.8
	leastFamily = 4 // letters
	leastLike   = 0.4
	mostLike    = 24
	sameStart   = 3 // letters: « infirmière » is nothing like « confirmé »
)

// family finds the words of the same root as those typed, and their look-alikes.
func (c *corpus) family(s *sought) {
	// The more was typed, the less a likeness says.
	share := 1 / float32(max(len(s.required()), 1))
	for _, t := range s.terms {
		stem := t.word.Stem
		if t.mended != "" {
			stem = words.Key(t.mended)
		}
		// Where people said what stands for a word, its looks say nothing.
		if t.optional || t.synonym && !t.exact || len(stem) < leastFamily || hasDigit(stem) || t.typing && !t.exact && len(t.lexemes) > 0 {
			continue
		}
		root, mask := words.Root(stem), memory.Grams(stem)
		type relation struct {
			stem  string
			worth float32
		}
		list := []relation{}
		c.view.Words.Like(mask, leastLike, func(id uint32) {
			other := c.view.Words.Stem(id)
			if t.lexemes[other] > 0 || len(other) < leastFamily {
				return
			}
			like := dice(stem, other)
			worth := likeWorth * like * like * share
			if len(root) >= 4 && words.Root(other) == root {
				worth = max(worth, familyWorth)
			} else if like < leastLike || other[:sameStart] != stem[:sameStart] {
				return
			}
			list = append(list, relation{other, worth})
		})
		slices.SortFunc(list, func(a, b relation) int { return cmp.Or(cmp.Compare(b.worth, a.worth), cmp.Compare(a.stem, b.stem)) })
		t.weak = map[string]float32{}
		for _, r := range list[:min(len(list), mostLike)] {
			t.weak[r.stem] = r.worth
		}
	}
}

// dice is the share of three-letter groups that two words have in common.
func dice(a, b string) float32 {
	a, b = " "+a, " "+b
	common := 0
	for i := 0; i+3 <= len(a); i++ {
		if strings.Contains(b, a[i:i+3]) {
			common++
		}
	}
	return 2 * float32(common) / float32(max(len(a)+len(b)-4, 1))
}

// group makes units of the terms, the longest known expression first, and
// gives each what may stand for it.
func (s *sought) group(groups map[string][][]string) {
	real := s.required()
	for i := 0; i < len(real); {
		size, alternatives := 1, [][]string(nil)
		for n := min(longestExpression, len(real)-i); n >= 1; n-- {
			if found := groups[expression(real[i:i+n])]; len(found) > 0 {
				size, alternatives = n, found
				break
			}
		}
		s.units = append(s.units, &unit{terms: real[i : i+size], alternatives: alternatives})
		i += size
	}
}

const longestExpression = 5

func expression(terms []*term) string {
	var stems []string
	for _, t := range terms {
		stem := t.word.Stem
		if t.mended != "" {
			stem = words.Key(t.mended)
		}
		stems = append(stems, stem)
	}
	return strings.Join(stems, " ")
}
