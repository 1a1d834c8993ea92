package handlers

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"passerelle/handlers/jobs/mail"
	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/desk"
	viewsmail "passerelle/views/mail"
	"passerelle/views/paths"
)

// decideBatch rehearses a bulk decision, and records it when asked to (P9.4).
// Nothing is recorded by a rehearsal: same address, same form, again and again.
func (p *Portal) decideBatch(c *Call) error {
	in, refused, err := c.batchInput()
	if err != nil {
		return err
	}
	if c.Value(desk.NameNext) != desk.NextRecord || refused != nil {
		return c.rehearse(in, refused, nil)
	}
	if changed := in.Differs(c.Value(desk.NameRehearsed)); len(changed) > 0 && in.Check() == nil {
		return c.rehearse(in, nil, changed) // never what nobody has seen
	}
	var id models.ID
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		id, err = application.StartBatch(ctx, tx, c.Actor, in)
		return err
	})
	var e *models.Error
	if errors.As(err, &e) && e.Kind == models.KindInvalid {
		return c.rehearse(in, e, nil)
	}
	if err != nil {
		return err
	}
	return c.SeeOther(paths.DeskBatch(id.String()))
}

// batchInput reads the form: the applications chosen, or all those of a filter.
func (c *Call) batchInput() (application.BatchInput, *models.Error, error) {
	in := application.BatchInput{Kind: application.Verdict(c.Value("decision")), Reason: c.Text("motif"), Message: c.Text("message")}
	ids := c.Form()[desk.NameChosen]
	if c.Value(desk.NameEvery) != "" {
		var err error
		if ids, err = c.found(); err != nil {
			return in, nil, err
		}
	}
	if c.Partial() && c.Target() == "apercu" && c.Value(desk.NameShow) != "" {
		ids = []string{c.Value(desk.NameShow)} // the mail of one person alone
	}
	for _, text := range ids {
		id, err := parseID(text)
		if err != nil {
			return in, nil, models.NotFound("page.not_found")
		}
		version, _ := strconv.Atoi(c.Value(desk.NameSeen + text)) // absent: as it stands now
		in.Lines = append(in.Lines, application.BatchWish{Application: id, Version: version, Kind: application.Verdict(c.Value(desk.NameFor + text))})
	}
	refused := c.batchRelease(&in)
	return in, refused, nil
}

// batchRelease reads when the decisions are told.
func (c *Call) batchRelease(in *application.BatchInput) *models.Error {
	today := c.Portal.DB.Today()
	switch c.Value("communication") {
	case desk.ReleaseNow:
		in.ReleaseOn = &today
	case desk.ReleaseDate:
		on, err := time.Parse("2/1/2006", strings.TrimSpace(c.Text(desk.ReleaseDate)))
		if err != nil || on.Before(today) {
			return models.Invalid("desk.decision_invalid", models.FieldError{Field: desk.ReleaseDate, Key: "desk.batch.date.wrong"})
		}
		in.ReleaseOn = &on
	}
	return nil
}

// found lists every application of the filter that the list was on.
func (c *Call) found() ([]string, error) {
	ids := []string{}
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		all, err := application.DeskFound(ctx, tx, c.Actor, desk.Filter(c.Form()), application.BatchMax+1)
		for _, id := range all {
			ids = append(ids, id.String())
		}
		return err
	})
	return ids, err
}

// rehearse shows what the batch would do now, with every word kept, and what of it is
// not what the officer had seen.
func (c *Call) rehearse(in application.BatchInput, refused *models.Error, changed []application.BatchPart) error {
	page := desk.BatchPage{Clock: c.clock(), Form: desk.BatchForm{Kind: c.Value("decision"), Reason: c.Text("motif"), Message: c.Text("message"),
		Release: c.Value("communication"), Date: c.Text(desk.ReleaseDate)}, Changed: changed, First: c.Value(desk.NameRehearsed) == ""}
	status := http.StatusOK
	if len(changed) > 0 {
		status = http.StatusConflict
	}
	if refused != nil {
		status, page.Form.Errors = http.StatusUnprocessableEntity, messages(refused)
		if len(refused.Fields) == 0 {
			page.Form.Banner = refused.Key
		}
	}
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		page.Minutes, err = tx.SettingInt(ctx, "bulk_undo_minutes")
		return err
	})
	if err != nil {
		return err
	}
	page.Rehearsal, err = application.Rehearse(c.verbContext(), c.Portal.DB, c.Actor, in)
	var e *models.Error
	switch {
	case errors.As(err, &e) && e.Kind == models.KindInvalid:
		status, page.Form.Banner = http.StatusUnprocessableEntity, e.Key
	case err != nil:
		return err
	}
	page.Digest = page.Rehearsal.Digest(in)
	c.showLetter(&page)
	return c.RenderStatus(status, desk.Batch(page))
}

// showLetter draws the mail of whom the officer looks at, else of the first who
// would get one.
func (c *Call) showLetter(page *desk.BatchPage) {
	wanted, _ := parseID(c.Value(desk.NameShow))
	for i := range page.Rehearsal.Lines {
		l := &page.Rehearsal.Lines[i]
		if l.Letter == nil || page.Letter != nil && l.Application.ID != wanted {
			continue
		}
		ctx, letter := c.Portal.renderer().Proof(c.Context(), l.Lang, *l.Letter, c.Portal.DB.Zone)
		page.Shown, page.ShownName, page.Letter = l.Application.ID, l.Application.ApplicantName, within(ctx, viewsmail.Proof(letter))
	}
}

// renderer writes mails as the job that sends them does.
func (p *Portal) renderer() mail.Renderer {
	return mail.Renderer{BaseURL: p.BaseURL, From: p.MailFrom, Service: p.Operator.Name, Contact: p.Operator.Contact, Rights: p.Operator.DataOfficer}
}

// listBatches shows the officer's own latest batches.
func (p *Portal) listBatches(c *Call) error {
	page := desk.BatchesPage{Clock: c.clock()}
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		page.Batches, err = application.Batches(ctx, tx, c.Actor, time.Time{})
		return err
	})
	if err != nil {
		return err
	}
	return c.Render(desk.Batches(page))
}

// showBatch tells what became of a batch.
func (p *Portal) showBatch(c *Call) error { return c.batch(http.StatusOK, false) }

func (c *Call) batch(status int, late bool) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	page := desk.DonePage{Clock: c.clock(), TooLate: late}
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		page.Batch, err = application.BatchOf(ctx, tx, c.Actor, id)
		return err
	})
	if err != nil {
		return err
	}
	return c.RenderStatus(status, desk.BatchDone(page))
}

// undoBatch takes a batch back as a whole (P18.18).
func (p *Portal) undoBatch(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error { return application.UndoBatch(ctx, tx, c.Actor, id) })
	if models.KindOf(err) == models.KindConflict && err != nil {
		return c.batch(http.StatusConflict, true)
	}
	if err != nil {
		return err
	}
	return c.SeeOther(paths.DeskBatch(id.String()))
}

// within draws a component in a context of its own: a letter speaks its reader's
// language, whatever that of the page.
func within(ctx context.Context, part templ.Component) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error { return part.Render(ctx, w) })
}
