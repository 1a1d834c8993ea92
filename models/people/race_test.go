package people_test

import (
	"context"
	"testing"

	"passerelle/models"
	"passerelle/models/mailbox"
	"passerelle/models/modelstest"
	"passerelle/models/people"
)

// atOnce runs fn n times together and counts the calls that succeeded.
func atOnce(n int, fn func() error) (succeeded int, refused []error) {
	done := make(chan error)
	for range n {
		go func() { done <- fn() }()
	}
	for range n {
		if err := <-done; err != nil {
			refused = append(refused, err)
			continue
		}
		succeeded++
	}
	return succeeded, refused
}

func TestAtOnce(t *testing.T) {
	t.Parallel()
	t.Run("P1.4 sign-ups of one address at once open one account", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		forms := make(chan people.SignUpInput, 6)
		for range 6 {
			forms <- form(db)
		}
		_, refused := atOnce(6, func() error {
			_, err := people.SignUp(context.Background(), db, anonymous, <-forms)
			return err
		})
		for _, err := range refused {
			t.Error(err)
		}
		if n := count(t, db, `SELECT count(*) FROM accounts`); n != 1 {
			t.Errorf("%d accounts", n)
		}
	})
	t.Run("P1.3 a link pressed many times at once opens the account once", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		signUp(t, db, anonymous, nil)
		token := last(t, db, mailbox.Activation, address).token
		n, refused := atOnce(8, func() error { return db.InTx(context.Background(), activating(token)) })
		if n != 1 {
			t.Errorf("%d activations", n)
		}
		for _, err := range refused {
			if models.KindOf(err) != models.KindGone {
				t.Error(err)
			}
		}
	})
	t.Run("P1.4 two addresses of one identity at once: one account opens", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		tokens := make(chan string, 2)
		for _, email := range []string{"un@example.org", "deux@example.org"} {
			signUp(t, db, anonymous, func(in *people.SignUpInput) { in.Email, in.EmailAgain = email, email })
			tokens <- last(t, db, mailbox.Activation, email).token
		}
		n, refused := atOnce(2, func() error { return db.InTx(context.Background(), activating(<-tokens)) })
		if n != 1 || len(refused) != 1 || models.KindOf(refused[0]) != models.KindConflict {
			t.Errorf("%d opened, %v", n, refused)
		}
	})
}
