package people_test

import (
	"context"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/mailbox"
	"passerelle/models/modelstest"
	"passerelle/models/people"
)

const good = "Une Phrase de 8 mots, sans nom"

// anonymous is a browser without account or draft.
var anonymous = models.Actor{Kind: models.ActorAnonymous, Lang: "fr"}

// form is a sign-up filled in well, an hour after the page was shown.
func form(db *models.DB) people.SignUpInput {
	challenge := people.NewCheck(db)
	clock := modelstest.Clock(db)
	clock.Set(clock.Now().Add(time.Minute))
	return people.SignUpInput{
		Civility: "madame", BirthName: "Fontaine", SameName: true, FirstName: "Camille", BirthDate: "14/06/1988",
		Email: "camille.fontaine@example.org", EmailAgain: "camille.fontaine@example.org",
		Password: good, PasswordAgain: good,
		Acknowledged: []string{"charter", "privacy", "legal"}, Lang: "fr",
		Check: people.Check{Challenge: challenge},
	}
}

func signUp(t *testing.T, db *models.DB, by models.Actor, change func(*people.SignUpInput)) people.SignedUp {
	t.Helper()
	in := form(db)
	if change != nil {
		change(&in)
	}
	out, err := people.SignUp(t.Context(), db, by, in)
	if err != nil {
		t.Fatalf("sign up: %v", err)
	}
	return out
}

// mail is one queued mail with the token that its link would carry.
type mail struct {
	kind      mailbox.Kind
	recipient string
	token     string
}

func mails(t *testing.T, db *models.DB) []mail {
	t.Helper()
	var list []mail
	inTx(t, db, func(ctx context.Context, tx models.Tx) error {
		rows, err := tx.PGX.Query(ctx, `SELECT m.kind, m.recipient, l.id, l.generation FROM mails m LEFT JOIN links l ON l.id = m.link_id ORDER BY m.queued_at, m.id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var m mail
			var link *models.ID
			var generation *int
			if err := rows.Scan(&m.kind, &m.recipient, &link, &generation); err != nil {
				return err
			}
			if link != nil {
				m.token = db.Keys.LinkToken(*link, *generation)
			}
			list = append(list, m)
		}
		return rows.Err()
	})
	return list
}

// last is the newest mail of a kind to an address.
func last(t *testing.T, db *models.DB, kind mailbox.Kind, to string) mail {
	t.Helper()
	found := mail{}
	for _, m := range mails(t, db) {
		if m.kind == kind && m.recipient == to {
			found = m
		}
	}
	if found.kind == "" {
		t.Fatalf("no mail %s to %s among %v", kind, to, mails(t, db))
	}
	return found
}

func count(t *testing.T, db *models.DB, sql string, args ...any) int {
	t.Helper()
	var n int
	if err := db.Pool.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func inTx(t *testing.T, db *models.DB, fn func(context.Context, models.Tx) error) {
	t.Helper()
	if err := db.InTx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// opened is an active account, signed up and activated by its mail.
func opened(t *testing.T, db *models.DB) {
	t.Helper()
	signUp(t, db, anonymous, nil)
	activate(t, db, last(t, db, mailbox.Activation, "camille.fontaine@example.org").token)
}

func activate(t *testing.T, db *models.DB, token string) people.Activated {
	t.Helper()
	var out people.Activated
	inTx(t, db, func(ctx context.Context, tx models.Tx) (err error) {
		out, err = people.Activate(ctx, tx, anonymous, token)
		return err
	})
	return out
}

func signIn(t *testing.T, db *models.DB, password string) people.SignedIn {
	t.Helper()
	out, err := people.SignIn(t.Context(), db, anonymous, people.SignInInput{Email: "camille.fontaine@example.org", Password: password, Device: "Firefox"})
	if err != nil {
		t.Fatalf("sign in: %v", err)
	}
	return out
}

func wantKind(t *testing.T, err error, kind models.Kind, key string) {
	t.Helper()
	var e *models.Error
	if models.KindOf(err) != kind || !asError(err, &e) || e.Key != key {
		t.Fatalf("got %v (kind %d), want kind %d %s", err, models.KindOf(err), kind, key)
	}
}
