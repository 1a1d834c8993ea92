package application

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/form"
)

// Submission is what was sent, once and for ever (transmission).
type Submission struct {
	form.Snapshot
	At  time.Time
	Sum []byte // SHA-256 of the answers as stored, shown on the receipt
}

// SubmissionOf reads what was sent. The caller must have loaded the application
// through the actor; what was never sent is not found.
func SubmissionOf(ctx context.Context, tx models.Tx, a Application) (Submission, error) {
	var s Submission
	var text string
	err := tx.PGX.QueryRow(ctx, `SELECT submitted_at, seen_sum, answers FROM submissions WHERE application_id = $1`,
		models.Prepared, a.ID).Scan(&s.At, &s.Sum, &text)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, models.NotFound("application.not_found")
	}
	if err != nil {
		return s, fmt.Errorf("submission: %w", err)
	}
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
