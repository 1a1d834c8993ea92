package meili

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"passerelle/search"
)

// Rule is what one of the engine's own ranking rules gives a document, from 0
// to 1.
type Rule struct {
	Name  string // typo, proximity, attribute, exactness
	Score float64
}

// Tried is a query as the engine was asked it, for administrators (P14.1).
type Tried struct {
	search.Reasons
	Asked string            // the words that the engine got; empty when it was not asked
	Rules map[uint32][]Rule // by document, in the order in which they decide
}

// Reasons searches as Search does, and explains the page: what the engine's
// rules say, and what the portal's weights add.
func (e *Engine) Reasons(ctx context.Context, q search.Query) (Tried, error) {
	began := time.Now()
	u, err := e.base.Understand(ctx, q)
	if err != nil {
		return Tried{}, err
	}
	if len(u.Words()) == 0 {
		r, err := e.base.Reasons(ctx, q)
		r.Engine = Name
		return Tried{Reasons: r}, err
	}
	t := Tried{Asked: asked(u.Words(), u.Exact())}
	matches, answer, err := found(u, func(text string) ([]search.Match, error) { return e.matches(ctx, text) })
	if err != nil {
		return t, unavailable(err)
	}
	if t.Reasons, err = e.base.ReasonsOf(ctx, u, matches, answer, began); err != nil {
		return t, err
	}
	t.Took = time.Since(began)
	t.Rules, err = e.rules(ctx, t.Asked, t.List)
	if err != nil {
		return t, unavailable(err)
	}
	return t, nil
}

// WhyNot says where a document stands among the results, and what it lacks.
func (e *Engine) WhyNot(ctx context.Context, q search.Query, document string) (search.WhyNot, error) {
	u, err := e.base.Understand(ctx, q)
	if err != nil {
		return search.WhyNot{}, err
	}
	if len(u.Words()) == 0 {
		return e.base.WhyNot(ctx, q, document)
	}
	matches, answer, err := found(u, func(text string) ([]search.Match, error) { return e.matches(ctx, text) })
	if err != nil {
		return search.WhyNot{}, unavailable(err)
	}
	return e.base.WhyNotOf(ctx, u, matches, answer, document)
}

// rules asks again for the documents of the page alone, with what each rule
// gave them.
func (e *Engine) rules(ctx context.Context, text string, list []search.Reason) (map[uint32][]Rule, error) {
	found := map[uint32][]Rule{}
	uid, err := e.live(ctx)
	if err != nil || len(list) == 0 {
		return found, err
	}
	numbers := make([]string, 0, len(list))
	for _, r := range list {
		numbers = append(numbers, fmt.Sprint(r.No))
	}
	asking, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	raw, err := e.client.Index(uid).SearchRawWithContext(asking, text, &meilisearch.SearchRequest{Limit: int64(len(list)), MatchingStrategy: meilisearch.All,
		AttributesToRetrieve: []string{"no"}, Filter: "no IN [" + strings.Join(numbers, ",") + "]", ShowRankingScoreDetails: true})
	if err != nil {
		return found, down(understood(err))
	}
	type detail struct {
		Order int     `json:"order"`
		Score float64 `json:"score"`
	}
	var answer struct {
		Hits []struct {
			No      uint32            `json:"no"`
			Details map[string]detail `json:"_rankingScoreDetails"`
		} `json:"hits"`
	}
	if err := json.Unmarshal(*raw, &answer); err != nil {
		return found, err
	}
	for _, h := range answer.Hits {
		names := make([]string, 0, len(h.Details))
		for name := range h.Details {
			names = append(names, name)
		}
		slices.SortFunc(names, func(a, b string) int { return cmp.Compare(h.Details[a].Order, h.Details[b].Order) })
		for _, name := range names {
			found[h.No] = append(found[h.No], Rule{name, h.Details[name].Score})
		}
	}
	return found, nil
}
