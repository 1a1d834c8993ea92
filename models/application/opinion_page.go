package application

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/form"
	"passerelle/models/form/ident"
	"passerelle/models/mailbox"
)

// Consulted is what an expert sees of an application (P9.6): the question, and just
// the answers and pieces chosen. The applicant is named nowhere else.
type Consulted struct {
	Opinion   Opinion
	Reference string
	Kind      Kind
	Session   Session
	Answers   []form.Answer
	Pieces    []ConsultedPiece
}

// ConsultedPiece is a version shown to an expert; its file keeps its name to itself,
// which often names somebody.
type ConsultedPiece struct {
	Document models.ID
	Title    form.Text // of the requirement
	Side     form.Text // recto, verso; empty when it has none
	Place    int       // among several files, from 1; 0 when there is one
	Type     string
	Pages    int  // 0 when no image of it can be made
	Open     bool // false once something was found in it
}

// OpinionByToken shows the page of a link to whoever holds it, and writes that it was
// opened (P17.21); it changes nothing else, however often a mail scanner follows the
// link (P17.11). Behind a door that is not open only the course is left. An unknown
// token is not found.
func OpinionByToken(ctx context.Context, tx models.Tx, token string) (Consulted, Door, error) {
	link, err := opinionLink(ctx, tx, token)
	if err != nil {
		return Consulted{}, "", err
	}
	return consult(ctx, tx, models.Actor{Kind: models.ActorLink, Link: link.ID}, link.Subject, &link)
}

// OpinionByAccount shows a request to the signed-in person whose proven address was
// asked; to anyone else it is not found.
func OpinionByAccount(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Consulted, Door, error) {
	return consult(ctx, tx, by, id, nil)
}

// opinionLink reads a link without its lock: a page changes nothing.
func opinionLink(ctx context.Context, tx models.Tx, token string) (models.Link, error) {
	l := models.Link{Purpose: models.LinkOpinion}
	err := tx.PGX.QueryRow(ctx, `SELECT id, subject_id, email, created_at, expires_at, used_at, revoked_at FROM links
		WHERE token_hash = $1 AND purpose = $2`, models.Prepared, models.HashToken(token), string(models.LinkOpinion)).
		Scan(&l.ID, &l.Subject, &l.Email, &l.CreatedAt, &l.ExpiresAt, &l.UsedAt, &l.RevokedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return l, models.NotFound("link.unknown")
	}
	if err != nil {
		return l, fmt.Errorf("link: %w", err)
	}
	return l, nil
}

// consult reads what the expert may see; link is nil for a signed-in one.
func consult(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, link *models.Link) (Consulted, Door, error) {
	var c Consulted
	var o Opinion
	err := tx.PGX.QueryRow(ctx, `SELECT `+opinionColumns+opinionTables+`WHERE o.id = $1`, models.Prepared, id).Scan(o.fields()...)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && link == nil && !isExpert(by, o) {
		return c, "", models.NotFound("opinion.not_found")
	}
	if err != nil {
		return c, "", fmt.Errorf("opinion: %w", err)
	}
	a, err := scan(tx.PGX.QueryRow(ctx, `SELECT `+columns+tables+`WHERE a.id = $1`, models.Prepared, o.Application))
	if err != nil {
		return c, "", err
	}
	door := o.door(a, link, tx)
	if door != DoorOpen {
		given := Opinion{State: o.State, AnsweredAt: o.AnsweredAt}
		if link == nil {
			given.ID = o.ID
		}
		return Consulted{Opinion: given, Kind: a.Kind, Session: a.Session}, door, nil
	}
	c = Consulted{Opinion: o, Reference: a.Reference(), Kind: a.Kind, Session: a.Session}
	if err := c.read(ctx, tx, a); err != nil {
		return Consulted{}, "", err
	}
	return c, door, dossier.NoteReading(ctx, tx, by, a.ID, models.ID{}, dossier.ReadDossier)
}

// isExpert compares letter case apart, as for a line manager: a right needs the very
// address.
func isExpert(by models.Actor, o Opinion) bool {
	return by.SignedIn() && o.Email != "" && strings.EqualFold(by.Email, o.Email)
}

// over reports that the date of the answer has passed; the whole day counts (P18.11).
func (o Opinion) over(tx models.Tx) bool { return tx.Today().After(o.DueOn) }

func (o Opinion) door(a Application, link *models.Link, tx models.Tx) Door {
	switch {
	case o.State == OpinionGiven:
		return DoorAnswered
	case o.State != OpinionRequested || !a.opinable():
		return DoorClosed
	case link == nil && o.over(tx):
		return DoorClosed
	case link == nil:
		return DoorOpen
	case link.UsedAt != nil || link.RevokedAt != nil:
		return DoorClosed
	case link.Expired(tx.Now):
		return DoorExpired
	}
	return DoorOpen
}

