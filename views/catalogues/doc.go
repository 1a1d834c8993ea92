// Package catalogues owns the public screens of the catalogue: front page, results as
// one types, course, programme, announcement, tree of themes. What a source does not say
// is shown as absent (P3.1); a session that cannot be chosen says why (P3.2, P17.15).
// It refuses to compute a state or a count: models/catalogue and search give them, and
// handlers choose what to show. It marks in French what comes from French sources.
package catalogues

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"passerelle/models/catalogue"
	"passerelle/views/i18n"
	"passerelle/views/ui"
)

// day is a date column as the views write it.
func day(t time.Time) i18n.Day { return i18n.DayOf(t.Date()) }

// daysTo counts the days from one civil date to another.
func daysTo(from, to time.Time) int { return int(to.Sub(from).Hours() / 24) }

// French marks words that come from a French source when the page is in another language.
func French(ctx context.Context) templ.Attributes {
	if i18n.From(ctx) == i18n.French {
		return nil
	}
	return templ.Attributes{"lang": "fr"}
}

// Capital writes the first letter of a source's label in upper case.
func Capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[size:]
}

// or is the first text that is not empty.
func or(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// joined puts the texts that are not empty together.
func joined(sep string, texts ...string) string {
	var kept []string
	for _, s := range texts {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, sep)
}

// Modality is how a session is attended, in words.
func Modality(ctx context.Context, m catalogue.Modality) string {
	return i18n.T(ctx, "catalogue.modality."+string(m))
}

// StateStatus is a session's state as an icon and a word.
func StateStatus(ctx context.Context, s catalogue.State) ui.Status {
	status := ui.Status{Label: i18n.T(ctx, "session.state."+string(s))}
	switch s {
	case catalogue.Open:
		status.Tone = ui.ToneOK
	case catalogue.Waiting:
		status.Tone, status.Icon = ui.ToneInfo, ui.IconListOrdered
	case catalogue.NotYetOpen:
		status.Icon = ui.IconCalendarClock
	case catalogue.Full:
		status.Icon = ui.IconCircleSlash
	case catalogue.Closed:
		status.Icon = ui.IconLock
	case catalogue.Cancelled:
		status.Tone = ui.ToneBad
	}
	return status
}

// Closing says until when one can register, with the days left when there are few.
func Closing(ctx context.Context, s catalogue.Session, today time.Time) string {
	left := daysTo(today, s.ClosesOn)
	if left > 14 {
		return i18n.T(ctx, "session.closes", "date", i18n.Date(ctx, day(s.ClosesOn)))
	}
	return i18n.T(ctx, "session.closes.soon", "date", i18n.DayMonth(ctx, day(s.ClosesOn)), "delay", i18n.InDays(ctx, left))
}

// Why says why a session cannot be chosen, or until when it can (P3.2, P17.15).
func Why(ctx context.Context, s catalogue.Session, today time.Time) string {
	switch s.State(today) {
	case catalogue.Open, catalogue.Waiting:
		return Closing(ctx, s, today)
	case catalogue.NotYetOpen:
		return i18n.T(ctx, "session.opens", "date", i18n.Date(ctx, day(s.OpensOn)))
	case catalogue.Closed:
		if !today.Before(s.StartsOn) {
			return i18n.T(ctx, "session.begun", "date", i18n.Date(ctx, day(s.StartsOn)))
		}
		return i18n.T(ctx, "session.closed", "date", i18n.Date(ctx, day(s.ClosesOn)))
	case catalogue.Cancelled:
		return or(s.CancelReason, i18n.T(ctx, "session.reason.cancelled"))
	}
	return i18n.T(ctx, s.State(today).Reason())
}

// Place is where a session is held: a town, or that it is remote.
func Place(ctx context.Context, s catalogue.Session) string {
	if s.Modality == catalogue.Remote {
		return Modality(ctx, catalogue.Remote)
	}
	return or(s.Place, s.Department, s.Region)
}
