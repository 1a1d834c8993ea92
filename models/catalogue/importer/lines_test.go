package importer_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/importer"
)

// announced is a run as the console announces it, in a state of the test's.
func announced(t *testing.T, db *models.DB, state importer.State) models.ID {
	t.Helper()
	id := db.NewID()
	if _, err := db.Pool.Exec(context.Background(), `INSERT INTO import_runs (id, kind, state, made_at) VALUES ($1, 'course', $2, now())`, id, string(state)); err != nil {
		t.Fatal(err)
	}
	return id
}

// rehearseRun does what the job of a rehearsal does.
func rehearseRun(t *testing.T, db *models.DB, id models.ID, text string) importer.Report {
	t.Helper()
	ctx := context.Background()
	log := importer.NewLineLog(db, id)
	report, err := importer.Run(ctx, db, models.Operator(), catalogue.KindCourse, strings.NewReader(text), importer.Options{DryRun: true, Run: id, Lines: log.Line(ctx), Bad: log.Bad(ctx), Told: log.Close})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		return importer.End(ctx, tx, id, importer.Rehearsed, report)
	}); err != nil {
		t.Fatal(err)
	}
	return report
}

func TestReportInPages(t *testing.T) {
	ctx := context.Background()
	db := portal(t)
	if _, err := run(ctx, db, catalogue.KindCourse, importer.CSV, "id,intitule\nC-00001,Reliure\nC-00002,Reliure 2\n"); err != nil {
		t.Fatal(err)
	}
	const rows = 10_003
	var file strings.Builder
	file.WriteString("id,intitule\n")
	for i := range rows {
		fmt.Fprintf(&file, "C-%05d,Reliure %d\n", i+1, i+1)
	}
	id := announced(t, db, importer.Rehearsing)
	rehearseRun(t, db, id, file.String())
	t.Run("P3.6 a report is handed over whole, by verdict, without a transaction that waits", func(t *testing.T) {
		seen, last, open := map[string]int{}, importer.LineRow{}, 0
		err := importer.EachLine(ctx, db, models.Operator(), id, func(l importer.LineRow) error {
			if l.Verdict == last.Verdict && l.No != last.No+1 {
				t.Errorf("%d after %d", l.No, last.No)
			}
			if seen[l.Reference]++; len(seen)%2500 == 1 {
				if err := db.Pool.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
					AND backend_type = 'client backend' AND xact_start IS NOT NULL`).Scan(&open); err != nil || open > 0 {
					t.Errorf("%d transactions wait for the reader %v", open, err)
				}
			}
			last = l
			return nil
		})
		if err != nil || len(seen) != rows || seen["C-00002"] != 1 || seen[fmt.Sprintf("C-%05d", rows)] != 1 || last.Verdict != importer.LineSame {
			t.Fatalf("%d lines, %+v %v", len(seen), last, err)
		}
	})
	t.Run("P3.6 a report that another replaces while it is read ends as a conflict", func(t *testing.T) {
		taken := 0
		err := importer.EachLine(ctx, db, models.Operator(), id, func(importer.LineRow) error {
			if taken++; taken == 2 {
				if _, err := db.Pool.Exec(ctx, `UPDATE import_runs SET state = 'rehearsing' WHERE id = $1`, id); err != nil {
					return err
				}
				rehearseRun(t, db, id, "id,intitule\nC-00009,Dorure\n")
			}
			return nil
		})
		if models.KindOf(err) != models.KindConflict {
			t.Fatal(taken, err)
		}
	})
	t.Run("P3.6 nobody else reads a report", func(t *testing.T) {
		if err := importer.EachLine(ctx, db, models.Actor{Kind: models.ActorAccount}, id, func(importer.LineRow) error { return nil }); models.KindOf(err) != models.KindNotFound {
			t.Fatal(err)
		}
	})
	t.Run("P3.6 a job that died leaves the report in force, and the next begins anew", func(t *testing.T) {
		lines := func(v importer.Verdict) (list []importer.LineRow) {
			err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
				list, err = importer.Lines(ctx, tx, models.Operator(), id, v, 0, 50)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		if got := lines(importer.LineCreated); len(got) != 1 || got[0].Reference != "C-00009" {
			t.Fatalf("%+v", got)
		}
		if _, err := db.Pool.Exec(ctx, `UPDATE import_runs SET state = 'importing' WHERE id = $1`, id); err != nil {
			t.Fatal(err)
		}
		dying, died := context.WithCancel(ctx)
		log := importer.NewLineLog(db, id)
		_, err := importer.Run(dying, db, models.Operator(), catalogue.KindCourse, strings.NewReader(file.String()), importer.Options{Run: id, Bad: log.Bad(ctx), Told: log.Close,
			Lines: func(l importer.Line) error {
				if l.Line == 9_000 { // a part is written
					died()
				}
				return log.Line(ctx)(l)
			}})
		if err == nil {
			t.Fatal("not cut")
		}
		if got := lines(importer.LineCreated); len(got) != 1 || got[0].Reference != "C-00009" {
			t.Fatalf("%d lines of an import that wrote nothing", len(got))
		}
		let := func() (n int) { // its connection goes in its own time
			if err := db.Pool.QueryRow(ctx, `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		for end := time.Now().Add(30 * time.Second); let() > 0; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("the dead job holds the file")
			}
		}
		if _, err := db.Pool.Exec(ctx, `UPDATE import_runs SET state = 'rehearsing' WHERE id = $1`, id); err != nil {
			t.Fatal(err)
		}
		rehearseRun(t, db, id, "id,intitule\nC-00001,Reliure\nC-00011,Dorure\n")
		if got := lines(importer.LineCreated); len(got) != 1 || got[0].Reference != "C-00011" {
			t.Fatalf("%+v", got)
		}
		if err := importer.NewLineLog(db, id).Forget(ctx); err != nil {
			t.Fatal(err)
		}
		var kept int
		if err := db.Pool.QueryRow(ctx, `SELECT count(*) FROM import_lines WHERE run_id = $1`, id).Scan(&kept); err != nil || kept != 2 {
			t.Fatal(kept, err)
		}
	})
	t.Run("P3.6 the report of a file that was given up goes with it", func(t *testing.T) {
		count := func() (n int) {
			if err := db.Pool.QueryRow(ctx, `SELECT count(*) FROM import_lines WHERE run_id = $1`, id).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		for _, drop := range []bool{false, true} {
			if drop {
				if err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error { return importer.Drop(ctx, tx, models.Operator(), id) }); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := importer.ForgetFiles(ctx, db); err != nil {
				t.Fatal(err)
			}
			if n := count(); (n == 0) != drop {
				t.Errorf("given up %v: %d lines", drop, n)
			}
		}
	})
}
