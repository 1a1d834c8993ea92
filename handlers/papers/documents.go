package papers

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/storage"
	"passerelle/storage/clamd"
	"passerelle/storage/inspect"
	"passerelle/storage/render"
	"passerelle/storage/worker"
)

// Options are the parts, opened by the program.
type Options struct {
	DB        *models.DB
	Log       *slog.Logger
	Store     storage.Store // what everybody uses
	Stores    Stores        // the parts of it, for checks and moves; the disk alone where it says nothing
	Vault     *storage.Vault
	Children  *worker.Pool
	Office    render.Office // nil: office files are offered as a download alone
	Antivirus *clamd.Client // nil: none, which the pages say
}

// Documents is the way to every byte of a document. Safe for concurrent use.
type Documents struct {
	Options
	inspector inspect.Client
	renderer  *render.Client
	room      *room

	mu      sync.Mutex
	turns   map[models.ID]*Turn         // uploads being written by this process
	making  map[making]*made            // renditions being made
	looking map[models.ID]chan struct{} // files being inspected; closed at the end
	swept   time.Time                   // when objects without a row were last looked for

	after  sync.WaitGroup  // what goes on after its request
	ending context.Context //nolint:containedctx // ends what goes on after its request
	end    context.CancelFunc
}

// New joins the parts.
func New(o Options) *Documents {
	if o.Stores.Disk == nil && o.Stores.S3 == nil {
		o.Stores.Disk = o.Store
	}
	d := &Documents{Options: o, inspector: inspect.Client{Pool: o.Children}, renderer: render.NewClient(o.Children), room: newRoom(),
		turns: map[models.ID]*Turn{}, making: map[making]*made{}, looking: map[models.ID]chan struct{}{}}
	d.ending, d.end = context.WithCancel(context.Background())
	return d
}

// Wait returns once nothing goes on beside the requests.
func (d *Documents) Wait() { d.after.Wait() }

// Close ends what goes on after its request, and waits for it; the parts are
// closed by who opened them.
func (d *Documents) Close() {
	d.end()
	d.after.Wait()
}

// Wrap makes a person's key; give it to the verbs that may need one.
func (d *Documents) Wrap(key models.ID) ([]byte, error) { return d.Vault.NewKey(key) }

// Times of what is done beside a request, whose own time may be over.
const (
	rowsIn   = 10 * time.Second // a transaction
	commitIn = time.Minute      // an object that has been sent whole
	deleteIn = 5 * time.Second
)

// inTx runs a short transaction, whatever became of the request that wanted it:
// bytes that have been stored deserve their row.
func (d *Documents) inTx(ctx context.Context, fn func(context.Context, models.Tx) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rowsIn)
	defer cancel()
	return d.DB.InTx(ctx, fn)
}

// Fault gives an error of the store the kind that the edge answers with: 503 with
// a delay, or 507. Others stay what they are.
func Fault(err error) error {
	switch {
	case errors.Is(err, storage.ErrUnavailable):
		return &models.Error{Kind: models.KindUnavailable, Key: "document.store_down", RetryAfter: 5, Err: err}
	case errors.Is(err, storage.ErrFull):
		return &models.Error{Kind: models.KindFull, Key: "document.store_full", Err: err}
	}
	return err
}

// Delete takes objects away that no row names any more. What cannot be deleted
// now is found by the sweep.
func (d *Documents) Delete(ctx context.Context, segments []dossier.Segment) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deleteIn)
	defer cancel()
	for _, s := range segments {
		if err := d.Store.Delete(ctx, s.Key); err != nil {
			d.Log.LogAttrs(ctx, slog.LevelWarn, "object left to the sweep", slog.String("error", models.Loggable(err)))
			return
		}
	}
}

// unlessOwned deletes objects whose transaction failed, unless it did commit
// after all and only its answer was lost.
func (d *Documents) unlessOwned(ctx context.Context, segments ...dossier.Segment) {
	keys := make([]string, len(segments))
	for i, s := range segments {
		keys[i] = s.Key
	}
	var owned map[string]bool
	err := d.inTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		owned, err = dossier.Owned(ctx, tx, keys)
		return err
	})
	if err != nil {
		return // nothing is known: the sweep will find out
	}
	for _, s := range segments {
		if !owned[s.Key] {
			d.Delete(ctx, []dossier.Segment{s})
		}
	}
}

func stored(segments []dossier.Segment) []storage.Segment {
	list := make([]storage.Segment, len(segments))
	for i, s := range segments {
		list[i] = storage.Segment(s)
	}
	return list
}
