package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"passerelle/models/dossier"
	"passerelle/storage"
	"passerelle/storage/clamd"
)

// inspectWorker inspects a deposited file, unless the request that finished its
// upload has done it already (P7.3).
type inspectWorker struct {
	river.WorkerDefaults[dossier.InspectArgs]
	options Options
}

// inspectTries is after how many tries a file that nothing could judge is refused,
// rather than left in inspection.
const inspectTries = 3

// Timeout leaves a large office file its time.
func (*inspectWorker) Timeout(*river.Job[dossier.InspectArgs]) time.Duration { return 3 * time.Minute }

// Work tries again later while the store or the antivirus is down, for as long as
// it takes: the sweep goes on where the queue gives up.
func (w *inspectWorker) Work(ctx context.Context, job *river.Job[dossier.InspectArgs]) error {
	if w.options.Documents == nil {
		return river.JobSnooze(time.Minute)
	}
	err := w.options.Documents.Inspect(ctx, job.Args.File, job.Attempt >= inspectTries)
	if errors.Is(err, clamd.ErrDown) || errors.Is(err, storage.ErrUnavailable) {
		return river.JobSnooze(15 * time.Second)
	}
	return err
}
