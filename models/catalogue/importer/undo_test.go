package importer_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/importer"
	"passerelle/models/modelstest"
)

// content is a digest of what the public sees, whatever the versions of rows.
func content(t interface{ Fatal(...any) }, ctx context.Context, db catalogue.Reader) string {
	var sum string
	err := db.QueryRow(ctx, `SELECT md5(concat_ws('/',
		(SELECT string_agg((to_jsonb(x) - 'version' - 'updated_at')::text, ',' ORDER BY reference) FROM courses x),
		(SELECT string_agg((to_jsonb(x) - 'version')::text, ',' ORDER BY external_id) FROM sessions x),
		(SELECT string_agg((to_jsonb(x) - 'no')::text, ',' ORDER BY slug) FROM themes x), (SELECT string_agg(x::text, ',' ORDER BY course_id, theme_id) FROM course_themes x),
		(SELECT string_agg((to_jsonb(x) - 'version' - 'updated_at')::text, ',' ORDER BY reference) FROM announcements x),
		(SELECT string_agg((to_jsonb(x) - 'version' - 'updated_at')::text, ',' ORDER BY reference) FROM programmes x),
		(SELECT string_agg(x::text, ',' ORDER BY programme_id, no) FROM programme_intakes x),
		(SELECT string_agg(concat(kind, reference, title, acronyms, others, body, encode(occurrences, 'hex')), ',' ORDER BY kind, reference) FROM search_documents)))`).Scan(&sum)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func undo(ctx context.Context, db *models.DB, kind catalogue.Kind) (report importer.UndoReport, err error) {
	err = db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		run, err := importer.LastRun(ctx, tx, models.Operator(), kind)
		if err != nil {
			return err
		}
		foreseen, err := importer.Foresee(ctx, tx, models.Operator(), run.ID)
		if err != nil {
			return err
		}
		report, err = importer.Undo(ctx, tx, models.Operator(), run.ID)
		if err == nil && !reflect.DeepEqual(foreseen, report) {
			err = fmt.Errorf("foreseen %+v, done %+v", foreseen, report)
		}
		return err
	})
	return report, err
}

