package judge

import (
	_ "embed"
	"encoding/csv"
	"strings"
)

// known are queries whose answers in the public catalogue are known: as people
// misspell, shorten, reorder and unaccent the titles of its courses.
//
//go:embed known.csv
var known string

// Known gives judged queries by public reference; on a portal that has other
// courses none of them says anything.
func Known() []Query {
	lines, err := csv.NewReader(strings.NewReader(known)).ReadAll()
	if err != nil || len(lines) == 0 {
		return nil
	}
	list := make([]Query, 0, len(lines))
	for _, l := range lines[1:] {
		q := Query{Text: l[0], Kind: l[1], Gains: map[string]float64{}}
		for reference := range strings.SplitSeq(l[2], "|") {
			q.Gains[reference] = 1
		}
		list = append(list, q)
	}
	return list
}

// Answered keeps the queries that documents of the portal answer, with those
// documents alone: the others say nothing of its settings.
func Answered(list []Query, has func(reference string) bool) []Query {
	kept := []Query{}
	for _, q := range list {
		gains := map[string]float64{}
		for reference, gain := range q.Gains {
			if has(reference) {
				gains[reference] = gain
			}
		}
		if len(gains) > 0 {
			q.Gains = gains
			kept = append(kept, q)
		}
	}
	return kept
}
