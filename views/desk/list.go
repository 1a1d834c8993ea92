package desk

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/hx"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// Names of the list's fields in addresses.
const (
	nameState   = "etat"
	nameCourse  = "formation"
	nameSession = "session"
	nameAge     = "age"
	nameOwner   = "affecte"
	nameQuery   = "q"
	nameSort    = "tri"
	nameDown    = "sens"
	namePage    = "page"
	nameAll     = "vue"
	namePlace   = "rang"
)

const (
	allValue  = "toutes"
	downValue = "desc"
)

// Address is the list's address for a filter. All says that an empty choice of states
// means every state, and not what waits for the officer.
func Address(f application.DeskFilter) string { return paths.DeskBy(pairs(f)...) }

func pairs(f application.DeskFilter) []string {
	out := []string{nameQuery, f.Query}
	for _, s := range f.States {
		out = append(out, nameState, string(s))
	}
	if len(f.States) == 0 {
		out = append(out, nameAll, allValue)
	}
	for _, id := range f.Courses {
		out = append(out, nameCourse, id.String())
	}
	for _, id := range f.Sessions {
		out = append(out, nameSession, id.String())
	}
	for _, a := range f.Ages {
		out = append(out, nameAge, string(a))
	}
	for _, o := range f.Owners {
		out = append(out, nameOwner, string(o))
	}
	if f.Sort != "" && f.Sort != application.SortPromised {
		out = append(out, nameSort, string(f.Sort))
	}
	if f.Down {
		out = append(out, nameDown, downValue)
	}
	if f.Page > 1 {
		out = append(out, namePage, strconv.Itoa(f.Page))
	}
	return out
}

// Awaiting is what the desk opens on: what waits for the officer (P17.14).
func Awaiting() application.DeskFilter {
	return application.DeskFilter{States: []application.DeskState{application.DeskToReview, application.DeskStuck}}
}

// Filter reads an address; what it does not know is left out.
func Filter(q url.Values) application.DeskFilter {
	f := application.DeskFilter{Query: q.Get(nameQuery), Sort: application.DeskSort(q.Get(nameSort)), Down: q.Get(nameDown) == downValue}
	for _, s := range q[nameState] {
		if slices.Contains(application.DeskStates(), application.DeskState(s)) {
			f.States = append(f.States, application.DeskState(s))
		}
	}
	for _, a := range q[nameAge] {
		if slices.Contains(application.DeskAges(), application.DeskAge(a)) {
			f.Ages = append(f.Ages, application.DeskAge(a))
		}
	}
	for _, o := range q[nameOwner] {
		if slices.Contains(application.DeskOwners(), application.DeskOwner(o)) {
			f.Owners = append(f.Owners, application.DeskOwner(o))
		}
	}
	f.Courses, f.Sessions = ids(q[nameCourse]), ids(q[nameSession])
	f.Page, _ = strconv.Atoi(q.Get(namePage))
	if len(f.States) == 0 && q.Get(nameAll) == "" && f.Query == "" {
		f.States = Awaiting().States
	}
	return f
}

// Place is where an application stands in the list that led to it, from 0; -1 when it was
// opened otherwise.
func Place(q url.Values) int {
	n, err := strconv.Atoi(q.Get(namePlace))
	if err != nil || n < 1 || n > 10_000_000 {
		return -1
	}
	return n - 1
}

func ids(values []string) []models.ID {
	found := []models.ID{}
	for _, v := range values {
		if id, err := parseID(v); err == nil && len(found) < 50 {
			found = append(found, id)
		}
	}
	return found
}

// ListPage is the officer's list (P9.1).
type ListPage struct {
	Filter application.DeskFilter
	List   application.DeskList
	Clock  Clock
	Papers map[models.ID]application.Progress // of the lines that have documents
	// Colleagues are those to whom applications can be confided; Absent, those for
	// whom the reader stands in now (P9.6).
	Colleagues []application.Colleague
	Absent     []application.Delegation
	Confided   Confided
	Batches    []application.BatchSummary // of the reader, that time may still allow to take back
}

// Confided is what became of applications confided in bulk.
type Confided struct {
	Asked         bool
	Done, Refused int
}

// rowAddress opens an application and remembers the list, so that one walks on.
func (p ListPage) rowAddress(n int) string {
	return opened(p.List.Rows[n].Application, p.Filter, p.place(n))
}

// place is where a line stands in the whole list, from 0.
func (p ListPage) place(n int) int { return (p.List.Page-1)*p.List.PerPage + n }

