package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"passerelle/models"
	"passerelle/models/searching"
	"passerelle/search"
	"passerelle/search/judge"
	"passerelle/search/meili"
)

// rehearseWorker tries the draft of the search's settings on real queries
// (P17.23).
type rehearseWorker struct {
	river.WorkerDefaults[searching.RehearseArgs]
	options Options
}

// Timeout leaves time for a great catalogue that is still to be loaded.
func (*rehearseWorker) Timeout(*river.Job[searching.RehearseArgs]) time.Duration {
	return 10 * time.Minute
}

func (w *rehearseWorker) Work(ctx context.Context, job *river.Job[searching.RehearseArgs]) error {
	err := Rehearse(ctx, w.options, job.Args.Rehearsal)
	if err != nil && job.Attempt >= 3 {
		return errors.Join(river.JobCancel(err), endRehearsal(ctx, w.options.DB, job.Args.Rehearsal, nil, nil))
	}
	return err
}

// replayed is how many queries of visitors a rehearsal replays.
const replayed = 500

// Rehearse replays queries before and after, on the documents as they are and
// on shadows of the settings: nothing changes for visitors.
func Rehearse(ctx context.Context, o Options, id models.ID) error {
	var before, after searching.Settings
	err := o.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		before, after, err = searching.Rehearsing(ctx, tx, id)
		return err
	})
	switch models.KindOf(err) {
	case models.KindNotFound:
		return nil // given up meanwhile
	case models.KindConflict:
		return endRehearsal(ctx, o.DB, id, nil, nil) // other settings came in force
	}
	if err != nil {
		return err
	}
	engine := o.Words
	if engine == nil {
		engine = search.NewPostgres(o.DB)
		defer engine.Close()
	}
	r := judge.Rehearsal{Before: engine.Shadow(before), After: engine.Shadow(after), Today: o.DB.Today()}
	why, drop, err := outside(ctx, o, id, before, after, &r)
	defer drop()
	if meili.Dropped(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if r.Real, err = searching.Replayed(ctx, o.DB, replayed); err != nil {
		return err
	}
	if r.Judged, err = judged(ctx, o.DB); err != nil {
		return err
	}
	var lost error
	r.Progress = func(done, total int) bool {
		var wanted bool
		wanted, lost = searching.Tell(ctx, o.DB, id, done, total)
		return wanted
	}
	figures, moves, ok, err := r.Run(ctx)
	if err = errors.Join(err, lost); err != nil || !ok {
		return err
	}
	if figures.Why = why; why != "" {
		figures.Serves = meili.Name
	}
	return endRehearsal(ctx, o.DB, id, &figures, moves)
}

// outside has the rehearsal made on the engine that answers visitors, where it
// is another one and can; why it cannot is what the page says, beside the moves
// of the portal's own. drop gives back what it took.
func outside(ctx context.Context, o Options, id models.ID, before, after searching.Settings, r *judge.Rehearsal) (why string, drop func(), err error) {
	if o.Engine == nil {
		return "", func() {}, nil
	}
	was, is, drop, err := o.Engine.Shadows(ctx, id, before, after, func() bool {
		wanted, err := searching.Tell(ctx, o.DB, id, 0, 0)
		return wanted || err != nil
	})
	switch {
	case err == nil:
		r.Before, r.After = was, is
		return "", drop, nil
	case ctx.Err() != nil, meili.Dropped(err):
		return "", drop, err
	case errors.Is(err, meili.ErrLarge):
		why = searching.WhyLarge
	case errors.Is(err, meili.ErrBehind):
		why = searching.WhyBehind
	default:
		why = searching.WhyDown
	}
	if o.Log != nil {
		o.Log.LogAttrs(ctx, slog.LevelWarn, "rehearsal", slog.String("engine", meili.Name), slog.String("error", models.Loggable(err)))
	}
	return why, drop, nil
}

// judged are the known queries that the portal's own documents answer.
func judged(ctx context.Context, db *models.DB) ([]judge.Query, error) {
	list := judge.Known()
	references := []string{}
	for _, q := range list {
		for reference := range q.Gains {
			references = append(references, reference)
		}
	}
	has, err := searching.Present(ctx, db, references)
	return judge.Answered(list, func(reference string) bool { return has[reference] }), err
}

func endRehearsal(ctx context.Context, db *models.DB, id models.ID, f *searching.Figures, moves []searching.Move) error {
	return db.InTx(context.WithoutCancel(ctx), func(ctx context.Context, tx models.Tx) error {
		return searching.EndRehearsal(ctx, tx, id, f, moves)
	})
}
