package importer_test

import (
	"context"
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

// locks lists what transactions hold on the tables of the catalogue, and whether
// an import holds it whole.
func locks(t testing.TB, db *models.DB) (held string) {
	t.Helper()
	err := db.Pool.QueryRow(context.Background(), `SELECT coalesce(string_agg(DISTINCT concat(c.relname, l.locktype, ' ', l.mode), ', '), '')
		FROM pg_locks l LEFT JOIN pg_class c ON c.oid = l.relation WHERE l.pid <> pg_backend_pid()
		AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
		AND (l.locktype = 'advisory' AND l.objid = hashtext('catalogue import')::bigint & 4294967295
			OR c.relname IN ('courses', 'sessions', 'themes', 'course_themes', 'search_documents', 'import_changes') AND l.mode <> 'AccessShareLock')`).Scan(&held)
	if err != nil {
		t.Fatal(err)
	}
	return held
}

// free says that somebody else could take the sessions at once.
func free(db *models.DB) error {
	return db.InTx(context.Background(), func(ctx context.Context, tx models.Tx) error {
		_, err := tx.PGX.Exec(ctx, `SELECT FROM sessions FOR UPDATE NOWAIT`)
		return err
	})
}

func course(id, title string, capacity int) string {
	return fmt.Sprintf(`{"id":%q,"intitule":%q,"themes":["a/b"],"sessions":[{"id":"S.%s","starts_on":"2027-01-11","ends_on":"2027-01-15","opens_on":"2026-10-01","closes_on":"2026-12-04","capacity":%d,"modality":"remote"}]}`+"\n",
		id, title, id, capacity)
}

func TestNobodyWaits(t *testing.T) {
	ctx := context.Background()
	db := portal(t)
	if report, err := run(ctx, db, catalogue.KindCourse, importer.NDJSON, course("C.1", "Reliure", 5)); err != nil {
		t.Fatalf("%+v %v", report, err)
	}
	s, err := catalogue.SessionByExternalID(ctx, db.Pool, "S.C.1")
	if err != nil {
		t.Fatal(err)
	}
	seats := func(n int) error {
		return db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
			if _, err := tx.PGX.Exec(ctx, `SET LOCAL lock_timeout = '2s'`); err != nil {
				return err
			}
			return modelstest.TakeSeats(ctx, tx, s.ID, n)
		})
	}
	text := course("C.1", "Reliure d’art", 7) + course("C.2", "Dorure", 9)
	t.Run("P3.6 a rehearsal writes nothing and holds up nobody", func(t *testing.T) {
		before, looked := state(t, ctx, db.Pool), 0
		report, err := importer.Run(ctx, db, models.Operator(), catalogue.KindCourse, strings.NewReader(text), importer.Options{DryRun: true,
			Lines: func(importer.Line) error {
				looked++
				if held := locks(t, db); held != "" {
					t.Error("held:", held)
				}
				return free(db)
			},
			Progress: func(p importer.Progress) {
				if p.Phase != importer.Writing {
					return
				}
				if held := locks(t, db); held != "" {
					t.Errorf("held at %d of %d: %s", p.Done, p.Total, held)
				}
				if err := free(db); err != nil {
					t.Error(err)
				}
			}})
		if err != nil || report.New != 1 || report.Changed != 1 || report.NewSessions != 1 || report.ChangedSessions != 1 || looked != 4 {
			t.Fatalf("%d lines, %+v %v", looked, report, err)
		}
		if before != state(t, ctx, db.Pool) {
			t.Error("something was written")
		}
	})
	t.Run("P3.6 while new courses are indexed, sessions are free", func(t *testing.T) {
		looked := 0
		report, err := importer.Run(ctx, db, models.Operator(), catalogue.KindCourse, strings.NewReader(text), importer.Options{Progress: func(p importer.Progress) {
			if p.Phase != importer.Indexing || p.Done != 1 {
				return
			}
			looked++
			if err := free(db); err != nil {
				t.Error(err)
			}
			if err := seats(1); err != nil {
				t.Error(err)
			}
		}})
		if err != nil || looked != 1 || report.New != 1 || report.Changed != 1 || report.ChangedSessions != 1 {
			t.Fatalf("%d looks, %+v %v", looked, report, err)
		}
	})
	t.Run("P18.12 seats taken while an import is under way count: it goes back whole", func(t *testing.T) {
		before := state(t, ctx, db.Pool)
		for _, aside := range []bool{false, true} {
			taken := false
			report, err := importer.Run(ctx, db, models.Operator(), catalogue.KindCourse, strings.NewReader(course("C.1", "Reliure", 3)+course("C.3", "Gainerie", 9)), importer.Options{Aside: aside,
				Progress: func(p importer.Progress) {
					if p.Phase == importer.Indexing && !taken {
						taken = true
						if err := seats(3); err != nil {
							t.Error(err)
						}
					}
				}})
			if models.KindOf(err) != models.KindInvalid || len(report.Errors) != 1 || report.Errors[0].Key != "import.capacity_under_seats" || report.Errors[0].Line != 1 {
				t.Fatalf("%+v %v", report, err)
			}
			if err := seats(-3); err != nil {
				t.Fatal(err)
			}
			if before != state(t, ctx, db.Pool) {
				t.Error("something was written")
			}
		}
	})
}

// TestRehearsalTells compares what is told with what then happens.
func TestRehearsalTells(t *testing.T) {
	ctx := context.Background()
	db := portal(t)
	t.Run("P3.6 what any rehearsal tells is what the import does", rapid.MakeCheck(func(t *rapid.T) {
		files := []string{drawFile(t), drawFile(t)}
		for i := range files {
			for range rapid.IntRange(0, 3).Draw(t, "sessions") {
				files[i] += course(rapid.SampledFrom([]string{"C.1", "C.2", "C.3"}).Draw(t, "course"), "Reliure", rapid.IntRange(1, 3).Draw(t, "capacity"))
			}
		}
		_ = db.InRolledBackTx(ctx, func(ctx context.Context, tx models.Tx) error {
			for _, text := range files {
				var told [2]importer.Report
				var lines [2][]importer.Line
				for i, rehearse := range []bool{true, false} {
					var err error
					told[i], err = importer.In(ctx, tx, models.Operator(), catalogue.KindCourse, strings.NewReader(text), importer.Options{DryRun: rehearse,
						Lines: func(l importer.Line) error { lines[i] = append(lines[i], l); return nil }})
					if err != nil && models.KindOf(err) != models.KindInvalid {
						t.Fatal(err)
					}
					if err != nil {
						lines[i], told[i] = nil, importer.Report{Errors: told[i].Errors}
					}
					told[i].Rehearsal = false
				}
				if !reflect.DeepEqual(told[0], told[1]) || !reflect.DeepEqual(lines[0], lines[1]) {
					t.Fatalf("told %+v %+v\ndone %+v %+v", told[0], lines[0], told[1], lines[1])
				}
			}
			return nil
		})
	}))
}
