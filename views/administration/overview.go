package administration

import (
	"context"

	"passerelle/models/searching"
	"passerelle/views/i18n"
)

// SettingsOverview is what the first page of the search's console shows of its
// settings and of what visitors type (P14.1, P17.23).
type SettingsOverview struct {
	Without   []QueryRow
	Days      int // of Without
	Yesterday searching.QueryTotals
	Week      searching.QueryTotals
	Before    searching.QueryTotals // the week before
	Changes   int                   // of the draft
	Synonyms  []searching.SynonymRow
	Total     int
	Rehearsal *searching.Rehearsal
	Moves     []searching.Move
	Clock     Clock
}

// figures are those of the queries, for the head of the page.
func (o SettingsOverview) figures(ctx context.Context) []figureBox {
	return []figureBox{
		{i18n.Number(ctx, o.Yesterday.Visits), i18n.N(ctx, "admin.queries.yesterday", o.Yesterday.Visits)},
		{share(ctx, o.Week), i18n.T(ctx, "admin.queries.share.week", share(ctx, o.Before))},
	}
}
