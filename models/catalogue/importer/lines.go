package importer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// LineRow is one line of a report as it is kept and listed.
type LineRow struct {
	Line
	No    int
	Field string // column of a refusal or of a note
	Key   string // its message
	Args  []string
}

// What says what is wrong or to be noted; "" for a good line.
func (l LineRow) What(say Say) string {
	if l.Key == "" {
		return ""
	}
	return LineError{Key: l.Key, Args: l.Args}.Text(say)
}

// Remedy says what to do about it; "" where there is nothing.
func (l LineRow) Remedy(say Say) string {
	if l.Key == "" {
		return ""
	}
	return LineError{Key: l.Key, Args: l.Args}.Remedy(say)
}

// LineLog keeps the report by line of a run while its job reads the file. It
// writes by parts in transactions of its own, beside the report in force: that
// one stays until End, or the import itself, puts the new one in its place.
type LineLog struct {
	db      *models.DB
	run     models.ID
	rows    [][]any
	counts  map[Verdict]int
	edition int // nought until the first part is written
	failed  error
}

// together is how many lines are written, or read, at once.
const together = 5000

// NewLineLog begins another report of a run.
func NewLineLog(db *models.DB, run models.ID) *LineLog {
	return &LineLog{db: db, run: run, counts: map[Verdict]int{}}
}

// Line gives what notes good lines: Options.Lines.
func (l *LineLog) Line(ctx context.Context) func(Line) error {
	return func(line Line) error {
		l.add(ctx, LineRow{Line: line})
		return l.failed
	}
}

// Bad gives what notes refusals: Options.Bad.
func (l *LineLog) Bad(ctx context.Context) func(LineError) {
	return func(e LineError) { l.problem(ctx, LineRefused, e) }
}

func (l *LineLog) problem(ctx context.Context, v Verdict, e LineError) {
	l.add(ctx, LineRow{Line: Line{Line: e.Line, Title: e.Title, Verdict: v}, Field: e.Field, Key: e.Key, Args: e.short().Args})
}

func (l *LineLog) add(ctx context.Context, row LineRow) {
	l.counts[row.Verdict]++
	l.rows = append(l.rows, []any{l.run, nil, string(row.Verdict), int32(l.counts[row.Verdict]), int32(row.Line.Line), row.Reference, row.Title, row.Field, row.Key,
		list(row.Args), list(row.Fields), list(row.Was), list(row.Becomes)})
	if len(l.rows) >= together {
		l.flush(ctx)
	}
}

func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func (l *LineLog) flush(ctx context.Context) {
	if l.failed != nil {
		return
	}
	l.failed = l.db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		if l.edition == 0 {
			if err := l.open(ctx, tx); err != nil {
				return err
			}
		}
		for _, row := range l.rows {
			row[1] = int32(l.edition)
		}
		_, err := tx.PGX.CopyFrom(ctx, pgx.Identifier{"import_lines"},
			[]string{"run_id", "edition", "verdict", "no", "line", "reference", "title", "field", "key", "args", "fields", "was", "becomes"}, pgx.CopyFromRows(l.rows))
		return err
	})
	l.rows = l.rows[:0]
}

// open takes the number after that of the report in force; what was begun under
// it by a process that died goes.
func (l *LineLog) open(ctx context.Context, tx models.Tx) error {
	if err := tx.PGX.QueryRow(ctx, `SELECT edition + 1 FROM import_runs WHERE id = $1`, models.Prepared, l.run).Scan(&l.edition); err != nil {
		return err
	}
	_, err := tx.PGX.Exec(ctx, `DELETE FROM import_lines WHERE run_id = $1 AND edition <> $2 - 1`, models.Prepared, l.run, l.edition)
	return err
}

// Close writes what is held and the notes of the report, which gets the counts by
// verdict. It serves as Options.Told.
func (l *LineLog) Close(ctx context.Context, r *Report) error {
	for _, e := range r.Notes {
		l.problem(ctx, LineNoted, e)
	}
	if l.flush(ctx); l.failed != nil {
		return fmt.Errorf("import report: %w", l.failed)
	}
	r.Lines, r.edition = l.counts, l.edition
	return nil
}

