package catalogues

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/a-h/templ"

	"passerelle/models/catalogue"
	"passerelle/views/hx"
	"passerelle/views/i18n"
	"passerelle/views/layout"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// ResultsPage is the answer to a search (P4.1, P4.2, P4.3).
type ResultsPage struct {
	Filters   Filters
	Total     int
	Lesser    int // of Total, those that miss some of the words
	PerPage   int
	Hits      []Hit
	Facets    []Facet
	Corrected string // what was searched instead of what was typed, empty when the same
	Suggested string // "did you mean": the search was made as typed
	Near      []Hit  // without the filters, when nothing was found with them
	NearTotal int
	Today     time.Time
	// FocusTitle brings the focus to the title: the link that was followed is gone.
	FocusTitle bool
	Down       bool        // the search does not answer (P15.4)
	Starting   bool        // it is about to: the portal has just started
	Degraded   bool        // another engine took over: ranks may differ
	Engine     string      // that answered, for the count of queries
	Exact      int         // results that hold the words as typed, likewise
	At         i18n.Moment // of the failure
	Request    string      // number of the request, when down
}

// Hit is one found object.
type Hit struct {
	Kind      catalogue.Kind
	Reference string
	Title     ui.Marks
	Text      ui.Marks
	Duration  string
	Place     string
	Others    int // places besides
	Level     string
	By        string // institution or employer
	Contract  string
	Type      string // of a programme: "Master"
	Seats     int    // of a programme, 0 when unknown
	Session   *HitSession
	Published i18n.Day
	Shifted   bool     // the dates were moved for the demonstration
	Closes    i18n.Day // of an announcement
}

// HitSession is the session that a result shows: the next that answers the filters.
type HitSession struct {
	State  catalogue.State
	Starts time.Time
	Closes time.Time
	Opens  time.Time
	Seats  int // left; -1 when unknown
	Others int // sessions besides
}

// Facet is a group of filters with their counts.
type Facet struct {
	Name    string
	Choices []Choice
	Others  int // of structures, those that are not listed
}

// Choice is one filter. The label is in French when it comes from a nomenclature.
type Choice struct {
	Value, Label string
	Count        int
	Checked      bool
	Sub          bool
}

// shownChoices is how many filters a group shows before "n others".
const shownChoices = 7

func (p ResultsPage) title(ctx context.Context) string {
	count := p.count(ctx)
	switch {
	case p.Starting:
		count = i18n.T(ctx, "search.starting.title")
	case p.Down:
		count = i18n.T(ctx, "search.down")
	}
	if p.Filters.Text == "" {
		return count
	}
	return i18n.T(ctx, "search.tab", "text", p.Filters.Text, "count", count)
}

func (p ResultsPage) count(ctx context.Context) string {
	return i18n.N(ctx, "search.count", p.Total)
}

// partly says how many of the results hold every word, where others are shown
// beside them; empty where all do.
func (p ResultsPage) partly(ctx context.Context) string {
	switch {
	case p.Lesser == 0:
		return ""
	case p.Lesser >= p.Total:
		return i18n.T(ctx, "search.partly.none")
	}
	return i18n.N(ctx, "search.partly", p.Total-p.Lesser)
}

func (p ResultsPage) current() layout.Nav {
	nature := p.Filters.Values["nature"]
	if len(nature) != 1 {
		return layout.NavSearch
	}
	switch nature[0] {
	case "formation":
		return layout.NavCourses
	case "diplome":
		return layout.NavProgrammes
	case "annonce":
		return layout.NavAnnouncements
	}
	return layout.NavSearch
}

// searchForm makes the form search as one types and at each filter; the address follows
// by what the server answers (replaced while typing, pushed by a filter).
func searchForm() templ.Attributes {
	return hx.Merge(templ.Attributes{"id": "recherche"}, hx.Get(paths.Search(""), hx.Target("resultats"), hx.Latest(), hx.Shown("503"),
		hx.Trigger("input changed delay:150ms, submit, change from:#zone-resultats")))
}

