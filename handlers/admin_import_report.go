package handlers

import (
	"context"
	"io"
	"net/http"
	"time"

	"passerelle/models"
	"passerelle/models/catalogue/importer"
	"passerelle/views/administration"
	"passerelle/views/i18n"
)

// askImport asks once more before a file is imported.
func (p *Portal) askImport(c *Call) error { return p.confirmImport(c, "import") }

// askUndo asks once more before an import is taken back, and says what would
// stay.
func (p *Portal) askUndo(c *Call) error { return p.confirmImport(c, "annulation") }

func (p *Portal) confirmImport(c *Call, act string) error {
	page, err := p.importOf(c)
	if err != nil {
		return err
	}
	confirm := administration.ConfirmPage{ImportPage: page, Act: act, Aside: page.Run.CanLeaveAside()}
	possible := page.Run.State == importer.Rehearsed || confirm.Aside
	if act == "annulation" {
		possible = page.Run.Last && page.Run.State == importer.Done && page.Now.Before(page.Run.Until())
	}
	if !possible {
		page.Refused = i18n.T(c.Context(), map[string]string{"import": "import.moved", "annulation": "import.not_the_last"}[act])
		return c.RenderStatus(http.StatusConflict, administration.Import(page))
	}
	if act == "annulation" && !page.Run.Large() {
		err := c.InTx(func(ctx context.Context, tx models.Tx) error {
			foreseen, err := importer.Foresee(ctx, tx, c.Actor, page.Run.ID)
			confirm.Undo = &foreseen
			return err
		})
		if err != nil {
			return err
		}
	}
	return c.RenderStatus(http.StatusOK, administration.Confirm(confirm))
}

// sendImportReport streams what becomes of each line, as CSV.
func (p *Portal) sendImportReport(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var run importer.RunRow
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		run, err = importer.RunByID(ctx, tx, c.Actor, id)
		return err
	})
	if err != nil {
		return err
	}
	c.fileHeaders("text/csv; charset=utf-8", "rapport-"+run.MadeAt.In(p.DB.Zone).Format(time.DateOnly)+".csv", "private, no-store")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.UserContext()), 10*time.Minute)
	from, to := io.Pipe()
	by, say := c.Actor, administration.ImportWords(context.WithoutCancel(c.Context()))
	go func() {
		defer cancel()
		to.CloseWithError(p.writeImportReport(ctx, to, by, run.ID, say))
	}()
	c.Ctx.Context().SetBodyStream(&outgoing{file: from, conn: c.Ctx.Context().Conn(), cancel: cancel}, -1)
	return nil
}

func (p *Portal) writeImportReport(ctx context.Context, to io.Writer, by models.Actor, run models.ID, say importer.Say) error {
	if _, err := io.WriteString(to, "\ufeff"); err != nil { // spreadsheets read it as UTF-8
		return err
	}
	report := importer.NewLineReport(to, say)
	if err := importer.EachLine(ctx, p.DB, by, run, report.Row); err != nil {
		return err
	}
	return report.End()
}
