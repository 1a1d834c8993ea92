package form

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"passerelle/models/merge"
)

// Hard limits of what a draft keeps; a person meets the field's own limit long before.
const (
	maxRunes  = 20_000
	maxValues = 200
	maxRows   = 200
	maxNamed  = 20 // unknown names reported
)

// Parsed is one posted step, normalised.
type Parsed struct {
	Values   map[string]merge.Value // by key; an unticked box is there, empty
	Unknown  []string               // names that this step does not ask, sorted
	Problems []Problem              // what could not be kept at all: unreadable or huge
}

// Parse normalises one posted step: ends of lines, spaces around, dates, numbers,
// phones. It never refuses a partial or wrong answer (P5.5): only text that is not
// text (NUL, broken UTF-8) or beyond 20,000 characters is left out, each with a
// Problem, and everything else is kept.
func Parse(step *Step, posted map[string][]string) Parsed {
	p := parser{step: step, rows: map[string]bool{}, out: Parsed{Values: map[string]merge.Value{}}}
	for _, name := range slices.Sorted(maps.Keys(posted)) {
		if !strings.HasPrefix(name, "_") {
			p.answer(name, posted[name])
		}
	}
	for _, name := range posted[NamePresent] {
		if _, _, known := p.find(name); known && len(posted[name]) == 0 {
			p.out.Values[name] = nil
		}
	}
	return p.out
}

type parser struct {
	step *Step
	rows map[string]bool
	out  Parsed
}

func (p *parser) answer(name string, raw []string) {
	f, part, known := p.find(name)
	if !known {
		if len(p.out.Unknown) < maxNamed {
			p.out.Unknown = append(p.out.Unknown, shorten(name))
		}
		return
	}
	for _, s := range raw {
		if key := unkeepable(s); key != "" || len(raw) > maxValues {
			p.out.Problems = append(p.out.Problems, Problem{Field: name, Key: or(key, "form.text.huge"), Label: f.Label, Args: hugeArgs(key)})
			return
		}
	}
	if f.Kind == KindChoices {
		p.out.Values[name] = normaliseChoices(f, raw)
		return
	}
	if len(raw) > 0 {
		p.out.Values[name] = merge.One(normalise(part.Kind, raw[len(raw)-1]))
	}
}

// find looks a posted name up among the inputs of the step.
func (p *parser) find(name string) (*Field, Part, bool) {
	group, row, rest, inRow := merge.SplitRow(name)
	if !inRow {
		rest = name
	}
	for b := range p.step.Blocks {
		block := &p.step.Blocks[b]
		if (block.Repeat != nil) != inRow || inRow && block.ID != group {
			continue
		}
		for f := range block.Fields {
			field := &block.Fields[f]
			if !strings.HasPrefix(rest, field.ID) {
				continue
			}
			for _, part := range field.Parts("") {
				if part.Key == rest {
					return field, part, !inRow || p.rowAllowed(group, row)
				}
			}
		}
	}
	return nil, Part{}, false
}

func (p *parser) rowAllowed(group, row string) bool {
	if !validRow(row) {
		return false
	}
	if !p.rows[group+"/"+row] && len(p.rows) >= maxRows {
		return false
	}
	p.rows[group+"/"+row] = true
	return true
}

func validRow(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' {
			return false
		}
	}
	return true
}

func unkeepable(s string) string {
	switch {
	case !utf8.ValidString(s), strings.IndexByte(s, 0) >= 0:
		return "form.text.unreadable"
	case len(s) > maxRunes && utf8.RuneCountInString(s) > maxRunes:
		return "form.text.huge"
	}
	return ""
}

func hugeArgs(key string) []string {
	if key == "form.text.unreadable" {
		return nil
	}
	return []string{thousands(maxRunes)}
}

func shorten(name string) string {
	name = strings.ToValidUTF8(strings.ReplaceAll(name, "\x00", "?"), "?")
	if r := []rune(name); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return name
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
