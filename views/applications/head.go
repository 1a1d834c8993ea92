package applications

import (
	"context"

	"passerelle/views/i18n"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// Session is the course and dates that an application is about; or the programme and
// the campaign: dates are then those of the academic year.
type Session struct {
	Admission   bool
	Course      string // title of the course or programme
	Reference   string // of the course or programme, in its address
	Institution string // of the programme
	StartsOn    i18n.Day
	EndsOn      i18n.Day
	ClosesOn    i18n.Day
	Place       string
	Remote      bool
}

// Href is the address of the course or programme.
func (s Session) Href() string { return paths.Offering(s.Admission, s.Reference) }

// About is ctx in which messages speak of what is asked for: of a campaign when it is
// an admission.
func (s Session) About(ctx context.Context) context.Context {
	if s.Admission {
		return i18n.About(ctx, "admission")
	}
	return i18n.About(ctx, "")
}

// where is the place in words, "à distance" for a remote session.
func (s Session) where(ctx context.Context) string {
	if s.Place == "" || s.Remote {
		return i18n.T(ctx, "applications.remote")
	}
	return s.Place
}

// Dates writes "du 12 janvier au 16 avril 2027, Villeurbanne"; of an admission
// "rentrée de septembre 2027, Université de Limoges".
func (s Session) Dates(ctx context.Context) string {
	if s.Admission {
		year := i18n.T(ctx, "applications.year", i18n.MonthYear(ctx, s.StartsOn.Y, s.StartsOn.M))
		if s.Institution == "" {
			return year
		}
		return year + ", " + s.Institution
	}
	return i18n.Range(ctx, s.StartsOn, s.EndsOn) + ", " + s.where(ctx)
}

// Line writes "Session du 12 janvier au 16 avril 2027, Villeurbanne".
func (s Session) Line(ctx context.Context) string {
	return i18n.T(ctx, "applications.session", s.Dates(ctx))
}

func (s Session) crumbs(ctx context.Context) []ui.Crumb {
	return []ui.Crumb{{Text: s.Course, Href: s.Href()}, {Text: i18n.T(ctx, "applications.crumb")}}
}
