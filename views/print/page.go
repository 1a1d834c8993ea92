package print

import (
	"bytes"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// page is one A4 document in the standard fonts, in millimetres.
type page struct {
	*fpdf.Fpdf
	tr func(string) string
}

// made is the date written into every file, so that bytes never depend on when.
var made = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func newPage(title string) page {
	f := fpdf.New("P", "mm", "A4", "")
	p := page{Fpdf: f, tr: f.UnicodeTranslatorFromDescriptor("cp1252")}
	f.SetCreationDate(made)
	f.SetModificationDate(made)
	f.SetCatalogSort(true)
	f.SetTitle(title, true)
	f.SetLang("fr-FR")
	f.SetMargins(24, 26, 24)
	f.SetAutoPageBreak(true, 24)
	f.AddPage()
	return p
}

func (p page) font(family, style string, size float64) { p.SetFont(family, style, size) }

// line writes one line at the left margin.
func (p page) line(text string) { p.CellFormat(0, 6, p.tr(text), "", 1, "L", false, 0, "") }

func (p page) centre(text string, height float64) {
	p.CellFormat(0, height, p.tr(text), "", 1, "C", false, 0, "")
}

func (p page) right(text string) { p.CellFormat(0, 6, p.tr(text), "", 1, "R", false, 0, "") }

// para writes a paragraph on as many lines as it takes.
func (p page) para(text string) {
	p.MultiCell(0, 6, p.tr(text), "", "L", false)
	p.Ln(3)
}

// row writes cells of a table, the first one wide and the others at the end.
func (p page) row(bold bool, first string, others ...string) {
	style := ""
	if bold {
		style = "B"
	}
	p.font("Helvetica", style, 9.5)
	wide := 162 - 28*float64(len(others))
	p.CellFormat(wide, 7, p.tr(first), "B", 0, "L", false, 0, "")
	for i, o := range others {
		last := 0
		if i == len(others)-1 {
			last = 1
		}
		p.CellFormat(28, 7, p.tr(o), "B", last, "R", false, 0, "")
	}
}

// stamp draws a round seal with two words.
func (p page) stamp(x, y float64, above, below string) {
	p.SetDrawColor(150, 40, 60)
	p.SetTextColor(150, 40, 60)
	p.SetLineWidth(0.5)
	p.Circle(x, y, 15, "D")
	p.Circle(x, y, 13.4, "D")
	p.font("Helvetica", "", 7.5)
	p.SetXY(x-15, y-5)
	p.CellFormat(30, 5, p.tr(above), "", 2, "C", false, 0, "")
	p.CellFormat(30, 5, p.tr(below), "", 0, "C", false, 0, "")
	p.SetTextColor(0, 0, 0)
	p.SetDrawColor(0, 0, 0)
	p.SetLineWidth(0.2)
}

// signature draws a pen stroke.
func (p page) signature(x, y float64) {
	p.SetDrawColor(30, 50, 120)
	p.SetLineWidth(0.5)
	p.CurveBezierCubic(x, y, x+6, y-14, x+8, y+6, x+12, y-4, "D")
	p.CurveBezierCubic(x+12, y-4, x+16, y-12, x+18, y+4, x+24, y-2, "D")
	p.CurveBezierCubic(x+24, y-2, x+30, y-6, x+34, y+2, x+42, y-5, "D")
	p.SetDrawColor(0, 0, 0)
	p.SetLineWidth(0.2)
}

func (p page) bytes() ([]byte, error) {
	var b bytes.Buffer
	if err := p.Output(&b); err != nil {
		return nil, fmt.Errorf("draw page: %w", err)
	}
	return b.Bytes(), nil
}
