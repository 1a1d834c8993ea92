package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// tempFolder holds what is being written; it stands beside the objects so that
// a finished one is linked, not copied.
const tempFolder = ".tmp"

// orphanAge is how old an abandoned temporary file must be to be swept. The
// lock alone would do, but for the instant between its creation and its lock.
const orphanAge = time.Minute

// Disk keeps objects as files of one folder, readable by the portal's user
// alone. A crash at any moment leaves either the whole object or nothing under
// its key.
type Disk struct{ root string }

// OpenDisk makes the folder when it is absent and sweeps what writers killed
// before they ended left behind.
func OpenDisk(folder string) (*Disk, error) {
	d := &Disk{root: folder}
	if err := os.MkdirAll(filepath.Join(folder, tempFolder), 0o700); err != nil {
		return nil, d.wrap("open", err)
	}
	return d, d.sweep()
}

// Name is "disk".
func (d *Disk) Name() string { return "disk" }

func (d *Disk) path(key string) string { return filepath.Join(d.root, filepath.FromSlash(key)) }

// Create begins an object; the key may still turn out taken at Commit.
func (d *Disk) Create(ctx context.Context, key string) (Writer, error) {
	if err := errors.Join(ctx.Err(), checkKey(key)); err != nil {
		return nil, err
	}
	if _, err := os.Lstat(d.path(key)); err == nil {
		return nil, ErrExists
	}
	file, err := os.CreateTemp(filepath.Join(d.root, tempFolder), "w-")
	if err != nil {
		return nil, d.wrap("create", err)
	}
	w := &diskWriter{disk: d, ctx: ctx, key: key, file: file}
	// Held until the file is closed, by us or by the end of the process: what
	// is locked has a living writer.
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		w.Abort()
		return nil, d.wrap("create", err)
	}
	return w, nil
}

// Open reads an object.
func (d *Disk) Open(ctx context.Context, key string) (Reader, error) {
	if err := errors.Join(ctx.Err(), checkKey(key)); err != nil {
		return nil, err
	}
	file, err := os.Open(d.path(key))
	if err != nil {
		return nil, d.wrap("open", err)
	}
	info, err := file.Stat()
	if err != nil {
		_ = file.Close()
		return nil, d.wrap("open", err)
	}
	return &diskReader{file: file, disk: d, ctx: ctx, size: info.Size()}, nil
}

// Stat describes an object.
func (d *Disk) Stat(ctx context.Context, key string) (Object, error) {
	if err := errors.Join(ctx.Err(), checkKey(key)); err != nil {
		return Object{}, err
	}
	info, err := os.Lstat(d.path(key))
	if err != nil {
		return Object{}, d.wrap("stat", err)
	}
	return Object{Key: key, Size: info.Size(), Modified: info.ModTime()}, nil
}

// Delete takes an object away, durably.
func (d *Disk) Delete(ctx context.Context, key string) error {
	if err := errors.Join(ctx.Err(), checkKey(key)); err != nil {
		return err
	}
	err := os.Remove(d.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = syncFolder(filepath.Dir(d.path(key)))
	}
	return d.wrap("delete", err)
}

// List walks the folder in the order of keys. An object deleted meanwhile is
// left out.
func (d *Disk) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		err := filepath.WalkDir(d.root, func(path string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) && path != d.root {
				return nil
			}
			if err = errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			rel, err := filepath.Rel(d.root, path)
			if err != nil {
				return err
			}
			key := filepath.ToSlash(rel)
			if entry.IsDir() {
				if key != "." && !strings.HasPrefix(key, prefix) && !strings.HasPrefix(prefix, key+"/") {
					return fs.SkipDir
				}
				return nil
			}
			if checkKey(key) != nil || !strings.HasPrefix(key, prefix) {
				return nil
			}
			info, err := entry.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			if !yield(Object{Key: key, Size: info.Size(), Modified: info.ModTime()}, nil) {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			yield(Object{}, d.wrap("list", err))
		}
	}
}

// Free is the room left for an ordinary user.
func (d *Disk) Free(ctx context.Context) (int64, error) {
	free, _, err := d.Room(ctx)
	return free, err
}

// Room is the room left for an ordinary user and the size of the whole disk, in bytes;
// the console of administrators shows both.
func (d *Disk) Room(ctx context.Context) (free, total int64, err error) {
	var s syscall.Statfs_t
	if err := errors.Join(ctx.Err(), syscall.Statfs(d.root, &s)); err != nil {
		return 0, 0, d.wrap("free", err)
	}
	return int64(s.Bavail) * s.Bsize, int64(s.Blocks) * s.Bsize, nil
}

