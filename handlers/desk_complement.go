package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/desk"
	"passerelle/views/paths"
)

// showComplement prepares a request for corrections from the verdicts (P9.3).
func (p *Portal) showComplement(c *Call) error {
	page, err := c.complement()
	if err != nil {
		return err
	}
	page.Ask = page.Suggested()
	return c.Render(desk.Complement(page))
}

// requestInformation sends the request, or only shows again what the applicant
// would receive.
func (p *Portal) requestInformation(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	typed := desk.ComplementForm{Message: c.Text(desk.NameMessage), DueOn: c.Text(desk.NameDue), Fields: c.Form()[desk.NameFields], Pieces: c.Form()[desk.NamePieces]}
	if c.Value(desk.NameDo) != desk.SendValue {
		return c.complementAgain(http.StatusOK, typed, "")
	}
	in := application.RequestInput{Message: typed.Message, Fields: typed.Fields, DueOn: isoDate(typed.DueOn)}
	if in.Version, err = strconv.Atoi(c.Value(desk.NameVersion)); err != nil {
		return &models.Error{Kind: models.KindMalformed, Key: "body.encoding"}
	}
	for _, piece := range typed.Pieces {
		requirement, err := uuid.Parse(piece)
		if err != nil {
			return &models.Error{Kind: models.KindMalformed, Key: "body.encoding"}
		}
		in.Requirements = append(in.Requirements, requirement)
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := application.RequestInformation(ctx, tx, c.Actor, id, in)
		return err
	})
	if err == nil {
		return c.SeeOther(c.inList(paths.DeskReview(id.String()), "fait", "complement"))
	}
	var e *models.Error
	if !errors.As(err, &e) || e.Kind != models.KindInvalid && e.Kind != models.KindConflict {
		return err
	}
	if e.Kind == models.KindConflict {
		return c.complementAgain(http.StatusConflict, typed, e.Key)
	}
	typed.Errors = map[string]string{}
	for field, key := range messages(e) {
		typed.Errors[complementFields[field]] = key
	}
	return c.complementAgain(http.StatusUnprocessableEntity, typed, "")
}

// complementFields are the fields of the page by those of the verb.
var complementFields = map[string]string{"message": desk.NameMessage, "demande": desk.NamePieces, "date": desk.NameDue}

func (c *Call) complementAgain(status int, typed desk.ComplementForm, banner string) error {
	page, err := c.complement()
	if err != nil {
		return err
	}
	page.Ask, page.Form.Banner = typed, banner
	return c.RenderStatus(status, desk.Complement(page))
}

func (c *Call) complement() (desk.ComplementPage, error) {
	id, err := c.ID("id")
	if err != nil {
		return desk.ComplementPage{}, err
	}
	review, err := c.review(id)
	if err != nil {
		return desk.ComplementPage{}, err
	}
	page := desk.ComplementPage{ReviewPage: review}
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		page.Days, err = tx.SettingInt(ctx, "information_days")
		return err
	})
	return page, err
}

// inList adds the list that led here to an address of the desk.
func (c *Call) inList(path string, pairs ...string) string {
	if q := c.query(); desk.Place(q) >= 0 {
		filter := desk.Filter(q)
		filter.Page = 0
		pairs = append(desk.ListPairs(filter, desk.Place(q)), pairs...)
	}
	return paths.With(path, pairs...)
}
