package meili

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"passerelle/models/searching"
	"passerelle/search"
)

// Trial is a throw-away index of any documents, which judged queries are put
// to as the portal asks its own: for `search eval`, and shadows of settings.
type Trial struct {
	*search.Trial
	engine *Engine
	uid    string
}

// NewTrial indexes documents, under a name of their own; Close deletes them.
func NewTrial(ctx context.Context, o Options, documents []search.TrialDocument, s search.Settings) (*Trial, error) {
	e := New(nil, nil, o)
	e.patience = sendTimeout // nobody waits, and every answer counts
	if _, err := e.Version(ctx); err != nil {
		return nil, err
	}
	t := &Trial{Trial: search.NewTrial(documents, s), engine: e, uid: e.prefix + "_trial_" + strings.ReplaceAll(uuid.NewString(), "-", "")}
	if err := t.index(ctx, documents, s); err != nil {
		t.Close(context.WithoutCancel(ctx))
		return nil, err
	}
	return t, nil
}

func (t *Trial) index(ctx context.Context, documents []search.TrialDocument, s search.Settings) error {
	e := t.engine
	if err := e.create(ctx, t.uid); err != nil {
		return err
	}
	if err := e.put(ctx, t.uid, wantedOf(s)); err != nil {
		return err
	}
	list := make([]searching.Change, 0, len(documents))
	for i, d := range documents {
		list = append(list, searching.Change{Document: searching.Document{No: int32(i + 1), Reference: d.ID, Title: d.Title, Body: d.Text, Acronyms: d.Acronyms, Others: d.Others}})
	}
	for _, part := range parts(list) {
		if _, err := e.send(ctx, t.uid, part); err != nil {
			return err
		}
	}
	return nil
}

// Rank gives the names of the n best documents for a text, in their order.
func (t *Trial) Rank(ctx context.Context, text string, n int) ([]string, error) {
	u := t.Understand(search.Query{Text: text, PerPage: n, Page: 1})
	if len(u.Words()) == 0 {
		return t.Trial.Rank(text, n), nil
	}
	matches, answer, err := found(u, func(text string) ([]search.Match, error) {
		return t.engine.ask(ctx, t.uid, text)
	})
	if err != nil {
		return nil, err
	}
	return t.Present(u, matches, answer), nil
}

// Close deletes the index.
func (t *Trial) Close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	_ = t.engine.remove(ctx, t.uid)
	t.engine.Close()
}
