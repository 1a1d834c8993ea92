package storage

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/minio/minio-go/v7"
)

// Create begins an object in a nameless local file.
func (s *S3) Create(ctx context.Context, key string) (Writer, error) {
	if err := errors.Join(ctx.Err(), checkKey(key)); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(s.options.TempFolder, spoolPattern)
	if err != nil {
		return nil, spoolError(err)
	}
	if err := os.Remove(file.Name()); err != nil {
		_ = file.Close()
		return nil, spoolError(err)
	}
	return &s3Writer{store: s, ctx: ctx, key: key, file: file, sum: sha256.New()}, nil
}

func spoolError(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: temporary folder: %w", ErrFull, err)
	}
	return fmt.Errorf("%w: temporary folder: %w", ErrUnavailable, err)
}

type s3Writer struct {
	store *S3
	ctx   context.Context // an io.Writer can take none
	key   string
	file  *os.File
	sum   hash.Hash
	size  int64
	err   error // of the first Write that failed
}

func (w *s3Writer) Write(p []byte) (int, error) {
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
	w.sum.Write(p[:n])
	w.size += int64(n)
	if err != nil {
		w.err = spoolError(err)
	}
	return n, w.err
}

func (w *s3Writer) Abort() {
	if w.file != nil {
		_ = w.file.Close()
		w.file = nil
	}
}

// Commit sends the object whole. A send that broke is tried once more; should
// the first have arrived after all, the object there is ours.
func (w *s3Writer) Commit(ctx context.Context) error {
	if w.file == nil {
		return fs.ErrClosed
	}
	defer w.Abort()
	if err := errors.Join(ctx.Err(), w.ctx.Err(), w.err); err != nil {
		return err
	}
	s := w.store
	if !s.breaker.enter() {
		return fmt.Errorf("%w: put: no answer a moment ago", ErrUnavailable)
	}
	begun := time.Now()
	err := w.put(ctx, true)
	if errors.Is(err, ErrUnavailable) && response(err).StatusCode == 0 && time.Since(begun) < s.options.Patience {
		if err = w.put(ctx, true); errors.Is(err, ErrExists) && w.isOurs(ctx) {
			err = nil
		}
	}
	if response(err).Code == minio.NotImplemented {
		err = w.putUnguarded(ctx)
	}
	s.breaker.leave(verdict(ctx, err))
	return err
}

// put sends the object once. The checksum is part of what is signed, so the
// server refuses anything else, and is kept beside the object where it can be.
func (w *s3Writer) put(ctx context.Context, onlyNew bool) error {
	s, sum := w.store, w.sum.Sum(nil)
	options := minio.PutObjectOptions{DisableContentSha256: true,
		UserMetadata: map[string]string{"X-Amz-Checksum-Sha256": base64.StdEncoding.EncodeToString(sum)}}
	if onlyNew {
		options.SetMatchETagExcept("*")
	}
	ctx, watch := watched(ctx, s.options.Stall)
	defer watch.stop()
	body := &kickingReader{SectionReader: io.NewSectionReader(w.file, 0, w.size), watch: watch}
	_, err := s.core.PutObject(ctx, s.options.Bucket, w.key, body, w.size, "", hex.EncodeToString(sum), options)
	return watch.blame(kind(ctx, "put", err))
}

// putUnguarded serves the rare server without conditional writes: keys are
// random, so that looking first is enough.
func (w *s3Writer) putUnguarded(ctx context.Context) error {
	switch _, err := w.store.Stat(ctx, w.key); {
	case err == nil:
		return ErrExists
	case !errors.Is(err, ErrNotFound):
		return err
	}
	return w.put(ctx, false)
}

// isOurs compares what lies under the key with what was sent.
func (w *s3Writer) isOurs(ctx context.Context) bool {
	size, sum, err := Checksum(ctx, w.store, w.key)
	return err == nil && size == w.size && string(sum) == string(w.sum.Sum(nil))
}

// kickingReader tells the watch that bytes leave.
type kickingReader struct {
	*io.SectionReader
	watch *watch
}

