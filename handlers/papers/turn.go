package papers

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"passerelle/models"
)

// ErrBusy says that another request is writing the same upload (423).
var ErrBusy = errors.New("papers: upload is being written by another request")

// How long a request that writes is waited for, and after which silence it is
// taken for dead: a telephone that changed network leaves one behind, which would
// otherwise keep the upload until its connection runs out of time.
const (
	turnWait  = time.Second
	turnDead  = 3 * time.Second
	turnEnds  = 3 * time.Second
	turnEvery = 20 * time.Millisecond
)

// Turn is the right to write an upload: one request at a time in a process.
// Two processes are told apart by the offset, in the database.
type Turn struct {
	of        models.ID
	in        *Documents
	interrupt func()
	moved     atomic.Int64 // when its last bytes came, in Unix milliseconds
}

// Moved notes that bytes came.
func (t *Turn) Moved() { t.moved.Store(time.Now().UnixMilli()) }

// End gives the turn back.
func (t *Turn) End() {
	t.in.mu.Lock()
	defer t.in.mu.Unlock()
	if t.in.turns[t.of] == t {
		delete(t.in.turns, t.of)
	}
}

// TakeTurn takes the turn of an upload. Another request that is alive keeps it and
// this one gets ErrBusy; one from which nothing has come for a while is interrupted
// and keeps what it has. interrupt ends our own reading in turn.
func (d *Documents) TakeTurn(ctx context.Context, upload models.ID, interrupt func()) (*Turn, error) {
	mine := &Turn{of: upload, in: d, interrupt: interrupt}
	mine.Moved()
	free := func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.turns[upload] != nil {
			return false
		}
		d.turns[upload] = mine
		return true
	}
	if err := d.await(ctx, upload, free); err != nil {
		return nil, err
	}
	return mine, nil
}

// Settled waits until no request of this process writes the upload, so that its
// row tells how far it is; ErrBusy as TakeTurn.
func (d *Documents) Settled(ctx context.Context, upload models.ID) error {
	return d.await(ctx, upload, func() bool { return d.turn(upload) == nil })
}

func (d *Documents) turn(upload models.ID) *Turn {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.turns[upload]
}

// await tries until free, as long as the request that stands in the way is worth
// waiting for.
func (d *Documents) await(ctx context.Context, upload models.ID, free func() bool) error {
	until := time.Now().Add(turnWait)
	var stopped *Turn
	for !free() {
		if other := d.turn(upload); other != nil && other != stopped &&
			time.Since(time.UnixMilli(other.moved.Load())) > turnDead {
			stopped, until = other, time.Now().Add(turnEnds)
			other.interrupt()
		}
		if time.Now().After(until) {
			return ErrBusy
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(turnEvery):
		}
	}
	return nil
}
