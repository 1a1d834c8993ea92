package documents

import (
	"context"
	"strconv"

	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// PreviewPage is one document, page by page, with what was pinned on it (P17.7).
type PreviewPage struct {
	Dossier
	Version
	Piece    string // title of the piece
	Key      string // of the piece
	Page     int    // from 1
	Lines    []string
	Shown    bool // pages can be drawn
	Standing bool // the version in force, or a past one
	Today    i18n.Day
}

// widths of the image of a page: what a phone needs, and what a screen does.
const (
	pageNarrow = 800
	pageWide   = 1200
)

func (p PreviewPage) last() int { return max(p.Pages, 1) }

// here are the remarks of the page shown.
func (p PreviewPage) here() []Remark {
	out := []Remark{}
	for _, r := range p.Remarks {
		if r.Page == p.Page {
			out = append(out, r)
		}
	}
	return out
}

func (p PreviewPage) elsewhere() []Remark {
	out := []Remark{}
	for _, r := range p.Remarks {
		if r.Page != p.Page {
			out = append(out, r)
		}
	}
	return out
}

func (p PreviewPage) facts(ctx context.Context) []ui.Fact {
	t := func(key string, args ...string) string { return i18n.T(ctx, key, args...) }
	facts := []ui.Fact{
		{Term: t("documents.fact.piece"), Text: p.Piece},
		{Term: t("documents.fact.given"), Text: i18n.DateTime(ctx, p.At)},
		{Term: t("documents.fact.version"), Text: strconv.Itoa(p.Version.Number)},
		{Term: t("documents.fact.size"), Text: i18n.Bytes(ctx, p.Bytes)},
	}
	if p.Pages > 0 {
		facts = append(facts, ui.Fact{Term: t("documents.fact.pages"), Text: strconv.Itoa(p.Pages)})
	}
	if p.Verdict != nil {
		facts = append(facts, ui.Fact{Term: t("documents.fact.verdict"), Text: t("documents.verdict." + p.Verdict.Kind)})
	}
	if !p.ValidUntil.IsZero() {
		facts = append(facts, ui.Fact{Term: t("documents.fact.until"), Text: i18n.Date(ctx, p.ValidUntil)})
	}
	return facts
}

func (p PreviewPage) crumbs(ctx context.Context) []ui.Crumb {
	before := p.Dossier.crumbs(ctx, "")
	return append(before[:len(before)-1], ui.Crumb{Text: i18n.T(ctx, "documents.title"), Href: paths.Piece(p.Dossier.ID, p.Key)}, ui.Crumb{Text: p.Name})
}

// alt tells what the image of a page is; its text stands below.
func (p PreviewPage) alt(ctx context.Context) string {
	return i18n.T(ctx, "documents.page.alt", strconv.Itoa(p.Page), strconv.Itoa(p.last()), p.Name)
}

// VaultPage is « Mes documents » (P7.5): what a person gave, kept once.
type VaultPage struct {
	Kept  []Kept
	Today i18n.Day
}

// Kept is one document of the person, wherever it was given.
type Kept struct {
	Document   string
	Kind       string // message key end: "cv"
	Title      string // of the piece it was given for, where its kind says nothing
	Name       string
	Type       string
	Bytes      int64
	Pages      int
	At         i18n.Day
	ValidOn    i18n.Day
	ValidUntil i18n.Day
	Expired    bool
	Soon       bool // expires within the reminder's delay
	Uses       []Use
}

// Use is one application that the document was given to.
type Use struct {
	Application string
	Label       string
}

func (k Kept) kind(ctx context.Context) string {
	if key := "documents.kind." + k.Kind; i18n.Has(key) {
		return i18n.T(ctx, key)
	}
	if k.Title != "" {
		return k.Title
	}
	return i18n.T(ctx, "documents.kind.unnamed")
}

func (k Kept) status(ctx context.Context) ui.Status {
	switch {
	case k.Expired:
		return ui.Status{Tone: ui.ToneBad, Icon: ui.IconClock, Label: i18n.T(ctx, "documents.vault.expired"), Plain: true}
	case k.Soon:
		return ui.Status{Tone: ui.ToneTurn, Icon: ui.IconClock, Label: i18n.T(ctx, "documents.vault.soon"), Plain: true}
	case !k.ValidOn.IsZero():
		return ui.Status{Tone: ui.ToneOK, Label: i18n.T(ctx, "documents.vault.valid"), Plain: true}
	}
	return ui.Status{Icon: ui.IconFileText, Label: i18n.T(ctx, "documents.vault.given"), Plain: true}
}

func (k Kept) validity(ctx context.Context) string {
	switch {
	case !k.ValidUntil.IsZero():
		return i18n.T(ctx, "documents.vault.until", i18n.Date(ctx, k.ValidUntil))
	case !k.ValidOn.IsZero():
		return i18n.T(ctx, "documents.vault.since", i18n.Date(ctx, k.ValidOn))
	}
	return i18n.T(ctx, "documents.vault.unknown")
}

func (k Kept) meta(ctx context.Context) string {
	out := k.Name + " · " + i18n.Bytes(ctx, k.Bytes)
	if k.Pages > 0 {
		out += " · " + i18n.N(ctx, "documents.pages", k.Pages)
	}
	return out + " · " + i18n.T(ctx, "documents.vault.at", i18n.Date(ctx, k.At))
}

// ConsultationsPage is who opened an application and its documents (P17.21).
type ConsultationsPage struct {
	Dossier
	Readings []Reading
}

// Reading is one reader, one object and one day.
type Reading struct {
	Who   string
	Role  string
	Piece string // empty for the dossier
	Kind  string // "dossier", "document", "download"
	Day   i18n.Day
	First i18n.Moment
	Last  i18n.Moment
	Times int
}

func (r Reading) what(ctx context.Context) string {
	if r.Piece == "" {
		return i18n.T(ctx, "documents.read.dossier")
	}
	return i18n.T(ctx, "documents.read."+r.Kind, r.Piece)
}

func (r Reading) when(ctx context.Context) string {
	out := i18n.Date(ctx, r.Day)
	if i18n.Time(r.First) == i18n.Time(r.Last) {
		return i18n.T(ctx, "documents.read.once", out, i18n.Time(r.First))
	}
	return i18n.T(ctx, "documents.read.between", out, i18n.Time(r.First), i18n.Time(r.Last))
}
