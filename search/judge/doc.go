// Package judge puts judged queries to a search and says how well it ranks:
// nDCG@10, recall@100, MRR@10, hit@10 and times.
//
// It owns reading of corpora, queries and judgements (CSV, TSV, NDJSON, TREC,
// gzipped or not; columns known by their usual names, French or English) and
// the figures. It refuses to know any set: nothing here depends on which one
// is read.
package judge
