package importer

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue"
)

// carried are the columns of the temporary table beside those of the target.
var carried = []string{"line", "present", "id", "source", "again", "sessions", "themes", "intakes"}

// line is what a reader makes of one line: the fields that it gives, beside
// the values of its columns.
type line struct {
	present  []string // nil where every line of the file gives the same
	again    bool     // another session of a course that stands above
	sessions []byte   // JSON
	themes   []string // slugs, sorted; nil where the line gives none
	intakes  []byte   // JSON
	values   []any
}

// load streams the file's good rows into a temporary table shaped like the
// target, with their line and the fields that the line gives.
func (m *merge) load(ctx context.Context, table string, columns []string, read func(rec record) (line, bool)) error {
	sql := fmt.Sprintf(`DROP TABLE IF EXISTS import_rows;
		CREATE TEMP TABLE import_rows (LIKE %s INCLUDING DEFAULTS) ON COMMIT DROP;
		ALTER TABLE import_rows ADD line integer, ADD present text[], ADD again boolean, ADD sessions jsonb, ADD themes text[], ADD intakes jsonb,
			ALTER updated_at SET DEFAULT now()`, table)
	if !m.o.DryRun { // a rehearsal holds up nobody
		sql += `; SELECT pg_advisory_xact_lock(hashtext('catalogue import'))`
	}
	if _, err := m.tx.PGX.Exec(ctx, sql); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	row := make([]any, 0, len(carried)+len(columns))
	_, err := m.tx.PGX.CopyFrom(ctx, pgx.Identifier{"import_rows"}, slices.Concat(carried, columns),
		pgx.CopyFromFunc(func() ([]any, error) {
			var got line
			var at int
			found, err := m.each(func(rec record) (ok bool) { got, ok = read(rec); at = rec.line; return ok })
			if err != nil || !found {
				return nil, err
			}
			if got.again {
				m.again++
			}
			row = append(row[:0], int32(at), got.present, m.tx.NewID(), m.o.Source, got.again, got.sessions, got.themes, got.intakes)
			return append(row, got.values...), nil
		}))
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	m.several = m.again > 0
	if _, err := m.tx.PGX.Exec(ctx, `ANALYZE import_rows`); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	return m.stop(false)
}

// stop ends an import with bad lines. A rehearsal goes on to say what the others
// would do, until its end; an import that leaves them aside goes on without them.
func (m *merge) stop(end bool) error {
	if m.o.DryRun && !end {
		return nil
	}
	if m.o.Aside && !m.o.DryRun && m.report.Passable() {
		return nil
	}
	return m.report.err()
}

// writes are the steps of a merge that its progress counts: look, compare, add.
const writes = 3

// merged says how one kind of object is merged beyond its columns.
type merged struct {
	kind    catalogue.Kind
	table   string
	columns []string
	given   []string // fields that every line gives, where all give the same
	names   []string // columns that say what a row is; title where none is said
	// unsearched rows are in no index and on no page that is kept.
	unsearched bool
	// SQL over t, the row that is there, and i, the line.
	before  string // kept with the row for an undo
	differs string // more than columns
	// beside writes what goes with the rows, once the new ones are there.
	beside func(context.Context) error
	// settled ends the writing of rows before their documents are built.
	settled func(context.Context, []models.ID) error
}

