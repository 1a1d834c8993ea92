package handlers

import (
	"context"
	"errors"
	"slices"
	"strings"

	"passerelle/models"
	"passerelle/models/searching"
	"passerelle/search"
	"passerelle/search/judge"
	"passerelle/search/meili"
	"passerelle/views/administration"
)

// triedResults is how many results of a trial are explained.
const triedResults = 10

// trySearch puts a query to an engine and explains the order of its results
// (P14.1). Nothing of it is counted among the queries of the public.
func (p *Portal) trySearch(c *Call) error {
	page := administration.SearchTryPage{Query: strings.TrimSpace(strings.ToValidUTF8(c.Query(administration.NameQuery), "")), Engine: p.engineOf(c.Query(administration.NameEngine)),
		Nature: c.Query(administration.NameNature), Document: strings.TrimSpace(strings.ToValidUTF8(c.Query(administration.NameTheDoc), "")), Serving: p.serving()}
	if page.Engines = []string{administration.EnginePostgres}; p.Engines.Outside != nil {
		page.Engines = []string{administration.EngineMeili, administration.EnginePostgres}
	}
	if page.Query == "" || p.own() == nil {
		return c.Render(administration.SearchTry(page))
	}
	q := search.Query{Text: c.Query(administration.NameQuery), PerPage: triedResults, Today: p.DB.Today(), Lang: string(c.Lang)}
	if page.Nature != "" {
		q.Facets = map[string][]string{search.FacetKind: {page.Nature}}
	}
	engine := page.Engine
	if engine == "" {
		engine = page.Serving
	}
	err := p.explainSearch(c.Context(), &page, engine, q)
	if engine == administration.EngineMeili && errors.Is(err, search.ErrDown) {
		page.Down, page.Result, page.Why = engine, nil, nil
		if page.Engine == "" {
			page.Serving = administration.EnginePostgres
			err = p.explainSearch(c.Context(), &page, page.Serving, q)
		} else {
			err = nil
		}
	}
	if err == nil {
		err = p.tryDraft(c, &page, q)
	}
	if err != nil {
		return err
	}
	return c.Render(administration.SearchTry(page))
}

// tryDraft compares the order in force with that of the draft, where there is one.
func (p *Portal) tryDraft(c *Call, page *administration.SearchTryPage, q search.Query) error {
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		page.Draft, err = searching.DraftOf(ctx, tx, c.Actor)
		return err
	})
	if err != nil || len(page.Draft.Changes) == 0 {
		return err
	}
	both := judge.Rehearsal{Before: p.own().Shadow(page.Draft.Published), After: p.own().Shadow(page.Draft.Proposed)}
	page.Moves, err = both.Try(c.Context(), q)
	return err
}

// serving names the engine that answers the public, as this process knows.
func (p *Portal) serving() string {
	if p.Engines.Outside != nil && p.Engines.Failover != nil {
		if since, _ := p.Engines.Failover.Down(); since.IsZero() {
			return administration.EngineMeili
		}
	}
	return administration.EnginePostgres
}

func (p *Portal) explainSearch(ctx context.Context, page *administration.SearchTryPage, engine string, q search.Query) error {
	var t meili.Tried
	var err error
	if engine == administration.EngineMeili {
		t, err = p.Engines.Outside.Reasons(ctx, q)
	} else {
		t.Reasons, err = p.own().Reasons(ctx, q)
	}
	if err != nil {
		return err
	}
	page.Result = tried(engine, t)
	if page.Document == "" {
		return nil
	}
	var w search.WhyNot
	if engine == administration.EngineMeili {
		w, err = p.Engines.Outside.WhyNot(ctx, q, page.Document)
	} else {
		w, err = p.own().WhyNot(ctx, q, page.Document)
	}
	if models.KindOf(err) == models.KindNotFound {
		page.Unknown = true
		return nil
	}
	if err != nil {
		return err
	}
	page.Why = &administration.TriedWhy{TriedRow: triedRow(w.Reason), Total: w.Total, Relaxed: w.Relaxed, RelaxedTotal: w.RelaxedTotal, Without: w.Without}
	page.Why.Kind, page.Why.Reference, page.Why.Title = string(w.Kind), w.Reference, w.Title
	return nil
}

// tried gives the page what it shows of a trial.
func tried(engine string, t meili.Tried) *administration.Tried {
	out := &administration.Tried{Engine: engine, Total: t.Total, Took: t.Took, Corrected: t.Corrected, Suggested: t.Suggested,
		Synonyms: t.Reading.Synonyms, Ignored: t.Reading.Ignored, Unknown: t.Reading.Unknown, Partly: t.Reading.Partly, Hopeless: t.Reading.Hopeless, Asked: t.Asked}
	for _, w := range t.Reading.Words {
		out.Words = append(out.Words, administration.TriedWord(w))
	}
	// A hit whose document went meanwhile is not on the page.
	for _, h := range t.Hits {
		at := slices.IndexFunc(t.List, func(r search.Reason) bool { return r.Score == h.Score && !taken(out.Rows, r.Rank) })
		if at < 0 {
			continue
		}
		row := triedRow(t.List[at])
		row.Kind, row.Reference, row.Title = string(h.Kind), h.Reference, h.Title.Plain()
		for _, rule := range t.Rules[t.List[at].No] {
			row.Rules = append(row.Rules, administration.TriedRule(rule))
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

func taken(rows []administration.TriedRow, rank int) bool {
	return slices.ContainsFunc(rows, func(r administration.TriedRow) bool { return r.Rank == rank })
}

func triedRow(r search.Reason) administration.TriedRow {
	row := administration.TriedRow{Rank: r.Rank, Score: r.Score, Usage: r.Usage, Behind: r.Behind, Open: r.Open, Missing: r.Missing}
	row.Parts = [administration.TriedParts]float32{administration.PartEngine: r.Engine, administration.PartTitle: r.Title, administration.PartAcronym: r.Acronym,
		administration.PartOther: r.Other, administration.PartBody: r.Body, administration.PartStand: r.Stand, administration.PartCloser: r.Closer}
	for _, w := range r.Words {
		m := administration.TriedMatch{Text: w.Text}
		if len(w.Matches) > 0 {
			best := w.Matches[0]
			m.Surface, m.How = best.Surface, best.How
			for field, n := range best.Times {
				if field == "other" {
					field = administration.FieldLabels
				}
				if n > 0 {
					m.Fields = append(m.Fields, field)
				}
			}
		}
		row.Words = append(row.Words, m)
	}
	return row
}
