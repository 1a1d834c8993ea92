package application

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Kind is what an application asks for.
type Kind string

// The kinds in force.
const (
	Registration Kind = "registration" // pré-inscription à une session (P6.1)
	Admission    Kind = "admission"    // candidature à un diplôme, dans une campagne (P6.2)
)

// Application is one person's pre-registration to one session, or their
// application to one campaign of a programme, on one version of a form
// (candidature, P6.1, P6.2).
type Application struct {
	ID             models.ID
	Kind           Kind
	Number         int64
	Session        Session
	FormVersion    models.ID
	Account        models.ID // zero until claimed
	Person         models.ID // zero until claimed
	PendingAccount models.ID // bound at sign-up, not proven yet (P18.1)
	DraftKey       []byte
	State          State
	Since          time.Time
	Version        int // moves with every change of state or decision, never with an answer
	Step           int // last page worked on, from 1
	Verdict        string
	Rank           int // waiting list, from 1; 0 outside it
	ConfirmBy      *time.Time
	CreatedAt      time.Time
	SavedAt        *time.Time
	SubmittedAt    *time.Time
	ExpiresAt      *time.Time
	ApplicantName  string
	ClosingCause   string
	Officer        models.ID // account that it is assigned to (affectation, P9.6), zero for none; no right by itself
}

// Session is what an application needs to know of its session, or of its
// campaign (campagne): then StartsOn is the start of the academic year.
type Session struct {
	ID             models.ID
	Course         models.ID // zero of a campaign
	Programme      models.ID // zero of a session
	Faculty        models.ID // composante of the programme, zero when unknown
	Reference      string    // of the course or programme, in addresses
	Title          string    // of the course or programme
	Institution    string    // who offers the programme; empty of a course
	StartsOn       time.Time // civil dates, midnight UTC
	EndsOn         time.Time
	OpensOn        time.Time
	ClosesOn       time.Time
	DecisionOn     *time.Time
	Place          string
	Modality       string
	Capacity       int
	SeatsTaken     int
	SeatsElsewhere int
	WaitingList    bool
	CancelledAt    *time.Time
	CancelReason   string
}

// Kind is what one asks for in this session or campaign.
func (s Session) Kind() Kind {
	if s.Programme != uuid.Nil {
		return Admission
	}
	return Registration
}

// Offering is the course or the programme.
func (s Session) Offering() models.ID {
	if s.Programme != uuid.Nil {
		return s.Programme
	}
	return s.Course
}

// prefix begins the number of an application.
func (k Kind) prefix() string {
	if k == Admission {
		return "AD-"
	}
	return "PR-"
}

// Reference is the number shown to people: PR-2026-004836 of a
// pre-registration, AD-2026-001204 of an admission.
func (a Application) Reference() string {
	n := strconv.FormatInt(a.Number, 10)
	return a.Kind.prefix() + strconv.Itoa(a.CreatedAt.Year()) + "-" + strings.Repeat("0", max(6-len(n), 0)) + n
}

// OwnedBy reports that the actor is the applicant: the account that claimed it,
// or the browser that holds an unclaimed draft (P18.1).
func (a Application) OwnedBy(by models.Actor) bool {
	if a.Account != uuid.Nil {
		return by.SignedIn() && a.Account == by.Account
	}
	return len(a.DraftKey) > 0 && bytes.Equal(a.DraftKey, by.DraftKey)
}

const sessionColumns = `s.id, coalesce(s.course_id, '00000000-0000-0000-0000-000000000000'),
	coalesce(s.programme_id, '00000000-0000-0000-0000-000000000000'), coalesce(pg.faculty_id, '00000000-0000-0000-0000-000000000000'),
	coalesce(c.reference, pg.reference), coalesce(c.title, pg.title), coalesce(nullif(pg.institution_usual, ''), pg.institution, ''), s.starts_on, s.ends_on, s.opens_on, s.closes_on, s.decision_on,
	s.place, s.modality, s.capacity, s.seats_taken, s.seats_elsewhere, s.waiting_list, s.cancelled_at, s.cancel_reason`

func (s *Session) fields() []any {
	return []any{&s.ID, &s.Course, &s.Programme, &s.Faculty, &s.Reference, &s.Title, &s.Institution, &s.StartsOn, &s.EndsOn, &s.OpensOn, &s.ClosesOn, &s.DecisionOn,
		&s.Place, &s.Modality, &s.Capacity, &s.SeatsTaken, &s.SeatsElsewhere, &s.WaitingList, &s.CancelledAt, &s.CancelReason}
}

const (
	columns = `a.id, a.kind, a.number, a.form_version_id, coalesce(a.account_id, '00000000-0000-0000-0000-000000000000'),
	coalesce(a.person_id, '00000000-0000-0000-0000-000000000000'),
	coalesce(a.pending_account_id, '00000000-0000-0000-0000-000000000000'), a.draft_key, a.state, a.state_since, a.version, a.step,
	a.verdict, coalesce(a.waitlist_rank, 0), a.confirm_by, a.created_at, a.saved_at, a.submitted_at, a.expires_at,
	a.applicant_name, a.closing_cause, coalesce(a.officer_id, '00000000-0000-0000-0000-000000000000'), ` + sessionColumns
	tables = ` FROM applications a JOIN sessions s ON s.id = a.session_id ` + offerings
	// offerings joins what sessions s are of: a course or a programme.
	offerings = ` LEFT JOIN courses c ON c.id = s.course_id LEFT JOIN programmes pg ON pg.id = s.programme_id `
)

