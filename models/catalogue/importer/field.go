package importer

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// fields says under which columns a value may stand; the operator's mapping
// comes first.
type fields map[string][]string

// reader takes values out of one record and notes what is wrong with them.
type reader struct {
	src     source
	columns map[string]string // field → column of this file
	report  *Report
	rec     record
	bad     bool
}

func newReader(src source, known fields, mapping map[string]string, report *Report) *reader {
	in := &reader{src: src, columns: map[string]string{}, report: report}
	for field, columns := range known {
		for _, column := range append([]string{mapping[field]}, columns...) {
			if column != "" && src.has(column) {
				in.columns[field] = column
				break
			}
		}
	}
	return in
}

// alternatives of an NDJSON line are settled line by line: its keys are not
// known before.
func (in *reader) column(field string, known fields, mapping map[string]string) {
	for _, column := range append([]string{mapping[field]}, known[field]...) {
		if _, ok := in.rec.cells[column]; ok && column != "" {
			in.columns[field] = column
			return
		}
	}
	delete(in.columns, field)
}

func (in *reader) begin(rec record, known fields, mapping map[string]string) {
	in.rec, in.bad = rec, false
	for field := range known {
		in.column(field, known, mapping)
	}
}

func (in *reader) has(field string) bool { _, ok := in.columns[field]; return ok }

func (in *reader) refuse(field, key string, args ...string) {
	in.bad = true
	column := cmp.Or(in.columns[field], field) // the field itself where no column holds it
	in.report.refuse(LineError{Line: in.rec.line, Column: in.rec.column(column), Field: column, Key: key, Args: args})
}

// text reads a text of at most n characters.
func (in *reader) text(field string, n int) string {
	s := in.rec.text(in.columns[field])
	if count := utf8.RuneCountInString(s); count > n {
		in.refuse(field, "import.too_many_characters", strconv.Itoa(count), strconv.Itoa(n))
	}
	return s
}

func (in *reader) required(field string, n int) string {
	s := in.text(field, n)
	if s == "" {
		in.refuse(field, "import.missing")
	}
	return s
}

// long is the most characters of a text of several paragraphs.
const long = 100_000

// optional reads a long text; nil where the source has nothing.
func (in *reader) optional(field string) *string {
	if s := in.text(field, long); s != "" {
		return &s
	}
	return nil
}

var referencePattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// reference reads an external id; blanks inside become hyphens, since it
// stands in addresses.
func (in *reader) reference(field string, seen map[string]int) string {
	s := strings.Join(strings.Fields(in.required(field, 200)), "-")
	if s == "" {
		return s
	}
	if !referencePattern.MatchString(s) {
		in.refuse(field, "import.reference", s)
	} else if at, ok := seen[s]; ok {
		in.refuse(field, "import.twice", s, strconv.Itoa(at))
	} else {
		seen[s] = in.rec.line
	}
	return s
}

// number reads an integer between low and high; nil where there is none.
func (in *reader) number(field string, low, high int) *int {
	s := in.text(field, 40)
	if s == "" || s == "null" {
		return nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		in.refuse(field, "import.number", s)
		return nil
	}
	return &n
}

// date reads YYYY-MM-DD or DD/MM/YYYY between 1950 and 2079.
func (in *reader) date(field string) *time.Time {
	s := in.text(field, 40)
	if s == "" {
		return nil
	}
	for _, layout := range []string{time.DateOnly, "02/01/2006"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1950 && t.Year() < 2080 {
			return &t
		}
	}
	in.refuse(field, "import.date", s)
	return nil
}

func (in *reader) yes(field string) bool {
	switch strings.ToLower(in.text(field, 40)) {
	case "true", "oui", "1", "vrai", "yes":
		return true
	}
	return false
}

func (in *reader) list(field string) []string { return in.rec.list(in.columns[field]) }
