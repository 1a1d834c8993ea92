package meili

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/meilisearch/meilisearch-go"

	"passerelle/models/searching"
	"passerelle/search"
)

// wanted is what the portal asks of an index; the engine's defaults hold for
// the rest.
type wanted struct {
	Searchable []string
	Displayed  []string
	Filterable []string
	Ranking    []string
	Synonyms   map[string][]string
	Most       int64
}

// ranking is the engine's order of rules: words are asked all together, so
// that typing errors, nearness and the field decide.
var ranking = []string{"words", "typo", "proximity", "attribute", "sort", "exactness"}

// usual is what any index has, without synonyms.
func usual() wanted {
	return wanted{Searchable: searched, Displayed: displayed, Filterable: []string{"no"}, Ranking: ranking, Synonyms: map[string][]string{}, Most: most}
}

// wantedOf says what the settings of the portal ask of an index: the synonyms as
// the search compares them, folded on both sides, and the fields in the order
// of their weights. Stop words are not sent: the engine would find everything
// for a text of stop words alone and nothing for a phrase that holds one; the
// portal leaves them out of what it asks for.
func wantedOf(s search.Settings) wanted {
	w := usual()
	for _, group := range s.Synonyms {
		searching.AddSynonym(w.Synonyms, group.Keys(), group.OneWay)
	}
	weights := searching.Weights(s.Weights).Settled()
	worth := map[string]float32{"title_words": weights.Title, "acronyms": weights.Acronym, "labels": weights.Other, "body_words": weights.Body}
	w.Searchable = slices.Clone(w.Searchable)
	slices.SortStableFunc(w.Searchable, func(a, b string) int { return cmp.Compare(worth[b], worth[a]) })
	return w
}

// fitting puts the settings of an index when they differ from what is wanted;
// the engine makes again by itself what they change. It is asked once per
// process and change.
func (e *Engine) fitting(ctx context.Context, index *searching.Index) error {
	published, err := searching.Published(ctx, e.db.Pool)
	if err != nil {
		return err
	}
	print, uid := published.Fingerprint(), index.UID
	e.mu.Lock()
	known := e.fit[uid] == print && index.Settings == print
	e.mu.Unlock()
	if known {
		return nil
	}
	w := wantedOf(search.InForce(published))
	asking, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	has, err := e.client.Index(uid).GetSettingsWithContext(asking)
	if err != nil {
		return understood(err)
	}
	if !w.same(has) {
		if err := e.put(ctx, uid, w); err != nil {
			return err
		}
	}
	e.mu.Lock()
	e.fit[uid] = print
	e.mu.Unlock()
	index.Settings = print
	return searching.Fitted(ctx, e.db, uid, print)
}

func (w wanted) same(has *meilisearch.Settings) bool {
	return slices.Equal(w.Searchable, has.SearchableAttributes) && slices.Equal(slices.Sorted(slices.Values(w.Displayed)), slices.Sorted(slices.Values(has.DisplayedAttributes))) &&
		slices.Equal(w.Filterable, has.FilterableAttributes) && slices.Equal(w.Ranking, has.RankingRules) && has.Pagination != nil && has.Pagination.MaxTotalHits == w.Most &&
		maps.EqualFunc(w.Synonyms, has.Synonyms, func(a, b []string) bool {
			return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
		})
}

func (e *Engine) put(ctx context.Context, uid string, w wanted) error {
	index := e.client.Index(uid)
	task, err := index.UpdateSettingsWithContext(ctx, &meilisearch.Settings{SearchableAttributes: w.Searchable, DisplayedAttributes: w.Displayed,
		FilterableAttributes: w.Filterable, RankingRules: w.Ranking, Synonyms: w.Synonyms, Pagination: &meilisearch.Pagination{MaxTotalHits: w.Most}})
	if err == nil && len(w.Synonyms) == 0 {
		if err := e.waitFor(ctx, task.TaskUID, fitTimeout); err != nil {
			return err
		}
		task, err = index.ResetSynonymsWithContext(ctx) // an empty map is left out of the settings
	}
	if err != nil {
		return understood(err)
	}
	return e.waitFor(ctx, task.TaskUID, fitTimeout)
}
