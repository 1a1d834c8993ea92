package catalogue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Announcement is a call for people (annonce, P3.5). Empty means that the
// source does not say.
type Announcement struct {
	ID             models.ID
	Reference      string // in addresses: /annonces/{reference}
	Source         string
	Title          string
	TitleDeduced   bool // rebuilt from the source's address, said so on screen
	Description    string
	Profile        string
	Employer       string
	Job            string
	RomeCode       string
	Place          string
	DepartmentCode string
	Department     string
	RegionCode     string
	Region         string
	Contract       string
	Nature         string
	Experience     string
	DurationMonths int
	PublishedOn    time.Time
	StartsOn       *time.Time
	ClosesOn       *time.Time
	ShiftedYears   int // whole years added to the dates, said so on screen
	State          string
	UpdatedAt      time.Time
}

// Closed reports an announcement past its deadline, which ends at 24:00 of its
// date (P18.11), or closed by its author.
func (a Announcement) Closed(today time.Time) bool {
	return a.State == "closed" || a.State == "archived" || a.ClosesOn != nil && today.After(*a.ClosesOn)
}

const announcementQuery = `SELECT a.id, a.reference, a.source, a.title, a.title_deduced, a.description, a.profile, a.employer, a.job,
	a.rome_code, a.place, coalesce(a.department_code, ''), coalesce(d.name, ''), coalesce(a.region_code, ''), coalesce(r.name, ''),
	a.contract, a.nature, a.experience, coalesce(a.duration_months, 0), a.published_on, a.starts_on, a.closes_on, a.shifted_years,
	a.state, a.updated_at
	FROM announcements a LEFT JOIN departments d ON d.code = a.department_code LEFT JOIN regions r ON r.code = a.region_code `

func scanAnnouncement(row pgx.Row) (Announcement, error) {
	var a Announcement
	err := row.Scan(&a.ID, &a.Reference, &a.Source, &a.Title, &a.TitleDeduced, &a.Description, &a.Profile, &a.Employer, &a.Job,
		&a.RomeCode, &a.Place, &a.DepartmentCode, &a.Department, &a.RegionCode, &a.Region, &a.Contract, &a.Nature, &a.Experience,
		&a.DurationMonths, &a.PublishedOn, &a.StartsOn, &a.ClosesOn, &a.ShiftedYears, &a.State, &a.UpdatedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, models.NotFound("announcement.unknown")
	}
	if err != nil {
		return a, fmt.Errorf("announcement: %w", err)
	}
	return a, nil
}

// AnnouncementByReference reads an announcement's page. Public; a draft, like
// an unknown one, is not found.
func AnnouncementByReference(ctx context.Context, db Reader, reference string) (Announcement, error) {
	return scanAnnouncement(db.QueryRow(ctx, announcementQuery+`WHERE a.reference = $1 AND a.state <> 'draft'`, models.Prepared, reference))
}

// LatestAnnouncements lists the last published ones that can still be
// answered, for the home page (P4.5).
func LatestAnnouncements(ctx context.Context, db Reader, today time.Time, n int) ([]Announcement, error) {
	rows, err := db.Query(ctx, announcementQuery+`WHERE a.state = 'published' AND a.published_on <= $1
		AND (a.closes_on IS NULL OR a.closes_on >= $1) ORDER BY a.published_on DESC, a.reference LIMIT $2`, models.Prepared, today, n)
	if err != nil {
		return nil, fmt.Errorf("announcements: %w", err)
	}
	defer rows.Close()
	list := []Announcement{}
	for rows.Next() {
		a, err := scanAnnouncement(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, rows.Err()
}
