package storage

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"
)

// The kinds of failure. Callers test them with errors.Is; the wrapped text is
// for logs, never for a page.
var (
	// ErrNotFound: nothing readable lies under the key.
	ErrNotFound = errors.New("storage: no such object")
	// ErrExists: the key is taken; the object there has not been touched.
	ErrExists = errors.New("storage: object exists already")
	// ErrFull: no room left; nothing of the object remains. Shown as 507.
	ErrFull = errors.New("storage: full")
	// ErrUnavailable: the store does not answer, or not in time. Shown as 503.
	ErrUnavailable = errors.New("storage: unavailable")
	// ErrCorrupt: bytes are there, but not those that were written.
	ErrCorrupt = errors.New("storage: altered content")
	// ErrKey: a key that NewKey could not have made.
	ErrKey = errors.New("storage: malformed key")
)

// Store holds objects. Handlers, jobs and operators' commands call it, models
// never. Every call ends in bounded time, and when ctx ends. Both kinds pass
// the suite in storagetest.
type Store interface {
	// Create begins an object. Nothing is readable under key before Commit.
	Create(ctx context.Context, key string) (Writer, error)
	// Open reads an object from its start; ErrNotFound when there is none.
	Open(ctx context.Context, key string) (Reader, error)
	// Stat describes an object without reading it.
	Stat(ctx context.Context, key string) (Object, error)
	// Delete takes an object away; an absent one is no error.
	Delete(ctx context.Context, key string) error
	// List walks the objects whose key begins with prefix, ordered by key.
	// An error ends the walk.
	List(ctx context.Context, prefix string) iter.Seq2[Object, error]
	// Free is the room left in bytes, -1 where the store cannot tell.
	Free(ctx context.Context) (int64, error)
	// Check tries the store and says in words for an operator what is wrong
	// and what to do: ErrUnavailable or ErrFull when it may pass by itself,
	// anything else when the settings must be mended.
	Check(ctx context.Context) error
	// Name tells the store from others, without secrets: "disk", "s3".
	Name() string
}

// Writer is an object being written. A Write that failed spoils it. After Commit or Abort it is spent; Abort
// after Commit does nothing, so that it can be deferred.
type Writer interface {
	io.Writer
	// Commit makes the object readable, whole and durable, or returns an error
	// and leaves nothing: ErrExists, ErrFull, ErrUnavailable.
	Commit(ctx context.Context) error
	// Abort forgets what was written.
	Abort()
}

// Reader reads one object. Seeking costs nothing until the next Read.
type Reader interface {
	io.ReadSeekCloser
	// Size is the object's length in bytes.
	Size() int64
}

// Object describes one object.
type Object struct {
	Key      string
	Size     int64 // bytes as stored: encrypted
	Modified time.Time
}

// keyLength is that of "ab/cd/" and 32 hexadecimal digits.
const keyLength = 6 + 32

// NewKey makes the key of a new object: 128 random bits, spread over two levels
// of folders so that none grows too large. It says nothing about its content.
func NewKey() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the process instead
	digits := hex.EncodeToString(b[:])
	return digits[0:2] + "/" + digits[2:4] + "/" + digits
}

// checkKey refuses whatever could leave the store's folder.
func checkKey(key string) error {
	ok := len(key) == keyLength && key[2] == '/' && key[5] == '/' && key[0:2] == key[6:8] && key[3:5] == key[8:10]
	for i := 6; ok && i < len(key); i++ {
		c := key[i]
		ok = c >= '0' && c <= '9' || c >= 'a' && c <= 'f'
	}
	if !ok {
		return fmt.Errorf("%w: %.60q", ErrKey, key)
	}
	return nil
}
