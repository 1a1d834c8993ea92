package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	"passerelle/cmd/internal/portal"
	"passerelle/search"
	"passerelle/search/judge"
	"passerelle/search/meili"
)

type searchCommand struct {
	Eval     evalCommand    `cmd:"" help:"Judge the ranking on a set of queries; nothing of it enters the portal's index."`
	Check    searchCheck    `cmd:"" help:"Compare an index with the database, document by document; exit 1 when they differ."`
	Stop     searchStop     `cmd:"" help:"Stop a rebuild; the index that answers stays in service."`
	Settings searchSettings `cmd:"" help:"Synonyms, words to ignore and weights: draft, rehearse, publish, take back."`
}

type evalCommand struct {
	Corpus  string `required:"" type:"existingfile" help:"Documents: CSV, TSV or NDJSON, gzipped or not."`
	Queries string `required:"" type:"existingfile" help:"Queries, with the documents expected beside them or in --qrels."`
	Qrels   string `type:"existingfile" help:"Judgements: topic, document, gain; CSV, TSV, NDJSON or TREC."`
	Engine  string `enum:"postgres,meilisearch" default:"postgres" help:"Engine to judge; meilisearch is the server of MEILI_URL, in an index of its own, deleted at the end."`
}

// Run prints the figures as JSON: the set is indexed in memory with the
// portal's own analysis and ranks.
func (e evalCommand) Run(ctx context.Context, c *portal.Config) error {
	set, err := judge.Load(e.Corpus, e.Queries, e.Qrels)
	if err != nil {
		return err
	}
	rank, end, err := e.rank(ctx, c, set)
	if err != nil {
		return err
	}
	defer end()
	figures, err := judge.Measure(set.Queries, rank)
	if err != nil {
		return err
	}
	figures.Documents = len(set.Documents)
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	return out.Encode(figures)
}

// rank indexes the documents in the engine to be judged.
func (e evalCommand) rank(ctx context.Context, c *portal.Config, set *judge.Set) (rank func(string, int) ([]string, error), end func(), err error) {
	if e.Engine == "postgres" {
		trial := search.NewTrial(set.Documents, search.Settings{})
		return func(text string, n int) ([]string, error) { return trial.Rank(text, n), nil }, func() {}, nil
	}
	if c.MeiliURL == "" {
		return nil, nil, errors.New("set MEILI_URL: no Meilisearch is configured")
	}
	trial, err := meili.NewTrial(ctx, meili.Options{URL: c.MeiliURL, Key: c.MeiliMasterKey, Prefix: c.MeiliPrefix}, set.Documents, search.Settings{})
	if err != nil {
		return nil, nil, err
	}
	return func(text string, n int) ([]string, error) { return trial.Rank(ctx, text, n) }, func() { trial.Close(context.WithoutCancel(ctx)) }, nil
}
