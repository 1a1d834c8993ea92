package judge_test

import (
	"hash/fnv"
	"os"
	"path/filepath"
	"testing"

	"passerelle/search"
	"passerelle/search/judge"
)

// halves parts queries by topic, so that what is chosen on one half is judged
// on the other.
func halves(list []judge.Query) [2][]judge.Query {
	var h [2][]judge.Query
	for _, q := range list {
		topic := q.Topic
		if topic == "" {
			topic = q.Text
		}
		sum := fnv.New32a()
		_, _ = sum.Write([]byte(topic))
		i := sum.Sum32() >> 7 & 1
		h[i] = append(h[i], q)
	}
	return h
}

func TestSets(t *testing.T) {
	folder := os.Getenv("PASSERELLE_TEST_DATA")
	if folder == "" {
		t.Skip("PASSERELLE_TEST_DATA names no data pack")
	}
	for _, c := range []struct {
		name, corpus, queries, judgements string
		least                             func(*testing.T, *judge.Figures)
	}{
		{"droit-travail", "recherche/droit-travail/corpus.ndjson.gz", "recherche/droit-travail/requetes.csv.gz", "recherche/droit-travail/qrels.csv.gz",
			func(t *testing.T, f *judge.Figures) { atLeast(t, "nDCG@10", f.NDCG10, 0.41) }},
		{"ROME", "nomenclatures/rome-fiches-v347.ndjson.gz", "recherche/rome/requetes.csv.gz", "",
			func(t *testing.T, f *judge.Figures) { atLeast(t, "hit@10", f.Hit10, 0.42) }},
		{"acronyms", "catalogue/formations-onisep.csv.gz", "recherche/catalogue-onisep/requetes-sigles.csv", "",
			func(t *testing.T, f *judge.Figures) { atLeast(t, "hit@3", f.Hit3, 0.96) }},
		{"variants", "catalogue/formations-onisep.csv.gz", "recherche/catalogue-onisep/requetes-generees.csv.gz", "",
			func(t *testing.T, f *judge.Figures) {
				for kind, least := range map[string]float64{"sans_accents": .97, "faute_frappe": .97, "ordre_change": .97, "frappe_en_cours": .86} {
					atLeast(t, kind+" hit@10", f.ByKind[kind].Hit10, least)
				}
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			judgements := c.judgements
			if judgements != "" {
				judgements = filepath.Join(folder, judgements)
			}
			set, err := judge.Load(filepath.Join(folder, c.corpus), filepath.Join(folder, c.queries), judgements)
			if err != nil {
				t.Fatal(err)
			}
			trial := search.NewTrial(set.Documents, search.Settings{})
			rank := func(text string, n int) ([]string, error) { return trial.Rank(text, n), nil }
			for i, half := range halves(set.Queries) {
				f, err := judge.Measure(half, rank)
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("half %d: %d queries, nDCG@10 %.4f recall@100 %.4f MRR@10 %.4f hit@10 %.4f hit@3 %.4f p50 %.1f p99 %.1f ms", i+1, f.Queries, f.NDCG10, f.Recall100, f.MRR10, f.Hit10, f.Hit3, f.P50, f.P99)
				for kind, k := range f.ByKind {
					t.Logf("  %s: %d, nDCG@10 %.4f hit@10 %.4f MRR@10 %.4f", kind, k.Queries, k.NDCG10, k.Hit10, k.MRR10)
				}
			}
			f, err := judge.Measure(set.Queries, rank)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("all: nDCG@10 %.4f recall@100 %.4f MRR@10 %.4f hit@10 %.4f hit@3 %.4f p50 %.1f p99 %.1f ms", f.NDCG10, f.Recall100, f.MRR10, f.Hit10, f.Hit3, f.P50, f.P99)
			c.least(t, f)
		})
	}
}

func atLeast(t *testing.T, name string, got, least float64) {
	t.Helper()
	if got < least {
		t.Errorf("%s is %.4f, under %.2f", name, got, least)
	}
}
