package jobs

import (
	"context"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"passerelle/models"
	"passerelle/models/searching"
	"passerelle/search/meili"
)

// IndexArgs is the job that brings the search engine up to date; it carries
// nothing, the outbox says what is to be done.
type IndexArgs struct{}

// Kind names the job for River.
func (IndexArgs) Kind() string { return "index" }

// InsertOpts gives it one try: what it leaves stays in the outbox, and another
// follows.
func (IndexArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 1} }

// indexSlice is how long one job works before it lets another go on.
const indexSlice = 15 * time.Second

// indexWorker sends the changed documents to the engine, goes on with a rebuild
// and makes the checks asked for (P4.9, P17.23).
type indexWorker struct {
	river.WorkerDefaults[IndexArgs]
	engine *meili.Engine
	log    *slog.Logger
}

// Timeout leaves the last batch of a slice its time.
func (*indexWorker) Timeout(*river.Job[IndexArgs]) time.Duration { return indexSlice + 2*time.Minute }

// Work never fails for an engine that is down: everything waits for it.
func (w *indexWorker) Work(ctx context.Context, _ *river.Job[IndexArgs]) error {
	if w.engine == nil {
		return nil
	}
	if err := w.engine.Work(ctx, time.Now().Add(indexSlice)); err != nil && ctx.Err() == nil && w.log != nil {
		w.log.LogAttrs(ctx, slog.LevelWarn, "index", slog.String("error", err.Error()))
	}
	return nil
}

// indexLook is how often the outbox is looked at without having been told of a
// change, and a dead engine asked whether it is back.
const indexLook = 2 * time.Second

// indexQueue is where the jobs wait.
type indexQueue struct {
	waits func(context.Context) (bool, error) // one is there that nobody has taken
	ask   func(context.Context) error
}

func queueOf[T any](client *river.Client[T]) indexQueue {
	kind := IndexArgs{}.Kind()
	return indexQueue{
		waits: func(ctx context.Context) (bool, error) {
			found, err := client.JobList(ctx, river.NewJobListParams().Kinds(kind).States(rivertype.JobStateAvailable).First(1))
			return err == nil && len(found.Jobs) > 0, err
		},
		ask: func(ctx context.Context) error {
			_, err := client.Insert(ctx, IndexArgs{}, nil)
			return err
		},
	}
}

// follow enqueues a job whenever something waits for an engine that answers and
// nobody is at it, until ctx ends. It remembers nothing of what it enqueued: a
// job may be worked, or lost, by another process (P4.9).
func (w *indexWorker) follow(ctx context.Context, db *models.DB, queue indexQueue) {
	told := make(chan struct{}, 1)
	tell := func() {
		select {
		case told <- struct{}{}:
		default:
		}
	}
	go db.Listen(ctx, searching.Channel, models.Ear{Heard: func(string) { tell() }, Hearing: func(bool, error) { tell() }})
	tick := time.NewTicker(indexLook)
	defer tick.Stop()
	for first := true; ; {
		select {
		case <-ctx.Done():
			return
		case <-told:
		case <-tick.C:
		}
		// The first look compares the settings of the index whatever waits.
		if work, err := searching.Work(ctx, db); err != nil || !work && !first {
			continue
		}
		if held, err := searching.Working(ctx, db); err != nil || held {
			continue
		}
		if asked, err := queue.waits(ctx); err != nil || asked || w.engine.Reachable(ctx) != nil {
			continue
		}
		if queue.ask(ctx) == nil {
			first = false
		}
	}
}
