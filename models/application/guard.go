package application

import "time"

// The guards of the table. A day counts whole: what ends on a date ends at
// 24:00 of the portal's zone (P18.11).
var (
	taking = Guard{"the session takes pre-registrations", "application.session_not_taking",
		func(a Application, m Moment) bool { return a.Session.Takes(m.Today) }}
	cancelled = Guard{"the session is cancelled", "application.session_not_cancelled",
		func(a Application, _ Moment) bool { return a.Session.CancelledAt != nil }}
	overdue = Guard{"its time has run out", "application.not_overdue",
		func(a Application, m Moment) bool { return a.ExpiresAt != nil && !m.Now.Before(*a.ExpiresAt) }}
	reasoned = Guard{"a reason is given", "application.reason_required",
		func(_ Application, m Moment) bool { return m.Reason != "" }}
	before = Guard{"the session is not over", "application.session_over",
		func(a Application, m Moment) bool { return !m.Today.After(a.Session.EndsOn) }}
	notStarted = Guard{"the session has not started", "application.session_started",
		func(a Application, m Moment) bool { return m.Today.Before(a.Session.StartsOn) }}
	promised = Guard{"a seat was promised and its date has not passed", "application.no_promise",
		func(a Application, m Moment) bool { return a.ConfirmBy != nil && !m.Today.After(*a.ConfirmBy) }}
	lapsed = Guard{"the date to confirm has passed", "application.promise_stands",
		func(a Application, m Moment) bool { return a.ConfirmBy != nil && m.Today.After(*a.ConfirmBy) }}
)

// decided holds when the decision recorded is the one about to be told.
func decided(verdict string) Guard {
	return Guard{"the decision recorded is “" + verdict + "”", "application.not_decided",
		func(a Application, _ Moment) bool { return a.Verdict == verdict }}
}

// Takes reports that the session accepts pre-registrations on a date: open, or
// full with a waiting list (P3.2, P17.15).
func (s Session) Takes(today time.Time) bool { return s.Refusal(today) == "" }

// Refusal names why the session cannot be chosen on a date, as the key of a
// message, or "" when it can (P17.15).
func (s Session) Refusal(today time.Time) string {
	switch {
	case s.CancelledAt != nil:
		return "application.session_cancelled"
	case today.Before(s.OpensOn):
		return "application.session_not_open_yet"
	case today.After(s.ClosesOn), !today.Before(s.StartsOn):
		return "application.session_closed"
	case s.Full() && !s.WaitingList:
		return "application.session_full"
	}
	return ""
}

// Full reports that no seat is left.
func (s Session) Full() bool { return s.SeatsTaken+s.SeatsElsewhere >= s.Capacity }
