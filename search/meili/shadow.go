package meili

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/meilisearch/meilisearch-go"

	"passerelle/models"
	"passerelle/models/searching"
	"passerelle/search"
)

// Shadow searches a copy of the index that has settings which are not in force,
// as visitors would be answered under them; no visitor meets it. For rehearsals
// (P17.23).
type Shadow struct {
	engine *Engine
	under  *search.Shadow
	uid    string
}

// Why a rehearsal cannot be made on this engine; the portal's own then makes it,
// and the page says so.
var (
	ErrLarge   = errors.New("too many documents to be copied for a rehearsal")
	ErrBehind  = errors.New("the index does not have the settings in force, or all changes")
	errDropped = errors.New("the rehearsal was given up")
)

// The bounds of a copy.
const (
	shadowMost   = 200_000 // documents
	shadowWithin = 4 * time.Minute
	behindMost   = 20 * time.Second
	changedMost  = 20_000
)

// Shadows gives the two sides of a rehearsal: the index that answers under the
// settings in force, and a copy of the same documents under others, where these
// make another index. wanted is asked as the copying goes on; close deletes the
// copy. ErrLarge, ErrBehind and an engine that is not ready are refusals.
// Called by the job of one rehearsal, whose id names the copy.
func (e *Engine) Shadows(ctx context.Context, id models.ID, before, after searching.Settings, wanted func() bool) (b, a *Shadow, done func(), err error) {
	done = func() {}
	if err := e.Ready(ctx); err != nil {
		return nil, nil, done, err
	}
	uid, err := e.upToDate(ctx, before)
	if err != nil {
		return nil, nil, done, err
	}
	b = &Shadow{engine: e, under: e.base.Shadow(before), uid: uid}
	a = &Shadow{engine: e, under: e.base.Shadow(after), uid: uid}
	if alike(wantedOf(search.InForce(before)), wantedOf(search.InForce(after))) {
		return b, a, done, nil
	}
	if n, err := searching.Count(ctx, e.db); err != nil {
		return nil, nil, done, err
	} else if n > shadowMost {
		return nil, nil, done, ErrLarge
	}
	a.uid = e.shadowName(id)
	done = func() {
		removing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_ = e.remove(removing, a.uid)
	}
	copying, cancel := context.WithTimeout(ctx, shadowWithin)
	defer cancel()
	if err := e.shade(copying, a.uid, after, wanted); err != nil {
		done()
		return nil, nil, func() {}, err
	}
	return b, a, done, nil
}

// Dropped tells that a rehearsal stopped because nobody wants it any more.
func Dropped(err error) bool { return errors.Is(err, errDropped) }

func (e *Engine) shadowName(id models.ID) string {
	return e.shadowPrefix() + strings.ReplaceAll(id.String(), "-", "")
}

func (e *Engine) shadowPrefix() string { return e.prefix + "_shadow_" }

func alike(a, b wanted) bool {
	return slices.Equal(a.Searchable, b.Searchable) && maps.EqualFunc(a.Synonyms, b.Synonyms, func(x, y []string) bool {
		return slices.Equal(slices.Sorted(slices.Values(x)), slices.Sorted(slices.Values(y)))
	})
}

// upToDate waits a little until the index that answers has the settings in force
// and every change, so that the copy differs from it by its settings alone.
func (e *Engine) upToDate(ctx context.Context, before searching.Settings) (string, error) {
	for began := time.Now(); ; {
		live, _, err := searching.Indexes(ctx, e.db)
		if err != nil {
			return "", err
		}
		if live == nil {
			return "", ErrNoIndex
		}
		lag, err := searching.LagOf(ctx, e.db, live.UID)
		if err != nil {
			return "", err
		}
		if live.Settings == before.Fingerprint() && lag.Waiting == 0 {
			return live.UID, nil
		}
		if time.Since(began) > behindMost {
			return "", ErrBehind
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return "", err
		}
	}
}

// shade makes the copy, then gives it what changed meanwhile.
func (e *Engine) shade(ctx context.Context, uid string, s searching.Settings, wanted func() bool) error {
	// One that a killed process left has documents of another time.
	if err := e.remove(ctx, uid); err != nil {
		return err
	}
	if err := e.create(ctx, uid); err != nil {
		return err
	}
	if err := e.put(ctx, uid, wantedOf(search.InForce(s))); err != nil {
		return err
	}
	since, err := searching.Instant(ctx, e.db)
	if err != nil {
		return err
	}
	for last, whole := int32(0), false; !whole; {
		if !wanted() {
			return errDropped
		}
		if last, _, _, whole, err = e.copyOn(ctx, uid, last); err != nil {
			return err
		}
	}
	changed, err := searching.ChangedSince(ctx, e.db, since, changedMost)
	if err != nil {
		return err
	}
	if len(changed) == changedMost {
		return ErrBehind
	}
	put := slices.DeleteFunc(slices.Clone(changed), func(c searching.Change) bool { return c.Gone })
	gone := slices.DeleteFunc(changed, func(c searching.Change) bool { return !c.Gone })
	for _, part := range append(parts(put), parts(gone)...) {
		if _, err := e.send(ctx, uid, part); err != nil {
			return err
		}
	}
	return nil
}

// Search answers as Engine.Search does, under the settings of the shadow and
// with as much time as it takes: nobody waits.
func (s *Shadow) Search(ctx context.Context, q search.Query) (search.Results, error) {
	u, err := s.under.Understand(ctx, q)
	if err != nil {
		return search.Results{}, err
	}
	if len(u.Words()) == 0 {
		r, err := s.under.Search(ctx, q)
		r.Engine = Name
		return r, err
	}
	matches, answer, err := found(u, func(text string) ([]search.Match, error) {
		return s.engine.askWithin(ctx, s.uid, text, sendTimeout)
	})
	if err != nil {
		return search.Results{}, unavailable(err)
	}
	return s.engine.base.Present(ctx, u, matches, answer)
}

// dropShadows deletes the copies that processes killed in a rehearsal left: those
// of this portal's own rehearsals that are over, since others may share the
// server.
func (e *Engine) dropShadows(ctx context.Context) error {
	asking, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	list, err := e.client.ListIndexesWithContext(asking, &meilisearch.IndexesQuery{Limit: 1000})
	if err != nil {
		return understood(err)
	}
	var left []models.ID
	for _, index := range list.Results {
		if name, is := strings.CutPrefix(index.UID, e.shadowPrefix()); is {
			if id, err := uuid.Parse(name); err == nil {
				left = append(left, id)
			}
		}
	}
	if len(left) == 0 {
		return nil
	}
	over, err := searching.Over(ctx, e.db, left)
	if err != nil {
		return err
	}
	for _, id := range over {
		if err := e.remove(ctx, e.shadowName(id)); err != nil {
			return fmt.Errorf("delete a copy that is left: %w", err)
		}
	}
	return nil
}
