package importer

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"passerelle/models"
	"passerelle/models/catalogue"
)

// Args asks for a file to be rehearsed or imported by a job.
type Args struct {
	Run models.ID `json:"run"`
}

// Kind names the job.
func (Args) Kind() string { return "import_file" }

// NewRun is a file that an administrator sent.
type NewRun struct {
	Kind     catalogue.Kind
	FileName string
	File     models.ID // in the portal's store
	Bytes    int64
	Source   string // whose mapping is taken where it is remembered
}

// Announce keeps a file that was sent, before anything of it is read for good.
// For administrators; anybody else finds nothing.
func Announce(ctx context.Context, tx models.Tx, by models.Actor, in NewRun) (RunRow, error) {
	if !may(by) {
		return RunRow{}, models.NotFound("page.not_found")
	}
	m, ok, err := Remembered(ctx, tx.PGX, in.Kind, in.Source)
	if err != nil {
		return RunRow{}, err
	}
	if !ok {
		m = Mapping{Source: in.Source}
	}
	text, err := m.text()
	if err != nil {
		return RunRow{}, err
	}
	id := tx.NewID()
	if _, err := tx.PGX.Exec(ctx, `INSERT INTO import_runs (id, kind, source, file_name, file_id, mapping, state, bytes, made_at, made_by)
		VALUES ($1, $2, $3, $4, $5, $6, 'received', $7, $8, $9)`, models.Prepared, id, string(in.Kind), in.Source, in.FileName, in.File, text, in.Bytes, tx.Now, account(by)); err != nil {
		return RunRow{}, fmt.Errorf("import run: %w", err)
	}
	if err := journal(ctx, tx, by, "received", id, map[string]any{"kind": string(in.Kind), "bytes": in.Bytes}); err != nil {
		return RunRow{}, err
	}
	return RunByID(ctx, tx, by, id)
}

// journal writes the one event of a verb on a run.
func journal(ctx context.Context, tx models.Tx, by models.Actor, what string, id models.ID, data map[string]any) error {
	return tx.Record(ctx, by, models.Event{Kind: "import." + what, SubjectKind: "import", SubjectID: id, Data: data})
}

func (m Mapping) text() (string, error) {
	var b strings.Builder
	err := m.Write(&b)
	return b.String(), err
}

// Reads gives the mapping that a run is read with.
func (r RunRow) Reads() (Mapping, error) { return ParseMapping([]byte(r.Mapping), r.Kind) }

// SetMapping changes how a file is read, and remembers it for its source. What
// was rehearsed before is no longer true: the run is as it came (P3.6). A
// conflict once the import has begun.
func SetMapping(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, m Mapping) error {
	run, err := RunByID(ctx, tx, by, id)
	if err != nil {
		return err
	}
	if err := m.check(run.Kind); err != nil {
		return refuseMapping(err)
	}
	text, err := m.text()
	if err != nil {
		return err
	}
	if err := moved(ctx, tx, `UPDATE import_runs SET mapping = $2, source = $3, state = 'received', report = '{}'
		WHERE id = $1 AND state IN ('received', 'rehearsed', 'refused', 'failed')`, id, text, m.Source); err != nil {
		return err
	}
	if m.Source != "" {
		if err := remember(ctx, tx, by, run.Kind, m); err != nil {
			return err
		}
	}
	return journal(ctx, tx, by, "mapped", id, map[string]any{"remembered": m.Source != ""})
}

const begun = `phase = '', rows_read = 0, done = 0, total = 0, phase_at = $2`

// Rehearse asks for a rehearsal by a job.
func Rehearse(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) error {
	if _, err := RunByID(ctx, tx, by, id); err != nil {
		return err
	}
	if err := moved(ctx, tx, `UPDATE import_runs SET state = 'rehearsing', report = '{}', `+begun+`
		WHERE id = $1 AND state IN ('received', 'rehearsed', 'refused', 'failed') AND file_id IS NOT NULL`, id, tx.Now); err != nil {
		return err
	}
	if err := journal(ctx, tx, by, "rehearsal_begun", id, nil); err != nil {
		return err
	}
	return tx.Enqueue(ctx, Args{Run: id})
}

