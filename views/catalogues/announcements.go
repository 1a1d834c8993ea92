package catalogues

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"passerelle/models/catalogue"
	"passerelle/views/hx"
	"passerelle/views/i18n"
	"passerelle/views/layout"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// AnnouncementQuery is an advanced search of announcements as its address says it (P4.4):
// criteria cumulate. What was typed is kept as it was, wrong dates included.
type AnnouncementQuery struct {
	Number, Text string
	Values       map[string][]string // by criterion: specialite, region, departement, structure
	Dates        map[string]string   // by field, as typed
	Open         bool
	Sort         string // a column; "-" before it for the other way
	Page         int    // from 1
	Named        string // lists structures of that name; no part of the search
}

// AnnouncementLists are the criteria that are chosen in a list.
func AnnouncementLists() []string { return []string{"specialite", "region", "departement", structures} }

// AnnouncementPeriods are the criteria between two dates; their fields end in _du and _au.
func AnnouncementPeriods() []string { return []string{"debut", "fin", "cloture"} }

// announcementColumns are those that the result is sorted by.
func announcementColumns() []string {
	return []string{catalogue.ByNumber, catalogue.ByTitle, catalogue.BySpeciality, catalogue.ByPlace, catalogue.ByStartsOn, catalogue.ByEndsOn, catalogue.ByClosesOn}
}

// ParseAnnouncementQuery reads an address. What it does not know is left out.
func ParseAnnouncementQuery(get func(name string) []string) AnnouncementQuery {
	first := func(name string) string {
		if all := get(name); len(all) > 0 {
			return Clean(all[0])
		}
		return ""
	}
	q := AnnouncementQuery{Number: first("numero"), Text: first("q"), Named: first("structures"), Open: first("ouvertes") == "1",
		Values: map[string][]string{}, Dates: map[string]string{}, Page: 1}
	for _, name := range AnnouncementLists() {
		for _, v := range get(name) {
			if v = strings.TrimSpace(v); v != "" && len(v) <= 80 && len(q.Values[name]) < maxValues && !slices.Contains(q.Values[name], v) {
				q.Values[name] = append(q.Values[name], v)
			}
		}
	}
	for _, name := range AnnouncementPeriods() {
		for _, end := range []string{"_du", "_au"} {
			if v := first(name + end); v != "" {
				q.Dates[name+end] = v
			}
		}
	}
	if sort := first("tri"); slices.Contains(announcementColumns(), strings.TrimPrefix(sort, "-")) {
		q.Sort = sort
	}
	if n, err := strconv.Atoi(first("page")); err == nil {
		q.Page = min(max(n, 1), 10_000)
	}
	return q
}

// URL is the address of the search: the same search has the same address.
func (q AnnouncementQuery) URL() string {
	pairs := []string{"numero", q.Number, "q", q.Text}
	for _, name := range AnnouncementLists() {
		for _, v := range q.Values[name] {
			pairs = append(pairs, name, v)
		}
	}
	for _, name := range AnnouncementPeriods() {
		pairs = append(pairs, name+"_du", q.Dates[name+"_du"], name+"_au", q.Dates[name+"_au"])
	}
	if q.Open {
		pairs = append(pairs, "ouvertes", "1")
	}
	pairs = append(pairs, "tri", q.Sort)
	if q.Page > 1 {
		pairs = append(pairs, "page", strconv.Itoa(q.Page))
	}
	return paths.AnnouncementsBy(pairs...)
}

// Has reports a value chosen in a list.
func (q AnnouncementQuery) Has(name, value string) bool {
	return slices.Contains(q.Values[name], value)
}

// Criteria names those in force: number and q, the lists, the periods, then ouvertes.
func (q AnnouncementQuery) Criteria() []string {
	var list []string
	add := func(name string, is bool) {
		if is {
			list = append(list, name)
		}
	}
	add("numero", q.Number != "")
	add("q", q.Text != "")
	for _, name := range AnnouncementLists() {
		add(name, len(q.Values[name]) > 0)
	}
	for _, name := range AnnouncementPeriods() {
		add(name, q.Dates[name+"_du"]+q.Dates[name+"_au"] != "")
	}
	add("ouvertes", q.Open)
	return list
}

