package application

import (
	"time"
)

// State is where an application stands (état, P6).
type State string

// The states, in the order of an ordinary life.
const (
	Draft                State = "draft"                 // brouillon
	Submitted            State = "submitted"             // transmise
	AwaitingApproval     State = "awaiting_approval"     // en attente du supérieur hiérarchique
	ApprovalRefused      State = "approval_refused"      // refusée par le supérieur hiérarchique
	UnderReview          State = "under_review"          // à l'étude
	InformationRequested State = "information_requested" // complément demandé
	Accepted             State = "accepted"              // retenue
	Waitlisted           State = "waitlisted"            // liste complémentaire
	Refused              State = "refused"               // non retenue
	Confirmed            State = "confirmed"             // place confirmée
	Declined             State = "declined"              // place refusée par la personne
	Withdrawn            State = "withdrawn"             // désistement
	Closed               State = "closed"                // close
	Expired              State = "expired"               // brouillon effacé par le temps
)

// States lists every state, in the order of the documentation.
func States() []State {
	return []State{Draft, Submitted, AwaitingApproval, ApprovalRefused, UnderReview, InformationRequested, Accepted,
		Waitlisted, Refused, Confirmed, Declined, Withdrawn, Closed, Expired}
}

// Live reports that the application still stands between the person and the
// session: there is at most one per person and session (P18.6).
func (s State) Live() bool {
	switch s {
	case ApprovalRefused, Refused, Declined, Withdrawn, Closed, Expired:
		return false
	}
	return true
}

// Event is what makes an application change state.
type Event string

// The events; the journal holds them as "application.<event>".
const (
	EventSubmit             Event = "submit"              // the applicant sends
	EventReceive            Event = "receive"             // an admission reaches the desk at once (P6.2)
	EventRequestApproval    Event = "request_approval"    // the line manager is asked
	EventApprove            Event = "approve"             // the line manager agrees
	EventRefuseApproval     Event = "refuse_approval"     // the line manager refuses, with a reason
	EventRequestInformation Event = "request_information" // the officer asks for something
	EventGiveInformation    Event = "give_information"    // the applicant answers
	EventReleaseAccepted    Event = "release_accepted"    // the decision is told (P18.4)
	EventReleaseWaitlisted  Event = "release_waitlisted"
	EventReleaseRefused     Event = "release_refused"
	EventPromote            Event = "promote"  // a seat freed itself for the first of the list (P18.5)
	EventConfirm            Event = "confirm"  // the applicant takes the promised seat
	EventDecline            Event = "decline"  // the applicant gives the promised seat up
	EventLapse              Event = "lapse"    // the time to confirm ran out
	EventWithdraw           Event = "withdraw" // désistement
	EventClose              Event = "close"    // an officer or the end of the session
	EventCancelSession      Event = "cancel_session"
	EventExpire             Event = "expire" // the time of a draft ran out
)

// Events lists every event.
func Events() []Event {
	return []Event{EventSubmit, EventReceive, EventRequestApproval, EventApprove, EventRefuseApproval, EventRequestInformation,
		EventGiveInformation, EventReleaseAccepted, EventReleaseWaitlisted, EventReleaseRefused, EventPromote,
		EventConfirm, EventDecline, EventLapse, EventWithdraw, EventClose, EventCancelSession, EventExpire}
}

// Transition is one line of the table: the only way from a state to another.
type Transition struct {
	From  State
	Event Event
	To    State
	Guard Guard
}

// Moment is what a guard may look at, besides the application.
type Moment struct {
	Today  time.Time // civil date of the portal's zone
	Now    time.Time
	Reason string // given by whoever acts
}

// Guard is a condition on a transition: Name for the documentation, Key the
// message shown where it does not hold (P17.15). The zero Guard always holds.
type Guard struct {
	Name  string
	Key   string
	Holds func(Application, Moment) bool
}

func (g Guard) unmet(a Application, m Moment) bool { return g.Holds != nil && !g.Holds(a, m) }

// Transitions is the whole machine (P6). docs/states.md is generated from it
// and the trigger applications_transition mirrors it.
func Transitions() []Transition {
	return []Transition{
		{Draft, EventSubmit, Submitted, taking},
		{Draft, EventCancelSession, Closed, cancelled},
		{Draft, EventExpire, Expired, overdue},
		{Submitted, EventReceive, UnderReview, direct},
		{Submitted, EventRequestApproval, AwaitingApproval, managed},
		{Submitted, EventWithdraw, Withdrawn, before},
		{Submitted, EventCancelSession, Closed, cancelled},
		{AwaitingApproval, EventApprove, UnderReview, Guard{}},
		{AwaitingApproval, EventRefuseApproval, ApprovalRefused, reasoned},
		{AwaitingApproval, EventWithdraw, Withdrawn, before},
		{AwaitingApproval, EventClose, Closed, reasoned},
		{AwaitingApproval, EventCancelSession, Closed, cancelled},
		{UnderReview, EventRequestInformation, InformationRequested, reasoned},
		{UnderReview, EventReleaseAccepted, Accepted, decided("accepted")},
		{UnderReview, EventReleaseWaitlisted, Waitlisted, decided("waitlisted")},
		{UnderReview, EventReleaseRefused, Refused, decided("refused")},
		{UnderReview, EventWithdraw, Withdrawn, before},
		{UnderReview, EventClose, Closed, reasoned},
		{UnderReview, EventCancelSession, Closed, cancelled},
		{InformationRequested, EventGiveInformation, UnderReview, Guard{}},
		{InformationRequested, EventWithdraw, Withdrawn, before},
		{InformationRequested, EventClose, Closed, reasoned},
		{InformationRequested, EventCancelSession, Closed, cancelled},
		{Accepted, EventConfirm, Confirmed, promised},
		{Accepted, EventDecline, Declined, promised},
		{Accepted, EventLapse, Closed, lapsed},
		{Accepted, EventWithdraw, Withdrawn, before},
		{Accepted, EventClose, Closed, reasoned},
		{Accepted, EventCancelSession, Closed, cancelled},
		{Waitlisted, EventPromote, Accepted, notStarted},
		{Waitlisted, EventWithdraw, Withdrawn, before},
		{Waitlisted, EventClose, Closed, reasoned},
		{Waitlisted, EventCancelSession, Closed, cancelled},
		{Confirmed, EventWithdraw, Withdrawn, before},
		{Confirmed, EventClose, Closed, reasoned},
		{Confirmed, EventCancelSession, Closed, cancelled},
	}
}

// next finds the line of the table for a state and an event.
func next(from State, e Event) (Transition, bool) {
	for _, t := range Transitions() {
		if t.From == from && t.Event == e {
			return t, true
		}
	}
	return Transition{}, false
}
