package people_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"passerelle/models"
	"passerelle/models/modelstest"
	"passerelle/models/people"
)

func TestSecretChanged(t *testing.T) {
	t.Parallel()
	db := modelstest.DB(t)
	former := db.Keys
	start := func() (changed bool) {
		inTx(t, db, func(ctx context.Context, tx models.Tx) (err error) {
			changed, err = people.KeepSecret(ctx, tx)
			return err
		})
		return changed
	}
	in, secret := enrolled(t, db)
	t.Run("P1.13 started again with the same secret key, nothing ends", func(t *testing.T) {
		if first, again := start(), start(); first || again {
			t.Error("it changed")
		}
		if actor, _, err := people.ActorOf(t.Context(), db, in.Token); err != nil || !actor.SignedIn() {
			t.Errorf("signed out: %v", err)
		}
	})
	t.Run("P1.13 with another secret key everybody is signed out, and what cannot be read is told, not an error", func(t *testing.T) {
		db.Keys = models.NewKeys([]byte(strings.Repeat("another secret ", 3)))
		if !start() || start() {
			t.Fatal("not once")
		}
		if actor, _, err := people.ActorOf(t.Context(), db, in.Token); err != nil || actor.SignedIn() {
			t.Errorf("still signed in: %v", err)
		}
		inTx(t, db, func(ctx context.Context, tx models.Tx) error {
			lost, all, err := people.Unreadable(ctx, tx)
			if lost != 1 || all != 1 {
				t.Errorf("%d of %d", lost, all)
			}
			return err
		})
		half := halfWay(t, db)
		for _, code := range []string{shown(t, db, secret), "abcd-efgh-jkmn"} {
			_, err := people.PassCode(t.Context(), db, anonymous, half, people.CodeInput{Code: code})
			var refusal *models.Error
			if !errors.As(err, &refusal) || refusal.Key != people.KeyUnreadable {
				t.Errorf("%s: %v", code, err)
			}
		}
	})
	t.Run("P1.13 with the former one back, its factors serve again", func(t *testing.T) {
		db.Keys = former
		if !start() {
			t.Error("not told")
		}
		later := modelstest.Clock(db)
		later.Set(later.Now().Add(31e9))
		if _, err := people.PassCode(t.Context(), db, anonymous, halfWay(t, db), people.CodeInput{Code: shown(t, db, secret)}); err != nil {
			t.Error(err)
		}
	})
}

func TestWrongCodesAreSeen(t *testing.T) {
	t.Parallel()
	t.Run("P1.13 each wrong code is in the journal, without it", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		_, _ = enrolled(t, db)
		half := halfWay(t, db)
		for _, code := range []string{"000000", "wrong-wrong-no"} {
			if _, err := people.PassCode(t.Context(), db, anonymous, half, people.CodeInput{Code: code}); models.KindOf(err) != models.KindInvalid {
				t.Fatal(err)
			}
		}
		var n int
		var data string
		err := db.Pool.QueryRow(t.Context(), `SELECT count(*), string_agg(data::text, ' ' ORDER BY at, id) FROM events WHERE kind = 'account.factor_refused' AND subject_kind = 'account'`).Scan(&n, &data)
		if err != nil || n != 2 || data != `{"factor": "totp"} {"factor": "recovery"}` {
			t.Errorf("%d %s %v", n, data, err)
		}
	})
}
