package jobs

import (
	"context"
	"errors"
	"io"
	"net/url"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/models/people"
	"passerelle/views/desk"
	"passerelle/views/i18n"
	"passerelle/views/print"
)

// List is where a list goes, and who is told how far it is.
type List struct {
	To       io.Writer
	Tmp      string // private folder for a long workbook
	Progress func(written, total int)
}

// WriteList writes the applications of a filter with the columns chosen, in the
// language of ctx (P9.7). What the officer may not see is not in it.
func WriteList(ctx context.Context, tx models.Tx, by models.Actor, in application.ExportInput, out List) error {
	q, err := url.ParseQuery(in.Filter)
	if err != nil {
		return models.NotFound("page.not_found")
	}
	columns := desk.Columns(in.Columns)
	sheet, err := print.NewSheet(out.To, print.Format(in.Format), i18n.T(ctx, "desk.export.file"), out.Tmp, desk.Heads(ctx, columns))
	if err != nil {
		return err
	}
	written := 0
	_, err = application.Export(ctx, tx, by, desk.Filter(q), func(r application.ExportRow, total int) error {
		if written++; out.Progress != nil && written%200 == 0 {
			out.Progress(written, total)
		}
		return sheet.Row(desk.Cells(ctx, tx.Zone(), columns, r))
	})
	if err != nil {
		sheet.Abort()
		return err
	}
	return sheet.Close()
}

// ListName is the name of the file of a list.
func ListName(ctx context.Context, day time.Time, format string) string {
	return i18n.T(ctx, "desk.export.file") + "-" + day.Format(time.DateOnly) + "." + format
}

// ListType is its media type.
func ListType(format string) string {
	if format == string(print.CSV) {
		return "text/csv; charset=utf-8"
	}
	return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
}

// exportWorker writes a long list with the rights that its officer has now.
type exportWorker struct {
	river.WorkerDefaults[application.ExportArgs]
	options Options
}

// Timeout leaves time for a hundred thousand lines.
func (*exportWorker) Timeout(*river.Job[application.ExportArgs]) time.Duration {
	return 5 * time.Minute
}

func (w *exportWorker) Work(ctx context.Context, job *river.Job[application.ExportArgs]) error {
	o := w.options
	if o.Documents == nil {
		return river.JobSnooze(time.Minute)
	}
	err := WriteExport(ctx, o, job.Args.Export)
	if err != nil && job.Attempt >= job.MaxAttempts {
		return errors.Join(err, o.DB.InTx(context.WithoutCancel(ctx), func(ctx context.Context, tx models.Tx) error {
			return application.FinishExport(ctx, tx, job.Args.Export, models.ID{}, 0)
		}))
	}
	return err
}

// WriteExport writes the list that an officer asked for into a file of the portal's
// own, encrypted, and hands it over. Done twice, it is done once.
func WriteExport(ctx context.Context, o Options, id models.ID) error {
	var task application.ExportTask
	var by models.Actor
	err := o.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		if task, err = application.ExportToWrite(ctx, tx, id); err != nil {
			return err
		}
		by, err = people.OnBehalf(ctx, tx, task.Account)
		return err
	})
	if models.KindOf(err) == models.KindNotFound && err != nil || task.State == "done" {
		return nil // expired meanwhile, or written already
	}
	if err != nil {
		return err
	}
	lang, _ := i18n.Parse(task.Lang)
	ctx = i18n.With(ctx, lang)
	in := application.ExportInput{Filter: task.Filter, Columns: task.Columns, Format: task.Format}
	total := 0
	from, to := io.Pipe()
	var writing sync.WaitGroup
	writing.Go(func() {
		_ = to.CloseWithError(o.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
			return WriteList(ctx, tx, by, in, List{To: to, Tmp: o.Spool, Progress: func(written, all int) {
				total = all
				_ = o.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
					return application.ProgressExport(ctx, tx, id, written, all)
				})
			}})
		}))
	})
	_, err = o.Documents.Keep(ctx, dossier.PurposeExport, ListName(ctx, o.DB.Today(), task.Format), ListType(task.Format), from,
		func(ctx context.Context, tx models.Tx, file models.ID) error {
			return application.FinishExport(ctx, tx, id, file, total)
		})
	err = errors.Join(err, from.Close())
	writing.Wait()
	return err
}