// seen tells two seconds after the last letter that these results are looked at:
// what is typed on the way counts for nothing (P14.1).
func seen() templ.Attributes {
	return hx.Merge(templ.Attributes{"data-quiet": true}, hx.Post(paths.SearchSeen(), hx.Include("recherche"), hx.NoSwap(), hx.Trigger("input delay:2s from:#recherche")))
}

// follow makes a link of the results change them in place.
func follow(url string) templ.Attributes {
	return hx.Get(url, hx.Target("resultats"), hx.Shown("503"))
}

// retry asks again until the search has started, unless somebody types meanwhile.
func (p ResultsPage) retry() templ.Attributes {
	return hx.Merge(templ.Attributes{"data-quiet": true}, hx.Get(p.Filters.URL(), hx.Target("resultats"), hx.Shown("503"), hx.Trigger("every 2s"), hx.Yield("recherche")))
}

// groups are the facets as the design system draws them.
func (p ResultsPage) groups(ctx context.Context) []ui.Facet {
	var out []ui.Facet
	for _, f := range p.Facets {
		g := ui.Facet{ID: "f-" + f.Name, Name: f.Name, Title: i18n.T(ctx, "search.facet."+f.Name), Attrs: templ.Attributes{"form": "recherche"},
			Open: len(p.Filters.Values[f.Name]) > 0 || f.Name == "nature" || f.Name == "theme" || f.Name == "region" || f.Name == "inscription"}
		if f.Name == structures {
			g.Find = p.finding(ctx, f)
		}
		for _, c := range f.Choices {
			o := ui.FacetOption{Value: c.Value, Label: c.Label, Count: c.Count, Checked: c.Checked, Sub: c.Sub}
			if g.Find != nil || len(g.Options) < shownChoices || c.Checked && len(g.More) == 0 || c.Sub && len(g.More) == 0 {
				g.Options = append(g.Options, o)
			} else {
				g.More = append(g.More, o)
			}
		}
		out = append(out, g)
	}
	return out
}

// structures is the filter with too many values to list: the most frequent are, and
// those chosen; the others are found by their name.
const structures = "structure"

// finding is the field that looks for a structure by its name. Its list alone changes
// while one types.
func (p ResultsPage) finding(ctx context.Context, f Facet) *ui.FacetFind {
	find := ui.FacetFind{Name: "structures", Label: i18n.T(ctx, "search.structure.find"), Value: p.Filters.Named, Others: f.Others, Count: f.Others}
	for _, c := range f.Choices {
		if !c.Checked {
			find.Count++
		}
	}
	find.Attrs = hx.Get(paths.Search(""), hx.Target("f-structure-liste"), hx.IncludeForm("recherche"), hx.Trigger("input changed delay:150ms"), hx.Latest())
	return &find
}

// Structures is the list of structures alone.
func Structures(p ResultsPage) templ.Component {
	return foundIn(p.groups)
}

// foundIn is the list of the group that is found by name, alone.
func foundIn(groups func(context.Context) []ui.Facet) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		for _, g := range groups(ctx) {
			if g.Find != nil {
				return ui.FacetFound(g).Render(ctx, w)
			}
		}
		return nil
	})
}

// chips are the filters in force; following one removes it.
func (p ResultsPage) chips() []chip {
	var out []chip
	for _, name := range FacetNames() {
		for _, v := range p.Filters.Values[name] {
			out = append(out, chip{p.label(name, v), p.Filters.Without(name, v).URL()})
		}
	}
	return out
}

type chip struct{ label, href string }

// chipID names a chip by its place, so that the focus stays there and the next chip is
// under it when one is removed.
func chipID(n int) string { return "filtre-" + strconv.Itoa(n) }

// Gone reports that the link of that id, which was followed, is no more in the page.
func (p ResultsPage) Gone(id string) bool {
	n, err := strconv.Atoi(strings.TrimPrefix(id, "filtre-"))
	return id == "tout-effacer" || strings.HasPrefix(id, "filtre-") && err == nil && n >= len(p.chips())
}

