package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"passerelle/handlers/jobs/mail"
	"passerelle/handlers/papers"
	"passerelle/models"
	"passerelle/search"
	"passerelle/search/meili"
)

// Options is what the workers need.
type Options struct {
	DB *models.DB
	// Documents inspects what was deposited and clears what nobody waits for;
	// without it those jobs wait.
	Documents *papers.Documents
	Log       *slog.Logger
	BaseURL   string
	From      string // "Passerelle <passerelle@example.org>"
	SMTPURL   string // empty and not Local: mails stay queued
	Local     bool   // demonstration: mails are kept in the local mailbox
	Service   string // of the operator, in the foot of mails
	Contact   string
	Rights    string // data protection officer
	// Spool is the private folder of long workbooks being written; swept at start.
	Spool   string
	Workers int // mails sent at once; 4 by default
	// Engine is the search engine to keep up to date; nil for PostgreSQL alone.
	Engine *meili.Engine
	// Words compare what changed with saved searches, whatever the engine;
	// without them nobody is alerted.
	Words *search.Postgres
}

// sweepEvery is how often business dates are compared with the clock.
const sweepEvery = time.Minute

// Start runs the workers until stop is called: stop waits for the jobs in
// progress, and takes them back when its context ends first.
func Start(ctx context.Context, o Options) (stop func(context.Context) error, err error) {
	send, err := newSendWorker(o)
	if err != nil {
		return nil, err
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, send)
	river.AddWorker(workers, &sweepWorker{options: o})
	river.AddWorker(workers, &inspectWorker{options: o})
	river.AddWorker(workers, &batchWorker{db: o.DB})
	river.AddWorker(workers, &exportWorker{options: o})
	river.AddWorker(workers, &importWorker{options: o})
	river.AddWorker(workers, &rehearseWorker{options: o})
	river.AddWorker(workers, &rebuildWorker{db: o.DB, log: o.Log})
	river.AddWorker(workers, &passWorker{options: o})
	river.AddWorker(workers, &mendWorker{options: o})
	river.AddWorker(workers, &rescanWorker{options: o})
	river.AddWorker(workers, &alertWorker{options: o})
	index := &indexWorker{engine: o.Engine, log: o.Log}
	river.AddWorker(workers, index)
	client, err := river.NewClient(riverpgxv5.New(o.DB.Pool), &river.Config{
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: max(o.Workers, 4)}},
		Workers:              workers,
		FetchPollInterval:    time.Second,
		JobTimeout:           30 * time.Second,
		RescueStuckJobsAfter: time.Minute,
		PeriodicJobs:         []*river.PeriodicJob{everyMinute(), everyAlert()},
		Logger:               quiet(o.Log),
	})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	// The queue outlives the request to stop: stop ends it in order.
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	following, unfollow := context.WithCancel(context.WithoutCancel(ctx))
	if o.Engine != nil {
		go index.follow(following, o.DB, queueOf(client))
	}
	return func(ctx context.Context) error {
		unfollow()
		err := client.Stop(ctx)
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
			soon, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			err = client.StopAndCancel(soon)
		}
		return err
	}, nil
}

func everyMinute() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(sweepEvery),
		func() (river.JobArgs, *river.InsertOpts) { return SweepArgs{}, &river.InsertOpts{MaxAttempts: 1} },
		&river.PeriodicJobOpts{RunOnStart: true})
}

// quiet keeps the queue's own chatter out of the portal's log.
func quiet(log *slog.Logger) *slog.Logger {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return slog.New(&atLeast{Handler: log.Handler(), level: slog.LevelWarn})
}

type atLeast struct {
	slog.Handler
	level slog.Level
}

func (h *atLeast) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.level && h.Handler.Enabled(ctx, level)
}

func (h *atLeast) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &atLeast{Handler: h.Handler.WithAttrs(attrs), level: h.level}
}

func (h *atLeast) WithGroup(name string) slog.Handler {
	return &atLeast{Handler: h.Handler.WithGroup(name), level: h.level}
}

// sender chooses how mails leave; nil when nothing is set up.
func (o Options) sender() (mail.Sender, error) {
	switch {
	case o.SMTPURL != "":
		return mail.NewSMTP(o.SMTPURL)
	case o.Local:
		return mail.Local{DB: o.DB}, nil
	}
	return nil, nil
}

func (o Options) renderer() mail.Renderer {
	from := o.From
	if from == "" {
		from = "Passerelle <passerelle@localhost>"
	}
	return mail.Renderer{BaseURL: o.BaseURL, From: from, Service: o.Service, Contact: o.Contact, Rights: o.Rights}
}
