package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/desk"
	viewsmail "passerelle/views/mail"
	"passerelle/views/paths"
)

// showComplement prepares a request for corrections from the verdicts (P9.3).
func (p *Portal) showComplement(c *Call) error {
	page, err := c.complement()
	if err != nil {
		return err
	}
	page.Ask = page.Suggested()
	if err := c.previewRequest(&page); err != nil {
		return err
	}
	return c.Render(desk.Complement(page))
}

// requestInformation sends the request, or only shows again what the applicant
// would receive.
func (p *Portal) requestInformation(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	typed := desk.ComplementForm{Message: c.Text(desk.NameMessage), DueOn: c.Text(desk.NameDue), Fields: c.Form()[desk.NameFields], Pieces: c.Form()[desk.NamePieces],
		Words: map[string]string{}}
	for name := range c.Form() {
		if piece, ok := strings.CutPrefix(name, application.WordField); ok {
			typed.Words[piece] = c.Text(name)
		}
	}
	if c.Value(desk.NameDo) != desk.SendValue {
		return c.complementAgain(http.StatusOK, typed, "")
	}
	in, words, err := request(typed)
	if err != nil {
		return err
	}
	if in.Version, err = strconv.Atoi(c.Value(desk.NameVersion)); err != nil {
		return &models.Error{Kind: models.KindMalformed, Key: "body.encoding"}
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := application.AskAgain(ctx, tx, c.Actor, id, in, words)
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
		if name, ok := complementFields[field]; ok {
			field = name
		}
		typed.Errors[field] = key
	}
	return c.complementAgain(http.StatusUnprocessableEntity, typed, "")
}

// request is what was typed, as the verbs take it.
func request(typed desk.ComplementForm) (application.RequestInput, map[models.ID]string, error) {
	in := application.RequestInput{Message: typed.Message, Fields: typed.Fields, DueOn: isoDate(typed.DueOn)}
	words := map[models.ID]string{}
	for _, piece := range typed.Pieces {
		requirement, err := uuid.Parse(piece)
		if err != nil {
			return in, words, &models.Error{Kind: models.KindMalformed, Key: "body.encoding"}
		}
		in.Requirements = append(in.Requirements, requirement)
		words[requirement] = typed.Words[piece]
	}
	return in, words, nil
}

// previewRequest draws the mail that would leave; none while its date is impossible.
func (c *Call) previewRequest(page *desk.ComplementPage) error {
	in, words, err := request(page.Ask)
	if err != nil {
		return err
	}
	letter, lang, err := application.PreviewRequest(c.verbContext(), c.Portal.DB, c.Actor, page.ID, in, words)
	var e *models.Error
	if errors.As(err, &e) && e.Kind == models.KindInvalid {
		page.BadDate = messages(e)["date"]
		return nil
	}
	if err != nil {
		return err
	}
	ctx, mail := c.Portal.renderer().RequestProof(c.Context(), lang, letter, c.Portal.DB.Zone)
	page.Subject, page.Letter = mail.Subject, within(ctx, viewsmail.Proof(mail))
	return nil
}

// complementFields are the fields of the page by those of the verb.
var complementFields = map[string]string{"message": desk.NameMessage, "demande": desk.NamePieces, "date": desk.NameDue}

func (c *Call) complementAgain(status int, typed desk.ComplementForm, banner string) error {
	page, err := c.complement()
	if err != nil {
		return err
	}
	page.Ask, page.Form.Banner = typed, banner
	if err := c.previewRequest(&page); err != nil {
		return err
	}
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
