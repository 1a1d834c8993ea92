package memory

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Document is what a Table is given of a document.
type Document struct {
	No                    uint32 // search_documents.no
	Kind, Level, Duration uint8  // as catalogue.Card
	Themes                []uint16
	Structure             uint32
	Occurrences           []byte // packed, without their number
	Title                 string
	Acronyms              []string
	Others                []string
	Body                  string
}

// Table keeps documents. One writer at a time, any number of readers, each on
// the View that it took.
type Table struct {
	mu    sync.Mutex
	words *writer
	where map[uint32]place
	sum   [Fields]int64 // words by field, for mean lengths
	live  []shard
	top   uint32 // highest number of a structure
	kinds [kinds]int
	view  atomic.Pointer[View]
}

type place struct {
	segment *segment
	slot    uint16
}

// shard is a segment with what has changed since it was made. Maps and bits
// are replaced, never changed: Views hold them.
type shard struct {
	*segment
	dead    []uint64
	died    int
	changed map[uint16][]byte // occurrences
}

func (s *shard) alive(slot uint16) bool {
	return s.dead == nil || s.dead[slot>>6]&(1<<(slot&63)) == 0
}

// View is the table at an instant; it never changes.
type View struct {
	Words      *Words
	shards     []shard
	Total      int
	Structures uint32 // highest number of a structure so far
	bytes      int64
	kinds      [kinds]int
	mean       [Fields]float64
}

// kinds is how many kinds of documents are counted apart.
const kinds = 8

// NewTable makes an empty table.
func NewTable() *Table {
	t := &Table{words: newWriter(), where: map[uint32]place{}}
	t.publish()
	return t
}

// View is the table as it stands, for any reader.
func (t *Table) View() *View { return t.view.Load() }

// Put adds documents, replacing those of the same numbers, and takes others
// away; readers see all of it at once.
func (t *Table) Put(documents []Document, gone []uint32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fresh := make([]raw, 0, len(documents))
	touched := map[*segment]bool{}
	for _, no := range gone {
		t.bury(no, touched)
	}
	for i := range documents {
		d := t.number(&documents[i])
		if t.same(d, touched) {
			continue
		}
		t.bury(d.no, touched)
		fresh = append(fresh, d)
	}
	for len(fresh) > 0 {
		n := min(len(fresh), segmentSize)
		t.settle(fresh[:n])
		fresh = fresh[n:]
	}
	t.tidy()
	t.publish()
}

// number gives numbers to the words of a document.
func (t *Table) number(d *Document) raw {
	var fields [Fields][]uint32
	fields[Title] = t.words.cut(d.Title, false)
	for _, a := range d.Acronyms {
		fields[Acronym] = append(fields[Acronym], t.words.cut(a, true)...)
	}
	for _, o := range d.Others {
		fields[Other] = append(fields[Other], t.words.cut(o, false)...)
	}
	fields[Body] = t.words.cut(d.Body, false)
	t.top = max(t.top, d.Structure)
	return raw{no: d.No, kind: d.Kind, level: d.Level, duration: d.Duration, themes: d.Themes, structure: d.Structure, occurrences: d.Occurrences, forward: appendForward(nil, fields)}
}

// same is true of a document of which nothing but sessions has changed; these
// are noted.
func (t *Table) same(d raw, touched map[*segment]bool) bool {
	p, ok := t.where[d.no]
	if !ok {
		return false
	}
	old := p.segment.raw(int(p.slot))
	if old.kind != d.kind || old.level != d.level || old.duration != d.duration || old.structure != d.structure || !slices.Equal(old.themes, d.themes) || string(old.forward) != string(d.forward) {
		return false
	}
	s := t.shard(p.segment)
	if !touched[p.segment] {
		s.dead, s.changed, touched[p.segment] = slices.Clone(s.dead), maps.Clone(s.changed), true
	}
	if s.changed == nil {
		s.changed = map[uint16][]byte{}
	}
	s.changed[p.slot] = d.occurrences
	return true
}

