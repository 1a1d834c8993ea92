package papers

import (
	"context"
	"errors"
	"fmt"
	"io"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/storage"
)

// Open reads a file that its caller may read. The context lasts as long as the
// reading. A store that does not answer is unavailable (503), at once.
func (d *Documents) Open(ctx context.Context, f dossier.File, k dossier.DataKey) (*storage.File, error) {
	key, err := d.Vault.Key(k.ID, k.Wrapped)
	if err != nil {
		return nil, fmt.Errorf("key of a document: %w", err)
	}
	file, err := storage.OpenFile(ctx, d.Store, key, f.ID, stored(f.Segments))
	if err != nil {
		return nil, Fault(err)
	}
	return file, nil
}

// content reads a file whole, for a child; done gives its room in memory back.
func (d *Documents) content(ctx context.Context, f dossier.File, k dossier.DataKey) (content []byte, done func(), err error) {
	done, err = d.room.take(ctx, f.Bytes)
	if err != nil {
		return nil, nil, err
	}
	if content, err = d.whole(ctx, f, k); err != nil {
		done()
		return nil, nil, err
	}
	return content, done, nil
}

func (d *Documents) whole(ctx context.Context, f dossier.File, k dossier.DataKey) ([]byte, error) {
	r, err := d.Open(ctx, f, k)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	content := make([]byte, r.Size())
	if _, err := io.ReadFull(r, content); err != nil && !errors.Is(err, io.EOF) {
		return nil, Fault(fmt.Errorf("read document: %w", err))
	}
	return content, nil
}

// put encrypts content into the store as a new file of a key.
func (d *Documents) put(ctx context.Context, k dossier.DataKey, name, kind string, content io.Reader) (dossier.NewFile, error) {
	f := dossier.NewFile{ID: d.DB.NewID(), Key: k.ID, Name: name, Type: kind}
	key, err := d.Vault.Key(k.ID, k.Wrapped)
	if err != nil {
		return f, fmt.Errorf("key of a document: %w", err)
	}
	digest := storage.NewDigest()
	segment, err := storage.Put(ctx, d.Store, key, f.ID, content, digest)
	if err != nil {
		return f, Fault(err)
	}
	f.Bytes, f.SHA256, f.Segments = segment.Plain, [32]byte(digest.Sum()), []dossier.Segment{dossier.Segment(segment)}
	return f, nil
}

// load reads the row and the key of a file; for what runs without a request.
func (d *Documents) load(ctx context.Context, id models.ID) (f dossier.File, k dossier.DataKey, err error) {
	err = d.inTx(ctx, func(ctx context.Context, tx models.Tx) error {
		if f, err = dossier.FileByID(ctx, tx, id); err != nil {
			return err
		}
		k, err = dossier.KeyOf(ctx, tx, id)
		return err
	})
	return f, k, err
}
