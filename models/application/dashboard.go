package application

import (
	"context"
	"fmt"
	"time"

	"passerelle/models"
)

// Turn says whose turn it is (P17.14).
type Turn string

// The turns.
const (
	TurnApplicant Turn = "applicant"
	TurnManager   Turn = "manager"
	TurnService   Turn = "service"
	TurnNobody    Turn = "nobody"
)

// Card is one application as its applicant may know it (P6.6): until the
// release of a decision everything says "under review" (P18.4).
type Card struct {
	Application
	Turn     Turn
	Since    time.Time
	Approval *Approval           // the latest request to a line manager
	Request  *InformationRequest // what the service asks for now
	Decision time.Time           // civil date on which the decision is told
	Deadline *time.Time          // civil date of what waits for the applicant, if any
	Usual    int                 // usual days from submission to decision, 0 when too few are known
	Told     *Told               // the decision, once told
	Actions  []Action
	History  []models.Event // oldest first, without what only officers may know
}

// Told is a decision as told to the applicant.
type Told struct {
	Reason, Message string
	At              time.Time
}

// ActionKind is something that the applicant can do.
type ActionKind string

// The actions of a card.
const (
	ActContinue ActionKind = "continue"         // go on with the draft
	ActErase    ActionKind = "erase"            // effacer
	ActReplace  ActionKind = "replace_approver" // name another line manager
	ActComplete ActionKind = "complete"         // give what the service asks for
	ActConfirm  ActionKind = "confirm"
	ActDecline  ActionKind = "decline"
	ActWithdraw ActionKind = "withdraw"
)

// Action is something that the applicant can do, or why not (P17.15): message
// keys of the conditions that do not hold.
type Action struct {
	Kind  ActionKind
	Unmet []string
}

// Can finds an action that is possible now.
func (c Card) Can(k ActionKind) bool {
	for _, a := range c.Actions {
		if a.Kind == k {
			return len(a.Unmet) == 0
		}
	}
	return false
}

// Waits reports that the card counts in the badge: it is the applicant's turn.
func (c Card) Waits() bool { return c.Turn == TurnApplicant }

// Dashboard lists the actor's applications (« Mes candidatures », P6.6), those
// that wait for them first.
func Dashboard(ctx context.Context, tx models.Tx, by models.Actor) ([]Card, error) {
	if !by.SignedIn() {
		return nil, models.NotFound("page.not_found")
	}
	all, err := list(ctx, tx, `WHERE a.account_id = $1 ORDER BY (a.state = 'draft') DESC, a.state_since DESC, a.number DESC LIMIT 200`, by.Account)
	if err != nil {
		return nil, err
	}
	cards := make([]Card, 0, len(all))
	waiting := 0
	for _, a := range all {
		c, err := cardOf(ctx, tx, a)
		if err != nil {
			return nil, err
		}
		if c.Waits() {
			cards = append(cards, Card{})
			copy(cards[waiting+1:], cards[waiting:])
			cards[waiting] = c
			waiting++
			continue
		}
		cards = append(cards, c)
	}
	return cards, nil
}

// CardOf is one line of the dashboard, for the applicant alone.
func CardOf(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Card, error) {
	a, err := Load(ctx, tx, by, id)
	if err != nil {
		return Card{}, err
	}
	if !a.OwnedBy(by) {
		return Card{}, models.NotFound("application.not_found")
	}
	return cardOf(ctx, tx, a)
}

// Waiting counts what waits for the actor on the dashboard, for the badge.
func Waiting(ctx context.Context, tx models.Tx, by models.Actor) (int, error) {
	n := 0
	if !by.SignedIn() {
		return 0, nil
	}
	err := tx.PGX.QueryRow(ctx, `
		SELECT count(*) FROM applications a WHERE a.account_id = $1 AND (a.state = 'draft' AND a.expires_at > $2
			OR a.state = 'information_requested' OR a.state = 'accepted' AND a.confirm_by >= $3
			OR a.state = 'awaiting_approval' AND NOT EXISTS (
				SELECT 1 FROM approvals p WHERE p.application_id = a.id AND p.state IN ('requested', 'stuck')))`,
		models.Prepared, by.Account, tx.Now, tx.Today()).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("waiting: %w", err)
	}
	return n, nil
}

func cardOf(ctx context.Context, tx models.Tx, a Application) (Card, error) {
	c := Card{Application: a.asTold(), Since: a.Since}
	approvals, err := ApprovalsOf(ctx, tx, a)
	if err != nil {
		return c, err
	}
	if len(approvals) > 0 {
		c.Approval = &approvals[0]
	}
	days, err := tx.SettingInt(ctx, "decision_before_days")
	if err != nil {
		return c, err
	}
	c.Decision = a.Session.ReleaseOn(days)
	if c.Told, err = toldOf(ctx, tx, a); err != nil {
		return c, err
	}
	if c.Usual, err = usualDays(ctx, tx, a); err != nil {
		return c, err
	}
	if c.Request, err = openRequest(ctx, tx, a); err != nil {
		return c, err
	}
	c.turn(tx)
	c.Actions = c.actions(Moment{Today: tx.Today(), Now: tx.Now})
	c.History, err = historyOf(ctx, tx, a)
	return c, err
}

// asTold hides a decision that has not been told (P18.4).
func (a Application) asTold() Application {
	switch a.State {
	case Accepted, Waitlisted, Refused, Confirmed, Declined:
	default:
		a.Verdict, a.Rank, a.ConfirmBy = "", 0, nil
	}
	return a
}

