package search

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue"
)

// Postgres is the engine of the portal's own database: rows of search_documents
// are the truth, their words and facets are kept in the process and brought up
// to date before each search, so that a search sees every change committed
// before it; a large import it may see some seconds later, and goes on meanwhile
// with what was there.
type Postgres struct {
	db     *models.DB
	words  *dictionary
	follow *follower
	signs  chan struct{} // held by the search that has titles read
}

// NewPostgres makes the engine; documents are loaded by the first search, or
// by Warm.
func NewPostgres(db *models.DB) *Postgres {
	return &Postgres{db: db, words: &dictionary{db: db}, follow: newFollower(db), signs: make(chan struct{}, 1)}
}

const engineName = "PostgreSQL"

// Warm loads the documents, so that the first search need not wait; for the
// start of a portal.
func (p *Postgres) Warm(ctx context.Context) error {
	_, err := p.whole(ctx, nil)
	return err
}

// Starting tells, after as long as ctx lets it wait, whether the documents are
// being loaded for the first time; for the readiness of a portal. A load that
// failed does not keep the rest of the portal back.
func (p *Postgres) Starting(ctx context.Context) bool {
	if p.follow.state.Load() != nil {
		return false
	}
	_, err := p.follow.now(ctx)
	return errors.Is(err, ErrStarting)
}

// Close ends a load or a reading under way; for the end of a portal, before its
// database is closed.
func (p *Postgres) Close() { p.follow.close() }

