package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const tempPrefix = "passerelle-pg-"

// tempFolder is a short folder of ours under the system's temporary folder, held by a lock while its maker lives.
type tempFolder struct {
	path string
	lock *os.File
}

func newTemp() (tempFolder, error) {
	dir, err := os.MkdirTemp(tempParent(), tempPrefix)
	if err != nil {
		return tempFolder{}, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	if resolved, err := filepath.EvalSymlinks(dir); err == nil {
		dir = resolved
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		err = tryLock(lock)
	}
	if err != nil {
		return tempFolder{}, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	return tempFolder{dir, lock}, nil
}

// tempParent is the system's temporary folder, or /tmp where that one is too deep for a socket.
func tempParent() string {
	if dir := os.TempDir(); socketFits(filepath.Join(dir, tempPrefix+"0123456789", "postgres")) {
		return dir
	}
	return "/tmp"
}

// socketFits also refuses a comma or a quote: PostgreSQL reads its socket setting as a list.
func socketFits(dir string) bool {
	return len(filepath.Join(dir, ".s.PGSQL."+portName)) <= socketPathMax && filepath.IsAbs(dir) && !strings.ContainsAny(dir, ",\"")
}

func (t tempFolder) remove() {
	_ = os.RemoveAll(t.path)
	_ = t.lock.Close()
}

// sweepTemp removes the folders of killed processes: ours by owner, older than a minute, their lock free.
func sweepTemp(ctx context.Context, o Options) {
	dirs, _ := filepath.Glob(filepath.Join(tempParent(), tempPrefix+"*"))
	for _, dir := range dirs {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		if info.Sys().(*syscall.Stat_t).Uid != uint32(os.Geteuid()) {
			continue
		}
		lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
		if err != nil {
			continue
		}
		if tryLock(lock) == nil {
			if err := stopOld(ctx, filepath.Join(dir, "postgres"), Options{Log: o.Log}); err == nil {
				_ = os.RemoveAll(dir)
			}
		}
		_ = lock.Close()
	}
}
