package people_test

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"passerelle/models"
	"passerelle/models/mailbox"
	"passerelle/models/modelstest"
	"passerelle/models/people"
)

// enrolled is an account with an application of codes, and its secret.
func enrolled(t *testing.T, db *models.DB) (people.SignedIn, string) {
	t.Helper()
	opened(t, db)
	in, err := people.SignIn(t.Context(), db, anonymous, people.SignInInput{Email: address, Password: good})
	if err != nil {
		t.Fatal(err)
	}
	var made people.NewTOTP
	inTx(t, db, func(ctx context.Context, tx models.Tx) (err error) {
		made, err = people.BeginTOTP(ctx, tx, in.Actor, "Passerelle")
		return err
	})
	if _, err := people.ConfirmTOTP(t.Context(), db, in.Actor, made.Sealed, shown(t, db, made.Secret)); err != nil {
		t.Fatal(err)
	}
	return in, made.Secret
}

// shown is what the application displays.
func shown(t *testing.T, db *models.DB, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, modelstest.Clock(db).Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// halfWay is a sign-in by the right password that waits for the second factor.
func halfWay(t *testing.T, db *models.DB) people.SignInState {
	t.Helper()
	in, err := people.SignIn(t.Context(), db, anonymous, people.SignInInput{Email: address, Password: good})
	if err != nil || !in.Half || in.Actor.SignedIn() {
		t.Fatalf("%+v %v", in, err)
	}
	actor, state, err := people.ActorOf(t.Context(), db, in.Token)
	if err != nil || actor.SignedIn() || state.Kind != people.SignInHalf {
		t.Fatalf("%+v %+v %v", actor, state, err)
	}
	return state
}

func TestFactors(t *testing.T) {
	t.Parallel()
	t.Run("P1.13 of ten uses of one code at the same moment, one passes", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		_, secret := enrolled(t, db)
		clock := modelstest.Clock(db)
		clock.Set(clock.Now().Add(time.Minute))
		code := shown(t, db, secret)
		states := make([]people.SignInState, 10)
		for i := range states {
			states[i] = halfWay(t, db)
		}
		var in atomic.Int64
		var all sync.WaitGroup
		for _, state := range states {
			all.Go(func() {
				if _, err := people.PassCode(context.WithoutCancel(t.Context()), db, anonymous, state, people.CodeInput{Code: code}); err == nil {
					in.Add(1)
				}
			})
		}
		all.Wait()
		if in.Load() != 1 {
			t.Errorf("%d came in", in.Load())
		}
	})
	t.Run("P1.13 a code of one step before or after is taken, none further away", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		_, secret := enrolled(t, db)
		clock := modelstest.Clock(db)
		clock.Set(clock.Now().Add(10 * time.Minute).Truncate(30 * time.Second))
		for _, c := range []struct {
			drift time.Duration
			right bool
		}{{-60 * time.Second, false}, {60 * time.Second, false}, {-30 * time.Second, true}, {30 * time.Second, true}} {
			code, err := totp.GenerateCode(secret, clock.Now().Add(c.drift))
			if err != nil {
				t.Fatal(err)
			}
			_, err = people.PassCode(t.Context(), db, anonymous, halfWay(t, db), people.CodeInput{Code: code[:3] + " " + code[3:]})
			if (err == nil) != c.right {
				t.Errorf("%s: %v", c.drift, err)
			}
		}
	})
	t.Run("P1.13 the secret lies sealed, and opens in no other row", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		_, secret := enrolled(t, db)
		var stored []byte
		if err := db.Pool.QueryRow(t.Context(), `SELECT secret FROM factors`).Scan(&stored); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(stored, []byte(secret)) {
			t.Error("it can be read")
		}
		inTx(t, db, func(ctx context.Context, tx models.Tx) error {
			_, err := tx.PGX.Exec(ctx, `UPDATE factors SET id = $1`, tx.NewID())
			return err
		})
		clock := modelstest.Clock(db)
		clock.Set(clock.Now().Add(time.Minute))
		_, err := people.PassCode(t.Context(), db, anonymous, halfWay(t, db), people.CodeInput{Code: shown(t, db, secret)})
		if err == nil || !strings.Contains(err.Error(), people.KeyUnreadable) {
			t.Errorf("%v", err)
		}
	})
	t.Run("P1.13 an operator takes everything away, with a reason that the journal keeps", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		in, _ := enrolled(t, db)
		remove := func(by models.Actor) func(context.Context, models.Tx) error {
			return func(ctx context.Context, tx models.Tx) error {
				return people.RemoveFactorsByOperator(ctx, tx, by, in.Actor.Account, "vue au guichet")
			}
		}
		wantKind(t, db.InTx(t.Context(), remove(in.Actor)), models.KindNotFound, "account.unknown")
		inTx(t, db, remove(models.Operator()))
		wantKind(t, db.InTx(t.Context(), remove(models.Operator())), models.KindInvalid, "account.factor.none")
		if n := count(t, db, `SELECT (SELECT count(*) FROM factors) + (SELECT count(*) FROM recovery_codes) + (SELECT count(*) FROM trusted_devices)`); n != 0 {
			t.Errorf("%d rows left", n)
		}
		if n := count(t, db, `SELECT count(*) FROM events WHERE kind = 'account.factors_removed' AND reason = 'vue au guichet'`); n != 1 {
			t.Errorf("%d lines of the journal", n)
		}
		last(t, db, mailbox.FactorRemoved, address)
		if _, state, _ := people.ActorOf(t.Context(), db, in.Token); state.Kind != people.SignInExpired {
			t.Errorf("the sign-in is %s", state.Kind)
		}
	})
	t.Run("P1.13 passkeys belong to a name: none for a bare address, localhost for this machine", func(t *testing.T) {
		t.Parallel()
		for base, host := range map[string]string{"https://formation.example.org": "formation.example.org", "https://formation.example.org:8443": "formation.example.org",
			"http://127.0.0.1:8080": "localhost", "http://[::1]:8080": "localhost", "https://192.0.2.7": "", "nonsense": ""} {
			k := people.NewPasskeys(base, "Passerelle")
			if got := hostOf(k); got != host {
				t.Errorf("%s: %q", base, got)
			}
		}
	})
	t.Run("P1.13 a setting takes its own words alone", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		set := func(value string) error {
			return db.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error {
				return models.SetSetting(ctx, tx, models.Operator(), "staff_second_factor", value)
			})
		}
		wantKind(t, set("maybe"), models.KindInvalid, "setting.not_a_choice")
		if err := set("offered"); err != nil {
			t.Error(err)
		}
	})
}

func hostOf(k *people.Passkeys) string {
	if k == nil {
		return ""
	}
	return k.Host
}
