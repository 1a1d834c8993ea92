package search

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"passerelle/models"
	"passerelle/models/catalogue"
)

// Postgres is the engine inside the portal's own database: words by a GIN
// index over search_documents, ranks and facet counts from the packed cards
// that one scan brings. Nothing to keep in step, nothing to catch up.
type Postgres struct {
	db    *models.DB
	words *dictionary
}

// NewPostgres makes the engine; it keeps labels of themes and places in memory
// and nothing else.
func NewPostgres(db *models.DB) *Postgres {
	return &Postgres{db: db, words: &dictionary{db: db}}
}

const engineName = "PostgreSQL"

// Search implements Index.
func (p *Postgres) Search(ctx context.Context, q Query) (Results, error) {
	began := time.Now()
	q = q.settled()
	dict, err := p.words.get(ctx)
	if err != nil {
		return Results{}, unavailable(err)
	}
	sought, err := p.understand(ctx, q, dict.documents)
	if err != nil {
		return Results{}, unavailable(err)
	}
	run := newRun(q, dict, sought)
	if err := p.collect(ctx, run); err != nil {
		return Results{}, unavailable(err)
	}
	results := Results{Page: q.Page, PerPage: q.PerPage, Original: q.Text, Engine: engineName,
		Corrected: sought.corrected, Suggested: sought.suggested}
	run.order()
	results.Total = len(run.found)
	results.Facets = run.facets()
	if results.Hits, err = p.hits(ctx, run); err != nil {
		return Results{}, unavailable(err)
	}
	results.Took = time.Since(began)
	return results, nil
}

// collect reads the candidates and ranks them; where no document has every
// word, those that have most of them are taken.
func (p *Postgres) collect(ctx context.Context, run *run) error {
	if run.sought.hopeless {
		return nil
	}
	if literal := run.sought.literal(); literal != "" {
		cards, err := p.holding(ctx, literal)
		if err == nil && !run.weigh(cards) {
			slog.ErrorContext(ctx, "search cards are unreadable: reindex")
		}
		return err
	}
	cards, err := p.candidates(ctx, run.sought.query())
	if err != nil {
		return err
	}
	if len(cards.numbers) == 0 && len(run.sought.units) > 1 && !run.q.Exact {
		run.partly = true
		if cards, err = p.candidates(ctx, run.sought.someQuery()); err != nil {
			return err
		}
	}
	if !run.weigh(cards) {
		slog.ErrorContext(ctx, "search cards are unreadable: reindex")
	}
	return nil
}

// packed are the candidates of a query: numbers, cards and occurrences, each
// one after the other in the same order. Three plain aggregates are what costs
// the database least.
type packed struct{ numbers, cards, occurrences []byte }

const columns = `SELECT string_agg(int4send(no), ''::bytea), string_agg(card, ''::bytea), string_agg(occurrences, ''::bytea) FROM search_documents`

// holding brings the documents whose title or text holds these very signs.
func (p *Postgres) holding(ctx context.Context, literal string) (packed, error) {
	var c packed
	err := p.db.Pool.QueryRow(ctx, columns+` WHERE strpos(title, $1) > 0 OR strpos(body, $1) > 0`, models.Prepared, literal).
		Scan(&c.numbers, &c.cards, &c.occurrences)
	return c, err
}

// candidates brings the documents that match a tsquery; an empty query brings
// them all.
func (p *Postgres) candidates(ctx context.Context, query string) (packed, error) {
	var c packed
	var err error
	if query == "" {
		err = p.db.Pool.QueryRow(ctx, columns, models.Prepared).Scan(&c.numbers, &c.cards, &c.occurrences)
	} else {
		err = p.db.Pool.QueryRow(ctx, columns+` WHERE words @@ $1::text::tsquery`, models.Prepared, query).Scan(&c.numbers, &c.cards, &c.occurrences)
	}
	return c, err
}

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
	return &models.Error{Kind: models.KindUnavailable, Key: "search.unavailable", RetryAfter: 5, Err: fmt.Errorf("search: %w", err)}
}

// Complete implements Index.
func (p *Postgres) Complete(ctx context.Context, text string, n int) ([]Suggestion, error) {
	n = min(max(n, 1), 20)
	q := Query{Text: text, PerPage: n, Today: p.db.Today()}.settled()
	if len([]rune(strings.TrimSpace(q.Text))) < 2 {
		return []Suggestion{}, nil
	}
	dict, err := p.words.get(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	sought, err := p.understand(ctx, q, dict.documents)
	if err != nil {
		return nil, unavailable(err)
	}
	run := newRun(q, dict, sought)
	if err := p.collect(ctx, run); err != nil {
		return nil, unavailable(err)
	}
	run.order()
	list := []Suggestion{}
	if word := sought.completion(); word != "" {
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
	h := Health{Engine: engineName}
	err := p.db.Pool.QueryRow(ctx, `SELECT (SELECT count(*) FROM search_documents), (SELECT count(*) FROM search_lexemes)`, models.Prepared).
		Scan(&h.Documents, &h.Words)
	if err != nil {
		return h, unavailable(err)
	}
	return h, nil
}
