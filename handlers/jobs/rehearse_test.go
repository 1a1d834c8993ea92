package jobs_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"passerelle/handlers/jobs"
	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/modelstest"
	"passerelle/models/people"
	"passerelle/models/searching"
	"passerelle/search"
)

func TestRehearse(t *testing.T) {
	ctx := context.Background()
	db := modelstest.DB(t)
	engine := search.NewPostgres(db)
	o := jobs.Options{DB: db, Words: engine}
	var by models.Actor
	tx := func(fn func(context.Context, models.Tx) error) {
		t.Helper()
		if err := db.InTx(ctx, fn); err != nil {
			t.Fatal(err)
		}
	}
	tx(func(ctx context.Context, tx models.Tx) error {
		a, err := people.CreateByOperator(ctx, tx, models.Operator(), people.OperatorInput{Email: "admin@example.org", Lang: "fr", PasswordHash: "none",
			Identity: people.Identity{BirthName: "Martin", FirstName: "Lucie"}, Grants: []models.Grant{{Role: models.RoleAdmin, Kind: models.ScopePortal}}})
		if err != nil {
			return err
		}
		by, err = people.OnBehalf(ctx, tx, a.ID)
		return err
	})
	put := func(reference, title string) {
		if err := engine.Put(ctx, []search.Document{{Kind: catalogue.KindCourse, Object: db.NewID(), Reference: reference, Title: title}}); err != nil {
			t.Fatal(err)
		}
	}
	put("AEPE", "CAP Accompagnant éducatif petite enfance")
	put("JEPS", "BP JEPS, animation de la petite enfance")
	put("FOR.7542", "chef de produits forêt bois") // one of the judged queries
	typed := func(text string, visits int) {
		for i := range visits {
			if err := searching.Note(ctx, db, searching.Typed{Text: text, Visit: fmt.Sprint(i), Engine: "PostgreSQL"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	typed("ATSEM", 5)
	typed("animation petite enfance", 3)
	typed("Jeanne Dupont", 2)
	edit := func(e searching.Edit) (version int) {
		tx(func(ctx context.Context, tx models.Tx) error {
			d, err := searching.DraftOf(ctx, tx, by)
			if err != nil {
				return err
			}
			d, err = searching.EditDraft(ctx, tx, by, d.Version, e)
			version = d.Version
			return err
		})
		return version
	}
	rehearse := func(version int) (id models.ID) {
		tx(func(ctx context.Context, tx models.Tx) (err error) {
			id, err = searching.StartRehearsal(ctx, tx, by, version)
			return err
		})
		return id
	}
	read := func(id models.ID) (r searching.Rehearsal, moves []searching.Move) {
		tx(func(ctx context.Context, tx models.Tx) (err error) {
			if r, err = searching.RehearsalByID(ctx, tx, by, id); err != nil {
				return err
			}
			moves, err = searching.Moves(ctx, tx, id, 100)
			return err
		})
		return r, moves
	}
	t.Run("P17.23 real queries are replayed before and after, and nothing changes meanwhile", func(t *testing.T) {
		id := rehearse(edit(searching.Edit{AddSynonym: &catalogue.Synonym{Terms: []string{"ATSEM", "petite enfance"}}}))
		if err := jobs.Rehearse(ctx, o, id); err != nil {
			t.Fatal(err)
		}
		r, moves := read(id)
		f := r.Figures
		if r.State != searching.RehearsalDone || r.Stale || f.Queries != 2 || f.Same != 1 || f.Without != [2]int{1, 0} || f.Engine != "PostgreSQL" {
			t.Errorf("%+v", r)
		}
		if f.Judged == 0 || f.NDCG[0] != f.NDCG[1] || f.Success[0] != 1 || f.Better+f.Worse != 0 {
			t.Errorf("%+v", f)
		}
		if len(moves) != 2 || moves[0].Query != "atsem" || moves[0].Times != 5 || moves[0].Before != 0 || moves[0].After != 1 {
			t.Errorf("%+v", moves)
		}
		if slices.ContainsFunc(moves, func(m searching.Move) bool { return m.Query == "jeanne dupont" }) {
			t.Error("a query of two visits is shown")
		}
		found, err := engine.Search(ctx, search.Query{Text: "ATSEM", Today: db.Today()})
		if err != nil || found.Total != 0 {
			t.Error("the draft is in force: ", found.Total, err)
		}
	})
	t.Run("P17.23 what is published is in force for visitors at once", func(t *testing.T) {
		var last *searching.Rehearsal
		tx(func(ctx context.Context, tx models.Tx) error {
			d, err := searching.DraftOf(ctx, tx, by)
			if err != nil {
				return err
			}
			if last, err = searching.LastRehearsal(ctx, tx, by, d); err != nil {
				return err
			}
			return searching.Publish(ctx, tx, by, last.ID)
		})
		found, err := engine.Search(ctx, search.Query{Text: "ATSEM", Today: db.Today()})
		if err != nil || found.Total != 2 {
			t.Error(found.Total, err)
		}
	})
	t.Run("P17.23 a rehearsal given up stops and keeps nothing", func(t *testing.T) {
		id := rehearse(edit(searching.Edit{AddStop: "chef"}))
		tx(func(ctx context.Context, tx models.Tx) error { return searching.DropRehearsal(ctx, tx, by, id) })
		if err := jobs.Rehearse(ctx, o, id); err != nil {
			t.Fatal(err)
		}
		if r, moves := read(id); r.State != searching.RehearsalDropped || len(moves) != 0 {
			t.Errorf("%+v", r)
		}
	})
	t.Run("P14.1 the job of the portal does it", func(t *testing.T) {
		id := rehearse(edit(searching.Edit{AddStop: "produits"}))
		start(t, db, o)
		for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			if r, _ := read(id); r.State == searching.RehearsalDone {
				return
			}
		}
		r, _ := read(id)
		t.Error(r.State)
	})
}
