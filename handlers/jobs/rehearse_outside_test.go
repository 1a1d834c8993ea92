package jobs_test

import (
	"context"
	"fmt"
	"testing"

	"passerelle/handlers/jobs"
	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/modelstest"
	"passerelle/models/people"
	"passerelle/models/searching"
	"passerelle/search"
	"passerelle/search/meili"
	"passerelle/search/meili/meilitest"
)

func TestRehearseOutside(t *testing.T) {
	ctx := context.Background()
	server, db := meilitest.Own(t), modelstest.DB(t)
	words := search.NewPostgres(db)
	e := meili.New(db, words, meili.Options{URL: server.URL, Key: meilitest.OwnKey})
	t.Cleanup(e.Close)
	o := jobs.Options{DB: db, Words: words, Engine: e}
	tx := func(fn func(context.Context, models.Tx) error) {
		t.Helper()
		if err := db.InTx(ctx, fn); err != nil {
			t.Fatal(err)
		}
	}
	var by models.Actor
	tx(func(ctx context.Context, tx models.Tx) error {
		a, err := people.CreateByOperator(ctx, tx, models.Operator(), people.OperatorInput{Email: "admin@example.org", Lang: "fr", PasswordHash: "none",
			Identity: people.Identity{BirthName: "Martin", FirstName: "Lucie"}, Grants: []models.Grant{{Role: models.RoleAdmin, Kind: models.ScopePortal}}})
		if err == nil {
			by, err = people.OnBehalf(ctx, tx, a.ID)
		}
		return err
	})
	tx(func(ctx context.Context, tx models.Tx) error {
		return catalogue.Put(ctx, tx, []catalogue.Document{
			{Kind: catalogue.KindCourse, Object: db.NewID(), Reference: "AEPE", Title: "CAP Accompagnant éducatif petite enfance"},
			{Kind: catalogue.KindCourse, Object: db.NewID(), Reference: "CAFE", Title: "Serveur de café"}})
	})
	if err := e.CatchUp(ctx); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		if err := searching.Note(ctx, db, searching.Typed{Text: "ATSEM", Visit: fmt.Sprint(i), Engine: meili.Name}); err != nil {
			t.Fatal(err)
		}
	}
	rehearsed := func(edit searching.Edit) searching.Figures {
		t.Helper()
		var id models.ID
		tx(func(ctx context.Context, tx models.Tx) error {
			d, err := searching.DraftOf(ctx, tx, by)
			if err == nil {
				d, err = searching.EditDraft(ctx, tx, by, d.Version, edit)
			}
			if err == nil {
				id, err = searching.StartRehearsal(ctx, tx, by, d.Version)
			}
			return err
		})
		if err := jobs.Rehearse(ctx, o, id); err != nil {
			t.Fatal(err)
		}
		var r searching.Rehearsal
		tx(func(ctx context.Context, tx models.Tx) (err error) {
			r, err = searching.RehearsalByID(ctx, tx, by, id)
			return err
		})
		if r.State != searching.RehearsalDone {
			t.Fatalf("%+v", r)
		}
		return r.Figures
	}
	t.Run("P17.23 queries are replayed on the engine that answers visitors", func(t *testing.T) {
		f := rehearsed(searching.Edit{AddSynonym: &catalogue.Synonym{Terms: []string{"ATSEM", "petite enfance"}}})
		if f.Engine != meili.Name || f.Why != "" || f.Queries != 1 || f.Without != [2]int{1, 0} || f.Moves != 1 {
			t.Errorf("%+v", f)
		}
		if r, err := e.Search(ctx, search.Query{Text: "ATSEM", Page: 1, PerPage: 10, Today: db.Today()}); err != nil || r.Total != 0 {
			t.Error("the draft is in force: ", r.Total, err)
		}
	})
	t.Run("P15.4 P17.23 where that one is down the portal's own does it, and says so", func(t *testing.T) {
		server.Kill()
		f := rehearsed(searching.Edit{AddStop: "serveur"})
		if f.Engine != "PostgreSQL" || f.Serves != meili.Name || f.Why != searching.WhyDown || f.Queries != 1 {
			t.Errorf("%+v", f)
		}
	})
}
