package judge

import (
	"math"
	"slices"
	"time"
)

// Figures say how well queries were answered; times are milliseconds.
type Figures struct {
	Queries   int                 `json:"queries"`
	Documents int                 `json:"documents,omitempty"`
	NDCG10    float64             `json:"ndcg@10"`
	Recall100 float64             `json:"recall@100"`
	MRR10     float64             `json:"mrr@10"`
	Hit10     float64             `json:"hit@10"`
	Hit3      float64             `json:"hit@3"`
	P50       float64             `json:"p50_ms"`
	P99       float64             `json:"p99_ms"`
	ByKind    map[string]*Figures `json:"by_kind,omitempty"`
	times     []time.Duration
}

// Depth is how many documents a ranking must give.
const Depth = 100

// Measure asks every query; rank gives the names of the best n documents.
func Measure(queries []Query, rank func(text string, n int) ([]string, error)) (*Figures, error) {
	all := &Figures{ByKind: map[string]*Figures{}}
	for _, q := range queries {
		began := time.Now()
		names, err := rank(q.Text, Depth)
		if err != nil {
			return nil, err
		}
		took := time.Since(began)
		all.add(q, names, took)
		if q.Kind != "" {
			if all.ByKind[q.Kind] == nil {
				all.ByKind[q.Kind] = &Figures{}
			}
			all.ByKind[q.Kind].add(q, names, took)
		}
	}
	all.settle()
	for _, f := range all.ByKind {
		f.settle()
	}
	return all, nil
}

func (f *Figures) add(q Query, names []string, took time.Duration) {
	f.Queries++
	f.times = append(f.times, took)
	var gained, found float64
	best := -1
	for i, name := range names {
		gain := q.Gains[name]
		if gain <= 0 {
			continue
		}
		found++
		if best < 0 {
			best = i
		}
		if i < 10 {
			gained += discounted(gain, i)
		}
	}
	ideal := []float64{}
	for _, g := range q.Gains {
		ideal = append(ideal, g)
	}
	slices.SortFunc(ideal, func(a, b float64) int { return int(math.Copysign(1, b-a)) })
	var most float64
	for i, g := range ideal[:min(len(ideal), 10)] {
		most += discounted(g, i)
	}
	f.NDCG10 += gained / max(most, 1e-9)
	f.Recall100 += found / float64(len(q.Gains))
	if best >= 0 && best < 10 {
		f.Hit10++
		f.MRR10 += 1 / float64(best+1)
	}
	if best >= 0 && best < 3 {
		f.Hit3++
	}
}

func discounted(gain float64, rank int) float64 {
	return (math.Exp2(gain) - 1) / math.Log2(float64(rank)+2)
}

func (f *Figures) settle() {
	n := float64(max(f.Queries, 1))
	for _, x := range []*float64{&f.NDCG10, &f.Recall100, &f.MRR10, &f.Hit10, &f.Hit3} {
		*x = math.Round(*x/n*10_000) / 10_000
	}
	slices.Sort(f.times)
	at := func(p float64) float64 {
		if len(f.times) == 0 {
			return 0
		}
		return float64(f.times[int(p*float64(len(f.times)-1))].Microseconds()) / 1000
	}
	f.P50, f.P99 = at(.5), at(.99)
}
