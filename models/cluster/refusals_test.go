package cluster_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"passerelle/models/cluster"
)

// refused starts a cluster that must not start, and wants the kind of the error and each word in its text.
func refused(t *testing.T, o cluster.Options, kind error, words ...string) {
	t.Helper()
	c, err := cluster.Start(t.Context(), o)
	if err == nil {
		_ = c.Stop(context.Background())
		t.Fatal("it started")
	}
	if !errors.Is(err, kind) {
		t.Errorf("got %v, want %v", err, kind)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q says nothing of %q", err, w)
		}
	}
}

func TestBusyFolder(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	c := start(t, cluster.Options{Ephemeral: true, Folder: dir})
	refused(t, cluster.Options{Folder: dir}, cluster.ErrBusy, "another portal", dir)
	t.Run("a command joins it", func(t *testing.T) {
		joined, err := cluster.Open(t.Context(), cluster.Options{Folder: dir})
		if err != nil {
			t.Fatal(err)
		}
		if joined.Pid() != c.Pid() || joined.URL() != c.URL() {
			t.Errorf("joined %d %s, want %d %s", joined.Pid(), joined.URL(), c.Pid(), c.URL())
		}
		if err := joined.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		if got := query(t, c, "SELECT 'up'"); got != "up" {
			t.Error("the command stopped the portal's server")
		}
	})
	t.Run("given back by Stop", func(t *testing.T) {
		if err := c.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := cluster.Attach(t.Context(), cluster.Options{Folder: dir}); !errors.Is(err, cluster.ErrIdle) {
			t.Errorf("got %v, want %v", err, cluster.ErrIdle)
		}
		start(t, cluster.Options{Ephemeral: true, Folder: dir})
	})
}

func TestFolderOfAnotherVersion(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	data := filepath.Join(dir, "postgres")
	if err := errors.Join(os.MkdirAll(data, 0o711), os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte("11\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	refused(t, cluster.Options{Folder: dir}, cluster.ErrPrograms, "made by PostgreSQL 11", "found", "pg_dump", "pg_restore")
}

func TestFolderOfLaterFormat(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	if err := errors.Join(os.Mkdir(dir, 0o711), os.WriteFile(filepath.Join(dir, "passerelle.version"), []byte("format 99\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	refused(t, cluster.Options{Folder: dir}, cluster.ErrFormat, "format 99")
}

func TestFolderClosedToTheServersUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root runs the server as another user")
	}
	closed := t.TempDir() // a folder of root alone
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	refused(t, cluster.Options{Folder: filepath.Join(closed, "data")}, cluster.ErrFolder, "cannot pass through", "chmod o+x")
}

func TestProgramsSetting(t *testing.T) {
	t.Parallel()
	refused(t, cluster.Options{Folder: folder(t), Programs: "apt"}, cluster.ErrPrograms, `"apt"`)
}

func TestMachineWithoutPrograms(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	data := filepath.Join(dir, "postgres")
	if err := errors.Join(os.MkdirAll(data, 0o711), os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte("14\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	refused(t, cluster.Options{Folder: dir, Programs: cluster.ProgramsSystem}, cluster.ErrPrograms, "PostgreSQL 14", "PASSERELLE_POSTGRES=download")
}

func TestLongFolderTakesAShortSocket(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folder(t), strings.Repeat("profond/", 14))
	half := halfMade(t, dir)
	c := start(t, cluster.Options{Ephemeral: true, Folder: dir})
	socket := query(t, c, "SHOW unix_socket_directories")
	if len(socket) > 90 || strings.HasPrefix(socket, dir) {
		t.Errorf("the socket is in %q", socket)
	}
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what a start killed half-way had made remains: %v", err)
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Dir(socket)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket's folder remains after Stop: %v", err)
	}
}

// halfMade leaves what a start killed during initdb leaves.
func halfMade(t *testing.T, dir string) string {
	t.Helper()
	half := filepath.Join(dir, "postgres.new")
	if err := errors.Join(os.MkdirAll(half, 0o711), os.WriteFile(filepath.Join(half, "PG_VERSION"), []byte("15\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	return half
}

func TestEphemeralLeavesNothing(t *testing.T) {
	t.Parallel()
	c := start(t, cluster.Options{Ephemeral: true})
	if got := query(t, c, "SHOW fsync"); got != "off" {
		t.Errorf("fsync is %s", got)
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(c.Folder()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder remains: %v", err)
	}
}
