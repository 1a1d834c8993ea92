package application

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/mailbox"
)

// InformationRequest is a request for information (demande de complément, P9.3):
// just these answers and documents are open to the applicant until a date (P17.8).
type InformationRequest struct {
	ID            models.ID
	Application   models.ID
	Message       string
	Fields        []string    // ids of questions, or of repeated blocks
	Requirements  []models.ID // documents asked again
	AskedAt       time.Time
	AskedBy       models.ID
	AskedByName   string
	DueOn         time.Time // civil date, whole
	RemindedAt    *time.Time
	AnsweredAt    *time.Time
	ClosedAt      *time.Time
	ChangedFields []string    // questions whose answer differs in what was sent again
	Changed       []models.ID // requirements whose versions in force differ
}

// Asks reports a requirement that the request names.
func (r InformationRequest) Asks(requirement models.ID) bool {
	return slices.Contains(r.Requirements, requirement)
}

// renewed reports that what was asked at a requirement was given: a version not yet
// sent, beside which nothing refused or to complete still stands, or the word that the
// person is not concerned, said since.
func (q InformationRequest) renewed(r dossier.Requirement, known sentVersions) bool {
	if r.NotApplicable != nil {
		return !r.NotApplicable.Before(q.AskedAt)
	}
	fresh := false
	for _, d := range r.Live() {
		if d.Verdict != nil && d.Verdict.Kind != dossier.Valid {
			return false
		}
		fresh = fresh || !known.has(d)
	}
	return fresh
}

// RequestInput is what the officer asks.
type RequestInput struct {
	Message      string
	Fields       []string
	Requirements []models.ID
	DueOn        string // AAAA-MM-JJ; information_days from today when empty
	Version      int    // of the application as the officer saw it
}

// RequestConflict is the Data of a request refused because the application is no
// longer what the officer saw (P9.5); what they typed is kept.
type RequestConflict struct {
	Application Application
	Request     *InformationRequest // in force, if any
	Typed       RequestInput
}

// The latest date that can be set for an answer, in days.
const longestDelay = 366

// RequestInformation asks the applicant for answers and documents: the application
// waits for them, just these are open (P17.8), and one mail says so (P9.3). For
// officers whose scope covers it; the same request sent twice is one. Refused:
// KindInvalid by field; a conflict with RequestConflict when the application moved on,
// is decided already or is the officer's own.
func RequestInformation(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, in RequestInput) (InformationRequest, error) {
	a, err := lockReviewedPapers(ctx, tx, by, id)
	if err != nil {
		return InformationRequest{}, err
	}
	open, err := openRequest(ctx, tx, a)
	if err != nil {
		return InformationRequest{}, err
	}
	in.Message = strings.TrimSpace(in.Message)
	if open != nil && open.AskedBy == by.Account && a.Version == in.Version+1 && open.Message == in.Message {
		return *open, nil
	}
	refuse := func(key string) error {
		return models.Conflict(key, RequestConflict{Application: a, Request: open, Typed: in})
	}
	switch {
	case a.Person == by.Person:
		return InformationRequest{}, refuse("desk.own_application")
	case a.State != UnderReview, a.Version != in.Version:
		return InformationRequest{}, refuse("desk.moved_on")
	case a.Verdict != "" && Verdict(a.Verdict) != VerdictOnHold:
		return InformationRequest{}, refuse("desk.already_decided")
	}
	r, err := in.request(ctx, tx, a)
	if err != nil {
		return InformationRequest{}, err
	}
	r.AskedBy, r.AskedByName = by.Account, by.Name
	return r, ask(ctx, tx, by, a, r)
}

// request checks what is asked against the application.
func (in RequestInput) request(ctx context.Context, tx models.Tx, a Application) (InformationRequest, error) {
	r := InformationRequest{ID: tx.NewID(), Application: a.ID, Message: in.Message, AskedAt: tx.Now,
		Fields: compact(in.Fields, strings.Compare), Requirements: compact(in.Requirements, compareIDs)}
	bad := []models.FieldError{}
	switch {
	case in.Message == "":
		bad = append(bad, models.FieldError{Field: "message", Key: "desk.message_missing"})
	case utf8.RuneCountInString(in.Message) > maxWords:
		bad = append(bad, models.FieldError{Field: "message", Key: "desk.too_long"})
	}
	if len(r.Fields)+len(r.Requirements) == 0 {
		bad = append(bad, models.FieldError{Field: "demande", Key: "desk.nothing_asked"})
	}
	var key string
	var err error
	if r.DueOn, key, err = in.due(ctx, tx); err != nil {
		return r, err
	}
	if key != "" {
		bad = append(bad, models.FieldError{Field: "date", Key: key})
	}
	known, err := in.known(ctx, tx, a)
	if err != nil {
		return r, err
	}
	if !known {
		bad = append(bad, models.FieldError{Field: "demande", Key: "desk.unknown_piece"})
	}
	if len(bad) > 0 {
		return r, models.Invalid("desk.request_invalid", bad...)
	}
	return r, nil
}

func (in RequestInput) due(ctx context.Context, tx models.Tx) (day time.Time, key string, err error) {
	if in.DueOn == "" {
		days, err := tx.SettingInt(ctx, "information_days")
		return tx.Today().AddDate(0, 0, days), "", err
	}
	day, err = time.Parse(time.DateOnly, in.DueOn)
	switch {
	case err != nil:
		return day, unreadable(in.DueOn), nil
	case !day.After(tx.Today()):
		return day, "desk.date_past", nil
	case day.After(tx.Today().AddDate(0, 0, longestDelay)):
		return day, "desk.date_far", nil
	}
	return day, "", nil
}