// Without is the search without a criterion, or without one value of it; on page 1.
func (q AnnouncementQuery) Without(name, value string) AnnouncementQuery {
	values, dates := map[string][]string{}, map[string]string{}
	for n, list := range q.Values {
		if n == name {
			list = slices.DeleteFunc(slices.Clone(list), func(v string) bool { return value == "" || v == value })
		}
		values[n] = list
	}
	for n, typed := range q.Dates {
		if n != name+"_du" && n != name+"_au" {
			dates[n] = typed
		}
	}
	switch name {
	case "numero":
		q.Number = ""
	case "q":
		q.Text = ""
	case "ouvertes":
		q.Open = false
	}
	q.Values, q.Dates, q.Page = values, dates, 1
	return q
}

// At is another page of the same search.
func (q AnnouncementQuery) At(page int) AnnouncementQuery {
	q.Page = page
	return q
}

// For is the same search with other words.
func (q AnnouncementQuery) For(text string) AnnouncementQuery {
	q.Text, q.Page = text, 1
	return q
}

// detailed is the advanced search of announcements with what is sought already.
func (p ResultsPage) detailed() string {
	q := AnnouncementQuery{Text: p.Filters.Text, Values: map[string][]string{}}
	for _, name := range []string{"region", "departement", structures} {
		for _, v := range p.Filters.Values[name] {
			if v != "distance" {
				q.Values[name] = append(q.Values[name], v)
			}
		}
	}
	return q.URL()
}

// AnnouncementsPage is the advanced search of announcements and what it found (P4.4).
type AnnouncementsPage struct {
	Query     AnnouncementQuery
	List      catalogue.AnnouncementList
	PerPage   int
	Facets    []Facet
	Names     map[string]string // of the values chosen, by criterion and value: "region/53"
	Problems  map[string]string // key of what is wrong, by field
	Args      map[string]string // what the words of a problem need
	Drops     []Drop            // when nothing is found
	Corrected string            // what was searched instead of what was typed
	Suggested string
	Starting  bool // they will be in a few seconds: the portal has just started
	Down      bool // words cannot be sought now; the other criteria can
	Today     time.Time
}

// Date is the date typed in a field, zero where there is none; what cannot be understood
// is a problem of the page.
func (p *AnnouncementsPage) Date(field string, read func(typed string) (time.Time, string)) time.Time {
	typed := p.Query.Dates[field]
	if typed == "" {
		return time.Time{}
	}
	d, problem := read(typed)
	if problem != "" && p.Problems != nil {
		p.Problems[field] = problem
	}
	return d
}

// Drop is a criterion that finds something once it is dropped.
type Drop struct {
	Name  string
	Total int
}

func (p AnnouncementsPage) title(ctx context.Context) string {
	if len(p.Problems) > 0 || p.Down {
		return i18n.T(ctx, "announcements.title")
	}
	if p.Query.Text == "" {
		return p.count(ctx)
	}
	return i18n.T(ctx, "search.tab", "text", p.Query.Text, "count", p.count(ctx))
}

func (p AnnouncementsPage) count(ctx context.Context) string {
	return i18n.N(ctx, "home.counts.announcements", p.List.Total)
}

// audience brings the sheet of the error summary where there is one.
func (p AnnouncementsPage) audience() layout.Audience {
	if len(p.Problems) > 0 {
		return layout.Space
	}
	return layout.Public
}

// open shows the criteria from the start: before a search, and when one has to change.
func (p AnnouncementsPage) open() bool {
	return len(p.Query.Criteria()) == 0 || len(p.Problems) > 0 || p.List.Total == 0
}

