package people_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/mailbox"
	"passerelle/models/modelstest"
	"passerelle/models/people"
)

// browser is one that began drafts without an account.
var browser = models.Actor{Kind: models.ActorAnonymous, Lang: "fr", DraftKey: models.HashToken("a secret of this browser")}

// session makes a course with one session.
func session(t *testing.T, db *models.DB, title string) models.ID {
	t.Helper()
	course, id := db.NewID(), db.NewID()
	for sql, args := range map[string][]any{
		`INSERT INTO courses (id, reference, title, updated_at) VALUES ($1, $2, $3, now())`:                           {course, course.String(), title},
		`INSERT INTO form_versions (id, form_key, version, definition, published_at) VALUES ($1, $2, 1, '{}', now())`: {id, id.String()},
	} {
		exec(t, db, sql, args...)
	}
	exec(t, db, `INSERT INTO sessions (id, course_id, external_id, starts_on, ends_on, modality, capacity, opens_on, closes_on)
		VALUES ($1, $2, $3, '2027-01-12', '2027-04-16', 'remote', 10, '2026-10-01', '2026-12-02')`, id, course, id.String())
	return id
}

// draft begins one in the browser.
func draft(t *testing.T, db *models.DB, session models.ID) models.ID {
	t.Helper()
	id, now := db.NewID(), db.Clock.Now()
	exec(t, db, `INSERT INTO applications (id, kind, session_id, form_version_id, draft_key, state, state_since, created_at, saved_at, expires_at)
		VALUES ($1, 'registration', $2, $2, $3, 'draft', $4, $4, $4, $5)`, id, session, browser.DraftKey, now, now.Add(14*24*time.Hour))
	return id
}

func exec(t *testing.T, db *models.DB, sql string, args ...any) {
	t.Helper()
	if _, err := db.Pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func TestClaim(t *testing.T) {
	t.Parallel()
	t.Run("P18.1 sign-up binds the browser's drafts, activation anywhere claims them", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		one, two := draft(t, db, session(t, db, "Un")), draft(t, db, session(t, db, "Deux"))
		signUp(t, db, browser, nil)
		if n := count(t, db, `SELECT count(*) FROM applications WHERE pending_account_id IS NOT NULL AND draft_key IS NOT NULL AND account_id IS NULL`); n != 2 {
			t.Errorf("%d bound", n)
		}
		out := activate(t, db, last(t, db, mailbox.Activation, address).token)
		if len(out.Claimed.Drafts) != 2 || len(out.Claimed.Existing) != 0 {
			t.Errorf("%+v, want %s %s", out.Claimed, one, two)
		}
		until := models.EndOf(db.Today().AddDate(0, 0, 90), db.Zone).Add(-time.Microsecond)
		if n := count(t, db, `SELECT count(*) FROM applications WHERE account_id IS NOT NULL AND person_id IS NOT NULL AND draft_key IS NULL
			AND pending_account_id IS NULL AND expires_at = $1`, until); n != 2 {
			t.Errorf("%d claimed for three months", n)
		}
		if n := count(t, db, `SELECT count(*) FROM events WHERE kind = 'application.claimed'`); n != 2 {
			t.Errorf("%d events", n)
		}
	})
	t.Run("P18.1 a pending account that is deleted gives the draft back to the browser", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		draft(t, db, session(t, db, "Un"))
		signUp(t, db, browser, nil)
		clock := modelstest.Clock(db)
		clock.Set(clock.Now().Add(7 * 24 * time.Hour))
		inTx(t, db, func(ctx context.Context, tx models.Tx) error {
			_, err := people.DeleteExpiredPending(ctx, tx, models.Portal())
			return err
		})
		inTx(t, db, func(ctx context.Context, tx models.Tx) error {
			list, err := people.WaitingDrafts(ctx, tx, browser)
			if len(list) != 1 || list[0].Course != "Un" {
				t.Errorf("%v", list)
			}
			other, _ := people.WaitingDrafts(ctx, tx, models.Actor{DraftKey: models.HashToken("another browser")})
			if len(other) != 0 {
				t.Error("another browser sees it")
			}
			return err
		})
	})
	t.Run("P18.1 drafts that are not theirs stay in the browser", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		draft(t, db, session(t, db, "Un"))
		signUp(t, db, browser, func(in *people.SignUpInput) { in.LeaveDrafts = true })
		if out := activate(t, db, last(t, db, mailbox.Activation, address).token); out.Claimed.First() != uuid.Nil {
			t.Errorf("%+v", out.Claimed)
		}
	})
	t.Run("P18.6 one live application per person and session: the second leads to the first", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		opened(t, db)
		in := signIn(t, db, good)
		at := session(t, db, "Un")
		me := in.Actor
		me.DraftKey = browser.DraftKey
		first := draft(t, db, at)
		inTx(t, db, func(ctx context.Context, tx models.Tx) error {
			c, err := people.ClaimDrafts(ctx, tx, me, first)
			if c.First() != first {
				t.Errorf("%+v", c)
			}
			return err
		})
		second, foreign := draft(t, db, at), db.NewID()
		inTx(t, db, func(ctx context.Context, tx models.Tx) error {
			c, err := people.ClaimDrafts(ctx, tx, me, second, foreign)
			if len(c.Drafts) != 0 || c.First() != first {
				t.Errorf("%+v, want %s", c, first)
			}
			return err
		})
		if n := count(t, db, `SELECT count(*) FROM applications WHERE id = $1 AND account_id IS NULL AND draft_key IS NOT NULL`, second); n != 1 {
			t.Error("the second was claimed")
		}
	})
	t.Run("P6.1 one's address cannot become that of one's own line manager, in any disguise", func(t *testing.T) {
		t.Parallel()
		db := modelstest.DB(t)
		opened(t, db)
		me := signIn(t, db, good).Actor
		me.DraftKey = browser.DraftKey
		id := draft(t, db, session(t, db, "Un"))
		inTx(t, db, func(ctx context.Context, tx models.Tx) error {
			_, err := people.ClaimDrafts(ctx, tx, me, id)
			return err
		})
		request := func(email string) error {
			return people.RequestEmailChange(t.Context(), db, me, email, email, good)
		}
		if err := request("bruno.lefebvre@gmail.com"); err != nil {
			t.Fatal(err)
		}
		token := last(t, db, mailbox.EmailChangeNew, "bruno.lefebvre@gmail.com").token
		exec(t, db, `INSERT INTO approvals (id, application_id, last_name, first_name, function, email, email_key, state, requested_at)
			VALUES ($1, $2, 'Lefebvre', 'Bruno', 'directeur', 'brunolefebvre@gmail.com', 'brunolefebvre@gmail.com', 'requested', now())`, db.NewID(), id)
		var e *models.Error
		err := db.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error {
			_, err := people.ConfirmEmailChange(ctx, tx, anonymous, token)
			return err
		})
		if !asError(err, &e) || len(e.Fields) != 1 || e.Fields[0].Key != "account.email.approver" {
			t.Errorf("at the click: %v", err)
		}
		for _, disguise := range []string{"Bruno.Lefebvre+x@googlemail.com", "b.r.u.n.o.lefebvre@gmail.com"} {
			if err := request(disguise); !asError(err, &e) || len(e.Fields) != 1 || e.Fields[0].Key != "account.email.approver" {
				t.Errorf("%s: %v", disguise, err)
			}
		}
	})
}
