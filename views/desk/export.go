package desk

import (
	"context"
	"slices"
	"time"

	"github.com/a-h/templ"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/hx"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// Names of the fields of an export.
const (
	NameColumn = "colonne"
	NameFormat = "format"
)

// exportColumn is one column that a list can be taken out with (P9.7).
type exportColumn struct {
	key   string
	usual bool // ticked at first
	value func(ctx context.Context, zone *time.Location, r application.ExportRow) any
}

func exportColumns() []exportColumn {
	text := func(get func(application.ExportRow) string) func(context.Context, *time.Location, application.ExportRow) any {
		return func(_ context.Context, _ *time.Location, r application.ExportRow) any { return get(r) }
	}
	return []exportColumn{
		{"numero", true, text(func(r application.ExportRow) string { return r.Reference })},
		{"nom", true, text(func(r application.ExportRow) string { return r.Name })},
		{"nom_naissance", false, text(func(r application.ExportRow) string { return r.BirthName })},
		{"courriel", false, text(func(r application.ExportRow) string { return r.Email })},
		{"formation", true, text(func(r application.ExportRow) string { return r.Course })},
		{"debut", true, func(_ context.Context, _ *time.Location, r application.ExportRow) any { return r.StartsOn }},
		{"lieu", true, text(func(r application.ExportRow) string { return r.Place })},
		{"employeur", true, text(func(r application.ExportRow) string { return r.Employer })},
		{"etat", true, func(ctx context.Context, _ *time.Location, r application.ExportRow) any {
			return StateStatus(ctx, r.State, r.Verdict, r.Rank).Label
		}},
		{"depuis", true, func(_ context.Context, zone *time.Location, r application.ExportRow) any {
			return models.Date(r.Since, zone)
		}},
		{"transmise", true, func(_ context.Context, zone *time.Location, r application.ExportRow) any {
			if r.SubmittedAt == nil {
				return ""
			}
			return models.Date(*r.SubmittedAt, zone)
		}},
		{"reponse", true, func(_ context.Context, _ *time.Location, r application.ExportRow) any { return r.Promised }},
		{"rang", false, func(_ context.Context, _ *time.Location, r application.ExportRow) any {
			if r.Rank == 0 {
				return ""
			}
			return r.Rank
		}},
		{"motif", false, text(func(r application.ExportRow) string { return r.SavedReason })},
		{"pieces", false, func(_ context.Context, _ *time.Location, r application.ExportRow) any { return r.Pieces }},
		{"pieces_validees", false, func(_ context.Context, _ *time.Location, r application.ExportRow) any { return r.Valid }},
	}
}

// Columns keeps of the names posted those that exist, in the order of the list;
// the usual ones when none was posted.
func Columns(posted []string) []string {
	out := []string{}
	for _, c := range exportColumns() {
		if slices.Contains(posted, c.key) || len(posted) == 0 && c.usual {
			out = append(out, c.key)
		}
	}
	return out
}

// Heads are the titles of columns.
func Heads(ctx context.Context, columns []string) []string {
	out := make([]string, len(columns))
	for i, key := range columns {
		out[i] = i18n.T(ctx, "desk.export.column."+key)
	}
	return out
}

// Cells are the values of a line for these columns.
func Cells(ctx context.Context, zone *time.Location, columns []string, r application.ExportRow) []any {
	out := []any{}
	for _, c := range exportColumns() {
		if slices.Contains(columns, c.key) {
			out = append(out, c.value(ctx, zone, r))
		}
	}
	return out
}

// ExportPage lets the officer choose what to take out (P9.7).
type ExportPage struct {
	Filter  application.DeskFilter
	Total   int
	Columns []string
	Format  string
	Error   string // message key
}

func (p ExportPage) boxes(ctx context.Context) ui.Checkboxes {
	c := ui.Checkboxes{Field: ui.Field{ID: NameColumn, Name: NameColumn, Label: i18n.T(ctx, "desk.export.columns")}}
	if p.Error != "" {
		c.Error = i18n.T(ctx, p.Error)
	}
	for _, one := range exportColumns() {
		c.Options = append(c.Options, ui.Option{Value: one.key, Label: i18n.T(ctx, "desk.export.column."+one.key), Selected: slices.Contains(p.Columns, one.key)})
	}
	return c
}

func (p ExportPage) formats(ctx context.Context) ui.Radios {
	return ui.Radios{Field: ui.Field{ID: NameFormat, Name: NameFormat, Label: i18n.T(ctx, "desk.export.format")}, Row: true, Options: []ui.Option{
		{Value: "xlsx", Label: i18n.T(ctx, "desk.export.xlsx"), Selected: p.Format != "csv"},
		{Value: "csv", Label: i18n.T(ctx, "desk.export.csv"), Selected: p.Format == "csv"}}}
}

func (p ExportPage) hidden() []ui.Pair { return ListPage{Filter: p.Filter}.found() }

// ExportDonePage tells how far a long export is, then gives it.
type ExportDonePage struct {
	Task  application.ExportTask
	Clock Clock
}

func (p ExportDonePage) percent() int {
	if p.Task.Total == 0 {
		return 0
	}
	return 100 * p.Task.Written / p.Task.Total
}

func (p ExportDonePage) following() templ.Attributes {
	if p.Task.State != "waiting" {
		return nil
	}
	return hx.Get(paths.DeskExport(p.Task.ID.String()), hx.Target("export"), hx.Select("export"), hx.Trigger("every 1s"))
}
