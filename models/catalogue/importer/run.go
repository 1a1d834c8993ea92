package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"passerelle/models"
	"passerelle/models/catalogue"
)

// Options of an import.
type Options struct {
	Format   Format // recognised where none is given
	Mapping  Mapping
	Source   string // provenance kept with each row
	FileName string // told beside the run
	DryRun   bool   // report only: bad lines do not hide what the others would do
	// Aside leaves bad lines out and imports the others, when who imports has read
	// which and chosen it. A file that cannot be read to its end, or has more bad
	// lines than a report lists, is refused all the same.
	Aside    bool
	Progress func(Progress)
	// Lines hears what becomes of each good line, in their order, before it is
	// written. Bad lines are in the report.
	Lines func(Line) error
	// Bad hears each bad line as it is met, those that the report has no room for
	// as well.
	Bad func(LineError)
	// Told hears that all was told, before an import is closed with its report.
	Told func(context.Context, *Report) error
	// Run is the run that was announced before; a new one is written otherwise.
	Run models.ID
	// RecentOn moves announcements' dates by whole years so that they are
	// recent on this date; for the demonstration only, shown on screen.
	RecentOn *time.Time
}

// Phase is what an import is busy with.
type Phase string

// The phases.
const (
	Reading  Phase = "reading"  // done and total in rows and bytes of the file
	Writing  Phase = "writing"  // rows are merged, in one statement each
	Indexing Phase = "indexing" // documents of the search
)

// Progress is how far an import is: measured, never guessed.
type Progress struct {
	Phase Phase
	Rows  int   // lines read
	Bytes int64 // of the file as it came, packed or not
	Done  int   // of Total, while indexing
	Total int
}

// Line is what becomes of one good line.
type Line struct {
	Line      int
	Reference string
	Title     string
	Verdict   Verdict
	Fields    []string // that change
	Was       []string // each of them as it is, cut short
	Becomes   []string // and as the file has it
}

// Run imports one file in one transaction of its own: all or nothing. Bad
// lines give an *Error of kind invalid, "import.refused", and the report lists
// them. For operators and administrators; anybody else finds nothing.
func Run(ctx context.Context, db *models.DB, by models.Actor, kind catalogue.Kind, r io.Reader, o Options) (Report, error) {
	var report Report
	do := func(ctx context.Context, tx models.Tx) (err error) {
		report, err = In(ctx, tx, by, kind, r, o)
		return err
	}
	if o.DryRun {
		err := db.InRolledBackTx(ctx, do)
		return report, err
	}
	err := db.InTx(ctx, do)
	return report, err
}

// In is Run inside a transaction of the caller.
func In(ctx context.Context, tx models.Tx, by models.Actor, kind catalogue.Kind, r io.Reader, o Options) (Report, error) {
	if !may(by) {
		return Report{}, models.NotFound("page.not_found")
	}
	m := &merge{tx: tx, by: by, kind: kind, read: &counter{r: r}, o: o, run: o.Run, report: Report{bad: o.Bad, Rehearsal: o.DryRun}}
	if m.o.Source == "" {
		m.o.Source = o.Mapping.Source
	}
	steps := map[catalogue.Kind]func(context.Context) error{catalogue.KindCourse: m.courses,
		catalogue.KindProgramme: m.programmes, catalogue.KindAnnouncement: m.announcements}
	step := steps[kind]
	if _, ok := registerOf(kind); ok {
		step = m.register
	}
	if step == nil {
		return Report{}, fmt.Errorf("import: unknown kind %q", kind)
	}
	err := o.Mapping.check(kind)
	if err != nil {
		return Report{}, refuseMapping(err)
	}
	if m.file, err = open(m.read, o); err != nil {
		return m.refused(err)
	}
	if err := m.begin(ctx, by); err != nil {
		return m.report, err
	}
	if err = step(ctx); err == nil {
		err = m.stop(m.o.DryRun) // a rehearsal told everything first
	}
	m.report.Seen = m.file.Seen()
	m.report.Same = max(m.report.Rows-m.report.New-m.report.Changed-m.report.Refused()-m.again, 0)
	if err == nil && o.Told != nil {
		err = o.Told(ctx, &m.report)
	}
	if err != nil || o.DryRun {
		return m.report, err
	}
	if err := m.finish(ctx); err != nil {
		return m.report, err
	}
	return m.report, tx.Record(ctx, by, models.Event{Kind: "catalogue.imported", SubjectKind: "import", SubjectID: m.run,
		Data: map[string]any{"kind": string(kind), "rows": m.report.Rows, "new": m.report.New, "changed": m.report.Changed, "source": o.Source}})
}

func may(by models.Actor) bool {
	return by.Kind == models.ActorOperator || by.Everywhere(models.RoleAdmin)
}

// refused makes a report of a file that cannot be read at all.
func (m *merge) refused(err error) (Report, error) {
	var bad *fatal
	if !errors.As(err, &bad) {
		return m.report, fmt.Errorf("import: %w", err)
	}
	m.report.refuseFile(bad.LineError)
	return m.report, m.report.err()
}

// merge is one import under way.
type merge struct {
	tx      models.Tx
	by      models.Actor
	kind    catalogue.Kind
	run     models.ID
	file    *file
	read    *counter
	o       Options
	report  Report
	several bool     // lines that name a course again, for another session
	again   int      // how many of them
	themes  []string // slugs that this file brings
	seen    *seenSet // references of the file
}

// each hands every readable line to take and reports the others.
func (m *merge) each(take func(rec record) bool) (bool, error) {
	for {
		rec, err := m.file.next()
		if errors.Is(err, io.EOF) {
			m.progress(Reading, 0, 0)
			return false, nil
		}
		m.report.Rows++
		var bad *LineError
		if errors.As(err, &bad) {
			if bad.Key == "import.open_quote" {
				m.report.refuseFile(*bad) // it swallowed the rest
			} else {
				m.report.refuse(*bad)
			}
			continue
		}
		var end *fatal
		if errors.As(err, &end) {
			m.report.refuseFile(end.LineError)
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("import: line %d: %w", m.report.Rows, err)
		}
		if m.report.Rows%500 == 0 {
			m.progress(Reading, 0, 0)
		}
		if take(rec) {
			return true, nil
		}
	}
}

func (m *merge) progress(phase Phase, done, total int) {
	if m.o.Progress != nil {
		m.o.Progress(Progress{Phase: phase, Rows: m.report.Rows, Bytes: m.read.n, Done: done, Total: total})
	}
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}