// turn says whose turn it is, since when and until when.
func (c *Card) turn(tx models.Tx) {
	switch c.State {
	case Draft:
		c.Turn = TurnApplicant
		if day, ok := c.Expiry(tx.Zone()); ok {
			if c.Session.ClosesOn.Before(day) {
				day = c.Session.ClosesOn
			}
			c.Deadline = &day
		}
		if c.SavedAt != nil {
			c.Since = *c.SavedAt
		}
	case AwaitingApproval:
		c.Turn = TurnManager
		if c.Approval == nil || !c.Approval.State.Open() {
			c.Turn = TurnApplicant
			if c.Approval != nil && c.Approval.AnsweredAt != nil {
				c.Since = *c.Approval.AnsweredAt
			}
		} else {
			c.Since = c.Approval.RequestedAt
			if c.Approval.State == ApprovalStuck {
				c.Turn = TurnService
			}
		}
	case InformationRequested:
		c.Turn = TurnApplicant
		if c.Request != nil {
			c.Deadline = &c.Request.DueOn
		}
	case Submitted, UnderReview, Waitlisted:
		c.Turn = TurnService
	case Accepted:
		c.Turn = TurnNobody
		if c.ConfirmBy != nil {
			c.Turn, c.Deadline = TurnApplicant, c.ConfirmBy
		}
	default:
		c.Turn = TurnNobody
	}
}

// actions lists what the applicant can do in this state, with what stands in
// the way (P17.15).
func (c *Card) actions(m Moment) []Action {
	act := func(k ActionKind, unmet ...string) Action { return Action{Kind: k, Unmet: unmet} }
	all := []Action{}
	if c.State == Draft {
		if why := c.Session.Refusal(m.Today); why == "" {
			all = append(all, act(ActContinue))
		} else {
			all = append(all, act(ActContinue, why))
		}
		return append(all, act(ActErase))
	}
	if c.State == AwaitingApproval {
		all = append(all, act(ActReplace))
	}
	if c.State == InformationRequested {
		all = append(all, act(ActComplete))
	}
	if c.ConfirmBy != nil {
		all = c.firing(all, ActConfirm, EventConfirm, m)
		all = c.firing(all, ActDecline, EventDecline, m)
	}
	return c.firing(all, ActWithdraw, EventWithdraw, m)
}

// firing adds the action behind an event, where the table knows it.
func (c *Card) firing(all []Action, k ActionKind, e Event, m Moment) []Action {
	t, ok := next(c.State, e)
	if !ok {
		return all
	}
	a := Action{Kind: k}
	if t.Guard.unmet(c.Application, m) {
		a.Unmet = []string{t.Guard.Key}
	}
	return append(all, a)
}

// toldOf reads the last decision told, nil when none was.
func toldOf(ctx context.Context, tx models.Tx, a Application) (*Told, error) {
	switch a.State {
	case Draft, Submitted, AwaitingApproval, ApprovalRefused, UnderReview, InformationRequested, Expired:
		return nil, nil
	}
	var t Told
	var at *time.Time
	err := tx.PGX.QueryRow(ctx, `
		SELECT coalesce(max(d.reason), ''), coalesce(max(d.message), ''), max(d.released_at) FROM (
			SELECT reason, message, released_at FROM decisions WHERE application_id = $1 AND released_at IS NOT NULL
			ORDER BY released_at DESC LIMIT 1) d`, models.Prepared, a.ID).Scan(&t.Reason, &t.Message, &at)
	if err != nil {
		return nil, fmt.Errorf("told: %w", err)
	}
	if at == nil {
		return nil, nil
	}
	t.At = *at
	return &t, nil
}

// enoughKnown is how many told decisions make a usual duration.
const enoughKnown = 5

// usualDays is the median from submission to the decision told, on the same
// course or programme; 0 when too few are known or when it no longer matters.
func usualDays(ctx context.Context, tx models.Tx, a Application) (int, error) {
	if a.State != UnderReview && a.State != AwaitingApproval {
		return 0, nil
	}
	var days, n int
	err := tx.PGX.QueryRow(ctx, `
		SELECT coalesce(ceil(percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM d.released_at - o.submitted_at)) / 86400), 0)::int, count(*)
		FROM decisions d JOIN applications o ON o.id = d.application_id JOIN sessions s ON s.id = o.session_id
		WHERE s.offering_id = $1 AND d.released_at IS NOT NULL AND d.cause = 'officer'`, models.Prepared, a.Session.Offering()).Scan(&days, &n)
	if err != nil {
		return 0, fmt.Errorf("usual duration: %w", err)
	}
	if n < enoughKnown {
		return 0, nil
	}
	return days, nil
}

// toldEvents are the lines of the journal that the applicant may read.
var toldEvents = map[string]bool{
	"application.begin": true, "application.claimed": true, "application.submit": true, "application.receive": true, "application.request_approval": true,
	"application.approve": true, "application.refuse_approval": true, "application.not_my_staff": true,
	"application.approver_replaced": true, "application.approval_reminded": true, "application.approval_stuck": true,
	"application.approval_sent_again": true, "application.approval_link_renewed": true,
	"application.release_accepted": true, "application.release_waitlisted": true, "application.release_refused": true,
	"application.request_information": true, "application.give_information": true,
	"application.promote": true, "application.confirm": true, "application.decline": true, "application.lapse": true,
	"application.withdraw": true, "application.close": true, "application.cancel_session": true, "application.expire": true,
}

func historyOf(ctx context.Context, tx models.Tx, a Application) ([]models.Event, error) {
	events, err := tx.EventsOf(ctx, "application", a.ID)
	if err != nil {
		return nil, err
	}
	kept := []models.Event{}
	for _, e := range events {
		if toldEvents[e.Kind] {
			kept = append(kept, e)
		}
	}
	return kept, nil
}
