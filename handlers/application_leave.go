package handlers

import (
	"context"
	"net/http"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/applications"
	"passerelle/views/paths"
)

// showWithdraw asks to confirm a withdrawal.
func (p *Portal) showWithdraw(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	return p.drawWithdraw(c, id, http.StatusOK, "", "")
}

func (p *Portal) drawWithdraw(c *Call, id models.ID, status int, reason, refusal string) error {
	var card application.Card
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		card, err = application.CardOf(ctx, tx, c.Actor, id)
		return err
	})
	if err != nil {
		return err
	}
	if !card.Can(application.ActWithdraw) && refusal == "" {
		return c.SeeOther(paths.Application(id.String()))
	}
	c.noStore()
	return c.RenderStatus(status, applications.Withdraw(applications.WithdrawPage{ID: id.String(), Number: card.Reference(),
		Session: c.session(card.Session), Seat: card.State == application.Accepted || card.State == application.Confirmed,
		Reason: reason, Error: refusal}))
}

// withdrawApplication takes an application back (désistement).
func (p *Portal) withdrawApplication(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	reason := text(c.Value("motif"))
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := application.Withdraw(ctx, tx, c.Actor, id, reason)
		return err
	})
	if e, ok := asError(err, models.KindInvalid); ok {
		return p.drawWithdraw(c, id, http.StatusUnprocessableEntity, reason, c.T(e.Key))
	}
	if err != nil {
		return err
	}
	return c.to(paths.Application(id.String()))
}

// confirmPlace takes the seat promised to somebody who was waiting (P18.5).
func (p *Portal) confirmPlace(c *Call) error { return p.place(c, application.ConfirmPlace) }

// declinePlace gives it up.
func (p *Portal) declinePlace(c *Call) error { return p.place(c, application.DeclinePlace) }

func (p *Portal) place(c *Call, verb func(context.Context, models.Tx, models.Actor, models.ID) error) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	if err := c.InTx(func(ctx context.Context, tx models.Tx) error { return verb(ctx, tx, c.Actor, id) }); err != nil {
		return err
	}
	return c.to(paths.Application(id.String()))
}

// showErase asks before a draft is erased, opened or not (P18.1).
func (p *Portal) showErase(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	actor, err := p.holder(c, id)
	if err != nil {
		return err
	}
	var a application.Application
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		if a, err = application.Load(ctx, tx, actor, id); err == nil && !a.OwnedBy(actor) {
			err = models.NotFound("application.not_found")
		}
		return err
	})
	if err != nil {
		return p.moved(c, id, err)
	}
	if a.State != application.Draft && a.State != application.Expired {
		return c.SeeOther(paths.Application(id.String()))
	}
	c.noStore()
	return c.Render(applications.Erase(applications.ErasePage{ID: id.String(), Session: c.session(a.Session),
		Begun: p.moment(a.CreatedAt).Day, Opened: c.recognised(a)}))
}

// holder is the caller, with the key of a draft that was set aside on this
// browser when it is the one asked for.
func (p *Portal) holder(c *Call, id models.ID) (models.Actor, error) {
	actor := c.Actor
	for _, key := range c.asideKeys() {
		if held, err := p.holds(c, key, id); err != nil {
			return actor, err
		} else if held {
			actor.DraftKey = key
		}
	}
	return actor, nil
}

// eraseDraft deletes a draft, opened or not (P18.1), and says so.
func (p *Portal) eraseDraft(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	actor, err := p.holder(c, id)
	if err != nil {
		return err
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error { return application.Erase(ctx, tx, actor, id) })
	if err != nil {
		return p.moved(c, id, err)
	}
	if c.Actor.SignedIn() {
		return c.to(paths.With(paths.MyApplications(), "efface", "1"))
	}
	return c.to(paths.Erased())
}

// showErased tells a visitor that their draft is gone.
func (p *Portal) showErased(c *Call) error {
	c.noStore()
	return c.Render(applications.Erased())
}
