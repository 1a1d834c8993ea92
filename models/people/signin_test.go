package people_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/mailbox"
	"passerelle/models/modelstest"
	"passerelle/models/people"
)

const address = "camille.fontaine@example.org"

func TestActivation(t *testing.T) {
	t.Parallel()
	t.Run("P1.3 the link serves once, opening its page changes nothing", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		signUp(t, db, anonymous, nil)
		token := last(t, db, mailbox.Activation, address).token
		for range 3 {
			inTx(t, db, func(ctx context.Context, tx models.Tx) error {
				state, link, err := people.LinkPage(ctx, tx, models.LinkActivate, token)
				if state != people.LinkLive || link.Email != address {
					t.Errorf("state %s", state)
				}
				return err
			})
		}
		if out := activate(t, db, token); out.Email != address || out.Choose != "" {
			t.Errorf("%+v", out)
		}
		wantKind(t, db.InTx(t.Context(), activating(token)), models.KindGone, "account.link.used")
		wantKind(t, db.InTx(t.Context(), activating("nothing")), models.KindNotFound, "link.unknown")
	})
	t.Run("P1.3 past its time the account is deleted and one starts again", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		signUp(t, db, anonymous, nil)
		token := last(t, db, mailbox.Activation, address).token
		clock := modelstest.Clock(db)
		clock.Set(clock.Now().Add(7 * 24 * time.Hour))
		wantKind(t, db.InTx(t.Context(), activating(token)), models.KindGone, "account.link.expired")
		inTx(t, db, func(ctx context.Context, tx models.Tx) error {
			n, err := people.DeleteExpiredPending(ctx, tx, models.Portal())
			if n != 1 {
				t.Errorf("%d deleted", n)
			}
			return err
		})
		if n := count(t, db, `SELECT (SELECT count(*) FROM accounts) + (SELECT count(*) FROM people) + (SELECT count(*) FROM links)`); n != 0 {
			t.Errorf("%d rows left", n)
		}
		opened(t, db)
	})
	t.Run("P1.3 send again makes the former link useless, three times a day", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		signUp(t, db, anonymous, nil)
		first := last(t, db, mailbox.Activation, address).token
		for range 5 {
			if err := people.SendActivationAgain(t.Context(), db, "  "+strings.ToUpper(address), ""); err != nil {
				t.Fatal(err)
			}
			modelstest.Clock(db).Set(modelstest.Clock(db).Now().Add(time.Minute))
		}
		if n := count(t, db, `SELECT count(*) FROM mails WHERE kind = 'activation'`); n != 3 {
			t.Errorf("%d mails", n)
		}
		wantKind(t, db.InTx(t.Context(), activating(first)), models.KindGone, "account.link.revoked")
		activate(t, db, last(t, db, mailbox.Activation, address).token)
	})
	t.Run("P1.4 the first of two pending accounts of one identity wins, the other is told", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		signUp(t, db, anonymous, nil)
		signUp(t, db, anonymous, func(in *people.SignUpInput) { in.Email, in.EmailAgain = "deux@example.org", "deux@example.org" })
		activate(t, db, last(t, db, mailbox.Activation, address).token)
		second := last(t, db, mailbox.Activation, "deux@example.org").token
		_, err := people.ActivateOrTell(t.Context(), db, anonymous, second)
		wantKind(t, err, models.KindConflict, "account.identity_known")
		last(t, db, mailbox.IdentityKnownOwner, address)
		inTx(t, db, func(ctx context.Context, tx models.Tx) error {
			a, err := people.FindByEmail(ctx, tx, models.Operator(), address)
			if err != nil {
				return err
			}
			return people.ClearHomonym(ctx, tx, models.Operator(), a.ID, "two persons")
		})
		if _, err := people.ActivateOrTell(t.Context(), db, anonymous, second); err != nil {
			t.Errorf("P18.7 a cleared homonym: %v", err)
		}
	})
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	t.Run("P1.5 the login is the e-mail; the sign-in is listed and ended", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		opened(t, db)
		one, two := signIn(t, db, good), signIn(t, db, good)
		actor, state, err := people.ActorOf(t.Context(), db, one.Token)
		if err != nil || state.Kind != people.SignInFresh || actor.Email != address || actor.Name != "Camille Fontaine" {
			t.Fatalf("%+v %v %v", actor, state, err)
		}
		inTx(t, db, func(ctx context.Context, tx models.Tx) error {
			list, err := people.SignInsOf(ctx, tx, actor)
			if len(list) != 2 {
				t.Errorf("%d sign-ins", len(list))
			}
			if err := people.EndSignIn(ctx, tx, actor, one.Actor.Account); models.KindOf(err) != models.KindNotFound {
				t.Errorf("another id: %v", err)
			}
			if err := people.EndOthers(ctx, tx, actor); err != nil {
				return err
			}
			return err
		})
		_, state, _ = people.ActorOf(t.Context(), db, two.Token)
		if state.Kind != people.SignInExpired || state.Account != actor.Account {
			t.Errorf("P18.10 ended elsewhere: %+v", state)
		}
		inTx(t, db, func(ctx context.Context, tx models.Tx) error { return people.SignOut(ctx, tx, actor) })
		if _, state, _ = people.ActorOf(t.Context(), db, one.Token); state.Kind != people.SignInNone {
			t.Errorf("P1.14 signed out: %+v", state)
		}
	})
	t.Run("P18.10 an idle sign-in ends and still tells whose it was", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		opened(t, db)
		in := signIn(t, db, good)
		clock := modelstest.Clock(db)
		clock.Set(clock.Now().Add(90 * time.Minute))
		if _, state, _ := people.ActorOf(t.Context(), db, in.Token); state.Kind != people.SignInFresh {
			t.Fatal("still used")
		}
		clock.Set(clock.Now().Add(90 * time.Minute))
		if _, state, _ := people.ActorOf(t.Context(), db, in.Token); state.Kind != people.SignInFresh {
			t.Fatal("seen an hour and a half ago")
		}
		clock.Set(clock.Now().Add(2 * time.Hour))
		actor, state, _ := people.ActorOf(t.Context(), db, in.Token)
		if state.Kind != people.SignInExpired || state.Account != in.Actor.Account || actor.SignedIn() {
			t.Fatalf("%+v %+v", state, actor)
		}
		inTx(t, db, people.Tidy)
		if n := count(t, db, `SELECT count(*) FROM sign_ins`); n != 1 {
			t.Error("tidied too soon")
		}
		clock.Set(clock.Now().Add(8 * 24 * time.Hour))
		inTx(t, db, people.Tidy)
		if n := count(t, db, `SELECT count(*) FROM sign_ins`); n != 0 {
			t.Error("not tidied")
		}
	})
	t.Run("P1.13 failures delay more and more, but not on a known device", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		opened(t, db)
		known := signIn(t, db, good).Known
		try := func(password, device string) error {
			_, err := people.SignIn(t.Context(), db, anonymous, people.SignInInput{Email: address, Password: password, Known: device})
			return err
		}
		for range 5 {
			wantKind(t, try("wrong", ""), models.KindInvalid, "account.sign_in_wrong")
		}
		err := try(good, "")
		wantKind(t, err, models.KindLimited, "account.too_many_tries")
		if err := try(good, known); err != nil {
			t.Errorf("known device: %v", err)
		}
		clock := modelstest.Clock(db)
		clock.Set(clock.Now().Add(5 * time.Second))
		wantKind(t, try("wrong", ""), models.KindInvalid, "account.sign_in_wrong")
		clock.Set(clock.Now().Add(5 * time.Second))
		wantKind(t, try(good, ""), models.KindLimited, "account.too_many_tries")
		clock.Set(clock.Now().Add(20 * time.Second))
		if err := try(good, ""); err != nil {
			t.Errorf("after the delay: %v", err)
		}
	})
	t.Run("P1.4 unknown, pending and wrong answer the same without the password", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		signUp(t, db, anonymous, nil)
		for _, in := range []people.SignInInput{{Email: "nobody@example.org", Password: good}, {Email: address, Password: "wrong"}, {Email: "", Password: ""}, {Email: "pas une adresse", Password: "x"}} {
			_, err := people.SignIn(t.Context(), db, anonymous, in)
			wantKind(t, err, models.KindInvalid, "account.sign_in_wrong")
		}
		_, err := people.SignIn(t.Context(), db, anonymous, people.SignInInput{Email: address, Password: good})
		wantKind(t, err, models.KindInvalid, "account.sign_in_pending")
	})
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		password string
		missing  string
		about    []string
	}{
		{"", "length lower upper digit sign uncommon", nil},
		{good, "", nil},
		{"Ab1 éàü!", "", nil},
		{"Abcdefg1", "sign uncommon", nil},
		{"Password1!", "uncommon", nil},
		{"P@ssw0rd2026!", "uncommon", nil},
		{"Azerty123!", "uncommon", nil},
		{"Passerelle-2026", "uncommon", nil},
		{"Camille1988!", "uncommon", nil},
		{"Wojtyla-1988!", "uncommon", []string{"Wojtyla"}},
		{"!!Aa1111", "uncommon", nil},
		{"correcthorse", "upper digit sign", nil},
		{"Étoile du berger 7", "", nil},
	} {
		t.Run("P1.2 "+c.password, func(t *testing.T) {
			missing := []string{}
			for _, r := range people.MissingRules(c.password, c.about...) {
				missing = append(missing, string(r))
			}
			if got := strings.Join(missing, " "); got != c.missing {
				t.Errorf("missing %q, want %q", got, c.missing)
			}
		})
	}
	t.Run("P1.2 the maximum is a setting, 128 by default", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		in := form(db)
		in.Password = "Aa1 " + strings.Repeat("xyzt", 31)
		in.PasswordAgain = in.Password
		if _, err := people.SignUp(t.Context(), db, anonymous, in); err != nil {
			t.Fatal(err)
		}
		in = form(db)
		in.Password = "Aa1 " + strings.Repeat("xyzt", 31) + "!"
		in.PasswordAgain = in.Password
		_, err := people.SignUp(t.Context(), db, anonymous, in)
		var e *models.Error
		if !asError(err, &e) || e.Fields[0].Key != "account.password.long" || e.Fields[0].Args[0] != "128" {
			t.Errorf("%v", err)
		}
	})
	t.Run("P1.2 an accent typed in two ways is the same password", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		signUp(t, db, anonymous, func(in *people.SignUpInput) {
			in.Password, in.PasswordAgain = "Une e\u0301toile 1", "Une e\u0301toile 1"
		})
		activate(t, db, last(t, db, mailbox.Activation, address).token)
		signIn(t, db, "Une \u00e9toile 1")
	})
	t.Run("P1.6 forgotten: one link, one hour, every sign-in ends", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		opened(t, db)
		old := signIn(t, db, good)
		forgot := func(email string) {
			check := people.Check{Challenge: people.NewCheck(db)}
			modelstest.Clock(db).Set(modelstest.Clock(db).Now().Add(time.Minute))
			if err := people.ForgotPassword(t.Context(), db, anonymous, email, check); err != nil {
				t.Fatal(err)
			}
		}
		before := len(mails(t, db))
		forgot("nobody@example.org")
		if len(mails(t, db)) != before {
			t.Error("a mail to nobody")
		}
		forgot(address)
		token := last(t, db, mailbox.Reset, address).token
		other := "Autre phrase, 9 mots"
		err := people.ResetPassword(t.Context(), db, anonymous, token, "Azerty123!", "Azerty123!")
		wantKind(t, err, models.KindInvalid, "account.invalid")
		if err := people.ResetPassword(t.Context(), db, anonymous, token, other, other); err != nil {
			t.Fatal(err)
		}
		err = people.ResetPassword(t.Context(), db, anonymous, token, other, other)
		wantKind(t, err, models.KindGone, "account.link.used")
		if _, state, _ := people.ActorOf(t.Context(), db, old.Token); state.Kind != people.SignInExpired {
			t.Error("the old sign-in lives")
		}
		last(t, db, mailbox.PasswordChanged, address)
		signIn(t, db, other)
		forgot(address)
		token = last(t, db, mailbox.Reset, address).token
		modelstest.Clock(db).Set(modelstest.Clock(db).Now().Add(time.Hour))
		err = people.ResetPassword(t.Context(), db, anonymous, token, good, good)
		wantKind(t, err, models.KindGone, "account.link.expired")
	})
	t.Run("P1.7 change: the current one, a different one, others signed out", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		opened(t, db)
		other, here := signIn(t, db, good), signIn(t, db, good)
		next := "Nouvelle phrase, 3 mots"
		change := func(current, password, again string) string {
			err := people.ChangePassword(t.Context(), db, here.Actor, current, password, again)
			var e *models.Error
			if asError(err, &e) && len(e.Fields) > 0 {
				return e.Fields[0].Key
			}
			if err != nil {
				return err.Error()
			}
			return ""
		}
		for _, c := range [][4]string{
			{"wrong", next, next, "account.current.wrong"}, {good, good, good, "account.password.same"},
			{good, next, "else", "account.password_again.different"}, {good, next, next, ""},
		} {
			if got := change(c[0], c[1], c[2]); got != c[3] {
				t.Errorf("%v: %s", c, got)
			}
		}
		_, state, _ := people.ActorOf(t.Context(), db, other.Token)
		_, mine, _ := people.ActorOf(t.Context(), db, here.Token)
		if state.Kind != people.SignInExpired || mine.Kind != people.SignInFresh {
			t.Errorf("other %v, here %v", state, mine)
		}
		signIn(t, db, next)
	})
}

