package administration

import (
	"context"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"passerelle/models/catalogue/importer"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// figure is one count of a report.
type figure struct{ value, name string }

func (p ImportPage) figures(ctx context.Context) []figure {
	r, list := p.Run.Report, []figure{}
	tense := "would."
	if p.Run.State == importer.Done || p.Run.State == importer.Undone || p.Run.State == importer.Undoing {
		tense = "has."
	}
	add := func(key string, n int) {
		list = append(list, figure{i18n.Number(ctx, n), i18n.N(ctx, "admin.import.figure."+key, n)})
	}
	add(tense+"new", r.New)
	add(tense+"changed", r.Changed)
	add("same", r.Same)
	if n := r.NewSessions + r.ChangedSessions; n > 0 {
		add("sessions", n)
	}
	add("refused", r.Refused())
	if len(r.Cancelled) > 0 {
		add("cancelled", len(r.Cancelled))
		add("closing", r.Closing)
	}
	if tense == "would." && r.Opening > 0 {
		add("opening", r.Opening)
	}
	if r.Absent > 0 {
		add("absent", r.Absent)
	}
	return list
}

// tabs are the lines of the report by what becomes of them.
func (p ImportPage) tabs(ctx context.Context) []ui.Tab {
	list := []ui.Tab{}
	for _, v := range importer.Verdicts() {
		if n := p.Run.Report.Lines[v]; n > 0 {
			if v == importer.LineRefused {
				n = max(p.Run.Report.Refused(), 1) // a line may have several errors, each listed
			}
			list = append(list, ui.Tab{Label: i18n.T(ctx, "admin.import.lines."+string(v)), Count: n, Current: v == p.Verdict,
				Href: paths.ImportLines(p.Run.ID.String(), string(v), 1)})
		}
	}
	return list
}

func (p ImportPage) pages() ui.Pagination {
	n := p.Run.Report.Lines[p.Verdict]
	return ui.Pagination{Page: p.Page, Pages: (n + LinesShown - 1) / LinesShown,
		Link: func(n int) string { return paths.ImportLines(p.Run.ID.String(), string(p.Verdict), n) }}
}

func verdictStatus(ctx context.Context, v importer.Verdict) ui.Status {
	s := ui.Status{Label: i18n.T(ctx, "admin.import.verdict."+string(v)), Plain: true}
	switch v {
	case importer.LineRefused:
		s.Tone = ui.ToneBad
	case importer.LineNoted:
		s.Tone = ui.ToneInfo
	case importer.LineChanged:
		s.Tone, s.Icon = ui.ToneInfo, ui.IconPencil
	case importer.LineCreated:
		s.Tone = ui.ToneOK
	}
	return s
}

func lineNo(l importer.LineRow) string {
	if l.Line.Line == 0 {
		return ""
	}
	return strconv.Itoa(l.Line.Line)
}

func lineTitle(l importer.LineRow) string {
	if l.Title == "" {
		return "—"
	}
	return l.Title
}

// ImportWords says what is wrong with lines of files in the language of a page.
func ImportWords(ctx context.Context) importer.Say {
	return func(key string, args ...string) string { return i18n.T(ctx, key, args...) }
}

// what says what happens to a line: what is wrong with it, or what changes.
func what(ctx context.Context, l importer.LineRow) string {
	if text := l.What(ImportWords(ctx)); text != "" {
		return capital(text)
	}
	if l.Verdict == importer.LineAbsent {
		return i18n.T(ctx, "admin.import.absent.left")
	}
	parts := []string{}
	for i, field := range l.Fields {
		if field == "session" {
			parts = append(parts, i18n.T(ctx, "admin.import.kind.one.session"))
			continue
		}
		text := fieldName(ctx, field)
		if i < len(l.Was) && i < len(l.Becomes) {
			text = i18n.T(ctx, "admin.import.change", text, value(ctx, l.Was[i]), value(ctx, l.Becomes[i]))
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " ; ")
}

func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

func value(ctx context.Context, s string) string {
	if s == "" {
		return i18n.T(ctx, "admin.import.nothing")
	}
	return i18n.T(ctx, "admin.import.quoted", s)
}

// verdictNote says what becomes of the lines that are looked at.
func (p ImportPage) verdictNote(ctx context.Context) string {
	if p.Verdict == importer.LineRefused {
		switch {
		case !p.Run.Report.Rehearsal && p.Run.State != importer.Refused:
			return i18n.T(ctx, "admin.import.note.aside")
		case p.Run.CanLeaveAside():
			return i18n.T(ctx, "admin.import.note.refused")
		}
		return i18n.T(ctx, "admin.import.note.broken")
	}
	if p.Verdict == importer.LineAbsent {
		return i18n.T(ctx, "admin.import.rules.absent.text")
	}
	return ""
}

// importable is how many lines an import would take.
func (p ImportPage) importable() int { return p.Run.Report.Rows - p.Run.Report.Refused() }

// importButton leads to the confirmation, or says why there is none yet.
func (p ImportPage) importButton(ctx context.Context) ui.Button {
	b := ui.Button{ID: "importer", Label: i18n.T(ctx, "admin.import.act.import"), Kind: ui.Primary, Href: paths.ImportAct(p.Run.ID.String(), "import")}
	switch {
	case p.Run.State == importer.Rehearsed:
		b.Label = i18n.N(ctx, "admin.import.act.lines", p.importable())
	case p.Run.CanLeaveAside():
		b.Label, b.Kind = i18n.N(ctx, "admin.import.act.aside", p.importable()), ui.Plain
	case p.Run.State == importer.Rehearsing:
		b.Refused = i18n.T(ctx, "admin.import.why.rehearsing")
	case p.Run.State == importer.Refused:
		b.Refused = i18n.T(ctx, "admin.import.why.refused")
	default:
		b.Refused = i18n.T(ctx, "admin.import.why.received")
	}
	return b
}

// ConfirmPage asks once more before something is written or taken back.
type ConfirmPage struct {
	ImportPage
	Act   string // import, annulation
	Aside bool
	// What taking the import back would do, where that was tried.
	Undo *importer.UndoReport
}

func (p ConfirmPage) facts(ctx context.Context) []ui.Fact {
	r, list := p.Run.Report, []ui.Fact{}
	add := func(key string, n int) {
		if n > 0 {
			list = append(list, ui.Fact{Term: i18n.T(ctx, "admin.import.confirm."+key), Text: i18n.Number(ctx, n)})
		}
	}
	if p.Act == "annulation" {
		if p.Undo == nil {
			add("removed", r.New)
			add("restored", r.Changed)
			return list
		}
		add("removed", p.Undo.Removed)
		add("restored", p.Undo.Restored)
		add("removed_sessions", p.Undo.RemovedSessions)
		add("restored_sessions", p.Undo.RestoredSessions)
		add("kept", len(p.Undo.Kept))
		return list
	}
	add("new", r.New)
	add("changed", r.Changed)
	add("same", r.Same)
	add("sessions", r.NewSessions+r.ChangedSessions)
	add("refused", r.Refused())
	add("cancelled", len(r.Cancelled))
	add("closing", r.Closing)
	add("accounts", r.Opening)
	add("absent", r.Absent)
	return list
}

func kept(ctx context.Context, k importer.KeptObject) string {
	return i18n.T(ctx, "admin.import.kept."+k.Why, k.Reference)
}
