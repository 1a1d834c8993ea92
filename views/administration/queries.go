package administration

import (
	"context"
	"strings"

	"passerelle/models/searching"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// QueriesPage is what visitors type (P14.1): nobody is in it.
type QueriesPage struct {
	List    string // see searching.QueryLists
	Days    int
	Rows    []QueryRow
	Totals  searching.QueryTotals
	Earlier searching.QueryTotals // the days before
}

// QueryRow is one query, with a title that looks like it.
type QueryRow struct {
	searching.Query
	Closest searching.Title
}

// QueryDays are the stretches that can be looked at.
func QueryDays() []int { return []int{7, 30, searching.QueryDays} }

func (p QueriesPage) tabs(ctx context.Context) []ui.Tab {
	tabs := []ui.Tab{}
	for _, list := range searching.QueryLists() {
		tabs = append(tabs, ui.Tab{Label: i18n.T(ctx, "admin.queries."+list), Href: paths.Queries(list, p.Days), Current: list == p.List, Count: -1})
	}
	return tabs
}

func (p QueriesPage) figures(ctx context.Context) []figureBox {
	return []figureBox{
		{i18n.Number(ctx, p.Totals.Visits), i18n.N(ctx, "admin.queries.visits", p.Totals.Visits)},
		{share(ctx, p.Totals), i18n.T(ctx, "admin.queries.share", share(ctx, p.Earlier))},
	}
}

// share is the part without a result, with one digit.
func share(ctx context.Context, t searching.QueryTotals) string {
	if t.Visits == 0 {
		return "–"
	}
	return strings.TrimSuffix(shortly(ctx, float64(int(1000*t.Share()+.5))/10), ",0") + " %"
}

// results is how many the query found last.
func (r QueryRow) results(ctx context.Context) string {
	if r.Results == nil {
		return "–"
	}
	return i18n.Number(ctx, *r.Results)
}

// meanRank is the mean rank of what was opened.
func (r QueryRow) meanRank(ctx context.Context) string {
	if r.Opened == 0 {
		return "–"
	}
	return shortly(ctx, float64(int(10*r.Rank+.5))/10)
}
