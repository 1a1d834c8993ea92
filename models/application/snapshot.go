package application

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/form"
)

// Submission is what was sent: once and for ever (transmission), or sent again
// after the service asked for something (retransmission).
type Submission struct {
	form.Snapshot
	At        time.Time
	Sum       []byte      // SHA-256 of the answers as stored, shown on the receipt
	Documents []models.ID // versions in force at that moment, in order
	Corrected bool        // a retransmission
}

// SubmissionOf reads the answers in force: those of the latest retransmission, else
// what was first sent. The caller must have loaded the application through the
// actor; what was never sent is not found.
func SubmissionOf(ctx context.Context, tx models.Tx, a Application) (Submission, error) {
	return submission(ctx, tx, `
		SELECT sent_at, answers, documents, true FROM corrections WHERE application_id = $1
		UNION ALL SELECT submitted_at, answers, documents, false FROM submissions WHERE application_id = $1
		ORDER BY 4 DESC, 1 DESC LIMIT 1`, a.ID)
}

// FirstSubmissionOf reads what was first sent, for a receipt that never changes.
func FirstSubmissionOf(ctx context.Context, tx models.Tx, a Application) (Submission, error) {
	return submission(ctx, tx, `SELECT submitted_at, answers, documents, false FROM submissions WHERE application_id = $1`, a.ID)
}

// CorrectionOf reads the retransmission that answered a request for information.
func CorrectionOf(ctx context.Context, tx models.Tx, a Application, request models.ID) (Submission, error) {
	return submission(ctx, tx, `SELECT sent_at, answers, documents, true FROM corrections WHERE application_id = $1 AND request_id = $2`, a.ID, request)
}

// Pieces lists the documents of a submission, for its receipt and its mail.
func (s Submission) Pieces(ctx context.Context, tx models.Tx, a Application) ([]dossier.Piece, error) {
	return dossier.Pieces(ctx, tx, a.ID, s.Documents)
}

func submission(ctx context.Context, tx models.Tx, sql string, args ...any) (Submission, error) {
	var s Submission
	var text string
	err := tx.PGX.QueryRow(ctx, sql, append([]any{models.Prepared}, args...)...).Scan(&s.At, &text, &s.Documents, &s.Corrected)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, models.NotFound("application.not_found")
	}
	if err != nil {
		return s, fmt.Errorf("submission: %w", err)
	}
	sum := sha256.Sum256([]byte(text))
	s.Sum = sum[:]
	s.Snapshot, err = decodeSnapshot(text)
	return s, err
}

func decodeSnapshot(text string) (form.Snapshot, error) {
	var s form.Snapshot
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return s, fmt.Errorf("submission: %w", err)
	}
	return s, nil
}
