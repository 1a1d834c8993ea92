package application

import (
	"time"

	"passerelle/models/catalogue"
)

// The guards of the table. A day counts whole: what ends on a date ends at
// 24:00 of the portal's zone (P18.11).
var (
	taking = Guard{"the session or campaign takes applications", "application.session_closed",
		func(a Application, m Moment) bool { return a.Session.Takes(m.Today) }}
	managed = Guard{"it is a pre-registration", "application.moved_on",
		func(a Application, _ Moment) bool { return a.Kind == Registration }}
	direct = Guard{"it is an admission, which no line manager approves", "application.moved_on",
		func(a Application, _ Moment) bool { return a.Kind == Admission }}
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
	promised = Guard{"a seat waits for the applicant's word and its date has not passed", "application.no_promise",
		func(a Application, m Moment) bool { return a.ConfirmBy != nil && !m.Today.After(*a.ConfirmBy) }}
	lapsed = Guard{"the date to confirm has passed", "application.promise_stands",
		func(a Application, m Moment) bool { return a.ConfirmBy != nil && m.Today.After(*a.ConfirmBy) }}
)

// decided holds when the decision recorded is the one about to be told.
func decided(verdict string) Guard {
	return Guard{"the decision recorded is “" + verdict + "”", "application.not_decided",
		func(a Application, _ Moment) bool { return a.Verdict == verdict }}
}

// Takes reports that the session or campaign accepts applications on a date: open, or
// full with a waiting list (P3.2).
func (s Session) Takes(today time.Time) bool { return s.StateOn(today).Choosable() }

// Refusal is the message key that says why one cannot apply on a date (P3.2,
// P3.3), empty when one can.
func (s Session) Refusal(today time.Time) string {
	return s.StateOn(today).Reason()
}

// StateOn is the session's state on a date of the portal's zone (P18.17).
func (s Session) StateOn(today time.Time) catalogue.State {
	return catalogue.SessionState(catalogue.Session{StartsOn: s.StartsOn, OpensOn: s.OpensOn, ClosesOn: s.ClosesOn,
		CancelledAt: s.CancelledAt, Capacity: s.Capacity, SeatsTaken: s.SeatsTaken, SeatsElsewhere: s.SeatsElsewhere,
		WaitingList: s.WaitingList}, today)
}
