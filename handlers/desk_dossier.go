package handlers

import (
	"context"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/desk"
	"passerelle/views/paths"
)

// showDossier shows one application to its officer (P9.2).
func (p *Portal) showDossier(c *Call) error {
	page, err := c.dossier()
	if err != nil {
		return err
	}
	page.Done = c.Query("fait")
	return c.Render(desk.Dossier(page))
}

// dossier reads the application of the address, its place in the list that led
// here and what stands beside it.
func (c *Call) dossier() (desk.DossierPage, error) {
	q := c.query()
	page := desk.DossierPage{Clock: c.clock(), Filter: desk.Filter(q), Place: desk.Place(q)}
	id, err := c.ID("id")
	if err != nil {
		return page, err
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		review, err := application.OpenReview(ctx, tx, c.Actor, id)
		if err != nil {
			return err
		}
		page.Dossier, page.Requirements = review.Dossier, review.Requirements
		if page.Requests, err = application.RequestsOf(ctx, tx, review); err != nil {
			return err
		}
		progress, err := application.ProgressOf(ctx, tx, []models.ID{id})
		if page.Papers = progress[id]; err != nil || page.Place < 0 {
			return err
		}
		around, err := application.Neighbours(ctx, tx, c.Actor, page.Filter, page.Place, id)
		page.Before, page.After, page.Gone = around.Before, around.After, around.Gone
		return err
	})
	c.about(page.Kind)
	page.Own = page.Person == c.Actor.Person
	return page, err
}

// showPresence tells which colleagues have the application open (P9.5).
func (p *Portal) showPresence(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var present []application.Presence
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		present, err = application.Attend(ctx, tx, c.Actor, id)
		return err
	})
	if err != nil {
		return err
	}
	return c.Render(desk.Presence(id.String(), c.clock(), present))
}

// back leads to the application after an action, within the list that led to it.
func (c *Call) back(id models.ID, done string) error {
	pairs := []string{"fait", done}
	q := c.query()
	if place := desk.Place(q); place >= 0 {
		pairs = append(desk.ListPairs(desk.Filter(q), place), pairs...)
	}
	return c.SeeOther(paths.With(paths.DeskApplication(id.String()), pairs...))
}