func opened(id models.ID, f application.DeskFilter, place int) string {
	f.Page = 0
	return paths.With(paths.DeskApplication(id.String()), append(pairs(f), namePlace, strconv.Itoa(place+1))...)
}

func (p ListPage) title(ctx context.Context) string {
	if v := p.view(); v != "" {
		return i18n.T(ctx, "desk.view."+v)
	}
	if len(p.Filter.States) == 1 {
		return i18n.T(ctx, "desk.state."+string(p.Filter.States[0]))
	}
	return i18n.T(ctx, "desk.selection")
}

// view names the ready-made view in force, "" for a selection of one's own.
func (p ListPage) view() string {
	f := p.Filter
	if f.Query != "" || len(f.Courses)+len(f.Sessions)+len(f.Ages)+len(f.Owners) > 0 {
		return ""
	}
	for _, v := range views() {
		if slices.Equal(v.states, f.States) {
			return v.key
		}
	}
	return ""
}

type view struct {
	key    string
	states []application.DeskState
}

func views() []view {
	return []view{
		{"mine", Awaiting().States},
		{"stuck", []application.DeskState{application.DeskStuck}},
		{"hold", []application.DeskState{application.DeskOnHold}},
		{"tell", []application.DeskState{application.DeskToTell}},
		{"waitlist", []application.DeskState{application.DeskWaitlisted}},
		{"all", nil},
	}
}

func (p ListPage) viewCount(v view) int {
	if v.states == nil {
		return p.List.All
	}
	n := 0
	for _, c := range p.List.States {
		if slices.Contains(v.states, application.DeskState(c.Value)) {
			n += c.Count
		}
	}
	return n
}

// facets are the groups of filters of the rail.
func (p ListPage) facets(ctx context.Context) []ui.Facet {
	state := ui.Facet{ID: "f-etat", Name: nameState, Title: i18n.T(ctx, "desk.facet.state"), Open: true}
	for _, c := range p.List.States {
		if c.Count > 0 || c.Selected {
			state.Options = append(state.Options, ui.FacetOption{Value: c.Value, Label: i18n.T(ctx, "desk.state."+c.Value), Count: c.Count, Checked: c.Selected})
		}
	}
	session := ui.Facet{ID: "f-session", Name: nameSession, Title: i18n.T(ctx, "desk.facet.session"), Open: true}
	for _, c := range p.List.Sessions {
		label := c.Label + ", " + i18n.DateShort(ctx, day(c.Start))
		session.Options = append(session.Options, ui.FacetOption{Value: c.Value, Label: label, Count: c.Count, Checked: c.Selected})
	}
	course := ui.Facet{ID: "f-formation", Name: nameCourse, Title: i18n.T(ctx, "desk.facet.course"), Open: true}
	for _, c := range p.List.Courses {
		course.Options = append(course.Options, ui.FacetOption{Value: c.Value, Label: c.Label, Count: c.Count, Checked: c.Selected})
	}
	age := ui.Facet{ID: "f-age", Name: nameAge, Title: i18n.T(ctx, "desk.facet.age"), Open: len(p.Filter.Ages) > 0}
	for _, c := range p.List.Ages {
		age.Options = append(age.Options, ui.FacetOption{Value: c.Value, Label: i18n.T(ctx, "desk.age."+c.Value), Count: c.Count, Checked: c.Selected})
	}
	owner := ui.Facet{ID: "f-affecte", Name: nameOwner, Title: i18n.T(ctx, "desk.facet.owner"), Open: true}
	for _, c := range p.List.Owners {
		if c.Count > 0 || c.Selected {
			owner.Options = append(owner.Options, ui.FacetOption{Value: c.Value, Label: i18n.T(ctx, "desk.owner."+c.Value), Count: c.Count, Checked: c.Selected})
		}
	}
	return []ui.Facet{state, owner, course, session, age}
}

// chip is a filter in force: following it removes it.
type chip struct{ label, href string }

func (p ListPage) chips(ctx context.Context) []chip {
	out := []chip{}
	add := func(label string, f application.DeskFilter) {
		f.Page = 0
		out = append(out, chip{label, Address(f)})
	}
	if p.Filter.Query != "" {
		f := p.Filter
		f.Query = ""
		add(i18n.T(ctx, "desk.chip.query", p.Filter.Query), f)
	}
	for _, c := range p.List.Courses {
		if c.Selected {
			f := p.Filter
			f.Courses = without(f.Courses, c.Value)
			add(c.Label, f)
		}
	}
	for _, c := range p.List.Sessions {
		if c.Selected {
			f := p.Filter
			f.Sessions = without(f.Sessions, c.Value)
			add(i18n.T(ctx, "desk.chip.session", i18n.Date(ctx, day(c.Start))), f)
		}
	}
	for _, o := range p.Filter.Owners {
		f := p.Filter
		f.Owners = slices.DeleteFunc(slices.Clone(f.Owners), func(x application.DeskOwner) bool { return x == o })
		add(i18n.T(ctx, "desk.owner."+string(o)), f)
	}
	for _, a := range p.Filter.Ages {
		f := p.Filter
		f.Ages = slices.DeleteFunc(slices.Clone(f.Ages), func(x application.DeskAge) bool { return x == a })
		add(i18n.T(ctx, "desk.age."+string(a)), f)
	}
	return out
}

