package handlers

import (
	"context"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/views/applications"
	"passerelle/views/catalogues"
	"passerelle/views/paths"
)

// showStart shows a session or a campaign that one can apply to, or why not
// (P6.2, P17.15). Each has one address of its own.
func (p *Portal) showStart(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	page, err := p.startPage(c, id)
	if err != nil {
		return err
	}
	if href := page.Href(); href != c.Ctx.Path() {
		return c.SeeOther(href)
	}
	return c.Render(applications.Start(page))
}

func (p *Portal) startPage(c *Call, id models.ID) (applications.StartPage, error) {
	page := applications.StartPage{SessionID: id.String()}
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		s, err := application.SessionOf(ctx, tx, id)
		if err != nil {
			return err
		}
		page.Session, page.Zone = c.session(s), p.zoneName(c)
		page.Refused = s.Refusal(tx.Today())
		if page.Asked, err = p.askedBy(ctx, tx, id); err != nil {
			return err
		}
		first, err := application.Started(ctx, tx, c.Actor, id)
		if err != nil || first == uuid.Nil {
			return err
		}
		a, err := application.Load(ctx, tx, c.Actor, first)
		page.Existing, page.IsDraft = first.String(), a.State == application.Draft
		return err
	})
	return page, err
}

// askedBy is what a session or campaign asks for, in the words of the catalogue.
func (p *Portal) askedBy(ctx context.Context, tx models.Tx, session models.ID) ([]applications.Piece, error) {
	list, err := dossier.ListOf(ctx, tx, session)
	if err != nil {
		return nil, err
	}
	pieces := []applications.Piece{}
	for _, a := range catalogues.AskedOf(ctx, list) {
		pieces = append(pieces, applications.Piece{Title: a.Title, Rule: a.Rule, Required: a.Required})
	}
	return pieces, nil
}

// startApplication begins a draft, before any account (P17.3); a second start
// leads to the first (P18.6).
func (p *Portal) startApplication(c *Call) error {
	session, err := c.ID("id")
	if err != nil {
		return err
	}
	if !c.Actor.SignedIn() {
		if _, err := c.ensureDraftKey(); err != nil {
			return err
		}
	}
	var a application.Application
	existing := false
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		a, existing, err = application.Begin(ctx, tx, c.Actor, session)
		return err
	})
	if e, ok := asError(err, models.KindConflict); ok {
		page, err := p.startPage(c, session)
		if err != nil {
			return err
		}
		page.Refused = e.Key
		return c.RenderStatus(statusOf(e.Kind), applications.Start(page))
	}
	if err != nil {
		return err
	}
	switch {
	case a.State != application.Draft:
		return c.SeeOther(paths.Application(a.ID.String()))
	case existing && !c.recognised(a):
		return c.SeeOther(paths.FoundDraft())
	}
	c.recognise()
	return c.SeeOther(paths.Step(a.ID.String(), max(a.Step, 1)))
}