// apply merges the temporary table by reference; what stood before is kept for
// an undo. A field that a line does not give keeps its value.
//
// The new rows, which nobody else sees, are written and indexed before a session
// is locked: whoever applies or decides waits only while those that change are
// written. Sessions come before the documents that stand already, as decisions
// lock them.
func (m *merge) apply(ctx context.Context, of merged, sessions *sessionSet) error {
	m.progress(Writing, 0, writes)
	if err := m.once(ctx); err != nil {
		return err
	}
	if err := m.absent(ctx, of); err != nil {
		return err
	}
	c := of.compare()
	if err := m.tell(ctx, of, c); err != nil {
		return err
	}
	m.progress(Writing, 1, writes)
	if m.o.DryRun {
		return m.reckon(ctx, of, c, sessions)
	}
	changed, err := m.changing(ctx, of, c)
	if err != nil {
		return err
	}
	m.progress(Writing, 2, writes)
	added, err := m.add(ctx, of)
	if err != nil {
		return err
	}
	if of.beside != nil {
		// What follows joins what was just noted: a million of them look like none.
		if _, err := m.tx.PGX.Exec(ctx, `ANALYZE import_changes`); err != nil {
			return fmt.Errorf("import: %w", err)
		}
		if err := of.beside(ctx); err != nil {
			return err
		}
	}
	m.report.New, m.report.Changed = len(added), len(changed)
	m.progress(Writing, writes, writes)
	if err := m.settle(ctx, of, added, 0, catalogue.IndexNew); err != nil {
		return err
	}
	if err := m.lockSessions(ctx, sessions); err != nil {
		return err
	}
	if err := m.change(ctx, of, c, changed); err != nil {
		return err
	}
	if err := m.settle(ctx, of, changed, len(added), catalogue.ReindexMany); err != nil {
		return err
	}
	if err := m.notify(ctx, of, added, changed); err != nil {
		return err
	}
	return m.writeSessions(ctx, sessions)
}

// title is the SQL of what a row is called, over an alias of its table.
func (of merged) title(alias string) string {
	if len(of.names) == 0 {
		return alias + ".title"
	}
	return fmt.Sprintf("concat_ws(' ', %[1]s.%[2]s)", alias, strings.Join(of.names, ", "+alias+"."))
}

// comparison is how the lines of a file compare with the rows that are there, as
// SQL over t and i.
type comparison struct {
	names, news, olds []string // of the columns that a line can change
	sets              []string
	fields            string // one of them differs
	differs           string // that, or something beside
}

func (of merged) compare() comparison {
	c := comparison{fields: "false"}
	for _, name := range of.columns {
		if value := of.value(name); name != "reference" && value != "t."+name {
			c.sets, c.news, c.olds, c.names = append(c.sets, name+" = "+value), append(c.news, value), append(c.olds, "t."+name), append(c.names, name)
		}
	}
	if len(c.news) > 0 {
		c.fields = fmt.Sprintf("(%s) IS DISTINCT FROM (%s)", strings.Join(c.news, ", "), strings.Join(c.olds, ", "))
	}
	c.differs = fmt.Sprintf("(%s OR %s)", c.fields, cmp.Or(of.differs, "false"))
	return c
}

// value is a column after the merge of a line into a row that is there.
func (of merged) value(column string) string {
	switch {
	case of.given == nil:
		return fmt.Sprintf("CASE WHEN '%s' = ANY (i.present) THEN i.%s ELSE t.%s END", column, column, column)
	case slices.Contains(of.given, column):
		return "i." + column
	}
	return "t." + column
}

// reckon counts what a rehearsal would do, by reading alone.
func (m *merge) reckon(ctx context.Context, of merged, c comparison, sessions *sessionSet) error {
	err := m.tx.PGX.QueryRow(ctx, fmt.Sprintf(`SELECT count(*) FILTER (WHERE t.id IS NULL), count(*) FILTER (WHERE t.id IS NOT NULL AND %s)
		FROM import_rows i LEFT JOIN %s t USING (reference)`, c.differs, of.table)).Scan(&m.report.New, &m.report.Changed)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	m.progress(Writing, 2, writes)
	if err := m.reckonSessions(ctx, sessions); err != nil {
		return err
	}
	m.progress(Writing, writes, writes)
	return nil
}

// changing keeps the rows that change as they are, for an undo, and holds them so
// that they stay so until they change.
func (m *merge) changing(ctx context.Context, of merged, c comparison) ([]models.ID, error) {
	return m.ids(ctx, fmt.Sprintf(`WITH old AS (SELECT t.id, to_jsonb(t) || %s AS before FROM %s t JOIN import_rows i USING (reference) WHERE %s
			ORDER BY t.id FOR NO KEY UPDATE OF t)
		INSERT INTO import_changes (run_id, kind, object_id, before) SELECT $1, $2, id, before FROM old RETURNING object_id`,
		cmp.Or(of.before, "'{}'"), of.table, c.differs), m.run, string(of.kind))
}

