package handlers

import (
	"context"
	"time"

	"passerelle/models"
	"passerelle/models/searching"
)

// noteEvery is how often the lag of the engine outside is noted: the worst of a
// minute is one of six.
const noteEvery = 10 * time.Second

// noteLags keeps the lag of the last hour for the console, until ctx ends.
func (p *Portal) noteLags(ctx context.Context) {
	tick := time.NewTicker(noteEvery)
	defer tick.Stop()
	for {
		asking, cancel := context.WithTimeout(ctx, noteEvery/2)
		err := searching.NoteLag(asking, p.DB)
		if cancel(); err != nil && ctx.Err() == nil {
			p.Log.Debug("search lag", "error", models.Loggable(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
