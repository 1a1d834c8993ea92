package search

import (
	"cmp"
	"slices"
	"strings"

	"passerelle/models/catalogue"
	"passerelle/models/catalogue/words"
	"passerelle/search/memory"
)

// tally counts documents by value, each once however many of its sessions have
// the value.
type tally struct {
	n    []int
	last []uint32
}

func (t *tally) add(value int, no uint32) {
	for value >= len(t.n) {
		t.n, t.last = append(t.n, 0), append(t.last, 0)
	}
	if t.last[value] != no {
		t.n[value], t.last[value] = t.n[value]+1, no
	}
}

func (t *tally) of(value int) int {
	if value < len(t.n) {
		return t.n[value]
	}
	return 0
}

// counts are those of every facet, each ignoring its own selection.
type counts struct {
	kinds, themes, levels, durations, regions, departments, modalities, states, starts, deadlines, structures tally
}

func newCounts() *counts { return &counts{} }

// remoteRegion is where the regions' tally counts what is held at a distance.
const remoteRegion = 0

func (c *counts) count(card *memory.Row, occurrences []catalogue.Occurrence, fates []fate, failed, selected group) {
	no := card.No + 1 // a tally's empty mark is 0
	fits := selected&perSession == 0
	for _, x := range fates {
		fits = fits || x.failed == 0 && !x.past
	}
	if fits {
		if failed&^ofKind == 0 {
			c.kinds.add(int(card.Kind), no)
		}
		if failed&^ofLevel == 0 {
			c.levels.add(int(card.Level), no)
		}
		if failed&^ofDuration == 0 {
			c.durations.add(int(card.Duration), no)
		}
		if failed&^ofStructure == 0 && card.Structure > 0 {
			c.structures.add(int(card.Structure), no)
		}
		if failed&^ofTheme == 0 {
			for _, t := range card.Themes {
				c.themes.add(int(t), no)
			}
		}
	}
	if failed != 0 {
		return
	}
	for i, x := range fates {
		if !x.past {
			c.session(no, occurrences[i], x)
		}
	}
}

func (c *counts) session(no uint32, o catalogue.Occurrence, x fate) {
	if x.failed&^ofPlace == 0 {
		if o.Region > 0 {
			c.regions.add(int(o.Region), no)
		} else if o.Modality == 2 {
			c.regions.add(remoteRegion, no)
		}
		if o.Department > 0 {
			c.departments.add(int(o.Department), no)
		}
	}
	if x.failed&^ofModality == 0 && o.Modality > 0 {
		c.modalities.add(int(o.Modality), no)
	}
	if x.failed&^ofRegistration == 0 {
		for i, is := range []bool{x.open(o), x.waits(o), x.closesSoon(o)} {
			if is {
				c.states.add(i, no)
			}
		}
	}
	if x.failed&^ofStarts == 0 && x.begins >= 0 {
		within(&c.starts, startDays[:], x.begins, no)
	}
	if x.failed&^ofDeadline == 0 && x.deadline >= 0 {
		within(&c.deadlines, deadlineDays[:], x.deadline, no)
	}
}

// The days of the facets of dates, in the order of their values.
var (
	startDays    = [...]int{30, 90, 180}
	deadlineDays = [...]int{7, 15, 30}
)

func within(t *tally, limits []int, days int, no uint32) {
	for i, n := range limits {
		if days <= n {
			t.add(i, no)
		}
	}
}

// facets writes the counts with their labels.
func (r *run) facets() []Facet {
	list := make([]Facet, 0, len(groupOf))
	for _, name := range FacetNames() {
		f := Facet{Name: name, Label: facetLabels[name].in(r.q.Lang)}
		switch name {
		case FacetTheme:
			f.Values = r.themes()
		case FacetRegion:
			f.Values = r.places(name, r.labels.regions, &r.counts.regions)
			if n := r.counts.regions.of(remoteRegion); n > 0 || r.ticked(name, ValueRemote) {
				f.Values = append(f.Values, FacetValue{Value: ValueRemote, Label: label{"À distance", "Remote"}.in(r.q.Lang), Count: n, Selected: r.ticked(name, ValueRemote)})
			}
		case FacetDepartment:
			f.Values = r.places(name, r.labels.departments, &r.counts.departments)
		case FacetStructure:
			f.Values, f.Others = r.structures()
		default:
			f.Values = r.fixed(name)
		}
		list = append(list, f)
	}
	return list
}

