package faults

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/cmd/internal/portaltest"
	"passerelle/models"
)

// generatedCourses is a file of courses that do not exist, and say so.
func generatedCourses(t *testing.T, n int) string {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("id,intitule,objectifs\n")
	for i := range n {
		fmt.Fprintf(&b, "MORT-%d,Reliure générée %d,Formation générée pour un essai\n", i, i)
	}
	path := filepath.Join(portaltest.Folder(t), "courses.csv")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// standingCourses counts what an import left of itself, once the server has
// noticed that its client is dead.
func (v *victim) standingCourses(db *models.DB) (courses, documents, runs int) {
	v.t.Helper()
	ctx := context.Background()
	v.within(time.Minute, "the dead import lets go", func() bool {
		var held bool
		err := db.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted
			AND l.pid <> pg_backend_pid() AND l.objid = hashtext('catalogue import')::bigint & 4294967295)`).Scan(&held)
		return err == nil && !held
	})
	err := db.Pool.QueryRow(ctx, `SELECT (SELECT count(*) FROM courses WHERE reference LIKE 'MORT-%'),
		(SELECT count(*) FROM search_documents WHERE reference LIKE 'MORT-%'), (SELECT count(*) FROM import_runs)`).Scan(&courses, &documents, &runs)
	if err != nil {
		v.t.Fatal(err)
	}
	return courses, documents, runs
}

// holdTable keeps everybody from writing to a table until it is let go, or its database
// dies.
func (v *victim) holdTable(db *models.DB, table string) (let func()) {
	v.t.Helper()
	ctx := context.Background()
	tx, err := db.Pool.Begin(ctx)
	if err == nil {
		_, err = tx.Exec(ctx, `LOCK TABLE `+table+` IN SHARE MODE`)
	}
	if err != nil {
		v.t.Fatal(err)
	}
	return func() { _ = tx.Rollback(ctx) }
}

// cutImport begins an import and kills it -9 a moment after it says that it is
// in a phase; a phase "" is waited for to its end.
func (v *victim) cutImport(file, phase string, after time.Duration) error {
	v.t.Helper()
	cmd := v.command("import", "courses", file, "--source", "essai")
	told, err := cmd.StderrPipe()
	if err != nil {
		v.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	lines := bufio.NewScanner(told)
	lines.Split(func(data []byte, end bool) (int, []byte, error) {
		if at := bytes.IndexAny(data, "\r\n"); at >= 0 {
			return at + 1, data[:at], nil
		}
		if end && len(data) > 0 {
			return len(data), data, nil
		}
		return 0, nil, nil
	})
	for lines.Scan() {
		if phase != "" && strings.Contains(lines.Text(), phase) {
			time.Sleep(after)
			kill(v.t, cmd)
			phase = ""
		}
	}
	return cmd.Wait()
}

func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
}

// TestKilledWhileImporting kills -9 an import in each of its phases.
func TestKilledWhileImporting(t *testing.T) {
	chance := seeded(t)
	host := newVictim(t) // keeps the database while the other is killed
	host.start()
	db := host.attach()
	v := newVictim(t)
	v.database = db.Pool.Config().ConnString()
	const rows = 12_000
	file := generatedCourses(t, rows)
	_, _, before := v.standingCourses(db)
	for _, phase := range []string{"rows read, 1", "rows read, writing", "put into the search"} {
		t.Run("P3.6 killed, an import leaves nothing: "+phase, func(t *testing.T) {
			for range 3 {
				after := time.Duration(chance.IntN(60)) * time.Millisecond
				let := host.holdTable(db, "events") // the last that an import writes to: it cannot end before
				err := v.cutImport(file, phase, after)
				if let(); err == nil {
					t.Fatal("over before it could be killed")
				}
				if courses, documents, runs := v.standingCourses(db); courses+documents+runs != before {
					t.Fatalf("%v after %s: %d courses, %d documents, %d runs of %d", after, phase, courses, documents, runs, before)
				}
			}
		})
	}
	t.Run("P3.6 begun again, it is there whole, once", func(t *testing.T) {
		for range 2 {
			if err := v.cutImport(file, "", 0); err != nil {
				t.Fatal(err)
			}
			if courses, documents, _ := v.standingCourses(db); courses != rows || documents != rows {
				t.Fatalf("%d courses, %d documents of %d", courses, documents, rows)
			}
		}
		host.verified()
	})
}