// label is the words of a filter, from the facets when they know it.
func (p ResultsPage) label(name, value string) string {
	for _, f := range p.Facets {
		for _, c := range f.Choices {
			if f.Name == name && c.Value == value {
				return c.Label
			}
		}
	}
	return value
}

func (p ResultsPage) sorts(ctx context.Context) []ui.Option {
	var out []ui.Option
	for _, s := range Sorts() {
		key := "search.sort.relevance"
		if s != "" {
			key = "search.sort." + s
		}
		out = append(out, ui.Option{Value: s, Label: i18n.T(ctx, key), Selected: s == p.Filters.Sort})
	}
	return out
}

// shown counts the results drawn up to and with this page.
func (p ResultsPage) shown() int { return min((p.Filters.Page-1)*p.PerPage+len(p.Hits), p.Total) }

// span says which results a whole page shows.
func (p ResultsPage) span(ctx context.Context) string {
	if p.Filters.Page == 1 {
		return i18n.N(ctx, "search.shown", p.shown(), "total", i18n.Number(ctx, p.Total))
	}
	first := (p.Filters.Page-1)*p.PerPage + 1
	return i18n.T(ctx, "search.span", "first", i18n.Number(ctx, min(first, p.shown())), "last", i18n.Number(ctx, p.shown()), "total", i18n.Number(ctx, p.Total))
}

// more is the address of the next results, empty at the end.
func (p ResultsPage) more() string {
	if p.shown() >= p.Total || len(p.Hits) == 0 || p.Filters.Page >= maxPage {
		return ""
	}
	return p.Filters.At(p.Filters.Page + 1).URL()
}

// row is a hit as the design system draws it.
func (p ResultsPage) row(ctx context.Context, h Hit) ui.Result {
	if len(h.Title) > 0 {
		h.Title = slices.Clone(h.Title)
		h.Title[0].Text = Capital(h.Title[0].Text)
	}
	r := ui.Result{ID: "r-" + string(h.Kind) + "-" + h.Reference, Title: h.Title, Text: h.Text, Attrs: French(ctx)}
	kind := i18n.T(ctx, "search.kind."+string(h.Kind))
	r.Kind = kind + " · " + h.Reference
	add := func(icon ui.Icon, text string) {
		if text != "" {
			r.Meta = append(r.Meta, ui.ResultMeta{Icon: icon, Text: text})
		}
	}
	switch h.Kind {
	case catalogue.KindProgramme:
		r.Icon, r.Href = ui.IconGraduationCap, paths.Programme(h.Reference)
		r.Kind = joined(" · ", kind, h.Type)
		if h.Seats > 0 {
			r.Kind += " · " + i18n.N(ctx, "home.seats", h.Seats)
		}
		p.campaignSide(ctx, h.Session, &r)
	case catalogue.KindAnnouncement:
		r.Icon, r.Href = ui.IconMegaphone, paths.Announcement(h.Reference)
		p.announcementSide(ctx, h, &r)
	default:
		r.Icon, r.Href = ui.IconBookOpen, paths.Course(h.Reference)
		p.sessionSide(ctx, h.Session, &r)
	}
	add(ui.IconClock, h.Duration)
	if h.Others > 0 {
		h.Place = i18n.N(ctx, "search.places", h.Others, "place", h.Place)
	}
	add(ui.IconMapPin, h.Place)
	add(ui.IconBuilding2, h.By)
	add(ui.IconGraduationCap, Capital(h.Level))
	add(ui.IconFileText, h.Contract)
	return r
}

