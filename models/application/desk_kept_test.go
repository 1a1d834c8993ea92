package application_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/modelstest"
)

// The counts that are kept are those that one statement makes: whatever changes,
// in whatever order transactions end, and however sweeps come between.
func TestP9_1_DeskCountsKeptAreTheCounts(t *testing.T) {
	w := newDesk(t, 1000)
	sessions := []models.ID{w.session}
	for i := range 4 {
		sessions = append(sessions, w.newSession(w.newCourse(fmt.Sprintf("bib-%d", i+2), w.theme), 100, "2027-03-01"))
	}
	for i := range 40 {
		w.underReview(sessions[i%len(sessions)])
	}
	clock := modelstest.Clock(w.db)
	const seed = 20261122
	r := rand.New(rand.NewPCG(seed, 1))
	for turn := range 25 {
		var all sync.WaitGroup
		for n := range 3 {
			own := rand.New(rand.NewPCG(seed, uint64(turn*10+n+2)))
			all.Go(func() { w.changes(own, sessions) })
		}
		for range 2 { // readers in the midst of it
			all.Go(func() { w.desk(w.helene, application.DeskFilter{}) })
		}
		all.Wait()
		switch r.IntN(6) {
		case 0, 1:
			w.do(func(ctx context.Context, tx models.Tx) error { return application.ForgetDeskChanges(ctx, tx) })
		case 2:
			clock.Set(clock.Now().Add(time.Duration(r.IntN(400)) * time.Second))
		case 3: // ages move
			clock.Set(clock.Now().Add(time.Duration(r.IntN(100)) * time.Hour))
		case 4: // in small steps too
			w.exec(`UPDATE applications SET state_since = $1 WHERE id IN (SELECT id FROM applications ORDER BY number LIMIT 3)`, clock.Now().Add(-2*24*time.Hour+10*time.Second))
			w.desk(w.helene, application.DeskFilter{})
			clock.Set(clock.Now().Add(20 * time.Second))
		}
		kept, counted := w.desk(w.helene, application.DeskFilter{}), w.countedAfresh()
		if !reflect.DeepEqual(kept, counted) {
			t.Fatalf("seed %d, turn %d:\nkept    %+v\ncounted %+v", seed, turn, kept, counted)
		}
	}
}

