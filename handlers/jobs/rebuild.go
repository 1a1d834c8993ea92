package jobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"passerelle/models"
	"passerelle/models/searching"
	"passerelle/search"
)

// rebuildSlice is how long one turn of a rebuild works before it lets others.
const rebuildSlice = 15 * time.Second

// rebuildTries is how often a rebuild that fails is tried before it is given up.
const rebuildTries = 5

// rebuildWorker makes the documents of the search again, in turns (P14.1).
type rebuildWorker struct {
	river.WorkerDefaults[searching.RebuildArgs]
	db  *models.DB
	log *slog.Logger
}

// Timeout leaves the last part of a turn its time.
func (*rebuildWorker) Timeout(*river.Job[searching.RebuildArgs]) time.Duration {
	return rebuildSlice + 45*time.Second
}

// Work goes on where the turn before stopped, or was killed.
func (w *rebuildWorker) Work(ctx context.Context, job *river.Job[searching.RebuildArgs]) error {
	done, err := search.Renew(ctx, w.db, job.Args.Upkeep, time.Now().Add(rebuildSlice))
	switch {
	case err == nil && done:
		return nil
	case err == nil:
		return river.JobSnooze(0)
	case job.Attempt < rebuildTries || ctx.Err() != nil:
		return err
	}
	if w.log != nil {
		w.log.LogAttrs(ctx, slog.LevelError, "search rebuild", slog.String("error", err.Error()))
	}
	return searching.Break(ctx, w.db, job.Args.Upkeep, "failed")
}
