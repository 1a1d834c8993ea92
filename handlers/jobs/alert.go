package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"passerelle/models"
	"passerelle/models/searching"
	"passerelle/search"
)

// AlertArgs is the periodic job that compares what changed with the saved
// searches and queues the mails that are due; it carries nothing.
type AlertArgs struct{}

// Kind names the job for River.
func (AlertArgs) Kind() string { return "alert" }

// InsertOpts gives it one try: what it leaves is for the next one.
func (AlertArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 1} }

// alertEvery is how often it runs: an instant alert leaves within minutes.
const alertEvery = time.Minute

// alertSlice is how long one job goes on before it leaves the rest to the next.
const alertSlice = 40 * time.Second

// compareMost is how long one comparison may take.
const compareMost = 90 * time.Second

// mailsAtLeast is the time that mails have, however long comparing took.
const mailsAtLeast = 2 * time.Second

func everyAlert() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(alertEvery),
		func() (river.JobArgs, *river.InsertOpts) { return AlertArgs{}, nil }, &river.PeriodicJobOpts{RunOnStart: true})
}

type alertWorker struct {
	river.WorkerDefaults[AlertArgs]
	options Options
}

// Timeout leaves a comparison that has begun its time.
func (*alertWorker) Timeout(*river.Job[AlertArgs]) time.Duration { return alertSlice + 2*time.Minute }

// Work makes one slice.
func (w *alertWorker) Work(ctx context.Context, _ *river.Job[AlertArgs]) error {
	return Alerts(ctx, w.options, time.Now().Add(alertSlice))
}

// Alerts compares what changed with the saved searches, then queues the mails
// of news that are due, until everything is done or the instant has come. The
// periodic job and "Avancer le temps" call it.
func Alerts(ctx context.Context, o Options, until time.Time) error {
	if o.Words == nil {
		return nil
	}
	for more := true; more && time.Now().Before(until); {
		var err error
		if more, err = compareOnce(ctx, o); errors.Is(err, searching.ErrBusy) {
			return nil
		}
		if err != nil && errors.Is(ctx.Err(), context.Canceled) {
			return fmt.Errorf("alerts: %w", err) // the portal stops
		}
		if err != nil {
			return errors.Join(fmt.Errorf("alerts: %w", err), searching.Lighten(context.WithoutCancel(ctx), o.DB))
		}
	}
	if late := time.Now().Add(mailsAtLeast); until.Before(late) {
		until = late
	}
	n, err := searching.MailNews(ctx, o.DB, until)
	if n > 0 && o.Log != nil {
		o.Log.LogAttrs(ctx, slog.LevelInfo, "alerts", slog.Int("mails", n))
	}
	return err
}

// compareOnce gives one comparison less than the job has, so that the next may be
// lighter.
func compareOnce(ctx context.Context, o Options) (more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, compareMost)
	defer cancel()
	err = o.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		more, err = compare(ctx, tx, o.Words)
		return err
	})
	return more, err
}

// compare makes one comparison; more tells that other changes wait.
func compare(ctx context.Context, tx models.Tx, words *search.Postgres) (more bool, err error) {
	c, err := searching.Compare(ctx, tx)
	if err != nil {
		return false, err
	}
	finds, err := newsOf(ctx, words, c)
	if err != nil {
		return false, err
	}
	return c.More, c.Keep(ctx, tx, finds)
}

// newsOf puts what changed to the searches; those that ask the same are asked
// once.
func newsOf(ctx context.Context, words *search.Postgres, c *searching.Comparison) ([]searching.Find, error) {
	if len(c.Searches) == 0 {
		return nil, nil
	}
	questions := search.Questions{Since: c.Since, Today: c.Today}
	for _, line := range c.Changes {
		for _, no := range line.Numbers {
			questions.Changed = append(questions.Changed, search.Change{No: no, Card: line.Card, Occurrences: line.Occurrences})
		}
	}
	place := map[string]int{}
	who := [][]models.ID{}
	for _, s := range c.Searches {
		key, err := json.Marshal([]any{s.Words, s.Exact, s.Facets})
		if err != nil {
			return nil, err
		}
		at, known := place[string(key)]
		if !known {
			at = len(questions.Queries)
			place[string(key)] = at
			questions.Queries = append(questions.Queries, search.Query{Text: s.Words, Exact: s.Exact, Facets: s.Facets})
			who = append(who, nil)
		}
		who[at] = append(who[at], s.ID)
	}
	answers, err := words.News(ctx, questions)
	if err != nil {
		return nil, err
	}
	finds := []searching.Find{}
	for i, list := range answers {
		for _, f := range list {
			for _, id := range who[i] {
				finds = append(finds, searching.Find{Search: id, No: f.No, Object: f.Object, Why: string(f.Why), Changed: f.Changed})
			}
		}
	}
	return finds, nil
}
