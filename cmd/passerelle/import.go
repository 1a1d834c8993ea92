package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"passerelle/cmd/internal/portal"
	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/importer"
	"passerelle/views/i18n"
)

type importCommand struct {
	Kind    string   `arg:"" enum:"courses,programmes,announcements,organisations,staff,students,graduates" help:"courses, programmes, announcements, organisations, staff, students or graduates."`
	Files   []string `arg:"" optional:"" type:"existingfile" help:"CSV, NDJSON or LHEO files, plain or gzip; encoding and separator are recognised."`
	Mapping string   `help:"TOML file: field of the portal, column of the file, constants, splits, value tables (docs/import.md)." type:"existingfile"`
	DryRun  bool     `help:"Report line by line and change nothing."`
	Skip    bool     `name:"skip-refused" help:"Import the other lines where some are refused; a file that cannot be read to its end is refused all the same."`
	Report  string   `help:"Write what becomes of each line to this CSV file; - for the standard output." placeholder:"FILE"`
	Preview bool     `help:"Show the file's columns and print the mapping that their names propose."`
	Save    bool     `name:"remember" help:"Keep the mapping for the next file of its source."`
	Undo    bool     `help:"Take the last import of this kind back."`
	Source  string   `help:"Provenance kept with each row; the mapping's, or the file's name by default. A source whose mapping is remembered is read with it."`
	Lang    string   `enum:"fr,en" default:"fr" help:"Language of the report: fr or en."`
}

// importMemory is where the collector begins to work harder: an import holds an
// identifier per line, which the limit of a serving portal would fight over.
const importMemory = 240 << 20

var importKinds = map[string]catalogue.Kind{
	"courses": catalogue.KindCourse, "programmes": catalogue.KindProgramme, "announcements": catalogue.KindAnnouncement,
	"organisations": importer.KindOrganisation, "staff": importer.KindStaff, "students": importer.KindStudent, "graduates": importer.KindGraduate,
}

// Run imports each file whole or not at all (P3.6).
func (i importCommand) Run(ctx context.Context, c *portal.Config) error {
	if len(i.Files) == 0 && !i.Undo {
		return errors.New("name the files to import")
	}
	if i.Undo && len(i.Files) > 0 {
		return errors.New("--undo takes the last import back: it reads no file")
	}
	mapping, err := i.mapping()
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(100)
		debug.SetMemoryLimit(importMemory)
	}
	if i.Preview {
		return i.preview(mapping)
	}
	return withBase(ctx, c, func(base *portal.Base) error {
		if i.Undo {
			return i.undo(ctx, base.DB)
		}
		mapping, err := i.remembered(ctx, base.DB, mapping)
		if err != nil {
			return err
		}
		for _, file := range i.Files {
			if err := i.file(ctx, base.DB, file, mapping); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
		return nil
	})
}

func (i importCommand) mapping() (importer.Mapping, error) {
	if i.Mapping == "" {
		return importer.Mapping{}, nil
	}
	content, err := os.ReadFile(i.Mapping)
	if err != nil {
		return importer.Mapping{}, err
	}
	m, err := importer.ParseMapping(content, importKinds[i.Kind])
	if err != nil {
		var bad *importer.MappingError
		if errors.As(err, &bad) {
			err = errors.New(bad.In(i.say()))
		}
		return m, fmt.Errorf("%s: %w", i.Mapping, err)
	}
	return m, nil
}

// say gives the screens' words in the language of the report.
func (i importCommand) say() importer.Say {
	ctx := i18n.With(context.Background(), i18n.Lang(i.Lang))
	return func(key string, args ...string) string { return i18n.T(ctx, key, args...) }
}

// remembered keeps the mapping of its source, or takes the one that is kept.
func (i importCommand) remembered(ctx context.Context, db *models.DB, m importer.Mapping) (importer.Mapping, error) {
	if i.Source != "" {
		m.Source = i.Source
	}
	if i.Mapping == "" && m.Source != "" {
		kept, ok, err := importer.Remembered(ctx, db.Pool, importKinds[i.Kind], m.Source)
		if err != nil || !ok {
			return m, err
		}
		fmt.Fprintf(os.Stderr, "read with the mapping remembered for %s\n", m.Source)
		return kept, nil
	}
	if !i.Save {
		return m, nil
	}
	if m.Source == "" {
		return m, errors.New("--remember needs the source's name, in the mapping or by --source")
	}
	return m, db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		return importer.Remember(ctx, tx, models.Operator(), importKinds[i.Kind], m)
	})
}

func (i importCommand) preview(m importer.Mapping) error {
	for _, path := range i.Files {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		p, err := importer.Look(f, importKinds[i.Kind], "", m)
		_ = f.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", path, i.refusal(err))
		}
		fmt.Printf("# %s: %s\n", filepath.Base(path), written(p.Seen))
		for _, c := range p.Columns {
			sure := ""
			if c.Guess.Field != "" && !c.Guess.Sure {
				sure = " (to check)"
			}
			fmt.Printf("# %-30s %-24s %s%s\n", c.Name, c.Guess.Field, strings.Join(c.Examples, " | "), sure)
		}
		m.Kind = i.Kind
		if err := p.Proposed(m).Write(os.Stdout); err != nil {
			return err
		}
	}
	return nil
}

