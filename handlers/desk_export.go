package handlers

import (
	"bytes"
	"context"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"passerelle/handlers/jobs"
	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/views/desk"
	"passerelle/views/paths"
)

// exportNow is how many lines are written while the officer waits; a longer list
// is a job's.
const exportNow = 500

// showExport lets the officer choose what to take out of the list (P9.7).
func (p *Portal) showExport(c *Call) error { return c.exportPage(fiber.StatusOK, c.query(), "") }

func (c *Call) exportPage(status int, q url.Values, refused string) error {
	page := desk.ExportPage{Filter: desk.Filter(q), Columns: desk.Columns(q[desk.NameColumn]), Format: q.Get(desk.NameFormat), Error: refused}
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		list, err := application.Desk(ctx, tx, c.Actor, page.Filter)
		page.Total = list.Total
		return err
	})
	if err != nil {
		return err
	}
	return c.RenderStatus(status, desk.Export(page))
}

// exportList takes the list out: at once when it is short, else by a job.
func (p *Portal) exportList(c *Call) error {
	columns := desk.Columns(c.Form()[desk.NameColumn])
	if len(c.Form()[desk.NameColumn]) == 0 || len(columns) == 0 {
		return c.exportPage(fiber.StatusUnprocessableEntity, c.Form(), "desk.export.columns.none")
	}
	format := "xlsx"
	if c.Value(desk.NameFormat) == "csv" {
		format = "csv"
	}
	in := application.ExportInput{Filter: c.Form().Encode(), Columns: columns, Format: format}
	var total int
	var id models.ID
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		list, err := application.Desk(ctx, tx, c.Actor, desk.Filter(c.Form()))
		if total = list.Total; err != nil || total <= exportNow {
			return err
		}
		id, err = application.StartExport(ctx, tx, c.Actor, in)
		return err
	})
	if err != nil {
		return err
	}
	if total > exportNow {
		return c.SeeOther(paths.DeskExport(id.String()))
	}
	return c.sendList(in)
}

func (c *Call) sendList(in application.ExportInput) error {
	var b bytes.Buffer
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		b.Reset()
		return jobs.WriteList(ctx, tx, c.Actor, in, jobs.List{To: &b})
	})
	if err != nil {
		return err
	}
	c.fileHeaders(jobs.ListType(in.Format), jobs.ListName(c.Context(), c.Portal.DB.Today(), in.Format), "private, no-store")
	return c.Send(b.Bytes())
}

// downloadExport gives a long list to the officer who asked for it.
func (p *Portal) downloadExport(c *Call) error {
	task, err := c.export()
	if err != nil {
		return err
	}
	var f dossier.File
	var key dossier.DataKey
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		if f, err = dossier.FileByID(ctx, tx, task.File); err != nil {
			return err
		}
		key, err = dossier.KeyOf(ctx, tx, f.ID)
		return err
	})
	if err != nil {
		return err
	}
	return p.sendFile(c, f, key, f.Name, "private, no-store")
}

// showExported tells how far a long export is.
func (p *Portal) showExported(c *Call) error {
	task, err := c.export()
	if err != nil {
		return err
	}
	return c.Render(desk.ExportDone(desk.ExportDonePage{Task: task, Clock: c.clock()}))
}

func (c *Call) export() (application.ExportTask, error) {
	id, err := c.ID("id")
	if err != nil {
		return application.ExportTask{}, err
	}
	var task application.ExportTask
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		task, err = application.ExportOf(ctx, tx, c.Actor, id)
		return err
	})
	return task, err
}
