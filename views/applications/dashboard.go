package applications

import (
	"context"

	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// DashboardPage is « Mes candidatures » (P6.6).
type DashboardPage struct {
	Erased bool // a draft has just been erased
	Cards  []Card
	Show   string // "", "vous", "terminees", "toutes"
	Found  int    // unclaimed drafts of this browser
}

// mine, others, held and over are the four groups.
func (p DashboardPage) mine() []Card { return p.keep(Card.Mine) }

func (p DashboardPage) others() []Card {
	return p.keep(func(c Card) bool { return !c.Mine() && !c.Over() && !c.Held() })
}

func (p DashboardPage) held() []Card {
	return p.keep(func(c Card) bool { return !c.Mine() && c.Held() })
}

func (p DashboardPage) over() []Card {
	return p.keep(func(c Card) bool { return !c.Mine() && c.Over() })
}

func (p DashboardPage) keep(is func(Card) bool) []Card {
	out := []Card{}
	for _, c := range p.Cards {
		if is(c) {
			out = append(out, c)
		}
	}
	return out
}

// shows tells whether a group is on the page.
func (p DashboardPage) shows(group string) bool {
	switch p.Show {
	case "vous":
		return group == "mine"
	case "terminees":
		return group == "over"
	case "toutes":
		return true
	}
	return group != "over"
}

func (p DashboardPage) shown(group string) []Card {
	if !p.shows(group) {
		return nil
	}
	switch group {
	case "mine":
		return p.mine()
	case "others":
		return p.others()
	case "held":
		return p.held()
	}
	return p.over()
}

func (p DashboardPage) nothing() bool {
	return len(p.shown("mine"))+len(p.shown("others"))+len(p.shown("held"))+len(p.shown("over")) == 0
}

func (p DashboardPage) tabs(ctx context.Context) []ui.Tab {
	tab := func(show, key string, count, badge int) ui.Tab {
		href := paths.MyApplications()
		if show != "" {
			href = paths.With(href, "voir", show)
		}
		return ui.Tab{Label: i18n.T(ctx, key), Href: href, Current: p.Show == show, Count: count, Badge: badge}
	}
	mine, others, over := len(p.mine()), len(p.others())+len(p.held()), len(p.over())
	return []ui.Tab{tab("", "applications.tab.current", mine+others, 0), tab("vous", "applications.tab.mine", mine, mine),
		tab("terminees", "applications.tab.over", over, 0), tab("toutes", "applications.tab.all", len(p.Cards), 0)}
}
