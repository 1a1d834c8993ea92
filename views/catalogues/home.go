package catalogues

import (
	"context"
	"slices"
	"strings"
	"time"

	"passerelle/models/catalogue"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// HomePage is the front page (P4.5): search first, ways back in beside it, open sessions,
// themes, latest announcements, the four stages.
type HomePage struct {
	Counts        catalogue.Counts
	Open          []catalogue.Session
	Themes        []catalogue.Branch
	Announcements []catalogue.Announcement
	Today         time.Time
	SignedIn      bool
}

// leaves counts the sub-themes.
func (p HomePage) leaves() int {
	n := 0
	for _, b := range p.Themes {
		n += len(b.Children)
	}
	return n
}

// examples are searches that find something, in the language of the catalogue.
func examples() []string {
	return []string{"infirmière", "bts compta", "formation des adultes", "bibliothèque"}
}

func (p HomePage) doors(ctx context.Context) []ui.Door {
	t := func(key string) string { return i18n.T(ctx, key) }
	return []ui.Door{
		{Icon: ui.IconNotebookPen, Name: t("home.door.draft"), Sub: t("home.door.draft.why"), Href: paths.FoundDraft()},
		{Icon: ui.IconRoute, Name: t("home.door.follow"), Sub: t("home.door.follow.why"), Href: paths.MyApplications()},
		{Icon: ui.IconUsers, Name: t("home.door.approve"), Sub: t("home.door.approve.why"), Href: paths.MyApprovals()},
		{Icon: ui.IconHelp, Name: t("home.door.help"), Sub: t("home.door.help.why"), Href: paths.Help()},
	}
}

func stops(ctx context.Context) []ui.Stop {
	t := func(key string) string { return i18n.T(ctx, key) }
	return []ui.Stop{
		{Name: t("home.stop.fill"), Meta: t("home.stop.fill.why"), State: ui.StopTurn},
		{Name: t("home.stop.approve"), Meta: t("home.stop.approve.why")},
		{Name: t("home.stop.study"), Meta: t("home.stop.study.why")},
		{Name: t("home.stop.answer"), Meta: t("home.stop.answer.why")},
	}
}

// agenda is one open session by its start.
func (p HomePage) agenda(ctx context.Context, s catalogue.Session) ui.AgendaRow {
	d := day(s.StartsOn)
	status := StateStatus(ctx, s.State(p.Today))
	if s.State(p.Today) == catalogue.Open {
		status.Icon, status.Label = ui.IconUsers, i18n.N(ctx, "home.seats", s.SeatsLeft())
	}
	meta := joined(", ", Place(ctx, s), s.Region)
	if s.Modality != catalogue.Remote {
		meta = joined(" · ", meta, Modality(ctx, s.Modality))
	}
	return ui.AgendaRow{
		Day: dayNumber(ctx, d), Month: i18n.MonthShort(ctx, d.M) + " " + year(d), ISO: d.ISO(), Title: Capital(s.CourseTitle),
		Href: paths.Course(s.CourseReference) + "#sessions", Meta: meta, State: status, Note: Closing(ctx, s, p.Today),
	}
}

// dayNumber is the day of the month alone: "12", "1er".
func dayNumber(ctx context.Context, d i18n.Day) string {
	number, _, _ := strings.Cut(i18n.DayMonth(ctx, d), " ")
	return number
}

// published is the day an announcement appeared, with its year unless it is the
// present one.
func (p HomePage) published(ctx context.Context, a catalogue.Announcement) string {
	if a.PublishedOn.Year() == p.Today.Year() {
		return i18n.DayMonth(ctx, day(a.PublishedOn))
	}
	return i18n.DateShort(ctx, day(a.PublishedOn))
}

// shifted reports dates moved for the demonstration.
func (p HomePage) shifted() bool {
	return slices.ContainsFunc(p.Announcements, func(a catalogue.Announcement) bool { return a.ShiftedYears > 0 })
}
