package application_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/modelstest"
)

// deskWorld is a database with one course, one session and two officers.
type deskWorld struct {
	t       testing.TB
	db      *models.DB
	theme   models.ID
	course  models.ID
	session models.ID
	form    models.ID
	helene  models.Actor // the whole portal
	yanis   models.Actor // the whole portal
	people  int
}

func newDesk(t testing.TB, capacity int) *deskWorld {
	t.Helper()
	w := &deskWorld{t: t, db: modelstest.DB(t)}
	w.theme, w.form = w.db.NewID(), w.db.NewID()
	w.exec(`INSERT INTO themes (id, slug, name) VALUES ($1, 'livre', 'Livre et lecture')`, w.theme)
	w.course = w.newCourse("bib-1", w.theme)
	w.session = w.newSession(w.course, capacity, "2027-02-01")
	w.exec(`INSERT INTO form_versions (id, form_key, version, definition, published_at) VALUES ($1, 'desk', 1, '{}', $2)`, w.form, modelstest.Noon)
	w.helene = w.officer("Hélène", "Roussel", models.Grant{Role: models.RoleOfficer, Kind: models.ScopePortal})
	w.yanis = w.officer("Yanis", "Girard", models.Grant{Role: models.RoleOfficer, Kind: models.ScopePortal})
	return w
}

func (w *deskWorld) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.db.Pool.Exec(context.Background(), sql, args...); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

func (w *deskWorld) newCourse(reference string, theme models.ID) models.ID {
	w.t.Helper()
	id := w.db.NewID()
	w.exec(`INSERT INTO courses (id, reference, title, updated_at) VALUES ($1, $2, 'Formation ' || $2, $3)`, id, reference, modelstest.Noon)
	w.exec(`INSERT INTO course_themes (course_id, theme_id) VALUES ($1, $2)`, id, theme)
	return id
}

func (w *deskWorld) newSession(course models.ID, capacity int, start string) models.ID {
	w.t.Helper()
	id := w.db.NewID()
	w.exec(`INSERT INTO sessions (id, course_id, external_id, starts_on, ends_on, modality, capacity, opens_on, closes_on, waiting_list)
		VALUES ($1, $2, $3, $4::text::date, $4::text::date + 2, 'remote', $5, '2026-10-01', '2026-12-01', true)`,
		id, course, "s-"+id.String(), start, capacity)
	return id
}

// person makes an active account.
func (w *deskWorld) person(first, last string) models.Actor {
	w.t.Helper()
	w.people++
	person, account := w.db.NewID(), w.db.NewID()
	email := fmt.Sprintf("personne%d@example.org", w.people)
	w.exec(`INSERT INTO people (id, birth_name, first_name, identity_key, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)`,
		person, last, first, email, modelstest.Noon)
	w.exec(`INSERT INTO accounts (id, person_id, email, email_key, state, created_at, activated_at) VALUES ($1, $2, $3, $3, 'active', $4, $4)`,
		account, person, email, modelstest.Noon)
	return models.Actor{Kind: models.ActorAccount, Account: account, Person: person, Email: email, Name: first + " " + last, Lang: "fr"}
}

func (w *deskWorld) officer(first, last string, grants ...models.Grant) models.Actor {
	a := w.person(first, last)
	a.Grants = grants
	return a
}

// underReview makes an application that its line manager has approved.
func (w *deskWorld) underReview(session models.ID) (models.ID, models.Actor) {
	w.t.Helper()
	by := w.person("Camille", fmt.Sprintf("Fontaine%03d", w.people))
	return w.applied(session, by, application.UnderReview), by
}

func (w *deskWorld) applied(session models.ID, by models.Actor, state application.State) models.ID {
	w.t.Helper()
	id := w.db.NewID()
	w.exec(`INSERT INTO applications (id, kind, session_id, form_version_id, account_id, person_id, state, state_since, created_at, submitted_at, applicant_name)
		VALUES ($1, 'registration', $2, $3, $4, $5, $6, $7, $7, $7, $8)`, id, session, w.form, by.Account, by.Person, string(state), modelstest.Noon, by.Name)
	return id
}

func (w *deskWorld) try(fn func(ctx context.Context, tx models.Tx) error) error {
	return w.db.InTx(context.Background(), fn)
}

func (w *deskWorld) do(fn func(ctx context.Context, tx models.Tx) error) {
	w.t.Helper()
	if err := w.try(fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *deskWorld) load(id models.ID) application.Application {
	w.t.Helper()
	var a application.Application
	w.do(func(ctx context.Context, tx models.Tx) (err error) {
		a, err = application.Load(ctx, tx, models.Portal(), id)
		return err
	})
	return a
}

func (w *deskWorld) decide(by models.Actor, id models.ID, in application.DecideInput) (d application.Decision, err error) {
	err = w.try(func(ctx context.Context, tx models.Tx) (err error) {
		d, err = application.Decide(ctx, tx, by, id, in)
		return err
	})
	return d, err
}

// mustDecide decides on what stands now.
func (w *deskWorld) mustDecide(by models.Actor, id models.ID, in application.DecideInput) application.Decision {
	w.t.Helper()
	in.Version = w.load(id).Version
	d, err := w.decide(by, id, in)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

func (w *deskWorld) count(sql string, args ...any) int {
	w.t.Helper()
	var n int
	if err := w.db.Pool.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// list gives the waiting list of the session in order of rank.
func (w *deskWorld) list() []models.ID {
	w.t.Helper()
	rows, err := w.db.Pool.Query(context.Background(), `SELECT id, waitlist_rank FROM applications
		WHERE session_id = $1 AND waitlist_rank IS NOT NULL ORDER BY waitlist_rank`, w.session)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	ids := []models.ID{}
	for rows.Next() {
		var id uuid.UUID
		var rank int
		if err := rows.Scan(&id, &rank); err != nil {
			w.t.Fatal(err)
		}
		if ids = append(ids, id); rank != len(ids) {
			w.t.Fatalf("rank %d at place %d", rank, len(ids))
		}
	}
	return ids
}

func (w *deskWorld) today(date string) {
	w.t.Helper()
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		w.t.Fatal(err)
	}
	modelstest.Clock(w.db).Set(day.Add(9 * time.Hour))
}

func (w *deskWorld) release() int {
	w.t.Helper()
	n, err := application.ReleaseDue(context.Background(), w.db)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}