// known reports that everything asked belongs to the application.
func (in RequestInput) known(ctx context.Context, tx models.Tx, a Application) (bool, error) {
	var n int
	ids := compact(in.Requirements, compareIDs)
	err := tx.PGX.QueryRow(ctx, `SELECT count(*) FROM requirements WHERE application_id = $1 AND id = ANY($2)`, models.Prepared, a.ID, ids).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("request: %w", err)
	}
	if n != len(ids) || len(in.Fields) == 0 {
		return n == len(ids), nil
	}
	sent, err := SubmissionOf(ctx, tx, a)
	if err != nil {
		return false, err
	}
	for _, f := range in.Fields {
		if !slices.ContainsFunc(sent.Answers, answerNamed(f)) {
			return false, nil
		}
	}
	return true, nil
}

func compact[T comparable](list []T, cmp func(a, b T) int) []T {
	out := slices.Clone(list)
	slices.SortFunc(out, cmp)
	if out = slices.Compact(out); out == nil {
		out = []T{}
	}
	return out
}

func compareIDs(a, b models.ID) int { return slices.Compare(a[:], b[:]) }

// ask writes the request and moves the application.
func ask(ctx context.Context, tx models.Tx, by models.Actor, a Application, r InformationRequest) error {
	_, err := tx.PGX.Exec(ctx, `
		INSERT INTO information_requests (id, application_id, message, fields, requirements, asked_at, asked_by, due_on)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, models.Prepared, r.ID, a.ID, r.Message, r.Fields, r.Requirements, tx.Now, r.AskedBy, r.DueOn)
	if err != nil {
		return fmt.Errorf("request: %w", err)
	}
	data := map[string]any{"request": r.ID, "fields": len(r.Fields), "documents": len(r.Requirements), "due_on": r.DueOn.Format(time.DateOnly)}
	if err := fire(ctx, tx, by, &a, EventRequestInformation, Firing{Reason: r.Message, Data: data}); err != nil {
		return err
	}
	return tellRequest(ctx, tx, a, r.ID, mailbox.InformationAsked, "information/"+r.ID.String())
}

// tellRequest queues one mail about a request.
func tellRequest(ctx context.Context, tx models.Tx, a Application, request models.ID, kind mailbox.Kind, once string) error {
	to, err := applicant(ctx, tx, a)
	if err != nil {
		return err
	}
	return mailbox.Queue(ctx, tx, mailbox.Mail{Kind: kind, Recipient: to.email, Lang: to.lang,
		SubjectKind: mailbox.OfInformation, SubjectID: request, OnceKey: once})
}

const informationQuery = `SELECT q.id, q.application_id, q.message, q.fields, q.requirements, q.asked_at,
	coalesce(q.asked_by, '00000000-0000-0000-0000-000000000000'), coalesce(` + personName + `, ''),
	q.due_on, q.reminded_at, q.answered_at, q.closed_at, q.changed_fields, q.changed
	FROM information_requests q LEFT JOIN accounts ac ON ac.id = q.asked_by LEFT JOIN people p ON p.id = ac.person_id `

func scanInformation(row pgx.Row) (*InformationRequest, error) {
	var r InformationRequest
	err := row.Scan(&r.ID, &r.Application, &r.Message, &r.Fields, &r.Requirements, &r.AskedAt, &r.AskedBy, &r.AskedByName,
		&r.DueOn, &r.RemindedAt, &r.AnsweredAt, &r.ClosedAt, &r.ChangedFields, &r.Changed)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("request: %w", err)
	}
	return &r, nil
}

// openRequest is the request in force of an application already loaded, nil when
// there is none.
func openRequest(ctx context.Context, tx models.Tx, a Application) (*InformationRequest, error) {
	if a.State != InformationRequested {
		return nil, nil
	}
	return scanInformation(tx.PGX.QueryRow(ctx, informationQuery+`WHERE q.application_id = $1 AND q.answered_at IS NULL AND q.closed_at IS NULL`,
		models.Prepared, a.ID))
}

// lastRequest is the latest request of an application already loaded, whatever
// became of it.
func lastRequest(ctx context.Context, tx models.Tx, a Application) (*InformationRequest, error) {
	return scanInformation(tx.PGX.QueryRow(ctx, informationQuery+`WHERE q.application_id = $1 ORDER BY q.asked_at DESC, q.id DESC LIMIT 1`,
		models.Prepared, a.ID))
}

// RequestsOf lists every request for information about an application that an officer
// has opened, the latest first.
func RequestsOf(ctx context.Context, tx models.Tx, r Review) ([]InformationRequest, error) {
	rows, err := tx.PGX.Query(ctx, informationQuery+`WHERE q.application_id = $1 ORDER BY q.asked_at DESC, q.id DESC`, models.Prepared, r.ID)
	if err != nil {
		return nil, fmt.Errorf("requests: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (InformationRequest, error) {
		q, err := scanInformation(row)
		if err != nil || q == nil {
			return InformationRequest{}, err
		}
		return *q, nil
	})
	if err != nil {
		return nil, fmt.Errorf("requests: %w", err)
	}
	return list, nil
}

// closeOpenRequest ends what is still asked of an application that ends.
func closeOpenRequest(ctx context.Context, tx models.Tx, id models.ID) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE information_requests SET closed_at = $2
		WHERE application_id = $1 AND answered_at IS NULL AND closed_at IS NULL`, models.Prepared, id, tx.Now)
	if err != nil {
		return fmt.Errorf("close request: %w", err)
	}
	return nil
}