func without(ids []models.ID, value string) []models.ID {
	return slices.DeleteFunc(slices.Clone(ids), func(id models.ID) bool { return id.String() == value })
}

// column is the head of a column that sorts.
func (p ListPage) column(ctx context.Context, s application.DeskSort, class string) ui.SortHeader {
	f := p.Filter
	f.Page = 0
	h := ui.SortHeader{Label: i18n.T(ctx, "desk.sort."+string(s)), Class: class}
	current := f.Sort
	if current == "" {
		current = application.SortPromised
	}
	if f.Down = current == s && !f.Down; current == s {
		h.Order = "ascending"
		if p.Filter.Down {
			h.Order = "descending"
		}
	}
	f.Sort = s
	h.Href = Address(f)
	h.Attrs = follow(h.Href)
	return h
}

// follow fetches an address of the list into the frame, where there is a script.
func follow(href string) templ.Attributes {
	return hx.Get(href, hx.Target("cadre"), hx.Select("cadre"), hx.PushURL(), hx.Latest())
}

// filtering sends the form of the rail as one ticks.
func filtering() templ.Attributes {
	return hx.Get(paths.Desk(), hx.Target("cadre"), hx.Select("cadre"), hx.PushURL(), hx.Latest(), hx.Trigger("change, submit"))
}

// searching sends the words as one types.
func searching() templ.Attributes {
	return hx.Get(paths.Desk(), hx.Target("cadre"), hx.Select("cadre"), hx.ReplaceURL(), hx.Latest(), hx.TypeAhead())
}

// kept are the choices that the search box sends again.
func (p ListPage) kept() []ui.Pair {
	f := p.Filter
	f.Query, f.Page = "", 0
	all := pairs(f)
	out := []ui.Pair{}
	for i := 0; i+1 < len(all); i += 2 {
		if all[i+1] != "" {
			out = append(out, ui.Pair{Name: all[i], Value: all[i+1]})
		}
	}
	return out
}

// found names the filter in force, for who decides for all its applications.
func (p ListPage) found() []ui.Pair {
	f := p.Filter
	f.Page = 0
	all := pairs(f)
	out := []ui.Pair{}
	for i := 0; i+1 < len(all); i += 2 {
		if all[i+1] != "" {
			out = append(out, ui.Pair{Name: all[i], Value: all[i+1]})
		}
	}
	return out
}

func (p ListPage) pagination() ui.Pagination {
	link := func(n int) string {
		f := p.Filter
		f.Page = n
		return Address(f)
	}
	return ui.Pagination{Page: p.List.Page, Pages: p.List.Pages, Link: link, Attrs: func(n int) templ.Attributes { return follow(link(n)) }}
}

func (p ListPage) shownRange(ctx context.Context) string {
	first := (p.List.Page-1)*p.List.PerPage + 1
	return i18n.T(ctx, "desk.range", i18n.Number(ctx, first), i18n.Number(ctx, first+len(p.List.Rows)-1), i18n.Number(ctx, p.List.Total))
}

// startWords is when what was applied to begins.
func startWords(ctx context.Context, r application.DeskRow) string {
	if r.Kind == application.Admission {
		return i18n.T(ctx, "desk.campaign.short", i18n.DateShort(ctx, day(r.StartsOn)))
	}
	return i18n.T(ctx, "desk.session", i18n.DateShort(ctx, day(r.StartsOn)))
}

// turn says whose turn it is on a line (P17.14).
func turn(ctx context.Context, s application.DeskState) string {
	return i18n.T(ctx, "desk.turn."+string(s.Turn()))
}

// short is the number without its year, which the line has no room for; the whole
// reference is read aloud and shown on hover.
func short(r application.DeskRow) string {
	return r.Reference[strings.LastIndexByte(r.Reference, '-')+1:]
}

func prefix(r application.DeskRow) string { return strings.TrimSuffix(r.Reference, short(r)) }

func viewFilter(v view) application.DeskFilter { return application.DeskFilter{States: v.states} }
