package application

import (
	"context"
	"fmt"
	"time"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/form"
	"passerelle/models/mailbox"
)

// Letter is what a mail about an application tells (P11.6); what its kind does
// not tell stays empty. Days are civil dates.
type Letter struct {
	ID                         models.ID
	Kind                       Kind
	Reference, Applicant       string
	Course, Duration, Place    string // Course: title of the course or programme
	Institution                string // of the programme
	StartsOn, EndsOn, ClosesOn time.Time
	DecisionOn                 *time.Time // while it is still to come
	SubmittedAt, ExpiresAt     *time.Time
	ConfirmBy                  *time.Time
	Approver                   string
	Reason                     string // of the refusal, cancellation or closing that the mail tells
	Function, Employer         string // for the line manager (P18.2)
	AnswerBy                   time.Time
	Verdict, Message           string
	Rank                       int
	DecidedAt                  time.Time
	Silence, Appeal            string          // P18.14
	Pieces                     []dossier.Piece // what was sent, on a receipt
	Asked                      []AskedPiece    // documents asked again
	AskedFields                []form.Text     // questions asked again
	DueOn                      time.Time       // last day to answer
	Expert, AskedBy            string          // who gives an opinion, who asked for it (P9.6)
}

// LetterOf reads what one queued mail tells. For the job that sends it alone:
// the verb that queued the mail has decided who gets it. Not found when nothing
// is left to tell.
func LetterOf(ctx context.Context, tx models.Tx, m mailbox.Row) (Letter, error) {
	id, err := letterSubject(ctx, tx, m)
	if err != nil {
		return Letter{}, err
	}
	l, a, err := newLetter(ctx, tx, id)
	if err != nil {
		return l, err
	}
	switch m.Kind {
	case mailbox.Receipt:
		if err = l.readApprover(ctx, tx, m); models.KindOf(err) == models.KindNotFound {
			err = nil // no approval in this procedure
		}
		if err == nil {
			l.Silence, err = tx.SettingValue(ctx, "receipt_silence")
		}
		if err == nil {
			err = l.readPieces(ctx, tx, a)
		}
	case mailbox.InformationAsked, mailbox.InformationReminder, mailbox.InformationClosed, mailbox.CorrectionReceipt:
		err = l.readInformation(ctx, tx, a, m)
	case mailbox.OpinionRequest, mailbox.OpinionGiven:
		err = l.readOpinion(ctx, tx, m.SubjectID)
	case mailbox.PieceInfected, mailbox.PieceLost:
		err = l.readPiece(ctx, tx, m.SubjectID)
	case mailbox.PieceExpiring:
		if err = l.readPiece(ctx, tx, m.SubjectID); err == nil {
			err = l.readValidity(ctx, tx, m.SubjectID)
		}
	case mailbox.ApprovalRequest, mailbox.ApprovalReminder:
		if err = l.readApprover(ctx, tx, m); err == nil {
			err = l.readJob(ctx, tx, a, m.Lang)
		}
	case mailbox.ApprovalRefused, mailbox.ApprovalNotMyStaff:
		err = l.readApprover(ctx, tx, m)
	case mailbox.ApplicationClosed:
		err = l.readLastReason(ctx, tx)
	case mailbox.DecisionReleased, mailbox.Promotion:
		if err = l.readDecision(ctx, tx, m.SubjectID); err == nil {
			l.Appeal, err = tx.SettingValue(ctx, "appeal_text")
		}
	}
	return l, err
}

