package jobs

import (
	"context"

	"github.com/riverqueue/river"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/people"
)

// batchWorker goes through a bulk decision, with the rights that its officer
// has now (P9.4).
type batchWorker struct {
	river.WorkerDefaults[application.BatchArgs]
	db *models.DB
}

func (w *batchWorker) Work(ctx context.Context, job *river.Job[application.BatchArgs]) error {
	return application.RunBatch(ctx, w.db, job.Args.Batch, people.OnBehalf)
}
