// Package desk owns the screens of the officer (bureau): the list with its facets, one
// application by block with its history and the form that decides, and the page that a
// second officer meets when a colleague has decided meanwhile (P9.1, P9.2, P9.5).
// It refuses to decide who sees what or what is possible: models/application gives it,
// and every action that is not possible says why (P17.15). Nothing here is ever shown to
// an applicant.
package desk

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/i18n"
	"passerelle/views/ui"
)

// day is a date column as the views write it.
func day(t time.Time) i18n.Day { return i18n.DayOf(t.Date()) }

// Clock is when a page is read, and the portal's zone (P18.11).
type Clock struct {
	Now  time.Time
	Zone *time.Location
}

func (c Clock) moment(t time.Time) i18n.Moment { return i18n.Of(t.In(c.Zone)) }

func (c Clock) when(ctx context.Context, t time.Time) string {
	return i18n.DateTimeShort(ctx, c.moment(t))
}

// today is the civil date of the portal's zone.
func (c Clock) today() time.Time { return models.Date(c.Now, c.Zone) }

// since is how long ago, in days.
func (c Clock) since(t time.Time) int { return max(int(c.Now.Sub(t).Hours()/24), 0) }

// late is by how many days the date of an answer has passed while nothing is decided.
func (c Clock) late(s application.DeskState, promised time.Time) int {
	switch s {
	case application.DeskToReview, application.DeskStuck, application.DeskOnHold, application.DeskAwaiting, application.DeskInformation:
		return max(int(c.today().Sub(promised).Hours()/24), 0)
	}
	return 0
}

// initials are those of the first and last words of a name.
func initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "?"
	}
	first, _ := utf8.DecodeRuneInString(words[0])
	if len(words) == 1 {
		return strings.ToUpper(string(first))
	}
	last, _ := utf8.DecodeRuneInString(words[len(words)-1])
	return strings.ToUpper(string([]rune{first, last}))
}

// StateStatus is a state of the desk as an icon and a word.
func StateStatus(ctx context.Context, s application.DeskState, v application.Verdict, rank int) ui.Status {
	status := ui.Status{Label: i18n.T(ctx, "desk.state."+string(s)), Plain: true}
	switch s {
	case application.DeskToReview:
		status.Tone = ui.ToneTurn
	case application.DeskStuck:
		status.Tone, status.Icon = ui.ToneTurn, ui.IconTriangleAlert
	case application.DeskOnHold:
		status.Tone, status.Icon = ui.ToneTurn, ui.IconPause
	case application.DeskAwaiting, application.DeskInformation:
		status.Icon = ui.IconHourglass
	case application.DeskToTell:
		status.Tone, status.Icon = ui.ToneInfo, ui.IconCalendarClock
		status.Label = i18n.T(ctx, "desk.told."+string(v)) + rankWords(ctx, rank)
	case application.DeskPromised:
		status.Tone, status.Icon = ui.ToneInfo, ui.IconHourglass
	case application.DeskAccepted, application.DeskConfirmed:
		status.Tone = ui.ToneOK
	case application.DeskWaitlisted:
		status.Tone, status.Icon = ui.ToneInfo, ui.IconListOrdered
		status.Label += rankWords(ctx, rank)
	case application.DeskRefused, application.DeskApprovalRefused:
		status.Tone = ui.ToneBad
	case application.DeskDeclined, application.DeskWithdrawn:
		status.Icon = ui.IconUndo2
	default:
		status.Icon = ui.IconCircleMinus
	}
	return status
}

// verdictWords names a decision: "Liste complémentaire, rang 3".
func verdictWords(ctx context.Context, v application.Verdict, rank int) string {
	return i18n.T(ctx, "desk.verdict."+string(v)) + rankWords(ctx, rank)
}

func rankWords(ctx context.Context, rank int) string {
	if rank == 0 {
		return ""
	}
	return i18n.T(ctx, "desk.rank", i18n.Number(ctx, rank))
}

// parseID reads an id of an address.
func parseID(s string) (models.ID, error) { return uuid.Parse(s) }
