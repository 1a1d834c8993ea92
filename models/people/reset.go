package people

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/form/ident"
	"passerelle/models/mailbox"
)

// ForgotPassword mails a one-use link to choose a new password (P1.6); the
// answer is the same for every address. A pending account gets its activation
// link again. Anyone may call it.
func ForgotPassword(ctx context.Context, db *models.DB, by models.Actor, email string, check Check) error {
	defer even(ctx, time.Now())
	clean, problem := ident.Email(email)
	if strings.TrimSpace(email) == "" {
		return models.Invalid("account.invalid", field("email", "required"))
	}
	if problem != "" {
		return models.Invalid("account.invalid", models.FieldError{Field: "email", Key: problem})
	}
	return db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		if err := passHuman(ctx, tx, check); err != nil {
			return err
		}
		a, err := accountByEmail(ctx, tx, ident.EmailAddress(clean))
		switch {
		case err != nil || none(a):
			return err
		case a.State == Pending && tx.Now.Before(*a.ExpiresAt):
			return mailActivation(ctx, tx, a)
		case a.State != Active:
			return nil
		}
		wait, err := hit(ctx, tx, counter{what: "reset", whom: a.Email, window: time.Hour, most: resetsPerHour})
		if err != nil || wait > 0 {
			return err
		}
		if err := mailReset(ctx, tx, a); err != nil {
			return err
		}
		return record(ctx, tx, by, "account.reset_asked", a.ID)
	})
}

func mailReset(ctx context.Context, tx models.Tx, a Account) error {
	minutes, err := tx.SettingInt(ctx, "reset_minutes")
	if err != nil {
		return err
	}
	if err := tx.RevokeLinks(ctx, models.LinkReset, a.ID); err != nil {
		return err
	}
	link, err := tx.CreateLink(ctx, models.LinkReset, a.ID, a.Email, time.Duration(minutes)*time.Minute)
	if err != nil {
		return err
	}
	return mailbox.Queue(ctx, tx, mailbox.Mail{Kind: mailbox.Reset, Recipient: a.Email, Lang: a.Lang,
		SubjectKind: mailbox.OfAccount, SubjectID: a.ID, LinkID: link.ID, OnceKey: "reset/" + link.ID.String()})
}

// ResetPassword sets a new password through the link of P1.6: it serves once,
// ends every sign-in, and the address is told. Gone when the link cannot act.
func ResetPassword(ctx context.Context, db *models.DB, by models.Actor, token, password, again string) error {
	var l models.Link
	var a Account
	err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		l, a, err = resettable(ctx, tx, token)
		return err
	})
	if err != nil {
		return err
	}
	hash, err := newHash(ctx, db, password, again, a)
	if err != nil {
		return err
	}
	return db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		// Read again under its lock: of two posts at once, one finds it used.
		if l, a, err = resettable(ctx, tx, token); err != nil {
			return err
		}
		if err := tx.UseLink(ctx, l.ID); err != nil {
			return err
		}
		by.Link = l.ID
		if err := setPassword(ctx, tx, a, hash, uuid.Nil); err != nil {
			return err
		}
		return record(ctx, tx, by, "account.password_reset", a.ID)
	})
}

func resettable(ctx context.Context, tx models.Tx, token string) (models.Link, Account, error) {
	l, err := tx.LinkByToken(ctx, models.LinkReset, token)
	if err != nil {
		return l, Account{}, err
	}
	if state := stateOf(l, tx.Now); state != LinkLive {
		return l, Account{}, models.Gone("account.link." + string(state))
	}
	a, err := accountByID(ctx, tx, l.Subject)
	if err == nil && a.State != Active {
		err = models.Gone("account.link.revoked")
	}
	return l, a, err
}

// newHash checks a new password by P1.2 and hashes it.
func newHash(ctx context.Context, db *models.DB, password, again string, a Account) (string, error) {
	most, err := passwordMax(ctx, db)
	if err != nil {
		return "", err
	}
	wrong := []models.FieldError{}
	checkPasswords(password, again, most, &wrong, a.Identity.BirthName, a.Identity.UsualName, a.Identity.FirstName, a.Email)
	if len(wrong) > 0 {
		return "", models.Invalid("account.invalid", wrong...)
	}
	return HashPassword(ctx, password)
}

// setPassword writes the hash, makes older links useless, ends the sign-ins
// but one, forgets failed tries and tells the address (P1.6, P1.7).
func setPassword(ctx context.Context, tx models.Tx, a Account, hash string, but models.ID) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE accounts SET password_hash = $2, version = version + 1 WHERE id = $1`, models.Prepared, a.ID, hash)
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	if err := tx.RevokeLinks(ctx, models.LinkReset, a.ID); err != nil {
		return err
	}
	if err := endAll(ctx, tx, a.ID, but); err != nil {
		return err
	}
	if err := forgetTrusted(ctx, tx, a.ID); err != nil {
		return err
	}
	if err := (throttle{account: ident.EmailAddress(a.Email)}).clear(ctx, tx); err != nil {
		return err
	}
	return mailbox.Queue(ctx, tx, mailbox.Mail{Kind: mailbox.PasswordChanged, Recipient: a.Email, Lang: a.Lang,
		SubjectKind: mailbox.OfAccount, SubjectID: a.ID, OnceKey: "password_changed/" + tx.NewID().String()})
}

// ChangePassword changes the signed-in person's password: the current one, a
// new one twice, different from it; other sign-ins end (P1.7).
func ChangePassword(ctx context.Context, db *models.DB, by models.Actor, current, password, again string) error {
	a, err := prove(ctx, db, by, current)
	if err != nil {
		return err
	}
	if password != "" && password == current {
		return models.Invalid("account.invalid", field("password", "same"))
	}
	hash, err := newHash(ctx, db, password, again, a)
	if err != nil {
		return err
	}
	return db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		if a, err = accountByID(ctx, tx, by.Account); err != nil {
			return err
		}
		if err := setPassword(ctx, tx, a, hash, by.SignIn); err != nil {
			return err
		}
		return record(ctx, tx, by, "account.password_changed", a.ID)
	})
}

// prove checks the signed-in person's password again, throttled like sign-in.
func prove(ctx context.Context, db *models.DB, by models.Actor, current string) (Account, error) {
	var a Account
	t := throttle{account: "account/" + by.Account.String()}
	err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		if a, err = Own(ctx, tx, by); err != nil {
			return err
		}
		wait, err := t.waiting(ctx, tx)
		if err == nil && wait > 0 {
			err = models.Limited("account.too_many_tries", seconds(wait))
		}
		return err
	})
	if err != nil {
		return a, err
	}
	right, err := verify(ctx, a.passwordHash, current)
	if err != nil {
		return a, err
	}
	err = db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		if right {
			return t.clear(ctx, tx)
		}
		return t.failed(ctx, tx)
	})
	if err == nil && !right {
		err = models.Invalid("account.invalid", field("current", "wrong"))
	}
	return a, err
}
