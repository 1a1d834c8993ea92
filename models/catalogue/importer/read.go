package importer

import (
	"bufio"
	"bytes"
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
	LHEO   Format = "lheo"
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
	names() []string // columns known before the first line; nil where lines may differ
}

// Seen is how a file turned out to be written, told to who imports it.
type Seen struct {
	Format   Format
	Packed   bool // gzip
	Encoding Encoding
	Shape    Shape // of a table
}

// file is one file being read.
type file struct {
	source
	seen Seen
	text *decoded
	head string // the beginning of the text, for a preview
}

// Seen says how the file is written; its encoding may settle only at its first
// accent.
func (f *file) Seen() Seen {
	f.seen.Encoding = f.text.encoding()
	return f.seen
}

// open recognises a file by what is in it: packed or not, its encoding, its
// format where none is given, the shape of a table.
func open(r io.Reader, o Options) (*file, error) {
	f := &file{}
	r, packed, err := unpack(r)
	if err != nil {
		return nil, placed(err, 1)
	}
	f.seen.Packed = packed
	b := bufio.NewReaderSize(r, sample)
	forced := o.Mapping.Encoding
	if head, _ := b.Peek(256); forced == "" {
		forced = declared(head)
	}
	if f.text, err = decode(b, forced); err != nil {
		return nil, placed(err, 1)
	}
	b = bufio.NewReaderSize(f.text, sample)
	if head, _ := b.Peek(1 << 13); len(head) > 0 {
		f.head = string(head)
	}
	if f.seen.Format = o.Format; f.seen.Format == "" {
		if f.seen.Format, err = guessFormat(b); err != nil {
			return nil, placed(err, 1)
		}
	}
	switch f.seen.Format {
	case NDJSON:
		f.source = &objects{r: b}
	case LHEO:
		f.source = openOffers(b)
	case CSV:
		t, err := openTable(b, o.Mapping.shape())
		if err != nil {
			return nil, err
		}
		f.source, f.seen.Shape = t, t.shape
	default:
		return nil, fmt.Errorf("import: unknown format %q", f.seen.Format)
	}
	return f, nil
}

// guessFormat looks at the first sign of the text.
func guessFormat(b *bufio.Reader) (Format, error) {
	head, err := b.Peek(1 << 10)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return "", err
	}
	switch head = bytes.TrimSpace(head); {
	case len(head) == 0:
		return "", &fatal{LineError{Line: 1, Key: "import.empty"}}
	case head[0] == '<':
		return LHEO, nil
	case head[0] == '{':
		return NDJSON, nil
	case head[0] == '[' && bytes.HasPrefix(bytes.TrimSpace(head[1:]), []byte("{")):
		return "", &fatal{LineError{Line: 1, Key: "import.array"}}
	case bytes.HasPrefix(head, []byte("%PDF")) || bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return "", errPacked
	}
	return CSV, nil
}

// objects reads one JSON object per line.
type objects struct {
	r    *bufio.Reader
	line int
	cut  bool // the last line has no line end
}

// has is true: an object may have any key; what it lacks is absent from that
// line alone.
func (o *objects) names() []string { return nil }

func (o *objects) has(string) bool { return true }

func (o *objects) next() (record, error) {
	for {
		line, err := o.read()
		if err != nil {
			return record{}, placed(err, o.line+1)
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
			if o.cut && errors.Is(err, io.ErrUnexpectedEOF) {
				return record{}, &fatal{LineError{Line: o.line, Key: "import.cut"}}
			}
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
		o.cut = err == io.EOF
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
