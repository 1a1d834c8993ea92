package render

import (
	"context"
	"math"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"

	"passerelle/storage/pdf"
	"passerelle/storage/worker"
)

// text reads the text of a page in its reading order, with places as they are
// seen on the page turned clockwise by q.Rotate.
func text(ctx context.Context, engine *pdf.Engine, q request, content []byte) (lines []Line, err error) {
	if q.Kind != PDF {
		return nil, nil
	}
	turned := (q.Rotate%360 + 360) % 360
	if turned%90 != 0 {
		return nil, worker.Fail(codeUnsupported)
	}
	err = engine.With(ctx, content, func(d pdf.Document) error {
		return withText(d, q.Page-1, func(p openPage, chars references.FPDF_TEXTPAGE) error {
			place, err := p.placing(turned)
			if err != nil {
				return err
			}
			lines, err = p.lines(chars, place)
			return err
		})
	})
	return lines, err
}

func withText(d pdf.Document, index int, work func(openPage, references.FPDF_TEXTPAGE) error) error {
	// What has been typed into the fields of a form is drawn over the page, and is
	// its text only once merged with it.
	_ = withPage(d, index, func(p openPage) error {
		_, err := d.API.FPDFPage_Flatten(&requests.FPDFPage_Flatten{Page: p.page, Usage: requests.FPDFPage_FlattenUsageNormalDisplay})
		return err
	})
	return withPage(d, index, func(p openPage) error {
		loaded, err := d.API.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: p.page})
		if err != nil {
			return worker.Fail(codeBroken)
		}
		defer func() { _, _ = d.API.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: loaded.TextPage}) }()
		return work(p, loaded.TextPage)
	})
}

// box is an area as it is seen, in parts of the page.
type box struct{ left, top, right, bottom float64 }

func (b box) union(o box) box {
	return box{min(b.left, o.left), min(b.top, o.top), max(b.right, o.right), max(b.bottom, o.bottom)}
}

// placing gives the map from points of the page's own system, which knows
// neither its turn nor its crop, to what is seen.
func (p openPage) placing(turned int) (func(left, top, right, bottom float64) box, error) {
	const scale, far = 1_000_000, 1000
	at := func(x, y float64) (float64, float64, error) {
		device, err := p.API.FPDF_PageToDevice(&requests.FPDF_PageToDevice{Page: p.page, SizeX: scale, SizeY: scale,
			Rotate: enums.FPDF_PAGE_ROTATION(turned / 90), PageX: x, PageY: y})
		if err != nil {
			return 0, 0, worker.Fail(codeBroken)
		}
		return float64(device.DeviceX) / scale, float64(device.DeviceY) / scale, nil
	}
	x0, y0, err := at(0, 0)
	if err != nil {
		return nil, err
	}
	xx, xy, err := at(far, 0)
	if err != nil {
		return nil, err
	}
	yx, yy, err := at(0, far)
	if err != nil {
		return nil, err
	}
	seen := func(x, y float64) (float64, float64) {
		return x0 + (xx-x0)*x/far + (yx-x0)*y/far, y0 + (xy-y0)*x/far + (yy-y0)*y/far
	}
	return func(left, top, right, bottom float64) box {
		ax, ay := seen(left, top)
		bx, by := seen(right, bottom)
		return box{min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)}
	}, nil
}

// lines gathers characters up to the end of each line, or to a gap such as
// between two columns.
func (p openPage) lines(chars references.FPDF_TEXTPAGE, place func(left, top, right, bottom float64) box) ([]Line, error) {
	counted, err := p.API.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: chars})
	if err != nil {
		return nil, worker.Fail(codeBroken)
	}
	run := newRuns(p.w / p.h)
	for i := range min(counted.Count, MaxTextRunes) {
		unit, err := p.API.FPDFText_GetUnicode(&requests.FPDFText_GetUnicode{TextPage: chars, Index: i})
		if err != nil {
			continue
		}
		r := rune(unit.Unicode)
		if r == '\r' || r == '\n' {
			run.end()
			continue
		}
		if unicode.IsSpace(r) || r == 0 {
			run.space()
			continue
		}
		b, err := p.API.FPDFText_GetCharBox(&requests.FPDFText_GetCharBox{TextPage: chars, Index: i})
		if err != nil || math.IsNaN(b.Left+b.Right+b.Top+b.Bottom) {
			continue
		}
		run.add(r, place(b.Left, b.Top, b.Right, b.Bottom))
	}
	run.end()
	return run.lines, nil
}

// runs builds lines from characters. Gaps are measured against the height of
// the letters; aspect makes parts of the width comparable to parts of the height.
type runs struct {
	lines  []Line
	aspect float64
	text   strings.Builder
	area   box
	spaced bool
	high   rune // First half of a character in two units
}

func newRuns(aspect float64) *runs { return &runs{aspect: aspect} }

func (r *runs) space() { r.spaced = r.text.Len() > 0 }

func (r *runs) add(char rune, at box) {
	if utf16.IsSurrogate(char) {
		if r.high == 0 {
			r.high = char
			return
		}
		char, r.high = utf16.DecodeRune(r.high, char), 0
	}
	switch {
	case char == 0x02 || char == 0xAD || char == 0xFFFE: // PDFium's mark of a word cut at the end of a line
		char = '-'
	case unicode.IsControl(char) || unicode.In(char, unicode.Bidi_Control):
		return
	}
	if r.text.Len() > 0 {
		height := max(r.area.bottom-r.area.top, at.bottom-at.top)
		if (at.left-r.area.right)*r.aspect > 2*height || at.top > r.area.bottom+height && at.left < r.area.left {
			r.end()
		}
	}
	if r.text.Len() == 0 {
		r.area = at
	} else if r.spaced {
		r.text.WriteByte(' ')
	}
	r.spaced = false
	r.area = r.area.union(at)
	r.text.WriteRune(char)
}

func (r *runs) end() {
	if r.text.Len() > 0 {
		a := box{max(r.area.left, 0), max(r.area.top, 0), min(r.area.right, 1), min(r.area.bottom, 1)}
		// What lies outside the page is not seen, and is not read out either.
		if a.left < a.right && a.top < a.bottom {
			r.lines = append(r.lines, Line{Text: r.text.String(), X: round(a.left), Y: round(a.top), W: round(a.right - a.left), H: round(a.bottom - a.top)})
		}
	}
	r.text.Reset()
	r.spaced, r.high = false, 0
}

func round(v float64) float64 { return math.Round(v*1e5) / 1e5 }
