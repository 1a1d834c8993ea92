package handlers

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/desk"
	"passerelle/views/paths"
)

// DeskOpinionObject is a request for an opinion as officers of the scope see it.
const DeskOpinionObject Object = "opinion on the desk"

// showAskOpinion prepares a request for an expert's opinion (P9.6).
func (p *Portal) showAskOpinion(c *Call) error {
	page, err := c.askingOpinion()
	if err != nil {
		return err
	}
	return c.Render(desk.AskOpinion(page))
}

func (c *Call) askingOpinion() (desk.AskOpinionPage, error) {
	id, err := c.ID("id")
	if err != nil {
		return desk.AskOpinionPage{}, err
	}
	review, err := c.review(id)
	return desk.AskOpinionPage{ReviewPage: review}, err
}

// askOpinion sends it, or shows again what was typed.
func (p *Portal) askOpinion(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	typed := desk.OpinionForm{Name: c.Text("nom"), Email: c.Text("courriel"), Question: c.Text("question"), DueOn: c.Text("date"),
		Pieces: c.Form()[desk.NamePieces], Fields: c.Form()[desk.NameFields]}
	in := application.OpinionInput{Name: typed.Name, Email: typed.Email, Question: text(typed.Question), Fields: typed.Fields, DueOn: isoDate(typed.DueOn)}
	for _, piece := range typed.Pieces {
		document, err := uuid.Parse(piece)
		if err != nil {
			return &models.Error{Kind: models.KindMalformed, Key: "body.encoding"}
		}
		in.Documents = append(in.Documents, document)
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := application.AskOpinion(ctx, tx, c.Actor, id, in)
		return err
	})
	if err == nil {
		return c.back(id, "avis")
	}
	var e *models.Error
	if !errors.As(err, &e) || e.Kind != models.KindInvalid && e.Kind != models.KindConflict {
		return err
	}
	page, fault := c.askingOpinion()
	if fault != nil {
		return fault
	}
	page.Ask = typed
	if e.Kind == models.KindConflict {
		page.Banner = e.Key
		return c.RenderStatus(http.StatusConflict, desk.AskOpinion(page))
	}
	page.Ask.Errors = messages(e)
	return c.RenderStatus(http.StatusUnprocessableEntity, desk.AskOpinion(page))
}

// revokeOpinion takes a request back.
func (p *Portal) revokeOpinion(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var o application.Opinion
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		o, err = application.RevokeOpinion(ctx, tx, c.Actor, id)
		return err
	})
	done := "avis-retire"
	if e, ok := asError(err, models.KindConflict); ok && e.Key == "opinion.already_given" {
		done, err = "avis-donne", nil
	}
	if err != nil {
		return err
	}
	return c.SeeOther(c.inList(paths.DeskApplication(o.Application.String()), "fait", done) + "#avis")
}
