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
	Format   Format
	Mapping  map[string]string // field → column of the file (--mapping)
	Source   string            // provenance kept with each row
	DryRun   bool              // report only
	Progress func(rows int, bytes int64)
	// RecentOn moves announcements' dates by whole years so that they are
	// recent on this date; for the demonstration only, shown on screen.
	RecentOn *time.Time
	// OnCancelled closes the applications of the sessions that this import
	// cancels, in its transaction (P18.12).
	OnCancelled func(ctx context.Context, tx models.Tx, by models.Actor, sessions []models.ID) error
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
	if by.Kind != models.ActorOperator && !by.Everywhere(models.RoleAdmin) {
		return Report{}, models.NotFound("page.not_found")
	}
	counted := &counter{r: r}
	src, err := open(counted, o.Format)
	if err != nil {
		return Report{}, err
	}
	m := &merge{tx: tx, src: src, read: counted, o: o}
	steps := map[catalogue.Kind]func(context.Context) error{catalogue.KindCourse: m.courses,
		catalogue.KindProgramme: m.programmes, catalogue.KindAnnouncement: m.announcements}
	step := steps[kind]
	if step == nil {
		return Report{}, fmt.Errorf("import: unknown kind %q", kind)
	}
	if err := step(ctx); err != nil {
		return m.report, err
	}
	m.report.Same = m.report.Rows - m.report.New - m.report.Changed
	if len(m.report.Cancelled) > 0 && o.OnCancelled != nil {
		if err := o.OnCancelled(ctx, tx, by, m.report.Cancelled); err != nil {
			return m.report, err
		}
	}
	return m.report, tx.Record(ctx, by, models.Event{Kind: "catalogue.imported", SubjectKind: "import", SubjectID: tx.NewID(),
		Data: map[string]any{"kind": string(kind), "rows": m.report.Rows, "new": m.report.New, "changed": m.report.Changed, "source": o.Source}})
}

// merge is one import under way.
type merge struct {
	tx     models.Tx
	src    source
	read   *counter
	o      Options
	report Report
}

// each hands every readable line to take and reports the others.
func (m *merge) each(take func(rec record) bool) (bool, error) {
	for {
		rec, err := m.src.next()
		if errors.Is(err, io.EOF) {
			m.progress()
			return false, nil
		}
		m.report.Rows++
		var bad *LineError
		if errors.As(err, &bad) {
			m.report.refuse(*bad)
			continue
		}
		if err != nil {
			return false, fmt.Errorf("import: line %d: %w", m.report.Rows, err)
		}
		if m.report.Rows%500 == 0 {
			m.progress()
		}
		if take(rec) {
			return true, nil
		}
	}
}

func (m *merge) progress() {
	if m.o.Progress != nil {
		m.o.Progress(m.report.Rows, m.read.n)
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
