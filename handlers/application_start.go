package handlers

import (
	"context"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/applications"
	"passerelle/views/paths"
)

// showStart shows a session that one can apply to, or why not (P17.15).
func (p *Portal) showStart(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	page, err := p.startPage(c, id)
	if err != nil {
		return err
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
		page.Session = sessionView(s)
		page.Refused = s.StateOn(tx.Today()).Reason()
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
