package catalogue

import "time"

// State is what a session's dates and seats allow today (état de la session).
// It is computed when asked, never stored (P18.17).
type State string

// The states, in the order in which they win over each other.
const (
	Cancelled  State = "cancelled"    // annulée
	Closed     State = "closed"       // close: past its closing date or begun
	NotYetOpen State = "not_yet_open" // pas encore ouverte
	Open       State = "open"         // ouverte
	Waiting    State = "waiting_list" // liste d'attente
	Full       State = "full"         // complète, no waiting list
)

// States lists them all.
func States() []State { return []State{Open, Waiting, NotYetOpen, Full, Closed, Cancelled} }

// Choosable reports that a registration can be started (P3.2).
func (s State) Choosable() bool { return s == Open || s == Waiting }

// Reason is the message key that says why a session cannot be chosen (P3.2),
// empty when it can.
func (s State) Reason() string {
	if s.Choosable() {
		return ""
	}
	return "session.reason." + string(s)
}

// SessionState computes the state on a date of the portal's zone: the closing
// date is open until 24:00 (P18.11), a session that has begun is closed.
func SessionState(s Session, today time.Time) State {
	switch {
	case s.CancelledAt != nil:
		return Cancelled
	case today.After(s.ClosesOn), !today.Before(s.StartsOn):
		return Closed
	case today.Before(s.OpensOn):
		return NotYetOpen
	case s.SeatsLeft() > 0:
		return Open
	case s.WaitingList:
		return Waiting
	}
	return Full
}
