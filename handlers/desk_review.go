package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/views/desk"
	"passerelle/views/paths"
)

// RemarkObject is a remark pinned on a document, the business of officers in scope.
const RemarkObject Object = "remark"

// piecesTarget is the id of the list of pieces, asked for alone by the script.
const piecesTarget = "r-pieces"

// aheadHeader says that the script reads the next dossier before it is asked for.
const aheadHeader = "Passerelle-Ahead"

// showReview shows the documents of one application to its officer: the page,
// its panes for the script, or the list of pieces alone (P7.6, P17.7).
func (p *Portal) showReview(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	page, err := c.review(id)
	if err != nil {
		return err
	}
	if !c.Partial() || c.Target() != piecesTarget {
		c.plain(&page)
	}
	page.Help = c.Query(desk.NameHelp) != ""
	page.Done = c.Query("fait")
	return c.showPanes(http.StatusOK, page)
}

// review reads an application for the review desk, and what the address says
// of where one is.
func (c *Call) review(id models.ID) (desk.ReviewPage, error) {
	q := c.query()
	page := desk.ReviewPage{Clock: c.clock(), Filter: desk.Filter(q), Place: desk.Place(q), Me: c.Actor.Account, At: q.Get(desk.NamePiece)}
	page.Filter.Page = 0 // here it is the page of a document
	page.Page, _ = strconv.Atoi(q.Get(desk.NamePage))
	page.Beside, _ = strconv.Atoi(q.Get(desk.NameBeside))
	page.Zoom, _ = strconv.Atoi(q.Get(desk.NameZoom))
	page.Turn, _ = strconv.Atoi(q.Get(desk.NameTurn))
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		r, err := application.OpenReview(ctx, tx, c.Actor, id)
		if err != nil {
			return err
		}
		page.Read(ctx, r)
		if c.Get(aheadHeader) != "" {
			if err := application.StepAside(ctx, tx, c.Actor, id); err != nil {
				return err
			}
		}
		if page.Place < 0 {
			return nil
		}
		around, err := application.Neighbours(ctx, tx, c.Actor, page.Filter, page.Place, id)
		page.Before, page.After, page.Gone = around.Before, around.After, around.Gone
		return err
	})
	c.about(page.Kind)
	page.Own = page.Person == c.Actor.Person
	page.Paged = c.Portal.Documents.Paged
	return page, err
}

// plain reads the words of a piece that is text and nothing else; without them
// the piece is only downloaded.
func (c *Call) plain(page *desk.ReviewPage) {
	d, ok := page.Current()
	if kind, _, _ := strings.Cut(d.File.Type, ";"); !ok || kind != "text/plain" && kind != "text/html" && kind != "application/rtf" && kind != "text/rtf" {
		return
	}
	var key dossier.DataKey
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		d, key, err = application.OpenDocument(ctx, tx, c.Actor, d.ID, dossier.ReadInline)
		return err
	})
	if err != nil {
		return
	}
	if text, err := c.Portal.Documents.Text(c.UserContext(), d.File, key, 1); err == nil {
		page.Plain, page.Cut = text.Plain, text.Cut
	}
}

// showPanes answers with the page, or with what the script replaces.
func (c *Call) showPanes(status int, page desk.ReviewPage) error {
	switch {
	case !c.Partial():
		return c.RenderStatus(status, desk.Review(page))
	case c.Target() == piecesTarget && status == http.StatusOK:
		return c.RenderStatus(status, desk.ReviewPieces(page))
	}
	return c.RenderStatus(status, desk.ReviewMain(page))
}

// giveVerdict judges a version of a document (P7.6). The next piece to judge
// follows; refused by field, or judged by a colleague meanwhile, the same piece
// comes back with every word kept (422, 409, P9.5).
func (p *Portal) giveVerdict(c *Call) error {
	in := application.VerdictInput{Kind: dossier.VerdictKind(c.Value(desk.NameVerdict)), Message: c.Text(desk.NameMessage), ValidUntil: isoDate(c.Text(desk.NameValid))}
	in.SeenVerdict, _ = uuid.Parse(c.Value(desk.NameSeenVerdict))
	if in.Kind == dossier.Rejected {
		in.Reason = c.verdictForm(nil).Chosen()
	}
	if in.Kind != dossier.Valid {
		in.ValidUntil = ""
	}
	return c.judge("avis", func(ctx context.Context, tx models.Tx, document models.ID) error {
		_, err := application.GiveVerdict(ctx, tx, c.Actor, document, in)
		return err
	})
}

// undoVerdict takes a verdict back.
func (p *Portal) undoVerdict(c *Call) error {
	seen, _ := uuid.Parse(c.Value(desk.NameSeenVerdict))
	return c.judge("annule", func(ctx context.Context, tx models.Tx, document models.ID) error {
		return application.UndoVerdict(ctx, tx, c.Actor, document, seen)
	})
}

// setMatch notes that an answer agrees with a document or differs from it.
func (p *Portal) setMatch(c *Call) error {
	field, agrees, ok := desk.Agreement(c.Value(desk.NameAgrees))
	if !ok {
		return &models.Error{Kind: models.KindMalformed, Key: "body.encoding"}
	}
	note := &agrees
	if c.Value(desk.NameForget) != "" {
		note = nil
	}
	return c.judge("concordance", func(ctx context.Context, tx models.Tx, document models.ID) error {
		return application.SetMatch(ctx, tx, c.Actor, document, field, note)
	})
}

// addRemark pins a remark to a page (P17.7).
func (p *Portal) addRemark(c *Call) error {
	in := c.remarkInput()
	return c.judge("remarque", func(ctx context.Context, tx models.Tx, document models.ID) error {
		_, err := application.AddRemark(ctx, tx, c.Actor, document, in)
		return err
	})
}

