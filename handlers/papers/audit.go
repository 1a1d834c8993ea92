package papers

import (
	"bytes"
	"context"
	"errors"
	"time"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/keeping"
	"passerelle/storage"
)

// CheckFile looks at the objects of a file in a store, that of Current: their presence
// and lengths, and with full every byte of them, against what its row knows (P14.2). An error says that the store
// did not answer, which tells nothing of the file.
func (d *Documents) CheckFile(ctx context.Context, store storage.Store, f dossier.File, full bool) ([]keeping.Found, error) {
	var found []keeping.Found
	for _, s := range f.Segments {
		kind, detail, err := checkSegment(ctx, store, s, full)
		if err != nil {
			return nil, err
		}
		if kind == "" {
			continue
		}
		elsewhere, err := d.soundCopy(ctx, s)
		if err != nil {
			return nil, err
		}
		found = append(found, keeping.Found{Kind: kind, Object: s.Key, File: f.ID, Bytes: s.Cipher, Detail: detail, Elsewhere: elsewhere})
	}
	if len(found) == 0 || d.stillThere(ctx, f.ID) {
		return found, nil
	}
	return nil, nil // erased while it was looked at
}

// checkSegment gives the kind of what is wrong with an object, "" when nothing is.
func checkSegment(ctx context.Context, s storage.Store, segment dossier.Segment, full bool) (kind keeping.FindingKind, detail string, err error) {
	size, sum := int64(0), segment.Sum
	if full {
		size, sum, err = storage.Checksum(ctx, s, segment.Key)
	} else {
		var object storage.Object
		object, err = s.Stat(ctx, segment.Key)
		size = object.Size
	}
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return keeping.Missing, "", nil
	case errors.Is(err, storage.ErrCorrupt):
		return keeping.Altered, "unreadable", nil
	case err != nil:
		return "", "", err
	case size != segment.Cipher:
		return keeping.Altered, "length", nil
	case !bytes.Equal(sum, segment.Sum):
		return keeping.Altered, "sum", nil
	}
	return "", "", nil
}

// soundCopy is the store whose object is as it was written, "" when none has it.
func (d *Documents) soundCopy(ctx context.Context, segment dossier.Segment) (string, error) {
	for name, s := range d.named() {
		kind, _, err := checkSegment(ctx, s, segment, true)
		if err != nil && !errors.Is(err, storage.ErrUnavailable) {
			return "", err
		}
		if err == nil && kind == "" {
			return name, nil
		}
	}
	return "", nil
}

func (d *Documents) stillThere(ctx context.Context, file models.ID) bool {
	err := d.inTx(ctx, func(ctx context.Context, tx models.Tx) error {
		_, err := dossier.FileByID(ctx, tx, file)
		return err
	})
	return err == nil || models.KindOf(err) != models.KindNotFound
}

// orphanAudit is how old an object without a row must be to be told: one of a request
// under way is younger.
const orphanAudit = time.Hour

// Unnamed lists the objects under a prefix of keys that no row names, older than an
// hour by the time of their store; seen counts all of them.
func (d *Documents) Unnamed(ctx context.Context, prefix string) (found []keeping.Found, seen int64, err error) {
	batch := make([]storage.Object, 0, orphanBatch)
	look := func() error {
		more, err := d.unnamed(ctx, batch)
		found, batch = append(found, more...), batch[:0]
		return err
	}
	for object, err := range d.Store.List(ctx, prefix) {
		if err != nil {
			return nil, seen, err
		}
		seen++
		if time.Since(object.Modified) < orphanAudit {
			continue
		}
		if batch = append(batch, object); len(batch) == orphanBatch {
			if err := look(); err != nil {
				return nil, seen, err
			}
		}
	}
	return found, seen, look()
}

func (d *Documents) unnamed(ctx context.Context, objects []storage.Object) (found []keeping.Found, err error) {
	if len(objects) == 0 {
		return nil, nil
	}
	keys := make([]string, len(objects))
	for i, o := range objects {
		keys[i] = o.Key
	}
	var owned map[string]bool
	err = d.inTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		owned, err = dossier.Owned(ctx, tx, keys)
		return err
	})
	for _, o := range objects {
		if err == nil && !owned[o.Key] {
			found = append(found, keeping.Found{Kind: keeping.Orphan, Object: o.Key, Bytes: o.Size})
		}
	}
	return found, err
}
