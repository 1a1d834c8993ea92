package applications

import (
	"context"

	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// Session is the course and dates that an application is about.
type Session struct {
	Course    string
	Reference string // of the course, in its address
	StartsOn  i18n.Day
	EndsOn    i18n.Day
	ClosesOn  i18n.Day
	Place     string
	Remote    bool
}

// Href is the address of the course.
func (s Session) Href() string { return paths.Course(s.Reference) }

// where is the place in words, "à distance" for a remote session.
func (s Session) where(ctx context.Context) string {
	if s.Place == "" || s.Remote {
		return i18n.T(ctx, "applications.remote")
	}
	return s.Place
}

// Dates writes "du 12 janvier au 16 avril 2027, Villeurbanne".
func (s Session) Dates(ctx context.Context) string {
	return i18n.Range(ctx, s.StartsOn, s.EndsOn) + ", " + s.where(ctx)
}

// Line writes "Session du 12 janvier au 16 avril 2027, Villeurbanne".
func (s Session) Line(ctx context.Context) string {
	return i18n.T(ctx, "applications.session", s.Dates(ctx))
}

func (s Session) crumbs(ctx context.Context) []ui.Crumb {
	return []ui.Crumb{{Text: s.Course, Href: s.Href()}, {Text: i18n.T(ctx, "applications.crumb")}}
}
