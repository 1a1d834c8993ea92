package search

import (
	"context"
	"slices"
	"time"

	"passerelle/search/memory"
)

// What an engine outside the database leaves to the portal: understanding the
// query before, and after it the selection, the counts and the page, all from
// the database. The engine only says which documents answer, and how well.

// Understood is a query as an engine outside is asked it.
type Understood struct {
	*corpus
	q      Query
	sought *sought
}

// Match is one document that answers, by its number in search_documents; the
// higher its score, from 0 to 1, the better.
type Match struct {
	No    uint32
	Score float32
}

// Answer says how the documents were found.
type Answer struct {
	Engine string
	Partly bool // few hold every word: what holds most of them may join them
	Capped bool // there are more than were given: those are found here, so that counts stay exact
}

// Understand reads a query: bounds, mended words, synonyms. For engines.
func (p *Postgres) Understand(ctx context.Context, q Query) (*Understood, error) {
	c, err := p.corpus(ctx)
	if err != nil {
		return nil, err
	}
	q = q.settled()
	return &Understood{corpus: c, q: q, sought: c.understand(q, false)}, nil
}

// Word is one word to ask for.
type Word struct {
	Stem  string
	Begun bool // other words may begin with it
}

// Words are the words to ask for, in order, the mended ones where the text was
// mended; without those that only count when found. None means that the
// database answers by itself: no text, signs only, or a word that nothing
// resembles.
func (u *Understood) Words() []Word {
	if u.sought.hopeless {
		return nil
	}
	var list []Word
	for _, t := range u.sought.terms {
		switch {
		case t.optional:
		case t.mended != "" && u.sought.corrected != "":
			for _, w := range cut(t.mended) {
				list = append(list, Word{Stem: w.word.Stem})
			}
		case !t.exact && t.prefix != "":
			list = append(list, Word{Stem: t.word.Folded, Begun: true})
		default:
			list = append(list, Word{Stem: t.word.Stem, Begun: t.typing})
		}
	}
	return list
}

// Exact tells that nothing may be mended.
func (u *Understood) Exact() bool { return u.q.Exact }

// Completion is the text with its last word finished, when it is begun.
func (u *Understood) Completion() string { return u.sought.completion() }

// Present makes the results of a query from the documents that answer it: the
// selection, counts and page come from the database.
func (p *Postgres) Present(ctx context.Context, u *Understood, matches []Match, by Answer) (Results, error) {
	began := time.Now()
	run := newRun(u.corpus, u.q, u.sought)
	run.outside(matches, by)
	run.order()
	return p.results(ctx, run, by.Engine, began)
}

// Understand reads a query over the documents of the trial, for engines outside
// that are judged as the portal uses them.
func (t *Trial) Understand(q Query) *Understood {
	c := &corpus{view: t.table.View(), labels: &labels{}, set: t.set}
	q = q.settled()
	return &Understood{corpus: c, q: q, sought: c.understand(q, false)}
}

// Present gives the names of the documents of a page, from what an engine found
// by number, the first document being 1.
func (t *Trial) Present(u *Understood, matches []Match, by Answer) []string {
	run := newRun(u.corpus, u.q, u.sought)
	run.outside(matches, by)
	run.order()
	names := []string{}
	for _, x := range run.page() {
		names = append(names, t.names[x.no-1])
	}
	return names
}

// ownWorth is what the portal's own weighing of the words counts beside the engine's
// rank: an engine without rarity of words ranks long questions badly.
const ownWorth = 1.0

// outside takes what the engine found and adds the portal's own weights to its
// rank. An engine takes a word for another one that resembles it although the
// catalogue has it as typed: what holds not every word is none of its results.
// Where little holds the whole query, the documents of the process say what holds
// most of it, an engine that drops one word after the other finds less; where
// more holds it than was given, they say what the rest is.
func (r *run) outside(matches []Match, by Answer) {
	own := r.held(matches)
	matches = slices.DeleteFunc(slices.Clone(matches), func(m Match) bool {
		_, held := own[m.No]
		return !held
	})
	if by.Partly || by.Capped || len(matches) < few && !r.q.Exact {
		r.collect(nil)
		given := make(map[uint32]float32, len(matches))
		for _, m := range matches {
			given[m.No] = m.Score
		}
		for i := range r.found {
			r.found[i].score += given[r.found[i].no]
		}
		return
	}
	r.given(matches)
	scale := ownWorth / max(r.total, optionalWorth)
	for i := range r.found {
		r.found[i].score += own[r.found[i].no] * scale
	}
}

// few documents hold the whole query: what holds most of it joins them.
const few = 10

// held tells which of the documents given hold every required word, and what their
// words are worth.
func (r *run) held(given []Match) map[uint32]float32 {
	type place struct{ shard, slot uint16 }
	numbers := make(map[uint32]float32, len(given))
	for _, m := range given {
		numbers[m.No] = m.Score
	}
	at, row := make(map[place]uint32, len(given)), memory.Row{}
	for _, m := range r.view.Pick(numbers) {
		for _, x := range m.List {
			r.view.Row(m.Shard, x.Slot, &row)
			at[place{uint16(m.Shard), x.Slot}] = row.No
		}
	}
	held, required := make(map[uint32]float32, len(given)), r.required()
	for _, m := range r.view.Weigh(r.units, &r.set.weights) {
		for _, x := range m.List {
			if x.Held&required != required {
				continue
			}
			if no, ok := at[place{uint16(m.Shard), x.Slot}]; ok {
				held[no] = x.Score
			}
		}
	}
	return held
}
