package desk

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/hx"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// Names of the fields of a batch.
const (
	NameChosen  = "c"     // application, repeated
	NameSeen    = "vu_"   // + application: version that the officer saw
	NameFor     = "pour_" // + application: verdict of this line alone
	NameEvery   = "tous"  // all those of the list's filter
	NameNext    = "suite"
	NameShow    = "voir" // application whose mail is shown
	NextRecord  = "enregistrer"
	ReleaseDate = "date"
	// NameRehearsed carries the digest of what the page shows, without which nothing
	// is recorded.
	NameRehearsed = "apercu"
)

// BatchPage is the rehearsal of a bulk decision (répétition, P9.4).
type BatchPage struct {
	Rehearsal application.Rehearsal
	Form      BatchForm
	Shown     models.ID       // whose mail is shown
	Letter    templ.Component // that mail, nil for none
	ShownName string
	Clock     Clock
	Minutes   int // during which a batch is taken back
	Digest    string
	Changed   []application.BatchPart // since the rehearsal that the officer had seen
	First     bool                    // they had seen none
}

// BatchForm is what the officer typed.
type BatchForm struct {
	Kind, Reason, Message, Release, Date string
	Errors                               map[string]string // message keys by field
	Banner                               string            // message key
}

func (p BatchPage) message(ctx context.Context, field string) string {
	if key := p.Form.Errors[field]; key != "" {
		return i18n.T(ctx, key)
	}
	return ""
}

func (p BatchPage) problems(ctx context.Context) []ui.Problem {
	out := []ui.Problem{}
	for _, field := range []string{"decision", "motif", "message", "communication", ReleaseDate} {
		if m := p.message(ctx, field); m != "" {
			out = append(out, ui.Problem{Message: m, Field: field})
		}
	}
	return out
}

// chosen reports that a verdict was chosen, so that there is something to record.
func (p BatchPage) chosen() bool {
	for _, l := range p.Rehearsal.Lines {
		if l.Left == "" && l.Kind != "" {
			return true
		}
	}
	return false
}

// rehearsed reports that the page shows a decision, were everyone left aside.
func (p BatchPage) rehearsed() bool {
	return slices.ContainsFunc(p.Rehearsal.Lines, func(l application.Rehearsed) bool { return l.Kind != "" })
}

func (p BatchPage) title(ctx context.Context) string {
	if p.rehearsed() {
		return i18n.N(ctx, "desk.batch.title", len(p.Rehearsal.Lines))
	}
	return i18n.N(ctx, "desk.batch.crumb", len(p.Rehearsal.Lines))
}

// changes says why nothing was recorded.
func (p BatchPage) changes(ctx context.Context) string {
	if p.First {
		return i18n.T(ctx, "desk.batch.changed.first")
	}
	names := []string{}
	for _, part := range p.Changed {
		names = append(names, i18n.T(ctx, "desk.batch.changed."+string(part)))
	}
	return i18n.T(ctx, "desk.batch.changed.text", strings.Join(names, ", "))
}

// willDo is how many decisions would be recorded.
func (p BatchPage) willDo() int {
	n := 0
	for _, v := range application.Verdicts() {
		n += p.Rehearsal.Count(v)
	}
	return n
}

// Figure is one number of the rehearsal.
type Figure struct{ Value, Name string }

func (p BatchPage) figures(ctx context.Context) []Figure {
	out := []Figure{}
	for _, v := range application.Verdicts() {
		if n := p.Rehearsal.Count(v); n > 0 {
			out = append(out, Figure{i18n.Number(ctx, n), countName(ctx, v, n)})
		}
	}
	if n := p.Rehearsal.LeftAside(); n > 0 {
		out = append(out, Figure{i18n.Number(ctx, n), i18n.N(ctx, "desk.batch.count.left", n)})
	}
	for _, s := range p.Rehearsal.Sessions {
		if p.chosen() {
			out = append(out, Figure{strconv.Itoa(s.Before.Free()) + " → " + strconv.Itoa(s.After.Free()), p.seatsName(ctx, s)})
		}
	}
	if n := p.Rehearsal.Letters(); n > 0 {
		out = append(out, Figure{i18n.Number(ctx, n), i18n.N(ctx, "desk.batch.letters", n)})
	}
	return out
}

func countName(ctx context.Context, v application.Verdict, n int) string {
	switch v {
	case application.VerdictAccepted:
		return i18n.N(ctx, "desk.batch.count.accepted", n)
	case application.VerdictWaitlisted:
		return i18n.N(ctx, "desk.batch.count.waitlisted", n)
	case application.VerdictRefused:
		return i18n.N(ctx, "desk.batch.count.refused", n)
	}
	return i18n.N(ctx, "desk.batch.count.on_hold", n)
}

