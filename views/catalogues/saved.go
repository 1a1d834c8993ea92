package catalogues

import (
	"context"
	"strings"

	"passerelle/models/catalogue"
	"passerelle/models/searching"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// SavedURL is the address of the results of a saved search.
func SavedURL(c searching.Criteria) string { return SavedFilters(c).URL() }

// SavedFilters is a saved search as the results page has it.
func SavedFilters(c searching.Criteria) Filters {
	return Filters{Text: c.Words, Exact: c.Exact, Sort: c.Sort, Values: c.Facets, Page: 1}
}

// Criteria is the search as it is saved.
func (f Filters) Criteria() searching.Criteria {
	return searching.Criteria{Words: f.Text, Exact: f.Exact, Sort: f.Sort, Facets: f.Values}
}

// DocumentURL is the page of a document of the search.
func DocumentURL(kind, reference string) string {
	switch catalogue.Kind(kind) {
	case catalogue.KindProgramme:
		return paths.Programme(reference)
	case catalogue.KindAnnouncement:
		return paths.Announcement(reference)
	}
	return paths.Course(reference)
}

// Labels are the words of filters, by "name/value".
type Labels map[string]string

// Of says what a search looks for on one line: its words, then its filters.
func (l Labels) Of(ctx context.Context, f Filters) string {
	parts := []string{}
	if f.Text != "" {
		parts = append(parts, i18n.T(ctx, "saved.words", f.Text))
	}
	return strings.Join(append(parts, l.filters(f)...), " · ")
}

func (l Labels) filters(f Filters) []string {
	parts := []string{}
	for _, name := range FacetNames() {
		for _, v := range f.Values[name] {
			if label := l[name+"/"+v]; label != "" {
				parts = append(parts, label)
			} else {
				parts = append(parts, v)
			}
		}
	}
	return parts
}

// Name is a name for a search that has none yet.
func (l Labels) Name(f Filters) string {
	parts := l.filters(f)
	if f.Text != "" {
		parts = append([]string{Capital(f.Text)}, parts...)
	}
	name := []rune(strings.Join(parts, ", "))
	if len(name) > 80 {
		name = append(name[:79], '…')
	}
	return string(name)
}

// SavedSearch is one saved search with its news.
type SavedSearch struct {
	searching.Saved
	What   string // its criteria in words
	Since  i18n.Moment
	Finds  []searching.NewsItem
	Filter Filters
}

// SavedPage is a person's saved searches (P4.7).
type SavedPage struct {
	Searches []SavedSearch
	Profile  *ProfileLine // nil: no alert on announcements
	Done     string       // key of what has just been done
}

// ProfileLine is the alert of the person's profile in one line.
type ProfileLine struct {
	What   string
	Rhythm searching.Rhythm
}

// more is how many news are not listed.
func (s SavedSearch) more() int { return max(s.News-len(s.Finds), 0) }

func (s SavedSearch) id() string { return s.ID.String() }

func newsLine(ctx context.Context, n searching.NewsItem) string {
	line := i18n.T(ctx, "saved.why."+n.Why) + " · " + i18n.T(ctx, "search.kind."+n.Kind)
	if n.By != "" {
		line += " · " + n.By
	}
	return line
}

// SaveForm names a search that is about to be saved, or changes one that is.
type SaveForm struct {
	ID      string // of the one that is changed
	Filters Filters
	What    string
	Name    string
	Rhythm  searching.Rhythm
	Total   int               // results now; -1 unknown
	Others  []searching.Saved // that it can replace
	Replace string            // id of the one chosen
	Same    *searching.Saved  // saved already
	Email   string            // where mails go
	Refusal string            // of the whole form
	Errors  map[string]string // by field
}

func (f SaveForm) action() string {
	if f.ID != "" {
		return paths.SavedSearch(f.ID)
	}
	return paths.SavedSearches()
}

// hidden are the criteria, carried by the form itself.
func (f SaveForm) hidden() [][2]string { return f.Filters.hidden() }

func (f Filters) hidden() [][2]string {
	out := [][2]string{{"q", f.Text}, {"tri", f.Sort}}
	if f.Exact {
		out = append(out, [2]string{"exact", "1"})
	}
	for _, name := range FacetNames() {
		for _, v := range f.Values[name] {
			out = append(out, [2]string{name, v})
		}
	}
	return out
}

func (f SaveForm) problems() []ui.Problem { return problemsOf(f.Errors, "nom", "rythme", "criteres") }

func problemsOf(errors map[string]string, fields ...string) []ui.Problem {
	out := []ui.Problem{}
	for _, field := range fields {
		if m := errors[field]; m != "" {
			out = append(out, ui.Problem{Message: m, Field: field})
		}
	}
	return out
}

func rhythms(ctx context.Context, now searching.Rhythm, problem string) ui.Radios {
	r := ui.Radios{Field: ui.Field{ID: "rythme", Name: "rythme", Label: i18n.T(ctx, "saved.rhythm.label"), Hint: i18n.T(ctx, "saved.rhythm.hint"), Error: problem}}
	for _, one := range searching.Rhythms() {
		r.Options = append(r.Options, ui.Option{Value: string(one), Label: i18n.T(ctx, "saved.rhythm."+string(one)),
			Hint: i18n.T(ctx, "saved.rhythm."+string(one)+".hint"), Selected: one == now})
	}
	return r
}

func (f SaveForm) replacing(ctx context.Context) ui.Select {
	s := ui.Select{Field: ui.Field{ID: "remplace", Name: "remplace", Label: i18n.T(ctx, "saved.as"), Hint: i18n.T(ctx, "saved.as.hint"), Quiet: true},
		Options: []ui.Option{{Value: "", Label: i18n.T(ctx, "saved.as.new"), Selected: f.Replace == ""}}}
	for _, o := range f.Others {
		s.Options = append(s.Options, ui.Option{Value: o.ID.String(), Label: i18n.T(ctx, "saved.as.replace", o.Name), Selected: f.Replace == o.ID.String()})
	}
	return s
}

// ProfileForm chooses the announcements of which one is told (P4.6).
type ProfileForm struct {
	Specialities []string
	Regions      []string
	All          []searching.Region
	Both         bool
	Rhythm       searching.Rhythm
	Email        string
	Set          bool // an alert exists
	Errors       map[string]string
}

func (f ProfileForm) problems() []ui.Problem {
	return problemsOf(f.Errors, "specialite", "region", "ensemble", "rythme")
}

// specialities are the domains, each with its own specialities to choose among.
func (f ProfileForm) specialities(ctx context.Context) ui.Checkboxes {
	c := ui.Checkboxes{Field: ui.Field{ID: "specialite", Name: "specialite", Label: i18n.T(ctx, "saved.specialities"), Hint: i18n.T(ctx, "saved.specialities.hint"), Error: f.Errors["specialite"], Quiet: true}}
	below := map[string][]ui.Checkbox{}
	for _, s := range catalogue.Specialities() {
		if s.Parent != "" {
			below[s.Parent] = append(below[s.Parent], ui.Checkbox{ID: "specialite-" + s.Code, Name: "specialite", Value: s.Code, Label: s.Name, Checked: has(f.Specialities, s.Code), Small: true})
		}
	}
	for _, s := range catalogue.Specialities() {
		if s.Parent == "" {
			c.Options = append(c.Options, ui.Option{Value: s.Code, Label: s.Name, Selected: has(f.Specialities, s.Code), Below: subspecialities(s.Name, below[s.Code])})
		}
	}
	return c
}

func anyChecked(list []ui.Checkbox) bool {
	for _, c := range list {
		if c.Checked {
			return true
		}
	}
	return false
}

func (f ProfileForm) regions(ctx context.Context) ui.Checkboxes {
	c := ui.Checkboxes{Field: ui.Field{ID: "region", Name: "region", Label: i18n.T(ctx, "saved.regions"), Error: f.Errors["region"], Quiet: true}}
	for _, r := range f.All {
		c.Options = append(c.Options, ui.Option{Value: r.Code, Label: r.Name, Selected: has(f.Regions, r.Code)})
	}
	return c
}

func (f ProfileForm) together(ctx context.Context) ui.Radios {
	return ui.Radios{Field: ui.Field{ID: "ensemble", Name: "ensemble", Label: i18n.T(ctx, "saved.both"), Error: f.Errors["ensemble"]}, Options: []ui.Option{
		{Value: "0", Label: i18n.T(ctx, "saved.both.either"), Hint: i18n.T(ctx, "saved.both.either.hint"), Selected: !f.Both},
		{Value: "1", Label: i18n.T(ctx, "saved.both.each"), Hint: i18n.T(ctx, "saved.both.each.hint"), Selected: f.Both}}}
}

func has(list []string, one string) bool {
	for _, v := range list {
		if v == one {
			return true
		}
	}
	return false
}

// ProfileWhat says what a profile is told about, on one line.
func ProfileWhat(ctx context.Context, c searching.Criteria, regions []searching.Region) string {
	specialities, places := []string{}, []string{}
	for _, s := range catalogue.Specialities() {
		if has(c.Facets[searching.FacetSpeciality], s.Code) {
			specialities = append(specialities, s.Name)
		}
	}
	for _, r := range regions {
		if has(c.Facets[searching.FacetRegion], r.Code) {
			places = append(places, r.Name)
		}
	}
	all := append(specialities, places...)
	if c.Both {
		return i18n.T(ctx, "saved.profile.both", "specialities", strings.Join(specialities, " ; "), "regions", strings.Join(places, ", "))
	}
	return strings.Join(all, " ; ")
}

// StopPage is the page behind a link of a mail of alerts. It asks before
// anything is done: mail scanners follow links (P17.11).
type StopPage struct {
	searching.Stopping
	Done bool // just done
	Kept bool // the search stays, without mails
}

func (p StopPage) name(ctx context.Context) string {
	if p.Search == nil || p.Search.Name == "" {
		return i18n.T(ctx, "saved.stop.profile")
	}
	return i18n.T(ctx, "saved.stop.named", p.Search.Name)
}

func stopTitle(ctx context.Context, p StopPage, key string) string {
	if p.Done || p.Over {
		return i18n.T(ctx, key+".after")
	}
	return i18n.T(ctx, key)
}

// rhythmList is the choice of a rhythm on one line.
func rhythmList(ctx context.Context) ui.Select {
	s := ui.Select{Field: ui.Field{ID: "alerte-rythme", Name: "rythme", Label: i18n.T(ctx, "saved.rhythm.label"), Quiet: true}}
	for _, one := range searching.Rhythms() {
		s.Options = append(s.Options, ui.Option{Value: string(one), Label: i18n.T(ctx, "saved.rhythm."+string(one)), Selected: one == searching.Weekly})
	}
	return s
}

// watched is the search that watches for announcements, and the criteria of the
// advanced search that it leaves out.
func (q AnnouncementQuery) watched() (f Filters, left []string) {
	f = Filters{Text: q.Text, Values: map[string][]string{"nature": {"annonce"}}, Page: 1}
	for _, name := range q.Criteria() {
		switch name {
		case "q":
		case "ouvertes":
			f.Values["inscription"] = []string{"ouverte"}
		case "region", "departement", structures:
			f.Values[name] = q.Values[name]
		default:
			left = append(left, name)
		}
	}
	return f, left
}

// profileURL is the alert of a profile with the specialities and regions that
// are sought.
func (q AnnouncementQuery) profileURL() string {
	pairs := []string{}
	for _, name := range []string{searching.FacetSpeciality, searching.FacetRegion} {
		for _, v := range q.Values[name] {
			pairs = append(pairs, name, v)
		}
	}
	return paths.With(paths.ProfileAlert(), pairs...)
}

// alertText says what is watched, and what is not.
func (p AnnouncementsPage) alertText(ctx context.Context, left []string) string {
	if len(p.Query.Criteria()) == 0 {
		return i18n.T(ctx, "announcements.alert.all")
	}
	text := i18n.T(ctx, "announcements.alert.text")
	if len(left) > 0 {
		names := []string{}
		for _, name := range left {
			names = append(names, i18n.T(ctx, "announcements."+name))
		}
		text += " " + i18n.T(ctx, "announcements.alert.left", strings.Join(names, ", "))
	}
	return text
}
