package catalogues

import (
	"context"
	"time"

	"passerelle/models/catalogue"
	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// AnnouncementPage is an announcement (annonce, P3.5), to be read.
type AnnouncementPage struct {
	Announcement catalogue.Announcement
	Today        time.Time
	Zone         string
}

func (p AnnouncementPage) crumbs(ctx context.Context) []ui.Crumb {
	return []ui.Crumb{{Text: i18n.T(ctx, "catalogue.home"), Href: paths.Home()},
		{Text: i18n.T(ctx, "announcement.all"), Href: paths.Announcements()}, {Text: p.Announcement.Reference}}
}

func (p AnnouncementPage) lede(ctx context.Context) string {
	a := p.Announcement
	return joined(" · ", a.Employer, or(a.Place, joined(", ", a.Department, a.Region)), a.Contract,
		i18n.T(ctx, "announcement.published.on", i18n.Date(ctx, day(a.PublishedOn))))
}

// deadline is the state of the announcement: until when it can be answered.
func (p AnnouncementPage) deadline(ctx context.Context) ui.Status {
	a := p.Announcement
	switch {
	case a.Closed(p.Today):
		return ui.Status{Icon: ui.IconLock, Label: i18n.T(ctx, "announcement.closed")}
	case a.ClosesOn == nil:
		return ui.Status{Tone: ui.ToneInfo, Label: i18n.T(ctx, "announcement.no_deadline")}
	}
	return ui.Status{Tone: ui.ToneOK, Icon: ui.IconClock, Label: i18n.T(ctx, "announcement.before",
		"date", i18n.Date(ctx, day(*a.ClosesOn)), "delay", i18n.InDays(ctx, daysTo(p.Today, *a.ClosesOn)))}
}

func (p AnnouncementPage) facts(ctx context.Context) (left, right []fact) {
	a := p.Announcement
	months := ""
	if a.DurationMonths > 0 {
		months = i18n.N(ctx, "announcement.months", a.DurationMonths)
	}
	left = []fact{
		{"announcement.number", a.Reference, ""},
		{"announcement.employer", a.Employer, ""},
		{"announcement.job", joined(" · ", a.Job, a.RomeCode), ""},
		{"announcement.place", joined(", ", a.Place, a.Department, a.Region), ""},
		{"announcement.experience", experience(ctx, a.Experience), ""},
	}
	right = []fact{
		{"announcement.contract", a.Contract, ""},
		{"announcement.duration", months, ""},
		{"announcement.published", i18n.Date(ctx, day(a.PublishedOn)), ""},
		{"announcement.starts", dateOr(ctx, a.StartsOn), ""},
		{"announcement.ends", dateOr(ctx, a.EndsOn()), ""},
		{"announcement.closes", dateOr(ctx, a.ClosesOn), ""},
	}
	return left, right
}

// experience mends the accents that the source's code lacks.
func experience(ctx context.Context, s string) string {
	if s == "Debutant" {
		return i18n.T(ctx, "announcement.beginner")
	}
	return s
}

func dateOr(ctx context.Context, d *time.Time) string {
	if d == nil {
		return ""
	}
	return i18n.Date(ctx, day(*d))
}
