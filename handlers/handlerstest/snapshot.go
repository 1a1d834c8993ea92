package handlerstest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"passerelle/models"
	"passerelle/models/modelstest"
)

// Snapshot is the whole content of a database at one instant, kept inside it:
// tests compare with it and go back to it in milliseconds.
type Snapshot struct {
	site    *Site
	admin   *models.DB // may put rows back without firing triggers
	tables  []string
	sums    string // one query, one line per table
	restore map[string]string
	Base    map[string]string // by table, what Sums gives when nothing has changed
	at      string            // the server's count of writing transactions when it last was so
}

// Keep copies every table aside.
func (s *Site) Keep() *Snapshot {
	s.T.Helper()
	k := &Snapshot{site: s, restore: map[string]string{}, admin: s.administrator()}
	if _, err := k.admin.Pool.Exec(context.Background(), fmt.Sprintf(`GRANT CREATE ON DATABASE %q TO passerelle`,
		s.DB.Pool.Config().ConnConfig.Database)); err != nil {
		s.T.Fatal(err)
	}
	k.exec(`DROP SCHEMA IF EXISTS kept CASCADE`)
	k.exec(`CREATE SCHEMA kept`)
	k.tables = k.names(`SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relpersistence <> 't' ORDER BY 1`)
	sums := []string{}
	for _, table := range k.tables {
		columns := strings.Join(k.names(`SELECT quote_ident(column_name) FROM information_schema.columns
			WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position`, table), ", ")
		k.exec(fmt.Sprintf(`CREATE TABLE kept.%q AS TABLE public.%q`, table, table))
		k.restore[table] = fmt.Sprintf(`DELETE FROM public.%q; INSERT INTO public.%q (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM kept.%q;`,
			table, table, columns, columns, table)
		sums = append(sums, fmt.Sprintf(`SELECT '%s', count(*)::text || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM public.%q t`, table, table))
	}
	k.sums = strings.Join(sums, " UNION ALL ")
	k.Base = k.Sums()
	k.at = k.clock()
	return k
}

// clock moves with every transaction that writes or locks a row.
func (k *Snapshot) clock() string {
	k.site.T.Helper()
	var at string
	err := k.site.DB.Pool.QueryRow(context.Background(), `SELECT pg_snapshot_xmax(pg_current_snapshot())::text`, models.Prepared).Scan(&at)
	if err != nil {
		k.site.T.Fatal(err)
	}
	return at
}

// administrator opens the test's database as the server's own administrator.
func (s *Site) administrator() *models.DB {
	s.T.Helper()
	url := strings.Replace(modelstest.URL(s.T, s.DB), "//passerelle@", "//postgres@", 1)
	admin, err := models.Open(context.Background(), models.Options{URL: url})
	if err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(admin.Close)
	return admin
}

func (k *Snapshot) exec(sql string, args ...any) {
	k.site.T.Helper()
	if _, err := k.site.DB.Pool.Exec(context.Background(), sql, args...); err != nil {
		k.site.T.Fatalf("%s: %v", sql, err)
	}
}

func (k *Snapshot) names(sql string, args ...any) []string {
	k.site.T.Helper()
	rows, err := k.site.DB.Pool.Query(context.Background(), sql, args...)
	if err != nil {
		k.site.T.Fatal(err)
	}
	defer rows.Close()
	list := []string{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			k.site.T.Fatal(err)
		}
		list = append(list, name)
	}
	return list
}

// Sums is a sum of every table's rows, now.
func (k *Snapshot) Sums() map[string]string {
	k.site.T.Helper()
	rows, err := k.site.DB.Pool.Query(context.Background(), k.sums, models.Prepared)
	if err != nil {
		k.site.T.Fatal(err)
	}
	defer rows.Close()
	sums := map[string]string{}
	for rows.Next() {
		var table, sum string
		if err := rows.Scan(&table, &sum); err != nil {
			k.site.T.Fatal(err)
		}
		sums[table] = sum
	}
	return sums
}

// Changed lists the tables that differ from the snapshot, those named left out.
func (k *Snapshot) Changed(but ...string) []string {
	k.site.T.Helper()
	at := k.clock()
	if at == k.at {
		return nil
	}
	changed, any := []string{}, false
	for table, sum := range k.Sums() {
		if sum == k.Base[table] {
			continue
		}
		if any = true; !slices.Contains(but, table) {
			changed = append(changed, table)
		}
	}
	if !any {
		k.at = at
	}
	slices.Sort(changed)
	return changed
}

// Back puts every changed table back.
func (k *Snapshot) Back() {
	k.site.T.Helper()
	changed := k.Changed()
	if len(changed) == 0 {
		return
	}
	sql := "BEGIN; SET LOCAL session_replication_role = replica; "
	for _, table := range changed {
		sql += k.restore[table]
	}
	// Several statements travel in one simple message.
	conn, err := k.admin.Pool.Acquire(context.Background())
	if err != nil {
		k.site.T.Fatal(err)
	}
	defer conn.Release()
	if _, err := conn.Conn().PgConn().Exec(context.Background(), sql+"COMMIT").ReadAll(); err != nil {
		k.site.T.Fatal(err)
	}
	k.at = k.clock()
}
