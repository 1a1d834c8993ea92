package importer

import (
	"bufio"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// longestLine bounds a line with all its cells, and an object of a list, in
// bytes: what is longer is passed over and told, never held in memory.
const longestLine = 4 << 20

// table reads rows of cells: any separator, cells between quotes that may hold
// separators, doubled quotes and line ends.
type table struct {
	r      *bufio.Reader
	shape  Shape
	header []string
	line   int // of the next line to read
	arena  []byte
	ends   []int
	over   bool // longer than it may be
	cut    bool // the file ends without a line end
}

// row reads one row; began is the line where it begins.
func (t *table) row() (cells []string, began int, err error) {
	t.arena, t.ends, t.over, t.cut = t.arena[:0], t.ends[:0], false, false
	began = t.line
	opened, any := t.line, false
	var in cellState
	for {
		part, err := t.r.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) && !errors.Is(err, io.EOF) {
			return nil, began, err
		}
		any = any || len(part) > 0
		was := in.quoted
		for _, c := range part {
			t.take(&in, c)
		}
		if in.quoted && !was {
			opened = t.line
		}
		switch {
		case err == nil:
			t.line++
		case err == io.EOF && !any:
			return nil, began, io.EOF
		case err == io.EOF && in.quoted:
			return nil, began, &LineError{Line: opened, Column: len(t.ends) + 1, Key: "import.open_quote"}
		case err == io.EOF:
			t.cut = true // or the last line of a file without a final line end
		default:
			continue
		}
		if in.quoted {
			continue
		}
		if t.over {
			return nil, began, &LineError{Line: began, Key: "import.too_long"}
		}
		if n := len(t.arena); n > 0 && t.arena[n-1] == '\r' && !in.closed {
			t.arena = t.arena[:n-1]
		}
		t.ends = append(t.ends, len(t.arena))
		return t.cells(), began, nil
	}
}

// cellState is where in a cell the reading stands.
type cellState struct {
	begun  bool // something stands in the cell
	quoted bool // between its quotes
	closed bool // after them
}

func (t *table) take(in *cellState, c byte) {
	quote := t.shape.Quote
	switch {
	case in.quoted && c == quote:
		in.quoted, in.closed = false, true
	case in.quoted:
		t.put(c)
	case c == '\n':
	case in.closed && c == quote: // a doubled quote
		t.put(c)
		in.quoted, in.closed = true, false
	case c == t.shape.Separator:
		t.ends = append(t.ends, len(t.arena))
		*in = cellState{}
	case in.closed && (c == '\r' || c == ' '):
	case in.closed: // text after a closing quote: the cell was not quoted after all
		t.put(quote)
		t.put(c)
		in.closed = false
	case quote != 0 && c == quote && !in.begun:
		in.begun, in.quoted = true, true
	default:
		t.put(c)
		in.begun = true
	}
}

func (t *table) put(c byte) {
	if len(t.arena) >= longestLine {
		t.over = true
		return
	}
	t.arena = append(t.arena, c)
}

// cells cuts one copy of the row, so that a kept cell keeps no more.
func (t *table) cells() []string {
	whole := string(t.arena)
	cells := make([]string, len(t.ends))
	from := 0
	for i, end := range t.ends {
		cells[i], from = whole[from:end], end
	}
	return cells
}

func (t *table) has(column string) bool {
	for _, name := range t.header {
		if name == column {
			return true
		}
	}
	return false
}

func (t *table) names() []string { return t.header }

func (t *table) next() (record, error) {
	for {
		cells, line, err := t.row()
		if err != nil {
			return record{}, placed(err, t.line)
		}
		if len(cells) == 1 && strings.TrimSpace(cells[0]) == "" && len(t.header) > 1 {
			continue // a blank line
		}
		for len(cells) > len(t.header) && cells[len(cells)-1] == "" {
			cells = cells[:len(cells)-1]
		}
		if len(cells) < len(t.header) && t.cut {
			return record{}, &fatal{LineError{Line: line, Key: "import.cut"}}
		}
		if len(cells) != len(t.header) {
			return record{}, &LineError{Line: line, Key: "import.cells", Args: []string{strconv.Itoa(len(cells)), strconv.Itoa(len(t.header))}}
		}
		rec := record{line: line, cells: make(map[string]any, len(cells)), column: t.column}
		for i, cell := range cells {
			if !utf8.ValidString(cell) || strings.IndexByte(cell, 0) >= 0 || strings.ContainsRune(cell, utf8.RuneError) {
				return record{}, &LineError{Line: line, Column: i + 1, Field: t.header[i], Key: "import.not_utf8"}
			}
			if t.header[i] != "" {
				rec.cells[t.header[i]] = cell
			}
		}
		return rec, nil
	}
}

// column is the place of a column in the row, from 1, as spreadsheets count.
func (t *table) column(name string) int {
	for i, n := range t.header {
		if n == name {
			return i + 1
		}
	}
	return 0
}

// fatal is what is wrong with the file itself: nothing after it can be read.
type fatal struct{ LineError }

// placed gives a line to what is wrong with the file itself.
func placed(err error, line int) error {
	var bad *fatal
	if errors.As(err, &bad) && bad.Line == 0 {
		told := *bad
		told.Line = line
		return &told
	}
	return err
}
