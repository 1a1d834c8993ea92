package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/riverqueue/river"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/catalogue/importer"
	"passerelle/models/people"
	"passerelle/models/searching"
)

// SweepArgs is the periodic job; it carries nothing.
type SweepArgs struct{}

// Kind names the job for River.
func (SweepArgs) Kind() string { return "sweep" }

type sweepWorker struct {
	river.WorkerDefaults[SweepArgs]
	options Options
}

// Work runs every sweep; what fails is tried again in a minute.
func (w *sweepWorker) Work(ctx context.Context, _ *river.Job[SweepArgs]) error {
	return Sweep(ctx, w.options)
}

// sweep does what one business date makes due, and tells how many objects it
// changed. Each is safe to kill and to run twice.
type sweep struct {
	name string
	run  func(context.Context, *models.DB) (int, error)
}

// sweeps lists what the portal's clock makes due, in this order.
func sweeps() []sweep {
	return []sweep{
		{"applications of cancelled sessions closed", application.CloseCancelled},
		{"places lapsed", application.LapsePlaces},
		{"seats added given", application.PromoteAdded},
		{"decisions released", application.ReleaseDue},
		{"requests for information reminded", application.RemindInformation},
		{"applications without the information asked closed", application.CloseInformation},
		{"line managers reminded", application.RemindApprovers},
		{"owners of expiring documents warned", application.WarnExpiring},
		{"authors of drafts warned", application.WarnDrafts},
		{"drafts expired", application.ExpireDrafts},
		{"applications of past sessions closed", application.CloseOver},
		{"line managers forgotten", application.ForgetApprovers},
		{"experts forgotten", application.ForgetExperts},
		{"pending accounts deleted", deletePending},
		{"rights of staff who left ended", people.EndStaff},
		{"presences forgotten", application.ForgetPresences},
		{"mails of alerts forgotten", searching.ForgetDigests},
		{"imports taken up again", importer.Resume},
		{"files of imports forgotten", importer.ForgetFiles},
		{"queries forgotten", searching.ForgetQueries},
		{"rehearsals of the search forgotten", searching.ForgetRehearsals},
		{"tidied", tidy},
	}
}

// Sweep runs every sweep once, now; one that fails does not stop the others.
// The periodic job and "Avancer le temps" call it.
func Sweep(ctx context.Context, o Options) error {
	var failures error
	for _, s := range sweeps() {
		n, err := s.run(ctx, o.DB)
		if err != nil {
			failures = errors.Join(failures, fmt.Errorf("%s: %w", s.name, err))
		}
		if n > 0 && o.Log != nil {
			o.Log.LogAttrs(ctx, slog.LevelInfo, "sweep", slog.String("what", s.name), slog.Int("count", n))
		}
	}
	return errors.Join(failures, sweepDocuments(ctx, o))
}

// sweepDocuments comes last: it speaks to the store, which may be slow.
func sweepDocuments(ctx context.Context, o Options) error {
	if o.Documents == nil {
		return nil
	}
	n, err := o.Documents.Sweep(ctx)
	if n > 0 && o.Log != nil {
		o.Log.LogAttrs(ctx, slog.LevelInfo, "sweep", slog.String("what", "documents"), slog.Int("count", n))
	}
	_, walked := o.Documents.SweepStore(ctx)
	if err = errors.Join(err, walked, tendStore(ctx, o)); err != nil {
		err = fmt.Errorf("documents: %w", err)
	}
	return err
}

func deletePending(ctx context.Context, db *models.DB) (int, error) {
	total := 0
	for {
		n := 0
		err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
			n, err = people.DeleteExpiredPending(ctx, tx, models.Portal())
			return err
		})
		total += n
		if err != nil || n == 0 {
			return total, err
		}
	}
}

func tidy(ctx context.Context, db *models.DB) (int, error) {
	return 0, db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		return errors.Join(people.Tidy(ctx, tx), tx.ForgetForms(ctx), application.ForgetDeskChanges(ctx, tx))
	})
}
