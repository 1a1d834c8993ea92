package desk

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/models/form"
	"passerelle/views/hx"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// DossierPage is one application as its officer reads it, with the form that decides
// (P9.2). What was typed and refused comes back in Form, Note and Stuck.
type DossierPage struct {
	application.Dossier
	Clock  Clock
	Filter application.DeskFilter // the list that led here
	Place  int                    // in that list, from 0; -1 outside it
	Before *application.DeskRow
	After  *application.DeskRow
	Gone   bool // it has left that list: the next one has its place
	Form   DecisionForm
	Note   NoteForm
	Stuck  StuckForm
	Assign string               // message key of a refused assignment
	Own    bool                 // the reader's own application: a colleague decides
	Done   string               // what was just done: "decision", "note"…
	Papers application.Progress // of its documents, none when it has none
	// Requirements are the documents asked for; Requests, what the service asked for
	// since (P9.3).
	Requirements []dossier.Requirement
	Requests     []application.InformationRequest
}

// DecisionForm is what the officer typed to decide.
type DecisionForm struct {
	Kind    string
	Reason  string
	Message string
	Rank    string
	Release string            // "maintenant", or empty for the session's date
	Errors  map[string]string // message keys by field
	Banner  string            // message key of a refusal that is no field's
}

// NoteForm is a note being written.
type NoteForm struct{ Text, Error string }

// StuckForm is what the officer typed about a line manager who does not answer (P18.3).
type StuckForm struct {
	Approver application.Approver
	Reason   string
	Errors   map[string]string
	Naming   bool // the form that names another is open
}

// ReleaseNow is the value of the choice that tells a decision at once.
const ReleaseNow = "maintenant"

func (p DossierPage) id() string { return p.ID.String() }

func (p DossierPage) stuck() bool { return p.DeskState() == application.DeskStuck }

// address adds the list to an address of this application, to walk on after an action.
func (p DossierPage) address(path string) string {
	if p.Place < 0 {
		return path
	}
	return paths.With(path, ListPairs(p.Filter, p.Place)...)
}

// ListPairs carries the list, and the place in it, from page to page.
func ListPairs(f application.DeskFilter, place int) []string {
	f.Page = 0
	return append(pairs(f), namePlace, strconv.Itoa(place+1))
}

func (p DossierPage) neighbour(r *application.DeskRow, by int) string {
	return opened(r.Application, p.Filter, max(p.Place+by, 0))
}

func (p DossierPage) session(ctx context.Context) string {
	if p.Kind == application.Admission {
		words := i18n.T(ctx, "desk.campaign", i18n.MonthYear(ctx, p.Session.StartsOn.Year(), int(p.Session.StartsOn.Month())))
		if p.Session.Institution != "" {
			words += ", " + p.Session.Institution
		}
		return words + " · " + p.Reference()
	}
	words := i18n.T(ctx, "desk.session", i18n.Range(ctx, day(p.Session.StartsOn), day(p.Session.EndsOn)))
	if p.Session.Place != "" {
		words += ", " + p.Session.Place
	}
	return words + " · " + p.Reference()
}

// decidable tells whether a decision can be recorded or changed now.
func (p DossierPage) decidable() bool {
	return p.State == application.UnderReview && !p.Own && p.Session.CancelledAt == nil
}

// why says why no decision can be recorded (P17.15).
func (p DossierPage) why(ctx context.Context) string {
	switch {
	case p.Own:
		return i18n.T(ctx, "desk.own_application.text")
	case p.Session.CancelledAt != nil:
		return i18n.T(ctx, "desk.session_cancelled.text")
	}
	switch p.DeskState() {
	case application.DeskAwaiting:
		if a := p.approval(); a != nil && a.State.Open() {
			return i18n.T(ctx, "desk.why.awaiting", a.Name())
		}
		return i18n.T(ctx, "desk.why.unnamed")
	case application.DeskStuck:
		return i18n.T(ctx, "desk.why.stuck")
	case application.DeskInformation:
		return i18n.T(ctx, "desk.why.information")
	case application.DeskAccepted, application.DeskConfirmed, application.DeskWaitlisted, application.DeskRefused, application.DeskPromised:
		if p.Standing != nil && p.Standing.ReleasedAt != nil {
			return i18n.T(ctx, "desk.why.told", p.Clock.when(ctx, *p.Standing.ReleasedAt))
		}
	}
	return i18n.T(ctx, "desk.why.ended", strings.ToLower(i18n.T(ctx, "desk.state."+string(p.DeskState()))))
}