func (r *run) ticked(name, value string) bool { return slices.Contains(r.filter.ticked[name], value) }

func (r *run) fixed(name string) []FacetValue {
	tallies := map[string]*tally{FacetKind: &r.counts.kinds, FacetLevel: &r.counts.levels, FacetDuration: &r.counts.durations,
		FacetModality: &r.counts.modalities, FacetRegistration: &r.counts.states, FacetStarts: &r.counts.starts, FacetDeadline: &r.counts.deadlines}
	list := []FacetValue{}
	for i, v := range fixed[name] {
		at := i
		switch name {
		case FacetKind, FacetDuration, FacetModality:
			at = i + 1
		case FacetLevel:
			at = levelOf(v.value)
		}
		n := tallies[name].of(at)
		if name == FacetLevel && n == 0 && !r.ticked(name, v.value) {
			continue
		}
		list = append(list, FacetValue{Value: v.value, Label: v.label.in(r.q.Lang), Count: n, Selected: r.ticked(name, v.value)})
	}
	return list
}

// themes lists domains by count, each followed by its sub-domains.
func (r *run) themes() []FacetValue {
	var domains []uint16
	children := map[uint16][]uint16{}
	for no, t := range r.labels.themes {
		if r.counts.themes.of(int(no)) == 0 && !r.ticked(FacetTheme, t.slug) {
			continue
		}
		if t.parent == 0 {
			domains = append(domains, no)
		} else {
			children[t.parent] = append(children[t.parent], no)
		}
	}
	byCount := func(a, b uint16) int {
		return cmp.Or(cmp.Compare(r.counts.themes.of(int(b)), r.counts.themes.of(int(a))), cmp.Compare(r.labels.themes[a].slug, r.labels.themes[b].slug))
	}
	value := func(no uint16) FacetValue {
		t := r.labels.themes[no]
		return FacetValue{Value: t.slug, Label: t.name, Parent: r.labels.themes[t.parent].slug, Count: r.counts.themes.of(int(no)), Selected: r.ticked(FacetTheme, t.slug)}
	}
	list := []FacetValue{}
	slices.SortFunc(domains, byCount)
	for _, domain := range domains {
		list = append(list, value(domain))
		slices.SortFunc(children[domain], byCount)
		for _, no := range children[domain] {
			list = append(list, value(no))
		}
	}
	return list
}

func (r *run) places(name string, labels map[uint16]placeLabel, t *tally) []FacetValue {
	list := []FacetValue{}
	for no, p := range labels {
		if n := t.of(int(no)); n > 0 || r.ticked(name, p.code) {
			list = append(list, FacetValue{Value: p.code, Label: p.name, Parent: r.labels.regions[p.region].code, Count: n, Selected: r.ticked(name, p.code)})
		}
	}
	slices.SortFunc(list, func(a, b FacetValue) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value)) })
	return list
}

// The structures listed, chosen ones apart: the most frequent, or those whose
// name was asked for.
const (
	frequentStructures = 8
	namedStructures    = 30
)

// structures lists the chosen ones, then those of the most documents; others
// counts the rest of those that the name lets through.
func (r *run) structures() (list []FacetValue, others int) {
	asked := strings.Fields(words.Fold(r.q.Named))
	var chosen []FacetValue
	for no := range r.filter.bodies {
		s := r.labels.structures[no]
		chosen = append(chosen, FacetValue{Value: s.slug, Label: s.name, Count: r.counts.structures.of(int(no)), Selected: true})
	}
	for no, n := range r.counts.structures.n {
		s, known := r.labels.structures[uint32(no)]
		if n > 0 && known && !r.filter.bodies[uint32(no)] && s.named(asked) {
			list = append(list, FacetValue{Value: s.slug, Label: s.name, Count: n})
		}
	}
	most := frequentStructures
	if len(asked) > 0 {
		most = namedStructures
	}
	order := func(a, b FacetValue) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value)) }
	slices.SortFunc(chosen, order)
	slices.SortFunc(list, order)
	others = max(len(list)-most, 0)
	return append(chosen, list[:len(list)-others]...), others
}

// named tells whether each word stands in the name.
func (s structureLabel) named(asked []string) bool {
	return !slices.ContainsFunc(asked, func(word string) bool { return !strings.Contains(s.folded, word) })
}