func (a *Application) fields() []any {
	return append([]any{&a.ID, &a.Kind, &a.Number, &a.FormVersion, &a.Account, &a.Person, &a.PendingAccount, &a.DraftKey, &a.State, &a.Since,
		&a.Version, &a.Step, &a.Verdict, &a.Rank, &a.ConfirmBy, &a.CreatedAt, &a.SavedAt, &a.SubmittedAt, &a.ExpiresAt,
		&a.ApplicantName, &a.ClosingCause, &a.Officer}, a.Session.fields()...)
}

func scan(row pgx.Row, more ...any) (Application, error) {
	var a Application
	err := row.Scan(append(a.fields(), more...)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, models.NotFound("application.not_found")
	}
	if err != nil {
		return a, fmt.Errorf("application: %w", err)
	}
	return a, nil
}

// Load gives an application to whoever may see it: the applicant, an officer
// whose scope covers its course or programme once it is submitted, the portal. To anyone
// else it is not found.
func Load(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Application, error) {
	return load(ctx, tx, by, id, "")
}

// lock is Load under the row's lock, for a verb about to change it.
func lock(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Application, error) {
	return load(ctx, tx, by, id, " FOR UPDATE OF a")
}

// lockSeats is lock with the session's row locked first, for a verb that may
// take or free a seat (lock order of P18.5: session, then applications).
func lockSeats(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Application, error) {
	_, err := tx.PGX.Exec(ctx, `SELECT 1 FROM sessions WHERE id = (SELECT session_id FROM applications WHERE id = $1) FOR UPDATE`,
		models.Prepared, id)
	if err != nil {
		return Application{}, fmt.Errorf("lock session: %w", err)
	}
	return lock(ctx, tx, by, id)
}

func load(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, suffix string) (Application, error) {
	a, err := scan(tx.PGX.QueryRow(ctx, `SELECT `+columns+tables+`WHERE a.id = $1`+suffix, models.Prepared, id))
	if err != nil {
		return a, err
	}
	ok, err := visibleTo(ctx, tx, by, a)
	if err == nil && !ok {
		err = models.NotFound("application.not_found")
	}
	if err != nil {
		return Application{}, err
	}
	return a, nil
}

// visibleTo decides who sees an application (P2.5).
func visibleTo(ctx context.Context, tx models.Tx, by models.Actor, a Application) (bool, error) {
	if a.OwnedBy(by) || by.Kind == models.ActorPortal || by.Kind == models.ActorOperator {
		return true, nil
	}
	return reviewedBy(ctx, tx, by, a)
}

// reviewedBy reports an officer whose scope covers the course or the programme,
// by itself, its theme or its component, or who stands in for the officer that it is
// assigned to, as far as the rights of that one go (P9.6); drafts are nobody's but the
// applicant's.
func reviewedBy(ctx context.Context, tx models.Tx, by models.Actor, a Application) (bool, error) {
	if a.SubmittedAt == nil || !by.Has(models.RoleOfficer) {
		return false, nil
	}
	ok, err := covers(ctx, tx, by, a)
	for _, s := range by.StandsIn {
		if err == nil && !ok && s.Account == a.Officer {
			ok, err = covers(ctx, tx, models.Actor{Grants: s.Grants}, a)
		}
	}
	return ok, err
}

// covers reports that the grants of an officer cover the course or the programme.
func covers(ctx context.Context, tx models.Tx, by models.Actor, a Application) (bool, error) {
	if by.Everywhere(models.RoleOfficer) {
		return true, nil
	}
	for kind, of := range map[models.ScopeKind]models.ID{models.ScopeCourse: a.Session.Course,
		models.ScopeProgramme: a.Session.Programme, models.ScopeFaculty: a.Session.Faculty} {
		if of != uuid.Nil && slices.Contains(by.Scopes(models.RoleOfficer, kind), of) {
			return true, nil
		}
	}
	themes := by.Scopes(models.RoleOfficer, models.ScopeTheme)
	if len(themes) == 0 {
		return false, nil
	}
	var ok bool
	err := tx.PGX.QueryRow(ctx, `
		SELECT EXISTS (SELECT 1 FROM course_themes ct JOIN themes t ON t.id = ct.theme_id
			WHERE ct.course_id = $1 AND (t.id = ANY($2) OR t.parent_id = ANY($2)))`, models.Prepared, a.Session.Course, themes).Scan(&ok)
	if err != nil {
		return false, fmt.Errorf("scope: %w", err)
	}
	return ok, nil
}

// OwnerOf is the account that an application belongs to, Nil when none does or
// when it does not exist. It gives no right to see anything: it only names the
// account for which a form posted without a session is kept sealed (P18.10).
func OwnerOf(ctx context.Context, tx models.Tx, id models.ID) (models.ID, error) {
	var owner *models.ID
	err := tx.PGX.QueryRow(ctx, `SELECT (SELECT account_id FROM applications WHERE id = $1)`, models.Prepared, id).Scan(&owner)
	if err != nil {
		return uuid.Nil, fmt.Errorf("owner: %w", err)
	}
	if owner == nil {
		return uuid.Nil, nil
	}
	return *owner, nil
}