// countedAfresh reads the desk in a transaction that has changed something itself:
// nothing kept is used there.
func (w *deskWorld) countedAfresh() (list application.DeskList) {
	w.t.Helper()
	err := w.db.InRolledBackTx(context.Background(), func(ctx context.Context, tx models.Tx) (err error) {
		if _, err := tx.PGX.Exec(ctx, `INSERT INTO desk_changes (xid, session_id) VALUES (pg_current_xact_id(), $1)`, w.session); err != nil {
			return err
		}
		list, err = application.Desk(ctx, tx, w.helene, application.DeskFilter{})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// changes makes some changes in one transaction, and takes some or all of them back.
func (w *deskWorld) changes(r *rand.Rand, sessions []models.ID) {
	taken := errors.New("taken back")
	err := w.db.InTx(context.Background(), func(ctx context.Context, tx models.Tx) error {
		// One transaction at a time changes a line, so that none waits for another in a circle.
		slot := r.IntN(1 << 30)
		for i := range 1 + r.IntN(4) {
			save := r.IntN(3) == 0
			if save {
				if _, err := tx.PGX.Exec(ctx, `SAVEPOINT s`); err != nil {
					return err
				}
			}
			if _, err := tx.PGX.Exec(ctx, randomChange(r), slot+i, sessions[r.IntN(len(sessions))], w.yanis.Account, tx.Now); err != nil {
				return err
			}
			if save && r.IntN(2) == 0 {
				if _, err := tx.PGX.Exec(ctx, `ROLLBACK TO SAVEPOINT s`); err != nil {
					return err
				}
			}
		}
		if r.IntN(4) == 0 {
			return taken
		}
		return nil
	})
	if err != nil && !errors.Is(err, taken) {
		w.t.Error(err)
	}
}

// randomChange is a statement on one application that nobody else is changing; its
// arguments are a number, a session, an account and an instant.
func randomChange(r *rand.Rand) string {
	const one = ` WHERE id = (SELECT id FROM applications WHERE $2::uuid IS NOT NULL AND $3::uuid IS NOT NULL AND $4::timestamptz IS NOT NULL
		ORDER BY md5(id::text || $1::bigint) LIMIT 1 FOR UPDATE SKIP LOCKED)`
	return []string{
		`UPDATE applications SET verdict = CASE verdict WHEN '' THEN 'on_hold' ELSE '' END` + one,
		`UPDATE applications SET session_id = $2, person_id = NULL` + one,
		`UPDATE applications SET officer_id = CASE WHEN officer_id IS NULL THEN $3::uuid END` + one,
		`UPDATE applications SET state = 'withdrawn', state_since = $4` + one + ` AND state = 'under_review'`,
		`UPDATE applications SET state_since = $4::timestamptz - random() * interval '20 days'` + one,
		`UPDATE applications SET birth_name = 'Autre'` + one,
		`DELETE FROM applications` + one,
		`INSERT INTO applications (id, kind, session_id, form_version_id, account_id, state, state_since, created_at, submitted_at, applicant_name)
			SELECT gen_random_uuid(), 'registration', $2, (SELECT id FROM form_versions LIMIT 1), $3, 'under_review', $4, $4, $4, 'Camille ' || $1::bigint`,
	}[r.IntN(8)]
}

func TestForgetDeskChanges(t *testing.T) {
	w := newDesk(t, 10)
	w.underReview(w.session)
	clock := modelstest.Clock(w.db)
	forget := func(after time.Duration) int {
		clock.Set(clock.Now().Add(after))
		w.do(func(ctx context.Context, tx models.Tx) error { return application.ForgetDeskChanges(ctx, tx) })
		return w.count(`SELECT count(*) FROM desk_changes`)
	}
	t.Run("P9.1 the life of a line begins when a sweep sees it", func(t *testing.T) {
		clock.Set(clock.Now().Add(time.Hour))
		if a, b, c := forget(0), forget(4*time.Minute), forget(2*time.Minute); a != 1 || b != 1 || c != 0 {
			t.Errorf("%d, %d, %d lines", a, b, c)
		}
	})
	t.Run("P9.1 counts older than the lines taken away are made again", func(t *testing.T) {
		if list := w.desk(w.helene, application.DeskFilter{}); list.Mine != 1 {
			t.Fatalf("%d to review", list.Mine)
		}
		w.exec(`UPDATE applications SET verdict = 'on_hold'`)
		if a, b := forget(0), forget(6*time.Minute); a != 1 || b != 0 {
			t.Fatalf("%d, %d lines", a, b)
		}
		if list := w.desk(w.helene, application.DeskFilter{}); list.Mine != 0 {
			t.Errorf("%d to review", list.Mine)
		}
	})
	t.Run("P9.1 an approval that becomes stuck, and a session moved to another course, are counted", func(t *testing.T) {
		id := w.applied(w.session, w.person("Nadia", "Perrin"), application.AwaitingApproval)
		states := func() map[string]int { return facet(w.desk(w.helene, application.DeskFilter{}).States) }
		if states()["chez-le-superieur"] != 1 {
			t.Errorf("%v", states())
		}
		w.exec(`INSERT INTO approvals (id, application_id, last_name, first_name, function, email, email_key, state, requested_at)
			VALUES ($1, $2, 'Colin', 'Paul', 'Cheffe', 'p@example.org', 'p@example.org', 'stuck', $3)`, w.db.NewID(), id, modelstest.Noon)
		if states()["en-souffrance"] != 1 {
			t.Errorf("%v", states())
		}
		w.exec(`UPDATE sessions SET course_id = $1 WHERE id = $2`, w.newCourse("bib-9", w.theme), w.session)
		if list := w.desk(w.helene, application.DeskFilter{}); len(list.Courses) != 1 || list.Courses[0].Label != "Formation bib-9" {
			t.Errorf("%+v", list.Courses)
		}
	})
}