func (p BatchPage) seatsName(ctx context.Context, s application.SeatChange) string {
	name := i18n.T(ctx, "desk.batch.seats", i18n.Number(ctx, s.Before.Offered()))
	if len(p.Rehearsal.Sessions) > 1 {
		name += ", " + i18n.DateShort(ctx, day(s.Session.StartsOn))
	}
	return name
}

// subtitle names the one session of the batch, or how many there are.
func (p BatchPage) subtitle(ctx context.Context) string {
	if len(p.Rehearsal.Sessions) == 1 {
		s := p.Rehearsal.Sessions[0].Session
		return joined(", ", s.Title, i18n.Date(ctx, day(s.StartsOn)), s.Place)
	}
	return i18n.N(ctx, "desk.batch.sessions", len(p.Rehearsal.Sessions))
}

// odd lists the lines that deserve a look.
func (p BatchPage) odd() []application.Rehearsed {
	out := []application.Rehearsed{}
	for _, l := range p.Rehearsal.Lines {
		if l.Left != "" || len(l.Warnings) > 0 {
			out = append(out, l)
		}
	}
	return out
}

// oddWords says what is odd about a line, and what will happen.
func oddWords(ctx context.Context, l application.Rehearsed) (what []string, then string) {
	ctx = about(ctx, l.Application.Kind)
	if l.Left != "" {
		return []string{i18n.T(ctx, l.Left)}, i18n.T(ctx, "desk.batch.left")
	}
	bounced := false
	for _, w := range l.Warnings {
		what = append(what, i18n.N(ctx, w.Key, w.N))
		bounced = bounced || w.Key == "desk.warn.bounced"
	}
	then = i18n.T(ctx, "desk.batch.holds")
	if bounced {
		then += " " + i18n.T(ctx, "desk.batch.holds.bounced")
	}
	return what, then
}

func (p BatchPage) effect(ctx context.Context, l application.Rehearsed) string {
	switch {
	case l.Left != "" || l.Kind == "":
		return "–"
	case l.Seat > 0:
		return i18n.T(ctx, "desk.batch.seat", strconv.Itoa(l.Seat))
	case l.Decision.Rank > 0:
		return i18n.T(ctx, "desk.batch.rank", strconv.Itoa(l.Decision.Rank))
	}
	return "–"
}

// verdicts are the choices for one line; the first follows the batch.
func (p BatchPage) verdicts(ctx context.Context, l application.Rehearsed) []ui.Option {
	out := []ui.Option{{Value: "", Label: i18n.T(ctx, "desk.batch.same"), Selected: l.Wish.Kind == ""}}
	for _, v := range application.Verdicts() {
		out = append(out, ui.Option{Value: string(v), Label: i18n.T(ctx, "desk.verdict."+string(v)), Selected: l.Wish.Kind == v})
	}
	return out
}

func (p BatchPage) choices(ctx context.Context) ui.Radios {
	r := ui.Radios{Field: ui.Field{ID: "decision", Name: "decision", Label: i18n.T(ctx, "desk.batch.decision"), Error: p.message(ctx, "decision")}, Cards: true}
	for _, v := range application.Verdicts() {
		r.Options = append(r.Options, ui.Option{Value: string(v), Label: i18n.T(ctx, "desk.verdict."+string(v)), Selected: p.Form.Kind == string(v)})
	}
	return r
}

func (p BatchPage) releases(ctx context.Context) ui.Radios {
	on := i18n.T(ctx, "desk.batch.release.session")
	if len(p.Rehearsal.Sessions) == 1 {
		on = i18n.T(ctx, "desk.release.on", i18n.Date(ctx, day(p.Rehearsal.Sessions[0].Before.ReleaseOn)))
	}
	return ui.Radios{Field: ui.Field{ID: "communication", Name: "communication", Label: i18n.T(ctx, "desk.release"), Error: p.message(ctx, "communication")},
		Cards: true, Options: []ui.Option{
			{Value: "", Label: on, Hint: i18n.T(ctx, "desk.batch.release.hint"), Selected: p.Form.Release == ""},
			{Value: ReleaseDate, Label: i18n.T(ctx, "desk.batch.release.date"), Selected: p.Form.Release == ReleaseDate},
			{Value: ReleaseNow, Label: i18n.T(ctx, "desk.release.now"), Hint: i18n.N(ctx, "desk.batch.release.now", p.Minutes), Selected: p.Form.Release == ReleaseNow}}}
}

// showing fetches one mail alone, where there is a script.
func showing() templ.Attributes {
	return hx.Post(paths.DeskBatches(), hx.Target("apercu"), hx.Select("apercu"), hx.Include("lot"), hx.Latest())
}

