package storage

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// watch ends a context when nothing has moved for a while: bytes may take as
// long as they like, as long as they come.
type watch struct {
	limit  time.Duration
	timer  *time.Timer
	cancel context.CancelCauseFunc
	ctx    context.Context // the one it ends
}

// watched derives a context that ends limit after the last kick.
func watched(ctx context.Context, limit time.Duration) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{limit: limit, cancel: cancel, ctx: ctx}
	w.timer = time.AfterFunc(limit, func() { cancel(errPatience) })
	return ctx, w
}

// kick notes that something moved, or that we wait again.
func (w *watch) kick() { w.timer.Reset(w.limit) }

// hold stops waiting while the caller does something else.
func (w *watch) hold() { w.timer.Stop() }

func (w *watch) stop() {
	w.timer.Stop()
	w.cancel(context.Canceled)
}

// blame makes the error of a wait that we ended the store's.
func (w *watch) blame(err error) error {
	if err != nil && errors.Is(context.Cause(w.ctx), errPatience) && !errors.Is(err, ErrUnavailable) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}
