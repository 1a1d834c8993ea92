package faults

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"passerelle/handlers/papers"
	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/importer"
	"passerelle/models/dossier"
	"passerelle/models/people"
	"passerelle/storage"
)

// documents opens the portal's own store beside it.
func (v *victim) documents(db *models.DB) *papers.Documents {
	v.t.Helper()
	disk, err := storage.OpenDisk(filepath.Join(v.data(), "documents"))
	if err != nil {
		v.t.Fatal(err)
	}
	ring, err := storage.TextKeyring(faultMaster)
	if err != nil {
		v.t.Fatal(err)
	}
	d := papers.New(papers.Options{DB: db, Log: slog.New(slog.DiscardHandler), Store: disk, Vault: storage.NewVault(ring)})
	v.t.Cleanup(d.Close)
	return d
}

// administrator is somebody who may import.
func (v *victim) administrator(db *models.DB) (by models.Actor) {
	v.t.Helper()
	err := db.InTx(context.Background(), func(ctx context.Context, tx models.Tx) error {
		a, err := people.CreateByOperator(ctx, tx, models.Operator(), people.OperatorInput{Email: "administration@example.org", Lang: "fr", PasswordHash: "none",
			Identity: people.Identity{BirthName: "Martin", FirstName: "Lucie"}, Grants: []models.Grant{{Role: models.RoleAdmin, Kind: models.ScopePortal}}})
		if err != nil {
			return err
		}
		by, err = people.OnBehalf(ctx, tx, a.ID)
		return err
	})
	if err != nil {
		v.t.Fatal(err)
	}
	return by
}

// TestKilledWhileConsoleImports kills -9 the whole portal, database included, in
// the middle of the jobs of a file that an administrator sent: rehearsal, reading
// and writing.
func TestKilledWhileConsoleImports(t *testing.T) {
	ctx := context.Background()
	v := newVictim(t)
	v.start()
	db := v.attach()
	by := v.administrator(db)
	const rows = 12_000
	content, err := os.Open(generatedCourses(t, rows))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = content.Close() }()
	var run importer.RunRow
	_, err = v.documents(db).Keep(ctx, dossier.PurposeImport, "courses.csv", "text/csv", content, func(ctx context.Context, tx models.Tx, file models.ID) (err error) {
		run, err = importer.Announce(ctx, tx, by, importer.NewRun{Kind: catalogue.KindCourse, FileName: "courses.csv", File: file, Bytes: 1, Source: "essai"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	read := func() (r importer.RunRow) {
		err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
			r, err = importer.RunByID(ctx, tx, by, run.ID)
			return err
		})
		if err != nil {
			return importer.RunRow{} // the database comes back
		}
		return r
	}
	counts := func() (courses, documents, imported int) {
		if err := db.Pool.QueryRow(ctx, `SELECT (SELECT count(*) FROM courses WHERE reference LIKE 'MORT-%'), (SELECT count(*) FROM search_documents WHERE reference LIKE 'MORT-%'),
			(SELECT count(*) FROM events WHERE kind = 'catalogue.imported' AND subject_id = $1)`, run.ID).Scan(&courses, &documents, &imported); err != nil {
			t.Fatal(err)
		}
		return courses, documents, imported
	}
	begin := func(verb func(context.Context, models.Tx) error) func() {
		return func() {
			if err := db.InTx(ctx, verb); err != nil {
				t.Fatal(err)
			}
		}
	}
	// late has the clock look after the work: nobody has held it for a minute.
	late := begin(func(ctx context.Context, tx models.Tx) error {
		_, err := tx.PGX.Exec(ctx, `UPDATE import_runs SET phase = '', phase_at = phase_at - interval '2 minutes' WHERE id = $1`, run.ID)
		return err
	})
	// cut kills the portal in a phase of the job, and starts it again. The phases are short:
	// what the job writes to next is held.
	cut := func(phase importer.Phase, begin func()) {
		let := v.holdTable(db, "import_lines") // its report, before anything else
		begin()
		v.within(time.Minute, "the job is at work", func() bool { return read().Phase != "" })
		if phase == importer.Indexing {
			lines := let
			let = v.holdTable(db, "events") // the last
			lines()
			v.within(time.Minute, "the job is "+string(phase), func() bool { return read().Phase == phase })
		}
		v.kill()
		let()
		v.start()
		db.Pool.Reset()
		v.within(time.Minute, "the database answers", func() bool { return db.Pool.Ping(ctx) == nil })
	}
	t.Run("P3.6 killed in the middle, a rehearsal is taken up again", func(t *testing.T) {
		cut(importer.Reading, begin(func(ctx context.Context, tx models.Tx) error { return importer.Rehearse(ctx, tx, by, run.ID) }))
		late()
		v.within(3*time.Minute, "rehearsed", func() bool { return read().State == importer.Rehearsed })
		if r := read(); r.Report.New != rows || r.Report.Lines[importer.LineCreated] != rows {
			t.Fatalf("%+v", r.Report)
		}
	})
	t.Run("P3.6 killed in the middle, an import has written nothing; taken up again it is there whole, once", func(t *testing.T) {
		start := begin(func(ctx context.Context, tx models.Tx) error { return importer.Begin(ctx, tx, by, run.ID, false) })
		for _, phase := range []importer.Phase{importer.Reading, importer.Indexing} {
			cut(phase, start)
			start = late
			if courses, documents, imported := counts(); courses+documents+imported != 0 {
				t.Fatalf("killed while %s: %d courses, %d documents, %d times in the journal", phase, courses, documents, imported)
			}
			if r := read(); r.State != importer.Importing || r.Report.Lines[importer.LineCreated] != rows {
				t.Fatalf("%s, %+v", r.State, r.Report)
			}
		}
		late()
		v.within(3*time.Minute, "imported", func() bool { return read().State == importer.Done })
		if courses, documents, imported := counts(); courses != rows || documents != rows || imported != 1 {
			t.Fatalf("%d courses, %d documents, %d times in the journal", courses, documents, imported)
		}
		if r := read(); !r.Last || r.Report.New != rows || r.Report.Lines[importer.LineCreated] != rows {
			t.Fatalf("%+v", r)
		}
	})
	v.verified()
}
