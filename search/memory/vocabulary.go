package memory

import (
	"math/bits"
	"slices"
	"sort"
	"strings"

	"passerelle/models/catalogue/words"
)

// Words is the vocabulary of a View: every stem that a document has, in the
// order of its letters. It never changes.
type Words struct {
	stems    []string
	surfaces []string
	letters  []uint32 // which letters a stem holds
	grams    []uint64 // which three-letter groups, see Grams
	docs     []int32  // documents that have it
	sorted   []uint32 // numbers of words by stem
}

// Find gives the number of a stem; false for one that no document has.
func (w *Words) Find(stem string) (uint32, bool) {
	i := sort.Search(len(w.sorted), func(i int) bool { return w.stems[w.sorted[i]] >= stem })
	if i == len(w.sorted) || w.stems[w.sorted[i]] != stem || w.docs[w.sorted[i]] == 0 {
		return 0, false
	}
	return w.sorted[i], true
}

// Beginning lists the words that begin with a text, in the order of letters.
func (w *Words) Beginning(prefix string) []uint32 {
	from := sort.Search(len(w.sorted), func(i int) bool { return w.stems[w.sorted[i]] >= prefix })
	list := []uint32{}
	for _, id := range w.sorted[from:] {
		if !strings.HasPrefix(w.stems[id], prefix) {
			break
		}
		if w.docs[id] > 0 {
			list = append(list, id)
		}
	}
	return list
}

// Close lists the words at most reach letters longer, shorter or other than a
// stem, by their letters alone: the caller measures them.
func (w *Words) Close(stem string, reach int, longer bool) []uint32 {
	mask := lettersOf(stem)
	list := []uint32{}
	for id, letters := range w.letters {
		n := len(w.stems[id]) - len(stem)
		if w.docs[id] == 0 || n < -reach || n > reach && !longer || bits.OnesCount32(mask&^letters) > reach || !longer && bits.OnesCount32(letters&^mask) > reach {
			continue
		}
		list = append(list, uint32(id))
	}
	return list
}

// Grams is the set of three-letter groups of a word, folded into 64 bits.
func Grams(stem string) uint64 {
	var mask uint64
	padded := " " + stem
	for i := 0; i+3 <= len(padded); i++ {
		mask |= 1 << ((uint32(padded[i])*961 + uint32(padded[i+1])*31 + uint32(padded[i+2])) * 2654435761 >> 26)
	}
	return mask
}

// Like calls the words that may share at least a part of their three-letter
// groups with those of a word; the caller measures them.
func (w *Words) Like(grams uint64, least float64, each func(id uint32)) {
	n := bits.OnesCount64(grams)
	for id, other := range w.grams {
		if w.docs[id] > 0 && 2*float64(bits.OnesCount64(grams&other)) >= least*float64(n+bits.OnesCount64(other)) {
			each(uint32(id))
		}
	}
}

// Stem is the stem of a word, Surface how a source wrote it, Docs how many
// documents have it.
func (w *Words) Stem(id uint32) string { return w.stems[id] }

// Surface is the word as it was first written.
func (w *Words) Surface(id uint32) string { return w.surfaces[id] }

// Docs is how many documents have the word.
func (w *Words) Docs(id uint32) int { return int(w.docs[id]) }

// Len is how many words documents have.
func (w *Words) Len() int {
	n := 0
	for _, d := range w.docs {
		if d > 0 {
			n++
		}
	}
	return n
}

func lettersOf(s string) uint32 {
	var mask uint32
	for i := range len(s) {
		if c := s[i]; c >= 'a' && c <= 'z' {
			mask |= 1 << (c - 'a')
		} else {
			mask |= 1 << 26
		}
	}
	return mask
}

// writer gives numbers to words as documents come; one goroutine at a time.
type writer struct {
	now    Words
	ids    map[string]uint32
	docs   []int32
	fresh  []uint32 // since the last View
	recent map[string][]uint32
	bytes  int64
}

func newWriter() *writer { return &writer{ids: map[string]uint32{}, recent: map[string][]uint32{}} }

func (w *writer) number(stem, surface string) uint32 {
	if id, ok := w.ids[stem]; ok {
		return id
	}
	id := uint32(len(w.now.stems))
	stem = strings.Clone(stem)
	w.ids[stem] = id
	w.now.stems = append(w.now.stems, stem)
	w.bytes += int64(2*len(stem) + 120)
	w.now.surfaces = append(w.now.surfaces, strings.Clone(surface))
	w.now.letters = append(w.now.letters, lettersOf(stem))
	w.now.grams = append(w.now.grams, Grams(stem))
	w.docs = append(w.docs, 0)
	w.fresh = append(w.fresh, id)
	return id
}

// mostRecent bounds the texts whose words are remembered: titles, types and
// places come back from one document to the next.
const mostRecent = 20_000

// cut numbers the words of a field in their order, stop words left out.
// Acronyms keep theirs, and are also known written in one word.
func (w *writer) cut(text string, acronym bool) []uint32 {
	if text == "" {
		return nil
	}
	key := text
	if acronym {
		key = "\x00" + text
	}
	if ids, ok := w.recent[key]; ok {
		return ids
	}
	ids := w.cutAnew(text, acronym)
	if len(text) < 300 {
		if len(w.recent) >= mostRecent {
			clear(w.recent)
		}
		w.recent[strings.Clone(key)] = ids
	}
	return ids
}

func (w *writer) cutAnew(text string, acronym bool) []uint32 {
	cut := words.Cut(text)
	ids := make([]uint32, 0, len(cut))
	joined := ""
	for _, word := range cut {
		surface := text[word.Start:word.End]
		if acronym {
			joined += word.Folded
		} else if word.Stop {
			continue
		} else {
			surface = strings.ToLower(surface)
		}
		ids = append(ids, w.number(word.Stem, surface))
	}
	if acronym && len(cut) > 1 && len(joined) <= longestAcronym {
		ids = append(ids, w.number(joined, strings.ReplaceAll(text, " ", "")))
	}
	return ids
}

const longestAcronym = 12

// view is the vocabulary as it stands.
func (w *writer) view() *Words {
	if len(w.fresh) > 0 {
		slices.SortFunc(w.fresh, func(a, b uint32) int { return strings.Compare(w.now.stems[a], w.now.stems[b]) })
		merged := make([]uint32, 0, len(w.now.sorted)+len(w.fresh))
		old := w.now.sorted
		for _, id := range w.fresh {
			at := sort.Search(len(old), func(i int) bool { return w.now.stems[old[i]] >= w.now.stems[id] })
			merged = append(append(merged, old[:at]...), id)
			old = old[at:]
		}
		w.now.sorted, w.fresh = append(merged, old...), nil
	}
	v := w.now
	v.docs = slices.Clone(w.docs)
	return &v
}
