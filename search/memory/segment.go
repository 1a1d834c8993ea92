package memory

import (
	"encoding/binary"
	"math"
	"slices"
)

// Field is a part of a document that words stand in.
type Field uint8

// The fields, in the order of their worth.
const (
	Title   Field = iota // intitulé
	Acronym              // sigle, sigle du type
	Other                // type, thèmes, lieu
	Body                 // texte
	Fields  = 4
)

// segmentSize is how many documents a segment holds: their slots fit in two
// bytes, and what is summed for each of them in a core's cache.
const segmentSize = 1 << 16

// segment holds documents for ever as they were: one that changes dies here and
// is born in another.
type segment struct {
	nos, structures         []uint32
	kinds, levels, duration []uint8
	themes                  []uint16
	themesAt                []uint32
	occurrences             []byte
	occurrencesAt           []uint32
	lengths                 [Fields][]uint8 // lengthCode
	forward                 []byte          // words by document and field, in their order
	forwardAt               []uint32
	// Postings: for each word, slots and how often each field has it.
	terms  []uint32
	starts []uint32
	slots  []uint16
	counts []uint16
}

// raw is a document whose words have their numbers.
type raw struct {
	no                    uint32
	kind, level, duration uint8
	themes                []uint16
	structure             uint32
	occurrences           []byte
	forward               []byte
}

// How often a field has a word, in sixteen bits.
const (
	titleBits, acronymBits, otherBits, bodyBits = 3, 2, 3, 8
	acronymShift                                = titleBits
	otherShift                                  = acronymShift + acronymBits
	bodyShift                                   = otherShift + otherBits
)

func counted(n [Fields]int) uint16 {
	return uint16(min(n[Title], 1<<titleBits-1) | min(n[Acronym], 1<<acronymBits-1)<<acronymShift |
		min(n[Other], 1<<otherBits-1)<<otherShift | min(n[Body], 1<<bodyBits-1)<<bodyShift)
}

// lengthCode is a length in one byte, about six in a hundred apart.
func lengthCode(n int) uint8 { return uint8(min(12*math.Log2(1+float64(n)), 255)) }

func lengthOf(code uint8) float64 { return math.Exp2(float64(code)/12) - 1 }

func appendForward(b []byte, fields [Fields][]uint32) []byte {
	for _, ids := range fields {
		b = binary.AppendUvarint(b, uint64(len(ids)))
		for _, id := range ids {
			b = binary.AppendUvarint(b, uint64(id))
		}
	}
	return b
}

// readForward calls each word with its field and place.
func readForward(b []byte, each func(f Field, place int, id uint32)) {
	for f := range Field(Fields) {
		n, size := binary.Uvarint(b)
		b = b[size:]
		for place := range int(n) {
			id, size := binary.Uvarint(b)
			b = b[size:]
			each(f, place, uint32(id))
		}
	}
}

// assemble makes a segment; order is that of the slots.
func assemble(list []raw) *segment {
	s := &segment{nos: make([]uint32, len(list)), structures: make([]uint32, len(list)), kinds: make([]uint8, len(list)), levels: make([]uint8, len(list)), duration: make([]uint8, len(list)),
		themesAt: make([]uint32, len(list)+1), occurrencesAt: make([]uint32, len(list)+1), forwardAt: make([]uint32, len(list)+1)}
	for f := range s.lengths {
		s.lengths[f] = make([]uint8, len(list))
	}
	var sizes [3]int
	for _, r := range list {
		sizes[0], sizes[1], sizes[2] = sizes[0]+len(r.themes), sizes[1]+len(r.occurrences), sizes[2]+len(r.forward)
	}
	s.themes, s.occurrences, s.forward = make([]uint16, 0, sizes[0]), make([]byte, 0, sizes[1]), make([]byte, 0, sizes[2])
	var entries []uint64
	counts := map[uint32][Fields]int{}
	for slot, r := range list {
		s.nos[slot], s.kinds[slot], s.levels[slot], s.duration[slot] = r.no, r.kind, r.level, r.duration
		s.structures[slot] = r.structure
		s.themes = append(s.themes, r.themes...)
		s.occurrences = append(s.occurrences, r.occurrences...)
		s.forward = append(s.forward, r.forward...)
		s.themesAt[slot+1], s.occurrencesAt[slot+1], s.forwardAt[slot+1] = uint32(len(s.themes)), uint32(len(s.occurrences)), uint32(len(s.forward))
		clear(counts)
		var lengths [Fields]int
		readForward(r.forward, func(f Field, _ int, id uint32) {
			n := counts[id]
			n[f]++
			counts[id] = n
			lengths[f]++
		})
		for f, n := range lengths {
			s.lengths[f][slot] = lengthCode(n)
		}
		for id, n := range counts {
			entries = append(entries, uint64(id)<<32|uint64(slot)<<16|uint64(counted(n)))
		}
	}
	slices.Sort(entries)
	s.slots, s.counts = make([]uint16, len(entries)), make([]uint16, len(entries))
	last := uint32(math.MaxUint32)
	for i, e := range entries {
		if id := uint32(e >> 32); id != last {
			s.terms, s.starts = append(s.terms, id), append(s.starts, uint32(i))
			last = id
		}
		s.slots[i], s.counts[i] = uint16(e>>16), uint16(e)
	}
	s.terms, s.starts = slices.Clip(s.terms), slices.Clip(append(s.starts, uint32(len(entries))))
	return s
}

// postings of a word, empty where the segment has none.
func (s *segment) postings(id uint32) (slots, counts []uint16) {
	i, ok := slices.BinarySearch(s.terms, id)
	if !ok {
		return nil, nil
	}
	return s.slots[s.starts[i]:s.starts[i+1]], s.counts[s.starts[i]:s.starts[i+1]]
}

func (s *segment) words(slot int) []byte { return s.forward[s.forwardAt[slot]:s.forwardAt[slot+1]] }

// raw gives a document back, to be moved to another segment.
func (s *segment) raw(slot int) raw {
	return raw{no: s.nos[slot], kind: s.kinds[slot], level: s.levels[slot], duration: s.duration[slot], structure: s.structures[slot],
		themes:      s.themes[s.themesAt[slot]:s.themesAt[slot+1]],
		occurrences: s.occurrences[s.occurrencesAt[slot]:s.occurrencesAt[slot+1]], forward: s.words(slot)}
}

// bytes is about what the segment weighs.
func (s *segment) bytes() int64 {
	n := len(s.nos)*(4+4+3+Fields+12) + 2*len(s.themes) + len(s.occurrences) + len(s.forward) + 8*len(s.terms) + 4*len(s.slots)
	return int64(n)
}
