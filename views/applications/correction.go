package applications

import (
	"context"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"passerelle/models/form"
	"passerelle/views/hx"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// BoxID is the box that says what is left and transmits again.
const BoxID = "completer-cadre"

// GoSend is the button that transmits again.
const GoSend = "transmettre"

// CorrectionPage is what a manager asks to complete (P9.3): the message, just the
// questions and the pieces asked, the rest locked (P17.8).
type CorrectionPage struct {
	StepPage
	Number  string // of the application
	By      string // who asks; empty for the service
	AskedOn i18n.Day
	DueOn   i18n.Day
	Days    int // left
	Message string
	Fields  []string // ids of the questions and repeated blocks that are open
	Slots   []SlotPiece
	Lacks   []ui.Problem // what stands in the way, each with its place
}

// open tells that a question or a repeated block is asked again.
func (p CorrectionPage) open(id string) bool { return slices.Contains(p.Fields, id) }

// part is a block with only what is asked of it.
type part struct {
	StepPage
	block *form.BlockResult
}

// parts are the blocks that hold something asked, in the form's order.
func (p CorrectionPage) parts() []part {
	out := []part{}
	for i := range p.Result.Steps {
		st := &p.Result.Steps[i]
		for j := range st.Blocks {
			if b, ok := p.only(&st.Blocks[j]); ok {
				at := p.StepPage
				at.Draft.Number = st.Number
				at.Address = paths.Complement(p.ID)
				out = append(out, part{at, b})
			}
		}
	}
	return out
}

// only keeps what is open of a block.
func (p CorrectionPage) only(b *form.BlockResult) (*form.BlockResult, bool) {
	if !b.Visible {
		return nil, false
	}
	if b.Block.Repeat != nil {
		return b, p.open(b.Block.ID)
	}
	kept := *b
	kept.Fields = nil
	for _, f := range b.Fields {
		if f.Visible && f.Field.Kind != form.KindDocument && p.open(f.Field.ID) {
			kept.Fields = append(kept.Fields, f)
		}
	}
	return &kept, len(kept.Fields) > 0
}

// problems of the questions asked, for the summary.
func (p CorrectionPage) summary(ctx context.Context) []ui.Problem {
	if !p.Errors {
		return nil
	}
	out := []ui.Problem{}
	for _, q := range p.Lost {
		out = append(out, ui.Problem{Message: p.line(ctx, q), Field: q.Field})
	}
	for i := range p.Result.Steps {
		for _, q := range p.Result.Steps[i].Problems(true) {
			if p.open(idOf(q.Field)) {
				out = append(out, ui.Problem{Message: p.line(ctx, q), Field: q.Field})
			}
		}
	}
	return append(out, p.Lacks...)
}

// idOf is the question or the repeated block of an input.
func idOf(key string) string {
	if i := strings.IndexAny(key, "./"); i > 0 {
		key = key[:i]
	}
	return strings.TrimSuffix(key, form.SameSuffix)
}

// title names who asks, and when.
func (p CorrectionPage) asked(ctx context.Context) string {
	if p.By == "" {
		return i18n.T(ctx, "applications.correction.service", i18n.Date(ctx, p.AskedOn))
	}
	return i18n.T(ctx, "applications.correction.by", p.By, i18n.Date(ctx, p.AskedOn))
}

func (p CorrectionPage) autosave() templ.Component {
	return ui.AutosaveButton(NameGo, GoAuto, hx.Post(paths.Complement(p.ID), hx.Target(SavedID), hx.NoValidate(), hx.Queue(FormID)))
}

func (p CorrectionPage) saved(ctx context.Context) ui.SaveState {
	if p.Saved.IsZero() {
		return ui.SaveState{ID: SavedID, Strong: i18n.T(ctx, "applications.save.nothing")}
	}
	return ui.SaveState{ID: SavedID, Strong: i18n.T(ctx, "applications.save.done"), Rest: i18n.T(ctx, "applications.save.at", p.when(ctx, p.Saved))}
}

func formsID(s SlotPiece) string { return "formulaires-" + s.Key }

// ready are the pieces asked that nothing holds back any more.
func (p CorrectionPage) ready() []SlotPiece {
	out := []SlotPiece{}
	for _, s := range p.Slots {
		if !slices.ContainsFunc(p.Lacks, func(l ui.Problem) bool { return l.Field == form.PaperPrefix+s.Key }) {
			out = append(out, s)
		}
	}
	return out
}

// refused says why the application cannot be sent again yet.
func (p CorrectionPage) refused(ctx context.Context) string {
	if len(p.Lacks) > 0 {
		return i18n.N(ctx, "applications.correction.lacks", len(p.Lacks))
	}
	return ""
}
