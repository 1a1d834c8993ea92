package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/catalogue/importer"
	"passerelle/models/dossier"
	"passerelle/models/people"
)

// importWorker rehearses or imports a file with the rights that the
// administrator who sent it has now (P3.6).
type importWorker struct {
	river.WorkerDefaults[importer.Args]
	options Options
}

// Timeout leaves time for a million lines.
func (*importWorker) Timeout(*river.Job[importer.Args]) time.Duration { return 30 * time.Minute }

func (w *importWorker) Work(ctx context.Context, job *river.Job[importer.Args]) error {
	if w.options.Documents == nil {
		return river.JobSnooze(time.Minute)
	}
	err := ImportFile(ctx, w.options, job.Args.Run)
	if err != nil && job.Attempt >= 3 {
		return errors.Join(river.JobCancel(err), endImport(ctx, w.options, job.Args.Run, importer.Failed, importer.Report{}))
	}
	return err
}

func endImport(ctx context.Context, o Options, id models.ID, state importer.State, report importer.Report) error {
	return o.DB.InTx(context.WithoutCancel(ctx), func(ctx context.Context, tx models.Tx) error {
		return importer.End(ctx, tx, id, state, report)
	})
}

// ImportFile does what a run asks for: all or nothing, and once, since the run is
// closed in the transaction that imports.
func ImportFile(ctx context.Context, o Options, id models.ID) error {
	var task importer.Task
	var by models.Actor
	var f dossier.File
	var key dossier.DataKey
	err := o.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		if task, err = importer.ToDo(ctx, tx, id); err != nil {
			return err
		}
		if by, err = people.OnBehalf(ctx, tx, task.By); err != nil || task.State == importer.Undoing {
			return err
		}
		if f, err = dossier.FileByID(ctx, tx, *task.File); err != nil {
			return err
		}
		key, err = dossier.KeyOf(ctx, tx, f.ID)
		return err
	})
	if err != nil {
		if models.KindOf(err) == models.KindNotFound {
			return nil // given up meanwhile
		}
		return err
	}
	if task.State == importer.Undoing {
		return undoImport(ctx, o, by, id)
	}
	mapping, err := task.Reads()
	if err != nil {
		return endImport(ctx, o, id, importer.Failed, importer.Report{})
	}
	content, err := o.Documents.Open(ctx, f, key)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	log := importer.NewLineLog(o.DB, id)
	report, err := importer.Run(ctx, o.DB, by, task.Kind, content, importer.Options{Mapping: mapping, Source: task.Source, FileName: task.FileName,
		DryRun: task.State == importer.Rehearsing, Aside: task.Aside, Run: id, Lines: log.Line(ctx), Bad: log.Bad(ctx), Told: log.Close, Progress: o.importProgress(ctx, id, f.Bytes)})
	var refused *models.Error
	switch errors.As(err, &refused); {
	case refused != nil && refused.Key == "import.held":
		return nil // another job has it
	case refused != nil && refused.Kind == models.KindInvalid:
		if err := log.Close(ctx, &report); err != nil {
			return err
		}
		err = endImport(ctx, o, id, importer.Refused, report)
	case err == nil && task.State == importer.Rehearsing:
		err = endImport(ctx, o, id, importer.Rehearsed, report)
	}
	if err == nil {
		err = log.Forget(ctx)
	}
	if err != nil {
		return err
	}
	if len(report.Cancelled) > 0 {
		_, err = application.CloseCancelled(ctx, o.DB)
	}
	return err
}

func undoImport(ctx context.Context, o Options, by models.Actor, id models.ID) error {
	err := o.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		_, err := importer.Undo(ctx, tx, by, id)
		return err
	})
	var refused *models.Error
	if errors.As(err, &refused) && refused.Key == "import.held" {
		return nil
	}
	return err
}

// importProgress keeps how far a run is, once a second and with each phase.
func (o Options) importProgress(ctx context.Context, id models.ID, bytes int64) func(importer.Progress) {
	var last time.Time
	var phase importer.Phase
	return func(p importer.Progress) {
		if p.Phase == phase && time.Since(last) < time.Second {
			return
		}
		last, phase = time.Now(), p.Phase
		_ = o.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) error { return importer.Tell(ctx, tx, id, p, bytes) })
	}
}
