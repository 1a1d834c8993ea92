package papers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/storage"
	"passerelle/storage/render"
	"passerelle/storage/worker"
)

// Widths are the widths of page images, in pixels; others are not made, since
// each is kept.
var widths = []int{160, 800, 1200, 1600}

// DeskWidth is the one that the review desk asks for first.
const DeskWidth = 1200

// ErrNotShown says that a file has no pages to show: it is only downloaded.
var ErrNotShown = errors.New("papers: no page to show")

// Picture is what is shown of a file: made by us, so that nothing of the sender's
// bytes reaches a browser.
type Picture struct {
	Type    string
	Content []byte
}

// making names a rendition; made is one being made, for all who want it.
type making struct {
	file models.ID
	dossier.Rendition
}

type made struct {
	done    chan struct{}
	picture Picture
	err     error
}

// Width is the nearest width that is made, not below the one asked for where there
// is one.
func Width(asked int) int {
	for _, w := range widths {
		if asked <= w {
			return w
		}
	}
	return widths[len(widths)-1]
}

// Paged reports that a file is shown page by page.
func (d *Documents) Paged(f dossier.File) bool {
	kind, known := render.KindOf(f.Type)
	if known {
		return kind != render.Text && kind != render.HTML
	}
	_, office := render.OfficeExtension(f.Type)
	return office && d.Office != nil
}

// Page is the image of a page, from 1, of a width of Widths.
func (d *Documents) Page(ctx context.Context, f dossier.File, k dossier.DataKey, page, width int) (Picture, error) {
	if page < 1 || !slices.Contains(widths, width) {
		return Picture{}, render.ErrNoPage
	}
	return d.rendition(ctx, f, k, dossier.Rendition{Kind: dossier.RenditionPage, Page: page, Width: width},
		func(ctx context.Context, kind render.Kind, content []byte) (Picture, error) {
			image, err := d.renderer.Page(ctx, kind, content, page, width, 0)
			return Picture{image.Type, image.Content}, err
		})
}

// Text is what a page says, from 1: lines with their places for a PDF, the whole
// text for a text file, nothing for an image.
type Text struct {
	Lines []render.Line `json:"lines"`
	Plain string        `json:"text,omitempty"`
	Cut   bool          `json:"cut,omitempty"` // only its beginning
}

// Text reads a page.
func (d *Documents) Text(ctx context.Context, f dossier.File, k dossier.DataKey, page int) (Text, error) {
	var text Text
	if page < 1 {
		return text, render.ErrNoPage
	}
	picture, err := d.rendition(ctx, f, k, dossier.Rendition{Kind: dossier.RenditionText, Page: page},
		func(ctx context.Context, kind render.Kind, content []byte) (Picture, error) {
			read, err := d.read(ctx, kind, content, page)
			if err != nil {
				return Picture{}, err
			}
			encoded, err := json.Marshal(read)
			return Picture{"application/json", encoded}, err
		})
	if err == nil {
		err = json.Unmarshal(picture.Content, &text)
	}
	return text, err
}

func (d *Documents) read(ctx context.Context, kind render.Kind, content []byte, page int) (text Text, err error) {
	if kind == render.Text || kind == render.HTML {
		if page > 1 {
			return text, render.ErrNoPage
		}
		plain, err := d.renderer.Inert(ctx, kind, content)
		return Text{Lines: []render.Line{}, Plain: plain.Text, Cut: plain.Cut}, err
	}
	text.Lines, err = d.renderer.Text(ctx, kind, content, page, 0)
	if text.Lines == nil {
		text.Lines = []render.Line{}
	}
	return text, err
}

// Clean is an image made again without what it told of its author: what everybody
// but its owner gets of it (P7.3). False for what is not an image.
func (d *Documents) Clean(ctx context.Context, f dossier.File, k dossier.DataKey) (Picture, bool, error) {
	switch kind, _ := render.KindOf(f.Type); kind {
	case render.JPEG, render.PNG, render.HEIC, render.WebP, render.TIFF:
	default:
		return Picture{}, false, nil
	}
	picture, err := d.rendition(ctx, f, k, dossier.Rendition{Kind: dossier.RenditionClean},
		func(ctx context.Context, kind render.Kind, content []byte) (Picture, error) {
			image, err := d.renderer.Clean(ctx, kind, content)
			return Picture{image.Type, image.Content}, err
		})
	return picture, true, err
}

// maker makes a rendition of content that can be shown as it is.
type maker func(ctx context.Context, kind render.Kind, content []byte) (Picture, error)

