// Package meilitest runs a real Meilisearch for tests, on a port and a folder
// of its own, that can be killed and come back, and cuts the network before it.
//
// Where no `meilisearch` is on the PATH, the server of MEILI_URL serves the tests that
// neither kill nor set one up; it refuses to imitate one: without either the test is
// skipped with its name, and CI fails unless PASSERELLE_ABSENT names it.
package meilitest

import (
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// OwnKey is the master key of the servers that are started here.
const OwnKey = "a master key of the tests"

// Server is a Meilisearch of the test's own, or the one of MEILI_URL.
type Server struct {
	URL    string
	Key    string
	Prefix string // of the names of this test's indexes
	binary string
	addr   string
	dir    string
	args   []string
	disk   string // size of a disk of its own, if any
	cmd    *exec.Cmd
}

// Start starts a server, killed when the test ends, or takes the one of MEILI_URL, which
// the test must leave alone but for the indexes of its Prefix.
func Start(t testing.TB) *Server {
	t.Helper()
	url := strings.TrimSuffix(os.Getenv("MEILI_URL"), "/")
	if _, err := exec.LookPath("meilisearch"); err != nil && url != "" {
		return &Server{URL: url, Key: os.Getenv("MEILI_MASTER_KEY"), Prefix: "essai_" + strings.ToLower(rand.Text()[:12])}
	}
	return start(t, "", nil)
}

// Own starts a server that is the test's alone, whose key is OwnKey; args are added to
// its command line.
func Own(t testing.TB, args ...string) *Server {
	t.Helper()
	return start(t, "", args)
}

func start(t testing.TB, disk string, args []string) *Server {
	t.Helper()
	binary, err := exec.LookPath("meilisearch")
	if err != nil {
		absent := slices.Contains(strings.Split(os.Getenv("PASSERELLE_ABSENT"), ","), "meilisearch")
		if os.Getenv("CI") != "" && !absent {
			t.Fatal("Meilisearch absent")
		}
		t.Skip("Meilisearch absent")
	}
	s := &Server{Key: OwnKey, Prefix: "passerelle", binary: binary, addr: freeAddr(t), dir: t.TempDir(), args: args, disk: disk}
	s.URL = "http://" + s.addr
	t.Cleanup(s.Kill)
	s.Return(t)
	return s
}

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// Kill kills the server as a crash does; its folder stays.
func (s *Server) Kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	s.cmd = nil
}

// Return starts the server again on its port and folder.
func (s *Server) Return(t testing.TB) {
	t.Helper()
	line := append([]string{s.binary, "--http-addr", s.addr, "--db-path", s.dir + "/data", "--dump-dir", s.dir + "/dumps",
		"--snapshot-dir", s.dir + "/snapshots", "--master-key", OwnKey, "--no-analytics", "--env", "production", "--log-level", "ERROR",
		"--max-indexing-threads", "1", "--max-indexing-memory", "256Mb"}, s.args...)
	if s.disk != "" {
		line = append([]string{"unshare", "-rm", "sh", "-c", `mount -t tmpfs -o size="$1" none "$2" && cd "$2" && shift 2 && exec "$@"`, "sh", s.disk, s.dir}, line...)
	}
	s.cmd = exec.Command(line[0], line[1:]...)
	s.cmd.Dir, s.cmd.Env = s.dir, append(os.Environ(), "TMPDIR="+s.dir)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/health", nil)
		if err != nil {
			t.Fatal(err)
		}
		if answer, err := http.DefaultClient.Do(request); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("Meilisearch does not come up")
}

// Erase makes the server forget everything, as a lost disk does. It must be
// dead.
func (s *Server) Erase(t testing.TB) {
	t.Helper()
	if err := os.RemoveAll(s.dir + "/data"); err != nil {
		t.Fatal(err)
	}
}
