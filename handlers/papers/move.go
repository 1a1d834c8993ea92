package papers

import (
	"context"
	"errors"
	"iter"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/storage"
)

// MoveFile copies the objects of a file into the store of a move and reads each back;
// bytes and copied count what was copied now, damaged what the former store lost. All of
// it is found by readers all along (P14.2).
func (d *Documents) MoveFile(ctx context.Context, target string, f dossier.File) (storage.Moved, error) {
	pair, err := d.pair(target)
	if err != nil {
		return storage.Moved{}, err
	}
	return sparing(storage.Move(ctx, pair.From, pair.To, func(yield func(storage.Known, error) bool) {
		for _, s := range f.Segments {
			if !yield(storage.Known{Key: s.Key, Size: s.Cipher, Sum: s.Sum}, nil) {
				return
			}
		}
	}, nil))
}

// sparing makes damage, which a move counts and leaves where it is, no error.
func sparing(m storage.Moved, err error) (storage.Moved, error) {
	if m.Damaged > 0 && errors.Is(err, storage.ErrCorrupt) {
		err = nil
	}
	return m, err
}

// MoveRest copies what lies under a prefix of keys in the former store and not in the
// new one: uploads on their way, and what was written while files were copied.
func (d *Documents) MoveRest(ctx context.Context, target, prefix string) (storage.Moved, error) {
	pair, err := d.pair(target)
	if err != nil {
		return storage.Moved{}, err
	}
	return sparing(storage.Move(ctx, pair.From, pair.To, Lacking(ctx, d.DB, pair, prefix), nil))
}

// Lacking lists the objects under a prefix that the new store of a move has not, with
// what rows know of them: one that is damaged stays where it is.
func Lacking(ctx context.Context, db *models.DB, pair storage.Both, prefix string) iter.Seq2[storage.Known, error] {
	return func(yield func(storage.Known, error) bool) {
		for object, err := range pair.From.List(ctx, prefix) {
			if err == nil {
				_, err = pair.To.Stat(ctx, object.Key)
				if err == nil {
					continue
				}
				if errors.Is(err, storage.ErrNotFound) {
					err = nil
				}
			}
			known := storage.Known{Key: object.Key, Size: object.Size}
			if err == nil {
				err = db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
					s, found, err := dossier.SegmentByKey(ctx, tx, object.Key)
					if found {
						known.Size, known.Sum = s.Cipher, s.Sum
					}
					return err
				})
			}
			if !yield(known, err) || err != nil {
				return
			}
		}
	}
}

// EmptyFormer deletes from the former store what lies under a prefix of keys and what
// the new one holds with the same length: each was read back when it was copied. It
// counts what it deleted.
func (d *Documents) EmptyFormer(ctx context.Context, target, prefix string) (int64, error) {
	pair, err := d.pair(target)
	if err != nil {
		return 0, err
	}
	return Emptied(ctx, pair, prefix)
}

// Emptied is EmptyFormer of any two stores; operators' commands call it.
func Emptied(ctx context.Context, pair storage.Both, prefix string) (n int64, err error) {
	for object, err := range pair.From.List(ctx, prefix) {
		if err != nil {
			return n, err
		}
		there, err := pair.To.Stat(ctx, object.Key)
		if errors.Is(err, storage.ErrNotFound) || err == nil && there.Size != object.Size {
			continue
		}
		if err == nil {
			err = pair.From.Delete(ctx, object.Key)
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// CheckTarget tries the store of a move before anything is copied.
func (d *Documents) CheckTarget(ctx context.Context, target string) error {
	pair, err := d.pair(target)
	if err != nil {
		return err
	}
	return pair.To.Check(ctx)
}
