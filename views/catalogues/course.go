package catalogues

import (
	"context"
	"slices"
	"strings"
	"time"

	"passerelle/models/catalogue"
	"passerelle/models/searching"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// CoursePage is a course with its sessions (P3.1, P3.2).
type CoursePage struct {
	Course catalogue.CoursePage
	Today  time.Time // date of the portal's zone
	Zone   string    // name of the zone, said beside deadlines (P18.11)
}

func (p CoursePage) open() int {
	n := 0
	for _, s := range p.Course.Sessions {
		if s.State(p.Today).Choosable() {
			n++
		}
	}
	return n
}

// watch is where one asks to be told that a session opens or that a place of it
// is free, and in what words; empty where it cannot, or where another session of
// the same place can be chosen today: its opening would be no news (P4.7).
func (p CoursePage) watch(s catalogue.Session) (href, key string) {
	switch s.State(p.Today) {
	case catalogue.NotYetOpen:
		key = "session.tell.opens"
	case catalogue.Full:
		key = "session.tell.seat"
	default:
		return "", ""
	}
	for _, other := range p.Course.Sessions {
		if other.DepartmentCode == s.DepartmentCode && other.State(p.Today).Choosable() {
			return "", ""
		}
	}
	return paths.NewSavedSearch("q", Clean(p.Course.Title), "nature", "formation", "departement", s.DepartmentCode, "inscription", "ouverte", "exact", "1",
		"rythme", string(searching.Instantly)), key
}

func (p CoursePage) generated() bool {
	for _, s := range p.Course.Sessions {
		if s.Generated {
			return true
		}
	}
	return false
}

func (p CoursePage) crumbs(ctx context.Context) []ui.Crumb {
	crumbs := []ui.Crumb{{Text: i18n.T(ctx, "catalogue.home"), Href: paths.Home()}}
	if len(p.Course.Themes) > 0 {
		t := p.Course.Themes[0]
		crumbs = append(crumbs, ui.Crumb{Text: Capital(t.Domain.Name), Href: paths.Theme(t.Domain.Slug)})
		if t.Theme.ID != t.Domain.ID {
			crumbs = append(crumbs, ui.Crumb{Text: Capital(t.Theme.Name), Href: paths.Theme(t.Theme.Slug)})
		}
	}
	return append(crumbs, ui.Crumb{Text: p.Course.Reference})
}

// lede is one sentence of facts under the title.
func (p CoursePage) lede(ctx context.Context) string {
	return joined(" · ", Capital(p.Course.Type), p.Course.Duration, p.sessions(ctx))
}

func (p CoursePage) sessions(ctx context.Context) string {
	switch n := len(p.Course.Sessions); {
	case n == 0:
		return i18n.T(ctx, "course.sessions.none.short")
	case p.open() == 0:
		return i18n.T(ctx, "course.sessions.none_open")
	}
	return i18n.N(ctx, "course.sessions.open", p.open())
}

// facts are the two columns of "L'essentiel"; what the source lacks says so.
func (p CoursePage) facts(ctx context.Context) (left, right []fact) {
	c := p.Course
	left = []fact{
		{"course.reference", c.Reference, ""},
		{"course.type", Capital(c.Type), ""},
		{"course.duration", c.Duration, ""},
		{"course.modality", p.modalities(ctx), ""},
		{"course.level", Capital(c.LevelLabel), ""},
		{"course.audience", text(c.Audience), ""},
		{"course.prerequisites", text(c.Prerequisites), ""},
	}
	right = []fact{
		{"course.authority", Capital(known(c.Authority)), ""},
		{"course.rncp", c.RNCP, rncp(c.RNCP)},
		{"course.acronym", or(c.Acronym, c.TypeAcronym), ""},
		{"course.approval", i18n.T(ctx, "course.approval.who"), ""},
		{"course.answer", i18n.T(ctx, "course.answer.when"), ""},
	}
	if c.Speciality != "" {
		left = append(left, fact{"course.speciality", c.Speciality, ""})
	}
	return left, right
}

// modalities are those of the sessions, each once; empty when there is no session.
func (p CoursePage) modalities(ctx context.Context) string {
	var words []string
	for _, m := range []catalogue.Modality{catalogue.OnSite, catalogue.Remote, catalogue.Mixed} {
		if slices.ContainsFunc(p.Course.Sessions, func(s catalogue.Session) bool { return s.Modality == m && s.CancelledAt == nil }) {
			words = append(words, strings.ToLower(Modality(ctx, m)))
		}
	}
	return Capital(strings.Join(words, ", "))
}

// fact is one line; an empty value is one that the source does not give.
type fact struct{ key, value, href string }

// portal reports a fact that this portal says itself, in the language of the page.
func (f fact) portal() bool {
	return f.key == "course.approval" || f.key == "course.answer" || f.key == "course.modality"
}

// known drops the source's own way of saying nothing.
func known(s string) string {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "non renseigné", "non renseignée", "néant", "-":
		return ""
	}
	return s
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return strings.TrimSpace(*s)
}

// rncp is the public page of a registered certification.
func rncp(code string) string {
	if code == "" || strings.Trim(code, "0123456789") != "" {
		return ""
	}
	return "https://www.francecompetences.fr/recherche/rncp/" + code + "/"
}

// Paragraph is a run of a source's text: lines of a list, or one paragraph.
type Paragraph struct {
	List []string
	Text string
}

// Paragraphs cuts a source's plain text into paragraphs and lists of dashes or dots.
func Paragraphs(s string) []Paragraph {
	var out []Paragraph
	for line := range strings.SplitSeq(strings.ReplaceAll(s, "\r", ""), "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		item, bullet := bullet(line)
		last := len(out) - 1
		switch {
		case bullet && last >= 0 && out[last].List != nil:
			out[last].List = append(out[last].List, item)
		case bullet:
			out = append(out, Paragraph{List: []string{item}})
		default:
			out = append(out, Paragraph{Text: line})
		}
	}
	return out
}

// bullet takes the mark of a list away.
func bullet(line string) (string, bool) {
	for _, mark := range []string{"- ", "– ", "— ", "• ", "* ", "· ", "-", "•", "·", "➢", "✓", "o "} {
		if rest, ok := strings.CutPrefix(line, mark); ok && strings.TrimSpace(rest) != "" {
			return strings.TrimSpace(rest), true
		}
	}
	return line, false
}

// seats says how many seats are left.
func seats(ctx context.Context, s catalogue.Session, today time.Time) string {
	switch s.State(today) {
	case catalogue.Cancelled, catalogue.Closed:
		return "–"
	case catalogue.NotYetOpen:
		return i18n.Number(ctx, s.Capacity)
	}
	return i18n.T(ctx, "session.seats", "left", i18n.Number(ctx, max(s.SeatsLeft(), 0)), "all", i18n.Number(ctx, s.Capacity))
}

// which names a session to those who do not see its row.
func which(ctx context.Context, s catalogue.Session) string {
	return i18n.T(ctx, "session.which", "date", i18n.DayMonth(ctx, day(s.StartsOn)), "place", Place(ctx, s))
}
