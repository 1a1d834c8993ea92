package catalogue

import (
	"encoding/binary"
	"time"
)

// Kind is what a search document stands for.
type Kind string

// The kinds, as stored.
const (
	KindCourse       Kind = "course"       // formation
	KindProgramme    Kind = "programme"    // diplôme
	KindAnnouncement Kind = "announcement" // annonce
)

// Kinds lists them in the order in which equal results stand; a card holds the
// place in this list, counted from 1.
func Kinds() []Kind { return []Kind{KindCourse, KindProgramme, KindAnnouncement} }

// LevelUnregistered is the level of a course that the source says is not in
// the national register (non inscrit au RNCP).
const LevelUnregistered = 9

// Card is what facets need of a document, packed. The search in the process
// reads it; nothing else relies on its layout.
type Card struct {
	Kind     uint8    // place in Kinds, from 1
	Level    uint8    // 1-8, LevelUnregistered, 0 unknown
	Duration uint8    // DurationBucket
	Themes   []uint16 // Theme.No, domains included
	// Structure is the number of who offers or publishes it (structures.no), 0
	// for none.
	Structure uint32
}

// Occurrence is one session of a course, or the place of something without
// dates, as the search filters it (P18.17). In the database it is twelve
// bytes, written by search_occurrences after the number of them.
type Occurrence struct {
	Region     uint16 // number of the region, 0 none
	Department uint16
	Modality   uint8 // 0 not said, 1 on site, 2 remote, 3 mixed
	Full       bool
	Waiting    bool
	Cancelled  bool
	Starts     uint16 // Day; 0 no date
	Opens      uint16
	Closes     uint16
}

// OccurrenceSize is the length of a packed occurrence in bytes.
const OccurrenceSize = 12

var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Day counts the days since 2000-01-01, as cards hold dates; 0 for no date.
func Day(t *time.Time) uint16 {
	if t == nil {
		return 0
	}
	return uint16(min(max(int(t.Sub(epoch).Hours()/24), 0), 32767))
}

// The buckets of durations.
const (
	DurationUnknown = iota
	DurationUnderYear
	DurationOneYear
	DurationTwoYears
	DurationLonger
)

// DurationBucket puts calendar days into the facet's buckets.
func DurationBucket(days int) uint8 {
	switch {
	case days <= 0:
		return DurationUnknown
	case days < 330:
		return DurationUnderYear
	case days < 550:
		return DurationOneYear
	case days < 900:
		return DurationTwoYears
	}
	return DurationLonger
}

// Append packs the card.
func (c Card) Append(b []byte) []byte {
	b = append(b, c.Kind, c.Level, c.Duration)
	themes := c.Themes[:min(len(c.Themes), 255)]
	b = append(b, uint8(len(themes)))
	for _, t := range themes {
		b = binary.BigEndian.AppendUint16(b, t)
	}
	return binary.BigEndian.AppendUint32(b, c.Structure)
}

// Read unpacks a card from the beginning of b into c, reusing its memory, and
// gives the rest; ok is false where b is no card.
func (c *Card) Read(b []byte) (rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, false
	}
	c.Kind, c.Level, c.Duration = b[0], b[1], b[2]
	n := int(b[3])
	b = b[4:]
	if len(b) < 2*n+4 {
		return nil, false
	}
	c.Themes = c.Themes[:0]
	for i := range n {
		c.Themes = append(c.Themes, binary.BigEndian.Uint16(b[2*i:]))
	}
	c.Structure = binary.BigEndian.Uint32(b[2*n:])
	return b[2*n+4:], true
}

// Append packs the occurrence in twelve bytes, as search_occurrences does.
func (o Occurrence) Append(b []byte) []byte {
	flags := uint16(o.Modality)
	for i, set := range []bool{o.Full, o.Waiting, o.Cancelled} {
		if set {
			flags |= 4 << i
		}
	}
	for _, v := range []uint16{o.Region, o.Department, flags, o.Starts, o.Opens, o.Closes} {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	return b
}

// ReadOccurrence unpacks one occurrence; b holds at least OccurrenceSize bytes.
func ReadOccurrence(b []byte) Occurrence {
	u := binary.BigEndian.Uint16
	flags := u(b[4:])
	return Occurrence{Region: u(b), Department: u(b[2:]), Modality: uint8(flags & 3), Full: flags&4 != 0, Waiting: flags&8 != 0,
		Cancelled: flags&16 != 0, Starts: u(b[6:]), Opens: u(b[8:]), Closes: u(b[10:])}
}

// State is the occurrence's state on a day, by the rules of SessionState. One
// without dates is neither open nor closed and gives the empty state.
func (o Occurrence) State(today uint16) State {
	switch {
	case o.Cancelled:
		return Cancelled
	case o.Starts == 0 && o.Closes == 0:
		return ""
	case today > o.Closes || today >= o.Starts:
		return Closed
	case today < o.Opens:
		return NotYetOpen
	case !o.Full:
		return Open
	case o.Waiting:
		return Waiting
	}
	return Full
}
