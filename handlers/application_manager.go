package handlers

import (
	"context"
	"net/http"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/applications"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// showManager shows who is asked, and lets the applicant name somebody else
// until an answer exists (P18.2).
func (p *Portal) showManager(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	return p.drawManager(c, id, http.StatusOK, application.Approver{}, nil)
}

// replaceManager names another line manager.
func (p *Portal) replaceManager(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	to := application.Approver{LastName: c.Text("manager_last_name"), FirstName: c.Text("manager_first_name"),
		Function: c.Text("manager_function"), Email: c.Text("manager_email"), Phone: c.Text("manager_phone")}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		a, err := application.Load(ctx, tx, c.Actor, id)
		if err != nil {
			return err
		}
		if !a.OwnedBy(c.Actor) {
			return models.NotFound("application.not_found")
		}
		_, err = application.ReplaceApprover(ctx, tx, c.Actor, id, to)
		return err
	})
	if e, ok := asError(err, models.KindInvalid); ok {
		return p.drawManager(c, id, http.StatusUnprocessableEntity, to, e)
	}
	if _, ok := asError(err, models.KindConflict); ok {
		return c.to(paths.Application(id.String()))
	}
	if err != nil {
		return err
	}
	return c.to(paths.Application(id.String()))
}

func (p *Portal) drawManager(c *Call, id models.ID, status int, typed application.Approver, refused *models.Error) error {
	var card application.Card
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		card, err = application.CardOf(ctx, tx, c.Actor, id)
		return err
	})
	if err != nil {
		return err
	}
	if !card.Can(application.ActReplace) {
		return c.to(paths.Application(id.String()))
	}
	page := applications.ManagerPage{ID: id.String(), Number: card.Reference(), Session: c.session(card.Session),
		Values: map[string]string{"manager_last_name": typed.LastName, "manager_first_name": typed.FirstName,
			"manager_function": typed.Function, "manager_email": typed.Email, "manager_phone": typed.Phone}}
	if a := card.Approval; a != nil {
		page.Present, page.Since, page.NotMine = a.Name(), p.dayIn(&a.RequestedAt), a.State == application.ApprovalNotMyStaff
	}
	if refused != nil {
		page.Errors = c.fieldWords(refused)
		for _, f := range refused.Fields {
			page.Problems = append(page.Problems, ui.Problem{Message: c.T(f.Key, f.Args...), Field: f.Field})
		}
	}
	c.noStore()
	return c.RenderStatus(status, applications.Manager(page))
}