func (p DossierPage) approval() *application.Approval {
	if len(p.Approvals) == 0 {
		return nil
	}
	return &p.Approvals[0]
}

// stops are the stages of the procedure (P17.14).
func (p DossierPage) stops(ctx context.Context) []ui.Stop {
	stops := []ui.Stop{{Name: i18n.T(ctx, "desk.stop.sent"), State: ui.StopDone}}
	if p.SubmittedAt != nil {
		stops[0].Meta = p.Clock.when(ctx, *p.SubmittedAt)
	}
	if p.Kind != application.Admission { // which no line manager approves
		stops = append(stops, p.approvalStop(ctx))
	}
	return append(stops, p.reviewStop(ctx), p.answerStop(ctx))
}

func (p DossierPage) approvalStop(ctx context.Context) ui.Stop {
	s := ui.Stop{Name: i18n.T(ctx, "desk.stop.approval"), State: ui.StopDone}
	a := p.approval()
	if a != nil && a.State != application.ApprovalReplaced {
		s.Name = i18n.T(ctx, "desk.stop.approval.of", a.Name())
	}
	if a != nil && a.AnsweredAt != nil {
		s.Meta = p.Clock.when(ctx, *a.AnsweredAt)
	}
	switch p.DeskState() {
	case application.DeskAwaiting:
		s.State = ui.StopHere
		s.Meta = i18n.N(ctx, "desk.waiting", p.Clock.since(p.Since))
	case application.DeskStuck:
		s.State, s.Meta = ui.StopTurn, i18n.T(ctx, "desk.state.en-souffrance")
	case application.DeskApprovalRefused:
		s.State = ui.StopEnd
	}
	return s
}

func (p DossierPage) reviewStop(ctx context.Context) ui.Stop {
	s := ui.Stop{Name: i18n.T(ctx, "desk.stop.review")}
	switch p.DeskState() {
	case application.DeskToReview, application.DeskOnHold:
		s.Name, s.State = i18n.T(ctx, "desk.stop.review.yours"), ui.StopTurn
		s.Meta = i18n.T(ctx, "desk.before", i18n.DayMonth(ctx, day(p.Seats.ReleaseOn)))
		if late := p.Clock.late(p.DeskState(), p.Seats.ReleaseOn); late > 0 {
			s.Meta = i18n.N(ctx, "desk.late", late, "date", i18n.DayMonth(ctx, day(p.Seats.ReleaseOn)))
		}
	case application.DeskToTell, application.DeskAccepted, application.DeskPromised, application.DeskConfirmed,
		application.DeskWaitlisted, application.DeskRefused, application.DeskDeclined:
		s.State = ui.StopDone
		if p.Standing != nil {
			s.Meta = p.Clock.when(ctx, p.Standing.RecordedAt)
		}
	}
	return s
}

func (p DossierPage) answerStop(ctx context.Context) ui.Stop {
	s := ui.Stop{Name: i18n.T(ctx, "desk.stop.answer"), Meta: i18n.DayMonth(ctx, day(p.Seats.ReleaseOn))}
	if late := p.Clock.late(p.DeskState(), p.Seats.ReleaseOn); late > 0 {
		s.Meta = i18n.N(ctx, "desk.late", late, "date", s.Meta)
	}
	if p.Standing == nil {
		return s
	}
	switch {
	case p.Standing.ReleasedAt != nil: // the day on which the applicant was told, as they read it
		s.Meta = i18n.DayMonth(ctx, p.Clock.moment(*p.Standing.ReleasedAt).Day)
	case p.Standing.ReleaseOn != nil:
		s.Meta = i18n.DayMonth(ctx, day(*p.Standing.ReleaseOn))
	}
	switch {
	case p.DeskState() == application.DeskToTell:
		s.State = ui.StopHere
	case p.State == application.Refused:
		s.State = ui.StopEnd
	case p.Standing.ReleasedAt != nil:
		s.State = ui.StopDone
	}
	return s
}

