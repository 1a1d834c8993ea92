package documents

import (
	"context"

	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// AsideID is the box that says what is missing and transmits.
const AsideID = "transmettre-cadre"

// Dossier is what every page about the documents of an application says of it.
type Dossier struct {
	ID      string
	Number  string // empty for a draft
	Title   string // of the programme or the course
	Href    string // of its page
	Where   string // "Université de Limoges", or the session's dates and place
	Draft   bool
	Account bool // it belongs to an account
}

func (d Dossier) crumbs(ctx context.Context, here string) []ui.Crumb {
	if d.Draft {
		return []ui.Crumb{{Text: d.Title, Href: d.Href}, {Text: here}}
	}
	return []ui.Crumb{{Text: i18n.T(ctx, "documents.mine.applications"), Href: paths.MyApplications()},
		{Text: d.Number, Href: paths.Application(d.ID)}, {Text: here}}
}

// PiecesPage is « Vos pièces » (P6.2): the step of a draft, the corrections asked, or
// what was sent.
type PiecesPage struct {
	Dossier
	Title     string // of the step, in the words of the form
	Intro     string
	Steps     []ui.Step // of the form, for a draft
	Number    int       // of the step, from 1
	Before    string    // address of the page before, if any
	After     string    // address of the page after
	Slots     []Slot
	Asked     bool // a manager asks for corrections
	DueOn     i18n.Day
	Saved     i18n.Moment
	Today     i18n.Day
	Kept      i18n.Day // the draft is kept until then
	Unscanned bool     // no antivirus is there to look at files
	Problems  []ui.Problem
	Refused   string // a file was not taken, in words: over the page, with the rest intact
	Heavy     *Heavy // a file was too heavy for a piece, or for a form without a script
	Done      string // what has just been done, a message key of documents.done
	Arrived   bool
}

// Open tells that something can be changed.
func (p PiecesPage) Open() bool {
	for _, s := range p.Slots {
		if s.Open {
			return true
		}
	}
	return false
}

// mine are the pieces that await the person.
func (p PiecesPage) mine() []Slot { return p.keep(true) }

func (p PiecesPage) others() []Slot { return p.keep(false) }

func (p PiecesPage) keep(turn bool) []Slot {
	out := []Slot{}
	for _, s := range p.Slots {
		if (p.Asked && s.Asked) == turn {
			out = append(out, s)
		}
	}
	return out
}

// lede says in a sentence what is expected.
func (p PiecesPage) lede(ctx context.Context) string {
	what := i18n.T(ctx, "documents.lede.sent")
	switch {
	case p.Asked && !p.DueOn.IsZero():
		what = i18n.N(ctx, "documents.lede.asked", len(p.mine()), "date", i18n.DayMonth(ctx, p.DueOn))
	case p.Draft && p.Intro != "":
		what = p.Intro
	case p.Draft:
		what = i18n.T(ctx, "documents.lede.draft")
	}
	return what
}

func (p PiecesPage) what() string {
	if p.Where == "" {
		return p.Title
	}
	return p.Dossier.Title + ", " + p.Where
}

// line of what is still expected, with the link to its piece.
type line struct {
	text string
	href string
}

// lacks lists what stands between the pieces and the sending.
func (p PiecesPage) lacks(ctx context.Context) []line {
	out := []line{}
	for _, s := range p.Slots {
		why := s.lack()
		if why == "" && s.Turn() {
			why = "turn"
		}
		if why != "" {
			out = append(out, line{i18n.T(ctx, "documents.lack."+why, s.Title), "#" + s.anchor()})
		}
	}
	return out
}

func (p PiecesPage) given() int {
	n := 0
	for _, s := range p.Slots {
		if s.Filled() > 0 && s.lack() == "" && !s.Turn() {
			n++
		}
	}
	return n
}

// why says why the sending is not open, "" when it is.
func (p PiecesPage) why(ctx context.Context) string {
	if n := len(p.lacks(ctx)); n > 0 {
		return i18n.N(ctx, "documents.send.lacks", n)
	}
	return ""
}

// waits tells that something is being inspected.
func (p PiecesPage) saved(ctx context.Context) ui.SaveState {
	s := ui.SaveState{ID: "pieces-etat", Strong: i18n.T(ctx, "documents.saved")}
	if !p.Saved.IsZero() {
		at := i18n.Time(p.Saved)
		if p.Saved.Day != p.Today {
			at = i18n.DateTime(ctx, p.Saved)
		}
		s.Rest = i18n.T(ctx, "documents.saved.at", at)
	}
	return s
}

// Words are those that the script of the uploads says, by data attribute.
func words(ctx context.Context) map[string]string {
	out := map[string]string{}
	for _, name := range []string{"waiting", "checking", "sending", "paused", "offline", "resumes", "received", "failed", "cancelled", "cancel", "pause", "resume", "again",
		"retry", "remaining.seconds", "remaining.minutes", "remaining.done", "progress", "choose", "choose.text", "choose.none", "choose.leave", "choose.put", "choose.first", "interrupted", "different",
		"names", "full", "signin", "closed", "gone", "over", "done"} {
		out[name] = i18n.T(ctx, "documents.js."+name)
	}
	// What the script can see before a file leaves is said as the server would say it.
	for _, code := range []string{"empty", "too_large", "type_not_allowed", "heic_not_allowed", "pdf_password"} {
		out[code] = i18n.T(ctx, "inspect."+code+".title")
		out[code+".remedy"] = i18n.T(ctx, "inspect."+code+".remedy")
	}
	out["refused"] = i18n.T(ctx, "documents.refused.title")
	out["intact"] = i18n.T(ctx, "documents.refused.intact")
	return out
}

// Heavy is a file that was too heavy: what its piece takes, and what a form without a
// script carries, in bytes.
type Heavy struct {
	Slot Slot
	Form int64
}

// form tells that the piece takes heavier files than the form does.
func (h Heavy) form() bool { return h.Slot.MaxBytes > h.Form }

func (h Heavy) title(ctx context.Context) string {
	if h.form() {
		return i18n.T(ctx, "documents.heavy.title")
	}
	return i18n.T(ctx, "document.too_large")
}

func (h Heavy) text(ctx context.Context) string {
	if h.form() {
		return i18n.T(ctx, "documents.heavy.form", h.Slot.Title, i18n.Bytes(ctx, h.Form), i18n.Bytes(ctx, h.Slot.MaxBytes))
	}
	return i18n.T(ctx, "documents.heavy.piece", h.Slot.Title, i18n.Bytes(ctx, h.Slot.MaxBytes))
}
