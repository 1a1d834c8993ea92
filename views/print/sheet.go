package print

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// Format is how a list is exported (P9.7).
type Format string

// The formats of lists.
const (
	XLSX Format = "xlsx"
	CSV  Format = "csv" // semicolons and a byte order mark, as spreadsheets in French open it
)

// Sheet is an exported list on its way: a title line, then rows. Cells hold text,
// whole numbers or dates; text never becomes a formula, whoever wrote it.
type Sheet interface {
	Row(cells []any) error
	Close() error
	Abort() // forgets what was put together
}

// NewSheet begins a list in w. tmp is the private folder in which a long workbook
// is put together.
func NewSheet(w io.Writer, format Format, title, tmp string, heads []string) (Sheet, error) {
	cells := make([]any, len(heads))
	for i, h := range heads {
		cells[i] = h
	}
	if format == CSV {
		if _, err := io.WriteString(w, "\ufeff"); err != nil {
			return nil, fmt.Errorf("list: %w", err)
		}
		s := &csvSheet{w: csv.NewWriter(w)}
		s.w.Comma, s.w.UseCRLF = ';', true
		return s, s.Row(cells)
	}
	f := excelize.NewFile(excelize.Options{TmpDir: tmp})
	name := sheetName(title)
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return nil, fmt.Errorf("workbook: %w", err)
	}
	stream, err := f.NewStreamWriter(name)
	if err != nil {
		return nil, fmt.Errorf("workbook: %w", err)
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return nil, fmt.Errorf("workbook: %w", err)
	}
	dates, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		return nil, fmt.Errorf("workbook: %w", err)
	}
	_ = stream.SetColWidth(1, len(heads), 20)
	_ = stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	s := &workbook{f: f, stream: stream, w: w, dates: dates, head: bold}
	return s, s.Row(cells)
}

// sheetName is what a workbook accepts as the name of a sheet.
func sheetName(title string) string {
	title = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) {
			return ' '
		}
		return r
	}, title)
	if r := []rune(title); len(r) > 31 {
		title = string(r[:31])
	}
	if title = strings.TrimSpace(title); title == "" {
		return "Liste"
	}
	return title
}

type csvSheet struct{ w *csv.Writer }

func (s *csvSheet) Row(cells []any) error {
	out := make([]string, len(cells))
	for i, c := range cells {
		switch v := c.(type) {
		case string:
			out[i] = Harmless(v)
		case int:
			out[i] = strconv.Itoa(v)
		case time.Time:
			if !v.IsZero() {
				out[i] = v.Format("02/01/2006")
			}
		}
	}
	return s.w.Write(out)
}

func (s *csvSheet) Close() error {
	s.w.Flush()
	return s.w.Error()
}

// Harmless is a text that no spreadsheet takes for a formula: those that begin
// like one are preceded by an apostrophe.
func Harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n|%", rune(text[0])) {
		return "'" + text
	}
	return text
}

func (s *csvSheet) Abort() {}

type workbook struct {
	f           *excelize.File
	stream      *excelize.StreamWriter
	w           io.Writer
	dates, head int
	rows        int
}

func (s *workbook) Row(cells []any) error {
	s.rows++
	out := make([]any, len(cells))
	for i, c := range cells {
		switch v := c.(type) {
		case time.Time:
			if !v.IsZero() {
				out[i] = excelize.Cell{StyleID: s.dates, Value: v}
			}
		case string: // a typed text: never a formula
			cell := excelize.Cell{Value: v}
			if s.rows == 1 {
				cell.StyleID = s.head
			}
			out[i] = cell
		default:
			out[i] = c
		}
	}
	at, err := excelize.CoordinatesToCellName(1, s.rows)
	if err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	return s.stream.SetRow(at, out)
}

func (s *workbook) Abort() { _ = s.f.Close() }

func (s *workbook) Close() error {
	defer func() { _ = s.f.Close() }()
	if err := s.stream.Flush(); err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	if _, err := s.f.WriteTo(s.w); err != nil {
		return fmt.Errorf("workbook: %w", err)
	}
	return nil
}
