package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"passerelle/models"
	"passerelle/models/searching"
	"passerelle/views/administration"
	"passerelle/views/paths"
)

const (
	shownMoves        = 60
	shownPublications = 50
)

// startRehearsal has the draft tried on real queries by a job (P17.23).
func (p *Portal) startRehearsal(c *Call) error {
	var id models.ID
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		id, err = searching.StartRehearsal(ctx, tx, c.Actor, c.draftVersion())
		return err
	})
	if err != nil {
		return p.edited(c, err, administration.SettingsPage{})
	}
	return c.SeeOther(paths.Rehearsal(id.String(), ""))
}

// showRehearsal is how far a rehearsal is, or what it found.
func (p *Portal) showRehearsal(c *Call) error { return p.rehearsalPage(c, http.StatusOK, "") }

func (p *Portal) rehearsalPage(c *Call, status int, refused string) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	page := administration.RehearsalPage{Refused: refused, Clock: p.adminClock()}
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		if page.Rehearsal, err = searching.RehearsalByID(ctx, tx, c.Actor, id); err != nil {
			return err
		}
		page.Moves, err = searching.Moves(ctx, tx, id, shownMoves)
		return err
	})
	if err != nil {
		return err
	}
	return c.RenderStatus(status, administration.Rehearsal(page))
}

// publishRehearsal puts what was rehearsed in force.
func (p *Portal) publishRehearsal(c *Call) error {
	return p.onRehearsal(c, searching.Publish, paths.Publications())
}

func (p *Portal) dropRehearsal(c *Call) error {
	return p.onRehearsal(c, searching.DropRehearsal, paths.SearchSettings(""))
}

func (p *Portal) onRehearsal(c *Call, verb func(context.Context, models.Tx, models.Actor, models.ID) error, then string) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error { return verb(ctx, tx, c.Actor, id) })
	var refusal *models.Error
	if errors.As(err, &refusal) && refusal.Kind == models.KindConflict {
		return p.rehearsalPage(c, http.StatusConflict, refusal.Key)
	}
	if err != nil {
		return err
	}
	return c.SeeOther(then)
}

// showPublications is the log of the settings.
func (p *Portal) showPublications(c *Call) error { return p.publicationsPage(c, http.StatusOK, "") }

func (p *Portal) publicationsPage(c *Call, status int, refused string) error {
	page := administration.PublicationsPage{Refused: refused, Clock: p.adminClock()}
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		page.List, err = searching.Publications(ctx, tx, c.Actor, shownPublications)
		return err
	})
	if err != nil {
		return err
	}
	return c.RenderStatus(status, administration.PublicationLog(page))
}

// restorePublication puts the settings of a publication in force again.
func (p *Portal) restorePublication(c *Call) error {
	no, err := strconv.Atoi(c.Params("no"))
	if err != nil || no < 1 || no > 1<<31-1 {
		return models.NotFound("page.not_found")
	}
	latest, err := strconv.Atoi(c.Value(administration.NameLatest))
	if err != nil {
		latest = -1
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error { return searching.Restore(ctx, tx, c.Actor, no, latest) })
	var refusal *models.Error
	if errors.As(err, &refusal) && refusal.Kind == models.KindConflict {
		return p.publicationsPage(c, http.StatusConflict, refusal.Key)
	}
	if err != nil {
		return err
	}
	return c.SeeOther(paths.Publications())
}
