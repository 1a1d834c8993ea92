package search

import (
	"context"

	"passerelle/models/searching"
)

// Shadow searches the portal's documents with settings that are not in force;
// nothing of it is kept and no visitor meets it. For rehearsals (P17.23).
type Shadow struct {
	engine *Postgres
	set    *prepared
}

// Shadow makes one; it sees the documents as they are at each search.
func (p *Postgres) Shadow(s searching.Settings) *Shadow {
	return &Shadow{engine: p, set: InForce(s).prepare()}
}

// Understand reads a query under the settings of the shadow, for an engine
// outside whose index has them; Present of its portal makes the page.
func (s *Shadow) Understand(ctx context.Context, q Query) (*Understood, error) {
	c, err := s.engine.whole(ctx, s.set)
	if err != nil {
		return nil, err
	}
	q = q.settled()
	return &Understood{corpus: c, q: q, sought: c.understand(q, false)}, nil
}

// Search is Index.Search under the settings of the shadow.
func (s *Shadow) Search(ctx context.Context, q Query) (Results, error) {
	return s.engine.searchWith(ctx, q, s.set)
}
