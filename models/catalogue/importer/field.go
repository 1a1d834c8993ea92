package importer

import (
	"cmp"
	"hash/maphash"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"passerelle/models/catalogue"
)

// fields says under which columns a value may stand; the operator's mapping
// comes first.
type fields map[string][]string

// reader takes values out of one record and notes what is wrong with them.
type reader struct {
	src     source
	known   fields
	mapping Mapping
	columns map[string]string // field → column of this file
	fixed   bool              // every line has the same columns
	report  *Report
	rec     record
	parent  *reader // of the course, for a session
	bad     bool
}

// newReader settles which column holds each field. Columns without which no
// line could be taken are missed once, not line by line.
func newReader(src source, known fields, mapping Mapping, report *Report, needed ...string) (*reader, error) {
	in := &reader{src: src, known: known, mapping: mapping, report: report, columns: map[string]string{}}
	names := src.names()
	if names == nil {
		return in, nil
	}
	in.fixed = true
	in.columns = columnsFor(names, known, mapping)
	for _, field := range needed {
		if !in.has(field) {
			report.refuseFile(LineError{Line: 1, Field: field, Key: "import.column_missing", Args: []string{field, strings.Join(names, ", ")}})
		}
	}
	for field, column := range mapping.Columns {
		if _, ours := known[field]; ours && !src.has(column) {
			report.refuseFile(LineError{Line: 1, Field: column, Key: "import.column_unknown", Args: []string{column, field}})
		}
	}
	return in, report.err()
}

// columnsFor finds the column of each field: the mapping's, then the names that
// are known, written exactly or not. A column serves one field unless the
// mapping says otherwise.
func columnsFor(names []string, known fields, mapping Mapping) map[string]string {
	found, taken := map[string]string{}, map[string]bool{}
	for _, column := range mapping.Ignore {
		taken[column] = true
	}
	for field := range known {
		if column := mapping.Columns[field]; column != "" && slices.Contains(names, column) {
			found[field], taken[column] = column, true
		}
	}
	folded := map[string]string{}
	for _, name := range names {
		if key := catalogue.Slug(name); key != "" && folded[key] == "" {
			folded[key] = name
		}
	}
	for _, same := range []func(string) string{
		func(alternative string) string {
			if slices.Contains(names, alternative) {
				return alternative
			}
			return ""
		},
		func(alternative string) string { return folded[catalogue.Slug(alternative)] },
	} {
		for _, field := range sorted(known) {
			if _, done := found[field]; done || mapping.Columns[field] != "" {
				continue
			}
			for _, alternative := range known[field] {
				if column := same(alternative); column != "" && !taken[column] {
					found[field], taken[column] = column, true
					break
				}
			}
		}
	}
	return found
}

// begin takes the next record. The keys of an object are not known before, so
// its columns are settled line by line.
func (in *reader) begin(rec record) {
	in.rec, in.bad = rec, false
	if in.fixed {
		return
	}
	for field, alternatives := range in.known {
		delete(in.columns, field)
		if column := in.mapping.Columns[field]; column != "" {
			if _, ok := rec.cells[column]; ok {
				in.columns[field] = column
			}
			continue
		}
		for _, column := range alternatives {
			if _, ok := rec.cells[column]; ok && !slices.Contains(in.mapping.Ignore, column) {
				in.columns[field] = column
				break
			}
		}
	}
}

// has says that the line gives the field, be it by a constant.
func (in *reader) has(field string) bool {
	_, column := in.columns[field]
	return column || in.mapping.Constants[field] != ""
}

// title says what the line is about, for whoever reads that it is refused.
func (in *reader) title() string {
	if in.parent != nil {
		return in.parent.title()
	}
	parts := []string{}
	for _, field := range []string{"title", "name", "first_name", "birth_name"} {
		if column, ok := in.columns[field]; ok {
			parts = append(parts, in.rec.text(column))
		}
	}
	return short(strings.Join(parts, " "))
}

func (in *reader) refuse(field, key string, args ...string) {
	in.bad = true
	column := cmp.Or(in.columns[field], field) // the field itself where no column holds it
	in.report.refuse(LineError{Line: in.rec.line, Column: in.rec.column(column), Field: column, Key: key, Args: args, Title: in.title()})
}

// text reads a text of at most n characters.
func (in *reader) text(field string, n int) string {
	s := in.mapping.cell(field, in.rec.text(in.columns[field]))
	if len(s) <= n {
		return s
	}
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

// seenSet remembers the identifiers of a file and their lines, by hash: a
// million of them take little room, and two that share sixty-four bits are not
// met.
type seenSet struct {
	seed maphash.Seed
	at   map[uint64]int32
}

func newSeen() *seenSet { return &seenSet{seed: maphash.MakeSeed(), at: map[uint64]int32{}} }

// first notes an identifier; where it was seen, its line comes back.
func (s *seenSet) first(id string, line int) (int, bool) {
	key := maphash.String(s.seed, id)
	if at, ok := s.at[key]; ok {
		return int(at), false
	}
	s.at[key] = int32(line)
	return line, true
}

func (s *seenSet) has(id string) bool { _, ok := s.at[maphash.String(s.seed, id)]; return ok }

// reference reads an external id; blanks inside become hyphens, since it
// stands in addresses. again is true, and no error, where the file may name it
// several times and has.
func (in *reader) reference(field string, seen *seenSet, several bool) (s string, again bool) {
	s = in.required(field, 200)
	if strings.ContainsAny(s, " \t\n\r\u00a0") {
		s = strings.Join(strings.Fields(s), "-")
	}
	if s == "" {
		return s, false
	}
	if !referencePattern.MatchString(s) {
		in.refuse(field, "import.reference", s)
	} else if at, first := seen.first(s, in.rec.line); !first {
		if several {
			return s, true
		}
		in.refuse(field, "import.twice", s, strconv.Itoa(at))
	}
	return s, false
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

// date reads a date as the mapping says it is written, between 1950 and 2079.
func (in *reader) date(field string) *time.Time {
	s := in.text(field, 40)
	if s == "" {
		return nil
	}
	if t, ok := in.mapping.Dates.parse(s); ok {
		return &t
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

// list reads several values: an array, or a cell cut at its bars or as the
// mapping says.
func (in *reader) list(field string) []string {
	items := in.rec.list(in.columns[field])
	if cut, ok := in.mapping.Split[field]; ok && cut.Take == 0 {
		items = strings.Split(strings.Join(items, cut.By), cut.By)
	}
	list := make([]string, 0, len(items))
	for _, item := range items {
		if item = in.mapping.value(field, strings.TrimSpace(item)); item != "" {
			list = append(list, item)
		}
	}
	if len(list) == 0 && in.mapping.Constants[field] != "" {
		list = append(list, in.mapping.Constants[field])
	}
	return list
}
