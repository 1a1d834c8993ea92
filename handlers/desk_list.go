package handlers

import (
	"context"
	"net/url"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/desk"
)

// listDesk shows the officer's list, the same address for the page and its
// parts (P9.1).
func (p *Portal) listDesk(c *Call) error {
	page := desk.ListPage{Filter: desk.Filter(c.query()), Clock: c.clock(), Confided: desk.ReadConfided(c.query())}
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		if page.List, err = application.Desk(ctx, tx, c.Actor, page.Filter); err != nil {
			return err
		}
		ids := make([]models.ID, len(page.List.Rows))
		for i, r := range page.List.Rows {
			ids[i] = r.Application
		}
		if page.Papers, err = application.ProgressOf(ctx, tx, ids); err != nil {
			return err
		}
		if page.Batches, err = application.Batches(ctx, tx, c.Actor, tx.Now); err != nil {
			return err
		}
		if page.Colleagues, err = application.Colleagues(ctx, tx, c.Actor); err != nil || len(c.Actor.StandsIn) == 0 {
			return err
		}
		_, page.Absent, err = application.Delegations(ctx, tx, c.Actor)
		return err
	})
	if err != nil {
		return err
	}
	return c.Render(desk.List(page))
}

// query is the whole query string, for pages whose filters repeat.
func (c *Call) query() url.Values {
	q, err := url.ParseQuery(string(c.Request().URI().QueryString()))
	if err != nil {
		return url.Values{}
	}
	return q
}

// clock is the portal's, for screens that show instants.
func (c *Call) clock() desk.Clock {
	return desk.Clock{Now: c.Portal.DB.Clock.Now(), Zone: c.Portal.DB.Zone}
}