// letterSubject is the application behind whatever the mail is about.
func letterSubject(ctx context.Context, tx models.Tx, m mailbox.Row) (models.ID, error) {
	table := map[string]string{mailbox.OfApproval: "approvals", mailbox.OfDecision: "decisions",
		mailbox.OfInformation: "information_requests", mailbox.OfDocument: "documents",
		mailbox.OfOpinion: "opinions"}[m.SubjectKind]
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

// newLetter fills what every letter about an application says.
func newLetter(ctx context.Context, tx models.Tx, id models.ID) (Letter, Application, error) {
	l, a := Letter{ID: id}, Application{ID: id}
	days, err := tx.SettingInt(ctx, "decision_before_days")
	if err != nil {
		return l, a, err
	}
	var decides time.Time
	err = tx.PGX.QueryRow(ctx, `
		SELECT a.number, a.created_at, coalesce(nullif(a.applicant_name, ''),
				p.first_name || ' ' || coalesce(nullif(p.usual_name, ''), p.birth_name), ''),
			a.submitted_at, a.expires_at, a.confirm_by, a.kind, coalesce(c.title, pg.title), coalesce(c.duration, ''),
			coalesce(nullif(pg.institution_usual, ''), pg.institution, ''),
			s.starts_on, s.ends_on, s.place, s.closes_on, coalesce(s.decision_on, s.starts_on - $2::int), s.cancel_reason
		FROM applications a JOIN sessions s ON s.id = a.session_id`+offerings+`
		LEFT JOIN people p ON p.id = a.person_id WHERE a.id = $1`, models.Prepared, id, days).
		Scan(&a.Number, &a.CreatedAt, &l.Applicant, &l.SubmittedAt, &l.ExpiresAt, &l.ConfirmBy, &a.Kind, &l.Course, &l.Duration, &l.Institution,
			&l.StartsOn, &l.EndsOn, &l.Place, &l.ClosesOn, &decides, &l.Reason)
	if err != nil {
		return l, a, fmt.Errorf("application of a mail: %w", err)
	}
	l.Kind, l.Reference = a.Kind, a.Reference()
	l.AnswerBy = answerBy(decides, l.StartsOn, tx.Today())
	if decides.After(tx.Today()) {
		l.DecisionOn = &decides
	}
	return l, a, nil
}

// readApprover reads the line manager of the request that the mail is about, or
// of the last one.
func (l *Letter) readApprover(ctx context.Context, tx models.Tx, m mailbox.Row) error {
	l.Reason = ""
	err := tx.PGX.QueryRow(ctx, `
		SELECT first_name || ' ' || last_name, reason FROM approvals
		WHERE application_id = $1 AND (id = $2 OR $3) ORDER BY coalesce(answered_at, requested_at) DESC LIMIT 1`, models.Prepared,
		l.ID, m.SubjectID, m.SubjectKind != mailbox.OfApproval).Scan(&l.Approver, &l.Reason)
	if err != nil {
		return fmt.Errorf("line manager of a mail: %w", err)
	}
	return nil
}

// readJob takes what the line manager may read of the answers: function and
// employer (P18.2).
func (l *Letter) readJob(ctx context.Context, tx models.Tx, a Application, lang string) error {
	s, err := SubmissionOf(ctx, tx, a)
	if models.KindOf(err) == models.KindNotFound && err != nil {
		return nil
	}
	if err != nil {
		return err
	}
	l.Function, l.Employer = s.Shown("job_title", lang), employerNamed(s.Snapshot)
	return nil
}

// readLastReason is why an officer closed an application, as the journal has it.
func (l *Letter) readLastReason(ctx context.Context, tx models.Tx) error {
	err := tx.PGX.QueryRow(ctx, `
		SELECT coalesce((SELECT reason FROM events WHERE subject_kind = 'application' AND subject_id = $1 AND reason <> ''
			ORDER BY at DESC, id DESC LIMIT 1), '')`, models.Prepared, l.ID).Scan(&l.Reason)
	if err != nil {
		return fmt.Errorf("reason of a mail: %w", err)
	}
	return nil
}

// readDecision reads a decision that has been released; any other is not found
// (P18.4).
func (l *Letter) readDecision(ctx context.Context, tx models.Tx, decision models.ID) error {
	err := tx.PGX.QueryRow(ctx, `
		SELECT d.kind, d.reason, d.message, coalesce(a.waitlist_rank, d.rank, 0), d.recorded_at
		FROM decisions d JOIN applications a ON a.id = d.application_id WHERE d.id = $1 AND d.released_at IS NOT NULL`,
		models.Prepared, decision).Scan(&l.Verdict, &l.Reason, &l.Message, &l.Rank, &l.DecidedAt)
	if err != nil {
		return fmt.Errorf("decision of a mail: %w", err)
	}
	return nil
}

// employerNamed is the employer in the answers, public or private.
func employerNamed(s form.Snapshot) string {
	if name := s.Value("employer.name"); name != "" {
		return name
	}
	return s.Value("employer_private.name")
}
