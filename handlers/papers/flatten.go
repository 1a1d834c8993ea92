package papers

import (
	"context"

	"passerelle/models/dossier"
	"passerelle/storage/inspect"
)

// Flattens reports a document refused for what acts in it alone: a copy made of
// the images of its pages would be taken (P7.3).
func Flattens(v dossier.Document) bool {
	return v.State == dossier.Refused && inspect.Code(v.File.Reason).Flattens()
}

// Flat is that copy, of at most limit bytes.
func (d *Documents) Flat(ctx context.Context, f dossier.File, k dossier.DataKey, limit int64) ([]byte, error) {
	content, done, err := d.content(ctx, f, k)
	if err != nil {
		return nil, err
	}
	defer done()
	return d.renderer.Flatten(ctx, content, limit)
}
