package handlers

import (
	"context"
	"errors"
	"net/http"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/desk"
)

// addNote writes a private note (P9.2).
func (p *Portal) addNote(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		return application.AddNote(ctx, tx, c.Actor, id, c.Value("note"))
	})
	var e *models.Error
	if !errors.As(err, &e) || e.Kind != models.KindInvalid {
		if err != nil {
			return err
		}
		return c.back(id, "note")
	}
	page, err := c.dossier()
	if err != nil {
		return err
	}
	page.Note = desk.NoteForm{Text: c.Value("note"), Error: messages(e)["note"]}
	return c.RenderStatus(http.StatusUnprocessableEntity, desk.Dossier(page))
}
