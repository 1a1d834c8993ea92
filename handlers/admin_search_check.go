package handlers

import (
	"context"
	"time"

	"passerelle/models"
	"passerelle/models/searching"
)

// CheckSearch makes the check of this process's index that somebody asked for,
// unless another process took it (P17.23). Called when one is announced.
func (p *Portal) CheckSearch(ctx context.Context) error {
	own := p.own()
	if own == nil {
		return nil
	}
	u, err := searching.TakeCheck(ctx, p.DB)
	if err != nil || u == nil {
		return err
	}
	var told time.Time
	c, err := own.Check(ctx, func(done int) {
		if time.Since(told) > time.Second {
			told = time.Now()
			_ = searching.Beat(ctx, p.DB, u.ID, done, u.Total)
		}
	})
	if err != nil {
		return searching.Break(context.WithoutCancel(ctx), p.DB, u.ID, models.Loggable(err))
	}
	return searching.CloseCheck(ctx, p.DB, u.ID, c)
}

// hearChecks makes the checks asked for, in this process or another, until ctx
// ends.
func (p *Portal) hearChecks(ctx context.Context) {
	told := make(chan struct{}, 1)
	tell := func() {
		select {
		case told <- struct{}{}:
		default:
		}
	}
	go p.DB.Listen(ctx, searching.UpkeepChannel, models.Ear{Heard: func(string) { tell() }, Hearing: func(bool, error) { tell() }})
	for {
		select {
		case <-ctx.Done():
			return
		case <-told:
		}
		if err := p.CheckSearch(ctx); err != nil && ctx.Err() == nil {
			p.Log.Warn("search check", "error", models.Loggable(err))
		}
	}
}
