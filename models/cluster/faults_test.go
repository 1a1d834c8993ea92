package cluster_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models/cluster"
)

// otherPortal is this test binary playing a portal on its own folder.
type otherPortal struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Scanner
	first string
}

func startPortal(t *testing.T, folder string, uid uint32) *otherPortal {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), asPortal+"="+folder)
	cmd.Dir = "/"
	if uid != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	}
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	p := &otherPortal{cmd: cmd, stdin: stdin, out: bufio.NewScanner(stdout)}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	p.first = p.line()
	return p
}

func (p *otherPortal) line() string {
	p.out.Scan()
	return p.out.Text()
}

func (p *otherPortal) server(t *testing.T) int {
	t.Helper()
	var pid int
	if _, err := fmt.Sscanf(p.first, "ready %d", &pid); err != nil {
		t.Fatalf("the portal said %q", p.first)
	}
	return pid
}

func TestKilledPortalStartsAgainAtOnce(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	p := startPortal(t, dir, 0)
	server := p.server(t)
	exec1(t, attach(t, dir).URL(), "CREATE TABLE kept AS SELECT 7 AS n")
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p = startPortal(t, dir, 0) // at once: the old server is still stopping
	if p.server(t) == server {
		t.Error("the old server was taken over")
	}
	if got := query(t, attach(t, dir), "SELECT n::text FROM kept"); got != "7" {
		t.Errorf("after the kill: got %q, want 7", got)
	}
	t.Run("killed with its server", func(t *testing.T) {
		server := p.server(t)
		_ = syscall.Kill(server, syscall.SIGSTOP) // so that it cannot obey the signal sent at the portal's death
		_ = p.cmd.Process.Kill()
		_ = syscall.Kill(server, syscall.SIGKILL)
		c := start(t, cluster.Options{Folder: dir})
		if got := query(t, c, "SELECT n::text FROM kept"); got != "7" {
			t.Errorf("after the kill: got %q, want 7", got)
		}
	})
}

func TestKilledServerRecoversByItself(t *testing.T) {
	t.Parallel()
	c := start(t, cluster.Options{Folder: folder(t)})
	query(t, c, "CREATE TABLE kept AS SELECT 7 AS n")
	url, server := c.URL(), c.Pid()
	busy := make(chan error, 1)
	go func() { // a backend at work outlives its server, and holds its memory
		_, err := tryQuery(c, "SELECT pg_sleep(120)::text")
		busy <- err
	}()
	awaitQuery(t, c, "SELECT count(*)::text FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'", "1")
	if err := syscall.Kill(server, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := <-busy; err == nil {
		t.Error("the query outlived its server")
	}
	awaitQuery(t, c, "SELECT n::text FROM kept", "7")
	if c.URL() != url || c.Pid() == server || c.Pid() == 0 {
		t.Errorf("after the kill: %s, process %d; want %s and another process than %d", c.URL(), c.Pid(), url, server)
	}
}

// A second start of one folder meets: its own settings and the operator's, another sorting library, and the lock of a dead
// server whose number another process took.
func TestSecondStart(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	c := start(t, cluster.Options{Ephemeral: true, Folder: dir})
	url, server := c.URL(), c.Pid()
	t.Run("a restart keeps the address", func(t *testing.T) {
		if err := c.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := query(t, c, "SELECT 'up'"); got != "up" || c.URL() != url || c.Pid() == server {
			t.Errorf("got %q, %s, process %d", got, c.URL(), c.Pid())
		}
	})
	exec1(t, strings.ReplaceAll(url, "passerelle@", "postgres@"), "UPDATE pg_collation SET collversion = '0' WHERE collname = 'fr-x-icu'")
	takePid(t, c)
	if err := os.WriteFile(filepath.Join(dir, "postgres.conf"), []byte("work_mem = 13MB\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var said []string
	c = start(t, cluster.Options{Ephemeral: true, Folder: dir, Progress: func(s string) { said = append(said, s) }})
	if got := query(t, c, "SHOW work_mem"); got != "13MB" {
		t.Errorf("the operator's work_mem is %s", got)
	}
	if got := query(t, c, "SELECT (collversion = pg_collation_actual_version(oid))::text FROM pg_collation WHERE collname = 'fr-x-icu'"); got != "true" {
		t.Error("the French order keeps the version of another library")
	}
	if len(said) != 1 || !strings.Contains(said[0], "rebuilding the indexes") {
		t.Errorf("progress: %q", said)
	}
}

// takePid stops c and leaves the lock of a dead server that names a living process.
func takePid(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	file := filepath.Join(c.Folder(), "postgres", "postmaster.pid")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n")
	if err := os.WriteFile(file, fmt.Appendf(nil, "%d\n%s", os.Getpid(), rest), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestOrdinaryUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("every test here runs as an ordinary user already")
	}
	const nobody = 65534
	dir := folder(t)
	if err := errors.Join(os.Mkdir(dir, 0o700), os.Chown(dir, nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	p := startPortal(t, dir, nobody)
	p.server(t)
	_ = p.stdin.Close()
	if got := p.line(); got != "stopped" {
		t.Errorf("the portal said %q", got)
	}
	t.Run("the server of a killed portal stops by itself", func(t *testing.T) {
		p := startPortal(t, dir, nobody)
		p.server(t)
		_ = p.cmd.Process.Kill()
		for end := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			_, err := cluster.Attach(t.Context(), cluster.Options{Folder: dir})
			if _, gone := os.Stat(filepath.Join(dir, "postgres", "postmaster.pid")); errors.Is(err, cluster.ErrIdle) && gone != nil {
				return
			}
			if time.Now().After(end) {
				t.Fatal("it still runs")
			}
		}
	})
	t.Run("root keeps the owner", func(t *testing.T) {
		c := start(t, cluster.Options{Ephemeral: true, Folder: dir})
		if got := query(t, c, "SELECT 'up'"); got != "up" {
			t.Error(got)
		}
	})
	t.Run("another user is refused", func(t *testing.T) {
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		_ = os.Remove(filepath.Join(dir, "postgres.lock"))
		if p := startPortal(t, dir, nobody-1); !strings.Contains(p.first, "belongs to the user nobody") {
			t.Errorf("the portal said %q", p.first)
		}
	})
}

// awaitQuery repeats a query while the server is down, up to a minute.
func awaitQuery(t *testing.T, c *cluster.Cluster, sql, want string) {
	t.Helper()
	var got string
	var err error
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if got, err = tryQuery(c, sql); err == nil && got == want {
			return
		}
	}
	t.Fatalf("%s: got %q, %v; want %q", sql, got, err, want)
}

func attach(t *testing.T, dir string) *cluster.Cluster {
	t.Helper()
	c, err := cluster.Attach(t.Context(), cluster.Options{Folder: dir})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func exec1(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}