func (r *kickingReader) Read(p []byte) (int, error) {
	r.watch.kick()
	return r.SectionReader.Read(p)
}

// Open reads an object. The first request is made here, so that an absent or
// unreachable object is known before a page has begun.
func (s *S3) Open(ctx context.Context, key string) (Reader, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	r := &s3Reader{store: s, ctx: ctx, key: key}
	if err := r.request(); err != nil {
		return nil, err
	}
	return r, nil
}

// s3Reader reads one object by ranges: a new request after each seek elsewhere,
// and one more where the answer broke off.
type s3Reader struct {
	store *S3
	ctx   context.Context // an io.Reader can take none
	key   string
	size  int64
	etag  string
	body  io.ReadCloser // nil when a request is needed
	at    int64         // where the body stands
	pos   int64         // where the caller stands
	watch *watch
}

func (r *s3Reader) Size() int64 { return r.size }

func (r *s3Reader) Close() error {
	if r.body != nil {
		r.watch.stop()
		_ = r.body.Close()
		r.body = nil
	}
	return nil
}

// Seek only notes the place.
func (r *s3Reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.pos
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return 0, fs.ErrInvalid
	}
	r.pos = offset
	return offset, nil
}

// Read gives what comes, asking again once where an answer broke off. The
// object is never another one: its ETag is required to be the same.
func (r *s3Reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err // what has arrived already is not given either
	}
	if r.pos >= r.size {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	var failed error
	for range 2 {
		if err := r.place(); err != nil {
			return 0, err
		}
		r.watch.kick()
		n, err := r.body.Read(p[:min(int64(len(p)), r.size-r.pos)])
		r.watch.hold()
		r.pos += int64(n)
		r.at += int64(n)
		if err == nil || n > 0 {
			return n, nil
		}
		failed = fmt.Errorf("%w: read: %w", ErrUnavailable, err)
		stalled := r.watch.ctx.Err() != nil
		_ = r.Close()
		if err := r.ctx.Err(); err != nil {
			return 0, err
		}
		if stalled {
			break
		}
	}
	r.store.breaker.leave(silent)
	return 0, failed
}

// skipAhead is how far reading on beats a new request, in bytes.
const skipAhead = 256 << 10

// place brings the body to the caller's place.
func (r *s3Reader) place() error {
	if gap := r.pos - r.at; r.body != nil && gap > 0 && gap <= skipAhead {
		r.watch.kick()
		n, err := io.CopyN(io.Discard, r.body, gap)
		r.watch.hold()
		r.at += n
		if err == nil {
			return nil
		}
	}
	if r.body != nil && r.at == r.pos {
		return nil
	}
	return r.request()
}

// request asks for the object from the caller's place on.
func (r *s3Reader) request() error {
	_ = r.Close()
	s := r.store
	if !s.breaker.enter() {
		return fmt.Errorf("%w: open: no answer a moment ago", ErrUnavailable)
	}
	begun := time.Now()
	err := r.requestOnce(s.options.Patience)
	if left := s.options.Patience - time.Since(begun); errors.Is(err, ErrUnavailable) && left > s.options.Patience/2 {
		err = r.requestOnce(left)
	}
	s.breaker.leave(verdict(r.ctx, err))
	return err
}

func (r *s3Reader) requestOnce(patience time.Duration) error {
	s := r.store
	ctx, watch := watched(r.ctx, patience)
	var options minio.GetObjectOptions
	if r.pos > 0 {
		if err := options.SetRange(r.pos, 0); err != nil {
			watch.stop()
			return err
		}
	}
	if r.etag != "" {
		if err := options.SetMatchETag(r.etag); err != nil {
			watch.stop()
			return err
		}
	}
	body, info, _, err := s.core.GetObject(ctx, s.options.Bucket, r.key, options)
	watch.hold()
	if err != nil {
		err = watch.blame(kind(ctx, "open", err))
		watch.stop()
		return err
	}
	if r.etag == "" {
		r.etag, r.size = info.ETag, info.Size+r.pos
	}
	watch.limit = s.options.Stall
	r.body, r.at, r.watch = body, r.pos, watch
	return nil
}
