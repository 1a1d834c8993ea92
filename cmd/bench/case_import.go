package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// copied are the tables that an import of courses fills, with what a bare COPY
// of the same rows into the same indexes takes beside it.
var copied = []struct{ name, columns string }{
	{"courses", ""}, {"course_themes", ""},
	{"search_documents", "kind, object_id, reference, title, subtitle, body, acronyms, others, card, occurrences, updated_at"},
}

// importCase imports generated courses with the built program, kills one in the
// middle first, and copies the very same rows into a copy of the database.
func importCase(ctx context.Context, p *portal, o options) (rows []row, err error) {
	if err := p.stop(); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.start(ctx)) }()
	file := filepath.Join(p.folder, "courses.csv")
	if err := generateCourses(file, o.Data, o.Courses); err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(file) }()
	before, err := countCourses(ctx, p, true)
	if err != nil {
		return nil, err
	}
	killed, err := p.importFile(ctx, file, o.Courses/4)
	if err == nil {
		return nil, errors.New("the import was over before it could be killed")
	}
	after, err := countCourses(ctx, p, false)
	if err != nil {
		return nil, err
	}
	if after != before {
		return nil, fmt.Errorf("killed in the middle, an import left %d courses of %d", after, before)
	}
	rows = append(rows, row{Case: "import killed in the middle: nothing left", Seconds: killed.took.Seconds(), RSS: killed.rss})
	got, err := p.importFile(ctx, file, 0)
	if err != nil {
		return rows, err
	}
	bare, err := bareCopy(ctx, p, o.Courses)
	if err != nil {
		return rows, err
	}
	n := float64(o.Courses)
	return append(rows, row{Case: fmt.Sprintf("  COPY of the same %d rows, same indexes", o.Courses), PerSecond: n / bare.Seconds(), Seconds: bare.Seconds()},
		row{Case: fmt.Sprintf("import of %d courses", o.Courses), PerSecond: n / got.took.Seconds(), Seconds: got.took.Seconds(), RSS: got.rss,
			Ratio: bare.Seconds() / got.took.Seconds()}), nil
}

type imported struct {
	took time.Duration
	rss  int // MiB at most
}

// importFile runs the program; killAt, when not nought, ends it by force once
// it says that it has read so many rows.
func (p *portal) importFile(ctx context.Context, file string, killAt int) (imported, error) {
	c := exec.CommandContext(ctx, p.binary, "import", "courses", file, "--data", p.data(), "--source", "généré")
	told, err := c.StderrPipe()
	if err != nil {
		return imported{}, err
	}
	begin := time.Now()
	if err := c.Start(); err != nil {
		return imported{}, err
	}
	var got imported
	said := bufio.NewScanner(told)
	said.Split(scanReturns)
	last, looked := "", time.Now()
	for said.Scan() {
		last = said.Text()
		if time.Since(looked) > 200*time.Millisecond {
			got.rss, looked = max(got.rss, peak(c.Process.Pid)), time.Now()
		}
		if n, rest, _ := strings.Cut(last, " "); killAt > 0 && strings.HasPrefix(rest, "rows read") {
			if rows, _ := strconv.Atoi(n); rows >= killAt {
				killAt = 0
				_ = c.Process.Kill()
			}
		}
	}
	err = c.Wait()
	got.took = time.Since(begin)
	if err != nil {
		err = fmt.Errorf("%w: %s", err, last)
	}
	return got, err
}

func scanReturns(data []byte, end bool) (int, []byte, error) {
	if i := strings.IndexAny(string(data), "\r\n"); i >= 0 {
		return i + 1, []byte(strings.TrimSpace(string(data[:i]))), nil
	}
	if end && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// peak is the most memory that a process held, in MiB.
func peak(pid int) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
			return kib / 1024
		}
	}
	return 0
}

// countCourses counts them, and keeps a copy of the database for the baseline.
func countCourses(ctx context.Context, p *portal, keep bool) (n int, err error) {
	b, err := p.openBase(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, b.close(ctx)) }()
	if err := b.Pool.QueryRow(ctx, `SELECT count(*) FROM courses`).Scan(&n); err != nil {
		return 0, err
	}
	if keep {
		_, err = b.copyTo(ctx, "before_import")
	}
	return n, err
}

