package handlers

import (
	"context"
	"net/http"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/desk"
	"passerelle/views/paths"
)

// showDelegations is where an officer names who stands in for them (P9.6).
func (p *Portal) showDelegations(c *Call) error {
	page, err := c.delegations()
	if err != nil {
		return err
	}
	page.Done = c.Query("fait")
	return c.Render(desk.Delegations(page))
}

func (c *Call) delegations() (desk.DelegationsPage, error) {
	page := desk.DelegationsPage{Clock: c.clock(), Me: c.Actor.Account}
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		if page.Mine, page.ForOthers, err = application.Delegations(ctx, tx, c.Actor); err != nil {
			return err
		}
		page.Colleagues, err = application.Colleagues(ctx, tx, c.Actor)
		return err
	})
	return page, err
}

// delegate records an absence, or shows again what was typed.
func (p *Portal) delegate(c *Call) error {
	form := desk.DelegationForm{To: c.Value(desk.NameOfficer), First: c.Text("du"), Last: c.Text("au")}
	in := application.DelegationInput{First: isoDate(form.First), Last: isoDate(form.Last)}
	in.To, _ = parseID(form.To)
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := application.Delegate(ctx, tx, c.Actor, in)
		return err
	})
	if err == nil {
		return c.SeeOther(paths.With(paths.DeskDelegations(), "fait", "absence"))
	}
	e, ok := asError(err, models.KindInvalid)
	if !ok {
		return err
	}
	page, err := c.delegations()
	if err != nil {
		return err
	}
	page.Form, page.Form.Errors = form, messages(e)
	return c.RenderStatus(http.StatusUnprocessableEntity, desk.Delegations(page))
}

// endDelegation is for who is back before the date.
func (p *Portal) endDelegation(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error { return application.EndDelegation(ctx, tx, c.Actor, id) })
	if err != nil {
		return err
	}
	return c.SeeOther(paths.With(paths.DeskDelegations(), "fait", "retour"))
}
