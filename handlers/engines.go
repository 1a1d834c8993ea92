package handlers

import (
	"context"

	"passerelle/models/searching"
	"passerelle/search"
	"passerelle/search/meili"
)

// Engines are those behind Index, for the console of the search (P14.1).
type Engines struct {
	Own      *search.Postgres
	Outside  *meili.Engine    // nil where none is configured
	Failover *search.Failover // nil likewise
}

// own is the engine of the portal's database.
func (p *Portal) own() *search.Postgres {
	if p.Engines.Own != nil {
		return p.Engines.Own
	}
	own, _ := p.Index.(*search.Postgres)
	return own
}

func (p *Portal) countDocuments(ctx context.Context) (searching.Census, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, countPatience)
	defer cancel()
	return p.census.Census(ctx, p.DB)
}

// reportOf asks the engine of this process no longer than it may take.
func reportOf(ctx context.Context, own *search.Postgres) (search.Report, error) {
	ctx, cancel := context.WithTimeout(ctx, ownPatience)
	defer cancel()
	return own.Report(ctx)
}
