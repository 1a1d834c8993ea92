package importer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue"
)

// State of a run; the French is on screen.
type State string

// The states of a run.
const (
	Received   State = "received"   // reçu: nothing read yet but a preview
	Rehearsing State = "rehearsing" // répétition en cours
	Rehearsed  State = "rehearsed"  // répété
	Importing  State = "importing"  // import en cours
	Done       State = "done"       // importé
	Refused    State = "refused"    // refusé: a bad line, nothing written
	Failed     State = "failed"     // échoué
	Undoing    State = "undoing"    // annulation en cours
	Undone     State = "undone"     // annulé
	Dropped    State = "dropped"    // abandonné
)

// RunRow is one import, as the screen and the command line list it.
type RunRow struct {
	ID         models.ID
	Kind       catalogue.Kind
	Source     string
	FileName   string
	File       *models.ID
	Mapping    string // TOML
	State      State
	Phase      Phase
	PhaseAt    *time.Time // when the phase began
	Rows       int        // lines read so far
	Done       int64
	Total      int64
	Bytes      int64 // of the file, as it came
	Aside      bool  // bad lines are left aside
	Report     Report
	MadeAt     time.Time
	ImportedAt *time.Time
	UndoneAt   *time.Time
	Last       bool // the last import of its kind: the one that can be taken back
}

// begin writes the run, or takes the one that was announced. A rehearsal of none
// leaves no trace.
func (m *merge) begin(ctx context.Context, by models.Actor) error {
	if m.run != (models.ID{}) {
		return hold(ctx, m.tx, m.run)
	}
	if m.run = m.tx.NewID(); m.o.DryRun {
		return nil
	}
	var mapping strings.Builder
	if err := m.o.Mapping.Write(&mapping); err != nil {
		return err
	}
	_, err := m.tx.PGX.Exec(ctx, `INSERT INTO import_runs (id, kind, source, file_name, mapping, state, made_at, made_by)
		VALUES ($1, $2, $3, $4, $5, 'importing', $6, $7)`, models.Prepared, m.run, string(m.kind), m.o.Source, m.o.FileName, mapping.String(), m.tx.Now, account(by))
	if err != nil {
		return fmt.Errorf("import run: %w", err)
	}
	return nil
}

func account(by models.Actor) *models.ID {
	if by.SignedIn() {
		return &by.Account
	}
	return nil
}

// finish closes the run with its report. The undo of the imports before it goes
// when this one changed something: only the last can be taken back.
func (m *merge) finish(ctx context.Context) error {
	report, err := json.Marshal(m.report)
	if err != nil {
		return fmt.Errorf("import report: %w", err)
	}
	if m.themes == nil {
		m.themes = []string{}
	}
	if _, err := m.tx.PGX.Exec(ctx, `UPDATE import_runs SET state = 'done', phase = '', imported_at = $2, report = $3, themes = $4, edition = greatest(edition, $5) WHERE id = $1`,
		models.Prepared, m.run, m.tx.Now, report, m.themes, m.report.edition); err != nil {
		return fmt.Errorf("import run: %w", err)
	}
	if m.report.touched() == 0 {
		return nil
	}
	if _, err := m.tx.PGX.Exec(ctx, `DELETE FROM import_changes c USING import_runs r WHERE r.id = c.run_id AND r.kind = $1 AND r.id <> $2`,
		models.Prepared, string(m.kind), m.run); err != nil {
		return fmt.Errorf("import run: %w", err)
	}
	return nil
}

func (r Report) touched() int { return r.New + r.Changed + r.NewSessions + r.ChangedSessions }

const runColumns = `r.id, r.kind, r.source, r.file_name, r.file_id, r.mapping, r.state, r.phase, r.phase_at, r.rows_read, r.done, r.total, r.bytes, r.aside, r.edition, r.report, r.made_at, r.imported_at, r.undone_at,
	r.state IN ('done', 'undoing') AND EXISTS (SELECT FROM import_changes c WHERE c.run_id = r.id)`

func scanRun(row pgx.CollectableRow) (RunRow, error) {
	var r RunRow
	var report []byte
	var edition int
	err := row.Scan(&r.ID, &r.Kind, &r.Source, &r.FileName, &r.File, &r.Mapping, &r.State, &r.Phase, &r.PhaseAt, &r.Rows, &r.Done, &r.Total, &r.Bytes, &r.Aside, &edition, &report, &r.MadeAt,
		&r.ImportedAt, &r.UndoneAt, &r.Last)
	if err != nil {
		return r, err
	}
	r.Report.edition = edition
	return r, json.Unmarshal(report, &r.Report)
}

// Runs lists the latest imports, the newest first. For operators and
// administrators.
func Runs(ctx context.Context, tx models.Tx, by models.Actor, limit int) ([]RunRow, error) {
	if !may(by) {
		return nil, models.NotFound("page.not_found")
	}
	rows, err := tx.PGX.Query(ctx, `SELECT `+runColumns+` FROM import_runs r ORDER BY r.made_at DESC, r.id DESC LIMIT $1`, models.Prepared, limit)
	if err != nil {
		return nil, fmt.Errorf("import runs: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanRun)
	if err != nil {
		return nil, fmt.Errorf("import runs: %w", err)
	}
	return list, nil
}

// RunByID reads one import; unknown is not found.
func RunByID(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (RunRow, error) {
	if !may(by) {
		return RunRow{}, models.NotFound("page.not_found")
	}
	rows, err := tx.PGX.Query(ctx, `SELECT `+runColumns+` FROM import_runs r WHERE r.id = $1`, models.Prepared, id)
	if err != nil {
		return RunRow{}, fmt.Errorf("import run: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanRun)
	if err != nil {
		return RunRow{}, fmt.Errorf("import run: %w", err)
	}
	if len(list) == 0 {
		return RunRow{}, models.NotFound("page.not_found")
	}
	return list[0], nil
}

// LastRun is the import of a kind that can be taken back; not found where there
// is none.
func LastRun(ctx context.Context, tx models.Tx, by models.Actor, kind catalogue.Kind) (RunRow, error) {
	var id models.ID
	err := tx.PGX.QueryRow(ctx, `SELECT r.id FROM import_runs r WHERE r.kind = $1 AND r.state = 'done'
		AND EXISTS (SELECT FROM import_changes c WHERE c.run_id = r.id) ORDER BY r.imported_at DESC, r.id DESC LIMIT 1`, models.Prepared, string(kind)).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return RunRow{}, models.NotFound("import.nothing_to_undo")
	}
	if err != nil {
		return RunRow{}, fmt.Errorf("import run: %w", err)
	}
	return RunByID(ctx, tx, by, id)
}
