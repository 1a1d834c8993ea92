package meilitest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// StartOnDisk starts a server that has a disk of its own, in memory, of so many
// megabytes; its content goes with the server. The test is skipped where such a
// disk cannot be made.
func StartOnDisk(t testing.TB, megabytes int) *Server {
	t.Helper()
	if out, err := exec.Command("unshare", "-rm", "mount", "-t", "tmpfs", "-o", "size=1m", "none", t.TempDir()).CombinedOutput(); err != nil {
		t.Skipf("a small disk cannot be made here: %v %s", err, out)
	}
	return start(t, fmt.Sprintf("%dm", megabytes), nil)
}

// filler is the file that leaves no room for anything else.
func (s *Server) filler() string {
	return filepath.Join("/proc", fmt.Sprint(s.cmd.Process.Pid), "root", s.dir, "filler")
}

// FillDisk leaves so many kilobytes on the server's own disk.
func (s *Server) FillDisk(t testing.TB, left int64) {
	t.Helper()
	f, err := os.Create(s.filler())
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 64<<10)
	for err == nil {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err == nil {
		err = errors.Join(f.Truncate(max(info.Size()-left<<10, 0)), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// FreeDisk gives the room back.
func (s *Server) FreeDisk(t testing.TB) {
	t.Helper()
	if err := os.Remove(s.filler()); err != nil {
		t.Fatal(err)
	}
}