// answerBlock is one block of the submission.
type answerBlock struct {
	title string
	facts []ui.Fact
	rows  []string // of a repeated block, what is known of each so far
}

// row gathers the answers of one row of a table under one term: « Formation 1 », then
// each question with its answer.
func (b *answerBlock) row(ctx context.Context, a form.Answer, term, shown string) {
	n := a.RowNo
	for len(b.rows) < n {
		b.rows = append(b.rows, "")
		b.facts = append(b.facts, ui.Fact{Term: rowName(ctx, a, len(b.rows))})
	}
	if b.rows[n-1] != "" {
		b.rows[n-1] += "\n"
	}
	b.rows[n-1] += term + " : " + shown
	b.facts[len(b.facts)-len(b.rows)+n-1].Value = ui.Lines(b.rows[n-1])
}

// rowName names the nth row of a table; what was sent before rows had a name says so
// much less.
func rowName(ctx context.Context, a form.Answer, n int) string {
	if name := a.RowName.In(string(i18n.From(ctx))); name != "" {
		return name + " " + strconv.Itoa(n)
	}
	return i18n.T(ctx, "desk.answer.row", strconv.Itoa(n))
}

// blocks groups the submitted answers as the form did, in words about the person and
// never to them; questions left empty are not shown.
func (p DossierPage) blocks(ctx context.Context) []answerBlock {
	lang, out, at := string(i18n.From(ctx)), []answerBlock{}, map[string]int{}
	for _, a := range p.Answers.Answers {
		before, corrected := p.Former.Before[application.At(a)]
		if a.Kind == form.KindAck || a.Shown.In(lang) == "" && !corrected {
			continue
		}
		title := blockTitle(ctx, a)
		if _, ok := at[title]; !ok {
			at[title] = len(out)
			out = append(out, answerBlock{title: title})
		}
		b := &out[at[title]]
		term, shown := term(ctx, a), a.Shown.In(lang)
		switch {
		case a.RowNo > 0 && corrected:
			b.row(ctx, a, term, joined(" ", spoken(ctx, shown), i18n.T(ctx, "desk.answer.before.row", spoken(ctx, before.Shown.In(lang)))))
		case a.RowNo > 0:
			b.row(ctx, a, term, shown)
		case corrected:
			b.facts = append(b.facts, ui.Fact{Term: term, Value: correctedAnswer(spoken(ctx, shown), spoken(ctx, before.Shown.In(lang)))})
		default:
			b.facts = append(b.facts, ui.Fact{Term: term, Value: ui.Lines(shown)})
		}
	}
	return p.withRemoved(ctx, out)
}

// withRemoved adds what was said in the transmission before and is no more.
func (p DossierPage) withRemoved(ctx context.Context, out []answerBlock) []answerBlock {
	if len(p.Former.Removed) == 0 {
		return out
	}
	gone := answerBlock{title: i18n.T(ctx, "desk.answers.removed")}
	for _, a := range p.Former.Removed {
		gone.facts = append(gone.facts, ui.Fact{Term: term(ctx, a), Value: ui.Lines(a.Shown.In(string(i18n.From(ctx))))})
	}
	return append(out, gone)
}

// term names a question in words about the person.
func term(ctx context.Context, a form.Answer) string {
	if key := "desk.field." + a.Field; i18n.Has(key) {
		return i18n.T(ctx, key)
	}
	return a.Label.In(string(i18n.From(ctx)))
}

// spoken is an answer, or the word that there is none.
func spoken(ctx context.Context, shown string) string {
	if shown == "" {
		return i18n.T(ctx, "desk.answer.none")
	}
	return shown
}

// blockTitle is the block's own, or that of its step where the block speaks to the
// applicant (« Votre état civil »).
func blockTitle(ctx context.Context, a form.Answer) string {
	title, key := a.Heading.In(string(i18n.From(ctx))), "desk.step."+a.Step
	if i18n.Has(key) && speaksTo(title) {
		return i18n.T(ctx, key)
	}
	return title
}