func (p ResultsPage) announcementSide(ctx context.Context, h Hit, r *ui.Result) {
	switch {
	case h.Closes.IsZero():
		r.State = ui.Status{Tone: ui.ToneInfo, Label: i18n.T(ctx, "announcement.no_deadline")}
	default:
		r.State = ui.Status{Tone: ui.ToneOK, Icon: ui.IconClock, Label: i18n.T(ctx, "search.before", i18n.DayMonth(ctx, h.Closes))}
	}
	if !h.Published.IsZero() {
		r.Side = []string{i18n.T(ctx, "search.published", i18n.Date(ctx, h.Published))}
		if h.Shifted {
			r.Side = append(r.Side, i18n.T(ctx, "announcement.shifted"))
		}
	}
}

// campaignSide is the campaign that a programme's result shows (P3.3).
func (p ResultsPage) campaignSide(ctx context.Context, s *HitSession, r *ui.Result) {
	if s == nil {
		r.State = ui.Status{Icon: ui.IconCalendar, Label: i18n.T(ctx, "search.no_campaign")}
		return
	}
	state := StateStatus(ctx, s.State)
	why := CampaignWhy(ctx, catalogue.Session{StartsOn: s.Starts, OpensOn: s.Opens, ClosesOn: s.Closes,
		Capacity: max(s.Seats, 0), WaitingList: true}, p.Today)
	if s.State == catalogue.Closed { // "Close le …" says it all
		state.Label, why = why, ""
	}
	r.State = state
	if why != "" {
		r.Side = append(r.Side, why)
	}
	r.Side = append(r.Side, i18n.T(ctx, "search.campaign.year", year(day(s.Starts))))
}

func (p ResultsPage) sessionSide(ctx context.Context, s *HitSession, r *ui.Result) {
	if s == nil {
		r.State = ui.Status{Icon: ui.IconCalendar, Label: i18n.T(ctx, "search.no_session")}
		return
	}
	r.State = StateStatus(ctx, s.State)
	when := i18n.Date(ctx, day(s.Starts))
	if s.State == catalogue.Open && s.Seats >= 0 {
		when += " · " + i18n.N(ctx, "home.seats", s.Seats)
	}
	r.Side = append(r.Side, when)
	switch s.State {
	case catalogue.Open, catalogue.Waiting:
		r.Side = append(r.Side, Closing(ctx, catalogue.Session{ClosesOn: s.Closes}, p.Today))
	case catalogue.NotYetOpen:
		r.Side = append(r.Side, i18n.T(ctx, "session.opens", "date", i18n.Date(ctx, day(s.Opens))))
	}
	if s.Others > 0 {
		r.Side = append(r.Side, i18n.N(ctx, "search.others", s.Others))
	}
}

// emptyTitle says what was not found, and with how many filters.
func (p ResultsPage) emptyTitle(ctx context.Context) string {
	n := p.Filters.Count()
	switch {
	case p.signs():
		return i18n.T(ctx, "search.empty.signs", p.Filters.Text)
	case p.Filters.Text == "" && n == 0:
		return i18n.T(ctx, "search.empty.catalogue")
	case p.Filters.Text == "":
		return i18n.N(ctx, "search.empty.filters", n)
	case n == 0:
		return i18n.T(ctx, "search.empty.text", p.Filters.Text)
	}
	return i18n.N(ctx, "search.empty.both", n, "text", p.Filters.Text)
}

// signs reports a text without a letter or a figure, in which nothing can be sought.
func (p ResultsPage) signs() bool {
	text := strings.TrimSpace(p.Filters.Text)
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
}

// filtersInForce counts the filters on the button that opens them.
func (p ResultsPage) filtersInForce(ctx context.Context) string {
	if p.Filters.Count() == 0 {
		return ""
	}
	return i18n.N(ctx, "search.filters", p.Filters.Count())
}

// acronyms are searches by acronym that find something.
func acronyms() []string { return []string{"BTS", "CAP", "BP JEPS", "DEUST"} }

// after is the punctuation behind the nth of a list.
func after(n, of int) string {
	if n == of-1 {
		return "."
	}
	return ", "
}

// audience brings the sheet of the pages that say what is wrong.
func (p ResultsPage) audience() layout.Audience {
	if p.Down || p.Starting {
		return layout.Space
	}
	return layout.Public
}
