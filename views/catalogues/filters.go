package catalogues

import (
	"slices"
	"strconv"
	"strings"

	"passerelle/views/paths"
)

// Filters is a search as its address says it: what was typed, the filters by name, the
// sort and the page. An address holds the whole of it, so that it can be shared (P4.1).
type Filters struct {
	Text   string
	Values map[string][]string // by name of facet, in the order of the address
	Sort   string              // "", "debut", "cloture"
	Page   int                 // from 1
	Exact  bool                // the person insists on what they typed
	Named  string              // lists structures of that name; no part of the search
}

// FacetNames are the filters of an address, in the order in which they are drawn (P4.2).
func FacetNames() []string {
	return []string{"nature", "theme", "region", "departement", "inscription", "structure", "cloture", "debut", "niveau", "modalite", "duree"}
}

// Sorts are the orders of the results, relevance first.
func Sorts() []string { return []string{"", "debut", "cloture"} }

// Limits of an address: more is nobody's search.
const (
	maxText   = 200
	maxValues = 40
	maxPage   = 50
)

// ParseFilters reads an address. What it does not know is left out, never refused: an
// address is typed, cut and pasted.
func ParseFilters(get func(name string) []string) Filters {
	f := Filters{Values: map[string][]string{}, Page: 1}
	if q := get("q"); len(q) > 0 {
		f.Text = Clean(q[0])
	}
	for _, name := range FacetNames() {
		for _, v := range get(name) {
			if v = strings.TrimSpace(v); v != "" && len(v) <= 80 && len(f.Values[name]) < maxValues && !slices.Contains(f.Values[name], v) {
				f.Values[name] = append(f.Values[name], v)
			}
		}
	}
	// The short form of "registration open today", easy to type and to remember.
	if open := get("ouvertes"); len(open) > 0 && open[0] == "1" && !slices.Contains(f.Values["inscription"], "ouverte") {
		f.Values["inscription"] = append(f.Values["inscription"], "ouverte")
	}
	if named := get("structures"); len(named) > 0 {
		f.Named = Clean(named[0])
	}
	exact := get("exact")
	f.Exact = len(exact) > 0 && exact[0] == "1"
	if sort := get("tri"); len(sort) > 0 && slices.Contains(Sorts(), sort[0]) {
		f.Sort = sort[0]
	}
	if page := get("page"); len(page) > 0 {
		if n, err := strconv.Atoi(page[0]); err == nil {
			f.Page = min(max(n, 1), maxPage)
		}
	}
	return f
}

// Clean bounds what was typed and keeps it on one line.
func Clean(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxText {
		s = string(r[:maxText])
	}
	return s
}

// Has reports a filter in force.
func (f Filters) Has(name, value string) bool { return slices.Contains(f.Values[name], value) }

// Count is the number of filters in force.
func (f Filters) Count() int {
	n := 0
	for _, values := range f.Values {
		n += len(values)
	}
	return n
}

// URL is the address of the search: the same search has the same address.
func (f Filters) URL() string {
	pairs := []string{"q", f.Text}
	for _, name := range FacetNames() {
		for _, v := range f.Values[name] {
			pairs = append(pairs, name, v)
		}
	}
	pairs = append(pairs, "tri", f.Sort)
	if f.Exact {
		pairs = append(pairs, "exact", "1")
	}
	if f.Page > 1 {
		pairs = append(pairs, "page", strconv.Itoa(f.Page))
	}
	return paths.SearchBy(pairs...)
}

// with is a copy on page 1, which the change may alter.
func (f Filters) with(change func(*Filters)) Filters {
	values := make(map[string][]string, len(f.Values))
	for name, v := range f.Values {
		values[name] = slices.Clone(v)
	}
	f.Values, f.Page = values, 1
	change(&f)
	return f
}

// Without is the search without one filter. Without a region, its departments stay: they
// were chosen too.
func (f Filters) Without(name, value string) Filters {
	return f.with(func(f *Filters) {
		f.Values[name] = slices.DeleteFunc(f.Values[name], func(v string) bool { return v == value })
	})
}

// Bare is the search without any filter.
func (f Filters) Bare() Filters { return f.with(func(f *Filters) { f.Values = map[string][]string{} }) }

// For is the same filters with other words.
func (f Filters) For(text string) Filters {
	return f.with(func(f *Filters) { f.Text, f.Exact = text, false })
}

// Insist is the same search for the very words that were typed.
func (f Filters) Insist() Filters { return f.with(func(f *Filters) { f.Exact = true }) }

// At is another page of the same search.
func (f Filters) At(page int) Filters {
	f.Page = page
	return f
}

// SameBut reports that two searches differ by their words alone: the address is then
// replaced while typing, so that Back leaves the search at once (P4.1).
func (f Filters) SameBut(other Filters) bool {
	return f.Exact == other.Exact && f.For("").URL() == other.For("").URL()
}
