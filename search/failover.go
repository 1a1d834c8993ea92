package search

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"passerelle/models/catalogue"
)

// ErrDown is in the errors of an engine outside the database when it is the
// engine that does not answer: a database that does not is nobody else's fault.
var ErrDown = errors.New("the search engine does not answer")

// Failover is an engine that goes on with another while it is down: the public
// search never stops for it, and says so (Results.Degraded, P15.4).
type Failover struct {
	first, other Index
	probe        func(context.Context) error
	log          *slog.Logger

	mu    sync.Mutex
	since time.Time // zero while the first answers
	cause error
	back  time.Time     // when it last came back
	pause time.Duration // before it is asked whether it is back
}

// probeEvery is how often an engine is asked whether it answers; one that falls
// as soon as it is back is asked less and less often, down to probeLeast.
const (
	probeEvery = time.Second
	probeLeast = 8 * time.Second
	steady     = 15 * time.Second
)

// NewFailover makes one; probe asks the first engine whether it can answer, and
// log may be nil.
func NewFailover(first, other Index, probe func(context.Context) error, log *slog.Logger) *Failover {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Failover{first: first, other: other, probe: probe, log: log}
}

// Down tells since when and why the first engine does not answer; zero and nil
// while it does.
func (f *Failover) Down() (since time.Time, cause error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.since, f.cause
}

// Search implements Index.
func (f *Failover) Search(ctx context.Context, q Query) (Results, error) {
	if since, _ := f.Down(); since.IsZero() {
		r, err := f.first.Search(ctx, q)
		if !f.failed(ctx, err) {
			return r, err
		}
	}
	r, err := f.other.Search(ctx, q)
	r.Degraded = true
	return r, err
}

// Complete implements Index.
func (f *Failover) Complete(ctx context.Context, text string, n int) ([]Suggestion, error) {
	if since, _ := f.Down(); since.IsZero() {
		list, err := f.first.Complete(ctx, text, n)
		if !f.failed(ctx, err) {
			return list, err
		}
	}
	return f.other.Complete(ctx, text, n)
}

// failed notes that the first engine is down, and has it asked until it is
// back: no visitor waits for it meanwhile.
func (f *Failover) failed(ctx context.Context, err error) bool {
	if ctx.Err() != nil || !errors.Is(err, ErrDown) {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.since.IsZero() {
		return true
	}
	f.since, f.cause = time.Now(), err
	if f.pause = min(2*f.pause, probeLeast); f.pause == 0 || time.Since(f.back) > steady {
		f.pause = probeEvery
	}
	f.log.LogAttrs(ctx, slog.LevelWarn, "search engine down", slog.String("error", err.Error()))
	go f.await(f.pause)
	return true
}

// await asks until the engine answers. It ends by itself, at the latest with
// the process.
func (f *Failover) await(every time.Duration) {
	for {
		time.Sleep(every)
		err := f.ask(context.Background())
		f.mu.Lock()
		if err == nil {
			f.log.LogAttrs(context.Background(), slog.LevelInfo, "search engine back", slog.Duration("after", time.Since(f.since)))
			f.since, f.cause, f.back = time.Time{}, nil, time.Now()
			f.mu.Unlock()
			return
		}
		if errors.Is(err, ErrDown) {
			f.cause = err
		}
		f.mu.Unlock()
	}
}

func (f *Failover) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return f.probe(ctx)
}

// Watch asks the engine regularly, so that its fall is known although nobody
// searches; it ends with ctx. For a portal that serves.
func (f *Failover) Watch(ctx context.Context) {
	tick := time.NewTicker(2 * probeEvery)
	defer tick.Stop()
	for missed := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if since, _ := f.Down(); !since.IsZero() {
			missed = 0
			continue
		}
		err := f.ask(ctx)
		if !errors.Is(err, ErrDown) {
			missed = 0
		} else if missed++; missed > 1 { // one alone may be a hiccup
			f.failed(ctx, err)
		}
	}
}

// Put implements Index: the documents are written whatever the state of the
// first engine, which gets them from the outbox.
func (f *Failover) Put(ctx context.Context, documents []Document) error {
	return f.other.Put(ctx, documents)
}

// Delete implements Index.
func (f *Failover) Delete(ctx context.Context, kind catalogue.Kind, references []string) error {
	return f.other.Delete(ctx, kind, references)
}

// Rebuild implements Index.
func (f *Failover) Rebuild(ctx context.Context) error { return f.first.Rebuild(ctx) }

// Health implements Index: that of the engine that answers.
func (f *Failover) Health(ctx context.Context) (Health, error) {
	if since, _ := f.Down(); since.IsZero() {
		h, err := f.first.Health(ctx)
		if !f.failed(ctx, err) {
			return h, err
		}
	}
	return f.other.Health(ctx)
}