// Begin asks for the import itself, by a job, of what was rehearsed: without a
// bad line, or with those that can be left aside when aside says so. A conflict
// otherwise.
func Begin(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, aside bool) error {
	run, err := RunByID(ctx, tx, by, id)
	if err != nil {
		return err
	}
	if run.State != Rehearsed && !(aside && run.CanLeaveAside()) {
		return models.Conflict("import.moved", nil)
	}
	if err := moved(ctx, tx, `UPDATE import_runs SET state = 'importing', aside = $3, `+begun+`
		WHERE id = $1 AND state IN ('rehearsed', 'refused') AND file_id IS NOT NULL`, id, tx.Now, aside); err != nil {
		return err
	}
	if err := journal(ctx, tx, by, "begun", id, map[string]any{"aside": aside}); err != nil {
		return err
	}
	return tx.Enqueue(ctx, Args{Run: id})
}

// CanLeaveAside says that a rehearsal refused lines without which the others can
// be imported.
func (r RunRow) CanLeaveAside() bool {
	return r.State == Refused && r.File != nil && r.Report.Rehearsal && r.Report.Passable() && r.Report.Refused() < r.Report.Rows
}

// Drop gives a file up before it is imported: it is erased.
func Drop(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) error {
	if _, err := RunByID(ctx, tx, by, id); err != nil {
		return err
	}
	if err := moved(ctx, tx, `UPDATE import_runs SET state = 'dropped', file_id = NULL WHERE id = $1 AND state IN ('received', 'rehearsed', 'refused', 'failed')`, id); err != nil {
		return err
	}
	return journal(ctx, tx, by, "dropped", id, nil)
}

func moved(ctx context.Context, tx models.Tx, sql string, args ...any) error {
	tag, err := tx.PGX.Exec(ctx, sql, append([]any{models.Prepared}, args...)...)
	if err != nil {
		return fmt.Errorf("import run: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return models.Conflict("import.moved", nil)
	}
	return nil
}

// Task is what the job is asked to do.
type Task struct {
	RunRow
	By models.ID // whose rights the job has
}

// ToDo reads a run for its job; not found where nothing is to be done any more.
func ToDo(ctx context.Context, tx models.Tx, id models.ID) (Task, error) {
	run, err := RunByID(ctx, tx, models.Operator(), id)
	if err != nil {
		return Task{}, err
	}
	if run.State != Undoing && (run.State != Rehearsing && run.State != Importing || run.File == nil) {
		return Task{}, models.NotFound("page.not_found")
	}
	t := Task{RunRow: run}
	var by *models.ID
	if err := tx.PGX.QueryRow(ctx, `SELECT coalesce(undone_by, made_by) FROM import_runs WHERE id = $1`, models.Prepared, id).Scan(&by); err != nil {
		return t, fmt.Errorf("import run: %w", err)
	}
	if by != nil {
		t.By = *by
	}
	return t, nil
}

// Tell keeps how far a run is, in a transaction of its own. For its job.
func Tell(ctx context.Context, tx models.Tx, id models.ID, p Progress, bytes int64) error {
	done, total := p.Bytes, bytes
	if p.Phase != Reading {
		done, total = int64(p.Done), int64(p.Total)
	}
	if _, err := tx.PGX.Exec(ctx, `UPDATE import_runs SET phase_at = CASE WHEN phase = $2 THEN phase_at ELSE $6 END, phase = $2, done = $3, total = $4, rows_read = $5
		WHERE id = $1 AND state IN ('rehearsing', 'importing')`, models.Prepared, id, string(p.Phase), done, total, p.Rows, tx.Now); err != nil {
		return fmt.Errorf("import run: %w", err)
	}
	return nil
}

// End closes a rehearsal, or an import that wrote nothing, with its report, whose
// lines take the place of those before. For its job: an import that wrote is
// closed in its own transaction.
func End(ctx context.Context, tx models.Tx, id models.ID, state State, r Report) error {
	report, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("import report: %w", err)
	}
	if _, err := tx.PGX.Exec(ctx, `UPDATE import_runs SET state = $2, phase = '', report = $3, edition = greatest(edition, $4) WHERE id = $1 AND state IN ('rehearsing', 'importing')`,
		models.Prepared, id, string(state), report, r.edition); err != nil {
		return fmt.Errorf("import run: %w", err)
	}
	// What could not be taken back is imported still.
	if _, err := tx.PGX.Exec(ctx, `UPDATE import_runs SET state = 'done', phase = '' WHERE id = $1 AND state = 'undoing'`, models.Prepared, id); err != nil {
		return fmt.Errorf("import run: %w", err)
	}
	return nil
}