func TestEmailChange(t *testing.T) {
	t.Parallel()
	t.Run("P1.5 the new address confirms, the old one is told and stays until then", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		opened(t, db)
		me := signIn(t, db, good).Actor
		if err := people.RequestEmailChange(t.Context(), db, me, "neuve@example.org", "neuve@example.org", good); err != nil {
			t.Fatal(err)
		}
		token := last(t, db, mailbox.EmailChangeNew, "neuve@example.org").token
		last(t, db, mailbox.EmailChangeOld, address)
		signIn(t, db, good)
		confirm := func(token string) (email string, err error) {
			err = db.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error {
				email, err = people.ConfirmEmailChange(ctx, tx, anonymous, token)
				return err
			})
			return email, err
		}
		if email, err := confirm(token); err != nil || email != "neuve@example.org" {
			t.Fatalf("%s %v", email, err)
		}
		_, err := confirm(token)
		wantKind(t, err, models.KindGone, "account.link.used")
		if _, err := people.SignIn(t.Context(), db, anonymous, people.SignInInput{Email: "neuve@example.org", Password: good}); err != nil {
			t.Error(err)
		}
	})
	t.Run("P1.4 an address that has an account is told by mail alone", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		opened(t, db)
		inTx(t, db, func(ctx context.Context, tx models.Tx) error {
			_, err := people.CreateByOperator(ctx, tx, models.Operator(), people.OperatorInput{Email: "autre@example.org",
				Identity: people.Identity{BirthName: "Autre", FirstName: "Une"}, Grants: []models.Grant{{Role: models.RoleOfficer, Kind: models.ScopePortal}}})
			return err
		})
		me := signIn(t, db, good).Actor
		if err := people.RequestEmailChange(t.Context(), db, me, "autre@example.org", "autre@example.org", good); err != nil {
			t.Fatal(err)
		}
		last(t, db, mailbox.AlreadyKnown, "autre@example.org")
		if n := count(t, db, `SELECT count(*) FROM email_changes`); n != 0 {
			t.Errorf("%d changes", n)
		}
	})
}

