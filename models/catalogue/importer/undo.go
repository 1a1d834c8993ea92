package importer

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"passerelle/models"
	"passerelle/models/catalogue"
)

// undoFor is how long an import can be taken back.
const undoFor = 30 * 24 * time.Hour

// UndoReport tells what taking an import back did.
type UndoReport struct {
	Removed          int // created by the import, gone
	Restored         int // changed by it, as before
	RemovedSessions  int
	RestoredSessions int
	Kept             []KeptObject
}

// KeptObject is what an undo leaves as it is, and why: somebody applied since, or
// more seats are taken than there were.
type KeptObject struct {
	Kind      string // course, programme, session
	Reference string
	Why       string // applied, seats, sessions, rights
}

// Undo takes the last import of a kind back: what it created goes unless
// somebody applied since, what it changed comes back as it was. Applications
// that a cancellation closed stay closed: their mails have left. For operators
// and administrators, within thirty days; a conflict otherwise (P3.6).
func Undo(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (UndoReport, error) {
	var report UndoReport
	if !may(by) {
		return report, models.NotFound("page.not_found")
	}
	if _, err := tx.PGX.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('catalogue import'))`); err != nil {
		return report, fmt.Errorf("undo import: %w", err)
	}
	run, err := undoable(ctx, tx, by, id)
	if err != nil {
		return report, err
	}
	if err := hold(ctx, tx, id); err != nil {
		return report, err
	}
	u := &undo{merge: merge{tx: tx, by: by, run: id, kind: run.Kind}, report: &report}
	if err := u.do(ctx); err != nil {
		return report, err
	}
	done, err := json.Marshal(report)
	if err != nil {
		return report, fmt.Errorf("undo import: %w", err)
	}
	if _, err := tx.PGX.Exec(ctx, `UPDATE import_runs SET state = 'undone', phase = '', undone_at = $2, undone_by = $3, report = jsonb_set(report, '{Undone}', $4::jsonb)
		WHERE id = $1`, models.Prepared, id, tx.Now, account(by), done); err != nil {
		return report, fmt.Errorf("undo import: %w", err)
	}
	if _, err := tx.PGX.Exec(ctx, `DELETE FROM import_changes WHERE run_id = $1`, models.Prepared, id); err != nil {
		return report, fmt.Errorf("undo import: %w", err)
	}
	return report, tx.Record(ctx, by, models.Event{Kind: "catalogue.import_undone", SubjectKind: "import", SubjectID: id,
		Data: map[string]any{"removed": report.Removed, "restored": report.Restored, "kept": len(report.Kept)}})
}

// undoable reads a run that can be taken back; a conflict where it cannot be.
func undoable(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (RunRow, error) {
	run, err := RunByID(ctx, tx, by, id)
	if err == nil && (!run.Last || run.ImportedAt == nil || tx.Now.Sub(*run.ImportedAt) > undoFor) {
		err = models.Conflict("import.not_the_last", nil)
	}
	return run, err
}

// Foresee tells what Undo would do now, by reading alone: it waits for nobody and
// holds up nobody. For operators and administrators.
func Foresee(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (UndoReport, error) {
	var report UndoReport
	run, err := undoable(ctx, tx, by, id)
	if err != nil {
		return report, err
	}
	u := &undo{merge: merge{tx: tx, run: id, kind: run.Kind}, report: &report}
	if err := u.keep(ctx, keptSessions); err != nil {
		return report, err
	}
	of := tableOf(u.kind)
	if err := u.keep(ctx, u.keptRows(of)); err != nil {
		return report, err
	}
	for sql, n := range map[string]*int{
		`SELECT count(*) FROM import_changes c JOIN sessions s ON s.id = c.object_id WHERE c.run_id = $1 AND ` + removableSession:                        &report.RemovedSessions,
		`SELECT count(*) FROM import_changes c JOIN sessions s ON s.id = c.object_id WHERE c.run_id = $1 AND ` + restorableSession:                       &report.RestoredSessions,
		`SELECT count(*) FROM import_changes c JOIN ` + of.table + ` t ON t.id = c.object_id WHERE c.run_id = $1 AND c.before IS NULL AND ` + u.free(of): &report.Removed,
		`SELECT count(*) FROM import_changes c JOIN ` + of.table + ` t ON t.id = c.object_id WHERE c.run_id = $1 AND c.before IS NOT NULL`:               &report.Restored,
	} {
		if err := tx.PGX.QueryRow(ctx, sql, models.Prepared, id).Scan(n); err != nil {
			return report, fmt.Errorf("foresee undo: %w", err)
		}
	}
	return report, nil
}

// How many rows are taken back while somebody waits; more are a job's. Accounts are
// looked at one by one.
const (
	undoNow      = 5000
	undoAccounts = 200
)

// Large says that taking a run back takes its time.
func (r RunRow) Large() bool {
	if of, ok := registerOf(r.Kind); ok && of.opens {
		return r.Report.touched() > undoAccounts
	}
	return r.Report.touched() > undoNow
}

// UndoSoon asks for a run to be taken back by a job. A conflict where it cannot
// be.
func UndoSoon(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) error {
	if _, err := undoable(ctx, tx, by, id); err != nil {
		return err
	}
	if err := moved(ctx, tx, `UPDATE import_runs SET state = 'undoing', undone_by = $3, `+begun+` WHERE id = $1 AND state = 'done'`, id, tx.Now, account(by)); err != nil {
		return err
	}
	if err := journal(ctx, tx, by, "undo_begun", id, nil); err != nil {
		return err
	}
	return tx.Enqueue(ctx, Args{Run: id})
}

// Until is the last moment at which a run can be taken back; zero before it is
// imported.
func (r RunRow) Until() time.Time {
	if r.ImportedAt == nil {
		return time.Time{}
	}
	return r.ImportedAt.Add(undoFor)
}

type undo struct {
	merge
	report *UndoReport
}

var tables = map[catalogue.Kind]merged{
	catalogue.KindCourse:       {kind: catalogue.KindCourse, table: "courses", columns: courseColumns},
	catalogue.KindProgramme:    {kind: catalogue.KindProgramme, table: "programmes", columns: append(programmeColumns[:len(programmeColumns):len(programmeColumns)], "faculty_id")},
	catalogue.KindAnnouncement: {kind: catalogue.KindAnnouncement, table: "announcements", columns: append(announcementColumns[:len(announcementColumns):len(announcementColumns)], "state")},
}

func tableOf(kind catalogue.Kind) merged {
	if r, ok := registerOf(kind); ok {
		return r.merged
	}
	return tables[kind]
}

// register takes the rows of a register back, and what went with them: first what comes
// back, so that nobody is without it when the rest goes.
func (u *undo) register(ctx context.Context, of register) error {
	restored, err := u.restore(ctx, of.merged)
	if err != nil {
		return err
	}
	if len(restored) > 0 {
		if err := of.settle(ctx, u.tx, u.by, restored); err != nil {
			return err
		}
	}
	if of.leave != nil {
		going, err := u.ids(ctx, `SELECT object_id FROM import_changes WHERE run_id = $1 AND before IS NULL ORDER BY object_id`, u.run)
		if err != nil {
			return err
		}
		if err := of.leave(ctx, u.tx, u.by, going); err != nil {
			return err
		}
	}
	removed, err := u.remove(ctx, of.merged)
	if err != nil {
		return err
	}
	u.report.Removed, u.report.Restored = len(removed), len(restored)
	return nil
}

func (u *undo) do(ctx context.Context) error {
	if of, ok := registerOf(u.kind); ok {
		return u.register(ctx, of)
	}
	of := tables[u.kind]
	if err := u.sessions(ctx); err != nil {
		return err
	}
	removed, err := u.remove(ctx, of)
	if err != nil {
		return err
	}
	restored, err := u.restore(ctx, of)
	if err != nil {
		return err
	}
	u.report.Removed, u.report.Restored = len(removed), len(restored)
	// Deepest first; one that another course uses by now stays.
	if _, err := u.tx.PGX.Exec(ctx, `WITH brought AS (SELECT unnest(themes) AS slug FROM import_runs WHERE id = $1)
		DELETE FROM themes t USING brought b WHERE t.slug = b.slug AND t.parent_id IS NOT NULL
			AND NOT EXISTS (SELECT FROM course_themes c WHERE c.theme_id = t.id) AND NOT EXISTS (SELECT FROM grants g WHERE g.scope_id = t.id)`, models.Prepared, u.run); err != nil {
		return fmt.Errorf("undo themes: %w", err)
	}
	if _, err := u.tx.PGX.Exec(ctx, `WITH brought AS (SELECT unnest(themes) AS slug FROM import_runs WHERE id = $1)
		DELETE FROM themes t USING brought b WHERE t.slug = b.slug AND t.parent_id IS NULL
			AND NOT EXISTS (SELECT FROM course_themes c WHERE c.theme_id = t.id) AND NOT EXISTS (SELECT FROM themes x WHERE x.parent_id = t.id)
			AND NOT EXISTS (SELECT FROM grants g WHERE g.scope_id = t.id)`,
		models.Prepared, u.run); err != nil {
		return fmt.Errorf("undo themes: %w", err)
	}
	if touched := append(removed, restored...); len(touched) > 0 {
		if err := catalogue.ReindexMany(ctx, u.tx, of.kind, touched, nil); err != nil {
			return err
		}
		return catalogue.Notify(ctx, u.tx, "*")
	}
	return nil
}

const restoredSession = `starts_on = b.starts_on, ends_on = b.ends_on, place = b.place, department_code = b.department_code, region_code = b.region_code,
	modality = b.modality, capacity = b.capacity, seats_elsewhere = b.seats_elsewhere, waiting_list = b.waiting_list, opens_on = b.opens_on,
	closes_on = b.closes_on, decision_on = b.decision_on, cancel_reason = b.cancel_reason, requirement_list_id = b.requirement_list_id,
	cancelled_at = b.cancelled_at, version = s.version + 1`

// Over c, a change of the import, and s, its session.
const (
	removableSession  = `c.kind = 'session' AND c.before IS NULL AND NOT EXISTS (SELECT FROM applications a WHERE a.session_id = s.id)`
	restorableSession = `c.kind = 'session' AND c.before IS NOT NULL AND s.seats_taken + (c.before->>'seats_elsewhere')::integer <= (c.before->>'capacity')::integer`
	keptSessions      = `SELECT 'session', s.external_id, 'applied' FROM import_changes c JOIN sessions s ON s.id = c.object_id
		WHERE c.run_id = $1 AND c.kind = 'session' AND c.before IS NULL AND EXISTS (SELECT FROM applications a WHERE a.session_id = s.id)
		UNION ALL SELECT 'session', s.external_id, 'seats' FROM import_changes c JOIN sessions s ON s.id = c.object_id
		WHERE c.run_id = $1 AND c.kind = 'session' AND s.seats_taken + (c.before->>'seats_elsewhere')::integer > (c.before->>'capacity')::integer`
)

func (u *undo) sessions(ctx context.Context) error {
	if err := u.lock(ctx); err != nil {
		return err
	}
	if err := u.keep(ctx, keptSessions); err != nil {
		return err
	}
	removed, err := u.ids(ctx, `DELETE FROM sessions s USING import_changes c WHERE c.run_id = $1 AND s.id = c.object_id AND `+removableSession+` RETURNING s.id`, u.run)
	if err != nil {
		return err
	}
	restored, err := u.ids(ctx, `UPDATE sessions s SET `+restoredSession+` FROM import_changes c
		CROSS JOIN LATERAL jsonb_populate_record(NULL::sessions, c.before - 'offering_id') b
		WHERE c.run_id = $1 AND s.id = c.object_id AND `+restorableSession+` RETURNING s.id`, u.run)
	u.report.RemovedSessions, u.report.RestoredSessions = len(removed), len(restored)
	return err
}

// lock holds the sessions, in the order in which decisions do: nobody applies
// between the look and the removal.
func (u *undo) lock(ctx context.Context) error {
	if _, err := u.tx.PGX.Exec(ctx, `SELECT FROM sessions s JOIN import_changes c ON c.object_id = s.id AND c.run_id = $1 ORDER BY s.id FOR UPDATE OF s`,
		models.Prepared, u.run); err != nil {
		return fmt.Errorf("undo sessions: %w", err)
	}
	return nil
}

func (u *undo) keep(ctx context.Context, sql string) error {
	rows, err := u.tx.PGX.Query(ctx, sql, models.Prepared, u.run)
	if err != nil {
		return fmt.Errorf("undo import: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var k KeptObject
		if err := rows.Scan(&k.Kind, &k.Reference, &k.Why); err != nil {
			return fmt.Errorf("undo import: %w", err)
		}
		u.report.Kept = append(u.report.Kept, k)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("undo import: %w", err)
	}
	return nil
}

// free says, over t, that nothing keeps it: no session that stays, those of the import
// go, and nobody's right.
func (u *undo) free(of merged) string {
	if of.kind == catalogue.KindAnnouncement || of.unsearched {
		return "true"
	}
	return `(NOT EXISTS (SELECT FROM grants g WHERE g.scope_id = t.id) AND ` + u.idle() + `)`
}

func (u *undo) idle() string {
	return `NOT EXISTS (SELECT FROM sessions s WHERE s.offering_id = t.id
		AND NOT EXISTS (SELECT FROM import_changes c WHERE c.run_id = $1 AND c.object_id = s.id AND ` + removableSession + `))`
}

// keptRows are those that the import created and that stay with their sessions, or for
// those who have rights over them.
func (u *undo) keptRows(of merged) string {
	why := "'sessions'"
	if !of.unsearched {
		why = fmt.Sprintf("CASE WHEN %s THEN 'rights' ELSE 'sessions' END", u.idle())
	}
	return fmt.Sprintf(`SELECT c.kind, t.reference, %s FROM import_changes c JOIN %s t ON t.id = c.object_id
		WHERE c.run_id = $1 AND c.before IS NULL AND NOT %s`, why, of.table, u.free(of))
}

// remove takes away what the import created, but for what is kept.
func (u *undo) remove(ctx context.Context, of merged) ([]models.ID, error) {
	if err := u.keep(ctx, u.keptRows(of)); err != nil {
		return nil, err
	}
	return u.ids(ctx, fmt.Sprintf(`DELETE FROM %s t USING import_changes c WHERE c.run_id = $1 AND c.before IS NULL AND c.kind = $2
		AND t.id = c.object_id AND %s RETURNING t.id`, of.table, u.free(of)), u.run, string(of.kind))
}

// restore gives what the import changed the values that it had.
func (u *undo) restore(ctx context.Context, of merged) ([]models.ID, error) {
	sets := []string{}
	for _, c := range of.columns {
		if c != "reference" {
			sets = append(sets, fmt.Sprintf("%s = b.%s", c, c))
		}
	}
	ids, err := u.ids(ctx, fmt.Sprintf(`UPDATE %s t SET %s, source = b.source, updated_at = $3, version = t.version + 1 FROM import_changes c
		CROSS JOIN LATERAL jsonb_populate_record(NULL::%s, c.before) b
		WHERE c.run_id = $1 AND c.kind = $2 AND c.before IS NOT NULL AND t.id = c.object_id RETURNING t.id`, of.table, strings.Join(sets, ", "), of.table),
		u.run, string(of.kind), u.tx.Now)
	if err != nil || len(ids) == 0 {
		return ids, err
	}
	switch of.kind {
	case catalogue.KindCourse:
		_, err = u.tx.PGX.Exec(ctx, `DELETE FROM course_themes WHERE course_id = ANY ($1)`, models.Prepared, ids)
		if err == nil {
			_, err = u.tx.PGX.Exec(ctx, `INSERT INTO course_themes (course_id, theme_id) SELECT c.object_id, x::uuid FROM import_changes c
				CROSS JOIN LATERAL jsonb_array_elements_text(c.before->'themes') x WHERE c.run_id = $1 AND c.before IS NOT NULL AND c.kind = 'course'`, models.Prepared, u.run)
		}
	case catalogue.KindProgramme:
		_, err = u.tx.PGX.Exec(ctx, `DELETE FROM programme_intakes WHERE programme_id = ANY ($1)`, models.Prepared, ids)
		if err == nil {
			_, err = u.tx.PGX.Exec(ctx, `INSERT INTO programme_intakes SELECT b.* FROM import_changes c
				CROSS JOIN LATERAL jsonb_populate_recordset(NULL::programme_intakes, c.before->'intakes') b
				WHERE c.run_id = $1 AND c.before IS NOT NULL AND c.kind = 'programme'`, models.Prepared, u.run)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("undo import: %w", err)
	}
	return ids, nil
}
