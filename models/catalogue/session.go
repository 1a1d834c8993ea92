package catalogue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Modality is how a session is attended (modalité).
type Modality string

// The modalities.
const (
	OnSite Modality = "on_site" // en présence
	Remote Modality = "remote"  // à distance
	Mixed  Modality = "mixed"   // mixte
)

// Session is one dated occurrence of a course (P3.1), or of a programme, see
// Campaign. Dates are civil dates of
// the portal's zone, at midnight UTC.
type Session struct {
	ID              models.ID
	CourseID        models.ID
	CourseReference string
	CourseTitle     string
	ExternalID      string
	Generated       bool // made by the demonstration, said so on screen
	StartsOn        time.Time
	EndsOn          time.Time
	Place           string
	DepartmentCode  string
	Department      string
	RegionCode      string // empty: remote
	Region          string
	Modality        Modality
	Capacity        int
	SeatsElsewhere  int // places attribuées hors du portail
	SeatsTaken      int
	WaitingList     bool
	OpensOn         time.Time
	ClosesOn        time.Time
	CancelledAt     *time.Time
	CancelReason    string
	DecisionOn      *time.Time // nil: computed from the start and the setting (P6.1)
	Version         int
}

// SeatsLeft counts the free seats.
func (s Session) SeatsLeft() int { return s.Capacity - s.SeatsElsewhere - s.SeatsTaken }

// State is SessionState of this session.
func (s Session) State(today time.Time) State { return SessionState(s, today) }

const sessionColumns = `s.id, s.course_id, c.reference, c.title, s.external_id, s.generated, s.starts_on, s.ends_on, s.place,
	coalesce(s.department_code, ''), coalesce(d.name, ''), coalesce(s.region_code, ''), coalesce(r.name, ''), s.modality,
	s.capacity, s.seats_elsewhere, s.seats_taken, s.waiting_list, s.opens_on, s.closes_on, s.cancelled_at, s.cancel_reason,
	s.decision_on, s.version`

const sessionTables = ` FROM sessions s JOIN courses c ON c.id = s.course_id
	LEFT JOIN departments d ON d.code = s.department_code LEFT JOIN regions r ON r.code = s.region_code `

func scanSession(row pgx.Row) (Session, error) {
	var s Session
	err := row.Scan(&s.ID, &s.CourseID, &s.CourseReference, &s.CourseTitle, &s.ExternalID, &s.Generated, &s.StartsOn, &s.EndsOn,
		&s.Place, &s.DepartmentCode, &s.Department, &s.RegionCode, &s.Region, &s.Modality, &s.Capacity, &s.SeatsElsewhere,
		&s.SeatsTaken, &s.WaitingList, &s.OpensOn, &s.ClosesOn, &s.CancelledAt, &s.CancelReason, &s.DecisionOn, &s.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, models.NotFound("session.unknown")
	}
	if err != nil {
		return s, fmt.Errorf("session: %w", err)
	}
	return s, nil
}

// SessionByID reads a session with its course's title. Public; unknown is not
// found.
func SessionByID(ctx context.Context, db Reader, id models.ID) (Session, error) {
	return scanSession(db.QueryRow(ctx, `SELECT `+sessionColumns+sessionTables+`WHERE s.id = $1`, models.Prepared, id))
}

// SessionByExternalID reads a session by the identifier of its source.
func SessionByExternalID(ctx context.Context, db Reader, external string) (Session, error) {
	return scanSession(db.QueryRow(ctx, `SELECT `+sessionColumns+sessionTables+`WHERE s.external_id = $1`, models.Prepared, external))
}

// SessionsOf lists a course's sessions, those to come first, each group by
// start.
func SessionsOf(ctx context.Context, db Reader, course models.ID, today time.Time) ([]Session, error) {
	rows, err := db.Query(ctx, `SELECT `+sessionColumns+sessionTables+`WHERE s.course_id = $1
		ORDER BY s.starts_on <= $2, s.starts_on, s.id`, models.Prepared, course, today)
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	return collectSessions(rows)
}

// OpenSessions lists the next sessions whose registration is in course, by
// closing date, for the home page; at most n.
func OpenSessions(ctx context.Context, db Reader, today time.Time, n int) ([]Session, error) {
	rows, err := db.Query(ctx, `SELECT `+sessionColumns+sessionTables+`
		WHERE s.cancelled_at IS NULL AND s.closes_on >= $1 AND s.opens_on <= $1 AND s.starts_on > $1
			AND (s.waiting_list OR s.seats_taken + s.seats_elsewhere < s.capacity)
		ORDER BY s.closes_on, s.starts_on, s.id LIMIT $2`, models.Prepared, today, n)
	if err != nil {
		return nil, fmt.Errorf("open sessions: %w", err)
	}
	return collectSessions(rows)
}

func collectSessions(rows pgx.Rows) ([]Session, error) {
	defer rows.Close()
	list := []Session{}
	for rows.Next() {
		s, err := scanSession(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}
