package models

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// LinkPurpose is the one thing that a link in a mail can do.
type LinkPurpose string

// The purposes in force.
const (
	LinkActivate    LinkPurpose = "activate"     // P1.3, subject: account
	LinkReset       LinkPurpose = "reset"        // P1.6, subject: account
	LinkChangeEmail LinkPurpose = "change_email" // P1.5, subject: email change
	LinkApprove     LinkPurpose = "approve"      // P6.1, subject: approval
	LinkOpinion     LinkPurpose = "opinion"      // P9.6, subject: opinion
	LinkStopSearch  LinkPurpose = "stop_search"  // P4.7, subject: saved search
	LinkStopAlerts  LinkPurpose = "stop_alerts"  // P4.6, subject: mail of alerts
)

// Link is a signed address sent by mail (lien). Its secret is never stored,
// only its hash; following it changes nothing, a POST confirms (P17.11).
type Link struct {
	ID         ID
	Purpose    LinkPurpose
	Subject    ID
	Generation int
	Email      string // to whom it was sent
	CreatedAt  time.Time
	ExpiresAt  time.Time
	UsedAt     *time.Time
	RevokedAt  *time.Time
}

// Live reports that the link can still act at the instant.
func (l Link) Live(now time.Time) bool {
	return l.UsedAt == nil && l.RevokedAt == nil && now.Before(l.ExpiresAt)
}

// Expired reports a link that is past its time and nothing else, so that a new
// one can be offered to the same address (P6.1).
func (l Link) Expired(now time.Time) bool {
	return l.UsedAt == nil && l.RevokedAt == nil && !now.Before(l.ExpiresAt)
}

const linkColumns = `id, purpose, subject_id, generation, email, created_at, expires_at, used_at, revoked_at`

func scanLink(row pgx.Row) (Link, error) {
	var l Link
	err := row.Scan(&l.ID, &l.Purpose, &l.Subject, &l.Generation, &l.Email, &l.CreatedAt, &l.ExpiresAt, &l.UsedAt, &l.RevokedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return l, NotFound("link.unknown")
	}
	if err != nil {
		return l, fmt.Errorf("link: %w", err)
	}
	return l, nil
}

// CreateLink makes a link for a subject; the caller enqueues the mail that
// carries it.
func (tx Tx) CreateLink(ctx context.Context, purpose LinkPurpose, subject ID, email string, lasts time.Duration) (Link, error) {
	l := Link{ID: tx.NewID(), Purpose: purpose, Subject: subject, Generation: 1, Email: email,
		CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(lasts)}
	_, err := tx.PGX.Exec(ctx, `
		INSERT INTO links (id, purpose, subject_id, generation, email, token_hash, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, Prepared,
		l.ID, string(purpose), subject, l.Generation, email, HashToken(tx.Keys().LinkToken(l.ID, 1)), l.CreatedAt, l.ExpiresAt)
	if err != nil {
		return l, fmt.Errorf("create link: %w", err)
	}
	return l, nil
}

// LinkByToken finds a link by its secret, live or not, and locks it; an
// unknown secret is not found.
func (tx Tx) LinkByToken(ctx context.Context, purpose LinkPurpose, token string) (Link, error) {
	return scanLink(tx.PGX.QueryRow(ctx, `SELECT `+linkColumns+` FROM links
		WHERE token_hash = $1 AND purpose = $2 FOR UPDATE`, Prepared, HashToken(token), string(purpose)))
}

// LinkByID loads a link for the job that mails it.
func (tx Tx) LinkByID(ctx context.Context, id ID) (Link, error) {
	return scanLink(tx.PGX.QueryRow(ctx, `SELECT `+linkColumns+` FROM links WHERE id = $1`, Prepared, id))
}

// Token rebuilds a link's secret, for the page or mail that shows it.
func (tx Tx) Token(l Link) string { return tx.Keys().LinkToken(l.ID, l.Generation) }

// UseLink spends a one-use link.
func (tx Tx) UseLink(ctx context.Context, id ID) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE links SET used_at = $2 WHERE id = $1 AND used_at IS NULL`, Prepared, id, tx.Now)
	return err
}

// RevokeLinks makes every unused link of a subject useless.
func (tx Tx) RevokeLinks(ctx context.Context, purpose LinkPurpose, subject ID) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE links SET revoked_at = $3
		WHERE purpose = $1 AND subject_id = $2 AND used_at IS NULL AND revoked_at IS NULL`, Prepared,
		string(purpose), subject, tx.Now)
	return err
}
