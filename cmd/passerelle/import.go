package main

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"passerelle/cmd/internal/portal"
	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/importer"
)

type importCommand struct {
	Kind    string   `arg:"" enum:"courses,programmes,announcements" help:"courses, programmes or announcements."`
	Files   []string `arg:"" type:"existingfile" help:"CSV or NDJSON files, plain or gzip."`
	Mapping string   `help:"JSON file: field of the portal → column of the file." type:"existingfile"`
	DryRun  bool     `help:"Report line by line and change nothing."`
	Source  string   `help:"Provenance kept with each row; the file's name by default."`
}

var importKinds = map[string]catalogue.Kind{
	"courses": catalogue.KindCourse, "programmes": catalogue.KindProgramme, "announcements": catalogue.KindAnnouncement,
}

// Run imports each file whole or not at all (P3.6).
func (i importCommand) Run(ctx context.Context, c *portal.Config) error {
	mapping, err := i.mapping()
	if err != nil {
		return err
	}
	return withBase(ctx, c, func(base *portal.Base) error {
		for _, file := range i.Files {
			if err := i.file(ctx, base.DB, file, mapping); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
		return nil
	})
}

func (i importCommand) mapping() (map[string]string, error) {
	mapping := map[string]string{}
	if i.Mapping == "" {
		return mapping, nil
	}
	content, err := os.ReadFile(i.Mapping)
	if err != nil {
		return nil, err
	}
	return mapping, json.Unmarshal(content, &mapping)
}

func (i importCommand) file(ctx context.Context, db *models.DB, path string, mapping map[string]string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	source := i.Source
	if source == "" {
		source = filepath.Base(path)
	}
	counted := &countingReader{from: f}
	plain, format, err := unpacked(counted, path)
	if err != nil {
		return err
	}
	report, err := importer.Run(ctx, db, models.Operator(), importKinds[i.Kind], plain, importer.Options{
		Format: format, Mapping: mapping, Source: source, DryRun: i.DryRun,
		Progress: func(rows int, _ int64) {
			fmt.Fprintf(os.Stderr, "\r%d rows, %d %%", rows, 100*counted.read/max(info.Size(), 1))
		}})
	fmt.Fprintln(os.Stderr)
	for _, e := range report.Errors {
		fmt.Println(e.String())
	}
	var refusal *models.Error
	if errors.As(err, &refusal) && len(report.Errors) > 0 {
		return fmt.Errorf("%d lines refused, nothing imported", len(report.Errors))
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
	verb := "imported"
	if i.DryRun {
		verb = "would be imported"
	}
	tell(fmt.Sprintf("%s: %d rows %s: %d new, %d changed, %d the same", filepath.Base(path), report.Rows, verb, report.New, report.Changed, report.Same))
	return nil
}

// unpacked opens a file by its name: .csv or .ndjson, .gz or not.
func unpacked(r io.Reader, path string) (io.Reader, importer.Format, error) {
	name := strings.ToLower(filepath.Base(path))
	if bare, packed := strings.CutSuffix(name, ".gz"); packed {
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, "", err
		}
		r, name = z, bare
	}
	switch filepath.Ext(name) {
	case ".csv":
		return r, importer.CSV, nil
	case ".ndjson", ".jsonl":
		return r, importer.NDJSON, nil
	}
	return nil, "", errors.New("give a .csv or .ndjson file, with .gz or not")
}

// countingReader tells how far a file was read, packed or not.
type countingReader struct {
	from io.Reader
	read int64
}

func (c *countingReader) Read(b []byte) (int, error) {
	n, err := c.from.Read(b)
	c.read += int64(n)
	return n, err
}
