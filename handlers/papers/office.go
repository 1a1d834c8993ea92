package papers

import (
	"context"
	"errors"
	"fmt"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/storage/inspect"
	"passerelle/storage/render"
)

// converted is the PDF of an office file (P7.6): turned once, judged like any file
// of a stranger, kept. ErrNotShown where none can be had.
func (d *Documents) converted(ctx context.Context, f dossier.File, k dossier.DataKey) (Picture, error) {
	r := dossier.Rendition{Kind: dossier.RenditionPDF}
	picture, err := d.kept(ctx, f, k, r)
	if models.KindOf(err) != models.KindNotFound {
		return picture, err
	}
	extension, office := render.OfficeExtension(f.Type)
	if !office || d.Office == nil {
		return Picture{}, ErrNotShown
	}
	if picture, err = d.convert(ctx, f, k, extension); err != nil {
		return Picture{}, err
	}
	if _, err := d.keep(ctx, f, k, r, picture); err != nil {
		return picture, fmt.Errorf("keep conversion: %w", err)
	}
	return picture, d.countPages(ctx, f, picture.Content)
}

func (d *Documents) convert(ctx context.Context, f dossier.File, k dossier.DataKey, extension string) (Picture, error) {
	content, done, err := d.content(ctx, f, k)
	if err != nil {
		return Picture{}, err
	}
	defer done()
	pdf, err := d.Office.Convert(ctx, extension, content)
	if errors.Is(err, render.ErrOffice) {
		return Picture{}, ErrNotShown
	}
	if err != nil {
		return Picture{}, err
	}
	result, err := d.inspector.Inspect(ctx, "conversion.pdf", "application/pdf", pdf, inspect.Policy{Formats: []string{"pdf"}, MaxBytes: int64(len(pdf)) + 1})
	if err == nil && result.Verdict == inspect.Refuse {
		err = ErrNotShown
	}
	return Picture{"application/pdf", pdf}, err
}

func (d *Documents) countPages(ctx context.Context, f dossier.File, pdf []byte) error {
	info, err := d.renderer.Document(ctx, render.PDF, pdf)
	if err != nil {
		return err
	}
	return d.inTx(ctx, func(ctx context.Context, tx models.Tx) error {
		return dossier.SetPages(ctx, tx, f.ID, len(info.Pages))
	})
}
