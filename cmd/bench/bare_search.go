package main

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"passerelle/models"
	"passerelle/models/cluster"
	"passerelle/search"
)

// bareSearch sends the statements of the same queries straight to the
// database, recorded once from the engine, with the same pauses.
func bareSearch(ctx context.Context, p *portal, pl plan, typed []string) (measured, error) {
	c, err := cluster.Attach(ctx, cluster.Options{Folder: p.data()})
	if err != nil {
		return measured{}, err
	}
	tracer := &recorder{}
	traced, err := p.openDB(ctx, c.URL(), tracer)
	if err != nil {
		return measured{}, err
	}
	defer traced.Close()
	typed = typed[:min(len(typed), 600)]
	scripts, err := recordSearches(ctx, traced, tracer, typed)
	if err != nil {
		return measured{}, err
	}
	plain, err := p.openDB(ctx, c.URL(), nil)
	if err != nil {
		return measured{}, err
	}
	defer plain.Close()
	var next atomic.Int64
	var m measured
	var mu sync.Mutex
	begin := time.Now()
	var wg sync.WaitGroup
	for range pl.Clients {
		wg.Go(func() {
			for i := int(next.Add(1) - 1); i < len(scripts); i = int(next.Add(1) - 1) {
				start := time.Now()
				err := replayOne(ctx, plain.Pool, scripts[i])
				mu.Lock()
				m.Count, m.Times = m.Count+1, append(m.Times, time.Since(start))
				if err != nil {
					m.Errors, m.First = m.Errors+1, err.Error()
				}
				mu.Unlock()
				time.Sleep(time.Duration(pl.PauseMs) * time.Millisecond)
			}
		})
	}
	wg.Wait()
	m.Elapsed = time.Since(begin)
	slices.Sort(m.Times)
	return m, nil
}

// recordSearches runs the queries through the engine, keeping what each asks.
func recordSearches(ctx context.Context, db *models.DB, tracer *recorder, typed []string) ([][]statement, error) {
	index := search.NewPostgres(db)
	scripts := make([][]statement, len(typed))
	for i, text := range typed {
		q := search.Query{Text: text, Facets: filters(i, text), Today: db.Today(), Lang: "fr"}
		delete(q.Facets, "q")
		tracer.statements = nil
		if _, err := index.Search(ctx, q); err != nil {
			return nil, err
		}
		scripts[i] = tracer.statements
	}
	return scripts, nil
}