// read fills the answers and pieces chosen.
func (c *Consulted) read(ctx context.Context, tx models.Tx, a Application) error {
	if len(c.Opinion.Fields) > 0 {
		sent, err := SubmissionOf(ctx, tx, a)
		if err != nil {
			return err
		}
		for _, one := range sent.Answers {
			if slices.Contains(c.Opinion.Fields, askable(one)) {
				c.Answers = append(c.Answers, one)
			}
		}
	}
	if len(c.Opinion.Documents) == 0 {
		return nil
	}
	all, err := dossier.Of(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	known, err := transmitted(ctx, tx, a)
	if err != nil {
		return err
	}
	for _, r := range all {
		for _, d := range slices.Concat(r.Documents, r.History) {
			if slices.Contains(c.Opinion.Documents, d.ID) {
				c.Pieces = append(c.Pieces, newConsultedPiece(r, d, known.opens(d)))
			}
		}
	}
	return nil
}

func newConsultedPiece(r dossier.Requirement, d dossier.Document, open bool) ConsultedPiece {
	p := ConsultedPiece{Document: d.ID, Title: r.Spec.Title, Type: d.File.Type, Pages: d.File.Pages, Open: open}
	switch {
	case d.Place <= len(r.Spec.Sides):
		p.Side = r.Spec.Sides[d.Place-1]
	case r.Spec.MaxFiles > 1:
		p.Place = d.Place
	}
	return p
}

// consultedBy finds the open request through which an actor may open a document that
// the service knows: the
// holder of a live link, or the signed-in person whose proven address was asked. The
// link is the one that carries the reading; none when there is no such request.
func consultedBy(ctx context.Context, tx models.Tx, by models.Actor, a Application, d dossier.Document) (bool, error) {
	if !a.opinable() || by.Kind != models.ActorLink && !by.SignedIn() {
		return false, nil
	}
	var found bool
	err := tx.PGX.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM opinions o WHERE o.application_id = $1 AND o.state = 'requested' AND $2 = ANY(o.documents)
			AND (o.email_key = nullif($3, '') AND lower(o.email) = lower($4) AND o.due_on >= $7
				OR EXISTS (SELECT FROM links l WHERE l.id = $5 AND l.purpose = 'opinion' AND l.subject_id = o.id
					AND l.used_at IS NULL AND l.revoked_at IS NULL AND l.expires_at > $6)))`, models.Prepared,
		a.ID, d.ID, ident.EmailKey(by.Email), by.Email, by.Link, tx.Now, tx.Today()).Scan(&found)
	if err != nil {
		return false, fmt.Errorf("opinion: %w", err)
	}
	return found, nil
}

// OpenConsulted is OpenDocument for the holder of an expert's link (P9.6): one of the
// pieces chosen, while the request is open. To anyone else it is not found.
func OpenConsulted(ctx context.Context, tx models.Tx, token string, document models.ID, r dossier.Reading) (dossier.Document, dossier.DataKey, error) {
	link, err := opinionLink(ctx, tx, token)
	if err != nil {
		return dossier.Document{}, dossier.DataKey{}, models.NotFound("document.not_found")
	}
	return OpenDocument(ctx, tx, models.Actor{Kind: models.ActorLink, Link: link.ID}, document, r)
}

// AdviceInput is what an expert answers.
type AdviceInput struct {
	Advice Advice
	Body   string
}

func (in AdviceInput) check() error {
	bad := []models.FieldError{}
	if !slices.Contains(Advices(), in.Advice) {
		bad = append(bad, models.FieldError{Field: "avis", Key: "opinion.advice_missing"})
	}
	switch n := utf8.RuneCountInString(in.Body); {
	case n == 0:
		bad = append(bad, models.FieldError{Field: "texte", Key: "opinion.body_missing"})
	case n > maxWords:
		bad = append(bad, models.FieldError{Field: "texte", Key: "opinion.body_long"})
	}
	if len(bad) > 0 {
		return models.Invalid("opinion.invalid", bad...)
	}
	return nil
}

// GiveOpinionByToken records the opinion of whoever holds the link (P17.11). A link
// that was revoked or has expired is gone. A signed-in actor with the same proven
// address answers with the strength of the account (P18.2).
func GiveOpinionByToken(ctx context.Context, tx models.Tx, by models.Actor, token string, in AdviceInput) error {
	link, err := opinionLink(ctx, tx, token)
	if err != nil {
		return err
	}
	a, o, err := lockOpinion(ctx, tx, models.Portal(), link.Subject)
	if err != nil {
		return err
	}
	if link, err = tx.LinkByToken(ctx, models.LinkOpinion, token); err != nil {
		return err
	}
	if !link.Live(tx.Now) && o.State == OpinionRequested {
		return models.Gone("opinion.link_over")
	}
	as, strength := models.Actor{Kind: models.ActorLink, Link: link.ID, Lang: by.Lang}, ByLink
	if isExpert(by, o) {
		as, strength = by, ByAccount
	}
	return giveOpinion(ctx, tx, as, a, o, in, strength)
}

// GiveOpinionByAccount records the opinion of the signed-in person whose proven address
// was asked, until its date as a link; to anyone else it is not found.
func GiveOpinionByAccount(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, in AdviceInput) error {
	a, o, err := lockOpinion(ctx, tx, models.Portal(), id)
	if err != nil {
		return err
	}
	if !isExpert(by, o) {
		return models.NotFound("opinion.not_found")
	}
	if o.State == OpinionRequested && o.over(tx) {
		return models.Gone("opinion.closed")
	}
	return giveOpinion(ctx, tx, by, a, o, in, ByAccount)
}

// giveOpinion writes it once; the same one again changes nothing, another one meets a
// conflict.
func giveOpinion(ctx context.Context, tx models.Tx, by models.Actor, a Application, o Opinion, in AdviceInput, s Strength) error {
	in.Body = strings.TrimSpace(in.Body)
	switch {
	case o.State == OpinionGiven && o.Advice == in.Advice && o.Body == in.Body:
		return nil
	case o.State == OpinionGiven:
		return models.Conflict("opinion.already_given", nil)
	case o.State != OpinionRequested || !a.opinable():
		return models.Gone("opinion.closed")
	}
	if err := in.check(); err != nil {
		return err
	}
	_, err := tx.PGX.Exec(ctx, `UPDATE opinions SET state = 'given', advice = $2, body = $3, answered_at = $4, strength = $5 WHERE id = $1`,
		models.Prepared, o.ID, string(in.Advice), in.Body, tx.Now, string(s))
	if err != nil {
		return fmt.Errorf("give opinion: %w", err)
	}
	if err := tx.RevokeLinks(ctx, models.LinkOpinion, o.ID); err != nil {
		return err
	}
	o.State, o.Advice, o.Body, o.Strength = OpinionGiven, in.Advice, in.Body, s
	if err := tellOpinion(ctx, tx, o); err != nil {
		return err
	}
	return recordOpinion(ctx, tx, by, o, "application.opinion_given")
}

// tellOpinion tells the officer who asked that the opinion is there; its words stay on
// the desk.
func tellOpinion(ctx context.Context, tx models.Tx, o Opinion) error {
	var email, lang string
	err := tx.PGX.QueryRow(ctx, `SELECT email, lang FROM accounts WHERE id = $1 AND state = 'active'`, models.Prepared, o.AskedBy).Scan(&email, &lang)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // whoever asked has left
	}
	if err != nil {
		return fmt.Errorf("tell opinion: %w", err)
	}
	return mailbox.Queue(ctx, tx, mailbox.Mail{Kind: mailbox.OpinionGiven, Recipient: email, Lang: lang, SubjectKind: mailbox.OfOpinion,
		SubjectID: o.ID, OnceKey: "opinion_given/" + o.ID.String()})
}

// RenewOpinionLink sends a new link to the very address of an expired one (P6.1), for
// whoever holds the expired link. A link sent since and still good is not doubled.
// Other links are gone.
func RenewOpinionLink(ctx context.Context, tx models.Tx, token string) error {
	link, err := opinionLink(ctx, tx, token)
	if err != nil {
		return err
	}
	a, o, err := lockOpinion(ctx, tx, models.Portal(), link.Subject)
	if err != nil {
		return err
	}
	if o.door(a, &link, tx) != DoorExpired || o.Email == "" {
		return models.Gone("opinion.link_over")
	}
	var live bool
	err = tx.PGX.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM links WHERE purpose = $1 AND subject_id = $2
		AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $3)`, models.Prepared, string(models.LinkOpinion), o.ID, tx.Now).Scan(&live)
	if err != nil || live {
		return err
	}
	until, err := tx.SettingUntil(ctx, "approval_link_days")
	if err != nil {
		return err
	}
	if err := sendOpinion(ctx, tx, o, until); err != nil {
		return err
	}
	return recordOpinion(ctx, tx, models.Actor{Kind: models.ActorLink, Link: link.ID}, o, "application.opinion_link_renewed")
}

// readOpinion reads what a mail about an opinion tells. A question taken back has
// nothing left to say.
func (l *Letter) readOpinion(ctx context.Context, tx models.Tx, id models.ID) error {
	var state OpinionState
	l.Applicant, l.Reason = "", "" // the expert is told no name
	err := tx.PGX.QueryRow(ctx, `SELECT o.name, o.question, o.due_on, o.state, coalesce(`+personName+`, '')`+opinionTables+`WHERE o.id = $1`,
		models.Prepared, id).Scan(&l.Expert, &l.Message, &l.DueOn, &state, &l.AskedBy)
	if err != nil {
		return fmt.Errorf("opinion of a mail: %w", err)
	}
	if state == OpinionRevoked {
		return models.NotFound("opinion.not_found")
	}
	return nil
}
