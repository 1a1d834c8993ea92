package judge

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"passerelle/models/catalogue"
	"passerelle/models/searching"
	"passerelle/search"
)

// Engine answers queries; a search.Index does, and a shadow of one.
type Engine interface {
	Search(ctx context.Context, q search.Query) (search.Results, error)
}

// Rehearsal puts the same queries to two engines, one with the settings in
// force and one with others (P17.23).
type Rehearsal struct {
	Before, After Engine
	Real          []searching.Query // typed by visitors
	Judged        []Query           // answered by documents that the portal has
	Today         time.Time
	// Progress hears how far it is; false stops it.
	Progress func(done, total int) bool
}

// The bounds of what a rehearsal keeps.
const (
	looked       = 10 // ranks that count
	mostMoves    = 400
	movesOfQuery = 5
)

// Run replays every query; ok is false when Progress stopped it. Moves are
// those that matter most: many visits, high ranks.
func (r Rehearsal) Run(ctx context.Context) (f searching.Figures, moves []searching.Move, ok bool, err error) {
	began := time.Now()
	all := []weighed{}
	total := len(r.Real) + len(r.Judged)
	for i := range total {
		if i%10 == 0 && !r.Progress(i, total) {
			return f, nil, false, nil
		}
		var a answer
		text := ""
		if i < len(r.Real) {
			text = r.Real[i].Text
		} else {
			text = r.Judged[i-len(r.Real)].Text
		}
		if a, err = r.ask(ctx, search.Query{Text: text, Page: 1, PerPage: looked, Today: r.Today, Lang: "fr"}); err != nil {
			return f, nil, false, err
		}
		f.Engine = a.engine
		list := a.moves()
		f.Moves += len(list)
		if i < len(r.Real) {
			q := r.Real[i]
			count(&f, a, len(list) == 0)
			all = append(all, keep(list, q.Text, q.Visits)...)
		} else {
			q := r.Judged[i-len(r.Real)]
			weigh(&f, a, q)
			all = append(all, keep(list, q.Text, 0)...)
		}
	}
	if f.Judged > 0 {
		for i := range 2 {
			f.NDCG[i] /= float64(f.Judged)
			f.Success[i] /= float64(f.Judged)
		}
	}
	f.Millis = int(time.Since(began).Milliseconds())
	slices.SortStableFunc(all, func(a, b weighed) int { return cmp.Compare(b.worth, a.worth) })
	for _, m := range all[:min(len(all), mostMoves)] {
		moves = append(moves, m.Move)
	}
	return f, moves, true, nil
}

// Try puts one query to both, and gives every result of the first ten of either with
// its two ranks, in the order after, then before (P17.23).
func (r Rehearsal) Try(ctx context.Context, q search.Query) ([]searching.Move, error) {
	q.Page, q.PerPage = 1, looked
	a, err := r.ask(ctx, q)
	if err != nil {
		return nil, err
	}
	list := []searching.Move{}
	for _, p := range a.places() {
		list = append(list, p.move(q.Text, 0))
	}
	last := func(rank int) int { return cmp.Or(rank, looked+1) }
	slices.SortStableFunc(list, func(a, b searching.Move) int {
		return cmp.Or(cmp.Compare(last(a.After), last(b.After)), cmp.Compare(a.Before, b.Before))
	})
	return list, nil
}

// answer is what a query finds before and after.
type answer struct {
	engine string
	hits   [2][]search.Hit
	exact  [2]int
}

func (r Rehearsal) ask(ctx context.Context, q search.Query) (a answer, err error) {
	for i, e := range []Engine{r.Before, r.After} {
		found, err := e.Search(ctx, q)
		if err != nil {
			return a, err
		}
		a.hits[i], a.exact[i], a.engine = found.Hits, found.Exact(), found.Engine
	}
	return a, nil
}

// count takes a real query into the figures.
func count(f *searching.Figures, a answer, same bool) {
	f.Queries++
	if same {
		f.Same++
	}
	for i, n := range a.exact {
		if n == 0 {
			f.Without[i]++
		}
	}
}

// weigh takes a judged query into the figures.
func weigh(f *searching.Figures, a answer, q Query) {
	var gained, found [2]float64
	for i, hits := range a.hits {
		for rank, h := range hits {
			if gain := q.Gains[h.Reference]; gain > 0 {
				gained[i] += discounted(gain, rank)
				found[i] = 1
			}
		}
	}
	ideal, n := 0.0, 0
	for range q.Gains {
		if n < looked {
			ideal += discounted(1, n)
		}
		n++
	}
	f.Judged++
	for i := range 2 {
		f.NDCG[i] += gained[i] / ideal
		f.Success[i] += found[i]
	}
	switch {
	case gained[1] > gained[0]+1e-9:
		f.Better++
	case gained[1] < gained[0]-1e-9:
		f.Worse++
	}
}

// place is a result with its ranks from 1; 0 is none of the first ten.
type place struct {
	hit           search.Hit
	before, after int
}

// moves lists the results whose rank is another one.
func (a answer) moves() []place {
	return slices.DeleteFunc(a.places(), func(p place) bool { return p.before == p.after })
}

// places lists every result with its ranks.
func (a answer) places() []place {
	type key struct {
		kind      catalogue.Kind
		reference string
	}
	at, list := map[key]int{}, []place{}
	for i, hits := range a.hits {
		for rank, h := range hits {
			k := key{h.Kind, h.Reference}
			n, known := at[k]
			if !known {
				n = len(list)
				at[k] = n
				list = append(list, place{hit: h})
			}
			if i == 0 {
				list[n].before = rank + 1
			} else {
				list[n].after = rank + 1
			}
		}
	}
	return list
}

func (p place) move(text string, visits int) searching.Move {
	return searching.Move{Query: text, Times: visits, Judged: visits == 0, Title: p.hit.Title.Plain(), Kind: p.hit.Kind, Reference: p.hit.Reference, Before: p.before, After: p.after}
}

// weighed is a move with how much people would notice it.
type weighed struct {
	searching.Move
	worth float64
}

func keep(list []place, text string, visits int) []weighed {
	out := make([]weighed, 0, len(list))
	seen := func(rank int) float64 {
		if rank == 0 {
			return 0
		}
		return 1 / math.Log2(float64(rank)+1)
	}
	for _, p := range list {
		out = append(out, weighed{p.move(text, visits), float64(max(visits, 1)) * math.Abs(seen(p.before)-seen(p.after))})
	}
	slices.SortStableFunc(out, func(a, b weighed) int { return cmp.Compare(b.worth, a.worth) })
	return out[:min(len(out), movesOfQuery)]
}
