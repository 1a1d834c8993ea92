package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"passerelle/handlers/jobs/mail"
	"passerelle/models"
	"passerelle/models/mailbox"
)

// How long a mail waits before another attempt, and until when it is tried.
const (
	unconfiguredWait = time.Minute
	firstRetry       = 5 * time.Second
	longestRetry     = 15 * time.Minute
	givenUpAfter     = 5 * 24 * time.Hour
	recordTimeout    = 5 * time.Second
)

// sendWorker sends one mail. Delivery is at least once: the row says whether a
// second copy may exist, and the Message-ID is the same.
type sendWorker struct {
	river.WorkerDefaults[mailbox.SendMail]
	db     *models.DB
	log    *slog.Logger
	sender mail.Sender
	render mail.Renderer
}

func newSendWorker(o Options) (*sendWorker, error) {
	sender, err := o.sender()
	if err != nil {
		return nil, err
	}
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &sendWorker{db: o.DB, log: log, sender: sender, render: o.renderer()}, nil
}

// Work makes one attempt. A server that is down delays the mail more and more
// without ever using up the job.
func (w *sendWorker) Work(ctx context.Context, job *river.Job[mailbox.SendMail]) error {
	if w.sender == nil {
		return river.JobSnooze(unconfiguredWait)
	}
	id := job.Args.MailID
	var row mailbox.Row
	err := w.db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		row, err = mailbox.Claim(ctx, tx, id)
		return err
	})
	if models.KindOf(err) == models.KindNotFound {
		return nil // sent or given up already
	}
	if err != nil {
		return err
	}
	var message mail.Message
	err = w.db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		message, err = w.render.Render(ctx, tx, row)
		return err
	})
	if err == nil {
		err = w.sender.Send(ctx, message)
	}
	return w.record(ctx, row, err)
}

// record writes how the attempt went, also when its own time is over.
func (w *sendWorker) record(ctx context.Context, row mailbox.Row, failure error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	var wait time.Duration
	err := w.db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		switch {
		case failure == nil:
			return mailbox.MarkSent(ctx, tx, row.ID)
		case errors.Is(failure, mail.ErrRefused), errors.Is(failure, mail.ErrNoObject), tx.Now.Sub(row.QueuedAt) > givenUpAfter && row.Attempts > 5:
			return mailbox.Drop(ctx, tx, row.ID, cause(failure))
		}
		wait = retryAfter(row.Attempts)
		return mailbox.MarkFailed(ctx, tx, row.ID, cause(failure))
	})
	if err != nil {
		return err
	}
	if failure != nil {
		level := slog.LevelWarn
		if errors.Is(failure, mail.ErrNoObject) {
			level = slog.LevelInfo // answered or replaced before it left
		}
		w.log.LogAttrs(ctx, level, "mail not sent", slog.String("mail", row.ID.String()), slog.String("kind", string(row.Kind)),
			slog.Int("attempt", row.Attempts), slog.String("cause", cause(failure)))
	}
	if wait > 0 {
		return river.JobSnooze(wait)
	}
	return nil
}

func retryAfter(attempts int) time.Duration {
	wait := firstRetry
	for range attempts - 1 {
		if wait *= 2; wait >= longestRetry {
			return longestRetry
		}
	}
	return wait
}
