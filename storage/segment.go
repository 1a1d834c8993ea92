package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Segment is one object of a file, as the database keeps it. An upload that was
// cut and resumed leaves one per request; they are never copied together.
type Segment struct {
	Key    string `json:"key"`
	Plain  int64  `json:"plain"`  // bytes of the file
	Cipher int64  `json:"cipher"` // bytes in the store
	Sum    []byte `json:"sum"`    // SHA-256 of the latter
}

// SegmentWriter encrypts bytes on their way into a new object.
type SegmentWriter struct {
	ctx    context.Context // an io.Writer can take none
	seal   *Sealer
	object Writer
	digest *Digest
	key    string
}

// CreateSegment begins segment number ordinal (from 0) of a file. What is
// written is added to digest as well, unless it is nil. The two numbers must be
// the same ones when the file is read. When ctx ends nothing more can be written,
// but what was can still be committed: a request that is cut has brought
// something.
func CreateSegment(ctx context.Context, s Store, key DataKey, fileID [16]byte, ordinal int, digest *Digest) (*SegmentWriter, error) {
	name := NewKey()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	object, err := s.Create(context.WithoutCancel(ctx), name)
	if err != nil {
		return nil, err
	}
	return &SegmentWriter{ctx: ctx, seal: NewSealer(key, fileID, ordinal, object), object: object, digest: digest, key: name}, nil
}

// Write encrypts and stores p.
func (w *SegmentWriter) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	if w.digest == nil || len(p) < besideBytes {
		n, err := w.seal.Write(p)
		if w.digest != nil {
			_, _ = w.digest.Write(p[:n])
		}
		return n, err
	}
	// Two sums of all bytes, here and of what reaches the store, are most of the
	// work of an upload: another core takes this one. After an error the segment
	// is lost, and the digest with it.
	summed := make(chan struct{})
	go func() {
		_, _ = w.digest.Write(p)
		close(summed)
	}()
	n, err := w.seal.Write(p)
	<-summed
	return n, err
}

// besideBytes is the least for which another goroutine is worth its start.
const besideBytes = 16 << 10

// Key is where the object will lie: a caller may note it before Commit, so that
// a crash between Commit and the row leaves an object that someone looks for.
func (w *SegmentWriter) Key() string { return w.key }

// Size is the plain bytes written so far.
func (w *SegmentWriter) Size() int64 { return w.seal.plain }

// Commit makes the segment readable; on error nothing of it remains.
func (w *SegmentWriter) Commit(ctx context.Context) (Segment, error) {
	defer w.object.Abort()
	if err := w.seal.Close(); err != nil {
		return Segment{}, err
	}
	if err := w.object.Commit(ctx); err != nil {
		return Segment{}, err
	}
	return Segment{Key: w.key, Plain: w.seal.plain, Cipher: w.seal.out.n, Sum: w.seal.out.sum.Sum(nil)}, nil
}

// Abort forgets the segment; after Commit it does nothing.
func (w *SegmentWriter) Abort() { w.object.Abort() }

// Put encrypts the whole of r into one new object: a file that did not come
// through a resumable upload, such as a rendered page. Callers bound r.
func Put(ctx context.Context, s Store, key DataKey, fileID [16]byte, r io.Reader, digest *Digest) (Segment, error) {
	w, err := CreateSegment(ctx, s, key, fileID, 0, digest)
	if err != nil {
		return Segment{}, err
	}
	defer w.Abort()
	if _, err := io.Copy(w, r); err != nil {
		return Segment{}, err
	}
	return w.Commit(ctx)
}

// File reads a file made of segments, decrypted. Not for several goroutines.
type File struct {
	ctx      context.Context // an io.Reader can take none
	store    Store
	key      DataKey
	fileID   [16]byte
	segments []Segment
	size     int64
	pos      int64

	current int // the open segment, -1 when none
	object  Reader
	plain   io.ReadSeeker
}

// OpenFile opens a file for reading. The segment at its start is opened at once,
// so that an absent file (ErrNotFound) or a store that is down (ErrUnavailable)
// is known before an answer has begun; an object of another length than its row
// says is ErrCorrupt.
func OpenFile(ctx context.Context, s Store, key DataKey, fileID [16]byte, segments []Segment) (*File, error) {
	f := &File{ctx: ctx, store: s, key: key, fileID: fileID, segments: segments, current: -1}
	for _, segment := range segments {
		if segment.Plain < 0 || segment.Cipher != Sealed(segment.Plain) {
			return nil, fmt.Errorf("%w: segment of impossible length", ErrCorrupt)
		}
		f.size += segment.Plain
	}
	if len(segments) > 0 {
		if err := f.open(0); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// Size is the file's length in plain bytes.
func (f *File) Size() int64 { return f.size }

// Read gives authenticated bytes; ErrCorrupt where the stored ones were altered.
func (f *File) Read(p []byte) (int, error) {
	for {
		i, within := f.find(f.pos)
		if i == len(f.segments) {
			return 0, io.EOF
		}
		if err := f.open(i); err != nil {
			return 0, err
		}
		if _, err := f.plain.Seek(within, io.SeekStart); err != nil {
			return 0, err
		}
		n, err := f.plain.Read(p)
		f.pos += int64(n)
		if n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
	}
}

// find gives the segment that holds a position, and the position inside it;
// past the end there is none.
func (f *File) find(pos int64) (i int, within int64) {
	for i, segment := range f.segments {
		if pos < segment.Plain {
			return i, pos
		}
		pos -= segment.Plain
	}
	return len(f.segments), 0
}

func (f *File) open(i int) error {
	if f.current == i {
		return nil
	}
	_ = f.Close()
	segment := f.segments[i]
	object, err := f.store.Open(f.ctx, segment.Key)
	if err != nil {
		return err
	}
	if object.Size() != segment.Cipher {
		_ = object.Close()
		return fmt.Errorf("%w: %d bytes stored instead of %d", ErrCorrupt, object.Size(), segment.Cipher)
	}
	f.current, f.object, f.plain = i, object, Unseal(f.key, f.fileID, i, object, segment.Plain)
	return nil
}

// Seek moves to a place of the file; the store is asked at the next Read.
func (f *File) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.pos
	case io.SeekEnd:
		offset += f.size
	}
	if offset < 0 {
		return 0, errors.New("storage: negative position")
	}
	f.pos = offset
	return offset, nil
}

// Close gives the store its reader back; the file may be closed twice.
func (f *File) Close() error {
	if f.current < 0 {
		return nil
	}
	f.current = -1
	return f.object.Close()
}