// speaksTo reports words addressed to the reader.
func speaksTo(words string) bool {
	for _, w := range strings.Fields(strings.ToLower(words)) {
		switch w {
		case "votre", "vos", "vous", "you", "your":
			return true
		}
	}
	return false
}

// approvalFacts say who answered, how, and how strong the identity is (P18.2).
func (p DossierPage) approvalFacts(ctx context.Context, a application.Approval) []ui.Fact {
	facts := []ui.Fact{
		{Term: i18n.T(ctx, "desk.approval.answer"), Value: approvalStatus(ctx, a)},
		{Term: i18n.T(ctx, "desk.approval.who"), Text: joined(", ", a.Name(), a.Function)},
	}
	if a.Email != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "desk.approval.reach"), Text: joined(" · ", a.Email, a.Phone)})
	}
	if a.AnsweredAt != nil {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "desk.approval.when"), Text: p.Clock.when(ctx, *a.AnsweredAt)})
	} else {
		asked := p.Clock.when(ctx, a.RequestedAt)
		if a.Reminders > 0 {
			asked = joined(", ", asked, i18n.N(ctx, "desk.approval.reminders", a.Reminders))
		}
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "desk.approval.asked"), Text: asked})
	}
	if a.Strength != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "desk.approval.strength"), Text: i18n.T(ctx, "desk.strength."+string(a.Strength))})
	}
	if a.Reason != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "desk.approval.word"), Value: ui.Lines(a.Reason)})
	}
	return facts
}

func approvalStatus(ctx context.Context, a application.Approval) ui.Status {
	s := ui.Status{Label: i18n.T(ctx, "desk.approval."+string(a.State)), Plain: true, Icon: ui.IconHourglass}
	switch a.State {
	case application.ApprovalGiven:
		s.Tone, s.Icon = ui.ToneOK, ""
	case application.ApprovalDenied:
		s.Tone, s.Icon = ui.ToneBad, ""
	case application.ApprovalStuck:
		s.Tone, s.Icon = ui.ToneTurn, ui.IconTriangleAlert
	case application.ApprovalNotMyStaff, application.ApprovalReplaced, application.ApprovalClosed:
		s.Icon = ui.IconCircleMinus
	}
	return s
}

// history is the journal in words, the most recent first.
func (p DossierPage) history(ctx context.Context) ui.Timeline {
	t := ui.Timeline{}
	for _, item := range p.Timeline {
		at := p.Clock.moment(item.At)
		t.Events = append(t.Events, ui.Event{Icon: eventIcon(item.Kind), Text: eventWords(ctx, item), When: i18n.DateTimeShort(ctx, at), ISO: at.ISO(),
			Note: joined(" ", p.askedNames(ctx, item), eventNote(ctx, item))})
	}
	return t
}

func eventWords(ctx context.Context, item application.TimelineItem) string {
	who := item.Actor
	switch {
	case item.Mine:
		who = i18n.T(ctx, "desk.you.inside")
	case who == "" && item.ActorKind == models.ActorLink:
		who = i18n.T(ctx, "desk.by.link")
	case who == "":
		who = i18n.T(ctx, "desk.by.portal")
	}
	if item.For != "" {
		who = i18n.T(ctx, "desk.by.delegation", "who", who, "absent", item.For)
	}
	return i18n.T(ctx, eventKey(item), "who", who)
}

// eventKey names the words of an event, by verdict where a verdict has its own.
func eventKey(item application.TimelineItem) string {
	key := "desk.event." + strings.TrimPrefix(item.Kind, "application.")
	if v, ok := item.Data["verdict"].(string); ok && i18n.Has(key+"."+v) {
		return key + "." + v
	}
	if !i18n.Has(key) {
		return "desk.event.unknown"
	}
	return key
}

// eventNote is what was written, in words of the interface when it is one of its own causes.
func eventNote(ctx context.Context, item application.TimelineItem) string {
	if key := "desk.cause." + item.Reason; i18n.Has(key) {
		return i18n.T(ctx, key)
	}
	return item.Reason
}