// corpus is what a visitor's search works on, under the settings in force.
func (p *Postgres) corpus(ctx context.Context) (*corpus, error) {
	state, err := p.follow.now(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	return p.over(ctx, state)
}

// whole is the corpus with every change committed by now, however long it takes
// to read them; the settings in force where none are given.
func (p *Postgres) whole(ctx context.Context, with *prepared) (*corpus, error) {
	state, err := p.follow.caught(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	c, err := p.over(ctx, state)
	if err == nil && with != nil {
		c.set = with
	}
	return c, err
}

func (p *Postgres) over(ctx context.Context, state *followed) (*corpus, error) {
	c := &corpus{view: state.table.View(), set: state.set}
	var err error
	if c.labels, err = p.words.get(ctx, c.view.Structures); err != nil {
		return nil, unavailable(err)
	}
	return c, nil
}

// Search implements Index.
func (p *Postgres) Search(ctx context.Context, q Query) (Results, error) {
	began := time.Now()
	c, err := p.corpus(ctx)
	if err != nil {
		return Results{}, err
	}
	return p.search(ctx, c, q, began)
}

// SearchWith searches with other settings than those in force, for a rehearsal
// before they are published; nothing is kept of it.
func (p *Postgres) SearchWith(ctx context.Context, q Query, s Settings) (Results, error) {
	return p.searchWith(ctx, q, s.prepare())
}

func (p *Postgres) searchWith(ctx context.Context, q Query, with *prepared) (Results, error) {
	began := time.Now()
	c, err := p.whole(ctx, with)
	if err != nil {
		return Results{}, err
	}
	return p.search(ctx, c, q, began)
}

func (p *Postgres) search(ctx context.Context, c *corpus, q Query, began time.Time) (Results, error) {
	run, err := p.run(ctx, c, q.settled())
	if err != nil {
		return Results{}, err
	}
	return p.results(ctx, run, engineName, began)
}

// run searches; a text of signs alone is sought in the database as it stands.
func (p *Postgres) run(ctx context.Context, c *corpus, q Query) (*run, error) {
	var only numberSet
	s := c.understand(q, false)
	if literal := s.literal(); literal != "" {
		var err error
		if only, err = p.holding(ctx, literal); err != nil {
			return nil, unavailable(err)
		}
	}
	return c.search(q, s, only), nil
}

func (p *Postgres) results(ctx context.Context, run *run, engine string, began time.Time) (Results, error) {
	s := run.sought
	results := Results{Page: run.q.Page, PerPage: run.q.PerPage, Original: run.q.Text, Engine: engine, Total: len(run.found), Lesser: run.lesser,
		Corrected: s.corrected, Suggested: s.suggested, Facets: run.facets()}
	if s.unknown {
		results.Lesser = results.Total
	}
	var err error
	if results.Hits, err = p.hits(ctx, run); err != nil {
		return Results{}, unavailable(err)
	}
	if run.q.Objects {
		if results.Objects, err = p.objects(ctx, run); err != nil {
			return Results{}, unavailable(err)
		}
	}
	results.Took = time.Since(began)
	return results, nil
}

// holding lists the documents whose title holds these very signs. The database
// reads every title for it, so that this process asks it for one text at a time,
// whoever types signs.
func (p *Postgres) holding(ctx context.Context, literal string) (numberSet, error) {
	select {
	case p.signs <- struct{}{}:
		defer func() { <-p.signs }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	rows, err := p.db.Pool.Query(ctx, `SELECT no FROM search_documents WHERE strpos(title, $1) > 0`, models.Prepared, literal)
	if err != nil {
		return nil, err
	}
	held := numberSet{}
	var no int32
	_, err = pgx.ForEachRow(rows, []any{&no}, func() error {
		held.add(uint32(no))
		return nil
	})
	return held, err
}

// numberSet is a set of documents, a bit for each.
type numberSet []uint64

func (n *numberSet) add(no uint32) {
	for int(no>>6) >= len(*n) {
		*n = append(*n, 0)
	}
	(*n)[no>>6] |= 1 << (no & 63)
}

func (n numberSet) has(no uint32) bool { return int(no>>6) < len(n) && n[no>>6]&(1<<(no&63)) != 0 }

// settled gives a query its defaults and bounds.
func (q Query) settled() Query {
	if q.PerPage <= 0 {
		q.PerPage = 20
	}
	q.PerPage = min(q.PerPage, 100)
	q.Page = min(max(q.Page, 1), 10_000)
	q.Text = strings.TrimRight(strings.ToValidUTF8(strings.ReplaceAll(q.Text, "\x00", ""), ""), "\r\n\t")
	if runes := []rune(q.Text); len(runes) > longestText {
		q.Text = string(runes[:longestText])
	}
	return q
}

const longestText = 300

func unavailable(err error) error {
	if errors.Is(err, ErrStarting) {
		return &models.Error{Kind: models.KindUnavailable, Key: "search.starting", RetryAfter: 3, Err: fmt.Errorf("search: %w", err)}
	}
	return &models.Error{Kind: models.KindUnavailable, Key: "search.unavailable", RetryAfter: 5, Err: fmt.Errorf("search: %w", err)}
}

// Complete implements Index.
func (p *Postgres) Complete(ctx context.Context, text string, n int) ([]Suggestion, error) {
	n = min(max(n, 1), 20)
	q := Query{Text: text, PerPage: n, Today: p.db.Today()}.settled()
	if len([]rune(strings.TrimSpace(q.Text))) < 2 {
		return []Suggestion{}, nil
	}
	c, err := p.corpus(ctx)
	if err != nil {
		return nil, err
	}
	run, err := p.run(ctx, c, q)
	if err != nil {
		return nil, err
	}
	list := []Suggestion{}
	if word := run.sought.completion(); word != "" {
		list = append(list, Suggestion{Text: word})
	}
	titles, err := p.titles(ctx, run.page())
	if err != nil {
		return nil, unavailable(err)
	}
	seen := map[string]bool{}
	for _, s := range titles {
		if !seen[s.Text] && len(list) < n {
			seen[s.Text] = true
			list = append(list, s)
		}
	}
	return list, nil
}

// Put implements Index: the documents are the database's own rows.
func (p *Postgres) Put(ctx context.Context, documents []Document) error {
	return p.db.InTx(ctx, func(ctx context.Context, tx models.Tx) error { return catalogue.Put(ctx, tx, documents) })
}

// Delete implements Index.
func (p *Postgres) Delete(ctx context.Context, kind catalogue.Kind, references []string) error {
	return p.db.InTx(ctx, func(ctx context.Context, tx models.Tx) error { return catalogue.Remove(ctx, tx, kind, references) })
}

// Rebuild implements Index.
func (p *Postgres) Rebuild(ctx context.Context) error {
	return p.db.InTx(ctx, catalogue.ReindexAll)
}

// Health implements Index.
func (p *Postgres) Health(ctx context.Context) (Health, error) {
	c, err := p.corpus(ctx)
	if err != nil {
		return Health{Engine: engineName}, err
	}
	return Health{Engine: engineName, Documents: c.view.Total, Words: c.view.Words.Len()}, nil
}
