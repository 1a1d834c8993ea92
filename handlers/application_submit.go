package handlers

import (
	"context"
	"encoding/hex"
	"net/http"
	"strings"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/applications"
	"passerelle/views/paths"
)

// submitApplication sends an application; pressed twice, retried or replayed it
// gives the same receipt (P6.7).
func (p *Portal) submitApplication(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := application.Submit(ctx, tx, c.Actor, id, application.SubmitInput{Posted: c.Form()})
		return err
	})
	if err == nil {
		return c.to(paths.Receipt(id.String()))
	}
	return p.notSent(c, id, err)
}

// notSent shows the recapitulation again with what stands in the way, the
// acknowledgements kept as ticked.
func (p *Portal) notSent(c *Call, id models.ID, refusal error) error {
	if e, ok := asError(refusal, models.KindUnauthorised); ok && e.Key == "application.needs_account" {
		return p.needsAccount(c, id)
	}
	if e, ok := asError(refusal, models.KindInvalid); ok {
		if _, ours := e.Data.(application.Papers); ours {
			return p.recapAgain(c, id, http.StatusUnprocessableEntity)
		}
		if d, ours := e.Data.(application.Answers); ours {
			return p.drawStep(c, http.StatusUnprocessableEntity, shown{Answers: d, step: len(d.Form.Steps), missing: true, errors: true})
		}
	}
	if e, ok := asError(refusal, models.KindConflict); ok {
		if stale, ours := e.Data.(application.StaleRecap); ours {
			return p.drawStep(c, http.StatusConflict, shown{Answers: stale.Answers, step: len(stale.Form.Steps), stale: stale.Keys})
		}
		if _, ours := e.Data.(application.Session); ours {
			return p.recapAgain(c, id, http.StatusConflict)
		}
	}
	return p.moved(c, id, refusal)
}

// needsAccount keeps the ticks of a visitor and says that an account is needed.
func (p *Portal) needsAccount(c *Call, id models.ID) error {
	var d application.Saved
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		a, err := application.Open(ctx, tx, c.Actor, id)
		if err != nil {
			return err
		}
		if d, err = application.SaveStep(ctx, tx, c.Actor, id, application.SaveInput{Step: len(a.Form.Steps), Posted: c.Form()}); err != nil {
			return err
		}
		return d.Evaluate(ctx, tx, c.Actor)
	})
	if err != nil {
		return p.moved(c, id, err)
	}
	c.recognise()
	switch lower(c.Value(applications.NameGo)) {
	case applications.GoAccount: // the draft is marked at this page: opening the account leads back to it
		return c.to(paths.SignUp())
	case applications.GoSignIn:
		return c.to(paths.SignIn(paths.Step(id.String(), len(d.Form.Steps))))
	}
	return p.drawStep(c, http.StatusUnauthorized, shown{Answers: d.Answers, step: len(d.Form.Steps)})
}

func (p *Portal) recapAgain(c *Call, id models.ID, status int) error {
	var d application.Answers
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		d, err = application.Open(ctx, tx, c.Actor, id)
		return err
	})
	if err != nil {
		return p.moved(c, id, err)
	}
	return p.drawStep(c, status, shown{Answers: d, step: len(d.Form.Steps)})
}

// showReceipt is the receipt of what was sent (P18.14), to the applicant alone.
func (p *Portal) showReceipt(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var page applications.ReceiptPage
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		card, err := application.CardOf(ctx, tx, c.Actor, id)
		if err != nil {
			return err
		}
		sent, err := application.SubmissionOf(ctx, tx, card.Application)
		if err != nil {
			return err
		}
		page, err = p.receiptView(ctx, tx, c, card, sent)
		return err
	})
	if err != nil {
		return p.orSignIn(c, id, err)
	}
	c.noStore()
	return c.Render(applications.Receipt(page))
}

func (p *Portal) receiptView(ctx context.Context, tx models.Tx, c *Call, card application.Card, sent application.Submission) (applications.ReceiptPage, error) {
	c.about(card.Kind)
	view := p.cardView(card)
	page := applications.ReceiptPage{ID: card.ID.String(), Number: card.Reference(), Session: view.Session, Name: card.ApplicantName,
		At: p.moment(sent.At), Seconds: sent.At.Format("05"), Email: c.Actor.Email, Fingerprint: groups(hex.EncodeToString(sent.Sum[:8])),
		Service: p.Operator.Name, Contact: p.Operator.Contact, DecisionOn: view.DecisionOn, Waiting: !view.Over() && !view.Mine(),
		Crossing: view.Crossing(c.Context()), MailsWait: !p.MailConfigured && !p.Demo}
	if view.Session.Institution != "" {
		page.Service = view.Session.Institution
	}
	if view.Turn == string(application.TurnManager) {
		page.Approver = view.Approver
	}
	page.Again = sent.Corrected
	var err error
	if page.Pieces, err = sentPieces(ctx, tx, c, card.Application, sent); err != nil {
		return page, err
	}
	if page.Silence, err = tx.SettingValue(ctx, "receipt_silence"); err != nil {
		return page, err
	}
	page.Reminder, err = tx.SettingInt(ctx, "approval_reminder_days")
	return page, err
}

// sentPieces are the documents of what was sent, with the fingerprints of their
// content (P18.14).
func sentPieces(ctx context.Context, tx models.Tx, c *Call, a application.Application, sent application.Submission) ([]applications.SentPiece, error) {
	pieces, err := sent.Pieces(ctx, tx, a)
	out := make([]applications.SentPiece, len(pieces))
	for i, d := range pieces {
		f := d.Document.File
		out[i] = applications.SentPiece{Title: d.Requirement.Title.In(string(c.Lang)), Name: f.Name, Bytes: f.Bytes, Sum: hex.EncodeToString(f.SHA256[:]),
			Href: paths.DocumentPreview(d.Document.ID.String())}
	}
	return out, err
}

// groups writes a fingerprint in groups of four.
func groups(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i += 4 {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s[i:min(i+4, len(s))])
	}
	return b.String()
}
