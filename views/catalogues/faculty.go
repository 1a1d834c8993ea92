package catalogues

import (
	"context"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"passerelle/models/catalogue"
	"passerelle/views/hx"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// ProgrammesPage is the tree of programmes: component, level, programme (P3.3),
// narrowed by words as one types. One component alone on its own page.
type ProgrammesPage struct {
	Tree    catalogue.ProgrammeTree
	Text    string
	Open    bool // only what can be chosen today
	Faculty *catalogue.Faculty
	Today   time.Time
}

// address is the page with its filter.
func (p ProgrammesPage) address() string {
	if p.Faculty != nil {
		return paths.Faculty(p.Faculty.Code)
	}
	return paths.Programmes()
}

func (p ProgrammesPage) title(ctx context.Context) string {
	if p.Faculty != nil {
		return p.Faculty.Name
	}
	return i18n.T(ctx, "programme.all")
}

// lede says how many there are and how many can be chosen today.
func (p ProgrammesPage) lede(ctx context.Context) string {
	if p.Faculty != nil {
		return joined(", ", Town(p.Faculty.Town), p.Faculty.Region)
	}
	return i18n.T(ctx, "programmes.lede")
}

// count is the heading of what was found; it is announced as one types.
func (p ProgrammesPage) count(ctx context.Context) string {
	found := i18n.N(ctx, "programmes.count", p.Tree.Programmes)
	if p.Faculty == nil {
		found = joined(", ", found, i18n.N(ctx, "programmes.faculties", len(p.Tree.Branches)))
	}
	if p.Open {
		return found
	}
	return joined(" · ", found, i18n.N(ctx, "programmes.open", p.Tree.Open))
}

func (p ProgrammesPage) crumbs(ctx context.Context) []ui.Crumb {
	crumbs := []ui.Crumb{{Text: i18n.T(ctx, "catalogue.home"), Href: paths.Home()}}
	if p.Faculty == nil {
		return append(crumbs, ui.Crumb{Text: i18n.T(ctx, "programme.all")})
	}
	return append(crumbs, ui.Crumb{Text: i18n.T(ctx, "programme.all"), Href: paths.Programmes()}, ui.Crumb{Text: p.Faculty.Name})
}

// narrow is the form that narrows the tree as one types, and by its button.
func (p ProgrammesPage) narrow() templ.Attributes {
	return hx.Merge(templ.Attributes{"id": "filtrer"}, hx.Get(p.address(), hx.Target("arbre"), hx.Select("arbre"), hx.Latest(), hx.TypeAhead(), hx.ReplaceURL()))
}

// branchHref is a component's page, with the words sought.
func (p ProgrammesPage) branchHref(b catalogue.FacultyBranch) string {
	return paths.With(paths.Faculty(b.Code), "q", p.Text)
}

// without is the page without its filter.
func (p ProgrammesPage) filtered() bool { return p.Text != "" || p.Open }

// levelName writes "Master, niveau 7 (bac + 5)".
func levelName(ctx context.Context, l catalogue.LevelGroup) string {
	if l.Level == 0 {
		return l.Type
	}
	key := "programmes.level." + strconv.Itoa(l.Level)
	if !i18n.Has(key) {
		return joined(", ", l.Type, i18n.T(ctx, "programmes.level", strconv.Itoa(l.Level)))
	}
	return joined(", ", l.Type, i18n.T(ctx, key))
}

func state(l catalogue.ProgrammeLine, today time.Time) catalogue.State {
	if l.Campaign == nil {
		return ""
	}
	return l.Campaign.State(today)
}

func groupID(b catalogue.FacultyBranch, n int) string { return "c-" + b.Code + "-" + strconv.Itoa(n) }
