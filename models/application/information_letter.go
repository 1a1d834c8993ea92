package application

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/form"
	"passerelle/models/mailbox"
)

// AskedPiece is a document asked again, as a mail names it.
type AskedPiece struct {
	Title form.Text
	Words []string // why, as officers said of its versions
	// Remarks are those that the applicant may read, pinned to pages.
	Remarks []dossier.Remark
}

// readPieces lists the documents that were first sent (P6.2); none is no fault.
func (l *Letter) readPieces(ctx context.Context, tx models.Tx, a Application) error {
	s, err := FirstSubmissionOf(ctx, tx, a)
	if models.KindOf(err) == models.KindNotFound && err != nil {
		return nil
	}
	if err != nil {
		return err
	}
	l.Pieces, err = s.Pieces(ctx, tx, a)
	return err
}

// readInformation reads a request for information. Not found when the mail has
// nothing left to ask: answered, or closed.
func (l *Letter) readInformation(ctx context.Context, tx models.Tx, a Application, m mailbox.Row) error {
	r, err := scanInformation(tx.PGX.QueryRow(ctx, informationQuery+`WHERE q.id = $1`, models.Prepared, m.SubjectID))
	if err != nil {
		return err
	}
	asking := m.Kind == mailbox.InformationAsked || m.Kind == mailbox.InformationReminder
	if r == nil || asking && (r.AnsweredAt != nil || r.ClosedAt != nil) {
		return models.NotFound("application.nothing_asked")
	}
	l.Message, l.DueOn = r.Message, r.DueOn
	if m.Kind == mailbox.CorrectionReceipt {
		s, err := CorrectionOf(ctx, tx, a, r.ID)
		if err != nil {
			return err
		}
		l.SubmittedAt = &s.At
		if l.Pieces, err = s.Pieces(ctx, tx, a); err != nil {
			return err
		}
		return l.readChanged(ctx, tx, *r, s)
	}
	return l.readAsked(ctx, tx, a, *r)
}

// readChanged names what a correction replaced: pieces, then questions.
func (l *Letter) readChanged(ctx context.Context, tx models.Tx, r InformationRequest, sent Submission) error {
	all, err := dossier.Of(ctx, tx, r.Application)
	if err != nil {
		return err
	}
	for _, q := range all {
		if slices.Contains(r.Changed, q.ID) {
			l.Asked = append(l.Asked, AskedPiece{Title: q.Spec.Title})
		}
	}
	l.name(r.ChangedFields, sent)
	return nil
}

// name lists the questions of a transmission by their words.
func (l *Letter) name(fields []string, sent Submission) {
	for _, id := range fields {
		if i := slices.IndexFunc(sent.Answers, answerNamed(id)); i >= 0 {
			label := sent.Answers[i].Label
			if sent.Answers[i].Row != "" {
				label = sent.Answers[i].Heading
			}
			l.AskedFields = append(l.AskedFields, label)
		}
	}
}

func (l *Letter) readAsked(ctx context.Context, tx models.Tx, a Application, r InformationRequest) error {
	all, err := dossier.Of(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	for _, q := range all {
		if !r.Asks(q.ID) {
			continue
		}
		p := AskedPiece{Title: q.Spec.Title}
		for _, d := range q.Live() {
			if d.Verdict != nil && d.Verdict.Kind != dossier.Valid && !d.Verdict.At.After(r.AskedAt) {
				p.Words = append(p.Words, slices.DeleteFunc([]string{d.Verdict.Reason, d.Verdict.Message}, func(s string) bool { return s == "" })...)
			}
			for _, m := range d.Remarks {
				if m.Visible && !m.At.After(r.AskedAt) {
					p.Remarks = append(p.Remarks, m)
				}
			}
		}
		l.Asked = append(l.Asked, p)
	}
	sent, err := SubmissionOf(ctx, tx, a)
	if err != nil && models.KindOf(err) != models.KindNotFound {
		return err
	}
	l.name(r.Fields, sent)
	return nil
}

// readPiece names the document that a mail is about.
func (l *Letter) readPiece(ctx context.Context, tx models.Tx, document models.ID) error {
	var title form.Text
	err := tx.PGX.QueryRow(ctx, `SELECT coalesce(r.spec -> 'title' ->> 'fr', ''), coalesce(r.spec -> 'title' ->> 'en', '')
		FROM documents d JOIN requirements r ON r.id = d.requirement_id WHERE d.id = $1`, models.Prepared, document).Scan(&title.FR, &title.EN)
	if errors.Is(err, pgx.ErrNoRows) {
		return models.NotFound("document.not_found")
	}
	if err != nil {
		return fmt.Errorf("document of a mail: %w", err)
	}
	l.Asked = []AskedPiece{{Title: title}}
	return nil
}

// readValidity is until when a document is valid. Not found when it no longer stands.
func (l *Letter) readValidity(ctx context.Context, tx models.Tx, document models.ID) error {
	err := tx.PGX.QueryRow(ctx, `SELECT v.valid_until FROM documents d
		JOIN verdicts v ON v.document_id = d.id AND v.superseded_at IS NULL AND v.kind = 'valid' AND v.valid_until IS NOT NULL
		WHERE d.id = $1 AND d.state = 'live'`, models.Prepared, document).Scan(&l.DueOn)
	if errors.Is(err, pgx.ErrNoRows) {
		return models.NotFound("document.not_found")
	}
	if err != nil {
		return fmt.Errorf("document of a mail: %w", err)
	}
	return nil
}
