package applications

import (
	"context"
	"slices"
	"strings"

	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// Card is one application on the dashboard, as its applicant may know it.
type Card struct {
	ID         string
	Number     string
	State      string // as stored: "under_review"
	Turn       string // "applicant", "manager", "service", "nobody"
	Session    Session
	Since      i18n.Moment
	SentOn     i18n.Day
	Approver   string
	AskedOn    i18n.Day
	Stuck      bool
	NotMine    bool // the line manager answered « pas dans mon équipe »
	DecisionOn i18n.Day
	Late       bool // DecisionOn has passed and nothing was told
	Deadline   i18n.Day
	DaysLeft   int
	Usual      int // days
	Rank       int
	Reason     string
	Message    string
	Cause      string
	StepsDone  int
	Steps      int
	Resume     int // page to go on with
	Minutes    int
	Actions    []Action
	History    []Line
	ToFix      int  // documents that a manager asks again
	Papers     bool // it has documents
}

// Action is something the applicant can do, or why not, as message keys.
type Action struct {
	Kind  string
	Unmet []string
}

// Line is one line of the history.
type Line struct {
	Kind   string // "application.submit"
	At     i18n.Moment
	Reason string
}

// Mine tells that it is the applicant's turn.
func (c Card) Mine() bool { return c.Turn == "applicant" }

// Over tells that nothing more is expected of anybody.
func (c Card) Over() bool {
	switch c.State {
	case "approval_refused", "refused", "declined", "withdrawn", "closed", "expired":
		return true
	}
	return false
}

// Held tells that a seat is the person's.
func (c Card) Held() bool { return c.State == "accepted" || c.State == "confirmed" }

func (c Card) action(kind string) (Action, bool) {
	for _, a := range c.Actions {
		if a.Kind == kind {
			return a, true
		}
	}
	return Action{}, false
}

// refused says in words why an action is not possible (P17.15).
func (a Action) refused(ctx context.Context) string {
	out := ""
	for _, key := range a.Unmet {
		if out != "" {
			out += " "
		}
		out += i18n.T(ctx, key)
	}
	return out
}

// status is the state in a word, with its icon.
func (c Card) status(ctx context.Context) ui.Status {
	s := ui.Status{Label: i18n.T(ctx, "applications.state."+c.State)}
	switch {
	case c.Mine() && c.State != "draft" && c.Deadline.IsZero():
		s.Tone = ui.ToneTurn
	case c.Mine():
		s.Tone, s.Icon = ui.ToneTurn, ui.IconClock
		if c.DaysLeft >= 0 {
			s.Label = i18n.N(ctx, "applications.days_left", c.DaysLeft)
		}
	case c.State == "awaiting_approval":
		s.Icon, s.Label = ui.IconHourglass, i18n.T(ctx, "applications.state.at", c.Approver)
		if c.Stuck {
			s.Label = i18n.T(ctx, "applications.state.stuck")
		}
	case c.State == "accepted", c.State == "confirmed":
		s.Tone = ui.ToneOK
	case c.State == "refused", c.State == "approval_refused":
		s.Tone = ui.ToneBad
	case c.State == "under_review", c.State == "waitlisted", c.State == "information_requested":
		s.Icon = ui.IconHourglass
	}
	return s
}

// kind is the line above the title.
func (c Card) kind(ctx context.Context) string {
	if c.State == "draft" || c.State == "expired" {
		return i18n.T(ctx, "applications.kind.draft")
	}
	return i18n.T(ctx, "applications.kind", c.Number)
}

// Crossing shows the four stages, and with whom the application is (P17.14).
func (c Card) Crossing(ctx context.Context) ui.Crossing {
	at, state := c.stage()
	stops := []ui.Stop{
		{Name: i18n.T(ctx, "applications.stop.sent"), Meta: onDay(ctx, c.SentOn)},
		{Name: i18n.T(ctx, "applications.stop.approval")},
		{Name: i18n.T(ctx, "applications.stop.review")},
		{Name: i18n.T(ctx, "applications.stop.answer"), Meta: onDay(ctx, c.DecisionOn)},
	}
	if c.Late {
		stops[3].Meta = i18n.T(ctx, "applications.late", i18n.DayMonth(ctx, c.DecisionOn))
	}
	if c.State == "draft" {
		stops[0] = ui.Stop{Name: i18n.T(ctx, "applications.stop.filling"), Meta: i18n.T(ctx, "applications.stop.steps", itoa(c.StepsDone), itoa(c.Steps))}
	}
	if c.Approver != "" && at >= 1 {
		stops[1].Name = i18n.T(ctx, "applications.stop.approval.of", c.Approver)
	}
	if c.Session.Admission { // no line manager
		stops = slices.Delete(stops, 1, 2)
		at = max(at-1, 0)
	}
	for i := range stops {
		switch {
		case i < at:
			stops[i].State = ui.StopDone
		case i == at:
			stops[i].State = state
		}
	}
	return ui.Crossing{ID: "c-" + c.ID, Label: i18n.T(ctx, "applications.where", c.label(ctx)), Stops: stops}
}

func (c Card) label(ctx context.Context) string {
	if c.State == "draft" {
		return i18n.T(ctx, "applications.the_draft")
	}
	return c.Number
}

// stage is the present stop and how it looks.
func (c Card) stage() (int, ui.StopState) {
	here := ui.StopHere
	if c.Mine() {
		here = ui.StopTurn
	}
	switch c.State {
	case "draft", "expired":
		return 0, here
	case "awaiting_approval":
		return 1, here
	case "approval_refused":
		return 1, ui.StopEnd
	case "under_review", "information_requested":
		return 2, here
	case "accepted", "confirmed", "waitlisted":
		if c.Mine() || c.State == "waitlisted" {
			return 3, here
		}
		return 4, here
	case "refused":
		return 3, ui.StopEnd
	}
	if c.SentOn.IsZero() {
		return 0, ui.StopEnd
	}
	return 2, ui.StopEnd
}

func onDay(ctx context.Context, d i18n.Day) string {
	if d.IsZero() {
		return ""
	}
	return i18n.T(ctx, "applications.on", i18n.DayMonth(ctx, d))
}

// next says what happens next and when, in one sentence or two.
func (c Card) next(ctx context.Context) string {
	t := func(key string, args ...string) string { return i18n.T(ctx, key, args...) }
	decision := i18n.Date(ctx, c.DecisionOn)
	switch c.State {
	case "draft":
		return t("applications.next.draft", itoa(c.Resume), i18n.Date(ctx, c.Session.ClosesOn)) + c.minutes(ctx)
	case "awaiting_approval":
		switch {
		case c.NotMine:
			return t("applications.next.not_mine")
		case c.Mine():
			return t("applications.next.name_someone")
		case c.Stuck:
			return t("applications.next.stuck", t("applications.the_manager"))
		}
		if c.Late {
			return t("applications.next.approval.late", i18n.Date(ctx, c.AskedOn), decision)
		}
		return t("applications.next.approval", i18n.Date(ctx, c.AskedOn), decision)
	case "under_review":
		if c.Late {
			return t("applications.next.review.late", decision)
		}
		if c.Usual > 0 {
			return t("applications.next.review", decision) + " " + i18n.N(ctx, "applications.usual", c.Usual)
		}
		return t("applications.next.review", decision)
	case "accepted":
		if c.Mine() {
			return t("applications.next.promised", i18n.Date(ctx, c.Deadline))
		}
	case "waitlisted":
		return t("applications.next.waitlisted", itoa(c.Rank))
	case "information_requested":
		if !c.Deadline.IsZero() {
			return t("applications.next.asked", i18n.Date(ctx, c.Deadline)) + c.toFix(ctx)
		}
	}
	key := "applications.next." + c.State
	if c.State == "closed" && c.Cause != "" {
		key = "applications.next.closed." + c.Cause
	}
	if i18n.Has(key) {
		return t(key)
	}
	return ""
}

func (c Card) toFix(ctx context.Context) string {
	if c.ToFix == 0 {
		return ""
	}
	return " " + i18n.N(ctx, "applications.pieces_to_fix", c.ToFix) + "."
}

func (c Card) minutes(ctx context.Context) string {
	if c.Minutes == 0 {
		return ""
	}
	return " " + i18n.N(ctx, "applications.minutes", c.Minutes) + "."
}

// timeline is the history, the most recent first.
func (c Card) timeline(ctx context.Context) ui.Timeline {
	out := ui.Timeline{}
	for i := len(c.History) - 1; i >= 0; i-- {
		l := c.History[i]
		note := l.Reason
		if note == "session_over" || note == "information_unanswered" {
			note = ""
		}
		out.Events = append(out.Events, ui.Event{Icon: lineIcon(l.Kind), Text: i18n.T(ctx, "applications.event."+strings.TrimPrefix(l.Kind, "application.")), When: i18n.DateTimeShort(ctx, l.At), ISO: l.At.ISO(), Note: note})
	}
	return out
}

func lineIcon(kind string) ui.Icon {
	switch kind {
	case "application.submit":
		return ui.IconSend
	case "application.approve", "application.release_accepted", "application.confirm", "application.promote":
		return ui.IconCircleCheck
	case "application.refuse_approval", "application.release_refused":
		return ui.IconCircleX
	case "application.request_approval", "application.approval_reminded", "application.approval_sent_again", "application.approval_link_renewed":
		return ui.IconMail
	case "application.withdraw", "application.decline":
		return ui.IconUndo2
	}
	return ""
}

func (c Card) last(ctx context.Context) string {
	if len(c.History) == 0 {
		return ""
	}
	return i18n.T(ctx, "applications.last", i18n.DayMonth(ctx, c.History[len(c.History)-1].At.Day))
}

// href is where the card leads.
func (c Card) href() string {
	if c.State == "draft" {
		return paths.Step(c.ID, max(c.Resume, 1))
	}
	return paths.Application(c.ID)
}
