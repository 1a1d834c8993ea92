package meili

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"passerelle/models/catalogue"
	"passerelle/models/searching"
	"passerelle/search"
)

// most is how many documents the engine is asked for: it takes ten times as long
// to write ten times as many. What lies beyond is found and counted by the
// portal.
const most = 1000

// Search implements search.Index.
func (e *Engine) Search(ctx context.Context, q search.Query) (search.Results, error) {
	began := time.Now()
	u, err := e.base.Understand(ctx, q)
	if err != nil {
		return search.Results{}, err
	}
	if len(u.Words()) == 0 {
		// No text to match: the database knows by itself.
		r, err := e.base.Search(ctx, q)
		r.Engine = Name
		return r, err
	}
	matches, answer, err := found(u, func(text string) ([]search.Match, error) {
		return e.matches(ctx, text)
	})
	if err != nil {
		return search.Results{}, unavailable(err)
	}
	r, err := e.base.Present(ctx, u, matches, answer)
	r.Took = time.Since(began)
	return r, err
}

// enough documents hold the whole query: nothing else is shown.
const enough = 10

// found asks for what holds every word.
func found(u *search.Understood, ask func(string) ([]search.Match, error)) ([]search.Match, search.Answer, error) {
	words := u.Words()
	matches, err := ask(asked(words, u.Exact()))
	return matches, search.Answer{Engine: Name, Partly: len(matches) < enough && !u.Exact(), Capped: len(matches) >= most}, err
}

// asked writes the text that the engine is asked for. Only its last word may
// be a beginning: an abbreviation goes there.
func asked(list []search.Word, exact bool) string {
	list = slices.Clone(list)
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Begun {
			begun := list[i]
			list = append(slices.Delete(list, i, i+1), begun)
			break
		}
	}
	var b strings.Builder
	for i, w := range list {
		if i > 0 {
			b.WriteByte(' ')
		}
		if exact && !w.Begun {
			b.WriteString(`"` + w.Stem + `"`)
		} else {
			b.WriteString(w.Stem)
		}
	}
	if !list[len(list)-1].Begun {
		b.WriteByte(' ') // a finished word begins no other
	}
	return b.String()
}

// matches asks the index that answers; once more where another has just taken
// its place.
func (e *Engine) matches(ctx context.Context, text string) ([]search.Match, error) {
	uid, err := e.live(ctx)
	if err != nil {
		return nil, err
	}
	list, err := e.ask(ctx, uid, text)
	if errors.Is(err, errIsAbsent) {
		e.forget()
		if uid, err = e.live(ctx); err == nil {
			list, err = e.ask(ctx, uid, text)
		}
	}
	if err != nil && uid != "" && ctx.Err() == nil {
		err = down(err)
	}
	return list, err
}

func (e *Engine) ask(ctx context.Context, uid, text string) ([]search.Match, error) {
	return e.askWithin(ctx, uid, text, e.patience)
}

func (e *Engine) askWithin(ctx context.Context, uid, text string, patience time.Duration) ([]search.Match, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	raw, err := e.client.Index(uid).SearchRawWithContext(ctx, text, &meilisearch.SearchRequest{Limit: most, MatchingStrategy: meilisearch.All,
		AttributesToRetrieve: []string{"no"}, ShowRankingScore: true})
	if err != nil {
		return nil, understood(err)
	}
	var answer struct {
		Hits []struct {
			No    uint32  `json:"no"`
			Score float32 `json:"_rankingScore"`
		} `json:"hits"`
	}
	if err := json.Unmarshal(*raw, &answer); err != nil {
		return nil, err
	}
	list := make([]search.Match, 0, len(answer.Hits))
	for _, h := range answer.Hits {
		list = append(list, search.Match{No: h.No, Score: h.Score})
	}
	return list, nil
}

// live is the name of the index that answers, read again every second.
func (e *Engine) live(ctx context.Context) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.uid != "" && time.Now().Before(e.until) {
		return e.uid, nil
	}
	live, _, err := searching.Indexes(ctx, e.db)
	if err != nil {
		return "", err
	}
	if live == nil {
		return "", down(ErrNoIndex)
	}
	e.uid, e.until = live.UID, time.Now().Add(time.Second)
	return e.uid, nil
}

func (e *Engine) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.uid = ""
}

// Complete implements search.Index.
func (e *Engine) Complete(ctx context.Context, text string, n int) ([]search.Suggestion, error) {
	n = min(max(n, 1), 20)
	q := search.Query{Text: text, PerPage: n, Today: e.db.Today()}
	u, err := e.base.Understand(ctx, q)
	if err != nil {
		return nil, err
	}
	list := []search.Suggestion{}
	if len([]rune(strings.TrimSpace(text))) < 2 || len(u.Words()) == 0 {
		return list, nil
	}
	r, err := e.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	if word := u.Completion(); word != "" {
		list = append(list, search.Suggestion{Text: word})
	}
	seen := map[string]bool{}
	for _, h := range r.Hits {
		if title := h.Title.Plain(); !seen[title] && len(list) < n {
			seen[title] = true
			list = append(list, search.Suggestion{Text: title, Kind: h.Kind, Reference: h.Reference})
		}
	}
	return list, nil
}

// Put implements search.Index: the rows are the database's, the engine follows
// before Put returns.
func (e *Engine) Put(ctx context.Context, documents []search.Document) error {
	if err := e.base.Put(ctx, documents); err != nil {
		return err
	}
	return e.CatchUp(ctx)
}

// Delete implements search.Index.
func (e *Engine) Delete(ctx context.Context, kind catalogue.Kind, references []string) error {
	if err := e.base.Delete(ctx, kind, references); err != nil {
		return err
	}
	return e.CatchUp(ctx)
}

// Health implements search.Index.
func (e *Engine) Health(ctx context.Context) (search.Health, error) {
	h := search.Health{Engine: Name}
	uid, err := e.live(ctx)
	if err != nil {
		return h, unavailable(err)
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	stats, err := e.client.Index(uid).GetStatsWithContext(ctx, nil)
	if err != nil {
		return h, unavailable(down(understood(err)))
	}
	h.Documents = int(stats.NumberOfDocuments)
	return h, nil
}
