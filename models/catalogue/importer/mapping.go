package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"passerelle/models"
	"passerelle/models/catalogue"
)

// Mapping says how somebody else's file becomes ours: a small TOML document
// (docs/import.md), the same behind --mapping and behind the screen, where it is
// remembered per source. The zero value relies on the names that are known.
type Mapping struct {
	Source    string   `toml:"source,omitempty"` // provenance kept with each row
	Kind      string   `toml:"kind,omitempty"`   // refused for files of another kind
	Encoding  Encoding `toml:"encoding,omitempty"`
	Separator string   `toml:"separator,omitempty"`
	Quote     string   `toml:"quote,omitempty"`
	Header    int      `toml:"header,omitempty"` // line of the names, from 1
	Dates     Dates    `toml:"dates,omitempty"`  // how dates are written
	Ignore    []string `toml:"ignore,omitempty"` // their columns that are not taken, whatever their name
	// Our field ← their column.
	Columns map[string]string `toml:"columns,omitempty"`
	// Our field ← a value, where the file says nothing.
	Constants map[string]string `toml:"constants,omitempty"`
	// Our field ← a part of their cell, or its several values.
	Split map[string]Split `toml:"split,omitempty"`
	// Our field ← our value for theirs; "*" stands for any other.
	Values map[string]map[string]string `toml:"values,omitempty"`
	// Registration of sessions without dates of their own, in days before they
	// begin.
	OpensBefore  int `toml:"opens_before,omitempty"`
	ClosesBefore int `toml:"closes_before,omitempty"`
}

// Split cuts a cell: into several values, or, with Take, to one of its parts
// counted from 1.
type Split struct {
	By   string `toml:"by"`
	Take int    `toml:"take,omitempty"`
}

// sessionPrefix stands before the fields of a session on the line of its course.
const sessionPrefix = "session."

// MappingError is what is wrong with a mapping, as a message.
type MappingError struct {
	Key  string
	Args []string
}

// Error is for those who look after the program; people are told by In.
func (e *MappingError) Error() string { return fmt.Sprintf("%s %q", e.Key, e.Args) }

// In says it in somebody's language.
func (e *MappingError) In(say Say) string { return say(e.Key, e.Args...) }

// refuseMapping is the refusal that a screen shows, its cause among the fields.
func refuseMapping(err error) error {
	var bad *MappingError
	if !errors.As(err, &bad) {
		return fmt.Errorf("mapping: %w", err)
	}
	return models.Invalid("import.mapping", models.FieldError{Field: "mapping", Key: bad.Key, Args: bad.Args})
}

func orders() string {
	list := []string{}
	for _, o := range Orders() {
		list = append(list, string(o))
	}
	return strings.Join(list, ", ")
}

// ParseMapping reads a mapping for a kind of file; an unknown key or field is
// refused by its name, so that a slip of the pen is not passed over.
func ParseMapping(content []byte, kind catalogue.Kind) (Mapping, error) {
	var m Mapping
	d := toml.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		var strict *toml.StrictMissingError
		if errors.As(err, &strict) && len(strict.Errors) > 0 {
			row, _ := strict.Errors[0].Position()
			return m, &MappingError{"import.mapping.key", []string{strconv.Itoa(row), strings.Join(strict.Errors[0].Key(), ".")}}
		}
		var broken *toml.DecodeError
		if errors.As(err, &broken) {
			row, column := broken.Position()
			return m, &MappingError{"import.mapping.broken", []string{strconv.Itoa(row), strconv.Itoa(column), broken.Error()}}
		}
		return m, fmt.Errorf("mapping: %w", err)
	}
	return m, m.check(kind)
}

func (m Mapping) check(kind catalogue.Kind) error {
	if m.Kind != "" && m.Kind != string(kind)+"s" && m.Kind != string(kind) {
		return &MappingError{"import.mapping.kind", []string{m.Kind}}
	}
	known := Fields(kind)
	for what, names := range map[string][]string{"columns": sorted(m.Columns), "constants": sorted(m.Constants), "split": sorted(m.Split), "values": sorted(m.Values)} {
		for _, name := range names {
			if !slices.Contains(known, name) {
				return &MappingError{"import.mapping.field", []string{what, name, strings.Join(known, ", ")}}
			}
		}
	}
	for field, split := range m.Split {
		if split.By == "" || split.Take < 0 {
			return &MappingError{"import.mapping.split", []string{field}}
		}
	}
	if m.Encoding != "" && !slices.Contains(Encodings(), m.Encoding) {
		return &MappingError{"import.mapping.encoding", []string{string(m.Encoding)}}
	}
	if m.Dates != "" && !slices.Contains(Orders(), m.Dates) {
		return &MappingError{"import.mapping.dates", []string{orders()}}
	}
	if len(m.Separator) > 1 || len(m.Quote) > 1 || m.Header < 0 || m.Header > 100 || m.OpensBefore < 0 || m.ClosesBefore < 0 || m.ClosesBefore > m.OpensBefore {
		return &MappingError{Key: "import.mapping.signs"}
	}
	return nil
}

// Write gives the mapping as the document that ParseMapping reads.
func (m Mapping) Write(w io.Writer) error {
	if err := toml.NewEncoder(w).Encode(m); err != nil {
		return fmt.Errorf("mapping: %w", err)
	}
	return nil
}

func (m Mapping) shape() Shape {
	s := Shape{Header: m.Header}
	if m.Separator != "" {
		s.Separator = m.Separator[0]
	}
	if m.Quote != "" {
		s.Quote = m.Quote[0]
	}
	return s
}

// cell gives a field's values out of the texts of a cell.
func (m Mapping) cell(field string, s string) string {
	if cut, ok := m.Split[field]; ok && cut.Take > 0 {
		parts := strings.Split(s, cut.By)
		if s = ""; cut.Take <= len(parts) {
			s = strings.TrimSpace(parts[cut.Take-1])
		}
	}
	if s = m.value(field, s); s == "" {
		return m.Constants[field]
	}
	return s
}

func (m Mapping) value(field, s string) string {
	table, ok := m.Values[field]
	if !ok || s == "" {
		return s
	}
	if ours, ok := table[s]; ok {
		return ours
	}
	for theirs, ours := range table {
		if strings.EqualFold(theirs, s) {
			return ours
		}
	}
	if other, ok := table["*"]; ok {
		return other
	}
	return s
}

// Fields lists what a mapping may name for a kind of file.
func Fields(kind catalogue.Kind) []string { return sorted(fieldsOf(kind)) }

// Needed lists the fields without which no line of a kind can be taken.
func Needed(kind catalogue.Kind) []string {
	if r, ok := registerOf(kind); ok {
		return r.needed
	}
	switch kind {
	case catalogue.KindProgramme:
		return []string{"reference", "title", "type"}
	case catalogue.KindAnnouncement:
		return []string{"reference", "published_on"}
	}
	return []string{"reference", "title"}
}

func fieldsOf(kind catalogue.Kind) fields {
	if r, ok := registerOf(kind); ok {
		return r.fields
	}
	switch kind {
	case catalogue.KindProgramme:
		return programmeFields
	case catalogue.KindAnnouncement:
		return announcementFields
	}
	return courseFields
}