func (m *merge) add(ctx context.Context, of merged) ([]models.ID, error) {
	list := strings.Join(of.columns, ", ")
	return m.ids(ctx, fmt.Sprintf(`WITH come AS (
			INSERT INTO %s (id, source, updated_at, %s) SELECT id, source, $1, %s FROM import_rows i
			WHERE NOT EXISTS (SELECT FROM %s t WHERE t.reference = i.reference) ORDER BY line RETURNING id
		), noted AS (INSERT INTO import_changes (run_id, kind, object_id) SELECT $2, $3, id FROM come)
		SELECT id FROM come`, of.table, list, list, of.table), m.tx.Now, m.run, string(of.kind))
}

func (m *merge) change(ctx context.Context, of merged, c comparison, changed []models.ID) error {
	if len(changed) == 0 {
		return nil
	}
	if _, err := m.tx.PGX.Exec(ctx, fmt.Sprintf(`UPDATE %s t SET %s updated_at = $1, version = t.version + 1 FROM import_rows i, import_changes c
		WHERE t.reference = i.reference AND c.run_id = $2 AND c.object_id = t.id AND c.before IS NOT NULL`, of.table, commas(c.sets)),
		models.Prepared, m.tx.Now, m.run); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	return nil
}

// settle ends the writing of rows and builds their documents; done are those of
// others before.
func (m *merge) settle(ctx context.Context, of merged, touched []models.ID, done int, index indexing) error {
	if len(touched) == 0 {
		return nil
	}
	if of.settled != nil {
		if err := of.settled(ctx, touched); err != nil {
			return err
		}
	}
	if of.unsearched {
		return nil
	}
	total := m.report.New + m.report.Changed
	return index(ctx, m.tx, of.kind, touched, func(n int) { m.progress(Indexing, done+n, total) })
}

type indexing func(ctx context.Context, tx models.Tx, kind catalogue.Kind, ids []models.ID, told func(done int)) error

// notify keeps page caches in step with what changed.
func (m *merge) notify(ctx context.Context, of merged, lists ...[]models.ID) error {
	touched := slices.Concat(lists...)
	switch {
	case len(touched) == 0, of.unsearched:
		return nil
	case len(touched) > 50:
		return catalogue.Notify(ctx, m.tx, "*")
	}
	rows, err := m.tx.PGX.Query(ctx, `SELECT reference FROM `+of.table+` WHERE id = ANY ($1)`, models.Prepared, touched)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	references, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	return catalogue.Notify(ctx, m.tx, references...)
}

// once keeps one line of each course: the first, or the next where the first is
// refused and the others go on.
func (m *merge) once(ctx context.Context) error {
	if !m.several {
		return nil
	}
	if len(m.report.Errors) > 0 {
		if _, err := m.tx.PGX.Exec(ctx, `UPDATE import_rows SET again = false WHERE line IN (SELECT min(i.line) FROM import_rows i WHERE i.again
			AND NOT EXISTS (SELECT FROM import_rows x WHERE x.reference = i.reference AND NOT x.again) GROUP BY i.reference)`); err != nil {
			return fmt.Errorf("import: %w", err)
		}
	}
	if _, err := m.tx.PGX.Exec(ctx, `DELETE FROM import_rows WHERE again`); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	return nil
}

// listedAbsent is how many absent rows a report by line names.
const listedAbsent = 10_000