// rendition finds what was made before, or makes it once for all who wait.
func (d *Documents) rendition(ctx context.Context, f dossier.File, k dossier.DataKey, r dossier.Rendition, how maker) (Picture, error) {
	name := making{f.ID, r}
	d.mu.Lock()
	m, under := d.making[name]
	if !under {
		m = &made{done: make(chan struct{})}
		d.making[name] = m
		// Whoever asked first may leave: the others still want it.
		d.after.Go(func() { d.fulfil(d.ending, m, name, f, k, how) })
	}
	d.mu.Unlock()
	select {
	case <-m.done:
		return m.picture, m.err
	case <-ctx.Done():
		return Picture{}, ctx.Err()
	}
}

func (d *Documents) fulfil(ctx context.Context, m *made, name making, f dossier.File, k dossier.DataKey, how maker) {
	m.picture, m.err = d.kept(ctx, f, k, name.Rendition)
	if models.KindOf(m.err) == models.KindNotFound {
		m.picture, m.err = d.produce(ctx, f, k, name.Rendition, how)
	}
	d.mu.Lock()
	delete(d.making, name)
	d.mu.Unlock()
	close(m.done)
}

// kept reads a rendition from the store; not found when there is none. One whose
// object was lost or altered is forgotten: it can be made again.
func (d *Documents) kept(ctx context.Context, f dossier.File, k dossier.DataKey, r dossier.Rendition) (Picture, error) {
	var row dossier.File
	err := d.inTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		row, err = dossier.RenditionOf(ctx, tx, f.ID, r.Kind, r.Page, r.Width)
		return err
	})
	if err != nil {
		return Picture{}, err
	}
	content, err := d.whole(ctx, row, k)
	if errors.Is(err, storage.ErrNotFound) || errors.Is(err, storage.ErrCorrupt) {
		d.Log.LogAttrs(ctx, slog.LevelWarn, "rendition made again", slog.String("kind", r.Kind), slog.String("error", models.Loggable(err)))
		var left []dossier.Segment
		err = d.inTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
			left, err = dossier.DropRenditions(ctx, tx, f.ID)
			return err
		})
		d.Delete(ctx, left)
		if err == nil {
			err = models.NotFound("document.not_found")
		}
	}
	return Picture{row.Type, content}, err
}

// produce makes a rendition and keeps it; keeping is a help, not a duty.
func (d *Documents) produce(ctx context.Context, f dossier.File, k dossier.DataKey, r dossier.Rendition, how maker) (Picture, error) {
	kind, content, done, err := d.showable(ctx, f, k)
	if err != nil {
		return Picture{}, err
	}
	picture, err := how(ctx, kind, content)
	done()
	if err != nil {
		return picture, err
	}
	if _, err := d.keep(ctx, f, k, r, picture); err != nil {
		d.Log.LogAttrs(ctx, slog.LevelWarn, "rendition not kept", slog.String("kind", r.Kind), slog.String("error", models.Loggable(err)))
	}
	return picture, nil
}

// keep stores a rendition under the key of the file that it shows, so that both
// become unreadable at once.
func (d *Documents) keep(ctx context.Context, f dossier.File, k dossier.DataKey, r dossier.Rendition, p Picture) (dossier.NewFile, error) {
	row, err := d.put(ctx, k, "", p.Type, bytes.NewReader(p.Content))
	if err != nil {
		return row, err
	}
	kept := false
	err = d.inTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		kept, err = dossier.AddRendition(ctx, tx, f.ID, r, row)
		return err
	})
	if err != nil || !kept {
		d.unlessOwned(ctx, row.Segments...)
	}
	return row, err
}

// showable is the content that pages are made of: the file's own, or the PDF that
// an office file was turned into.
func (d *Documents) showable(ctx context.Context, f dossier.File, k dossier.DataKey) (kind render.Kind, content []byte, done func(), err error) {
	if kind, known := render.KindOf(f.Type); known {
		content, done, err = d.content(ctx, f, k)
		return kind, content, done, err
	}
	picture, err := d.converted(ctx, f, k)
	return render.PDF, picture.Content, func() {}, err
}

// Busy reports an error of rendering that passes: no child was free, or one died.
func Busy(err error) bool {
	return errors.Is(err, worker.ErrTimeout) || errors.Is(err, worker.ErrCrashed) || errors.Is(err, worker.ErrClosed) ||
		errors.Is(err, render.ErrOfficeDown)
}
