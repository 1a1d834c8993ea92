package application

import (
	"time"
	"unicode/utf8"

	"passerelle/models"
)

// Verdict is what an officer decided about an application (décision, P18.4):
// on hold (en attente) is a recorded absence of decision.
type Verdict string

// The verdicts; an application without any has the empty one.
const (
	VerdictAccepted   Verdict = "accepted"   // retenue
	VerdictWaitlisted Verdict = "waitlisted" // liste complémentaire
	VerdictRefused    Verdict = "refused"    // non retenue
	VerdictOnHold     Verdict = "on_hold"    // mise en attente
)

// Verdicts lists what an officer can choose, in the order of the form.
func Verdicts() []Verdict {
	return []Verdict{VerdictAccepted, VerdictWaitlisted, VerdictRefused, VerdictOnHold}
}

// Told reports a verdict that reaches the applicant on a release date.
func (v Verdict) Told() bool {
	return v == VerdictAccepted || v == VerdictWaitlisted || v == VerdictRefused
}

// Cause says what made a decision: an officer, or a seat that freed itself.
type Cause string

// The causes of a decision.
const (
	CauseOfficer   Cause = "officer"
	CausePromotion Cause = "promotion" // P18.5
)

// Decision is one row of the history of decisions (décision, P18.4).
type Decision struct {
	ID           models.ID
	Application  models.ID
	Kind         Verdict
	Reason       string // told to the applicant of a refusal, read by colleagues otherwise
	Message      string // added to the applicant's mail
	Rank         int    // on the waiting list when recorded
	Cause        Cause
	RecordedAt   time.Time
	RecordedBy   models.ID // zero for a promotion
	RecordedName string
	ReleaseOn    *time.Time // civil date; nil on hold
	HeldUntil    *time.Time // not told before, while a batch can be taken back
	ReleasedAt   *time.Time
	SupersededAt *time.Time
}

// DecideInput is what an officer's form carries.
type DecideInput struct {
	Kind    Verdict
	Reason  string
	Message string
	Rank    int // waiting list only; 0 is the end of the list
	Version int // of the application as the officer saw it (P9.5)
	// ReleaseOn replaces the session's release date; a past one means at once.
	ReleaseOn *time.Time
	// HeldUntil is before when it is not told, whatever its date (P18.18).
	HeldUntil *time.Time
}

// maxWords bounds a reason and a message, in characters.
const maxWords = 4000

func (in DecideInput) check() error {
	bad := []models.FieldError{}
	known := false
	for _, v := range Verdicts() {
		known = known || v == in.Kind
	}
	if !known {
		bad = append(bad, models.FieldError{Field: "decision", Key: "desk.decision_missing"})
	}
	if in.Kind == VerdictRefused && in.Reason == "" {
		bad = append(bad, models.FieldError{Field: "motif", Key: "desk.reason_missing"})
	}
	if utf8.RuneCountInString(in.Reason) > maxWords {
		bad = append(bad, models.FieldError{Field: "motif", Key: "desk.too_long"})
	}
	if utf8.RuneCountInString(in.Message) > maxWords {
		bad = append(bad, models.FieldError{Field: "message", Key: "desk.too_long"})
	}
	if in.Rank < 0 {
		bad = append(bad, models.FieldError{Field: "rang", Key: "desk.rank_wrong"})
	}
	if len(bad) > 0 {
		return models.Invalid("desk.decision_invalid", bad...)
	}
	return nil
}

// checkDates refuses what comes too late for the session, by field.
func (in DecideInput) checkDates(s Seats, today time.Time) error {
	switch {
	case s.Started(today):
		if in.Kind == VerdictAccepted || in.Kind == VerdictWaitlisted {
			return models.Invalid("desk.decision_invalid", models.FieldError{Field: "decision", Key: "desk.session_started"})
		}
	case in.ReleaseOn != nil && in.ReleaseOn.After(s.StartsOn):
		return models.Invalid("desk.decision_invalid", models.FieldError{Field: "communication", Key: "desk.release_after_start"})
	}
	return nil
}

// DecisionConflict is the Data of the refusal that a second officer meets: what
// stands now, who put it there and when, and the officer's own words (P9.5).
type DecisionConflict struct {
	Application Application
	Standing    *Decision // nil when something other than a decision changed
	Seats       Seats     // as they are now
	Own         DecideInput
	SentAt      time.Time
}
