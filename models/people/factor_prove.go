package people

import (
	"context"
	"fmt"
	"time"

	"passerelle/models"
)

// CodeInput is what the page of the second factor asks.
type CodeInput struct {
	Code     string // of the application, or a recovery code
	Remember bool   // do not ask on this device for 30 days
	Device   string
	Known    string // DeviceKey kept by this browser, if any
	Address  string
}

// factorThrottle counts the wrong codes of one account, apart from its wrong
// passwords: who knows the password does not clear it.
func factorThrottle(account models.ID, network string) throttle {
	return throttle{account: "factor/" + account.String(), network: network}
}

// check refuses while the next try must wait.
func (t throttle) check(ctx context.Context, tx models.Tx) error {
	wait, err := t.waiting(ctx, tx)
	if err == nil && wait > 0 {
		err = models.Limited("account.too_many_tries", seconds(wait))
	}
	return err
}

// spendCode takes a code of the application or a recovery code; not right when it
// is neither, was used already or is another account's. Invalid (KeyUnreadable) where the
// portal cannot read any more what the code is compared with.
func spendCode(ctx context.Context, tx models.Tx, a Account, code string) (tried Method, right bool, err error) {
	if len(digits(code)) == 6 {
		right, err = spendTOTP(ctx, tx, a.ID, digits(code))
		return ByTOTP, right, err
	}
	if right, err = spendRecovery(ctx, tx, a, code); err != nil || right {
		return ByRecovery, right, err
	}
	f, err := factorsOf(ctx, tx, a.ID, models.ID{})
	if err == nil && f.Unreadable() {
		err = models.Invalid(KeyUnreadable)
	}
	return ByRecovery, false, err
}

// refused counts a wrong code and writes in the journal that there was one, without it:
// somebody who tries the codes of an account is seen.
func refused(ctx context.Context, tx models.Tx, t throttle, by models.Actor, account models.ID, tried Method) error {
	if err := t.failed(ctx, tx); err != nil {
		return err
	}
	return recordFactor(ctx, tx, by, "account.factor_refused", account, tried)
}

// PassCode ends the waiting of a half-way sign-in: a right code opens a whole
// one under a new token. Everything wrong is one Invalid; too many tries are
// Limited, growing, whichever browser or password they came with (P1.13).
func PassCode(ctx context.Context, db *models.DB, by models.Actor, half SignInState, in CodeInput) (SignedIn, error) {
	defer even(ctx, time.Now())
	var out SignedIn
	right := false
	err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		a, err := halfAccount(ctx, tx, half)
		if err != nil {
			return err
		}
		t := factorThrottle(a.ID, Network(in.Address))
		if deviceKnown(tx.Keys(), in.Known, a.ID) {
			t = throttle{account: "factor/" + a.ID.String() + "/" + in.Known}
		}
		if err := t.check(ctx, tx); err != nil {
			return err
		}
		method, ok, err := spendCode(ctx, tx, a, in.Code)
		if err != nil {
			return err
		}
		if right = ok; !right {
			return refused(ctx, tx, t, by, a.ID, method)
		}
		e := entrance{by: by, account: a, device: in.Device, replaced: []models.ID{half.SignIn}, factor: method, proven: true}
		if out, err = e.open(ctx, tx); err != nil {
			return err
		}
		if in.Remember {
			if out.Trusted, err = trust(ctx, tx, a.ID, in.Device); err != nil {
				return err
			}
		}
		return t.clear(ctx, tx)
	})
	if err == nil && !right {
		err = models.Invalid("account.invalid", field("code", "wrong"))
	}
	return out, err
}

// halfAccount locks the account of a half-way sign-in that still waits.
func halfAccount(ctx context.Context, tx models.Tx, half SignInState) (Account, error) {
	if half.Kind != SignInHalf {
		return Account{}, models.NotFound("account.unknown")
	}
	a, err := enterable(ctx, tx, half.Account)
	if err != nil {
		return a, err
	}
	var waits bool
	err = tx.PGX.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM sign_ins WHERE id = $1 AND account_id = $2 AND half AND ends_at > $3)`, models.Prepared,
		half.SignIn, half.Account, tx.Now).Scan(&waits)
	if err != nil {
		return a, fmt.Errorf("second factor: %w", err)
	}
	if !waits {
		return a, models.NotFound("account.unknown")
	}
	return a, nil
}

// Prove asks the signed-in person again before a change of factors: a code
// where they have a factor, else their password. Throttled like sign-in.
func Prove(ctx context.Context, db *models.DB, by models.Actor, code, password string) error {
	var f Factors
	err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		f, err = FactorsOf(ctx, tx, by)
		return err
	})
	if err != nil {
		return err
	}
	if len(f.List) > 0 {
		return proveByCode(ctx, db, by, code)
	}
	if _, err := prove(ctx, db, by, password); err != nil {
		return err
	}
	return db.InTx(ctx, func(ctx context.Context, tx models.Tx) error { return proven(ctx, tx, by, "") })
}

func proveByCode(ctx context.Context, db *models.DB, by models.Actor, code string) error {
	defer even(ctx, time.Now())
	right := false
	err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		a, err := accountByID(ctx, tx, by.Account)
		if err != nil {
			return err
		}
		t := factorThrottle(a.ID, "")
		if err := t.check(ctx, tx); err != nil {
			return err
		}
		method, ok, err := spendCode(ctx, tx, a, code)
		if err != nil {
			return err
		}
		if right = ok; !right {
			return refused(ctx, tx, t, by, a.ID, method)
		}
		if err := proven(ctx, tx, by, method); err != nil {
			return err
		}
		return t.clear(ctx, tx)
	})
	if err == nil && !right {
		err = models.Invalid("account.invalid", field("code", "wrong"))
	}
	return err
}

// proven marks the sign-in: factors may be changed for a while.
func proven(ctx context.Context, tx models.Tx, by models.Actor, method Method) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE sign_ins SET proven_at = $2, factor = coalesce(nullif($3, ''), factor) WHERE id = $1 AND account_id = $4 AND NOT half`,
		models.Prepared, by.SignIn, tx.Now, string(method), by.Account)
	if err != nil {
		return fmt.Errorf("prove: %w", err)
	}
	return recordFactor(ctx, tx, by, "account.proven", by.Account, method)
}
