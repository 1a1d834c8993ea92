package modelstest

import (
	"context"
	"crypto/sha256"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
)

// Wrap makes keys that no vault opens: for tests of rows, where no byte is stored.
func Wrap(key models.ID) ([]byte, error) { return append([]byte("wrapped "), key[:]...), nil }

// Upload deposits content at a place of a requirement through the verbs, up to its
// inspection, without a store: its segment names an object that does not exist.
func Upload(ctx context.Context, tx models.Tx, by models.Actor, id, requirement models.ID, place int, content string) (dossier.Document, error) {
	in := dossier.UploadInput{Place: place, Name: "piece.pdf", DeclaredType: "application/pdf", Length: int64(len(content))}
	u, _, err := application.BeginUpload(ctx, tx, by, id, requirement, in, Wrap)
	if err != nil {
		return dossier.Document{}, err
	}
	sum := sha256.Sum256([]byte(content))
	s := dossier.Segment{Key: "test/" + u.ID.String(), Plain: in.Length, Cipher: in.Length + 16, Sum: sum[:]}
	if u, err = application.GrowUpload(ctx, tx, by, u.ID, 0, s, nil); err != nil {
		return dossier.Document{}, err
	}
	return application.FinishUpload(ctx, tx, by, u.ID, sum)
}

// Deposit is Upload followed by an inspection and an antivirus that find nothing:
// the document is in force.
func Deposit(ctx context.Context, tx models.Tx, by models.Actor, id, requirement models.ID, place int, content string) (dossier.Document, error) {
	d, err := Upload(ctx, tx, by, id, requirement, place, content)
	if err != nil {
		return d, err
	}
	if err := Accept(ctx, tx, d.File.ID); err != nil {
		return d, err
	}
	return dossier.ByID(ctx, tx, d.ID)
}

// Accept says what the inspection and the antivirus say of a good PDF of two pages.
func Accept(ctx context.Context, tx models.Tx, file models.ID) error {
	if err := dossier.Scanned(ctx, tx, file, dossier.ScanClean, ""); err != nil {
		return err
	}
	return dossier.Inspected(ctx, tx, file, dossier.Findings{Type: "application/pdf", Verdict: "accept", Pages: 2})
}
