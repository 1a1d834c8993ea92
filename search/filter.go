package search

import (
	"slices"
	"strconv"

	"passerelle/models/catalogue"
	"passerelle/search/memory"
)

// group is a bit per facet group; a region and its departments are one group,
// as are a domain and its sub-domains.
type group uint16

const (
	ofKind group = 1 << iota
	ofTheme
	ofLevel
	ofDuration
	ofPlace
	ofModality
	ofRegistration
	ofStarts
	ofDeadline
	ofStructure
	perSession = ofPlace | ofModality | ofRegistration | ofStarts | ofDeadline
)

var groupOf = map[string]group{FacetKind: ofKind, FacetTheme: ofTheme, FacetLevel: ofLevel, FacetDuration: ofDuration,
	FacetRegion: ofPlace, FacetDepartment: ofPlace, FacetModality: ofModality, FacetRegistration: ofRegistration,
	FacetStarts: ofStarts, FacetDeadline: ofDeadline, FacetStructure: ofStructure}

// filter is the selection of a query in the numbers of cards.
type filter struct {
	selected group
	kinds    [4]bool
	levels   [10]bool
	duration [5]bool
	modality [4]bool
	states   [3]bool // open, waiting, closing soon
	themes   map[uint16]bool
	regions  map[uint16]bool
	remote   bool
	departs  map[uint16]bool
	bodies   map[uint32]bool // structures
	starts   int             // days, the widest selected
	deadline int
	today    uint16
	ticked   map[string][]string // values that exist, by facet
}

func newFilter(q Query, l *labels) *filter {
	f := &filter{themes: map[uint16]bool{}, regions: map[uint16]bool{}, departs: map[uint16]bool{}, bodies: map[uint32]bool{},
		ticked: map[string][]string{}}
	today := q.Today
	f.today = catalogue.Day(&today)
	for name, values := range q.Facets {
		for _, value := range values {
			if f.tick(name, value, l) && !slices.Contains(f.ticked[name], value) {
				f.ticked[name] = append(f.ticked[name], value)
				f.selected |= groupOf[name]
			}
		}
	}
	// A sub-domain narrows its domain, a department its region.
	for no := range f.themes {
		if parent := l.themes[no].parent; parent != 0 {
			delete(f.themes, parent)
		}
	}
	for no := range f.departs {
		delete(f.regions, l.departments[no].region)
	}
	return f
}

func (f *filter) tick(name, value string, l *labels) bool {
	set := func(m map[uint16]bool, no uint16, ok bool) bool {
		if ok {
			m[no] = true
		}
		return ok
	}
	switch name {
	case FacetTheme:
		no, ok := l.themeBySlug[value]
		return set(f.themes, no, ok)
	case FacetRegion:
		if value == ValueRemote {
			f.remote = true
			return true
		}
		no, ok := l.regionBy[value]
		return set(f.regions, no, ok)
	case FacetDepartment:
		no, ok := l.departBy[value]
		return set(f.departs, no, ok)
	case FacetStructure:
		no, ok := l.structureBy[value]
		if ok {
			f.bodies[no] = true
		}
		return ok
	}
	at := -1
	for i, v := range fixed[name] {
		if v.value == value {
			at = i
		}
	}
	if at < 0 {
		return false
	}
	switch name {
	case FacetKind:
		f.kinds[at+1] = true
	case FacetLevel:
		f.levels[levelOf(value)] = true
	case FacetDuration:
		f.duration[at+1] = true
	case FacetModality:
		f.modality[at+1] = true
	case FacetRegistration:
		f.states[at] = true
	case FacetStarts:
		days, _ := strconv.Atoi(value)
		f.starts = max(f.starts, days)
	case FacetDeadline:
		days, _ := strconv.Atoi(value)
		f.deadline = max(f.deadline, days)
	}
	return true
}

func levelOf(value string) int {
	if value == ValueUnregistered {
		return catalogue.LevelUnregistered
	}
	n, _ := strconv.Atoi(value)
	return n
}

// document tells which of the selected groups of the document itself fail.
func (f *filter) document(c *memory.Row) group {
	var failed group
	if f.selected&ofKind != 0 && !f.kinds[c.Kind&3] {
		failed |= ofKind
	}
	if f.selected&ofLevel != 0 && (int(c.Level) >= len(f.levels) || !f.levels[c.Level]) {
		failed |= ofLevel
	}
	if f.selected&ofDuration != 0 && (int(c.Duration) >= len(f.duration) || !f.duration[c.Duration]) {
		failed |= ofDuration
	}
	if f.selected&ofStructure != 0 && !f.bodies[c.Structure] {
		failed |= ofStructure
	}
	if f.selected&ofTheme != 0 {
		failed |= ofTheme
		for _, no := range c.Themes {
			if f.themes[no] {
				failed &^= ofTheme
				break
			}
		}
	}
	return failed
}

// soon is how many days « closing soon » means.
const soon = 15

// fate is what facets say of one occurrence: which groups fail, its state, and
// the days until it begins and closes (-1 without a date).
type fate struct {
	failed           group
	state            catalogue.State
	begins, deadline int
	past             bool // cancelled or begun: no facet counts it
}

func (f *filter) occurrence(o catalogue.Occurrence) fate {
	x := fate{state: o.State(f.today), begins: -1, deadline: -1}
	if o.Starts > f.today {
		x.begins = int(o.Starts - f.today)
	}
	if o.Closes >= f.today && o.Closes > 0 {
		x.deadline = int(o.Closes - f.today)
	}
	x.past = x.state == catalogue.Cancelled || o.Opens > 0 && o.Starts <= f.today
	if f.selected&perSession == 0 {
		return x
	}
	if f.selected&ofPlace != 0 && !f.regions[o.Region] && !f.departs[o.Department] && (!f.remote || o.Modality != 2) {
		x.failed |= ofPlace
	}
	if f.selected&ofModality != 0 && !f.modality[o.Modality&3] {
		x.failed |= ofModality
	}
	if asked := f.states[0] && x.open(o) || f.states[1] && x.waits(o) || f.states[2] && x.closesSoon(o); f.selected&ofRegistration != 0 && !asked {
		x.failed |= ofRegistration
	}
	if f.selected&ofStarts != 0 && (x.begins < 0 || x.begins > f.starts) {
		x.failed |= ofStarts
	}
	if f.selected&ofDeadline != 0 && (x.deadline < 0 || x.deadline > f.deadline) {
		x.failed |= ofDeadline
	}
	return x
}

// Registration exists for sessions alone, which have an opening date.
func (x fate) open(o catalogue.Occurrence) bool  { return o.Opens > 0 && x.state == catalogue.Open }
func (x fate) waits(o catalogue.Occurrence) bool { return o.Opens > 0 && x.state == catalogue.Waiting }
func (x fate) closesSoon(o catalogue.Occurrence) bool {
	return o.Opens > 0 && x.state.Choosable() && x.deadline >= 0 && x.deadline <= soon
}
