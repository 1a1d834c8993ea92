package storage

import (
	"context"
	"crypto/sha256"
	"encoding"
	"errors"
	"fmt"
	"hash"
	"io"
)

// Digest is the SHA-256 of a file's plain bytes, which goes on over several
// requests of one upload.
type Digest struct{ sum hash.Hash }

// NewDigest begins one.
func NewDigest() *Digest { return &Digest{sha256.New()} }

// ResumeDigest goes on from a state that Suspend gave; empty begins anew.
func ResumeDigest(key DataKey, fileID [16]byte, state []byte) (*Digest, error) {
	d := NewDigest()
	if len(state) == 0 {
		return d, nil
	}
	plain, err := key.Decrypt(state, digestPlace(fileID))
	if err != nil {
		return nil, err
	}
	if err := d.sum.(encoding.BinaryUnmarshaler).UnmarshalBinary(plain); err != nil {
		return nil, fmt.Errorf("%w: state of digest: %w", ErrCorrupt, err)
	}
	return d, nil
}

// Suspend gives the state for the database, sealed: it holds up to 63 bytes of
// the file.
func (d *Digest) Suspend(key DataKey, fileID [16]byte) ([]byte, error) {
	plain, err := d.sum.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("state of digest: %w", err)
	}
	return key.Encrypt(plain, digestPlace(fileID))
}

func digestPlace(fileID [16]byte) string { return "digest/" + string(fileID[:]) }

// Write adds bytes; it never fails.
func (d *Digest) Write(p []byte) (int, error) { return d.sum.Write(p) }

// Sum is the digest so far; more may be written after it.
func (d *Digest) Sum() []byte { return d.sum.Sum(nil) }

// Checksum reads a whole object as it is stored and gives its length and
// SHA-256: what a Segment says they are. For `storage check` and moves.
func Checksum(ctx context.Context, s Store, key string) (size int64, sum []byte, err error) {
	r, err := s.Open(ctx, key)
	if err != nil {
		return 0, nil, err
	}
	h := sha256.New()
	size, err = io.Copy(h, r)
	if err = errors.Join(err, r.Close()); err != nil {
		return size, nil, err
	}
	return size, h.Sum(nil), nil
}
