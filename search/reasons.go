package search

import (
	"context"
	"slices"
	"strings"
	"time"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/words"
	"passerelle/search/memory"
)

// Reasons are the results of a query with why they stand in this order, for
// administrators who try one (P14.1).
type Reasons struct {
	Results
	Reading Reading
	List    []Reason // as Hits
}

// Reading is what the engine understood of a query.
type Reading struct {
	Words    []WordRead
	Synonyms []string // what else is sought
	Ignored  []string // words that count when found, and are not required
	Unknown  []string // words that nothing in the catalogue resembles, left out
	Partly   bool     // few documents hold every word: those that hold most join them
	Hopeless bool     // nothing resembles a word
}

// WordRead is a required word of the query.
type WordRead struct {
	Text    string
	Stem    string
	Mended  string // the word sought in its place
	Begins  int    // how many words it begins
	Related int    // how many of the same family or look alike
	Docs    int    // documents that have it
}

// Reason is why one result has its score: what adds up to it.
type Reason struct {
	No      uint32 // of the document
	Rank    int
	Score   float32
	Engine  float32 // the rank that an engine outside gives it
	Title   float32
	Acronym float32
	Other   float32 // type, themes, place
	Body    float32
	Stand   float32 // synonyms, mended words, beginnings, likenesses
	Closer  float32 // words in the order typed, side by side, a title that is the query
	Usage   float32 // kind, open registration
	Behind  float32 // steps back behind results of the same title, negative
	Words   []WordExplained
	Missing []string // required words that it does not have
	Open    bool
}

// Reasons searches as the portal does, and explains the page.
func (p *Postgres) Reasons(ctx context.Context, q Query) (Reasons, error) {
	began := time.Now()
	c, err := p.corpus(ctx)
	if err != nil {
		return Reasons{}, err
	}
	run, err := p.run(ctx, c, q.settled())
	if err != nil {
		return Reasons{}, err
	}
	return p.reasons(ctx, run, nil, engineName, began)
}

// ReasonsOf is Reasons for what an engine outside found.
func (p *Postgres) ReasonsOf(ctx context.Context, u *Understood, matches []Match, by Answer, began time.Time) (Reasons, error) {
	run := newRun(u.corpus, u.q, u.sought)
	run.outside(matches, by)
	run.order()
	given := make(map[uint32]float32, len(matches))
	for _, m := range matches {
		given[m.No] = m.Score
	}
	return p.reasons(ctx, run, given, by.Engine, began)
}

func (p *Postgres) reasons(ctx context.Context, run *run, given map[uint32]float32, engine string, began time.Time) (Reasons, error) {
	results, err := p.results(ctx, run, engine, began)
	if err != nil {
		return Reasons{}, err
	}
	r := Reasons{Results: results, Reading: run.reading()}
	for i, c := range run.page() {
		reason := run.reason(c, given[c.no])
		reason.Rank = (run.q.Page-1)*run.q.PerPage + i + 1
		r.List = append(r.List, reason)
	}
	return r, nil
}

// reading tells what a query became.
func (r *run) reading() Reading {
	read := Reading{Partly: r.partly, Hopeless: r.sought.hopeless}
	for _, t := range r.sought.terms {
		text := r.sought.text[t.word.Start:t.word.End]
		if t.unknown {
			read.Unknown = append(read.Unknown, text)
			continue
		}
		if t.optional {
			read.Ignored = append(read.Ignored, text)
			continue
		}
		w := WordRead{Text: text, Stem: t.word.Stem, Mended: t.mended, Related: len(t.weak), Docs: t.docs}
		if t.prefix != "" && t.mended == "" {
			w.Begins = len(t.lexemes)
			if t.exact {
				w.Begins--
			}
		}
		read.Words = append(read.Words, w)
	}
	for _, u := range r.sought.units {
		for _, stems := range u.alternatives {
			if text := r.surfaces(stems); !slices.Contains(read.Synonyms, text) {
				read.Synonyms = append(read.Synonyms, text)
			}
		}
	}
	return read
}

// surfaces writes stems as sources do.
func (r *run) surfaces(stems []string) string {
	list := make([]string, 0, len(stems))
	for _, stem := range stems {
		if id, ok := r.view.Words.Find(stem); ok {
			stem = r.view.Words.Surface(id)
		}
		list = append(list, stem)
	}
	return strings.Join(list, " ")
}

// reason takes a score apart.
func (r *run) reason(c candidate, engine float32) Reason {
	x := Reason{No: c.no, Score: c.score, Engine: engine, Usage: prior[min(c.kind, 3)] + openWorth*float32(c.open), Open: c.open == 2}
	scale := 1 / max(r.total, optionalWorth)
	if len(r.units) > 0 {
		for i, share := range r.view.Shares(int(c.shard), c.slot, r.units, &r.set.weights) {
			x.Title += scale * share.Fields[memory.Title]
			x.Acronym += scale * share.Fields[memory.Acronym]
			x.Other += scale * share.Fields[memory.Other]
			x.Body += scale * share.Fields[memory.Body]
			x.Stand += scale * share.Other
			if i < len(r.sought.units) && !share.Held {
				x.Missing = append(x.Missing, r.typed(r.sought.units[i]))
			}
		}
	}
	rest := c.score - x.Engine - x.Title - x.Acronym - x.Other - x.Body - x.Stand - x.Usage
	if x.Closer = max(rest, 0); rest < -0.005 {
		x.Behind = rest
	}
	var fields [memory.Fields][]uint32
	r.view.Read(int(c.shard), c.slot, &fields)
	for _, t := range r.sought.terms {
		if !t.optional {
			x.Words = append(x.Words, r.explainWord(t, &fields))
		}
	}
	return x
}

