package people_test

import (
	"context"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/modelstest"
	"passerelle/models/people"
)

// TestSignInEnds keeps the two ends of a sign-in in order, however it ends.
func TestSignInEnds(t *testing.T) {
	ctx, db := context.Background(), modelstest.DB(t)
	opened(t, db)
	first, second, third := signIn(t, db, good), signIn(t, db, good), signIn(t, db, good)
	ordered := func(t *testing.T) {
		t.Helper()
		if n := count(t, db, `SELECT count(*) FROM sign_ins WHERE idle_until > ends_at`); n != 0 {
			t.Errorf("%d sign-ins could be used past their end", n)
		}
	}
	t.Run("P1.13 one closed from another device", func(t *testing.T) {
		inTx(t, db, func(ctx context.Context, tx models.Tx) error {
			return people.EndSignIn(ctx, tx, first.Actor, second.Actor.SignIn)
		})
		ordered(t)
	})
	t.Run("P1.13 all the others closed", func(t *testing.T) {
		inTx(t, db, func(ctx context.Context, tx models.Tx) error { return people.EndOthers(ctx, tx, first.Actor) })
		ordered(t)
		if _, state, err := people.ActorOf(ctx, db, third.Token); err != nil || state.Kind != people.SignInExpired {
			t.Errorf("state %v, %v", state.Kind, err)
		}
	})
	t.Run("P1.13 one used until its last hour", func(t *testing.T) {
		clock := modelstest.Clock(db)
		for clock.Now().Before(first.Ends.Add(-2 * time.Minute)) {
			clock.Set(clock.Now().Add(50 * time.Minute))
			if _, _, err := people.ActorOf(ctx, db, first.Token); err != nil {
				t.Fatal(err)
			}
			ordered(t)
		}
	})
}
