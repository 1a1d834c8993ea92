package people_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/mailbox"
	"passerelle/models/modelstest"
	"passerelle/models/people"
)

func asError(err error, target **models.Error) bool { return errors.As(err, target) }

func TestSignUp(t *testing.T) {
	t.Parallel()
	t.Run("P1.1 every field is checked at once and named", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		in := form(db)
		in.BirthName, in.FirstName, in.BirthDate = "", "1234<", "31/02/1990"
		in.EmailAgain, in.Password, in.PasswordAgain, in.Acknowledged = "other@example.org", "short", "", []string{"legal"}
		_, err := people.SignUp(t.Context(), db, anonymous, in)
		wantKind(t, err, models.KindInvalid, "account.invalid")
		var e *models.Error
		asError(err, &e)
		got := []string{}
		for _, f := range e.Fields {
			if !slices.Contains(got, f.Field) {
				got = append(got, f.Field)
			}
		}
		want := "birth_name first_name birth_date email_again password text_charter text_privacy"
		if strings.Join(got, " ") != want {
			t.Errorf("fields %v, want %s", got, want)
		}
		if n := count(t, db, `SELECT count(*) FROM accounts`); n != 0 {
			t.Errorf("%d accounts", n)
		}
	})
	t.Run("P1.3 a pending account, one mail, one job, texts with their version", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		out := signUp(t, db, anonymous, nil)
		if n := count(t, db, `SELECT count(*) FROM accounts WHERE state = 'pending' AND expires_at = $1`, out.ExpiresAt); n != 1 {
			t.Errorf("%d pending accounts", n)
		}
		if got := mails(t, db); len(got) != 1 || got[0].kind != mailbox.Activation {
			t.Errorf("mails %v", got)
		}
		if n := count(t, db, `SELECT count(*) FROM river_job WHERE kind = 'send_mail'`); n != 1 {
			t.Errorf("%d jobs", n)
		}
		if n := count(t, db, `SELECT count(*) FROM acknowledgements WHERE version <> '' AND at IS NOT NULL`); n != 3 {
			t.Errorf("P18.8 %d acknowledgements", n)
		}
		if n := count(t, db, `SELECT count(*) FROM events WHERE kind = 'account.opened'`); n != 1 {
			t.Errorf("%d events", n)
		}
	})
	t.Run("P1.4 a known address is told by mail alone, in any case", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		opened(t, db)
		before := len(mails(t, db))
		out := signUp(t, db, anonymous, func(in *people.SignUpInput) {
			in.Email, in.EmailAgain = "Camille.FONTAINE@Example.org", "camille.fontaine@example.org"
			in.BirthName, in.FirstName = "Martin", "Paul"
		})
		if out.Email != "Camille.FONTAINE@example.org" {
			t.Errorf("answer %q", out.Email)
		}
		if got := mails(t, db)[before:]; len(got) != 1 || got[0].kind != mailbox.AlreadyKnown || got[0].recipient != "camille.fontaine@example.org" {
			t.Errorf("mails %v", got)
		}
		if n := count(t, db, `SELECT count(*) FROM accounts`); n != 1 {
			t.Errorf("%d accounts", n)
		}
	})
	t.Run("P18.7 a known identity is told to the address on file, the typed one gets a neutral mail", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		opened(t, db)
		before := len(mails(t, db))
		signUp(t, db, anonymous, func(in *people.SignUpInput) {
			in.Email, in.EmailAgain = "autre@example.org", "autre@example.org"
			in.Civility, in.BirthName, in.FirstName, in.BirthDate = "monsieur", "FONTAINE", "Ca-mille", "1988-06-14"
		})
		got := mails(t, db)[before:]
		if len(got) != 2 || got[0].recipient == got[1].recipient {
			t.Fatalf("mails %v", got)
		}
		last(t, db, mailbox.IdentityKnownOwner, "camille.fontaine@example.org")
		last(t, db, mailbox.IdentityKnownNeutral, "autre@example.org")
		if n := count(t, db, `SELECT count(*) FROM accounts`); n != 1 {
			t.Errorf("%d accounts", n)
		}
	})
	t.Run("P1.4 two sign-ups that disagree on the password keep neither", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		signUp(t, db, anonymous, func(in *people.SignUpInput) {
			in.Password, in.PasswordAgain = "Planté par 1 autre !", "Planté par 1 autre !"
		})
		first := last(t, db, mailbox.Activation, "camille.fontaine@example.org").token
		signUp(t, db, anonymous, nil)
		second := last(t, db, mailbox.Activation, "camille.fontaine@example.org").token
		err := db.InTx(t.Context(), activating(first))
		wantKind(t, err, models.KindGone, "account.link.revoked")
		out := activate(t, db, second)
		if out.Choose == "" {
			t.Fatal("no page to choose a password")
		}
		for _, p := range []string{"Planté par 1 autre !", good} {
			_, err := people.SignIn(t.Context(), db, anonymous, people.SignInInput{Email: "camille.fontaine@example.org", Password: p})
			wantKind(t, err, models.KindInvalid, "account.sign_in_wrong")
		}
		if err := people.ResetPassword(t.Context(), db, anonymous, out.Choose, good, good); err != nil {
			t.Fatal(err)
		}
		signIn(t, db, good)
	})
	t.Run("P1.4 the answer takes as long whether the account exists or not", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		signUp(t, db, anonymous, nil)
		for name, quick := range map[string]func() error{
			"again to a pending address": func() error {
				return people.SendActivationAgain(t.Context(), db, "camille.fontaine@example.org", "127.0.0.1")
			},
			"again to nobody": func() error {
				return people.SendActivationAgain(t.Context(), db, "personne@example.org", "127.0.0.1")
			},
			"an empty form": func() error {
				if _, err := people.SignUp(t.Context(), db, anonymous, people.SignUpInput{}); models.KindOf(err) != models.KindInvalid {
					return err
				}
				return nil
			},
		} {
			start := time.Now()
			if err := quick(); err != nil {
				t.Fatal(name, err)
			}
			if spent := time.Since(start); spent < 50*time.Millisecond {
				t.Errorf("%s: answered in %v, before the end of a step", name, spent)
			}
		}
	})
}

