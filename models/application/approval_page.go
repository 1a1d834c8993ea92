package application

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/form"
	"passerelle/models/form/ident"
)

// Request is what a line manager may see of an application (P18.2): never birth
// date, home address, personal phone or identifiers.
type Request struct {
	Approval  Approval
	Reference string
	Applicant string
	Job       string
	Service   string
	Employer  string
	Session   Session
	Why       string    // motivation, in the person's words
	Hopes     string    // attentes
	AnswerBy  time.Time // civil date before which the answer is useful
	State     State     // of the application, told no further than the applicant knows
}

// Door says what a link of a mail still opens.
type Door string

// The doors.
const (
	DoorOpen     Door = "open"     // the request, and its answers
	DoorAnswered Door = "answered" // the answer given; nothing personal any more
	DoorExpired  Door = "expired"  // a new link can be sent to the same address
	DoorClosed   Door = "closed"   // replaced, revoked, or the application ended
)

// ApprovalByToken shows the page of a link, for whoever holds it. It changes
// nothing, however often a mail scanner follows the link (P17.11). Behind a
// door that is not open only course and answer are left. An unknown token is
// not found.
func ApprovalByToken(ctx context.Context, tx models.Tx, token string) (Request, Door, error) {
	link, err := linkByToken(ctx, tx, token)
	if err != nil {
		return Request{}, "", err
	}
	r, err := requestByID(ctx, tx, link.Subject)
	if err != nil {
		return r, "", err
	}
	door := doorOf(r, link, tx.Now)
	if door != DoorOpen {
		r = Request{Approval: Approval{State: r.Approval.State, AnsweredAt: r.Approval.AnsweredAt}, Session: r.Session}
	}
	return r, door, nil
}

func doorOf(r Request, link models.Link, now time.Time) Door {
	switch {
	case r.Approval.State.Answered():
		return DoorAnswered
	case !r.Approval.State.Open() || r.State != AwaitingApproval || link.RevokedAt != nil || link.UsedAt != nil:
		return DoorClosed
	case link.Expired(now):
		return DoorExpired
	}
	return DoorOpen
}

// linkByToken reads a link without its lock: a page changes nothing.
func linkByToken(ctx context.Context, tx models.Tx, token string) (models.Link, error) {
	l := models.Link{Purpose: models.LinkApprove}
	err := tx.PGX.QueryRow(ctx, `SELECT id, subject_id, email, created_at, expires_at, used_at, revoked_at FROM links
		WHERE token_hash = $1 AND purpose = $2`, models.Prepared, models.HashToken(token), string(models.LinkApprove)).
		Scan(&l.ID, &l.Subject, &l.Email, &l.CreatedAt, &l.ExpiresAt, &l.UsedAt, &l.RevokedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return l, models.NotFound("link.unknown")
	}
	if err != nil {
		return l, fmt.Errorf("link: %w", err)
	}
	return l, nil
}

func approvalOfToken(ctx context.Context, tx models.Tx, token string) (models.ID, error) {
	link, err := linkByToken(ctx, tx, token)
	return link.Subject, err
}

// ApprovalByAccount shows a request to the signed-in person whose proven
// address was asked (P18.2); to anyone else it is not found.
func ApprovalByAccount(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Request, error) {
	r, err := requestByID(ctx, tx, id)
	if err == nil && !sameAddress(by, r.Approval) {
		return Request{}, models.NotFound("approval.not_found")
	}
	return r, err
}

// MyApprovals lists the requests sent to the actor's proven address, those that
// wait first, then by answer (Mes validations, P18.2).
func MyApprovals(ctx context.Context, tx models.Tx, by models.Actor) ([]Request, error) {
	if !by.SignedIn() {
		return nil, models.NotFound("page.not_found")
	}
	rows, err := tx.PGX.Query(ctx, requestQuery+`WHERE p.email_key = $1 AND lower(p.email) = lower($2)
		AND p.state IN ('requested', 'stuck', 'approved', 'refused', 'not_my_staff')
		ORDER BY p.answered_at DESC NULLS FIRST, p.requested_at LIMIT 200`, models.Prepared, ident.EmailKey(by.Email), by.Email)
	if err != nil {
		return nil, fmt.Errorf("my approvals: %w", err)
	}
	return collectRequests(ctx, tx, rows)
}