func TestUndo(t *testing.T) {
	ctx := context.Background()
	db := portal(t)
	if _, err := run(ctx, db, catalogue.KindCourse, importer.CSV, good); err != nil {
		t.Fatal(err)
	}
	session := func(id, more string) string {
		return `{"id":"C.9","intitule":"Dorure","sessions":[{"id":"` + id + `","starts_on":"2027-01-11","ends_on":"2027-01-15","opens_on":"2026-10-01","closes_on":"2026-12-04","capacity":5,"modality":"remote"` + more + `}]}`
	}
	t.Run("P3.6 what the last import created goes, what it changed comes back", func(t *testing.T) {
		before := content(t, ctx, db.Pool)
		text := `{"id":"C.1","intitule":"Reliure d’art","themes":["neuf/nouveau"]}` + "\n" + session("S.9", "")
		report, err := run(ctx, db, catalogue.KindCourse, importer.NDJSON, text)
		if err != nil || report.New != 1 || report.Changed != 1 || report.NewSessions != 1 {
			t.Fatalf("%+v %v", report, err)
		}
		undone, err := undo(ctx, db, catalogue.KindCourse)
		if err != nil || undone.Removed != 1 || undone.Restored != 1 || undone.RemovedSessions != 1 || len(undone.Kept) != 0 {
			t.Fatalf("%+v %v", undone, err)
		}
		if before != content(t, ctx, db.Pool) {
			t.Error("not as before")
		}
		if _, err := undo(ctx, db, catalogue.KindCourse); models.KindOf(err) != models.KindNotFound {
			t.Error("only the last import is taken back:", err)
		}
	})
	t.Run("P18.12 a cancelled session comes back, with its seats", func(t *testing.T) {
		if _, err := run(ctx, db, catalogue.KindCourse, importer.NDJSON, session("S.9", "")); err != nil {
			t.Fatal(err)
		}
		before := content(t, ctx, db.Pool)
		if report, err := run(ctx, db, catalogue.KindCourse, importer.NDJSON, session("S.9", `,"cancelled":true,"cancel_reason":"x"`)); err != nil || len(report.Cancelled) != 1 {
			t.Fatalf("%+v %v", report, err)
		}
		if undone, err := undo(ctx, db, catalogue.KindCourse); err != nil || undone.RestoredSessions != 1 {
			t.Fatalf("%+v %v", undone, err)
		}
		if before != content(t, ctx, db.Pool) {
			t.Error("not as before")
		}
	})
	t.Run("P18.12 more seats taken since than there were: the session stays as it is", func(t *testing.T) {
		if _, err := run(ctx, db, catalogue.KindCourse, importer.NDJSON, strings.Replace(session("S.9", ""), `"capacity":5`, `"capacity":9`, 1)); err != nil {
			t.Fatal(err)
		}
		s, err := catalogue.SessionByExternalID(ctx, db.Pool, "S.9")
		if err != nil {
			t.Fatal(err)
		}
		if err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error { return modelstest.TakeSeats(ctx, tx, s.ID, 7) }); err != nil {
			t.Fatal(err)
		}
		undone, err := undo(ctx, db, catalogue.KindCourse)
		if err != nil || len(undone.Kept) != 1 || undone.Kept[0].Why != "seats" {
			t.Fatalf("%+v %v", undone, err)
		}
		if s, err = catalogue.SessionByID(ctx, db.Pool, s.ID); err != nil || s.Capacity != 9 {
			t.Errorf("%+v %v", s, err)
		}
	})
	t.Run("P2.5 a course over which somebody has a right stays, and says so", func(t *testing.T) {
		if _, err := run(ctx, db, catalogue.KindCourse, importer.CSV, "id,intitule\nC.30,Trente\nC.31,Trente et un\n"); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Pool.Exec(ctx, `INSERT INTO people (id, birth_name, first_name, identity_key, created_at, updated_at) VALUES ('00000000-0000-0000-0000-0000000000aa', 'Roux', 'Inès', '', now(), now());
			INSERT INTO accounts (id, person_id, email, email_key, state, created_at, activated_at)
				VALUES ('00000000-0000-0000-0000-0000000000ab', '00000000-0000-0000-0000-0000000000aa', 'ines@x.example.org', 'ines@x.example.org', 'active', now(), now());
			INSERT INTO grants (account_id, role, scope_kind, scope_id, granted_at)
				SELECT '00000000-0000-0000-0000-0000000000ab', 'officer', 'course', id, now() FROM courses WHERE reference = 'C.30'`); err != nil {
			t.Fatal(err)
		}
		undone, err := undo(ctx, db, catalogue.KindCourse)
		if err != nil || undone.Removed != 1 || !reflect.DeepEqual(undone.Kept, []importer.KeptObject{{Kind: "course", Reference: "C.30", Why: "rights"}}) {
			t.Fatalf("%+v %v", undone, err)
		}
	})
	t.Run("P3.6 only the last import, only for administrators", func(t *testing.T) {
		var first importer.RunRow
		err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
			if _, err = importer.In(ctx, tx, models.Operator(), catalogue.KindCourse, strings.NewReader("id,intitule\nC.20,Vingt\n"), importer.Options{}); err != nil {
				return err
			}
			if first, err = importer.LastRun(ctx, tx, models.Operator(), catalogue.KindCourse); err != nil {
				return err
			}
			_, err = importer.In(ctx, tx, models.Operator(), catalogue.KindCourse, strings.NewReader("id,intitule\nC.21,Vingt et un\n"), importer.Options{})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for by, kind := range map[*models.Actor]models.Kind{{Kind: models.ActorOperator}: models.KindConflict, {Kind: models.ActorAccount}: models.KindNotFound} {
			err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
				_, err := importer.Undo(ctx, tx, *by, first.ID)
				return err
			})
			var refused *models.Error
			if !errors.As(err, &refused) || refused.Kind != kind {
				t.Errorf("%v: %v", by.Kind, err)
			}
		}
	})
	t.Run("P3.6 programmes and announcements too", func(t *testing.T) {
		for kind, texts := range map[catalogue.Kind][2]string{
			catalogue.KindProgramme: {`{"id":"M","type":"Master","intitule":"Droit","etablissement":{"uai":"0351","nom":"Rennes","departement":"35"},"sessions":[{"annee":2020,"capacite":5}]}`,
				`{"id":"M","type":"Master","intitule":"Droit social","sessions":[{"annee":2021,"capacite":7},{"annee":2022,"capacite":9}]}`},
			catalogue.KindAnnouncement: {`{"numero":"A","intitule":"Technicien","date_creation":"2026-01-04"}`, `{"numero":"A","intitule":"Technicienne","date_creation":"2026-01-05"}`},
		} {
			if report, err := run(ctx, db, kind, importer.NDJSON, texts[0]); err != nil {
				t.Fatal(report, err)
			}
			before := content(t, ctx, db.Pool)
			if report, err := run(ctx, db, kind, importer.NDJSON, texts[1]); err != nil || report.Changed != 1 {
				t.Fatal(report, err)
			}
			if undone, err := undo(ctx, db, kind); err != nil || undone.Restored != 1 {
				t.Fatalf("%+v %v", undone, err)
			}
			if before != content(t, ctx, db.Pool) {
				t.Error("not as before:", kind)
			}
		}
	})
	t.Run("P3.6 any import taken back leaves all as it was", rapid.MakeCheck(func(t *rapid.T) {
		first, second := drawFile(t), drawFile(t)
		_ = db.InRolledBackTx(ctx, func(ctx context.Context, tx models.Tx) error {
			for i, text := range []string{first, second} {
				before := content(t, ctx, tx.PGX)
				report, err := importer.In(ctx, tx, models.Operator(), catalogue.KindCourse, strings.NewReader(text), importer.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if i == 0 || report.New+report.Changed == 0 {
					continue
				}
				last, err := importer.LastRun(ctx, tx, models.Operator(), catalogue.KindCourse)
				if err != nil {
					t.Fatal(err)
				}
				foreseen, err := importer.Foresee(ctx, tx, models.Operator(), last.ID)
				if err != nil {
					t.Fatal(err)
				}
				if done, err := importer.Undo(ctx, tx, models.Operator(), last.ID); err != nil || !reflect.DeepEqual(foreseen, done) {
					t.Fatalf("foreseen %+v, done %+v %v", foreseen, done, err)
				}
				if before != content(t, ctx, tx.PGX) {
					t.Fatal("not as before")
				}
			}
			return nil
		})
	}))
}
