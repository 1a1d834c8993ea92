package importer

import (
	"cmp"
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"unicode"
)

// LineReport writes what becomes of each line as CSV, cut at semicolons like the
// portal's other lists. Cells that a spreadsheet would compute are neutralised,
// whatever it cuts at: they come from somebody else's file.
type LineReport struct {
	w   *csv.Writer
	say Say
}

// NewLineReport begins a report in the words of say.
func NewLineReport(to io.Writer, say Say) *LineReport {
	r := &LineReport{w: csv.NewWriter(to), say: say}
	r.w.Comma = ';'
	heads := []string{}
	for _, head := range []string{"line", "verdict", "reference", "title", "column", "what", "todo"} {
		heads = append(heads, r.word(head))
	}
	r.write(heads...)
	return r
}

func (r *LineReport) word(s string) string { return r.say("import.report." + s) }

func (r *LineReport) write(cells ...string) {
	for i, c := range cells {
		cells[i] = harmless(c)
	}
	_ = r.w.Write(cells) // told by Close
}

// Line writes one good line; it serves as Options.Lines.
func (r *LineReport) Line(l Line) error { return r.Row(LineRow{Line: l}) }

// Row writes one line of a report that was kept.
func (r *LineReport) Row(l LineRow) error {
	at := ""
	if l.Line.Line > 0 {
		at = strconv.Itoa(l.Line.Line)
	}
	r.write(at, r.word(string(l.Verdict)), l.Reference, l.Title, l.Field, cmp.Or(l.What(r.say), l.Line.changes(r.say)), l.Remedy(r.say))
	return r.w.Error()
}

// changes says which fields change, and from what to what where that is one
// value.
func (l Line) changes(say Say) string {
	parts := make([]string, len(l.Fields))
	for i, field := range l.Fields {
		if parts[i] = field; i < len(l.Was) && i < len(l.Becomes) {
			parts[i] = say("import.report.change", field, l.Was[i], l.Becomes[i])
		}
	}
	return strings.Join(parts, " ; ")
}

// Close adds the lines refused and the notes.
func (r *LineReport) Close(report Report) error {
	for _, e := range report.Errors {
		_ = r.Row(LineRow{Line: Line{Line: e.Line, Title: e.Title, Verdict: LineRefused}, Field: e.Field, Key: e.Key, Args: e.Args})
	}
	for _, e := range report.Notes {
		_ = r.Row(LineRow{Line: Line{Line: e.Line, Verdict: LineNoted}, Field: e.Field, Key: e.Key, Args: e.Args})
	}
	return r.End()
}

// End writes what is held.
func (r *LineReport) End() error {
	r.w.Flush()
	return r.w.Error()
}

// signs begin what a spreadsheet takes for a formula, full-width ones included.
const signs = "=+-@＝＋－＠"

// harmless puts an apostrophe before what a spreadsheet would take for a
// formula: at the beginning of the cell, and of each cell that it would make by
// cutting at another sign than ours.
func harmless(s string) string {
	if !strings.ContainsAny(s, signs) {
		return s
	}
	var b strings.Builder
	begins := true
	for _, r := range s {
		if begins && strings.ContainsRune(signs, r) {
			b.WriteByte('\'')
		}
		b.WriteRune(r)
		if strings.ContainsRune(",;|\t\r\n", r) {
			begins = true
		} else if !blank(r) {
			begins = false
		}
	}
	return b.String()
}

// blank is what spreadsheets pass over before a formula.
func blank(r rune) bool {
	return r <= ' ' || r == '"' || r == 0x7f || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r)
}
