package print_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"passerelle/views/print"
)

func TestSheet(t *testing.T) {
	hostile := []string{"=HYPERLINK(\"http://exemple.invalid\")", "+1+1", "-2", "@SUM(A1)", "\t=1", "|cmd", "%0A"}
	write := func(t *testing.T, format print.Format) []byte {
		var b bytes.Buffer
		s, err := print.NewSheet(&b, format, "Dossiers : session [1/2]", t.TempDir(), []string{"Nom", "=Entête", "Places", "Le"})
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range hostile {
			if err := s.Row([]any{"Zoé; Lefèvre", h, 12, time.Date(2026, 12, 4, 0, 0, 0, 0, time.UTC)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	t.Run("P9.7 a CSV list opens in a French spreadsheet and holds no formula", func(t *testing.T) {
		text := string(write(t, print.CSV))
		if !strings.HasPrefix(text, "\ufeffNom;'=Entête;Places;Le\r\n") || !strings.Contains(text, `"Zoé; Lefèvre"`) || !strings.Contains(text, ";12;04/12/2026\r\n") {
			t.Error(text)
		}
		for _, line := range strings.Split(text, "\r\n") {
			if cells := strings.Split(line, ";"); len(cells) > 2 && strings.ContainsAny(strings.Trim(cells[len(cells)-3], `"`)[:1], "=+-@\t|%") {
				t.Errorf("a formula: %q", line)
			}
		}
	})
	t.Run("P9.7 a workbook holds texts, numbers and dates, and no formula", func(t *testing.T) {
		f, err := excelize.OpenReader(bytes.NewReader(write(t, print.XLSX)))
		if err != nil {
			t.Fatal(err)
		}
		sheet := f.GetSheetName(0)
		for row := 1; row <= len(hostile)+1; row++ {
			cell, _ := excelize.CoordinatesToCellName(2, row)
			if formula, _ := f.GetCellFormula(sheet, cell); formula != "" {
				t.Errorf("%s is a formula: %s", cell, formula)
			}
		}
		if kind, _ := f.GetCellType(sheet, "B2"); kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
			t.Errorf("text is of kind %v", kind)
		}
		if v, _ := f.GetCellValue(sheet, "C2"); v != "12" {
			t.Errorf("number %q", v)
		}
	})
}
