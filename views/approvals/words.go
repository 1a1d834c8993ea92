package approvals

import (
	"context"
	"time"

	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// dates writes "12 janvier au 16 avril 2027, Villeurbanne".
func (r Request) dates(ctx context.Context) string {
	where := r.Place
	if where == "" || r.Remote {
		where = i18n.T(ctx, "approvals.remote")
	}
	return i18n.Range(ctx, r.StartsOn, r.EndsOn) + ", " + where
}

func (r Request) action() string {
	if r.Token != "" {
		return paths.Approval(r.Token)
	}
	return paths.MyApproval(r.ID)
}

func (r Request) facts(ctx context.Context) []ui.Fact {
	t := func(key string, args ...string) string { return i18n.T(ctx, key, args...) }
	all := []ui.Fact{
		{Term: t("approvals.course"), Value: course(r)},
		{Term: t("approvals.dates"), Text: r.dates(ctx)},
		{Term: t("approvals.absence"), Text: r.length(ctx)},
		{Term: t("approvals.job"), Value: lines(r.Job)},
		{Term: t("approvals.service"), Value: lines(r.Service)},
		{Term: t("approvals.employer"), Value: lines(r.Employer)},
		{Term: t("approvals.answer_by"), Value: ui.Rich("**" + i18n.DateLong(ctx, r.AnswerBy) + "**")},
	}
	kept := all[:0]
	for _, f := range all {
		if l, ok := f.Value.(ui.Lines); ok && l == "" {
			continue
		}
		kept = append(kept, f)
	}
	return kept
}

// length is the time from start to end: in days up to two months, then in months.
func (r Request) length(ctx context.Context) string { return Length(ctx, r.Days) }

// Length writes how many days of the calendar a session takes; for the page and
// the mail that leads to it.
func Length(ctx context.Context, days int) string {
	if days > 62 {
		return i18n.N(ctx, "approvals.months", (days+15)/30)
	}
	return i18n.N(ctx, "approvals.days", days)
}

// DaysOf counts the days from the first civil date to the last, both in.
func DaysOf(from, to time.Time) int { return int(to.Sub(from)/(24*time.Hour)) + 1 }

func lines(s string) ui.Lines { return ui.Lines(s) }

// choices are the three answers, as cards with their consequence.
func (p Page) choices(ctx context.Context) ui.Radios {
	t := func(key string, args ...string) string { return i18n.T(ctx, key, args...) }
	option := func(value string) ui.Option {
		return ui.Option{Value: value, Label: t("approvals." + value), Hint: t("approvals."+value+".then", p.Applicant), Selected: p.Choice == value}
	}
	refuse := option("refuse")
	refuse.Below = ui.TextArea{Field: ui.Field{ID: "motif", Name: "motif", Label: t("approvals.reason"), Hint: t("approvals.reason.hint", p.Applicant), Error: p.Errors["motif"]},
		Value: p.Typed, Max: 2000}
	return ui.Radios{Cards: true, Field: ui.Field{ID: "reponse", Name: "reponse", Label: t("approvals.your_answer"), Error: p.Errors["reponse"]},
		Options: []ui.Option{option("approve"), refuse, option("not_my_staff")}}
}

func (p Page) problems() []ui.Problem {
	out := []ui.Problem{}
	for _, name := range []string{"reponse", "motif"} {
		if p.Errors[name] != "" {
			out = append(out, ui.Problem{Message: p.Errors[name], Field: name})
		}
	}
	return out
}

// status is the answer given, in a word.
func (r Request) status(ctx context.Context) ui.Status {
	s := ui.Status{Plain: true, Label: i18n.T(ctx, "approvals.state."+r.State)}
	switch {
	case r.Closed && r.Answered.IsZero():
		s.Label, s.Icon = i18n.T(ctx, "approvals.state.closed"), ui.IconCircleSlash
	case r.State == "approved":
		s.Tone = ui.ToneOK
	case r.State == "refused":
		s.Tone = ui.ToneBad
	}
	return s
}
