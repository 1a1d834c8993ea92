package meili

import (
	"context"
	"errors"
	"time"

	"passerelle/models/searching"
)

// Work does what waits for the engine until nothing does, or until a time:
// changes, a rebuild, a check. One process at a time works, the others return
// at once. An engine that does not answer is an error of kind unavailable, and
// everything waits. Called by the jobs.
func (e *Engine) Work(ctx context.Context, until time.Time) error {
	_, err := searching.Alone(ctx, e.db, func(ctx context.Context) error {
		if _, err := e.Version(ctx); err != nil {
			return err
		}
		if err := e.dropShadows(ctx); err != nil {
			return err
		}
		for time.Now().Before(until) {
			more, err := e.round(ctx)
			if errors.Is(err, searching.ErrAbandoned) {
				continue
			}
			if err != nil || !more {
				return err
			}
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		return unavailable(err)
	}
	return err
}

// round does a little of each thing, so that none waits for another's end; it
// tells whether there is more.
func (e *Engine) round(ctx context.Context) (more bool, err error) {
	live, building, err := searching.Indexes(ctx, e.db)
	if err != nil {
		return false, err
	}
	if live != nil {
		there, err := e.present(ctx, live.UID)
		if err != nil {
			return false, err
		}
		if !there {
			live = nil // the server lost it: PostgreSQL answers until another is made
		}
	}
	if live == nil && building == nil {
		_, err := e.Begin(ctx)
		return true, err
	}
	if live != nil {
		if err := e.fitting(ctx, live); err != nil {
			return false, err
		}
		n, err := e.drain(ctx, live.UID)
		if err != nil {
			return false, err
		}
		more = n > 0
	}
	if building != nil {
		return true, e.build(ctx, building)
	}
	if more || live == nil {
		return more, nil
	}
	return e.checkAsked(ctx, live.UID)
}

func (e *Engine) build(ctx context.Context, b *searching.Index) error {
	done, err := e.fill(ctx, b)
	if err != nil {
		if ctx.Err() == nil && !errors.Is(err, searching.ErrAbandoned) {
			_ = searching.Progress(ctx, e.db, b.UID, 0, 0, err.Error())
		}
		return err
	}
	if done {
		return e.swap(ctx, b.UID)
	}
	return nil
}

// CatchUp works until the index that answers has every change.
func (e *Engine) CatchUp(ctx context.Context) error {
	for {
		if err := e.Work(ctx, time.Now().Add(2*time.Second)); err != nil {
			return err
		}
		live, building, err := searching.Indexes(ctx, e.db)
		if err != nil {
			return err
		}
		if live != nil && building == nil {
			lag, err := searching.LagOf(ctx, e.db, live.UID)
			if err != nil || lag.Waiting == 0 {
				return err
			}
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}