// ApprovalsWaiting counts the requests that wait for the actor's answer.
func ApprovalsWaiting(ctx context.Context, tx models.Tx, by models.Actor) (int, error) {
	n := 0
	if !by.SignedIn() {
		return 0, nil
	}
	err := tx.PGX.QueryRow(ctx, `SELECT count(*) FROM approvals p JOIN applications a ON a.id = p.application_id
		WHERE p.email_key = $1 AND lower(p.email) = lower($2) AND p.state IN ('requested', 'stuck') AND a.state = 'awaiting_approval'`,
		models.Prepared, ident.EmailKey(by.Email), by.Email).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("approvals waiting: %w", err)
	}
	return n, nil
}

// WasAsked reports that the actor was ever asked as a line manager, answered or
// not: they have a page of validations (P18.2).
func WasAsked(ctx context.Context, tx models.Tx, by models.Actor) (bool, error) {
	asked := false
	if !by.SignedIn() {
		return false, nil
	}
	err := tx.PGX.QueryRow(ctx, `SELECT EXISTS (SELECT FROM approvals p WHERE p.email_key = $1 AND lower(p.email) = lower($2))`,
		models.Prepared, ident.EmailKey(by.Email), by.Email).Scan(&asked)
	if err != nil {
		return false, fmt.Errorf("approver: %w", err)
	}
	return asked, nil
}

const requestQuery = `SELECT ` + columns + `, ` + approvalColumns + `, u.answers FROM approvals p
	JOIN applications a ON a.id = p.application_id JOIN sessions s ON s.id = a.session_id ` + offerings + `
	JOIN submissions u ON u.application_id = a.id `

func requestByID(ctx context.Context, tx models.Tx, id models.ID) (Request, error) {
	rows, err := tx.PGX.Query(ctx, requestQuery+`WHERE p.id = $1`, models.Prepared, id)
	if err != nil {
		return Request{}, fmt.Errorf("approval: %w", err)
	}
	list, err := collectRequests(ctx, tx, rows)
	if err != nil {
		return Request{}, err
	}
	if len(list) == 0 {
		return Request{}, models.NotFound("approval.not_found")
	}
	return list[0], nil
}

func requestOf(ctx context.Context, tx models.Tx, _ Application, p Approval) (Request, error) {
	return requestByID(ctx, tx, p.ID)
}

func collectRequests(ctx context.Context, tx models.Tx, rows pgx.Rows) ([]Request, error) {
	list := []Request{}
	defer rows.Close()
	for rows.Next() {
		var a Application
		var p Approval
		var text string
		if err := rows.Scan(append(append(a.fields(), p.fields()...), &text)...); err != nil {
			return nil, fmt.Errorf("approvals: %w", err)
		}
		snap, err := decodeSnapshot(text)
		if err != nil {
			return nil, err
		}
		list = append(list, newRequest(a, p, snap.ForManager()))
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("approvals: %w", err)
	}
	before, err := tx.SettingInt(ctx, "decision_before_days")
	for i := range list {
		list[i].AnswerBy = answerBy(list[i].Session.ReleaseOn(before), list[i].Session.StartsOn, tx.Today())
	}
	return list, err
}

// answerBy is the one date that pages and mails give to a line manager (P6.1):
// that of the decisions; once it is past, the eve of the session.
func answerBy(release, starts, today time.Time) time.Time {
	if release.Before(today) {
		return starts.AddDate(0, 0, -1)
	}
	return release
}

// newRequest keeps the few answers that a line manager needs to decide.
func newRequest(a Application, p Approval, s form.Snapshot) Request {
	employer := s.Value("employer.name")
	if employer == "" {
		employer = s.Value("employer_private.name")
	}
	return Request{Approval: p, Reference: a.Reference(), Applicant: a.ApplicantName, Job: s.Value("job_title"),
		Service: s.Value("department"), Employer: employer, Session: a.Session, Why: s.Value("why_now"), Hopes: s.Value("expectations"),
		State: a.State}
}

// ReleaseOn is the civil date on which decisions of the session are told (P6.1):
// its own, or a number of days before the start.
func (s Session) ReleaseOn(daysBefore int) time.Time {
	if s.DecisionOn != nil {
		return *s.DecisionOn
	}
	return s.StartsOn.AddDate(0, 0, -daysBefore)
}
