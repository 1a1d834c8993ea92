package importer

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// load streams the file's good rows into a temporary table shaped like the
// target, with their line and the fields that the line gives.
func (m *merge) load(ctx context.Context, table string, columns []string, row func(rec record) []any) error {
	sql := fmt.Sprintf(`DROP TABLE IF EXISTS import_rows;
		CREATE TEMP TABLE import_rows (LIKE %s INCLUDING DEFAULTS) ON COMMIT DROP;
		ALTER TABLE import_rows ADD line integer, ADD present text[], ALTER updated_at SET DEFAULT now();
		SELECT pg_advisory_xact_lock(hashtext('catalogue import'))`, table)
	if _, err := m.tx.PGX.Exec(ctx, sql); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	_, err := m.tx.PGX.CopyFrom(ctx, pgx.Identifier{"import_rows"}, append([]string{"line", "present", "id", "source"}, columns...),
		pgx.CopyFromFunc(func() ([]any, error) {
			var values []any
			if found, err := m.each(func(rec record) bool { values = row(rec); return values != nil }); err != nil || !found {
				return nil, err
			}
			return values, nil
		}))
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	return m.report.err()
}

// apply merges the temporary table by reference and gives the ids of the new
// and of the changed rows. A field that a line does not give keeps its value.
func (m *merge) apply(ctx context.Context, table string, columns []string) (added, changed []models.ID, err error) {
	var sets, news, olds []string
	for _, c := range columns {
		if c == "reference" {
			continue
		}
		value := fmt.Sprintf("CASE WHEN '%s' = ANY (i.present) THEN i.%s ELSE t.%s END", c, c, c)
		sets, news, olds = append(sets, c+" = "+value), append(news, value), append(olds, "t."+c)
	}
	changed, err = m.ids(ctx, fmt.Sprintf(`UPDATE %s t SET %s, updated_at = $1, version = t.version + 1 FROM import_rows i
		WHERE t.reference = i.reference AND (%s) IS DISTINCT FROM (%s) RETURNING t.id`,
		table, strings.Join(sets, ", "), strings.Join(news, ", "), strings.Join(olds, ", ")), m.tx.Now)
	if err != nil {
		return nil, nil, err
	}
	names := strings.Join(columns, ", ")
	added, err = m.ids(ctx, fmt.Sprintf(`INSERT INTO %s (id, source, updated_at, %s) SELECT id, source, $1, %s FROM import_rows i
		WHERE NOT EXISTS (SELECT FROM %s t WHERE t.reference = i.reference) ORDER BY line RETURNING id`, table, names, names, table), m.tx.Now)
	return added, changed, err
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
