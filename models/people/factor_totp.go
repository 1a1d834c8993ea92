package people

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"passerelle/models"
)

// Codes change every half minute; one step of drift is borne on either side.
const (
	totpStep  = 30
	totpDrift = 1
	// enrolLasts is how long the page that shows a new secret may be used.
	enrolLasts = 30 * time.Minute
)

// NewTOTP is the secret of an application about to be added; nothing is stored
// until a code of it comes back.
type NewTOTP struct {
	Secret string // base32, to type
	URL    string // otpauth:, to photograph
	Sealed string // the secret for ConfirmTOTP, unreadable elsewhere
}

// sealedTOTP travels through the page.
type sealedTOTP struct {
	Secret string
	Until  int64
}

// BeginTOTP draws a secret for the actor, issuer naming the portal in the
// application. Invalid (KeyProve) when nothing was proven lately.
func BeginTOTP(ctx context.Context, tx models.Tx, by models.Actor, issuer string) (NewTOTP, error) {
	if _, _, err := changing(ctx, tx, by); err != nil {
		return NewTOTP{}, err
	}
	raw := make([]byte, 20)
	_, _ = rand.Read(raw)
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: by.Email, Secret: raw})
	if err != nil {
		return NewTOTP{}, fmt.Errorf("new application: %w", err)
	}
	out := NewTOTP{Secret: key.Secret(), URL: key.URL()}
	out.Sealed, err = sealText(tx.Keys(), "totp-page", sealedTOTP{key.Secret(), tx.Now.Add(enrolLasts).Unix()}, by.SignIn[:])
	return out, err
}

// AgainTOTP is the same secret for the page shown again after a wrong code;
// Invalid when it is too old or another sign-in's.
func AgainTOTP(tx models.Tx, by models.Actor, sealed, issuer string) (NewTOTP, error) {
	text, err := openTOTP(tx, by, sealed)
	if err != nil {
		return NewTOTP{}, err
	}
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil {
		return NewTOTP{}, fmt.Errorf("new application: %w", err)
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: by.Email, Secret: raw})
	if err != nil {
		return NewTOTP{}, fmt.Errorf("new application: %w", err)
	}
	return NewTOTP{Secret: text, URL: key.URL(), Sealed: sealed}, nil
}

// openTOTP reads what BeginTOTP sealed for this very sign-in.
func openTOTP(tx models.Tx, by models.Actor, sealed string) (string, error) {
	var s sealedTOTP
	if !unsealText(tx.Keys(), "totp-page", sealed, &s, by.SignIn[:]) || tx.Now.Unix() > s.Until {
		return "", models.Invalid("account.factor.page_expired")
	}
	return s.Secret, nil
}

// ConfirmTOTP keeps the application once a code of it is right, in the place of
// the one before, and gives the ten recovery codes with the first factor. Throttled
// as every code.
func ConfirmTOTP(ctx context.Context, db *models.DB, by models.Actor, sealed, code string) (codes []string, err error) {
	defer even(ctx, time.Now())
	right := false
	err = db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		a, _, err := changing(ctx, tx, by)
		if err != nil {
			return err
		}
		t := factorThrottle(a.ID, "")
		if err := t.check(ctx, tx); err != nil {
			return err
		}
		text, err := openTOTP(tx, by, sealed)
		if err != nil {
			return err
		}
		step := matching(text, digits(code), tx.Now, 0)
		if right = step > 0; !right {
			return refused(ctx, tx, t, by, a.ID, ByTOTP)
		}
		id := tx.NewID()
		stored, err := seal(tx.Keys(), "totp", []byte(text), id[:])
		if err != nil {
			return err
		}
		if _, err := tx.PGX.Exec(ctx, `DELETE FROM factors WHERE account_id = $1 AND kind = 'totp'`, models.Prepared, a.ID); err != nil {
			return fmt.Errorf("add application: %w", err)
		}
		_, err = tx.PGX.Exec(ctx, `INSERT INTO factors (id, account_id, kind, secret, last_step, created_at) VALUES ($1, $2, 'totp', $3, $4, $5)`,
			models.Prepared, id, a.ID, stored, step, tx.Now)
		if err != nil {
			return fmt.Errorf("add application: %w", err)
		}
		codes, err = added(ctx, tx, by, a, ByTOTP)
		return err
	})
	if err == nil && !right {
		err = models.Invalid("account.invalid", field("code", "wrong"))
	}
	return codes, err
}

// digits leaves a code as typed without blanks.
func digits(code string) string { return strings.Join(strings.Fields(code), "") }

// matching is the half minute whose code this is, after the last one taken;
// zero when none is. Every step is compared, so that the time tells nothing.
func matching(secret, code string, now time.Time, last int64) int64 {
	found := int64(0)
	current := now.Unix() / totpStep
	for step := current - totpDrift; step <= current+totpDrift; step++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && step > last {
			found = step
		}
	}
	return found
}

// spendTOTP takes a code of the account's application; a code serves once, and
// none before it afterwards.
func spendTOTP(ctx context.Context, tx models.Tx, account models.ID, code string) (bool, error) {
	var id models.ID
	var stored []byte
	var last int64
	rows, err := tx.PGX.Query(ctx, `SELECT id, secret, last_step FROM factors WHERE account_id = $1 AND kind = 'totp' FOR UPDATE`, models.Prepared, account)
	if err != nil {
		return false, fmt.Errorf("code: %w", err)
	}
	there := rows.Next()
	if there {
		err = rows.Scan(&id, &stored, &last)
	}
	rows.Close()
	if err != nil || rows.Err() != nil || !there {
		return false, err
	}
	plain, err := unseal(tx.Keys(), "totp", stored, id[:])
	if errors.Is(err, errSealed) {
		return false, models.Invalid(KeyUnreadable)
	}
	if err != nil {
		return false, fmt.Errorf("code: %w", err)
	}
	step := matching(string(plain), code, tx.Now, last)
	if step == 0 {
		return false, nil
	}
	tag, err := tx.PGX.Exec(ctx, `UPDATE factors SET last_step = $2, used_at = $3 WHERE id = $1 AND last_step < $2`, models.Prepared, id, step, tx.Now)
	if err != nil {
		return false, fmt.Errorf("code: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}