// bareCopy takes the imported rows out and copies them into the database as it
// was, with its indexes and its tsvector: only the way in is timed.
func bareCopy(ctx context.Context, p *portal, courses int) (took time.Duration, err error) {
	b, err := p.openBase(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, b.close(ctx)) }()
	from, err := pgx.Connect(ctx, b.cluster.URL())
	if err != nil {
		return 0, err
	}
	defer func() { _ = from.Close(ctx) }()
	to, err := pgx.Connect(ctx, strings.Replace(b.cluster.URL(), "/passerelle?", "/before_import?", 1))
	if err != nil {
		return 0, err
	}
	defer func() { _ = to.Close(ctx) }()
	which := map[string]string{"courses": "source = 'généré'", "course_themes": "course_id IN (SELECT id FROM courses WHERE source = 'généré')",
		"search_documents": "object_id IN (SELECT id FROM courses WHERE source = 'généré')"}
	tx, err := to.Begin(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	for _, t := range copied {
		path := filepath.Join(p.folder, t.name+".copy")
		if err := copyOut(ctx, from, t.name, t.columns, which[t.name], path); err != nil {
			return 0, err
		}
		f, err := os.Open(path)
		if err != nil {
			return 0, err
		}
		into := t.name
		if t.columns != "" {
			into += " (" + t.columns + ")"
		}
		begin := time.Now()
		tag, err := tx.Conn().PgConn().CopyFrom(ctx, f, "COPY "+into+" FROM STDIN")
		took += time.Since(begin)
		err = errors.Join(err, f.Close(), os.Remove(path))
		if err != nil {
			return 0, err
		}
		if t.name == "courses" && tag.RowsAffected() != int64(courses) {
			return 0, fmt.Errorf("%d courses were imported, %d asked for", tag.RowsAffected(), courses)
		}
	}
	begin := time.Now()
	err = tx.Commit(ctx)
	return took + time.Since(begin), err
}

func copyOut(ctx context.Context, from *pgx.Conn, table, columns, where, path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if columns == "" {
		columns = "*"
	}
	_, err = from.PgConn().CopyTo(ctx, f, fmt.Sprintf("COPY (SELECT %s FROM %s WHERE %s) TO STDOUT", columns, table, where))
	return errors.Join(err, f.Close())
}

// generateCourses multiplies the real catalogue: the same courses at other
// bodies and places. Each says that it is generated.
func generateCourses(path, folder string, n int) error {
	courses, err := readTable(filepath.Join(folder, "catalogue", "formations-onisep.csv.gz"))
	if err != nil {
		return err
	}
	bodies, err := readTable(filepath.Join(folder, "structures", "organismes-formation.csv.gz"))
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(f, 1<<20)
	w := csv.NewWriter(b)
	head := map[string]int{}
	for i, name := range courses[0] {
		head[name] = i
	}
	names := map[string]int{}
	for i, name := range bodies[0] {
		names[name] = i
	}
	_ = w.Write([]string{"id", "intitule", "sigle", "type", "duree", "niveau_libelle", "themes", "tutelle", "objectifs"})
	for i := range n {
		c, body := courses[1+i%(len(courses)-1)], bodies[1+(i*7919)%(len(bodies)-1)]
		at := func(name string) string { return c[head[name]] }
		where := body[min(len(body)-1, names["raison_sociale"])]
		if town, ok := names["ville"]; ok {
			where += ", " + body[town]
		}
		_ = w.Write([]string{fmt.Sprintf("GEN-%d", i+1), at("intitule"), at("sigle"), at("type"), at("duree"), at("niveau_libelle"), at("themes"), at("tutelle"),
			"Formation générée pour mesurer le portail, qui n’existe pas : " + where + "."})
	}
	w.Flush()
	return errors.Join(w.Error(), b.Flush(), f.Close())
}

func readTable(path string) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var in io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			return nil, err
		}
	}
	r := csv.NewReader(in)
	r.FieldsPerRecord = -1
	table, err := r.ReadAll()
	if err != nil || len(table) < 2 {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return table, nil
}
