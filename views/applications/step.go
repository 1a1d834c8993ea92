package applications

import (
	"context"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"passerelle/models/form"
	"passerelle/models/merge"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// Names of the buttons of a step, and their values.
const (
	NameGo    = "_go"
	GoNext    = "suite"
	GoBack    = "retour"
	GoSave    = "enregistrer"
	GoAsk     = "questions" // « Actualiser les questions »
	GoAuto    = "auto"      // the automatic save
	GoAccount = "compte"    // from the recapitulation, to have an account and come back
	GoSignIn  = "connexion"
	FormID    = "etape"
	SavedID   = "sauvegarde"
	MissingQ  = "manque" // ?manque=1 marks what is missing
)

// Draft is what every page of a draft shows around the form.
type Draft struct {
	ID      string
	Session Session
	Kept    i18n.Day // the draft is kept until then
	Form    *form.Definition
	Result  *form.Result
	Number  int    // of the page shown, from 1
	Context string // hidden context of the page, see form.NameContext
	Version string
	Page    string // names this showing of the page
	Saved   i18n.Moment
	Today   i18n.Day
	Claimed bool   // it belongs to an account
	Refused string // why nothing can be sent now (the session), in words
	// Moments gives the wall clock of operations, for the conflict card.
	Moments map[merge.OpID]i18n.Moment
	Device  string // of the reader
}

// StepPage is one page of the form.
type StepPage struct {
	Draft
	Missing bool           // mark what is missing
	Errors  bool           // the summary stands on top (422)
	Lost    []form.Problem // what could not be kept at all
	Arrived bool           // from another page: its title takes the focus
	Pieces  map[string]SlotPiece
	Address string // where the page posts, its own when empty
}

// SlotPiece is a document that a step asks among its questions (P5.2), drawn by whoever
// knows documents: its place, and its own forms, which stand after that of the step.
type SlotPiece struct {
	Slot  templ.Component
	Forms templ.Component
	Key   string // of the piece
	Title string
}

// address is where the page posts.
func (p StepPage) address() string {
	if p.Address != "" {
		return p.Address
	}
	return paths.Step(p.ID, p.Number)
}

// pieces are those of the page, in its order.
func (p StepPage) pieces() []SlotPiece {
	out := []SlotPiece{}
	p.step().Each(func(_ *form.BlockResult, f *form.FieldResult) {
		if piece, ok := p.Pieces[f.Field.ID]; ok {
			out = append(out, piece)
		}
	})
	return out
}

// arrived leaves the focus to what is refused, missing or in conflict.
func (p StepPage) arrived() bool {
	return p.Arrived && !p.Errors && !p.Missing && p.step().Conflicts == 0
}

func (p StepPage) step() *form.StepResult { return &p.Result.Steps[p.Number-1] }

func (d Draft) lang(ctx context.Context) string { return string(i18n.From(ctx)) }

func (d Draft) title(ctx context.Context) string {
	return d.Form.Steps[d.Number-1].Title.In(d.lang(ctx))
}

// Steps are the pages of the form for the stepper, reachable in any order (P5.5).
func (d Draft) Steps(ctx context.Context) []ui.Step {
	out := make([]ui.Step, len(d.Result.Steps))
	for i := range d.Result.Steps {
		st := &d.Result.Steps[i]
		s := ui.Step{Name: st.Step.Title.In(d.lang(ctx)), Href: d.stepHref(st), Current: st.Number == d.Number, Note: d.note(ctx, st)}
		switch st.State {
		case form.Complete:
			s.State = ui.StepOK
		case form.Wrong:
			if st.Wrong > 0 { // two answers to settle are no fault
				s.State = ui.StepBad
			}
		}
		if st.Step.Recap {
			s.State = ui.StepTodo
		}
		out[i] = s
	}
	return out
}

// stepHref asks for the marks of what is missing on a page already begun.
func (d Draft) stepHref(st *form.StepResult) string {
	if st.Step.Documents {
		return paths.Pieces(d.ID)
	}
	href := paths.Step(d.ID, st.Number)
	if st.State == form.Incomplete && st.Number != d.Number && !st.Step.Recap {
		return paths.With(href, MissingQ, "1")
	}
	return href
}

func (d Draft) note(ctx context.Context, st *form.StepResult) string {
	switch {
	case st.Step.Recap && d.waiting() > 0:
		return i18n.T(ctx, "applications.step.after", strconv.Itoa(len(d.Result.Steps)-1))
	case st.Step.Recap:
		return i18n.T(ctx, "applications.step.ready")
	case st.Conflicts > 0:
		return i18n.N(ctx, "applications.step.conflicts", st.Conflicts)
	case st.State == form.Wrong:
		return i18n.N(ctx, "applications.step.wrong", st.Wrong)
	case st.State == form.Incomplete && st.Step.Documents:
		return i18n.N(ctx, "applications.step.pieces", st.Missing)
	case st.State == form.Incomplete:
		return i18n.N(ctx, "applications.step.missing", st.Missing)
	case st.State == form.Untouched:
		return i18n.T(ctx, "applications.step.todo")
	}
	return i18n.T(ctx, "applications.step.complete")
}

// waiting counts what stands between the draft and its submission, the last
// page's own acknowledgements left out.
func (d Draft) waiting() int {
	n := 0
	for i := range d.Result.Steps {
		if st := &d.Result.Steps[i]; !st.Step.Recap {
			n += st.Missing + st.Wrong + st.Conflicts
		}
	}
	return n
}

// problems are the lines of the summary: what could not be kept, conflicts,
// wrong answers, and missing ones where they are marked.
func (p StepPage) problems(ctx context.Context) []ui.Problem {
	if !p.Errors && !p.Missing {
		return nil
	}
	out := []ui.Problem{}
	for _, q := range append(append([]form.Problem{}, p.Lost...), p.step().Problems(p.Missing)...) {
		out = append(out, ui.Problem{Message: p.line(ctx, q), Field: q.Field})
	}
	return out
}

// line is a problem in the summary, with the name of its field where the words
// alone would not tell.
func (d Draft) line(ctx context.Context, q form.Problem) string {
	label := q.Label.In(d.lang(ctx))
	words := say(ctx, q)
	if label == "" || !q.Own.Empty() {
		return words
	}
	return i18n.T(ctx, asked("applications.problem", label), label, words)
}

// asked is the message for a label that is a question itself, and needs no
// colon after it.
func asked(key, label string) string {
	if strings.HasSuffix(label, "?") {
		return key + ".question"
	}
	return key
}

// say is a problem in words: the form's own, else the message of its key.
func say(ctx context.Context, q form.Problem) string {
	if !q.Own.Empty() {
		return q.Own.In(string(i18n.From(ctx)))
	}
	return i18n.T(ctx, q.Key, q.Args...)
}

// SaveState is the state of saving, swapped by the automatic save.
func (d Draft) SaveState(ctx context.Context) ui.SaveState {
	s := ui.SaveState{ID: SavedID}
	switch {
	case d.step().Conflicts > 0:
		s.Tone, s.Strong = ui.ToneTurn, i18n.N(ctx, "applications.save.conflicts", d.step().Conflicts)
		s.Link, s.Href = i18n.T(ctx, "applications.save.see"), paths.Step(d.ID, d.Number)
	case d.Saved.IsZero():
		s.Strong = i18n.T(ctx, "applications.save.nothing")
	default:
		s.Strong = i18n.T(ctx, "applications.save.done")
		s.Rest = i18n.T(ctx, "applications.save.at", d.when(ctx, d.Saved))
	}
	return s
}

func (d Draft) step() *form.StepResult { return &d.Result.Steps[d.Number-1] }

// when writes "14:31" today, else the whole date.
func (d Draft) when(ctx context.Context, m i18n.Moment) string {
	if m.Day == d.Today {
		return i18n.Time(m)
	}
	return i18n.DateTime(ctx, m)
}

// depends lists the inputs of the page that conditions look at.
func (d Draft) depends() map[string]bool {
	read := map[string]bool{}
	visit := func(id string) { read[id] = true }
	for s := range d.Form.Steps {
		for b := range d.Form.Steps[s].Blocks {
			block := &d.Form.Steps[s].Blocks[b]
			block.When.Fields(visit)
			for f := range block.Fields {
				block.Fields[f].When.Fields(visit)
				block.Fields[f].RequiredWhen.Fields(visit)
			}
		}
	}
	return read
}
