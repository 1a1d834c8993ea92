package meili

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"passerelle/models"
	"passerelle/models/searching"
)

// Begin notes that a new index is wanted; Work fills it beside the one that
// answers, and puts it in its place. False when one is already under way.
func (e *Engine) Begin(ctx context.Context) (begun bool, err error) {
	err = e.db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		begun, err = e.BeginIn(ctx, tx, models.Portal())
		return err
	})
	return begun, err
}

// BeginIn is Begin in the transaction of a verb.
func (e *Engine) BeginIn(ctx context.Context, tx models.Tx, by models.Actor) (begun bool, err error) {
	return searching.Begin(ctx, tx, by, e.prefix+"_"+strings.ReplaceAll(tx.NewID().String(), "-", ""))
}

// Abandon stops a rebuild: the index that answers goes on, the half-made one
// is deleted.
func (e *Engine) Abandon(ctx context.Context) error {
	var uid string
	err := e.db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		uid, err = searching.Abandon(ctx, tx, models.Portal())
		return err
	})
	if err != nil {
		return err
	}
	return e.remove(ctx, uid)
}

// Discard deletes an index that the portal knows no more, after the transaction
// of searching.Abandon.
func (e *Engine) Discard(ctx context.Context, uid string) error { return e.remove(ctx, uid) }

// How much of the catalogue is read at once, and how much of it the engine has
// to digest before the progress is noted: it does the more together the faster,
// and all of it is held meanwhile.
const (
	pageDocuments = 1000
	windowPages   = 12
	windowBytes   = 16 << 20
)

// fill copies the next pages into the index being built; true when it has them
// all. What was not confirmed is sent again by whoever goes on.
func (e *Engine) fill(ctx context.Context, b *searching.Index) (done bool, err error) {
	there, err := e.present(ctx, b.UID)
	if err == nil && !there && b.FilledTo == 0 {
		// Asked once: a second creation would stand among the failed tasks.
		there, err = true, e.create(ctx, b.UID)
	}
	if err != nil || !there {
		return false, e.startOver(ctx, b, err)
	}
	if err := e.fitting(ctx, b); err != nil {
		return false, err
	}
	if settled, err := searching.Settled(ctx, e.db, b.UID); err != nil || !settled {
		return false, errors.Join(err, pause(ctx, 100*time.Millisecond))
	}
	last, more, out, done, err := e.copyOn(ctx, b.UID, b.FilledTo)
	if err != nil {
		return false, err
	}
	for _, r := range out {
		if err := searching.Refused(ctx, e.db, b.UID, r.change, r.reason); err != nil {
			return false, err
		}
	}
	if err := searching.Progress(ctx, e.db, b.UID, last, more, ""); err != nil {
		return false, err
	}
	b.FilledTo = last
	return done, nil
}

// copyOn hands the next pages of documents to an index and waits until they are
// in; it tells the number of the last, how many there were, which the engine
// does not take, and whether there are no more.
func (e *Engine) copyOn(ctx context.Context, uid string, after int32) (last int32, more int, out []refused, done bool, err error) {
	type handed struct {
		task int64
		list []searching.Change
		err  error
	}
	var window []handed
	last = after
	for n, bytes := 0, 0; n < windowPages && bytes < windowBytes; n++ {
		page, err := searching.Page(ctx, e.db, last, pageDocuments)
		if err != nil {
			return last, more, nil, false, err
		}
		if len(page) == 0 {
			done = true
			break
		}
		last, more = page[len(page)-1].No, more+len(page)
		list := make([]searching.Change, 0, len(page))
		for _, d := range page {
			list = append(list, searching.Change{Document: d})
			bytes += len(d.Title) + len(d.Body)
		}
		for _, part := range parts(list) {
			h := handed{list: part}
			if h.task, h.err = e.hand(ctx, uid, part); h.err != nil && !ofDocument(h.err) {
				return last, more, nil, false, h.err
			}
			window = append(window, h)
		}
	}
	for _, h := range window {
		if h.err == nil {
			h.err = e.wait(ctx, h.task)
		}
		bad, err := e.sift(ctx, uid, h.list, h.err)
		if err != nil {
			return last, more, nil, false, err
		}
		out = append(out, bad...)
	}
	return last, more, out, done, nil
}

// startOver is for a server that lost the half-made index: another is begun.
func (e *Engine) startOver(ctx context.Context, b *searching.Index, err error) error {
	if err != nil {
		return err
	}
	if err := e.Abandon(ctx); err != nil {
		return err
	}
	_, err = e.Begin(ctx)
	return err
}

// swap puts the built index in the place of the one that answers. What changed
// since the filling began waits in its outbox and leaves next.
func (e *Engine) swap(ctx context.Context, uid string) error {
	// What has changed so far goes first, so that the new one is not behind.
	for {
		if n, err := e.drain(ctx, uid); err != nil || n == 0 {
			if err != nil {
				return err
			}
			break
		}
	}
	var old string
	err := e.db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		old, err = searching.GoLive(ctx, tx, uid)
		return err
	})
	if err != nil {
		return err
	}
	e.forget()
	// Other processes learn the new name within a second.
	if err := pause(ctx, 1200*time.Millisecond); err != nil {
		return err
	}
	if err := e.remove(ctx, old); err != nil {
		return fmt.Errorf("delete the index replaced: %w", err)
	}
	return nil
}

// Rebuild implements search.Index: the documents again from their objects,
// then the engine's copy.
func (e *Engine) Rebuild(ctx context.Context) error {
	if err := e.base.Rebuild(ctx); err != nil {
		return err
	}
	return e.Renew(ctx, nil)
}

// Renew makes the engine's copy again and waits for it; searches go on
// meanwhile. tell, if any, hears how far it is. For the command line; pages
// call Begin and let the jobs work.
func (e *Engine) Renew(ctx context.Context, tell func(filled, total int)) error {
	if _, err := e.Begin(ctx); err != nil {
		return err
	}
	for {
		if err := e.Work(ctx, time.Now().Add(2*time.Second)); err != nil {
			return err
		}
		_, building, err := searching.Indexes(ctx, e.db)
		if err != nil {
			return err
		}
		if building == nil {
			return nil
		}
		if tell != nil {
			tell(building.Filled, building.Total)
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
