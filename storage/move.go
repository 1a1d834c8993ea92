package storage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
)

// Known is an object to move, with what the database says of it. Without Sum
// the copy is compared with the original.
type Known struct {
	Key  string
	Size int64
	Sum  []byte // SHA-256 of the stored bytes; nil when unknown
}

// Moved is how far a move has come.
type Moved struct {
	Key     string
	Objects int   // done, those already there included
	Copied  int   // of which copied now
	Bytes   int64 // copied now
	Damaged int   // lost or altered in the former store, and left there
	Err     error // why this one could not be moved
}

// Move copies objects into another store and reads each back. It copies what
// ends up equal only, and skips what is already there and equal, so that it can
// be stopped and run again. An object lost or altered beforehand does not stop
// it, and makes it end with ErrCorrupt. Nothing is deleted: the caller switches
// writers over, then empties the former store. Operators' commands call it.
func Move(ctx context.Context, from, to Store, objects iter.Seq2[Known, error], progress func(Moved)) (Moved, error) {
	var done Moved
	for object, err := range objects {
		if err != nil {
			return done, err
		}
		copied, err := moveOne(ctx, from, to, object)
		done.Key, done.Err = object.Key, err
		switch {
		case errors.Is(err, ErrCorrupt), errors.Is(err, ErrNotFound):
			done.Damaged++
		case err != nil:
			return done, fmt.Errorf("object %s: %w", object.Key, err)
		default:
			done.Objects++
		}
		if err == nil && copied >= 0 {
			done.Copied++
			done.Bytes += copied
		}
		if progress != nil {
			progress(done)
		}
	}
	if done.Damaged > 0 {
		return done, fmt.Errorf("%w: %d objects could not be moved", ErrCorrupt, done.Damaged)
	}
	return done, nil
}

// moveOne gives the bytes copied, -1 when the object was there already.
func moveOne(ctx context.Context, from, to Store, object Known) (int64, error) {
	size, sum, err := Checksum(ctx, to, object.Key)
	switch {
	case err == nil:
		want := object
		if want.Sum == nil {
			if want.Size, want.Sum, err = Checksum(ctx, from, object.Key); err != nil {
				return 0, err
			}
		}
		if size == want.Size && bytes.Equal(sum, want.Sum) {
			return -1, nil
		}
		// What lies there is not ours to keep: objects are immutable, so it
		// can only be damaged.
		if err := to.Delete(ctx, object.Key); err != nil {
			return 0, err
		}
	case !errors.Is(err, ErrNotFound):
		return 0, err
	}
	return copyOne(ctx, from, to, object)
}

func copyOne(ctx context.Context, from, to Store, object Known) (int64, error) {
	r, err := from.Open(ctx, object.Key)
	if err != nil {
		return 0, err
	}
	defer func() { _ = r.Close() }()
	w, err := to.Create(ctx, object.Key)
	if err != nil {
		return 0, err
	}
	defer w.Abort()
	h := sha256.New()
	size, err := io.Copy(io.MultiWriter(w, h), r)
	if err != nil {
		return 0, err
	}
	read := h.Sum(nil)
	if object.Sum != nil && (size != object.Size || !bytes.Equal(read, object.Sum)) {
		return 0, fmt.Errorf("%w: not what the database knows; left where it is", ErrCorrupt)
	}
	if err := w.Commit(ctx); err != nil {
		return 0, err
	}
	backSize, back, err := Checksum(ctx, to, object.Key)
	if err != nil {
		return 0, err
	}
	if backSize != size || !bytes.Equal(back, read) {
		return 0, errors.Join(fmt.Errorf("%w: the copy differs", ErrCorrupt), to.Delete(ctx, object.Key))
	}
	return size, nil
}

// Everything lists a store's objects for Move, without what the database knows.
func Everything(ctx context.Context, s Store) iter.Seq2[Known, error] {
	return func(yield func(Known, error) bool) {
		for object, err := range s.List(ctx, "") {
			if !yield(Known{Key: object.Key, Size: object.Size}, err) || err != nil {
				return
			}
		}
	}
}

// Both is two stores as one while objects move: new ones go to the first, what
// the first lacks or cannot give now is read from the second.
type Both struct{ To, From Store }

// Name is that of the store written to.
func (b Both) Name() string { return b.To.Name() }

// Create writes to the store moved to.
func (b Both) Create(ctx context.Context, key string) (Writer, error) {
	return b.To.Create(ctx, key)
}

// Open reads from whichever has the object.
func (b Both) Open(ctx context.Context, key string) (Reader, error) {
	r, err := b.To.Open(ctx, key)
	if other, ok := b.elsewhere(ctx, err); ok {
		if r, second := other.Open(ctx, key); second == nil {
			return r, nil
		} else if !errors.Is(second, ErrNotFound) {
			return nil, second
		}
	}
	return r, err
}

// Stat asks whichever has the object.
func (b Both) Stat(ctx context.Context, key string) (Object, error) {
	object, err := b.To.Stat(ctx, key)
	if other, ok := b.elsewhere(ctx, err); ok {
		if object, second := other.Stat(ctx, key); second == nil {
			return object, nil
		} else if !errors.Is(second, ErrNotFound) {
			return object, second
		}
	}
	return object, err
}

// elsewhere tells whether the second store should be asked.
func (b Both) elsewhere(ctx context.Context, err error) (Store, bool) {
	return b.From, ctx.Err() == nil && (errors.Is(err, ErrNotFound) || errors.Is(err, ErrUnavailable))
}

// Delete takes the object away from both.
func (b Both) Delete(ctx context.Context, key string) error {
	return errors.Join(b.To.Delete(ctx, key), b.From.Delete(ctx, key))
}

// List merges both, each key once.
func (b Both) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		next, stop := iter.Pull2(b.From.List(ctx, prefix))
		defer stop()
		other, otherErr, more := next()
		for object, err := range b.To.List(ctx, prefix) {
			for more && otherErr == nil && err == nil && other.Key < object.Key {
				if !yield(other, nil) {
					return
				}
				other, otherErr, more = next()
			}
			if more && otherErr == nil && other.Key == object.Key {
				other, otherErr, more = next()
			}
			if !yield(object, err) || err != nil {
				return
			}
		}
		for more {
			if !yield(other, otherErr) || otherErr != nil {
				return
			}
			other, otherErr, more = next()
		}
	}
}

// Free is the room of the store written to.
func (b Both) Free(ctx context.Context) (int64, error) { return b.To.Free(ctx) }

// Check tries both.
func (b Both) Check(ctx context.Context) error {
	return errors.Join(b.To.Check(ctx), b.From.Check(ctx))
}
