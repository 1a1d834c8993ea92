package models

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// replayLasts is how long what was posted with an ended session is kept.
const replayLasts = 2 * time.Hour

// keptPerAccount is how many kept forms wait for one account: nobody fills the
// table by posting without a sign-in.
const keptPerAccount = 20

// KeptForm is a form posted with an ended sign-in, waiting for the same person
// to sign in again (P18.10). Body is sealed by the caller.
type KeptForm struct {
	ID                ID
	Account           ID // whose sign-in had ended
	Path, ContentType string
	Body              []byte
}

// KeepForm stores a sealed form, in the place of the oldest where too many wait;
// the edge alone calls it.
func (tx Tx) KeepForm(ctx context.Context, k KeptForm) error {
	_, err := tx.PGX.Exec(ctx, `
		INSERT INTO replays (id, account_id, method, path, content_type, body, created_at) VALUES ($1, $2, 'POST', $3, $4, $5, $6)`,
		Prepared, k.ID, k.Account, k.Path, k.ContentType, k.Body, tx.Now)
	if err != nil {
		return fmt.Errorf("keep form: %w", err)
	}
	_, err = tx.PGX.Exec(ctx, `DELETE FROM replays WHERE id IN (
		SELECT id FROM replays WHERE account_id = $1 ORDER BY created_at DESC, id DESC OFFSET $2)`, Prepared, k.Account, keptPerAccount)
	if err != nil {
		return fmt.Errorf("keep form: %w", err)
	}
	return nil
}

// TakeForm spends a kept form: once, for its account, in time; otherwise it is
// not found (P18.10).
func (tx Tx) TakeForm(ctx context.Context, id, account ID) (KeptForm, error) {
	k := KeptForm{ID: id, Account: account}
	err := tx.PGX.QueryRow(ctx, `
		UPDATE replays SET used_at = $3, body = ''
		FROM (SELECT body AS kept FROM replays WHERE id = $1 FOR UPDATE) old
		WHERE id = $1 AND account_id = $2 AND used_at IS NULL AND created_at > $4
		RETURNING path, content_type, old.kept`, Prepared, id, account, tx.Now, tx.Now.Add(-replayLasts)).
		Scan(&k.Path, &k.ContentType, &k.Body)
	if errors.Is(err, pgx.ErrNoRows) {
		return k, NotFound("page.not_found")
	}
	if err != nil {
		return k, fmt.Errorf("kept form: %w", err)
	}
	return k, nil
}

// ForgetForms erases kept forms that nobody came back for.
func (tx Tx) ForgetForms(ctx context.Context) error {
	_, err := tx.PGX.Exec(ctx, `DELETE FROM replays WHERE created_at < $1`, Prepared, tx.Now.Add(-replayLasts))
	return err
}