func (t *Table) shard(of *segment) *shard {
	i := slices.IndexFunc(t.live, func(s shard) bool { return s.segment == of })
	return &t.live[i]
}

func (t *Table) bury(no uint32, touched map[*segment]bool) {
	p, ok := t.where[no]
	if !ok {
		return
	}
	delete(t.where, no)
	s := t.shard(p.segment)
	if !touched[p.segment] {
		s.dead, s.changed, touched[p.segment] = slices.Clone(s.dead), maps.Clone(s.changed), true
	}
	if s.dead == nil {
		s.dead = make([]uint64, (len(s.nos)+63)/64)
	}
	s.dead[p.slot>>6] |= 1 << (p.slot & 63)
	s.died++
	t.kinds[s.kinds[p.slot]%kinds]--
	t.count(s.words(int(p.slot)), -1)
}

// count follows how many documents have each word, and how many words there are.
func (t *Table) count(forward []byte, by int32) {
	seen := make(map[uint32]bool, 32)
	readForward(forward, func(f Field, _ int, id uint32) {
		t.sum[f] += int64(by)
		if !seen[id] {
			seen[id] = true
			t.words.docs[id] += by
		}
	})
}

func (t *Table) settle(list []raw) {
	s := assemble(list)
	for i, id := range s.terms {
		t.words.docs[id] += int32(s.starts[i+1] - s.starts[i])
	}
	for slot, r := range list {
		t.where[r.no] = place{s, uint16(slot)}
		t.kinds[r.kind%kinds]++
		readForward(r.forward, func(f Field, _ int, _ uint32) { t.sum[f]++ })
	}
	t.live = append(t.live, shard{segment: s})
}

// tidy puts small segments together and leaves the dead behind. Each size
// holds at most seven segments, eight times larger than the one before.
func (t *Table) tidy() {
	for {
		var tier []int
		class := func(s *shard) int {
			n, c := len(s.nos)-s.died, 0
			for ; n > 64; n /= 8 {
				c++
			}
			return c
		}
		byClass := map[int][]int{}
		for i := range t.live {
			s := &t.live[i]
			if s.died*3 > len(s.nos) || len(s.changed) > 4096 {
				tier = []int{i}
				break
			}
			if len(s.nos)*2 > segmentSize {
				continue
			}
			c := class(s)
			if byClass[c] = append(byClass[c], i); len(byClass[c]) >= 8 {
				tier = byClass[c]
				break
			}
		}
		if tier == nil {
			return
		}
		t.merge(tier)
	}
}

func (t *Table) merge(which []int) {
	var list []raw
	kept := make([]shard, 0, len(t.live))
	var made []shard
	flush := func() {
		if len(list) == 0 {
			return
		}
		s := assemble(list)
		for slot, r := range list {
			t.where[r.no] = place{s, uint16(slot)}
		}
		made, list = append(made, shard{segment: s}), nil
	}
	for i := range t.live {
		s := t.live[i]
		if !slices.Contains(which, i) {
			kept = append(kept, s)
			continue
		}
		for slot := range len(s.nos) {
			if !s.alive(uint16(slot)) {
				continue
			}
			r := s.raw(slot)
			if changed, ok := s.changed[uint16(slot)]; ok {
				r.occurrences = changed
			}
			if list = append(list, r); len(list) == segmentSize {
				flush()
			}
		}
	}
	flush()
	t.live = append(kept, made...)
}

func (t *Table) publish() {
	v := &View{Words: t.words.view(), shards: slices.Clone(t.live), Total: len(t.where), Structures: t.top, kinds: t.kinds}
	v.bytes = int64(len(t.where))*40 + t.words.bytes
	for _, s := range v.shards {
		v.bytes += s.segment.bytes()
	}
	for f, n := range t.sum {
		v.mean[f] = float64(n) / float64(max(len(t.where), 1))
	}
	t.view.Store(v)
}

// Bytes is about what the table weighs in memory.
func (t *Table) Bytes() int64 { return t.View().bytes }

// Texts joins what a field holds of several texts.
func Texts(list ...string) string { return strings.Join(list, "\n") }
