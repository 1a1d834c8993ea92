package mail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/mailbox"
	views "passerelle/views/mail"
	"passerelle/views/paths"
)

// caseData loads what a letter about an application says: the application by
// whatever the mail is about, then what its kind adds.
func (r Renderer) caseData(ctx context.Context, tx models.Tx, m mailbox.Row) (views.CaseData, error) {
	d := views.CaseData{Sender: r.sender(), SearchURL: r.url(paths.Search(""))}
	id, err := applicationOf(ctx, tx, m)
	if err != nil {
		return d, err
	}
	d.URL = r.url(paths.Application(id.String()))
	a, err := loadCase(ctx, tx, id, &d)
	if err != nil {
		return d, err
	}
	switch m.Kind {
	case mailbox.Receipt:
		err = errors.Join(approver(ctx, tx, m, id, &d), setting(ctx, tx, "receipt_silence", &d.Silence))
	case mailbox.ApprovalRequest, mailbox.ApprovalReminder:
		err = errors.Join(approver(ctx, tx, m, id, &d), r.managerLink(ctx, tx, m, &d), submitted(ctx, tx, a, m.Lang, &d))
	case mailbox.ApprovalRefused, mailbox.ApprovalNotMyStaff:
		err = approver(ctx, tx, m, id, &d)
	case mailbox.ApplicationClosed:
		err = lastReason(ctx, tx, id, &d)
	case mailbox.DecisionReleased, mailbox.Promotion:
		err = errors.Join(decided(ctx, tx, m, &d), setting(ctx, tx, "appeal_text", &d.Appeal))
	case mailbox.DraftExpiring:
		d.URL = r.url(paths.Draft(id.String()))
	}
	return d, err
}

func applicationOf(ctx context.Context, tx models.Tx, m mailbox.Row) (models.ID, error) {
	table := map[string]string{mailbox.OfApproval: "approvals", mailbox.OfDecision: "decisions"}[m.SubjectKind]
	if table == "" {
		return m.SubjectID, nil
	}
	var id models.ID
	err := tx.PGX.QueryRow(ctx, `SELECT application_id FROM `+table+` WHERE id = $1`, models.Prepared, m.SubjectID).Scan(&id)
	if err != nil {
		return id, fmt.Errorf("application of a mail: %w", err)
	}
	return id, nil
}

// loadCase fills what every letter about an application says.
func loadCase(ctx context.Context, tx models.Tx, id models.ID, d *views.CaseData) (application.Application, error) {
	a := application.Application{ID: id}
	days, err := tx.SettingInt(ctx, "decision_before_days")
	if err != nil {
		return a, err
	}
	var starts, ends, closes, decides time.Time
	var submitted, expires, confirm *time.Time
	err = tx.PGX.QueryRow(ctx, `
		SELECT a.number, a.created_at, coalesce(nullif(a.applicant_name, ''),
				p.first_name || ' ' || coalesce(nullif(p.usual_name, ''), p.birth_name), ''),
			a.submitted_at, a.expires_at, a.confirm_by, c.title, c.duration,
			s.starts_on, s.ends_on, s.place, s.closes_on, coalesce(s.decision_on, s.starts_on - $2::int), s.cancel_reason
		FROM applications a JOIN sessions s ON s.id = a.session_id JOIN courses c ON c.id = s.course_id
		LEFT JOIN people p ON p.id = a.person_id WHERE a.id = $1`, models.Prepared, id, days).
		Scan(&a.Number, &a.CreatedAt, &d.Applicant, &submitted, &expires, &confirm, &d.Course, &d.Duration,
			&starts, &ends, &d.Place, &closes, &decides, &d.Reason)
	if err != nil {
		return a, fmt.Errorf("application of a mail: %w", err)
	}
	d.Reference = a.Reference()
	d.From, d.To, d.ClosesOn = day(starts), day(ends), day(closes)
	if decides.After(tx.Today()) {
		d.DecisionOn = day(decides)
	}
	if submitted != nil {
		d.SubmittedAt = moment(tx, *submitted)
	}
	if expires != nil {
		d.ExpiresOn = day(expires.In(tx.Zone()))
	}
	if confirm != nil {
		d.ConfirmBy = day(*confirm)
	}
	return a, nil
}

// approver is the line manager of the request that the mail is about, or of
// the last one.
func approver(ctx context.Context, tx models.Tx, m mailbox.Row, id models.ID, d *views.CaseData) error {
	d.Reason = ""
	err := tx.PGX.QueryRow(ctx, `
		SELECT first_name || ' ' || last_name, reason FROM approvals
		WHERE application_id = $1 AND (id = $2 OR $3) ORDER BY coalesce(answered_at, requested_at) DESC LIMIT 1`, models.Prepared,
		id, m.SubjectID, m.SubjectKind != mailbox.OfApproval).Scan(&d.Approver, &d.Reason)
	if m.Kind == mailbox.Receipt && models.KindOf(err) == models.KindNotFound {
		return nil // no approval in this procedure
	}
	if err != nil {
		return fmt.Errorf("line manager of a mail: %w", err)
	}
	return nil
}

// managerLink is the line manager's own address, good until the last day told.
func (r Renderer) managerLink(ctx context.Context, tx models.Tx, m mailbox.Row, d *views.CaseData) error {
	url, until, err := r.link(ctx, tx, m, paths.Approval)
	d.URL, d.AnswerBy = url, day(until.Add(-time.Second).In(tx.Zone()))
	return err
}

// submitted takes what the line manager may read of the answers: function and
// employer (P18.2).
func submitted(ctx context.Context, tx models.Tx, a application.Application, lang string, d *views.CaseData) error {
	s, err := application.SubmissionOf(ctx, tx, a)
	if models.KindOf(err) == models.KindNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	d.Function = OneLine(s.Shown("job_title", lang))
	if d.Employer = s.Value("employer.name"); d.Employer == "" {
		d.Employer = s.Value("employer_private.name")
	}
	d.Employer = OneLine(d.Employer)
	return nil
}

// lastReason is why an officer closed an application, as the journal has it.
func lastReason(ctx context.Context, tx models.Tx, id models.ID, d *views.CaseData) error {
	err := tx.PGX.QueryRow(ctx, `
		SELECT coalesce((SELECT reason FROM events WHERE subject_kind = 'application' AND subject_id = $1 AND reason <> ''
			ORDER BY at DESC, id DESC LIMIT 1), '')`, models.Prepared, id).Scan(&d.Reason)
	if err != nil {
		return fmt.Errorf("reason of a mail: %w", err)
	}
	return nil
}

func decided(ctx context.Context, tx models.Tx, m mailbox.Row, d *views.CaseData) error {
	var rank *int
	var at time.Time
	err := tx.PGX.QueryRow(ctx, `
		SELECT d.kind, d.reason, d.message, coalesce(a.waitlist_rank, d.rank), d.recorded_at
		FROM decisions d JOIN applications a ON a.id = d.application_id WHERE d.id = $1 AND d.released_at IS NOT NULL`,
		models.Prepared, m.SubjectID).Scan(&d.DecidedFor, &d.Reason, &d.Message, &rank, &at)
	if err != nil {
		return fmt.Errorf("decision of a mail: %w", err)
	}
	if rank != nil {
		d.Rank = *rank
	}
	d.DecidedOn = day(at.In(tx.Zone()))
	return nil
}

func setting(ctx context.Context, tx models.Tx, key string, into *string) (err error) {
	*into, err = tx.SettingValue(ctx, key)
	return err
}
