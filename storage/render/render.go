// Package render makes of a document what a reviewer may look at without
// danger: images of pages, their text, plain text, a flattened copy (P7.3, P7.6).
//
// It owns the operations that run in a child process ([Ops]), the portal's side
// of them ([Client]) and the conversion of office files ([Office]). What it
// returns is made anew, pixel by pixel or letter by letter: nothing of the
// original's structure, metadata or active content passes. It refuses to judge:
// whether a document is accepted is for storage/inspect.
package render

import (
	"context"
	"encoding/json"
	"errors"

	"passerelle/storage/pdf"
	"passerelle/storage/worker"
)

// Kind is what the content of a document has been found to be; it is never
// taken from a name.
type Kind string

// The kinds that can be shown as they are; office files are converted first.
const (
	PDF  Kind = "pdf"
	JPEG Kind = "jpg"
	PNG  Kind = "png"
	HEIC Kind = "heic"
	WebP Kind = "webp"
	TIFF Kind = "tiff"
	Text Kind = "txt"
	HTML Kind = "html"
)

// KindOf gives the kind of a media type; false for what is not shown as it is,
// see [OfficeExtension].
func KindOf(media string) (Kind, bool) {
	kind, known := map[string]Kind{"application/pdf": PDF, "image/jpeg": JPEG, "image/png": PNG, "image/heic": HEIC, "image/heif": HEIC,
		"image/webp": WebP, "image/tiff": TIFF, "text/plain": Text, "text/html": HTML}[media]
	return kind, known
}

// Bounds of what is made. A page beyond them is made smaller, not refused.
const (
	MaxPixels    = 80_000_000 // Of an image that is read
	MaxBytes     = 640 << 20  // Of an image once decoded
	MaxWidth     = 3000       // Of a page's image, in pixels
	maxRendered  = 12_000_000 // Of a page's image, in pixels
	MaxPages     = 2000       // Of a document
	FlattenPages = 50         // Of a flattened copy
	MaxTextRunes = 20_000     // Of a page
	MaxTextBytes = 1 << 20    // Of a text file shown
)

// PageSize is the size of a page as it is seen, in points (1/72 inch); a pixel
// of an image counts for 3/4 point.
type PageSize struct {
	W float64 `json:"w"`
	H float64 `json:"h"`
}

// Info is what the viewer must know before the first page.
type Info struct {
	Pages   []PageSize `json:"pages"`
	HasText bool       `json:"has_text"`
}

// Image is a picture made anew. Type is image/jpeg or image/png.
type Image struct {
	Content []byte `json:"-"`
	Type    string `json:"type"`
	Width   int    `json:"width"`
	Height  int    `json:"height"`
}

// Line is a run of text on a page; X, Y (its upper left corner), W and H are
// parts of the page as it is seen, from 0 to 1.
type Line struct {
	Text string  `json:"text"`
	X    float64 `json:"x"`
	Y    float64 `json:"y"`
	W    float64 `json:"w"`
	H    float64 `json:"h"`
}

// Plain is the text of a TXT or HTML file. Encoding says how it was read; Cut
// tells that only its beginning is shown.
type Plain struct {
	Text     string `json:"-"`
	Encoding string `json:"encoding"`
	Cut      bool   `json:"cut"`
}

// request is the header of every operation.
type request struct {
	Kind   Kind    `json:"kind,omitempty"`
	Page   int     `json:"page,omitempty"`
	Width  int     `json:"width,omitempty"`
	Rotate int     `json:"rotate,omitempty"`
	Way    attempt `json:"way,omitzero"`
}

// Codes of refusal between child and parent, see errors in client.go.
const (
	codePassword    = "password"
	codeBroken      = "broken"
	codeTooBig      = "too_big"
	codeNoPage      = "no_such_page"
	codeUnsupported = "unsupported"
)

// Ops are the operations of this package, for the child's table.
func Ops(engine *pdf.Engine) worker.Ops {
	return worker.Ops{
		"render.document": op(func(ctx context.Context, q request, body []byte) (any, []byte, error) {
			info, err := document(ctx, engine, q.Kind, body)
			return info, nil, err
		}),
		"render.page": op(func(ctx context.Context, q request, body []byte) (any, []byte, error) {
			return withContent(page(ctx, engine, q, body))
		}),
		"render.text": op(func(ctx context.Context, q request, body []byte) (any, []byte, error) {
			lines, err := text(ctx, engine, q, body)
			return lines, nil, err
		}),
		"render.clean": op(func(_ context.Context, q request, body []byte) (any, []byte, error) {
			return withContent(clean(q.Kind, body))
		}),
		"render.flat": op(func(ctx context.Context, q request, body []byte) (any, []byte, error) {
			made, err := flat(ctx, engine, q, body)
			return made, made.data, err
		}),
		"render.inert": op(func(_ context.Context, q request, body []byte) (any, []byte, error) {
			plain := inert(q.Kind, body)
			return plain, []byte(plain.Text), nil
		}),
	}
}

func op(work func(context.Context, request, []byte) (any, []byte, error)) worker.Op {
	return func(ctx context.Context, header json.RawMessage, body []byte) (any, []byte, error) {
		var q request
		if err := json.Unmarshal(header, &q); err != nil {
			return nil, nil, err
		}
		result, made, err := work(ctx, q, body)
		switch {
		case errors.Is(err, pdf.ErrPassword):
			err = worker.Fail(codePassword)
		case errors.Is(err, pdf.ErrBroken):
			err = worker.Fail(codeBroken)
		}
		return result, made, err
	}
}

func withContent(made Image, err error) (any, []byte, error) { return made, made.Content, err }

// document counts and measures the pages.
func document(ctx context.Context, engine *pdf.Engine, kind Kind, content []byte) (Info, error) {
	if kind == PDF {
		return pdfDocument(ctx, engine, content)
	}
	size, err := imageSize(kind, content)
	if err != nil {
		return Info{}, err
	}
	return Info{Pages: []PageSize{{float64(size.X) * 0.75, float64(size.Y) * 0.75}}}, nil
}

// page makes the image of one page, as wide as asked once turned.
func page(ctx context.Context, engine *pdf.Engine, q request, content []byte) (Image, error) {
	q.Width = min(max(q.Width, 16), MaxWidth)
	if q.Rotate = (q.Rotate%360 + 360) % 360; q.Rotate%90 != 0 {
		return Image{}, worker.Fail(codeUnsupported)
	}
	if q.Kind == PDF {
		return pdfPage(ctx, engine, q, content)
	}
	return imagePage(q, content)
}