func eventIcon(kind string) ui.Icon {
	switch strings.TrimPrefix(kind, "application.") {
	case "submit":
		return ui.IconSend
	case "opinion_asked", "opinion_link_renewed":
		return ui.IconMail
	case "opinion_given":
		return ui.IconNotebookPen
	case "assigned", "unassigned":
		return ui.IconUsers
	case "request_approval", "approval_sent_again", "approval_reminded", "approval_link_renewed", "release_accepted", "release_refused", "release_waitlisted":
		return ui.IconMail
	case "approve", "confirm":
		return ui.IconCircleCheck
	case "refuse_approval", "decline":
		return ui.IconCircleX
	case "decided":
		return ui.IconScale
	case "promoted", "promote":
		return ui.IconListOrdered
	case "noted":
		return ui.IconNotebookPen
	case "withdraw", "not_my_staff", "approver_replaced":
		return ui.IconUndo2
	case "approval_stuck":
		return ui.IconTriangleAlert
	case "close", "lapse", "cancel_session", "expire":
		return ui.IconCircleMinus
	}
	return ui.IconCircleDot
}

// choices are the decisions, each with its consequence said before (P9.2, P17.15).
func (p DossierPage) choices(ctx context.Context) ui.Radios {
	r := ui.Radios{Cards: true, Field: ui.Field{ID: "decision", Name: "decision", Label: i18n.T(ctx, "desk.decision"), Error: p.message(ctx, "decision")}}
	free, mine := p.Seats.Free(), application.Verdict(p.Verdict) == application.VerdictAccepted
	accept := i18n.N(ctx, "desk.accept.free", free)
	if mine {
		accept = i18n.T(ctx, "desk.accept.kept")
	} else if free == 0 {
		accept = i18n.N(ctx, "desk.accept.full", p.Seats.Taken+p.Seats.Elsewhere, "of", i18n.Number(ctx, p.Seats.Capacity))
	}
	wait, started := i18n.T(ctx, "desk.waitlist.rank", i18n.Number(ctx, p.lastRank())), p.started()
	if started {
		accept = i18n.T(ctx, "desk.choose.started", i18n.Date(ctx, day(p.Session.StartsOn)))
		wait = accept
	}
	hints := map[application.Verdict]string{application.VerdictAccepted: accept, application.VerdictWaitlisted: wait,
		application.VerdictRefused: i18n.T(ctx, "desk.refuse.hint"), application.VerdictOnHold: i18n.T(ctx, "desk.hold.hint")}
	for _, v := range application.Verdicts() {
		o := ui.Option{Value: string(v), Label: i18n.T(ctx, "desk.choose."+string(v)), Hint: hints[v], Selected: p.Form.Kind == string(v)}
		o.Disabled = started && (v == application.VerdictAccepted || v == application.VerdictWaitlisted) ||
			v == application.VerdictAccepted && free == 0 && !mine
		r.Options = append(r.Options, o)
	}
	return r
}

// started tells that the session can give no seat any more.
func (p DossierPage) started() bool { return p.Seats.Started(p.Clock.today()) }

// seats counts as the course's page does: of the whole capacity.
func (p DossierPage) seats(ctx context.Context) string {
	words := i18n.N(ctx, "desk.seats.free", p.Seats.Free(), "of", i18n.Number(ctx, p.Seats.Capacity))
	if p.Seats.Elsewhere > 0 {
		words += ", " + i18n.N(ctx, "desk.seats.elsewhere", p.Seats.Elsewhere)
	}
	return words
}

// lastRank is the rank at the end of the waiting list.
func (p DossierPage) lastRank() int {
	if p.Rank > 0 {
		return p.Seats.Waiting
	}
	return p.Seats.Waiting + 1
}

func (p DossierPage) message(ctx context.Context, field string) string {
	if key := p.Form.Errors[field]; key != "" {
		return i18n.T(ctx, key)
	}
	return ""
}

func (p DossierPage) stuckError(ctx context.Context, field string) string {
	if key := p.Stuck.Errors[field]; key != "" {
		return i18n.T(ctx, key)
	}
	return ""
}

