package application_test

import (
	"context"
	"fmt"
	"testing"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/procedure"
)

// world is a database with the real form, a course and an open session.
type world struct {
	*deskWorld
	open models.ID // session of the real form
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{deskWorld: newDesk(t, 12)}
	if err := procedure.PublishBuiltIn(context.Background(), w.db); err != nil {
		t.Fatal(err)
	}
	w.open = w.newSession(w.course, 12, "2027-02-01")
	return w
}

// tx runs fn in a transaction that must succeed.
func (w *world) tx(fn func(ctx context.Context, tx models.Tx) error) {
	w.t.Helper()
	if err := w.db.InTx(context.Background(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// try runs fn in a transaction and gives its error.
func (w *world) try(fn func(ctx context.Context, tx models.Tx) error) error {
	return w.db.InTx(context.Background(), fn)
}

func browser(n byte) models.Actor {
	key := make([]byte, 32)
	key[0] = n
	return models.Actor{Kind: models.ActorAnonymous, DraftKey: key, Lang: "fr", Device: "Cet ordinateur"}
}

func (w *world) begin(by models.Actor) application.Application {
	w.t.Helper()
	var a application.Application
	w.tx(func(ctx context.Context, tx models.Tx) (err error) {
		a, _, err = application.Begin(ctx, tx, by, w.open)
		return err
	})
	return a
}

func (w *world) draft(by models.Actor, id models.ID) application.Answers {
	w.t.Helper()
	var d application.Answers
	w.tx(func(ctx context.Context, tx models.Tx) (err error) {
		d, err = application.Open(ctx, tx, by, id)
		return err
	})
	return d
}

// page is what a browser shows of a step: its hidden context and its inputs.
func (w *world) page(by models.Actor, id models.ID, step int) map[string][]string {
	w.t.Helper()
	d := w.draft(by, id)
	posted := map[string][]string{}
	keys := d.Result.Steps[step-1].Keys()
	for _, k := range keys {
		if v := d.Registers.Current(k); !v.Empty() {
			posted[k] = v
		}
	}
	posted["_ctx"] = []string{d.Registers.See(keys...).String()}
	posted[application.NameVersion] = []string{fmt.Sprint(d.Form.Version)}
	return posted
}

func (w *world) save(by models.Actor, id models.ID, step int, posted map[string][]string) application.Saved {
	w.t.Helper()
	var s application.Saved
	w.tx(func(ctx context.Context, tx models.Tx) (err error) {
		s, err = application.SaveStep(ctx, tx, by, id, application.SaveInput{Step: step, Posted: posted})
		return err
	})
	return s
}

// write changes inputs of a step as a person would, on a page just shown.
func (w *world) write(by models.Actor, id models.ID, step int, pairs ...string) application.Saved {
	w.t.Helper()
	posted := w.page(by, id, step)
	for i := 0; i < len(pairs); i += 2 {
		posted[pairs[i]] = []string{pairs[i+1]}
	}
	return w.save(by, id, step, posted)
}

// manager is the address that fill names.
const manager = "chef.service@mairie.example.org"

// fill answers everything that is required.
func (w *world) fill(by models.Actor, id models.ID) {
	w.t.Helper()
	w.write(by, id, 1, "birth_name", "Martin", "first_name", "Camille", "birth_date", "14/06/1988", "email", "camille@example.org")
	w.write(by, id, 2, "status", "private_employee")
	w.write(by, id, 2, "employer_private.name", "Librairie du Port", "job_title", "Bibliothécaire")
	w.write(by, id, 3, "missions", "Accueil du public", "why_now", "Nouveau poste", "funding", "employer")
	w.write(by, id, 4, "manager_last_name", "Bernard", "manager_first_name", "Luc", "manager_function", "Directeur", "manager_email", manager)
}

// recap is what the last page posts.
func (w *world) recap(by models.Actor, id models.ID) map[string][]string {
	w.t.Helper()
	d := w.draft(by, id)
	last := d.Result.Steps[len(d.Result.Steps)-1]
	posted := map[string][]string{"_ctx": {d.Registers.See(last.Keys()...).String()}, application.NameSeen: {d.Seen()}}
	for _, b := range last.Blocks {
		for _, f := range b.Fields {
			posted[f.Key] = []string{f.Field.Version}
		}
	}
	return posted
}

func (w *world) submit(by models.Actor, id models.ID, posted map[string][]string) (application.Receipt, error) {
	var r application.Receipt
	err := w.try(func(ctx context.Context, tx models.Tx) (err error) {
		r, err = application.Submit(ctx, tx, by, id, application.SubmitInput{Posted: posted})
		return err
	})
	return r, err
}

// submitted is an application sent by a new person.
func (w *world) submitted() (models.Actor, application.Application) {
	w.t.Helper()
	by := w.person("Camille", "Martin")
	a := w.begin(by)
	w.fill(by, a.ID)
	r, err := w.submit(by, a.ID, w.recap(by, a.ID))
	if err != nil {
		w.t.Fatal(err)
	}
	return by, r.Application
}

func (w *world) count(sql string, args ...any) int {
	w.t.Helper()
	var n int
	if err := w.db.Pool.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// token rebuilds the secret of the latest link sent for an application.
func (w *world) token(id models.ID) string {
	w.t.Helper()
	var link models.ID
	var generation int
	err := w.db.Pool.QueryRow(context.Background(), `SELECT l.id, l.generation FROM links l JOIN approvals p ON p.id = l.subject_id
		WHERE p.application_id = $1 ORDER BY l.created_at DESC, l.id DESC LIMIT 1`, id).Scan(&link, &generation)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.db.Keys.LinkToken(link, generation)
}
