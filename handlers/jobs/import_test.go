package jobs_test

import (
	"context"
	"strings"
	"testing"

	"passerelle/handlers/handlerstest"
	"passerelle/handlers/jobs"
	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/importer"
	"passerelle/models/dossier"
	"passerelle/models/modelstest"
	"passerelle/models/people"
)

func TestImportFile(t *testing.T) {
	ctx := context.Background()
	db := modelstest.DB(t)
	documents := handlerstest.Documents(t, db)
	o := jobs.Options{DB: db, Documents: documents}
	var by models.Actor
	err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		a, err := people.CreateByOperator(ctx, tx, models.Operator(), people.OperatorInput{Email: "admin@example.org", Lang: "fr", PasswordHash: "none",
			Identity: people.Identity{BirthName: "Martin", FirstName: "Lucie"}, Grants: []models.Grant{{Role: models.RoleAdmin, Kind: models.ScopePortal}}})
		if err != nil {
			return err
		}
		by, err = people.OnBehalf(ctx, tx, a.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	send := func(t *testing.T, text string) models.ID {
		var run importer.RunRow
		_, err := documents.Keep(ctx, dossier.PurposeImport, "voisin.csv", "text/csv", strings.NewReader(text), func(ctx context.Context, tx models.Tx, file models.ID) (err error) {
			run, err = importer.Announce(ctx, tx, by, importer.NewRun{Kind: catalogue.KindCourse, FileName: "voisin.csv", File: file, Bytes: int64(len(text)), Source: "Catalogue voisin"})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return run.ID
	}
	begin := func(id models.ID, rehearse bool) error {
		return db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
			if rehearse {
				return importer.Rehearse(ctx, tx, by, id)
			}
			return importer.Begin(ctx, tx, by, id, false)
		})
	}
	read := func(t *testing.T, id models.ID) (run importer.RunRow) {
		err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
			run, err = importer.RunByID(ctx, tx, by, id)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
	t.Run("P3.6 a file is rehearsed, then imported once, by a job", func(t *testing.T) {
		id := send(t, "NUM;LIB\nC.1;Reliure\nC.2;Dorure\n")
		if err := begin(id, false); models.KindOf(err) != models.KindConflict {
			t.Fatal("not rehearsed yet:", err)
		}
		err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
			return importer.SetMapping(ctx, tx, by, id, importer.Mapping{Source: "Catalogue voisin", Columns: map[string]string{"reference": "NUM", "title": "LIB"}})
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, rehearse := range []bool{true, false} {
			if err := begin(id, rehearse); err != nil {
				t.Fatal(err)
			}
			for range 2 { // a job may be done twice
				if err := jobs.ImportFile(ctx, o, id); err != nil {
					t.Fatal(err)
				}
			}
			want := map[bool]importer.State{true: importer.Rehearsed, false: importer.Done}[rehearse]
			if run := read(t, id); run.State != want || run.Report.New != 2 || run.Last == rehearse {
				t.Fatalf("%+v", run)
			}
		}
		if page, err := catalogue.CourseByReference(ctx, db.Pool, "C.2", db.Today()); err != nil || page.Title != "Dorure" || page.Source != "Catalogue voisin" {
			t.Fatalf("%+v %v", page, err)
		}
	})
	t.Run("P3.6 a refused file says why, and the mapping of its source is remembered", func(t *testing.T) {
		id := send(t, "NUM;LIB\nC.3;\n")
		if err := begin(id, true); err != nil {
			t.Fatal(err)
		}
		if err := jobs.ImportFile(ctx, o, id); err != nil {
			t.Fatal(err)
		}
		if run := read(t, id); run.State != importer.Refused || len(run.Report.Errors) != 1 || run.Report.Errors[0].Key != "import.missing" {
			t.Fatalf("%+v", run)
		}
	})
	t.Run("P3.6 each thing done to a file is in the journal, once, with who did it", func(t *testing.T) {
		id := send(t, "NUM;LIB\nC.4;Gainerie\n")
		verbs := map[string]func(context.Context, models.Tx, models.Actor) error{
			"import.mapped": func(ctx context.Context, tx models.Tx, by models.Actor) error {
				return importer.SetMapping(ctx, tx, by, id, importer.Mapping{Source: "Catalogue voisin", Columns: map[string]string{"reference": "NUM", "title": "LIB"}})
			},
			"import.rehearsal_begun": func(ctx context.Context, tx models.Tx, by models.Actor) error {
				return importer.Rehearse(ctx, tx, by, id)
			},
			"import.begun": func(ctx context.Context, tx models.Tx, by models.Actor) error {
				return importer.Begin(ctx, tx, by, id, false)
			},
			"import.undo_begun": func(ctx context.Context, tx models.Tx, by models.Actor) error {
				return importer.UndoSoon(ctx, tx, by, id)
			},
		}
		order := []string{"import.received"}
		for _, kind := range []string{"import.mapped", "import.rehearsal_begun", "import.begun", "import.undo_begun"} {
			if err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
				return verbs[kind](ctx, tx, models.Actor{Kind: models.ActorAccount})
			}); models.KindOf(err) != models.KindNotFound {
				t.Errorf("%s by somebody else: %v", kind, err)
			}
			if err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error { return verbs[kind](ctx, tx, by) }); err != nil {
				t.Fatal(kind, err)
			}
			order = append(order, kind)
			if err := jobs.ImportFile(ctx, o, id); err != nil {
				t.Fatal(err)
			}
			order = append(order, map[string][]string{"import.begun": {"catalogue.imported"}, "import.undo_begun": {"catalogue.import_undone"}}[kind]...)
		}
		dropped := send(t, "NUM;LIB\nC.5;Gainerie\n")
		if err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error { return importer.Drop(ctx, tx, by, dropped) }); err != nil {
			t.Fatal(err)
		}
		for run, want := range map[models.ID]string{id: strings.Join(order, " "), dropped: "import.received import.dropped"} {
			var kinds string
			var strangers int
			if err := db.Pool.QueryRow(ctx, `SELECT string_agg(kind, ' ' ORDER BY at, id), count(*) FILTER (WHERE actor_id IS DISTINCT FROM $2)
				FROM events WHERE subject_kind = 'import' AND subject_id = $1`, run, by.Account).Scan(&kinds, &strangers); err != nil || kinds != want || strangers > 0 {
				t.Errorf("%s, not %s; %d by nobody %v", kinds, want, strangers, err)
			}
		}
	})
}