// Forget erases the report that another took the place of.
func (l *LineLog) Forget(ctx context.Context) error {
	return l.db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		if _, err := tx.PGX.Exec(ctx, `DELETE FROM import_lines l USING import_runs r WHERE l.run_id = $1 AND r.id = l.run_id AND l.edition < r.edition`,
			models.Prepared, l.run); err != nil {
			return fmt.Errorf("import report: %w", err)
		}
		return nil
	})
}

const lineColumns = `verdict, no, line, reference, title, field, key, args, fields, was, becomes`

func scanLine(row pgx.CollectableRow) (l LineRow, err error) {
	err = row.Scan(&l.Verdict, &l.No, &l.Line.Line, &l.Reference, &l.Title, &l.Field, &l.Key, &l.Args, &l.Fields, &l.Was, &l.Becomes)
	return l, err
}

// Lines gives a page of a run's report: those of a verdict after the first ones.
// For operators and administrators.
func Lines(ctx context.Context, tx models.Tx, by models.Actor, run models.ID, v Verdict, after, limit int) ([]LineRow, error) {
	if !may(by) {
		return nil, models.NotFound("page.not_found")
	}
	rows, err := tx.PGX.Query(ctx, `SELECT `+lineColumns+` FROM import_lines WHERE run_id = $1 AND edition = (SELECT edition FROM import_runs WHERE id = $1)
		AND verdict = $2 AND no > $3 ORDER BY no LIMIT $4`,
		models.Prepared, run, string(v), after, limit)
	if err != nil {
		return nil, fmt.Errorf("import lines: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanLine)
	if err != nil {
		return nil, fmt.Errorf("import lines: %w", err)
	}
	return list, nil
}

// EachLine hands over a whole report, in the order of Verdicts, a page at a time:
// no transaction waits for whoever receives it. A conflict where another report
// takes its place meanwhile. For operators and administrators.
func EachLine(ctx context.Context, db *models.DB, by models.Actor, run models.ID, take func(LineRow) error) error {
	edition := -1
	for _, v := range Verdicts() {
		for after := 0; ; {
			var page []LineRow
			err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
				r, err := RunByID(ctx, tx, by, run)
				if err != nil {
					return err
				}
				if edition < 0 {
					edition = r.Report.edition
				}
				if edition != r.Report.edition {
					return models.Conflict("import.moved", nil)
				}
				page, err = Lines(ctx, tx, by, run, v, after, together)
				return err
			})
			if err != nil {
				return err
			}
			for _, l := range page {
				if err := take(l); err != nil {
					return err
				}
			}
			if len(page) < together {
				break
			}
			after = page[len(page)-1].No
		}
	}
	return nil
}

// ForgetFiles gives up files of imports and their reports by line after their
// time, at once where somebody gave the file up, and what stood before an import that
// can no longer be taken back; what a run counted stays. For the portal's clock.
func ForgetFiles(ctx context.Context, db *models.DB) (n int, err error) {
	err = db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		days, err := tx.SettingInt(ctx, "import_file_days")
		if err != nil {
			return err
		}
		tag, err := tx.PGX.Exec(ctx, `WITH old AS (SELECT id FROM import_runs WHERE (made_at < $1 OR state = 'dropped') AND state NOT IN ('rehearsing', 'importing', 'undoing')
				AND (file_id IS NOT NULL OR EXISTS (SELECT FROM import_lines l WHERE l.run_id = import_runs.id))),
			lines AS (DELETE FROM import_lines WHERE run_id IN (SELECT id FROM old))
			UPDATE import_runs SET file_id = NULL WHERE id IN (SELECT id FROM old)`, models.Prepared, tx.Now.Add(-time.Duration(days)*24*time.Hour))
		if err != nil {
			return err
		}
		n = int(tag.RowsAffected())
		// What stood before an import serves nobody once it can no longer be taken back.
		_, err = tx.PGX.Exec(ctx, `DELETE FROM import_changes c USING import_runs r WHERE r.id = c.run_id AND r.imported_at < $1 AND r.state <> 'undoing'`,
			models.Prepared, tx.Now.Add(-undoFor))
		return err
	})
	if err != nil {
		err = errors.Join(errors.New("files of imports"), err)
	}
	return n, err
}