func TestHumanCheck(t *testing.T) {
	t.Parallel()
	db := modelstest.DB(t)
	try := func(change func(*people.SignUpInput)) error {
		in := form(db)
		change(&in)
		_, err := people.SignUp(t.Context(), db, anonymous, in)
		return err
	}
	problem := func(err error) string {
		var e *models.Error
		if !asError(err, &e) || len(e.Fields) != 1 {
			return ""
		}
		return e.Fields[0].Key
	}
	t.Run("P18.9 the trap field, a forged, an old and a hasty form are refused with a word", func(t *testing.T) {
		if got := problem(try(func(in *people.SignUpInput) { in.Check.Trap = "http://spam" })); got != "account.check.trap" {
			t.Error(got)
		}
		if got := problem(try(func(in *people.SignUpInput) { in.Check.Challenge = "AAAA" })); got != "account.check.expired" {
			t.Error(got)
		}
		if got := problem(try(func(in *people.SignUpInput) { in.Check.Challenge = people.NewCheck(db) })); got != "account.check.fast" {
			t.Error(got)
		}
		if got := problem(try(func(in *people.SignUpInput) {
			in.Check.Challenge = in.Check.Challenge[:len(in.Check.Challenge)-4] + "AAAA"
		})); got != "account.check.expired" {
			t.Error(got)
		}
	})
	t.Run("P18.9 a challenge serves once", func(t *testing.T) {
		var used people.Check
		if err := try(func(in *people.SignUpInput) { used = in.Check }); err != nil {
			t.Fatal(err)
		}
		if got := problem(try(func(in *people.SignUpInput) { in.Check = used })); got != "account.check.used" {
			t.Error(got)
		}
	})
	t.Run("P18.9 without the computed answer fewer forms of one address are taken", func(t *testing.T) {
		email := func(in *people.SignUpInput) {
			in.Email = "someone@example.org"
			in.EmailAgain = in.Email
			in.Check.Address = "192.0.2.7"
		}
		for i := range 10 {
			if err := try(email); err != nil {
				t.Fatalf("form %d: %v", i, err)
			}
		}
		wantKind(t, try(email), models.KindLimited, "account.too_many_forms")
		err := try(func(in *people.SignUpInput) {
			email(in)
			in.Check.Answer = solve(in.Check.Challenge)
		})
		if err != nil {
			t.Errorf("P1.15 with the computed answer: %v", err)
		}
	})
}
