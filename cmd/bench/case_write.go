package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"passerelle/models"
)

// writes is how many requests of each kind are measured, on each side.
const writes = 2000

// writing is a measured request that writes, and how its drafts are prepared.
type writing struct {
	name  string
	steps int // already saved
	body  func(context.Context, models.Tx, *writer) error
	rate  int // also measured at this many per second
}

func stepCase(ctx context.Context, p *portal, o options) ([]row, error) {
	return writeCase(ctx, p, o, writing{name: "step saved", steps: 2, body: stepBody, rate: 50})
}

func submissionCase(ctx context.Context, p *portal, o options) ([]row, error) {
	return writeCase(ctx, p, o, writing{name: "submission", steps: 4, body: sendBody})
}

// writeCase prepares drafts while the portal is down, records on a copy of the
// database what half of them ask of it, replays that on the true one, then
// starts the portal and sends it the other half.
func writeCase(ctx context.Context, p *portal, o options, w writing) ([]row, error) {
	if err := p.stop(); err != nil {
		return nil, err
	}
	ours, alone, err := baselineOf(ctx, p, o, w)
	if err != nil {
		return nil, err
	}
	if err := p.start(ctx); err != nil {
		return nil, err
	}
	pl := plan{URL: p.url, Clients: o.Clients, Seconds: 120, Want: []int{http.StatusSeeOther}, Requests: requestsOf(ours[:writes])}
	before := p.cpu()
	got, err := load(pl)
	if err != nil {
		return nil, err
	}
	r := got.row(w.name)
	r.CPU, r.RSS, r.Ratio = 100*(p.cpu()-before).Seconds()/got.Elapsed.Seconds(), p.rss(), got.perSecond()/alone.perSecond()
	rows := []row{alone.row("  the same statements, pgx loop"), r}
	if w.rate == 0 {
		return rows, nil
	}
	pl.PerSec, pl.Requests = w.rate, requestsOf(ours[writes:])
	paced, err := load(pl)
	return append(rows, paced.row(fmt.Sprintf("%s, %d per second", w.name, w.rate))), err
}

func baselineOf(ctx context.Context, p *portal, o options, w writing) (ours []writer, alone measured, err error) {
	b, err := p.openBase(ctx)
	if err != nil {
		return nil, alone, err
	}
	defer func() { err = errors.Join(err, b.close(ctx)) }()
	extra := 0
	if w.rate > 0 {
		extra = w.rate * 10
	}
	theirs, err := prepared(ctx, b, w, "pgx-"+w.name[:4], writes)
	if err != nil {
		return nil, alone, err
	}
	if ours, err = prepared(ctx, b, w, "http-"+w.name[:4], writes+extra); err != nil {
		return nil, alone, err
	}
	url, err := b.copyTo(ctx, "bench_record")
	if err != nil {
		return nil, alone, err
	}
	scripts, err := record(ctx, p, url, theirs)
	if err != nil {
		return nil, alone, err
	}
	alone, err = replay(ctx, b.Pool, scripts, o.Clients)
	alone.First = fmt.Sprintf("%d statements each", len(scripts[0]))
	return ours, alone, err
}

func prepared(ctx context.Context, b *base, w writing, label string, n int) ([]writer, error) {
	ws, err := writers(ctx, b.DB, label, n, w.steps)
	if err != nil {
		return nil, err
	}
	return ws, b.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		for i := range ws {
			if err := w.body(ctx, tx, &ws[i]); err != nil {
				return err
			}
		}
		return nil
	})
}