func TestOperator(t *testing.T) {
	t.Parallel()
	t.Run("P1.8 an account opened by an operator chooses its password by mail; twice is once", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		in := people.OperatorInput{Email: "Helene@example.org", Identity: people.Identity{BirthName: "Roussel", FirstName: "Hélène"},
			Grants: []models.Grant{{Role: models.RoleOfficer, Kind: models.ScopePortal}}}
		for range 2 {
			inTx(t, db, func(ctx context.Context, tx models.Tx) error {
				_, err := people.CreateByOperator(ctx, tx, models.Operator(), in)
				return err
			})
		}
		token := last(t, db, mailbox.AccountCreated, "Helene@example.org").token
		if err := people.ResetPassword(t.Context(), db, anonymous, token, good, good); err != nil {
			t.Fatal(err)
		}
		out, err := people.SignIn(t.Context(), db, anonymous, people.SignInInput{Email: "helene@example.org", Password: good})
		if err != nil || !out.Actor.Everywhere(models.RoleOfficer) {
			t.Fatalf("%+v %v", out, err)
		}
		actor, _, _ := people.ActorOf(t.Context(), db, out.Token)
		if len(actor.Grants) != 1 || !actor.Everywhere(models.RoleOfficer) {
			t.Errorf("P2.5 grants %v", actor.Grants)
		}
		if err := db.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error {
			_, err := people.CreateByOperator(ctx, tx, out.Actor, in)
			return err
		}); models.KindOf(err) != models.KindNotFound {
			t.Errorf("an officer opened an account: %v", err)
		}
	})
}
