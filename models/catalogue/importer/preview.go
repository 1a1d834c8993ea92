package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue"
)

// Preview is the beginning of a file before anything is read for good: how it
// is written, its columns, and which field each could be.
type Preview struct {
	Seen    Seen
	Columns []PreviewColumn
	Rows    int      // read for the preview
	Head    []string // the first lines as they stand, from that of the names
	Accents int      // letters beyond ASCII in the rows read
	Lost    int      // rows read with a character that the encoding does not have
	Uneven  int      // rows read with another number of cells than the names
	Dates   Dates    // the order that the dates show; "" without dates
	Sure    bool     // false where days and months could be exchanged
}

// PreviewColumn is one column with examples and the field proposed for it.
type PreviewColumn struct {
	Name     string
	Examples []string // three at most, different, cut short
	Guess    Guess
	Ignored  bool // the mapping leaves it
}

// previewed is how many lines a preview reads.
const previewed = 200

// Look reads the beginning of a file. What cannot be read at all is an *Error
// of kind invalid with the report as its data.
func Look(r io.Reader, kind catalogue.Kind, format Format, m Mapping) (Preview, error) {
	var p Preview
	f, err := open(r, Options{Format: format, Mapping: m})
	var bad *fatal
	if errors.As(err, &bad) {
		report := Report{Errors: []LineError{bad.LineError}}
		return p, report.err()
	}
	if err != nil {
		return p, fmt.Errorf("import: %w", err)
	}
	names := slices.Clone(f.names())
	examples, dates := map[string][]string{}, map[string]*dateSample{}
	days := func(name string) *dateSample {
		if dates[name] == nil {
			dates[name] = &dateSample{}
		}
		return dates[name]
	}
	for p.Rows < previewed {
		rec, err := f.next()
		var line *LineError
		if errors.As(err, &line) {
			p.Rows++
			p.stumble(*line)
			continue
		}
		if err != nil {
			break // told by the rehearsal, with its line
		}
		p.Rows++
		for _, name := range sorted(rec.cells) {
			if f.names() == nil && !slices.Contains(names, name) {
				names = append(names, name)
			}
			s := rec.text(name)
			p.Accents += accents(s)
			days(name).add(s)
			if items, ok := rec.cells[name].([]any); ok && s == "" && len(items) > 0 {
				s = fmt.Sprintf("[%d]", len(items))
			}
			if s = short(s); s != "" && len(examples[name]) < 3 && !slices.Contains(examples[name], s) {
				examples[name] = append(examples[name], s)
			}
		}
	}
	guesses, all := Propose(names, kind, m), dateSample{}
	for _, name := range names {
		if name == "" {
			continue
		}
		guess := guesses[name]
		p.Columns = append(p.Columns, PreviewColumn{Name: name, Examples: examples[name], Guess: guess,
			Ignored: guess.Field == "" && slices.Contains(m.Ignore, name)})
		if d := dates[name]; d != nil && (strings.HasSuffix(guess.Field, "_on") || guess.Field == "birth_date") {
			all.day, all.month, all.year, all.either = all.day+d.day, all.month+d.month, all.year+d.year, all.either+d.either
		}
	}
	p.Dates, p.Sure = all.order()
	p.Seen, p.Head = f.Seen(), f.lines(3)
	return p, nil
}

func (p *Preview) stumble(e LineError) {
	switch e.Key {
	case "import.not_utf8":
		p.Lost++
	case "import.cells":
		p.Uneven++
	}
}

func accents(s string) (n int) {
	for _, r := range s {
		if r >= utf8.RuneSelf && unicode.IsLetter(r) {
			n++
		}
	}
	return n
}

// lines are the first lines of the text, from that of the names, each cut where
// nobody would read on.
func (f *file) lines(n int) []string {
	all := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(f.head), "\n")
	all = all[min(max(f.seen.Shape.Header-1, 0), len(all)):]
	list := []string{}
	for _, line := range all[:min(n, len(all))] {
		if runes := []rune(line); len(runes) > 400 {
			line = string(runes[:399]) + "…"
		}
		list = append(list, strings.ToValidUTF8(line, "\ufffd"))
	}
	if len(list) > 0 && list[len(list)-1] == "" {
		list = list[:len(list)-1]
	}
	return list
}

func short(s string) string { return cut(strings.Join(strings.Fields(s), " "), 40) }

func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}

// Proposed is the mapping that the preview's guesses make, over m.
func (p Preview) Proposed(m Mapping) Mapping {
	columns := map[string]string{}
	for _, c := range p.Columns {
		if c.Guess.Field != "" {
			columns[c.Guess.Field] = c.Name
		}
	}
	m.Columns = columns
	return m
}

// Remember keeps the mapping of a source for its next file. For operators and
// administrators.
func Remember(ctx context.Context, tx models.Tx, by models.Actor, kind catalogue.Kind, m Mapping) error {
	if !may(by) || m.Source == "" {
		return models.NotFound("page.not_found")
	}
	if err := m.check(kind); err != nil {
		return fmt.Errorf("remember: %w", err)
	}
	if err := remember(ctx, tx, by, kind, m); err != nil {
		return err
	}
	return tx.Record(ctx, by, models.Event{Kind: "import.mapping_kept", SubjectKind: "import_mapping", SubjectID: tx.NewID(), Data: map[string]any{"kind": string(kind)}})
}

func remember(ctx context.Context, tx models.Tx, by models.Actor, kind catalogue.Kind, m Mapping) error {
	var text strings.Builder
	if err := m.Write(&text); err != nil {
		return err
	}
	_, err := tx.PGX.Exec(ctx, `INSERT INTO import_mappings (source, kind, mapping, updated_at, updated_by) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (source, kind) DO UPDATE SET mapping = excluded.mapping, updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
		models.Prepared, m.Source, string(kind), text.String(), tx.Now, account(by))
	if err != nil {
		return fmt.Errorf("remember mapping: %w", err)
	}
	return nil
}

// Remembered gives the mapping of a source; ok is false where none is kept.
func Remembered(ctx context.Context, db catalogue.Reader, kind catalogue.Kind, source string) (m Mapping, ok bool, err error) {
	var text string
	err = db.QueryRow(ctx, `SELECT mapping FROM import_mappings WHERE source = $1 AND kind = $2`, models.Prepared, source, string(kind)).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		return m, false, nil
	}
	if err != nil {
		return m, false, fmt.Errorf("mapping of a source: %w", err)
	}
	m, err = ParseMapping([]byte(text), kind)
	return m, err == nil, err
}

// AllSources lists those whose mapping is remembered.
func AllSources(ctx context.Context, db catalogue.Reader) ([]string, error) {
	rows, err := db.Query(ctx, `SELECT DISTINCT source FROM import_mappings ORDER BY source LIMIT 200`, models.Prepared)
	if err != nil {
		return nil, fmt.Errorf("sources: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("sources: %w", err)
	}
	return list, nil
}