func (p AnnouncementsPage) criteria(ctx context.Context) string {
	n := len(p.Query.Criteria())
	if n == 0 {
		return i18n.T(ctx, "announcements.criteria")
	}
	return i18n.N(ctx, "announcements.criteria.in_force", n)
}

func (p AnnouncementsPage) crumbs(ctx context.Context) []ui.Crumb {
	return []ui.Crumb{{Text: i18n.T(ctx, "catalogue.home"), Href: paths.Home()}, {Text: i18n.T(ctx, "announcements.title")}}
}

// groups are the lists as the design system draws them.
func (p AnnouncementsPage) groups(ctx context.Context) []ui.Facet {
	var out []ui.Facet
	for _, f := range p.Facets {
		g := ui.Facet{ID: "c-" + f.Name, Name: f.Name, Title: i18n.T(ctx, "announcements."+f.Name), Open: len(p.Query.Values[f.Name]) > 0}
		if f.Name == structures {
			g.Find = &ui.FacetFind{Name: "structures", Label: i18n.T(ctx, "search.structure.find"), Value: p.Query.Named, Others: f.Others, Count: f.Others,
				Attrs: hx.Get(paths.Announcements(), hx.Target("c-structure-liste"), hx.Include("criteres"), hx.Trigger("input changed delay:150ms"), hx.Latest())}
		}
		for _, c := range f.Choices {
			o := ui.FacetOption{Value: c.Value, Label: c.Label, Count: c.Count, Checked: c.Checked, Sub: c.Sub}
			if g.Find != nil || len(g.Options) < shownChoices || len(g.More) == 0 && (c.Checked || c.Sub) {
				g.Options = append(g.Options, o)
			} else {
				g.More = append(g.More, o)
			}
			if g.Find != nil && !c.Checked {
				g.Find.Count++
			}
		}
		out = append(out, g)
	}
	return out
}

// AnnouncementStructures is the list of structures alone.
func AnnouncementStructures(p AnnouncementsPage) templ.Component {
	return foundIn(p.groups)
}

// hints are the ids of what is said of a period.
func (p AnnouncementsPage) hints(name string) string {
	if name == "fin" {
		return "dates-aide fin-aide"
	}
	return "dates-aide"
}

// field is one of the two dates of a period.
func (p AnnouncementsPage) field(ctx context.Context, name, end string) ui.Input {
	id := name + end
	f := ui.Field{ID: id, Name: id, Label: i18n.T(ctx, "announcements"+end), Optional: true, Quiet: true, Error: p.problem(ctx, id)}
	return ui.Input{Field: f, Value: p.Query.Dates[id], Size: "s", InputMode: "numeric", Autocomplete: "off", MaxLength: 40}
}

func (p AnnouncementsPage) problem(ctx context.Context, id string) string {
	key := p.Problems[id]
	if key == "" {
		return ""
	}
	return i18n.T(ctx, key, p.Args[id])
}

// summary lists what is wrong in the words of the fields.
func (p AnnouncementsPage) summary(ctx context.Context) ui.ErrorSummary {
	var s ui.ErrorSummary
	for _, name := range AnnouncementPeriods() {
		for _, end := range []string{"_du", "_au"} {
			if text := p.problem(ctx, name+end); text != "" {
				s.Problems = append(s.Problems, ui.Problem{Message: i18n.T(ctx, "announcements."+name) + " : " + text, Field: name + end})
			}
		}
	}
	s.Title = i18n.N(ctx, "announcements.wrong", len(s.Problems))
	return s
}

// chips are the criteria in force; following one drops it.
func (p AnnouncementsPage) chips(ctx context.Context) []chip {
	var out []chip
	for _, name := range p.Query.Criteria() {
		if values := p.Query.Values[name]; len(values) > 0 {
			for _, v := range values {
				out = append(out, chip{p.named(name, v), p.Query.Without(name, v).URL()})
			}
		} else {
			out = append(out, chip{p.words(ctx, name), p.Query.Without(name, "").URL()})
		}
	}
	return out
}

