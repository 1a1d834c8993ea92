package handlers

import (
	"context"
	"net/http"
	"strconv"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/desk"
	"passerelle/views/paths"
)

// assignee reads whom something is confided to; the zero id is nobody.
func (c *Call) assignee() (models.ID, error) {
	typed := c.Value(desk.NameOfficer)
	if typed == desk.Unassigned {
		return models.ID{}, nil
	}
	id, err := parseID(typed)
	if err != nil {
		return id, models.Invalid("desk.assign_invalid", models.FieldError{Field: desk.NameOfficer, Key: "desk.assign_missing"})
	}
	return id, nil
}

// assignApplication confides one application to an officer (P9.6).
func (p *Portal) assignApplication(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	to, refused := c.assignee()
	if refused == nil {
		refused = c.InTx(func(ctx context.Context, tx models.Tx) error {
			_, err := application.Assign(ctx, tx, c.Actor, id, to)
			return err
		})
	}
	e, invalid := asError(refused, models.KindInvalid)
	switch {
	case refused == nil:
		return c.back(id, "affectation")
	case !invalid:
		return refused
	}
	page, err := c.dossier()
	if err != nil {
		return err
	}
	page.Assign = messages(e)[desk.NameOfficer]
	return c.RenderStatus(http.StatusUnprocessableEntity, desk.Dossier(page))
}

// assignMax bounds how many applications one form confides.
const assignMax = 200

// assignChosen confides the applications chosen in the list, each for itself: those
// that the colleague may not treat stay as they are, and are counted.
func (p *Portal) assignChosen(c *Call) error {
	chosen, list := c.Form()[desk.NameChosen], desk.Address(desk.Filter(c.Form()))
	to, err := c.assignee()
	if err != nil || len(chosen) == 0 || len(chosen) > assignMax {
		return c.SeeOther(paths.With(list, desk.NameConfided, "0"))
	}
	done, refused := 0, 0
	for _, text := range chosen {
		id, err := parseID(text)
		if err != nil {
			return models.NotFound("page.not_found")
		}
		err = c.InTx(func(ctx context.Context, tx models.Tx) error {
			_, err := application.Assign(ctx, tx, c.Actor, id, to)
			return err
		})
		kind := models.KindOf(err)
		switch {
		case err == nil:
			done++
		case kind == models.KindInvalid, kind == models.KindNotFound:
			refused++
		default:
			return err
		}
	}
	return c.SeeOther(paths.With(list, desk.NameConfided, strconv.Itoa(done), desk.NameRefused, strconv.Itoa(refused)))
}
