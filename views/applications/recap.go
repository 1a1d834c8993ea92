package applications

import (
	"context"
	"strings"

	"passerelle/models/form"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// NameSeen is the hidden input that names every value shown (P5.6).
const NameSeen = "_seen"

// RecapPage is the last page: everything that will be sent, then the
// acknowledgements (P5.6).
type RecapPage struct {
	StepPage
	Blocks  []form.RecapBlock
	Seen    string
	Signed  bool // an active account is signed in
	Pending bool // an account waits for its activation
	Stale   []form.Problem
}

// edit is where a block is changed: the page, at the block.
func (p RecapPage) edit(b form.RecapBlock) string {
	if b.Block == nil {
		return paths.Pieces(p.ID)
	}
	return paths.Step(p.ID, b.Step) + "#bloc-" + b.Block.ID
}

// piece is the document of a line, "" when it is none.
func piece(r form.RecapRow, line int) string {
	if r.Document == nil || line >= len(r.Document.IDs) {
		return ""
	}
	return r.Document.IDs[line]
}

// status of a block in the margin.
func (p RecapPage) status(ctx context.Context, b form.RecapBlock) ui.Status {
	missing, wrong, two, given := 0, 0, 0, 0
	for _, r := range b.Rows {
		if r.Same || len(r.Lines) > 0 || r.Document != nil && r.Document.Exempt {
			given++
		}
		switch {
		case r.Conflict:
			two++
		case r.Missing:
			missing++
		case r.Problem != nil && !r.Problem.Warning:
			wrong++
		}
	}
	switch {
	case two > 0:
		return ui.Status{Tone: ui.ToneTurn, Plain: true, Icon: ui.IconGitCompare, Label: i18n.N(ctx, "applications.step.conflicts", two)}
	case wrong > 0:
		return ui.Status{Tone: ui.ToneBad, Plain: true, Label: i18n.N(ctx, "applications.step.wrong", wrong)}
	case missing > 0:
		return ui.Status{Tone: ui.ToneTurn, Plain: true, Label: i18n.N(ctx, "applications.step.missing", missing)}
	}
	if given == 0 {
		return ui.Status{Plain: true, Label: i18n.T(ctx, "applications.step.optional")}
	}
	return ui.Status{Tone: ui.ToneOK, Plain: true, Label: i18n.T(ctx, "applications.step.complete")}
}

// unmet lists what stands between the draft and its submission, each with the
// page where it is settled (P17.15).
func (p RecapPage) unmet(ctx context.Context) []ui.Problem {
	out := []ui.Problem{}
	for i := range p.Result.Steps {
		st := &p.Result.Steps[i]
		if st.Step.Recap {
			continue
		}
		for _, q := range st.Problems(true) {
			if st.Step.Documents && strings.HasPrefix(q.Field, form.PaperPrefix) {
				out = append(out, ui.Problem{Message: p.line(ctx, q), Href: paths.Pieces(p.ID) + "#" + q.Field})
				continue
			}
			out = append(out, ui.Problem{Message: p.line(ctx, q), Href: paths.With(paths.Step(p.ID, st.Number), MissingQ, "1") + "#" + q.Field})
		}
	}
	return out
}

// own lists the problems of the last page itself, once it has been sent.
func (p RecapPage) own(ctx context.Context) []ui.Problem {
	if !p.Errors {
		return nil
	}
	return p.problems(ctx)
}

// stale names the answers that changed since they were shown.
func (p RecapPage) stale(ctx context.Context) []ui.Problem {
	out := []ui.Problem{}
	for _, q := range p.Stale {
		out = append(out, ui.Problem{Message: i18n.T(ctx, "applications.stale.line", q.Label.In(p.lang(ctx))), Href: "#r-" + q.Field})
	}
	return out
}
