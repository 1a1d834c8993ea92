package meili_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"passerelle/search"
	"passerelle/search/judge"
	"passerelle/search/meili"
	"passerelle/search/meili/meilitest"
)

// sampled is about how many queries of a long set are asked with -short.
const sampled = 300

// TestSets judges the engine on the sets of the data pack.
func TestSets(t *testing.T) {
	folder := os.Getenv("PASSERELLE_TEST_DATA")
	if folder == "" {
		t.Skip("PASSERELLE_TEST_DATA names no data pack")
	}
	server := meilitest.Start(t)
	const onisep = "catalogue/formations-onisep.csv.gz"
	for _, c := range []struct {
		name, corpus, queries, judgements string
		least                             func(*judge.Figures) map[string][2]float64
	}{
		{"droit-travail", "recherche/droit-travail/corpus.ndjson.gz", "recherche/droit-travail/requetes.csv.gz", "recherche/droit-travail/qrels.csv.gz",
			func(f *judge.Figures) map[string][2]float64 {
				return map[string][2]float64{"nDCG@10": {f.NDCG10, 0.28}}
			}},
		{"ROME", "nomenclatures/rome-fiches-v347.ndjson.gz", "recherche/rome/requetes.csv.gz", "",
			func(f *judge.Figures) map[string][2]float64 { return map[string][2]float64{"hit@10": {f.Hit10, 0.30}} }},
		{"acronyms", onisep, "recherche/catalogue-onisep/requetes-sigles.csv", "",
			func(f *judge.Figures) map[string][2]float64 { return map[string][2]float64{"hit@3": {f.Hit3, 0.92}} }},
		{"variants", onisep, "recherche/catalogue-onisep/requetes-generees.csv.gz", "",
			func(f *judge.Figures) map[string][2]float64 {
				least := map[string][2]float64{}
				for kind, x := range map[string]float64{"sans_accents": .97, "faute_frappe": .97, "ordre_change": .97, "frappe_en_cours": .86} {
					least[kind+" hit@10"] = [2]float64{f.ByKind[kind].Hit10, x}
				}
				return least
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			judgements := c.judgements
			if judgements != "" {
				judgements = filepath.Join(folder, judgements)
			}
			set, err := judge.Load(filepath.Join(folder, c.corpus), filepath.Join(folder, c.queries), judgements)
			must(t, err)
			if n := len(set.Queries); n > sampled && testing.Short() {
				set.Queries = slices.DeleteFunc(set.Queries, func(judge.Query) bool { n--; return n%(len(set.Queries)/sampled) != 0 })
			}
			trial, err := meili.NewTrial(context.Background(), meili.Options{URL: server.URL, Key: server.Key, Prefix: server.Prefix}, set.Documents, search.Settings{})
			must(t, err)
			defer trial.Close(context.Background())
			f, err := judge.Measure(set.Queries, func(text string, n int) ([]string, error) { return trial.Rank(context.Background(), text, n) })
			must(t, err)
			t.Logf("%d queries: nDCG@10 %.4f recall@100 %.4f MRR@10 %.4f hit@10 %.4f hit@3 %.4f p50 %.1f p99 %.1f ms", f.Queries, f.NDCG10, f.Recall100, f.MRR10, f.Hit10, f.Hit3, f.P50, f.P99)
			beside, err := judge.Measure(set.Queries, func(text string, n int) ([]string, error) { return trial.Trial.Rank(text, n), nil })
			must(t, err)
			t.Logf("PostgreSQL's: nDCG@10 %.4f hit@10 %.4f hit@3 %.4f p50 %.1f", beside.NDCG10, beside.Hit10, beside.Hit3, beside.P50)
			same := c.least(beside)
			for name, x := range c.least(f) {
				t.Logf("%s: %.4f, PostgreSQL's %.4f, to reach %.2f", name, x[0], same[name][0], x[1])
				if x[0] < x[1] {
					t.Errorf("%s is %.4f, under %.2f", name, x[0], x[1])
				}
			}
		})
	}
}
