package importer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Format of a file.
type Format string

// The formats.
const (
	CSV    Format = "csv"
	NDJSON Format = "ndjson"
)

// record is one line of a file: cells by column, or the keys of an object,
// those of nested objects joined by a dot.
type record struct {
	line   int
	cells  map[string]any
	column func(field string) int
}

// source gives records until io.EOF; a *LineError is one bad line, after which
// reading goes on.
type source interface {
	next() (record, error)
	has(column string) bool
}

const longestLine = 4 << 20

func (e *LineError) Error() string { return e.String() }

func open(r io.Reader, format Format) (source, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	if head, _ := b.Peek(3); bytes.Equal(head, []byte("\xef\xbb\xbf")) {
		_, _ = b.Discard(3)
	}
	if format == NDJSON {
		return &objects{r: b}, nil
	}
	if format != CSV {
		return nil, fmt.Errorf("import: unknown format %q", format)
	}
	return openTable(b)
}

// table reads CSV, separated by commas or, as French spreadsheets write it, by
// semicolons.
type table struct {
	r      *csv.Reader
	header []string
}

func openTable(b *bufio.Reader) (source, error) {
	t := &table{r: csv.NewReader(b)}
	head, _ := b.Peek(1 << 12)
	first, _, _ := strings.Cut(string(head), "\n")
	if strings.Count(first, ";") > strings.Count(first, ",") {
		t.r.Comma = ';'
	}
	t.r.FieldsPerRecord = -1
	t.r.ReuseRecord = true
	header, err := t.r.Read()
	if err == io.EOF {
		return t, nil
	}
	if err != nil {
		return nil, fmt.Errorf("import: header: %w", err)
	}
	for _, name := range header {
		t.header = append(t.header, strings.TrimSpace(name))
	}
	return t, nil
}

func (t *table) has(column string) bool {
	for _, name := range t.header {
		if name == column {
			return true
		}
	}
	return false
}

func (t *table) next() (record, error) {
	cells, err := t.r.Read()
	var bad *csv.ParseError
	if errors.As(err, &bad) {
		return record{}, &LineError{Line: bad.Line, Column: bad.Column, Key: "import.unreadable", Args: []string{bad.Err.Error()}}
	}
	if err != nil {
		return record{}, err
	}
	line, _ := t.r.FieldPos(0)
	if len(cells) != len(t.header) {
		return record{}, &LineError{Line: line, Key: "import.cells", Args: []string{strconv.Itoa(len(cells)), strconv.Itoa(len(t.header))}}
	}
	rec := record{line: line, cells: make(map[string]any, len(cells))}
	columns := make(map[string]int, len(cells))
	for i, cell := range cells {
		_, columns[t.header[i]] = t.r.FieldPos(i)
		if !utf8.ValidString(cell) || strings.ContainsRune(cell, 0) {
			return record{}, &LineError{Line: line, Column: columns[t.header[i]], Field: t.header[i], Key: "import.not_utf8"}
		}
		rec.cells[t.header[i]] = strings.Clone(cell)
	}
	rec.column = func(field string) int { return columns[field] }
	return rec, nil
}

// objects reads one JSON object per line.
type objects struct {
	r    *bufio.Reader
	line int
}

// has is true: an object may have any key; what it lacks is absent from that
// line alone.
func (o *objects) has(string) bool { return true }

func (o *objects) next() (record, error) {
	for {
		line, err := o.read()
		if err != nil {
			return record{}, err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if !utf8.Valid(line) || bytes.Contains(line, []byte(`\u0000`)) || bytes.ContainsRune(line, 0) {
			return record{}, &LineError{Line: o.line, Key: "import.not_utf8"}
		}
		cells := map[string]any{}
		decoder := json.NewDecoder(bytes.NewReader(line))
		decoder.UseNumber()
		var object map[string]any
		if err := decoder.Decode(&object); err != nil {
			return record{}, &LineError{Line: o.line, Column: int(decoder.InputOffset()) + 1, Key: "import.unreadable", Args: []string{"JSON"}}
		}
		flatten(cells, "", object)
		return record{line: o.line, cells: cells, column: func(string) int { return 0 }}, nil
	}
}

func (o *objects) read() ([]byte, error) {
	var line []byte
	for {
		part, err := o.r.ReadSlice('\n')
		if len(line)+len(part) <= longestLine {
			line = append(line, part...)
		} else if len(line) <= longestLine {
			line = append(line[:0], make([]byte, longestLine+1)...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && (err != io.EOF || len(line) == 0) {
			return nil, err
		}
		o.line++
		if len(line) > longestLine {
			return nil, &LineError{Line: o.line, Key: "import.too_long"}
		}
		return line, nil
	}
}

func flatten(cells map[string]any, prefix string, object map[string]any) {
	for key, value := range object {
		if nested, ok := value.(map[string]any); ok {
			flatten(cells, prefix+key+".", nested)
			continue
		}
		cells[prefix+key] = value
	}
}

// text is a cell as text; a list is joined by bars as in CSV.
func (rec record) text(column string) string {
	switch v := rec.cells[column].(type) {
	case string:
		return strings.TrimSpace(v)
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case []any:
		return strings.Join(rec.list(column), "|")
	}
	return ""
}

// list is a cell of several values: an array, or a text cut at its bars.
func (rec record) list(column string) []string {
	list := []string{}
	switch v := rec.cells[column].(type) {
	case string:
		for _, part := range strings.Split(v, "|") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
	case []any:
		for _, item := range v {
			if s, ok := item.(string); ok && s != "" {
				list = append(list, s)
			}
		}
	}
	return list
}

// children are the objects of an array, as records of the same line.
func (rec record) children(column string) []record {
	items, _ := rec.cells[column].([]any)
	list := []record{}
	for _, item := range items {
		if object, ok := item.(map[string]any); ok {
			cells := map[string]any{}
			flatten(cells, "", object)
			list = append(list, record{line: rec.line, cells: cells, column: rec.column})
		}
	}
	return list
}