// absent tells what the source had brought before and does not name any more: it
// is left alone (P18.12). A line that is refused names its course all the same.
func (m *merge) absent(ctx context.Context, of merged) error {
	if m.o.Source == "" {
		return nil
	}
	rows, err := m.tx.PGX.Query(ctx, `SELECT reference, `+of.title("t")+` FROM `+of.table+` t WHERE source = $1
		AND NOT EXISTS (SELECT FROM import_rows i WHERE i.reference = t.reference) ORDER BY reference`, m.o.Source)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	l := Line{Verdict: LineAbsent}
	_, err = pgx.ForEachRow(rows, []any{&l.Reference, &l.Title}, func() error {
		if m.seen.has(l.Reference) {
			return nil
		}
		if m.report.Absent++; m.o.Lines == nil || m.report.Absent > listedAbsent {
			return nil
		}
		return m.o.Lines(l)
	})
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	return nil
}

// tell hands over, line by line, what becomes of each.
func (m *merge) tell(ctx context.Context, of merged, c comparison) error {
	if m.o.Lines == nil {
		return nil
	}
	var parts, was, becomes []string
	for i, name := range c.names {
		if derived[name] {
			continue
		}
		differs := c.news[i] + " IS DISTINCT FROM " + c.olds[i]
		parts = append(parts, fmt.Sprintf("CASE WHEN %s THEN '%s' END", differs, name))
		was = append(was, fmt.Sprintf("CASE WHEN %s THEN coalesce(left(%s::text, %d), '') END", differs, c.olds[i], told))
		becomes = append(becomes, fmt.Sprintf("CASE WHEN %s THEN coalesce(left((%s)::text, %d), '') END", differs, c.news[i], told))
	}
	if of.differs != "" {
		parts = append(parts, fmt.Sprintf("CASE WHEN %s THEN '%s' END", of.differs, map[catalogue.Kind]string{catalogue.KindCourse: "themes",
			catalogue.KindProgramme: "intakes"}[of.kind]))
	}
	list := func(parts []string) string {
		return fmt.Sprintf("CASE WHEN t.id IS NULL THEN '{}' ELSE array_remove(ARRAY[%s]::text[], NULL) END", strings.Join(parts, ", "))
	}
	return m.lines(ctx, fmt.Sprintf(`SELECT i.line, i.reference, %s,
			CASE WHEN t.id IS NULL THEN 'created' WHEN %s THEN 'changed' ELSE 'same' END, %s, %s, %s
		FROM import_rows i LEFT JOIN %s t USING (reference) ORDER BY i.line`, of.title("i"), c.differs, list(parts), list(was), list(becomes), of.table))
}

// told is how much of a value a report shows, in characters.
const told = 80

// derived are columns read out of another one, which tells.
var derived = map[string]bool{"duration_days": true, "level": true}

// lines hands over what a query says of lines.
func (m *merge) lines(ctx context.Context, sql string, args ...any) error {
	if m.o.Lines == nil {
		return nil
	}
	rows, err := m.tx.PGX.Query(ctx, sql, args...)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var l Line
		if err := rows.Scan(&l.Line, &l.Reference, &l.Title, &l.Verdict, &l.Fields, &l.Was, &l.Becomes); err != nil {
			return fmt.Errorf("import: %w", err)
		}
		if err := m.o.Lines(l); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	return nil
}

func (m *merge) ids(ctx context.Context, sql string, args ...any) ([]models.ID, error) {
	rows, err := m.tx.PGX.Query(ctx, sql, append([]any{models.Prepared}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[models.ID])
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	return ids, nil
}

func commas(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return strings.Join(list, ", ") + ","
}

// present lists the columns that this line gives.
func present(in *reader, columns []string) []string {
	list := []string{}
	for _, c := range columns {
		if in.has(c) {
			list = append(list, c)
		}
	}
	return list
}

// codes reads a referential of codes, by code and by folded name.
func (m *merge) codes(ctx context.Context, sql string) (map[string]string, error) {
	rows, err := m.tx.PGX.Query(ctx, sql)
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	codes := map[string]string{}
	var key, code string
	_, err = pgx.ForEachRow(rows, []any{&key, &code}, func() error { codes[key] = code; return nil })
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	return codes, nil
}
