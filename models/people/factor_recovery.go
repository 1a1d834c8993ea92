package people

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"strings"
	"time"

	"passerelle/models"
	"passerelle/models/mailbox"
)

const (
	recoveryCodes = 10
	trustedLasts  = 30 * 24 * time.Hour
	mostTrusted   = 20
)

// recoveryText is base32 without i, l and o, which read like digits; 1 is a digit.
var recoveryText = base32.NewEncoding("abcdefghjkmnpqrstuvwxyz123456789").WithPadding(base32.NoPadding)

// newCodes replaces the recovery codes (codes de secours) by ten new ones, in
// clear this once: 60 bits each, so that a keyed hash is enough.
func newCodes(ctx context.Context, tx models.Tx, account models.ID) ([]string, error) {
	if _, err := tx.PGX.Exec(ctx, `DELETE FROM recovery_codes WHERE account_id = $1`, models.Prepared, account); err != nil {
		return nil, fmt.Errorf("recovery codes: %w", err)
	}
	codes := make([]string, recoveryCodes)
	for i := range codes {
		raw := make([]byte, 8)
		_, _ = rand.Read(raw)
		text := recoveryText.EncodeToString(raw)[:12]
		codes[i] = text[:4] + "-" + text[4:8] + "-" + text[8:]
		_, err := tx.PGX.Exec(ctx, `INSERT INTO recovery_codes (account_id, code_hash, created_at) VALUES ($1, $2, $3)`, models.Prepared,
			account, codeHash(tx.Keys(), account, codes[i]), tx.Now)
		if err != nil {
			return nil, fmt.Errorf("recovery codes: %w", err)
		}
	}
	return codes, nil
}

// forgiven are dashes, and the letters that read like the digit 1.
var forgiven = strings.NewReplacer("-", "", "l", "1", "i", "1")

// codeHash forgives case, blanks, dashes and look-alikes.
func codeHash(keys models.Keys, account models.ID, code string) []byte {
	clean := forgiven.Replace(strings.ToLower(strings.Join(strings.Fields(code), "")))
	return keys.MAC("recovery", append(account[:], clean...))
}

// spendRecovery takes a recovery code, once, and tells the address.
func spendRecovery(ctx context.Context, tx models.Tx, a Account, code string) (bool, error) {
	tag, err := tx.PGX.Exec(ctx, `UPDATE recovery_codes SET used_at = $3 WHERE account_id = $1 AND code_hash = $2 AND used_at IS NULL`,
		models.Prepared, a.ID, codeHash(tx.Keys(), a.ID, code), tx.Now)
	if err != nil {
		return false, fmt.Errorf("recovery code: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return false, nil
	}
	return true, tellFactor(ctx, tx, a, mailbox.RecoveryUsed)
}

// RenewCodes gives ten new recovery codes; the old ones serve no more. The
// actor has proven who they are and has a factor.
func RenewCodes(ctx context.Context, tx models.Tx, by models.Actor) ([]string, error) {
	a, f, err := changing(ctx, tx, by)
	if err != nil {
		return nil, err
	}
	if len(f.List) == 0 {
		return nil, models.Invalid("account.factor.none")
	}
	codes, err := newCodes(ctx, tx, a.ID)
	if err != nil {
		return nil, err
	}
	if err := tellFactor(ctx, tx, a, mailbox.RecoveryRenewed); err != nil {
		return nil, err
	}
	return codes, record(ctx, tx, by, "account.recovery_renewed", a.ID)
}

// trust remembers a device for 30 days and gives its secret.
func trust(ctx context.Context, tx models.Tx, account models.ID, device string) (string, error) {
	token := secret()
	_, err := tx.PGX.Exec(ctx, `INSERT INTO trusted_devices (id, account_id, token_hash, device, created_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		models.Prepared, tx.NewID(), account, models.HashToken(token), cutDevice(device), tx.Now, tx.Now.Add(trustedLasts))
	if err != nil {
		return "", fmt.Errorf("trust device: %w", err)
	}
	_, err = tx.PGX.Exec(ctx, `DELETE FROM trusted_devices WHERE id IN (
		SELECT id FROM trusted_devices WHERE account_id = $1 ORDER BY created_at DESC, id DESC OFFSET $2)`, models.Prepared, account, mostTrusted)
	if err != nil {
		return "", fmt.Errorf("trust device: %w", err)
	}
	return token, nil
}

// spendTrusted changes the secret of a remembered device for a new one, so that
// a stolen copy serves until the owner's next sign-in at most; empty when the
// device is not remembered for this account.
func spendTrusted(ctx context.Context, tx models.Tx, account models.ID, token string) (string, error) {
	if token == "" || len(token) > 100 {
		return "", nil
	}
	next := secret()
	tag, err := tx.PGX.Exec(ctx, `UPDATE trusted_devices SET token_hash = $4 WHERE token_hash = $1 AND account_id = $2 AND ends_at > $3`,
		models.Prepared, models.HashToken(token), account, tx.Now, models.HashToken(next))
	if err != nil {
		return "", fmt.Errorf("trusted device: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return "", nil
	}
	return next, nil
}

func forgetTrusted(ctx context.Context, tx models.Tx, account models.ID) error {
	if _, err := tx.PGX.Exec(ctx, `DELETE FROM trusted_devices WHERE account_id = $1`, models.Prepared, account); err != nil {
		return fmt.Errorf("forget devices: %w", err)
	}
	return nil
}

// ForgetDevices makes every remembered device ask for the second factor again.
func ForgetDevices(ctx context.Context, tx models.Tx, by models.Actor) error {
	if !by.SignedIn() {
		return models.NotFound("account.unknown")
	}
	if err := forgetTrusted(ctx, tx, by.Account); err != nil {
		return err
	}
	return record(ctx, tx, by, "account.devices_forgotten", by.Account)
}
