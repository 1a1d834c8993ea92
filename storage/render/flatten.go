package render

import (
	"bytes"
	"context"
	"image"
	"math"
	"strconv"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"passerelle/storage/pdf"
	"passerelle/storage/worker"
)

// attempt is one way to make pages, from the finest to the lightest.
type attempt struct{ dpi, quality int }

func attempts() []attempt { return []attempt{{150, 75}, {150, 50}, {110, 50}, {90, 35}} }

// flatten makes a PDF of the pictures of the pages: what was drawn, and none of
// what acts. It is at most limit bytes (0 for no limit) and FlattenPages pages.
func flatten(ctx context.Context, engine *pdf.Engine, content []byte, limit int64) ([]byte, error) {
	var made []byte
	err := engine.With(ctx, content, func(d pdf.Document) error {
		count, err := pageCount(d)
		if err != nil {
			return err
		}
		if count > FlattenPages {
			return worker.Fail(codeTooBig)
		}
		for _, way := range attempts() {
			pages, weight, err := picture(ctx, d, count, way, limit)
			if err != nil {
				return err
			}
			if limit > 0 && weight > limit {
				continue
			}
			if made, err = bind(pages); err != nil || limit <= 0 || int64(len(made)) <= limit {
				return err
			}
		}
		return worker.Fail(codeTooBig)
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

type picturedPage struct {
	Image
	w, h float64
}

// picture makes all pages in one way; it gives up once they weigh more than limit.
func picture(ctx context.Context, d pdf.Document, count int, way attempt, limit int64) (pages []picturedPage, weight int64, err error) {
	for i := range count {
		if ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		err := withPage(d, i, func(p openPage) error {
			scale := float64(way.dpi) / 72
			return p.bitmap(bounded(p.w*scale, p.h*scale, maxRendered/2), 0, func(drawn *image.RGBA) error {
				made, err := encode(drawn, way.quality)
				pages = append(pages, picturedPage{made, p.w, p.h})
				weight += int64(len(made.Content))
				return err
			})
		})
		if err != nil || limit > 0 && weight > limit {
			return pages, weight, err
		}
	}
	return pages, weight, nil
}

// bind puts one picture on each page. No date and no name goes in, so that the
// same pages make the same file.
func bind(pages []picturedPage) ([]byte, error) {
	book := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: 595, Ht: 842}})
	book.SetMargins(0, 0, 0)
	book.SetAutoPageBreak(false, 0)
	book.SetCatalogSort(true)
	book.SetCreationDate(time.Unix(0, 0).UTC())
	book.SetModificationDate(time.Unix(0, 0).UTC())
	book.SetProducer("Passerelle", false)
	for i, p := range pages {
		// PDF allows no side above 14,400 points.
		w, h := min(math.Max(p.w, 3), 14_400), min(math.Max(p.h, 3), 14_400)
		book.AddPageFormat("P", fpdf.SizeType{Wd: w, Ht: h})
		options := fpdf.ImageOptions{ImageType: strings.TrimPrefix(p.Type, "image/")}
		name := "p" + strconv.Itoa(i)
		book.RegisterImageOptionsReader(name, options, bytes.NewReader(p.Content))
		book.ImageOptions(name, 0, 0, w, h, false, options, 0, "")
	}
	var out bytes.Buffer
	if err := book.Output(&out); err != nil {
		return nil, worker.Fail(codeBroken)
	}
	return out.Bytes(), nil
}
