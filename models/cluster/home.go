package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// format is the number of the layout of the data folder; a later number is refused.
const format = 1

// home is the data folder of the portal. Of what stands in it, the names below are this package's.
type home struct{ root string }

func (h home) data() string             { return filepath.Join(h.root, "postgres") }
func (h home) fresh() string            { return filepath.Join(h.root, "postgres.new") }
func (h home) lock() string             { return filepath.Join(h.root, "postgres.lock") }
func (h home) marker() string           { return filepath.Join(h.root, "passerelle.version") }
func (h home) programs() string         { return filepath.Join(h.root, "programs") }
func (h home) settings() string         { return filepath.Join(h.root, settingsFile) }
func (h home) operatorSettings() string { return filepath.Join(h.root, operatorFile) }

// DefaultFolder is the data folder of a portal that was told none: /var/lib/passerelle as root (the database's user
// cannot enter /root), else `passerelle` in the user's data folder. Called by the settings of cmd.
func DefaultFolder() (string, error) {
	if os.Geteuid() == 0 {
		return "/var/lib/passerelle", nil
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "passerelle"), nil
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("%w: this user has no home folder; name a data folder", ErrFolder)
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(dir, "Library", "Application Support", "passerelle"), nil
	}
	return filepath.Join(dir, ".local", "share", "passerelle"), nil
}

func openHome(folder string) (home, error) {
	if folder == "" {
		var err error
		if folder, err = DefaultFolder(); err != nil {
			return home{}, err
		}
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		return home{}, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return home{}, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return home{}, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	// The server writes resolved paths into its own files; ours must compare equal.
	if folder, err = filepath.EvalSymlinks(folder); err != nil {
		return home{}, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	return home{folder}, nil
}

// lockFolder holds the folder for this process; the system lets it go when the process dies, however it dies. A second of
// patience covers the death of a process killed just before.
func lockFolder(ctx context.Context, h home) (*os.File, error) {
	f, err := os.OpenFile(h.lock(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	for end := time.Now().Add(time.Second); ; {
		if err = tryLock(f); err == nil {
			break
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) || ctx.Err() != nil || time.Now().After(end) {
			return nil, busy(f, h, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	_ = f.Truncate(0)
	_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return f, err
}

func tryLock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

func busy(f *os.File, h home, cause error) error {
	defer func() { _ = f.Close() }()
	if !errors.Is(cause, syscall.EWOULDBLOCK) {
		return fmt.Errorf("%w: lock %s: %w", ErrFolder, h.lock(), cause)
	}
	pid, _ := os.ReadFile(h.lock())
	return fmt.Errorf("%w: another portal (process %s) runs on %s; stop it, or name another data folder",
		ErrBusy, strings.TrimSpace(string(pid)), h.root)
}

// checkFormat refuses a folder written by a later Passerelle.
func (h home) checkFormat() error {
	text, err := os.ReadFile(h.marker())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFolder, err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	n, err := strconv.Atoi(strings.TrimPrefix(first, "format "))
	if err != nil || n > format {
		return fmt.Errorf("%w: %s says %q and this Passerelle knows formats up to %d; start the version that wrote it, or a newer one",
			ErrFormat, h.marker(), first, format)
	}
	return nil
}

// writeMarker keeps the format, and the origin of the programs that made the data: fetched programs sort with a library of
// their own, so the folder stays with its origin unless the operator says otherwise.
func (h home) writeMarker(origin string) error {
	return replaceFile(h.marker(), fmt.Sprintf("format %d\nprograms %s\n", format, origin), 0o644)
}

// origin is that of the programs which made the data, "" when unknown.
func (h home) origin() string {
	text, _ := os.ReadFile(h.marker())
	for line := range strings.Lines(string(text)) {
		if o, ok := strings.CutPrefix(strings.TrimSpace(line), "programs "); ok {
			return o
		}
	}
	return ""
}

// major is the version of PostgreSQL that made the data, 0 when there is none yet.
func (h home) major() (int, error) {
	text, err := os.ReadFile(filepath.Join(h.data(), "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("%w: %s/PG_VERSION holds %q, which is no version served here", ErrFolder, h.data(), strings.TrimSpace(string(text)))
	}
	return n, nil
}

// replaceFile writes a small file whole or not at all.
func replaceFile(path, text string, mode os.FileMode) error {
	next := path + ".next"
	_ = os.Remove(next)
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFolder, err)
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("%w: %w", ErrFolder, err)
	}
	if err := os.Rename(next, path); err != nil {
		return fmt.Errorf("%w: %w", ErrFolder, err)
	}
	return nil
}