// typed is a unit as the query has it.
func (r *run) typed(u *unit) string {
	first, last := u.terms[0], u.terms[len(u.terms)-1]
	return r.sought.text[first.word.Start:last.word.End]
}

// WhyNot says where a document stands among the results of a query, and what it
// lacks: Rank 0 when it is not among them. Relaxed is its rank when the words
// that it lacks are left out of the query, whose text is then Without.
type WhyNot struct {
	Reason
	Kind             catalogue.Kind
	Reference, Title string
	Total            int
	Relaxed          int
	RelaxedTotal     int
	Without          string
}

// WhyNot explains one document, found by its reference or its title; an error of
// kind not found where there is none.
func (p *Postgres) WhyNot(ctx context.Context, q Query, document string) (WhyNot, error) {
	c, err := p.corpus(ctx)
	if err != nil {
		return WhyNot{}, err
	}
	run, err := p.run(ctx, c, q.settled())
	if err != nil {
		return WhyNot{}, err
	}
	return p.why(ctx, run, nil, document)
}

// WhyNotOf is WhyNot for what an engine outside found.
func (p *Postgres) WhyNotOf(ctx context.Context, u *Understood, matches []Match, by Answer, document string) (WhyNot, error) {
	run := newRun(u.corpus, u.q, u.sought)
	run.outside(matches, by)
	run.order()
	given := make(map[uint32]float32, len(matches))
	for _, m := range matches {
		given[m.No] = m.Score
	}
	return p.why(ctx, run, given, document)
}

func (p *Postgres) why(ctx context.Context, run *run, given map[uint32]float32, document string) (WhyNot, error) {
	no, w, err := p.named(ctx, run.q, document)
	if err != nil {
		return w, err
	}
	w.Total = len(run.found)
	slices.SortFunc(run.found, run.compare)
	if at := slices.IndexFunc(run.found, func(c candidate) bool { return c.no == no }); at >= 0 {
		w.Reason = run.reason(run.found[at], given[no])
		w.Rank = at + 1
		return w, nil
	}
	for _, m := range run.view.Pick(map[uint32]float32{no: 0}) {
		w.Reason = run.reason(candidate{no: no, shard: uint16(m.Shard), slot: m.List[0].Slot}, 0)
		w.Score, w.Closer, w.Behind, w.Usage = 0, 0, 0, 0
	}
	return w, p.relax(run, no, &w)
}

// named finds a document by its reference, else by its title.
func (p *Postgres) named(ctx context.Context, q Query, document string) (no uint32, w WhyNot, err error) {
	document = Query{Text: strings.TrimSpace(document)}.settled().Text
	rows, err := p.db.Pool.Query(ctx, `SELECT no, kind, reference, title FROM search_documents WHERE reference = $1 OR lower(title) = lower($1)
		ORDER BY reference = $1 DESC, no LIMIT 1`, models.Prepared, document)
	if err != nil {
		return 0, w, unavailable(err)
	}
	defer rows.Close()
	if rows.Next() {
		var found int32
		err := rows.Scan(&found, &w.Kind, &w.Reference, &w.Title)
		return uint32(found), w, err
	}
	if err := rows.Err(); err != nil {
		return 0, w, unavailable(err)
	}
	rows.Close()
	// A title half remembered is searched for.
	r, err := p.Search(ctx, Query{Text: document, PerPage: 1, Today: q.Today, Lang: q.Lang})
	if err != nil {
		return 0, w, err
	}
	if len(r.Hits) == 0 || document == "" {
		return 0, w, &models.Error{Kind: models.KindNotFound, Key: "search.unknown"}
	}
	var found int32
	w.Kind, w.Reference, w.Title = r.Hits[0].Kind, r.Hits[0].Reference, r.Hits[0].Title.Plain()
	err = p.db.Pool.QueryRow(ctx, `SELECT no FROM search_documents WHERE reference = $1 AND kind = $2`, models.Prepared, w.Reference, string(w.Kind)).Scan(&found)
	if err != nil {
		return 0, w, unavailable(err)
	}
	return uint32(found), w, nil
}

// relax searches without the words that a document lacks.
func (p *Postgres) relax(r *run, no uint32, w *WhyNot) error {
	lacks := map[string]bool{}
	for _, text := range w.Missing {
		for _, word := range words.Cut(text) {
			lacks[word.Stem] = true
		}
	}
	var kept []string
	for _, t := range r.sought.terms {
		if !t.optional && !lacks[t.word.Stem] {
			kept = append(kept, r.sought.text[t.word.Start:t.word.End])
		}
	}
	if len(kept) == 0 || len(lacks) == 0 {
		return nil
	}
	q := r.q
	q.Text, q.Page = strings.Join(kept, " ")+" ", 1
	again := r.corpus.search(q, r.corpus.understand(q, false), nil)
	slices.SortFunc(again.found, again.compare)
	w.Without, w.RelaxedTotal = strings.TrimSpace(q.Text), len(again.found)
	w.Relaxed = slices.IndexFunc(again.found, func(c candidate) bool { return c.no == no }) + 1
	return nil
}
