package people

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/models"
	"passerelle/models/mailbox"
)

// LinkState is what a link of an account's mail can still do, for its page.
type LinkState string

// The states of such a link.
const (
	LinkLive    LinkState = "live"
	LinkUsed    LinkState = "used"
	LinkExpired LinkState = "expired"
	LinkRevoked LinkState = "revoked" // a newer mail replaces it
)

func stateOf(l models.Link, now time.Time) LinkState {
	switch {
	case l.UsedAt != nil:
		return LinkUsed
	case l.RevokedAt != nil:
		return LinkRevoked
	case !now.Before(l.ExpiresAt):
		return LinkExpired
	}
	return LinkLive
}

// LinkPage tells the page of a link what it can do, and for which address,
// without changing anything, however often a mail scanner opens it (P17.11).
func LinkPage(ctx context.Context, tx models.Tx, purpose models.LinkPurpose, token string) (LinkState, models.Link, error) {
	l, err := tx.LinkByToken(ctx, purpose, token)
	if err != nil {
		return "", l, err
	}
	return stateOf(l, tx.Now), l, nil
}

// Activated is an account that has just opened.
type Activated struct {
	Email   string
	Claimed Claimed
	// Choose is the token of a page that chooses a password, when two sign-ups
	// for this address disagreed on it; empty otherwise.
	Choose string
}

// Activate opens the pending account of a link (P1.3), in any browser, and
// gives it the drafts bound to it (P18.1). The link serves once: used, expired
// or replaced it is Gone. Should the same identity have opened an account
// meanwhile, both addresses are told and the answer is a Conflict (P1.4).
func Activate(ctx context.Context, tx models.Tx, by models.Actor, token string) (Activated, error) {
	var out Activated
	l, err := tx.LinkByToken(ctx, models.LinkActivate, token)
	if err != nil {
		return out, err
	}
	if state := stateOf(l, tx.Now); state != LinkLive {
		return out, models.Gone("account.link." + string(state))
	}
	a, err := accountByID(ctx, tx, l.Subject)
	if models.KindOf(err) == models.KindNotFound || (err == nil && a.State != Pending) {
		return out, models.Gone("account.link.used")
	}
	if err != nil {
		return out, err
	}
	if err := lock(ctx, tx, "identity/"+a.Identity.Key()); err != nil {
		return out, err
	}
	twin, err := accountOfIdentity(ctx, tx, a.Identity.Key(), a.ID)
	if err != nil {
		return out, err
	}
	if !none(twin) {
		return out, models.Conflict("account.identity_known", twin.ID)
	}
	return activate(ctx, tx, by, l, a)
}

func activate(ctx context.Context, tx models.Tx, by models.Actor, l models.Link, a Account) (Activated, error) {
	out := Activated{Email: a.Email}
	_, err := tx.PGX.Exec(ctx, `
		UPDATE accounts SET state = 'active', activated_at = $2, expires_at = NULL, version = version + 1 WHERE id = $1`,
		models.Prepared, a.ID, tx.Now)
	if err != nil {
		return out, fmt.Errorf("activate: %w", err)
	}
	if err := tx.UseLink(ctx, l.ID); err != nil {
		return out, err
	}
	if out.Claimed, err = claimBound(ctx, tx, a.ID, a.PersonID); err != nil {
		return out, err
	}
	by.Link = l.ID
	if err := record(ctx, tx, by, "account.activated", a.ID); err != nil {
		return out, err
	}
	if a.passwordHash != "" {
		return out, nil
	}
	choose, err := tx.CreateLink(ctx, models.LinkReset, a.ID, a.Email, time.Hour)
	out.Choose = tx.Token(choose)
	return out, err
}

// ActivateOrTell is Activate for handlers: when the identity is known already,
// the refusal is rolled back and the mails of P18.7 are queued on their own.
func ActivateOrTell(ctx context.Context, db *models.DB, by models.Actor, token string) (Activated, error) {
	var out Activated
	err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		out, err = Activate(ctx, tx, by, token)
		return err
	})
	var refused *models.Error
	if !errors.As(err, &refused) || refused.Kind != models.KindConflict {
		return out, err
	}
	twin, ok := refused.Data.(models.ID)
	if !ok {
		return out, err
	}
	told := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		a, err := accountByID(ctx, tx, twin)
		if err != nil {
			return err
		}
		return tellOwner(ctx, tx, a, mailbox.IdentityKnownOwner)
	})
	refused.Data = nil
	return out, errors.Join(refused, told)
}

// DeleteExpiredPending deletes the accounts whose activation never came (P1.3)
// and gives their drafts back to the browsers that began them (P18.1). For the
// periodic sweep; returns how many went.
func DeleteExpiredPending(ctx context.Context, tx models.Tx, by models.Actor) (int, error) {
	rows, err := tx.PGX.Query(ctx, `
		SELECT id, person_id FROM accounts WHERE state = 'pending' AND expires_at <= $1
		ORDER BY id LIMIT 200 FOR UPDATE SKIP LOCKED`, models.Prepared, tx.Now)
	if err != nil {
		return 0, fmt.Errorf("expired accounts: %w", err)
	}
	defer rows.Close()
	accounts, persons := []models.ID{}, []models.ID{}
	for rows.Next() {
		var account, person models.ID
		if err := rows.Scan(&account, &person); err != nil {
			return 0, fmt.Errorf("expired accounts: %w", err)
		}
		accounts, persons = append(accounts, account), append(persons, person)
	}
	if err := rows.Err(); err != nil {
		return 0, fmt.Errorf("expired accounts: %w", err)
	}
	if len(accounts) == 0 {
		return 0, nil
	}
	if err := remove(ctx, tx, accounts, persons); err != nil {
		return 0, err
	}
	for _, id := range accounts {
		if err := record(ctx, tx, by, "account.expired", id); err != nil {
			return 0, err
		}
	}
	return len(accounts), nil
}

// remove deletes pending accounts with their links, and the persons that only
// they described.
func remove(ctx context.Context, tx models.Tx, accounts, persons []models.ID) error {
	for sql, ids := range map[string][]models.ID{
		`DELETE FROM links WHERE subject_id = ANY($1)`: accounts,
		`DELETE FROM accounts WHERE id = ANY($1)`:      accounts,
	} {
		if _, err := tx.PGX.Exec(ctx, sql, models.Prepared, ids); err != nil {
			return fmt.Errorf("remove accounts: %w", err)
		}
	}
	_, err := tx.PGX.Exec(ctx, `DELETE FROM people p WHERE p.id = ANY($1)
		AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.person_id = p.id)`, models.Prepared, persons)
	if err != nil {
		return fmt.Errorf("remove persons: %w", err)
	}
	return nil
}

// Tidy deletes what only served for a while: spent challenges, old counters,
// sign-ins ended a week ago. For the periodic sweep.
func Tidy(ctx context.Context, tx models.Tx) error {
	for sql, before := range map[string]time.Duration{
		`DELETE FROM challenges WHERE at < $1`:                       2 * checkLasts,
		`DELETE FROM counters WHERE starts_at < $1`:                  48 * time.Hour,
		`DELETE FROM sign_ins WHERE least(idle_until, ends_at) < $1`: endedKept,
		`DELETE FROM trusted_devices WHERE ends_at < $1`:             0,
		`DELETE FROM email_changes WHERE requested_at < $1`:          365 * 24 * time.Hour,
	} {
		if _, err := tx.PGX.Exec(ctx, sql, models.Prepared, tx.Now.Add(-before)); err != nil {
			return fmt.Errorf("tidy: %w", err)
		}
	}
	return nil
}
