package handlers

import (
	"context"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/desk"
)

// showPreview is an application in short, beside the list (P9.1). It is a reading like
// another, so the person sees it (P17.21), but nobody is marked present.
func (p *Portal) showPreview(c *Call) error {
	q := c.query()
	page := desk.PreviewPage{Clock: c.clock(), Filter: desk.Filter(q), Place: desk.Place(q)}
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		page.Preview, err = application.PreviewOf(ctx, tx, c.Actor, id)
		return err
	})
	if err != nil {
		return err
	}
	c.about(page.Kind)
	return c.Render(desk.Preview(page))
}
