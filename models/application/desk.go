package application

import (
	"time"

	"passerelle/models"
)

// DeskState is a state as the officer's desk (bureau) sorts it: finer than
// State while a decision waits for its release. The value is the word of the
// address.
type DeskState string

// The states of the desk, in the order of its facet.
const (
	DeskToReview        DeskState = "a-etudier"
	DeskStuck           DeskState = "en-souffrance" // the line manager never answered (P18.3)
	DeskOnHold          DeskState = "en-attente"
	DeskInformation     DeskState = "precision-demandee"
	DeskToTell          DeskState = "a-communiquer" // decided, waits for its release (P18.4)
	DeskAwaiting        DeskState = "chez-le-superieur"
	DeskPromised        DeskState = "a-confirmer" // a freed seat, promised until a date (P18.5)
	DeskAccepted        DeskState = "retenues"
	DeskConfirmed       DeskState = "confirmees"
	DeskWaitlisted      DeskState = "liste-complementaire"
	DeskRefused         DeskState = "refusees"
	DeskApprovalRefused DeskState = "refusees-par-le-superieur"
	DeskDeclined        DeskState = "declinees"
	DeskWithdrawn       DeskState = "desistements"
	DeskClosed          DeskState = "closes"
)

// deskConditions says in SQL what each state of the desk is, with applications
// as a. A row is in exactly one.
var deskConditions = []struct {
	State DeskState
	SQL   string
}{
	{DeskToReview, `a.state = 'under_review' AND a.verdict = ''`},
	{DeskStuck, `a.state IN ('submitted', 'awaiting_approval') AND ` + isStuck},
	{DeskOnHold, `a.state = 'under_review' AND a.verdict = 'on_hold'`},
	{DeskInformation, `a.state = 'information_requested'`},
	{DeskToTell, `a.state = 'under_review' AND a.verdict IN ('accepted', 'waitlisted', 'refused')`},
	{DeskAwaiting, `a.state IN ('submitted', 'awaiting_approval') AND NOT ` + isStuck},
	{DeskPromised, `a.state = 'accepted' AND ` + isPromised},
	{DeskAccepted, `a.state = 'accepted' AND NOT ` + isPromised},
	{DeskConfirmed, `a.state = 'confirmed'`},
	{DeskWaitlisted, `a.state = 'waitlisted'`},
	{DeskRefused, `a.state = 'refused'`},
	{DeskApprovalRefused, `a.state = 'approval_refused'`},
	{DeskDeclined, `a.state = 'declined'`},
	{DeskWithdrawn, `a.state = 'withdrawn'`},
	{DeskClosed, `a.state IN ('closed', 'expired')`},
}

// Both sets are small and have an index of their own, so that they are hashed
// once instead of widening the index that the counts are read from.
const (
	isStuck    = `(a.id IN (SELECT application_id FROM approvals WHERE state = 'stuck'))`
	isPromised = `(a.id IN (SELECT id FROM applications WHERE confirm_by IS NOT NULL AND state = 'accepted'))`
)

// DeskStates lists the states of the desk, in the order of its facet.
func DeskStates() []DeskState {
	all := make([]DeskState, len(deskConditions))
	for i, c := range deskConditions {
		all[i] = c.State
	}
	return all
}

// DeskStateOf sorts one application.
func DeskStateOf(a Application, stuck bool) DeskState {
	switch a.State {
	case Submitted, AwaitingApproval:
		if stuck {
			return DeskStuck
		}
		return DeskAwaiting
	case UnderReview:
		switch Verdict(a.Verdict) {
		case "":
			return DeskToReview
		case VerdictOnHold:
			return DeskOnHold
		}
		return DeskToTell
	case Accepted:
		if a.ConfirmBy != nil {
			return DeskPromised
		}
		return DeskAccepted
	}
	return map[State]DeskState{InformationRequested: DeskInformation, Confirmed: DeskConfirmed, Waitlisted: DeskWaitlisted,
		Refused: DeskRefused, ApprovalRefused: DeskApprovalRefused, Declined: DeskDeclined, Withdrawn: DeskWithdrawn,
		Closed: DeskClosed, Expired: DeskClosed}[a.State]
}