// changeRemark changes the words of one's own remark.
func (p *Portal) changeRemark(c *Call) error {
	in := c.remarkInput()
	return c.judge("remarque", func(ctx context.Context, tx models.Tx, remark models.ID) error {
		_, err := application.ChangeRemark(ctx, tx, c.Actor, remark, in)
		return err
	})
}

// removeRemark takes one's own remark away.
func (p *Portal) removeRemark(c *Call) error {
	return c.judge("retrait", func(ctx context.Context, tx models.Tx, remark models.ID) error {
		return application.RemoveRemark(ctx, tx, c.Actor, remark)
	})
}

// remarkInput reads a remark: its place in figures, or in words without a
// script.
func (c *Call) remarkInput() application.RemarkInput {
	in := application.RemarkInput{Body: c.Text(desk.NameBody), Visible: c.Value(desk.NameVisible) != ""}
	in.Page, _ = strconv.Atoi(c.Value(desk.NamePage))
	fraction := func(name string) float64 {
		f, err := strconv.ParseFloat(c.Value(name), 64)
		if err != nil {
			return -1
		}
		return f
	}
	if c.Value(desk.NameX) == "" {
		in.X, in.Y = desk.Spot(c.Value(desk.NameSpot))
		return in
	}
	in.X, in.Y, in.Width, in.Height = fraction(desk.NameX), fraction(desk.NameY), fraction(desk.NameWidth), fraction(desk.NameHeight)
	return in
}

// judge runs a verb on the document, or remark, of the address, then leads back
// to the review: to the next piece after a verdict, else where one was.
func (c *Call) judge(done string, verb func(context.Context, models.Tx, models.ID) error) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	if err := c.InTx(func(ctx context.Context, tx models.Tx) error { return verb(ctx, tx, id) }); err != nil {
		return c.judgedAgain(id, err)
	}
	dossier, err := uuid.Parse(c.Query(desk.NameOf))
	if err != nil {
		return c.SeeOther(paths.Desk()) // an address that no page of ours writes
	}
	if c.Partial() {
		page, err := c.review(dossier)
		if err != nil {
			return err
		}
		return c.showPanes(http.StatusOK, page)
	}
	return c.onward(dossier, done)
}

// onward is where a browser without a script goes after a word on a piece.
func (c *Call) onward(id models.ID, done string) error {
	at, page := c.Query(desk.NamePiece), c.Query(desk.NamePage)
	if done == "avis" {
		review, err := c.review(id)
		if err != nil {
			return err
		}
		if next := review.NextPiece(); next == at {
			done = "tout"
		} else {
			at, page = next, ""
		}
	}
	return c.SeeOther(c.inList(paths.DeskReview(id.String()), desk.NamePiece, at, desk.NamePage, page, "fait", done))
}

// judgedAgain shows a refused word on a piece, with everything that was typed.
func (c *Call) judgedAgain(object models.ID, err error) error {
	var e *models.Error
	if !errors.As(err, &e) || e.Kind != models.KindInvalid && e.Kind != models.KindConflict {
		return err
	}
	id, bad := uuid.Parse(c.Query(desk.NameOf))
	if bad != nil {
		return err
	}
	page, err := c.review(id)
	if err != nil {
		return err
	}
	status := http.StatusUnprocessableEntity
	page.Form = c.verdictForm(e)
	if strings.HasPrefix(c.Route.Path, "/bureau/remarques/") {
		page.Remark.ID = object
	}
	if c.Form().Has(desk.NameBody) {
		page.Remark.Body, page.Remark.Error = c.Value(desk.NameBody), messages(e)["remarque"]
	}
	if e.Kind == models.KindConflict {
		status = http.StatusConflict
		page.Conflict = c.reviewConflict(e)
		if page.Conflict != nil && page.Conflict.Live != nil {
			if key := page.PieceOf(page.Conflict.Live.ID); key != "" {
				page.At = key
			}
		}
	}
	return c.showPanes(status, page)
}

// verdictForm is what was typed, with what the verb said of it.
func (c *Call) verdictForm(e *models.Error) desk.VerdictForm {
	f := desk.VerdictForm{Kind: c.Value(desk.NameVerdict), Reason: c.Text(desk.NameReason), Free: c.Text(desk.NameFree), Message: c.Text(desk.NameMessage),
		ValidUntil: c.Text(desk.NameValid), Errors: map[string]string{}, Sent: c.Form().Has(desk.NameVerdict)}
	if e == nil {
		return f
	}
	f.Banner = e.Key
	for field, key := range messages(e) {
		switch {
		case field == "message", field == "motif" && f.Kind == string(dossier.ToComplete):
			field = desk.NameMessage
		case field == "remarque":
			continue
		}
		f.Errors[field] = key
	}
	return f
}

// reviewConflict is what a colleague or the applicant changed meanwhile (P9.5),
// nil when it is something else that refuses.
func (c *Call) reviewConflict(e *models.Error) *desk.ReviewConflict {
	moved, ok := e.Data.(application.VerdictConflict)
	if !ok || e.Key != "desk.document_replaced" && e.Key != "desk.verdict_changed" {
		return nil
	}
	conflict := &desk.ReviewConflict{Live: moved.Live}
	if e.Key == "desk.verdict_changed" {
		conflict.Verdict = moved.Verdict
	}
	return conflict
}

// isoDate turns a date in figures, as a French form takes it, into the one of
// the verbs; what is no date goes on as typed, to be refused.
func isoDate(typed string) string {
	for _, layout := range []string{"2/1/2006", "2.1.2006", "2-1-2006", time.DateOnly} {
		if day, err := time.Parse(layout, typed); err == nil {
			return day.Format(time.DateOnly)
		}
	}
	return typed
}
