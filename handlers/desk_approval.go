package handlers

import (
	"context"
	"errors"
	"net/http"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/desk"
)

// sendApprovalAgain writes once more to a line manager who does not answer
// (P18.3).
func (p *Portal) sendApprovalAgain(c *Call) error {
	return c.unstick("relance", desk.StuckForm{}, func(ctx context.Context, tx models.Tx, id models.ID) error {
		_, err := application.SendApprovalAgain(ctx, tx, c.Actor, id)
		return err
	})
}

// nameApprover names another line manager in the place of one who does not
// answer (P18.3).
func (p *Portal) nameApprover(c *Call) error {
	to := application.Approver{LastName: c.Text("manager_last_name"), FirstName: c.Text("manager_first_name"),
		Function: c.Text("manager_function"), Email: c.Text("manager_email"), Phone: c.Text("manager_phone")}
	return c.unstick("superieur", desk.StuckForm{Approver: to, Naming: true}, func(ctx context.Context, tx models.Tx, id models.ID) error {
		_, err := application.ReplaceApprover(ctx, tx, c.Actor, id, to)
		return err
	})
}

// closeApplication ends an application that nobody approves, with a reason told
// to the applicant (P18.3).
func (p *Portal) closeApplication(c *Call) error {
	reason := c.Text("motif_cloture")
	return c.unstick("cloture", desk.StuckForm{Reason: reason}, func(ctx context.Context, tx models.Tx, id models.ID) error {
		_, err := application.CloseStuck(ctx, tx, c.Actor, id, reason)
		return err
	})
}

// unstick runs one of the three ways out; refused, the page comes back with
// what was typed.
func (c *Call) unstick(done string, typed desk.StuckForm, verb func(context.Context, models.Tx, models.ID) error) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error { return verb(ctx, tx, id) })
	if err == nil {
		return c.back(id, done)
	}
	var e *models.Error
	if !errors.As(err, &e) || e.Kind != models.KindInvalid && e.Kind != models.KindConflict {
		return err
	}
	page, err := c.dossier()
	if err != nil {
		return err
	}
	page.Stuck = typed
	page.Stuck.Errors = messages(e)
	if reason := page.Stuck.Errors["motif"]; reason != "" {
		page.Stuck.Errors = map[string]string{"motif_cloture": reason}
	}
	if e.Kind == models.KindConflict {
		page.Form.Banner = "desk.approver_moved"
		return c.RenderStatus(http.StatusConflict, desk.Dossier(page))
	}
	return c.RenderStatus(http.StatusUnprocessableEntity, desk.Dossier(page))
}
