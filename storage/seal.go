package storage

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
)

// Sealer encrypts one segment of a file. Its memory is that of two blocks,
// whatever the length. Each frame is bound to the file, the segment's ordinal
// and its own number; the last one is the first that is shorter than frameSize,
// so that nothing can be cut, swapped, moved or added unseen.
type Sealer struct {
	key    DataKey
	place  place
	out    countingWriter
	frame  io.WriteCloser // nil between two frames
	inside int            // plain bytes in the frame
	plain  int64
	failed error
	closed bool
}

// place is where a frame belongs.
type place struct {
	fileID  [16]byte
	ordinal int
}

// bound is the associated data of a frame.
func (p place) bound(frame int64) []byte {
	b := append([]byte("passerelle file 1 "), p.fileID[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(p.ordinal))
	return binary.BigEndian.AppendUint64(b, uint64(frame))
}

// countingWriter counts and sums what reaches the store.
type countingWriter struct {
	w   io.Writer
	n   int64
	sum hash.Hash
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	c.sum.Write(p[:n])
	return n, err
}

// NewSealer encrypts into w segment number ordinal (from 0) of a file.
func NewSealer(key DataKey, fileID [16]byte, ordinal int, w io.Writer) *Sealer {
	return &Sealer{key: key, place: place{fileID, ordinal}, out: countingWriter{w: w, sum: sha256.New()}}
}

// Write encrypts p; bytes reach the store block by block. After an error the
// segment is lost: nothing more can be written.
func (s *Sealer) Write(p []byte) (int, error) {
	if s.closed {
		return 0, errors.New("storage: segment is closed")
	}
	written := 0
	for s.failed == nil && written < len(p) {
		if s.frame == nil {
			if s.failed = s.open(); s.failed != nil {
				break
			}
		}
		n, err := s.frame.Write(p[written : written+min(len(p)-written, frameSize-s.inside)])
		written, s.inside, s.plain, s.failed = written+n, s.inside+n, s.plain+int64(n), err
		if s.failed == nil && s.inside == frameSize {
			s.failed = s.end()
		}
	}
	return written, s.failed
}

// Close ends the last frame. The segment is not stored before the store's
// writer is committed.
func (s *Sealer) Close() error {
	if s.closed || s.failed != nil {
		return s.failed
	}
	s.closed = true
	if s.frame == nil {
		if s.failed = s.open(); s.failed != nil {
			return s.failed
		}
	}
	s.failed = s.end()
	return s.failed
}

func (s *Sealer) open() (err error) {
	if s.key.files == nil {
		return errNoKey
	}
	s.frame, err = s.key.files.NewEncryptingWriter(&s.out, s.place.bound(s.plain/frameSize))
	return err
}

func (s *Sealer) end() error {
	err := s.frame.Close()
	s.frame, s.inside = nil, 0
	return err
}

// Sealed is how many bytes n plain ones take in the store.
func Sealed(n int64) int64 {
	return n/frameSize*sealedFrame(frameSize) + sealedFrame(n%frameSize)
}

// sealedFrame is the length of a frame of n plain bytes: a header, then blocks,
// of which the first shares its room with the header.
func sealedFrame(n int64) int64 {
	const first, next = blockSize - headerSize - tagSize, blockSize - tagSize
	blocks := int64(1)
	if n > first {
		blocks += (n - first + next - 1) / next
	}
	return headerSize + n + blocks*tagSize
}

// unsealer reads one segment. Every byte it gives has been authenticated.
type unsealer struct {
	key   DataKey
	place place
	src   io.ReadSeeker
	plain int64 // length of the segment
	pos   int64
	frame io.Reader // nil when one must be opened at pos
	left  int64     // plain bytes left in it
	in    *trackedReader
}

// Unseal reads a segment of plain bytes, as long as its row says, from src.
func Unseal(key DataKey, fileID [16]byte, ordinal int, src io.ReadSeeker, plain int64) io.ReadSeeker {
	return &unsealer{key: key, place: place{fileID, ordinal}, src: src, plain: plain}
}

// trackedReader remembers why the store failed: the layer above does not tell
// a failure from an alteration.
type trackedReader struct {
	r   io.Reader
	err error
}

func (t *trackedReader) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		t.err = err
	}
	return n, err
}

func (u *unsealer) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if u.frame == nil {
		if u.pos > u.plain || u.pos == u.plain && u.pos > 0 && u.pos%frameSize != 0 {
			return 0, io.EOF
		}
		if err := u.open(); err != nil {
			return 0, err
		}
	}
	if u.left == 0 { // the empty last frame
		return 0, u.ended()
	}
	n, err := u.frame.Read(p[:min(int64(len(p)), u.left)])
	u.pos, u.left = u.pos+int64(n), u.left-int64(n)
	switch {
	case u.left == 0 && (err == nil || errors.Is(err, io.EOF)):
		u.frame, err = nil, nil
	case err != nil:
		err = u.blame(err)
	}
	return n, err
}

// open goes to the frame that holds pos and to pos inside it.
func (u *unsealer) open() error {
	if u.key.files == nil {
		return errNoKey
	}
	number := u.pos / frameSize
	if _, err := u.src.Seek(number*sealedFrame(frameSize), io.SeekStart); err != nil {
		return err
	}
	length := min(frameSize, u.plain-number*frameSize)
	u.in = &trackedReader{r: io.LimitReader(u.src, sealedFrame(length))}
	frame, err := u.key.files.NewDecryptingReader(u.in, u.place.bound(number))
	if err != nil {
		return u.blame(err)
	}
	if _, err := io.CopyN(io.Discard, frame, u.pos%frameSize); err != nil {
		return u.blame(err)
	}
	u.frame, u.left = frame, length-u.pos%frameSize
	return nil
}

// ended makes sure that the empty last frame is really there, once.
func (u *unsealer) ended() error {
	var none [1]byte
	n, err := io.ReadFull(u.frame, none[:])
	switch {
	case errors.Is(err, io.EOF):
		return io.EOF
	case n > 0:
		err = errors.New("not empty")
	}
	return u.blame(err)
}

// blame tells a store that failed from content that was altered.
func (u *unsealer) blame(err error) error {
	u.frame = nil
	if u.in.err != nil {
		return u.in.err
	}
	return fmt.Errorf("%w: frame %d: %w", ErrCorrupt, u.pos/frameSize, errors.New(err.Error()))
}

func (u *unsealer) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += u.pos
	case io.SeekEnd:
		offset += u.plain
	}
	if offset < 0 {
		return 0, errors.New("storage: negative position")
	}
	if offset != u.pos {
		u.pos, u.frame = offset, nil
	}
	return offset, nil
}