func (p AnnouncementsPage) named(name, value string) string {
	return Capital(or(p.Names[name+"/"+value], value))
}

// words says a criterion in a few words.
func (p AnnouncementsPage) words(ctx context.Context, name string) string {
	label := i18n.T(ctx, "announcements."+name)
	switch name {
	case "numero":
		return label + " : " + p.Query.Number
	case "q":
		return "« " + p.Query.Text + " »"
	case "ouvertes":
		return i18n.T(ctx, "announcements.open.short")
	}
	if values := p.Query.Values[name]; len(values) > 0 {
		list := []string{}
		for _, v := range values {
			list = append(list, p.named(name, v))
		}
		return label + " : " + strings.Join(list, ", ")
	}
	from, to := p.Query.Dates[name+"_du"], p.Query.Dates[name+"_au"]
	switch {
	case to == "":
		return i18n.T(ctx, "announcements.from", "what", label, "from", from)
	case from == "":
		return i18n.T(ctx, "announcements.to", "what", label, "to", to)
	}
	return i18n.T(ctx, "announcements.between", "what", label, "from", from, "to", to)
}

// head is the head of a column, which sorts by it, then the other way.
func (p AnnouncementsPage) head(ctx context.Context, column string) ui.SortHeader {
	h := ui.SortHeader{Label: i18n.T(ctx, "announcements.column."+column)}
	to := p.Query.At(1)
	to.Sort = column
	switch p.Query.Sort {
	case column:
		h.Order, to.Sort = "ascending", "-"+column
	case "-" + column:
		h.Order = "descending"
	}
	h.Href = to.URL()
	h.Attrs = hx.Merge(templ.Attributes{"id": "tri-" + column}, p.part(h.Href))
	return h
}

// part makes a link change the list alone.
func (p AnnouncementsPage) part(url string) templ.Attributes {
	return hx.Get(url, hx.Target("annonces"), hx.PushURL())
}

func (p AnnouncementsPage) pagination(ctx context.Context) ui.Pagination {
	return ui.Pagination{Page: p.Query.Page, Pages: (p.List.Total + p.PerPage - 1) / p.PerPage,
		Link: func(n int) string { return p.Query.At(n).URL() + "#annonces" }}
}

// order says in which order the lines are.
func (p AnnouncementsPage) order(ctx context.Context) string {
	column, down := strings.CutPrefix(p.Query.Sort, "-")
	switch {
	case column == "" && p.Query.Text != "":
		return i18n.T(ctx, "announcements.order.worth")
	case column == "":
		return i18n.T(ctx, "announcements.order.latest")
	case down:
		return i18n.T(ctx, "announcements.order.down", i18n.T(ctx, "announcements.column."+column))
	}
	return i18n.T(ctx, "announcements.order.up", i18n.T(ctx, "announcements.column."+column))
}

// span says which lines are shown.
func (p AnnouncementsPage) span(ctx context.Context) string {
	first := (p.Query.Page-1)*p.PerPage + 1
	return i18n.T(ctx, "announcements.span", "first", i18n.Number(ctx, first), "last", i18n.Number(ctx, first+len(p.List.Lines)-1),
		"total", i18n.Number(ctx, p.List.Total))
}

// speciality gives the names of a line's sub-speciality and speciality.
func speciality(code string) (name, domain string) {
	for _, s := range catalogue.Specialities() {
		if s.Code == code {
			name = s.Name
		}
		if code != "" && s.Code == code[:1] {
			domain = s.Name
		}
	}
	return name, domain
}

// over reports a deadline that has passed.
func (p AnnouncementsPage) over(l catalogue.AnnouncementLine) bool {
	return l.ClosesOn != nil && p.Today.After(*l.ClosesOn)
}

// shifted reports dates moved for the demonstration.
func (p AnnouncementsPage) shifted() bool {
	return slices.ContainsFunc(p.List.Lines, func(l catalogue.AnnouncementLine) bool { return l.ShiftedYears > 0 })
}
