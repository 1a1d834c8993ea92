package search

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"

	"passerelle/models/catalogue"
	"passerelle/models/searching"
	"passerelle/search/memory"
)

// Report is what the console says of the engine in this process (P14.1).
type Report struct {
	Loaded    bool // the rest is zero until then
	Behind    bool // so much changed that it is still being read
	Documents int
	Kinds     map[string]int
	Words     int
	Bytes     int64
}

// Report tells what this process holds, with the changes committed by now where
// they are read in time. A first load under way is no error: it is waited for as
// long as ctx lets it, and told.
func (p *Postgres) Report(ctx context.Context) (Report, error) {
	state, err := p.follow.now(ctx)
	if errors.Is(err, ErrStarting) {
		return Report{}, nil
	}
	if err != nil {
		return Report{}, unavailable(err)
	}
	view := state.table.View()
	r := Report{Loaded: true, Behind: p.follow.behind(), Documents: view.Total, Words: view.Words.Len(), Bytes: state.table.Bytes(), Kinds: map[string]int{}}
	for no, n := range view.Kinds() {
		if kinds := catalogue.Kinds(); no > 0 && int(no) <= len(kinds) {
			r.Kinds[string(kinds[no-1])] += n
		}
	}
	return r, nil
}

// Check compares what this process holds with the database, document by
// document and word by word (P17.23). told, which may be nil, hears how far it
// is. Searches go on meanwhile, on the same documents.
func (p *Postgres) Check(ctx context.Context, told func(done int)) (searching.Check, error) {
	began := p.db.Clock.Now()
	state, err := p.follow.caught(ctx)
	if err != nil {
		return searching.Check{}, unavailable(err)
	}
	view := state.table.View()
	c := searching.Check{UID: engineName, BeganAt: began, Indexed: view.Total}
	tx, err := p.db.Pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return c, unavailable(err)
	}
	defer func() { _ = tx.Rollback(ctx) }()
	odd, err := compare(ctx, tx, view, &c, told)
	if err != nil {
		return c, unavailable(fmt.Errorf("check: %w", err))
	}
	// What changed between the two readings is not adrift.
	_, numbers, err := p.follow.changed(ctx, state.snapshot, math.MaxInt32)
	if err != nil {
		return c, unavailable(err)
	}
	for _, no := range numbers {
		if _, late := odd[no]; late {
			delete(odd, no)
			c.Waiting++
		}
	}
	for no, note := range odd {
		note(&c, no)
	}
	now := p.db.Clock.Now()
	c.EndedAt = &now
	return c, nil
}

// compare reads every document and gives those that the view does not hold as
// they are.
func compare(ctx context.Context, tx pgx.Tx, view *memory.View, c *searching.Check, told func(int)) (map[int32]func(*searching.Check, int32), error) {
	comparison := view.Compare()
	odd := map[int32]func(*searching.Check, int32){}
	err := read(ctx, tx, nil, func(list []memory.Document) {
		for i := range list {
			switch there, same := comparison.Same(&list[i]); {
			case !there:
				odd[int32(list[i].No)] = (*searching.Check).Miss
			case !same:
				odd[int32(list[i].No)] = (*searching.Check).Differ
			}
			if c.Documents++; told != nil && c.Documents%toldEvery == 0 {
				told(c.Documents)
			}
		}
	})
	for _, no := range comparison.Left() {
		odd[int32(no)] = (*searching.Check).Add
	}
	return odd, err
}

const toldEvery = 1000
