package render

import (
	"context"
	"image"
	"math"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"

	"passerelle/storage/pdf"
	"passerelle/storage/worker"
)

// textSearched is how many pages are read to know whether a document has text.
const textSearched = 5

func pdfDocument(ctx context.Context, engine *pdf.Engine, content []byte) (info Info, err error) {
	err = engine.With(ctx, content, func(d pdf.Document) error {
		count, err := pageCount(d)
		if err != nil {
			return err
		}
		for i := range count {
			size, err := d.API.FPDF_GetPageSizeByIndexF(&requests.FPDF_GetPageSizeByIndexF{Document: d.Ref, Index: i})
			if err != nil {
				return worker.Fail(codeBroken)
			}
			info.Pages = append(info.Pages, PageSize{points(size.Size.Width), points(size.Size.Height)})
			if i < textSearched && !info.HasText {
				info.HasText = hasText(d, i)
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		return nil
	})
	return info, err
}

// points keeps two decimals: PDFium counts in float32.
func points(v float32) float64 { return math.Round(float64(v)*100) / 100 }

func pageCount(d pdf.Document) (int, error) {
	count, err := d.API.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: d.Ref})
	switch {
	case err != nil || count.PageCount < 1:
		return 0, worker.Fail(codeBroken)
	case count.PageCount > MaxPages:
		return 0, worker.Fail(codeTooBig)
	}
	return count.PageCount, nil
}

func hasText(d pdf.Document, index int) bool {
	found := false
	_ = withText(d, index, func(p openPage, text references.FPDF_TEXTPAGE) error {
		count, err := d.API.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: text})
		if err != nil {
			return err
		}
		for i := 0; i < min(count.Count, 200) && !found; i++ {
			r, err := d.API.FPDFText_GetUnicode(&requests.FPDFText_GetUnicode{TextPage: text, Index: i})
			found = err == nil && r.Unicode > ' '
		}
		return nil
	})
	return found
}

// openPage is one page of a document, loaded. W and H are points as it is seen.
type openPage struct {
	pdf.Document
	page requests.Page
	w, h float64
}

// withPage loads a page, counted from 0, for as long as work takes.
func withPage(d pdf.Document, index int, work func(openPage) error) error {
	count, err := pageCount(d)
	if err != nil {
		return err
	}
	if index < 0 || index >= count {
		return worker.Fail(codeNoPage)
	}
	loaded, err := d.API.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: d.Ref, Index: index})
	if err != nil {
		return worker.Fail(codeBroken)
	}
	defer func() { _, _ = d.API.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: loaded.Page}) }()
	p := openPage{Document: d, page: requests.Page{ByReference: &loaded.Page}}
	width, err := d.API.FPDF_GetPageWidthF(&requests.FPDF_GetPageWidthF{Page: p.page})
	if err != nil {
		return worker.Fail(codeBroken)
	}
	height, err := d.API.FPDF_GetPageHeightF(&requests.FPDF_GetPageHeightF{Page: p.page})
	if err != nil {
		return worker.Fail(codeBroken)
	}
	p.w, p.h = float64(width.PageWidth), float64(height.PageHeight)
	if !(p.w > 0 && p.h > 0 && p.w < 1e6 && p.h < 1e6) {
		return worker.Fail(codeBroken)
	}
	return work(p)
}

func pdfPage(ctx context.Context, engine *pdf.Engine, q request, content []byte) (made Image, err error) {
	err = engine.With(ctx, content, func(d pdf.Document) error {
		return withPage(d, q.Page-1, func(p openPage) error {
			w, h := p.w, p.h
			if q.Rotate%180 != 0 {
				w, h = h, w
			}
			size := bounded(float64(q.Width), float64(q.Width)*h/w, maxRendered)
			return p.bitmap(size, q.Rotate, func(drawn *image.RGBA) (err error) {
				made, err = encode(drawn, pageQuality)
				return err
			})
		})
	})
	return made, err
}

// maxSide is the longest side of an image, which JPEG counts in 16 bits.
const maxSide = 16_000

// bounded keeps the shape within the number of pixels.
func bounded(w, h, pixels float64) image.Point {
	if longest := max(w, h); longest > maxSide {
		w, h = w*maxSide/longest, h*maxSide/longest
	}
	if w*h > pixels {
		scale := math.Sqrt(pixels / (w * h))
		w, h = w*scale, h*scale
	}
	return image.Pt(max(int(math.Round(w)), 1), max(int(math.Round(h)), 1))
}

// bitmap draws the page, turned clockwise, on white. The picture lies in
// PDFium's memory and is gone after work.
func (p openPage) bitmap(size image.Point, rotate int, work func(*image.RGBA) error) error {
	created, err := p.API.FPDFBitmap_Create(&requests.FPDFBitmap_Create{Width: size.X, Height: size.Y, Alpha: 1})
	if err != nil {
		return worker.Fail(codeTooBig)
	}
	defer func() { _, _ = p.API.FPDFBitmap_Destroy(&requests.FPDFBitmap_Destroy{Bitmap: created.Bitmap}) }()
	if _, err := p.API.FPDFBitmap_FillRect(&requests.FPDFBitmap_FillRect{Bitmap: created.Bitmap, Width: size.X, Height: size.Y, Color: 0xFFFFFFFF}); err != nil {
		return err
	}
	if _, err := p.API.FPDF_RenderPageBitmap(&requests.FPDF_RenderPageBitmap{Bitmap: created.Bitmap, Page: p.page, SizeX: size.X, SizeY: size.Y,
		Rotate: enums.FPDF_PAGE_ROTATION(rotate / 90), Flags: enums.FPDF_RENDER_FLAG_ANNOT | enums.FPDF_RENDER_FLAG_REVERSE_BYTE_ORDER}); err != nil {
		return worker.Fail(codeBroken)
	}
	buffer, err := p.API.FPDFBitmap_GetBuffer(&requests.FPDFBitmap_GetBuffer{Bitmap: created.Bitmap})
	if err != nil || len(buffer.Buffer) < 4*size.X*size.Y {
		return worker.Fail(codeTooBig)
	}
	return work(&image.RGBA{Pix: buffer.Buffer, Stride: len(buffer.Buffer) / size.Y, Rect: image.Rectangle{Max: size}})
}
