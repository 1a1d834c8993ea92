package papers

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
)

// Deposit gives a paper as its owner would and waits for its inspection: for the
// demonstration, which plays people.
func (d *Documents) Deposit(ctx context.Context, by models.Actor, id, requirement models.ID, place int, name string, content []byte) error {
	in := dossier.UploadInput{Place: place, Name: name, DeclaredType: "application/pdf", Length: int64(len(content))}
	var u dossier.Upload
	var k dossier.DataKey
	err := d.inTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		u, k, err = application.BeginUpload(ctx, tx, by, id, requirement, in, d.Wrap)
		return err
	})
	if err != nil {
		return err
	}
	got, err := d.Receive(ctx, by, u, k, Part{From: bytes.NewReader(content)})
	if err != nil {
		return err
	}
	select {
	case <-d.InspectSoon(got.Document.File.ID):
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// Keep stores a file of the portal's own: a model to fill in, a list taken out.
// used, when not nil, writes the row that names it in the same transaction.
func (d *Documents) Keep(ctx context.Context, purpose dossier.Purpose, name, kind string, content io.Reader,
	used func(context.Context, models.Tx, models.ID) error,
) (models.ID, error) {
	var k dossier.DataKey
	err := d.inTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		k, err = dossier.PortalKey(ctx, tx, d.Wrap)
		return err
	})
	if err != nil {
		return models.ID{}, fmt.Errorf("key of the portal: %w", err)
	}
	f, err := d.put(ctx, k, name, kind, content)
	if err != nil {
		return models.ID{}, err
	}
	f.Purpose = purpose
	err = d.inTx(ctx, func(ctx context.Context, tx models.Tx) error {
		if _, err := dossier.AddFile(ctx, tx, f); err != nil || used == nil {
			return err
		}
		return used(ctx, tx, f.ID)
	})
	if err != nil {
		d.unlessOwned(ctx, f.Segments...)
	}
	return f.ID, err
}
