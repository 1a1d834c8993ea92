package meili

import (
	"context"
	"strings"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"passerelle/models/searching"
)

// Report is all that the console and the doctor say of the engine (P14.1).
type Report struct {
	Reachable bool
	Took      time.Duration // until it answered at all
	Problem   error         // why the engine cannot serve: down, wrong key, too old, no index
	Version   string
	Index     *searching.Index // that answers; nil before the first is made
	Building  *searching.Index // being rebuilt, nil for none
	Indexed   int              // in the index
	Bytes     int64            // that all the engine's data takes
	Lag       searching.Lag
	Tasks     Tasks
	Settings  bool // changed settings wait to be put
	Refusals  []searching.Refusal
	Check     *searching.Check // the last one
}

// Tasks are what the engine itself has to do, of all indexes of this server.
type Tasks struct {
	Waiting, Running, Failed int
	Oldest                   *time.Time // of those that wait or run
	Failures                 []Failure  // the last ones
}

// Failure is a task that the engine failed.
type Failure struct {
	Type, Reason string
	At           time.Time
}

// Report reads it all. Only a database that does not answer is an error: an
// engine that does not is what the report says.
func (e *Engine) Report(ctx context.Context) (Report, error) {
	var r Report
	var err error
	if r.Index, r.Building, err = searching.Indexes(ctx, e.db); err != nil {
		return r, err
	}
	if r.Check, err = searching.LastCheck(ctx, e.db); err != nil {
		return r, err
	}
	if r.Index != nil {
		if r.Lag, err = searching.LagOf(ctx, e.db, r.Index.UID); err != nil {
			return r, err
		}
		if r.Settings, err = searching.SettingsWait(ctx, e.db); err != nil {
			return r, err
		}
		if r.Refusals, err = searching.Refusals(ctx, e.db, r.Index.UID, 50); err != nil {
			return r, err
		}
	}
	began := time.Now()
	r.Problem = e.Reachable(ctx)
	r.Took = time.Since(began)
	if r.Reachable = r.Problem == nil; !r.Reachable {
		return r, nil
	}
	if r.Version, r.Problem = e.Version(ctx); r.Problem != nil {
		return r, nil
	}
	r.Problem = e.inside(ctx, &r)
	return r, nil
}

// inside asks the engine about its indexes and tasks.
func (e *Engine) inside(ctx context.Context, r *Report) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	stats, err := e.client.GetStatsWithContext(ctx, nil)
	if err != nil {
		return understood(err)
	}
	if size, ok := stats.DatabaseSize.(float64); ok {
		r.Bytes = int64(size)
	}
	if err := e.tasks(ctx, &r.Tasks); err != nil {
		return err
	}
	if r.Index == nil {
		return ErrNoIndex
	}
	one, there := stats.Indexes[r.Index.UID]
	if !there {
		return ErrNoIndex
	}
	r.Indexed = int(one.NumberOfDocuments)
	return nil
}

func (e *Engine) tasks(ctx context.Context, t *Tasks) error {
	type status = meilisearch.TaskStatus
	ask := func(limit int64, reverse bool, of ...status) (*meilisearch.TaskResult, error) {
		return e.client.GetTasksWithContext(ctx, &meilisearch.TasksQuery{Limit: limit, Reverse: reverse, Statuses: of})
	}
	waiting, err := ask(1, true, meilisearch.TaskStatusEnqueued)
	if err != nil {
		return understood(err)
	}
	running, err := ask(1, true, meilisearch.TaskStatusProcessing)
	if err != nil {
		return understood(err)
	}
	failed, err := ask(5, false, meilisearch.TaskStatusFailed)
	if err != nil {
		return understood(err)
	}
	t.Waiting, t.Running, t.Failed = int(waiting.Total), int(running.Total), int(failed.Total)
	for _, list := range []*meilisearch.TaskResult{waiting, running} {
		for _, task := range list.Results {
			if at := task.EnqueuedAt; t.Oldest == nil || at.Before(*t.Oldest) {
				t.Oldest = &at
			}
		}
	}
	for _, task := range failed.Results {
		if strings.HasPrefix(task.IndexUID, e.prefix+"_") {
			t.Failures = append(t.Failures, Failure{Type: string(task.Type), Reason: task.Error.Message, At: task.FinishedAt})
		}
	}
	return nil
}