// Check writes, reads and deletes one small file.
func (d *Disk) Check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Join(d.root, tempFolder), "check-")
	if err == nil {
		_, err = file.Write([]byte("passerelle"))
		err = errors.Join(err, file.Sync(), file.Close(), os.Remove(file.Name()))
	}
	switch err = d.wrap("check", err); {
	case errors.Is(err, ErrFull):
		return fmt.Errorf("the documents folder %s is on a full disk: make room or set S3_ENDPOINT: %w", d.root, err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("the documents folder %s cannot be written: give it to the portal's user: %s", d.root, err.Error())
	case err != nil:
		return fmt.Errorf("the documents folder %s cannot be used: %w", d.root, err)
	}
	return nil
}

// sweep takes away temporary files whose writer is gone.
func (d *Disk) sweep() error {
	folder := filepath.Join(d.root, tempFolder)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return d.wrap("sweep", err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || time.Since(info.ModTime()) < orphanAge {
			continue
		}
		path := filepath.Join(folder, e.Name())
		file, err := os.Open(path)
		if err != nil {
			continue // its writer ended meanwhile
		}
		if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.Remove(path)
		}
		_ = file.Close()
	}
	return nil
}

// wrap sorts an error of the system into the kinds of this package.
func (d *Disk) wrap(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, fs.ErrNotExist) && d.present():
		return fmt.Errorf("%w: %s: %w", ErrNotFound, doing, err)
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%w: %s: %w", ErrExists, doing, err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: %s: %w", ErrFull, doing, err)
	}
	return fmt.Errorf("%w: %s: %w", ErrUnavailable, doing, err)
}

// present tells a missing object from a missing disk, such as a volume that is
// no longer mounted: the latter must never read as an object lost.
func (d *Disk) present() bool {
	_, err := os.Stat(filepath.Join(d.root, tempFolder))
	return err == nil
}

type diskWriter struct {
	disk *Disk
	ctx  context.Context // an io.Writer can take none
	key  string
	file *os.File
	err  error // of the first Write that failed

	written, behind int64 // bytes given to the system, and those it was asked to write out
}

// behindBytes is how much is written before the disk is asked to begin with it.
const behindBytes = 2 << 20

func (w *diskWriter) Write(p []byte) (int, error) {
	if w.file == nil {
		return 0, fs.ErrClosed
	}
	if w.err == nil {
		w.err = w.ctx.Err()
	}
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.file.Write(p)
	w.err = w.disk.wrap("write", err)
	if w.written += int64(n); w.written-w.behind >= behindBytes {
		writeBehind(w.file, w.behind, w.written-w.behind)
		w.behind = w.written
	}
	return n, w.err
}

// Commit links the synced file under its name, which fails if it is taken, and
// syncs the folder so that the name survives a power cut.
func (w *diskWriter) Commit(ctx context.Context) error {
	if w.file == nil {
		return fs.ErrClosed
	}
	defer w.Abort()
	if err := errors.Join(ctx.Err(), w.ctx.Err(), w.err); err != nil {
		return err
	}
	if err := w.file.Sync(); err != nil {
		return w.disk.wrap("sync", err)
	}
	target := w.disk.path(w.key)
	if err := w.disk.makeFolders(filepath.Dir(target)); err != nil {
		return w.disk.wrap("folder", err)
	}
	if err := os.Link(w.file.Name(), target); err != nil {
		return w.disk.wrap("commit", err)
	}
	return w.disk.wrap("commit", syncFolder(filepath.Dir(target)))
}

func (w *diskWriter) Abort() {
	if w.file != nil {
		_ = os.Remove(w.file.Name())
		_ = w.file.Close()
		w.file = nil
	}
}

// makeFolders makes the two levels above an object, each synced into its parent.
func (d *Disk) makeFolders(folder string) error {
	if _, err := os.Stat(folder); err == nil {
		return nil
	}
	for _, f := range []string{filepath.Dir(folder), folder} {
		if err := os.Mkdir(f, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err := syncFolder(filepath.Dir(f)); err != nil {
			return err
		}
	}
	return nil
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// diskReader hides the file's shortcuts, which would pass by the context.
type diskReader struct {
	file *os.File
	disk *Disk
	ctx  context.Context // an io.Reader can take none
	size int64
}

func (r *diskReader) Size() int64  { return r.size }
func (r *diskReader) Close() error { return r.file.Close() }

func (r *diskReader) Seek(offset int64, whence int) (int64, error) {
	return r.file.Seek(offset, whence)
}

func (r *diskReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.file.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = r.disk.wrap("read", err)
	}
	return n, err
}