// written says how a file is written.
func written(s importer.Seen) string {
	text := string(s.Format) + ", " + string(s.Encoding)
	if s.Packed {
		text += ", gzip"
	}
	if s.Format == importer.CSV {
		text += fmt.Sprintf(", separator %q, names on line %d", string(rune(s.Shape.Separator)), s.Shape.Header)
	}
	return text
}

// refusal names the first bad line of a file that cannot be read at all.
func (i importCommand) refusal(err error) error {
	var refused *models.Error
	if errors.As(err, &refused) {
		if report, ok := refused.Data.(importer.Report); ok && len(report.Errors) > 0 {
			return errors.New(report.Errors[0].In(i.say()))
		}
	}
	return err
}

func (i importCommand) undo(ctx context.Context, db *models.DB) error {
	var run importer.RunRow
	var report importer.UndoReport
	err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
		if run, err = importer.LastRun(ctx, tx, models.Operator(), importKinds[i.Kind]); err != nil {
			return err
		}
		report, err = importer.Undo(ctx, tx, models.Operator(), run.ID)
		return err
	})
	switch models.KindOf(err) {
	case models.KindNotFound:
		return errors.New("there is no import of this kind to take back")
	case models.KindConflict:
		return errors.New("the last import is more than thirty days old: it stays")
	}
	if err != nil {
		return err
	}
	for _, k := range report.Kept {
		fmt.Printf("%s %s stays: %s\n", k.Kind, k.Reference, map[string]string{"applied": "somebody applied since", "seats": "more seats are taken than it had",
			"sessions": "it has sessions", "rights": "somebody has rights over it"}[k.Why])
	}
	tell(fmt.Sprintf("%s taken back: %d removed, %d as before, %d sessions removed, %d as before, %d kept", run.FileName, report.Removed, report.Restored,
		report.RemovedSessions, report.RestoredSessions, len(report.Kept)))
	return nil
}

func (i importCommand) file(ctx context.Context, db *models.DB, path string, mapping importer.Mapping) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	lines, finish, err := i.lines()
	if err != nil {
		return err
	}
	source := mapping.Source
	if source == "" {
		source = filepath.Base(path)
	}
	report, err := importer.Run(ctx, db, models.Operator(), importKinds[i.Kind], f, importer.Options{Mapping: mapping, Source: source,
		FileName: filepath.Base(path), DryRun: i.DryRun, Aside: i.Skip, Lines: lines, Progress: showProgress(os.Stderr, info.Size())})
	fmt.Fprintln(os.Stderr)
	if err := finish(report); err != nil {
		return err
	}
	for _, e := range report.Notes {
		fmt.Println(e.In(i.say()))
	}
	for _, e := range report.Errors {
		fmt.Println(e.In(i.say()))
	}
	verb := "imported"
	if i.DryRun {
		verb = "would be imported"
	}
	rows := report.Rows
	if i.Skip {
		rows -= report.Refused()
	}
	counts := fmt.Sprintf("%s (%s): %d rows %s: %d new, %d changed, %d the same", filepath.Base(path), written(report.Seen), rows, verb, report.New, report.Changed, report.Same)
	if n := report.NewSessions + report.ChangedSessions; n > 0 {
		counts += fmt.Sprintf("; sessions: %d new, %d changed, %d cancelled", report.NewSessions, report.ChangedSessions, len(report.Cancelled))
	}
	if report.Opening > 0 {
		counts += fmt.Sprintf("; accounts to open: %d at most, each with a mail", report.Opening)
	}
	if n := report.Refused(); i.Skip && report.Passable() && n > 0 {
		counts += fmt.Sprintf("; %d lines refused, left aside", n)
		if i.DryRun {
			err = nil // what the import would do, these lines apart
		}
	}
	var refusal *models.Error
	if errors.As(err, &refusal) && len(report.Errors) > 0 {
		if i.DryRun {
			tell(counts)
		}
		return fmt.Errorf("%d lines refused, nothing imported", max(report.Refused(), 1))
	}
	if err != nil {
		return err
	}
	if !i.DryRun && len(report.Cancelled) > 0 {
		// The portal's clock would do it within a minute; better now.
		if _, err := application.CloseCancelled(ctx, db); err != nil {
			return err
		}
	}
	tell(counts)
	return nil
}

// lines opens the report by line, where one is asked for.
func (i importCommand) lines() (func(importer.Line) error, func(importer.Report) error, error) {
	if i.Report == "" {
		return nil, func(importer.Report) error { return nil }, nil
	}
	var to io.WriteCloser = os.Stdout
	if i.Report != "-" {
		f, err := os.Create(i.Report)
		if err != nil {
			return nil, nil, err
		}
		to = f
	}
	w := importer.NewLineReport(to, i.say())
	return w.Line, func(r importer.Report) error {
		err := w.Close(r)
		if to == os.Stdout {
			return err
		}
		return errors.Join(err, to.Close())
	}, nil
}

// showProgress writes over one line, not oftener than people read.
func showProgress(to io.Writer, size int64) func(importer.Progress) {
	last := ""
	return func(p importer.Progress) {
		text := fmt.Sprintf("%d rows read, %d %%", p.Rows, 100*p.Bytes/max(size, 1))
		if p.Phase == importer.Indexing {
			text = fmt.Sprintf("%d of %d put into the search", p.Done, p.Total)
		}
		if p.Phase == importer.Writing {
			text = fmt.Sprintf("%d rows read, writing", p.Rows)
		}
		if text != last {
			last = text
			fmt.Fprintf(to, "\r%-60s", text)
		}
	}
}