func verdictStatus(ctx context.Context, v application.Verdict) ui.Status {
	s := ui.Status{Label: i18n.T(ctx, "desk.verdict."+string(v)), Plain: true}
	switch v {
	case application.VerdictAccepted:
		s.Tone = ui.ToneOK
	case application.VerdictWaitlisted:
		s.Tone, s.Icon = ui.ToneInfo, ui.IconListOrdered
	case application.VerdictRefused:
		s.Tone = ui.ToneBad
	default:
		s.Tone, s.Icon = ui.ToneTurn, ui.IconPause
	}
	return s
}

// about makes the words of one line speak of what it asks for: a batch may mix sessions
// and campaigns.
func about(ctx context.Context, k application.Kind) context.Context {
	if k == application.Admission {
		return i18n.About(ctx, "admission")
	}
	return ctx
}

// lineVerdict is what a line of a batch was to get: in colour only while it holds.
func lineVerdict(ctx context.Context, l application.BatchLine) ui.Status {
	s := verdictStatus(ctx, l.Kind)
	if l.State != application.LineDone && l.State != application.LineWaiting {
		s.Tone, s.Icon = "", ui.IconCircleSlash
	}
	return s
}

func lineStatus(ctx context.Context, l application.BatchLine) ui.Status {
	ctx = about(ctx, l.Application.Kind)
	s := ui.Status{Label: i18n.T(ctx, "desk.batch.line."+string(l.State)), Plain: true}
	switch l.State {
	case application.LineDone:
		s.Tone = ui.ToneOK
	case application.LineWaiting:
		s.Icon = ui.IconHourglass
	case application.LineUndone:
		s.Icon = ui.IconUndo2
	default:
		s.Tone, s.Icon = ui.ToneBad, ui.IconTriangleAlert
	}
	if l.Why != "" {
		s.Label += i18n.T(ctx, "desk.batch.because", i18n.T(ctx, l.Why))
	}
	return s
}

// DonePage is what became of a batch.
type DonePage struct {
	Batch   application.Batch
	Clock   Clock
	TooLate bool
}

func (p DonePage) running() bool {
	return p.Batch.Count(application.LineWaiting) > 0 && p.Batch.UndoneAt == nil
}

func (p DonePage) title(ctx context.Context) string {
	switch {
	case p.Batch.UndoneAt != nil:
		return i18n.N(ctx, "desk.batch.undone", p.Batch.Count(application.LineUndone))
	case p.running():
		return i18n.T(ctx, "desk.batch.running", i18n.Number(ctx, len(p.Batch.Lines)-p.Batch.Count(application.LineWaiting)), i18n.Number(ctx, len(p.Batch.Lines)))
	}
	return i18n.N(ctx, "desk.batch.done", p.Batch.Count(application.LineDone))
}

func (p DonePage) undoText(ctx context.Context) string {
	return i18n.T(ctx, "desk.batch.undo.until", i18n.Time(p.Clock.moment(p.Batch.UndoUntil)))
}

// percent of the lines that were gone through.
func (p DonePage) percent() int {
	if len(p.Batch.Lines) == 0 {
		return 100
	}
	return 100 * (len(p.Batch.Lines) - p.Batch.Count(application.LineWaiting)) / len(p.Batch.Lines)
}

// following asks again while the batch runs.
func (p DonePage) following() templ.Attributes {
	if !p.running() {
		return nil
	}
	return hx.Get(paths.DeskBatch(p.Batch.ID.String()), hx.Target("lot"), hx.Select("lot"), hx.Trigger("every 1s"))
}

// BatchesPage lists an officer's own batches.
type BatchesPage struct {
	Batches []application.BatchSummary
	Clock   Clock
}

// recent names a batch that can be taken back, and until when.
func recent(ctx context.Context, b application.BatchSummary, c Clock) string {
	return i18n.N(ctx, "desk.batch.recent", b.Done+b.Waiting, "made", i18n.Time(c.moment(b.MadeAt)), "until", i18n.Time(c.moment(b.UndoUntil)))
}

func (p BatchesPage) state(ctx context.Context, b application.BatchSummary) ui.Status {
	switch {
	case b.UndoneAt != nil:
		return ui.Status{Icon: ui.IconUndo2, Label: i18n.T(ctx, "desk.batch.state.undone"), Plain: true}
	case b.Waiting > 0:
		return ui.Status{Icon: ui.IconHourglass, Label: i18n.T(ctx, "desk.batch.state.running"), Plain: true}
	case b.Undoable(p.Clock.Now):
		return ui.Status{Tone: ui.ToneInfo, Icon: ui.IconUndo2, Label: i18n.T(ctx, "desk.batch.undo.until", i18n.Time(p.Clock.moment(b.UndoUntil))), Plain: true}
	}
	return ui.Status{Tone: ui.ToneOK, Label: i18n.T(ctx, "desk.batch.state.done"), Plain: true}
}