// problems lists what was refused, in the words of the fields.
func (p DossierPage) problems(ctx context.Context) []ui.Problem {
	out := []ui.Problem{}
	for _, field := range []string{"decision", "rang", "motif", "message", "communication"} {
		if m := p.message(ctx, field); m != "" {
			out = append(out, ui.Problem{Message: m, Field: field})
		}
	}
	for _, field := range []string{"manager_last_name", "manager_first_name", "manager_function", "manager_email", "manager_phone", "motif_cloture"} {
		if m := p.stuckError(ctx, field); m != "" {
			out = append(out, ui.Problem{Message: m, Field: field})
		}
	}
	if p.Assign != "" {
		out = append(out, ui.Problem{Message: i18n.T(ctx, p.Assign), Field: NameOfficer})
	}
	if p.Note.Error != "" {
		out = append(out, ui.Problem{Message: i18n.T(ctx, p.Note.Error), Field: "note"})
	}
	return out
}

// releases are the dates on which the applicant can be told.
func (p DossierPage) releases(ctx context.Context) ui.Select {
	s := ui.Select{Field: ui.Field{ID: "communication", Name: "communication", Label: i18n.T(ctx, "desk.release"), Error: p.message(ctx, "communication"),
		Hint: i18n.T(ctx, "desk.release.hint")}}
	if p.Seats.ReleaseOn.After(p.Clock.today()) && !p.started() {
		s.Options = append(s.Options, ui.Option{Value: "", Label: i18n.T(ctx, "desk.release.on", i18n.Date(ctx, day(p.Seats.ReleaseOn))), Selected: p.Form.Release == ""})
	}
	s.Options = append(s.Options, ui.Option{Value: ReleaseNow, Label: i18n.T(ctx, "desk.release.now"), Selected: p.Form.Release == ReleaseNow})
	return s
}

// Colleagues leaves the reader out.
func Colleagues(all []application.Presence) []application.Presence {
	out := []application.Presence{}
	for _, one := range all {
		if !one.Mine {
			out = append(out, one)
		}
	}
	return out
}

// polling asks every 20 seconds who else is there.
func polling(id string) templ.Attributes {
	return hx.Get(paths.DeskPresence(id), hx.Target("presence"), hx.Trigger("every 20s"))
}

func joined(sep string, texts ...string) string {
	kept := []string{}
	for _, s := range texts {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, sep)
}

// step is where the next application stands: this one leaves its place once decided.
func (p DossierPage) step() int {
	if p.Gone {
		return 0
	}
	return 1
}

func (p DossierPage) noteError(ctx context.Context) string {
	if p.Note.Error == "" {
		return ""
	}
	return i18n.T(ctx, p.Note.Error)
}

func noteAuthor(ctx context.Context, n application.Note) string {
	if n.Mine {
		return i18n.T(ctx, "desk.you")
	}
	return n.Author
}

func decidedBy(ctx context.Context, d application.Decision) string {
	if d.Cause == application.CausePromotion {
		return i18n.T(ctx, "desk.by.promotion")
	}
	return d.RecordedName
}

// told says when a decision reached the applicant, or will.
func (p DossierPage) told(ctx context.Context, d application.Decision) string {
	switch {
	case d.ReleasedAt != nil:
		return p.Clock.when(ctx, *d.ReleasedAt)
	case p.undone(d):
		return i18n.T(ctx, "desk.told.undone")
	case d.SupersededAt != nil:
		return i18n.T(ctx, "desk.told.replaced")
	case d.ReleaseOn != nil:
		return i18n.T(ctx, "desk.told.on", i18n.Date(ctx, day(*d.ReleaseOn)))
	}
	return i18n.T(ctx, "desk.told.never")
}

// undone reports that a decision was taken back, rather than replaced by another.
func (p DossierPage) undone(d application.Decision) bool {
	return slices.ContainsFunc(p.Timeline, func(item application.TimelineItem) bool {
		return item.Kind == "application.decision_undone" && item.Data["decision"] == d.ID.String()
	})
}

// standing says who decided what when, and until when it can change (P18.4).
func (p DossierPage) standing(ctx context.Context) string {
	d := p.Standing
	release := ""
	if d.ReleaseOn != nil {
		release = i18n.Date(ctx, day(*d.ReleaseOn))
	}
	return i18n.T(ctx, "desk.standing", "who", decidedBy(ctx, *d), "when", p.Clock.when(ctx, d.RecordedAt), "date", release)
}
