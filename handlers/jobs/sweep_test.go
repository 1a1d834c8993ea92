package jobs_test

import (
	"context"
	"testing"
	"time"

	"passerelle/handlers/jobs"
	"passerelle/models"
	"passerelle/models/modelstest"
	"passerelle/models/people"
)

func TestSweep(t *testing.T) {
	t.Parallel()
	t.Run("P1.3 P18.10 the clock deletes pending accounts and forms that nobody came back for, twice is once", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		clock := modelstest.Clock(db)
		challenge := people.NewCheck(db)
		clock.Set(clock.Now().Add(time.Minute))
		_, err := people.SignUp(t.Context(), db, models.Actor{Kind: models.ActorAnonymous}, people.SignUpInput{BirthName: "Fontaine", SameName: true, FirstName: "Camille",
			BirthDate: "14/06/1988", Email: "c@example.org", EmailAgain: "c@example.org", Password: "Une Phrase de 8 mots", PasswordAgain: "Une Phrase de 8 mots",
			Acknowledged: []string{"charter", "privacy", "legal"}, Lang: "fr", Check: people.Check{Challenge: challenge}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.Pool.Exec(t.Context(), `INSERT INTO replays (id, account_id, method, path, content_type, body, created_at) VALUES ($1, $1, 'POST', '/', 'text/plain', 'sealed', $2)`, db.NewID(), clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		left := func() (accounts, forms, challenges int) {
			if err := jobs.Sweep(t.Context(), jobs.Options{DB: db}); err != nil {
				t.Fatal(err)
			}
			err := db.Pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM accounts), (SELECT count(*) FROM replays), (SELECT count(*) FROM challenges)`).
				Scan(&accounts, &forms, &challenges)
			if err != nil {
				t.Fatal(err)
			}
			return accounts, forms, challenges
		}
		if a, f, c := left(); a != 1 || f != 1 || c != 1 {
			t.Errorf("too soon: %d accounts, %d forms, %d challenges", a, f, c)
		}
		clock.Set(clock.Now().Add(8 * 24 * time.Hour))
		for range 2 {
			if a, f, c := left(); a != 0 || f != 0 || c != 0 {
				t.Errorf("%d accounts, %d forms, %d challenges left", a, f, c)
			}
		}
		var events int
		err = db.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error {
			return tx.PGX.QueryRow(ctx, `SELECT count(*) FROM events WHERE kind = 'account.expired' AND actor_kind = 'portal'`).Scan(&events)
		})
		if err != nil || events != 1 {
			t.Errorf("%d events, %v", events, err)
		}
	})
}