// Turn tells who must act (P17.14).
func (s DeskState) Turn() Turn {
	switch s {
	case DeskToReview, DeskStuck, DeskOnHold:
		return TurnService
	case DeskAwaiting:
		return TurnManager
	case DeskInformation, DeskPromised:
		return TurnApplicant
	case DeskToTell:
		return TurnNobody // the release date
	}
	return TurnNobody
}

// DeskAge is how long an application has been in its state, in ranges.
type DeskAge string

// The ranges, in the order of the facet; a day is 24 hours here.
const (
	AgeOverTwoWeeks DeskAge = "plus-de-14-jours"
	AgeTwoWeeks     DeskAge = "7-a-14-jours"
	AgeWeek         DeskAge = "2-a-7-jours"
	AgeNew          DeskAge = "moins-de-2-jours"
)

// DeskAges lists the ranges, oldest first.
func DeskAges() []DeskAge { return []DeskAge{AgeOverTwoWeeks, AgeTwoWeeks, AgeWeek, AgeNew} }

// ageBounds are the instants between the ranges, oldest first.
func ageBounds(now time.Time) []time.Time {
	day := 24 * time.Hour
	return []time.Time{now.Add(-14 * day), now.Add(-7 * day), now.Add(-2 * day)}
}

// DeskSort is an order of the list.
type DeskSort string

// The orders; the first is the default (P17.14).
const (
	SortPromised DeskSort = "echeance" // promised date
	SortSince    DeskSort = "anciennete"
	SortName     DeskSort = "nom"
	SortNumber   DeskSort = "numero"
	SortCourse   DeskSort = "formation"
)

// DeskSorts lists the orders.
func DeskSorts() []DeskSort {
	return []DeskSort{SortPromised, SortSince, SortName, SortNumber, SortCourse}
}

// DeskFilter is what the officer looks for. Empty lists do not filter; values
// of one list add up, lists cumulate.
type DeskFilter struct {
	States   []DeskState
	Courses  []models.ID
	Sessions []models.ID
	Ages     []DeskAge
	Owners   []DeskOwner
	Query    string // name or number
	Sort     DeskSort
	Down     bool // the other way round
	Page     int  // from 1
	PerPage  int  // 25 when 0
}

// DeskRow is one line of the list.
type DeskRow struct {
	Application models.ID
	Kind        Kind
	Number      int64
	Reference   string
	Name        string
	Course      string    // title of the course or programme
	CourseID    models.ID // of the course or programme
	SessionID   models.ID
	StartsOn    time.Time
	Place       string
	Employer    string
	State       DeskState
	Verdict     Verdict
	Rank        int
	Since       time.Time
	Promised    time.Time // civil date on which the decision is told
	Officer     models.ID // that it is assigned to, zero for none
	OfficerName string
}

// DeskCount is one value of a facet.
type DeskCount struct {
	Value string // of the address
	Label string // for courses; other labels are words of the interface
	// Start and Place name a session.
	Start    time.Time
	Place    string
	Count    int
	Selected bool
}

// DeskList is a page of the list with its facets. The counts of a facet ignore
// its own selection.
type DeskList struct {
	Rows     []DeskRow
	Total    int
	Page     int
	Pages    int
	PerPage  int
	Mine     int // waiting for the officer, whatever is filtered
	All      int // in scope, whatever is filtered
	States   []DeskCount
	Courses  []DeskCount
	Sessions []DeskCount
	Ages     []DeskCount
	Owners   []DeskCount
	// MoreCourses and MoreSessions tell how many values the facet leaves out.
	MoreCourses  int
	MoreSessions int
}
