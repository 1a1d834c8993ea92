package papers

import (
	"context"
	"errors"

	"passerelle/models"
	"passerelle/models/keeping"
	"passerelle/storage"
)

// Stores are the two places that documents can lie in.
type Stores struct {
	Disk storage.Store
	S3   storage.Store // nil where none is configured
	// Where names each for an administrator: the folder, the bucket and its server.
	Folder, Bucket, Endpoint string
}

// errOneStore is a move without anywhere to go.
var errOneStore = errors.New("papers: there is one store only")

// ActiveStore is where new documents go: keeping.OnDisk or keeping.OnS3.
func (d *Documents) ActiveStore(ctx context.Context) (active string, err error) {
	err = d.inTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		active, err = keeping.ActiveStore(ctx, tx, d.Stores.S3 != nil)
		return err
	})
	return active, err
}

// Current is every document as it is read from now on: the store that takes new ones
// first, whatever this process still has in hand.
func (d *Documents) Current(ctx context.Context) (storage.Store, error) {
	if d.Stores.S3 == nil || d.Stores.Disk == nil {
		return d.Store, nil
	}
	active, err := d.ActiveStore(ctx)
	if err != nil {
		return nil, err
	}
	return d.pair(active)
}

// pair gives the stores that a move goes from and to.
func (d *Documents) pair(target string) (storage.Both, error) {
	switch {
	case d.Stores.S3 == nil || d.Stores.Disk == nil:
		return storage.Both{}, errOneStore
	case target == keeping.OnS3:
		return storage.Both{To: d.Stores.S3, From: d.Stores.Disk}, nil
	}
	return storage.Both{To: d.Stores.Disk, From: d.Stores.S3}, nil
}

// named lists the stores that are there.
func (d *Documents) named() map[string]storage.Store {
	all := map[string]storage.Store{}
	if d.Stores.Disk != nil {
		all[keeping.OnDisk] = d.Stores.Disk
	}
	if d.Stores.S3 != nil {
		all[keeping.OnS3] = d.Stores.S3
	}
	return all
}
