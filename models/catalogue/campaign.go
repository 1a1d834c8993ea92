package catalogue

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Campaign is a period during which one applies to a programme (campagne, P3.3,
// P6.2): a Session whose Course fields name the programme, whose start is that of
// the academic year (rentrée), whose capacity is the intake and whose decision
// date is that of the commission.
type Campaign struct {
	Session
	// CapacityGiven tells that the source gives the intake; otherwise Capacity is
	// the demonstration's own and pages say so.
	CapacityGiven bool
}

const campaignQuery = `SELECT s.id, s.programme_id, p.reference, p.title, s.external_id, s.generated, s.starts_on, s.ends_on, s.place,
	coalesce(s.department_code, ''), coalesce(d.name, ''), coalesce(s.region_code, ''), coalesce(r.name, ''), s.modality,
	s.capacity, s.seats_elsewhere, s.seats_taken, s.waiting_list, s.opens_on, s.closes_on, s.cancelled_at, s.cancel_reason,
	s.decision_on, s.version, EXISTS (SELECT FROM programme_intakes i WHERE i.programme_id = p.id AND i.capacity = s.capacity)
	FROM sessions s JOIN programmes p ON p.id = s.programme_id
	LEFT JOIN departments d ON d.code = s.department_code LEFT JOIN regions r ON r.code = s.region_code `

// CampaignsOf lists a programme's campaigns, those to come first. Public.
func CampaignsOf(ctx context.Context, db Reader, programme models.ID, today time.Time) ([]Campaign, error) {
	rows, err := db.Query(ctx, campaignQuery+`WHERE s.programme_id = $1 ORDER BY s.starts_on <= $2, s.starts_on, s.id`,
		models.Prepared, programme, today)
	if err != nil {
		return nil, fmt.Errorf("campaigns: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Campaign, error) {
		var c Campaign
		s := &c.Session
		err := row.Scan(&s.ID, &s.CourseID, &s.CourseReference, &s.CourseTitle, &s.ExternalID, &s.Generated, &s.StartsOn, &s.EndsOn,
			&s.Place, &s.DepartmentCode, &s.Department, &s.RegionCode, &s.Region, &s.Modality, &s.Capacity, &s.SeatsElsewhere,
			&s.SeatsTaken, &s.WaitingList, &s.OpensOn, &s.ClosesOn, &s.CancelledAt, &s.CancelReason, &s.DecisionOn, &s.Version,
			&c.CapacityGiven)
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("campaigns: %w", err)
	}
	return list, nil
}

// isOpen is the SQL of Choosable for a campaign s on the day of argument $1: the
// same rules as SessionState, so that counts need no row to travel.
const isOpen = `s.cancelled_at IS NULL AND s.opens_on <= $1 AND s.closes_on >= $1 AND s.starts_on > $1
	AND (s.waiting_list OR s.seats_taken + s.seats_elsewhere < s.capacity)`
