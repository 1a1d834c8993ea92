package application

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/mailbox"
)

// Answer is what a line manager can say.
type Answer string

// The answers.
const (
	Approve    Answer = "approve"      // accord
	Deny       Answer = "refuse"       // refus, with its reason
	NotMyStaff Answer = "not_my_staff" // « cette personne n'est pas dans mon équipe »
)

// AnswerInput is a line manager's answer.
type AnswerInput struct {
	Answer Answer
	Reason string // required to refuse, told to the applicant
}

// AnswerByToken records the answer of whoever holds the link of the mail
// (P17.11). A link that was used, revoked or has expired is gone. A signed-in
// actor with the same proven address answers with the strength of the account.
func AnswerByToken(ctx context.Context, tx models.Tx, by models.Actor, token string, in AnswerInput) (Request, error) {
	id, err := approvalOfToken(ctx, tx, token)
	if err != nil {
		return Request{}, err
	}
	a, p, err := lockApproval(ctx, tx, id)
	if err != nil {
		return Request{}, err
	}
	link, err := tx.LinkByToken(ctx, models.LinkApprove, token)
	if err != nil {
		return Request{}, err
	}
	if !link.Live(tx.Now) && p.State.Open() {
		return Request{}, models.Gone("approval.link_over")
	}
	as, strength := models.Actor{Kind: models.ActorLink, Link: link.ID, Lang: by.Lang}, ByLink
	if sameAddress(by, p) {
		as, strength = by, ByAccount
	}
	return answer(ctx, tx, as, a, p, in, strength)
}

// AnswerByAccount records the answer of a signed-in person whose proven address
// is the one asked (Mes validations, P18.2); to anyone else it is not found.
func AnswerByAccount(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, in AnswerInput) (Request, error) {
	a, p, err := lockApproval(ctx, tx, id)
	if err != nil {
		return Request{}, err
	}
	if !sameAddress(by, p) {
		return Request{}, models.NotFound("approval.not_found")
	}
	return answer(ctx, tx, by, a, p, in, ByAccount)
}

// sameAddress compares letter case apart: a right needs the very address, not
// one that probably reaches the same person.
func sameAddress(by models.Actor, p Approval) bool {
	return by.SignedIn() && p.Email != "" && strings.EqualFold(by.Email, p.Email)
}

// lockApproval takes the application's lock, then the request's.
func lockApproval(ctx context.Context, tx models.Tx, id models.ID) (Application, Approval, error) {
	var application models.ID
	err := tx.PGX.QueryRow(ctx, `SELECT application_id FROM approvals WHERE id = $1`, models.Prepared, id).Scan(&application)
	if errors.Is(err, pgx.ErrNoRows) {
		return Application{}, Approval{}, models.NotFound("approval.not_found")
	}
	if err != nil {
		return Application{}, Approval{}, fmt.Errorf("approval: %w", err)
	}
	a, err := lock(ctx, tx, models.Portal(), application)
	if err != nil {
		return a, Approval{}, err
	}
	var p Approval
	err = tx.PGX.QueryRow(ctx, `SELECT `+approvalColumns+` FROM approvals p WHERE p.id = $1 FOR UPDATE`, models.Prepared, id).Scan(p.fields()...)
	if err != nil {
		return a, p, fmt.Errorf("approval: %w", err)
	}
	return a, p, nil
}

// maxReason bounds a line manager's reason, in characters.
const maxReason = 2000

func (in AnswerInput) check() error {
	switch {
	case in.Answer != Approve && in.Answer != Deny && in.Answer != NotMyStaff:
		return models.Invalid("approval.invalid", models.FieldError{Field: "reponse", Key: "approval.answer_missing"})
	case in.Answer == Deny && in.Reason == "":
		return models.Invalid("approval.invalid", models.FieldError{Field: "motif", Key: "approval.reason_missing"})
	case utf8.RuneCountInString(in.Reason) > maxReason:
		return models.Invalid("approval.invalid", models.FieldError{Field: "motif", Key: "approval.reason_long"})
	}
	return nil
}

// answer writes the answer once: a second one meets a conflict that carries
// what was answered, the same one again changes nothing.
func answer(ctx context.Context, tx models.Tx, by models.Actor, a Application, p Approval, in AnswerInput, s Strength) (Request, error) {
	in.Reason = strings.TrimSpace(in.Reason)
	if p.State.Answered() {
		r, err := requestOf(ctx, tx, a, p)
		if err == nil && p.State != in.Answer.state() {
			err = models.Conflict("approval.answered", r)
		}
		return r, err
	}
	if !p.State.Open() || a.State != AwaitingApproval {
		return Request{}, models.Gone("approval.closed")
	}
	if err := in.check(); err != nil {
		return Request{}, err
	}
	_, err := tx.PGX.Exec(ctx, `UPDATE approvals SET state = $2, reason = $3, answered_at = $4, strength = $5 WHERE id = $1`,
		models.Prepared, p.ID, string(in.Answer.state()), in.Reason, tx.Now, string(s))
	if err != nil {
		return Request{}, fmt.Errorf("answer: %w", err)
	}
	if err := tx.RevokeLinks(ctx, models.LinkApprove, p.ID); err != nil {
		return Request{}, err
	}
	at := tx.Now
	p.State, p.Reason, p.AnsweredAt, p.Strength = in.Answer.state(), in.Reason, &at, s
	if err := follow(ctx, tx, by, &a, p, in); err != nil {
		return Request{}, err
	}
	return requestOf(ctx, tx, a, p)
}

func (a Answer) state() ApprovalState {
	switch a {
	case Approve:
		return ApprovalGiven
	case Deny:
		return ApprovalDenied
	}
	return ApprovalNotMyStaff
}

// follow moves the application after an answer, and tells the applicant of what
// they must know at once.
func follow(ctx context.Context, tx models.Tx, by models.Actor, a *Application, p Approval, in AnswerInput) error {
	data := map[string]any{"approval": p.ID, "strength": p.Strength}
	switch in.Answer {
	case Approve:
		return fire(ctx, tx, by, a, EventApprove, Firing{Reason: in.Reason, Data: data})
	case Deny:
		if err := fire(ctx, tx, by, a, EventRefuseApproval, Firing{Reason: in.Reason, Data: data, Cause: "approval_refused"}); err != nil {
			return err
		}
		return tellApplicant(ctx, tx, *a, mailbox.ApprovalRefused, "approval_refused/"+p.ID.String())
	}
	err := tx.Record(ctx, by, models.Event{Kind: "application.not_my_staff", SubjectKind: "application", SubjectID: a.ID,
		Reason: in.Reason, Data: data})
	if err != nil {
		return err
	}
	return tellApplicant(ctx, tx, *a, mailbox.ApprovalNotMyStaff, "approval_not_my_staff/"+p.ID.String())
}

// tellApplicant queues a mail about the application to its account.
func tellApplicant(ctx context.Context, tx models.Tx, a Application, kind mailbox.Kind, once string) error {
	to, err := applicant(ctx, tx, a)
	if err != nil {
		return err
	}
	return mailbox.Queue(ctx, tx, mailbox.Mail{Kind: kind, Recipient: to.email, Lang: to.lang,
		SubjectKind: mailbox.OfApplication, SubjectID: a.ID, OnceKey: once})
}
