package catalogue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Course is a training action (action de formation, P3.1). A nil text is one
// that the source lacks: shown as absent, never invented.
type Course struct {
	ID            models.ID
	Reference     string // in addresses: /formations/{reference}
	Source        string
	Title         string
	Acronym       string
	Type          string
	TypeAcronym   string
	Duration      string // as the source writes it
	DurationDays  int    // calendar days, 0 when unknown
	RNCP          string
	Level         int // 1-8, 0 when not registered or unknown
	LevelLabel    string
	Authority     string // tutelle
	Speciality    string // code NSF
	URL           string
	Objectives    *string
	Programme     *string
	Prerequisites *string
	Audience      *string
	Methods       *string
	UpdatedAt     time.Time
	Version       int
}

// CoursePage is all that a course's page shows (P3.1, P3.2).
type CoursePage struct {
	Course
	Themes   []ThemePath
	Sessions []Session // those to come first; State says which can be chosen
}

// ThemePath is a sub-domain of a course with its domain.
type ThemePath struct {
	Domain Theme
	Theme  Theme
}

const courseColumns = `id, reference, source, title, acronym, type, type_acronym, duration, coalesce(duration_days, 0), rncp,
	coalesce(level, 0), level_label, authority, speciality, url, objectives, programme, prerequisites, audience, methods, updated_at, version`

func scanCourse(row pgx.Row) (Course, error) {
	var c Course
	err := row.Scan(&c.ID, &c.Reference, &c.Source, &c.Title, &c.Acronym, &c.Type, &c.TypeAcronym, &c.Duration, &c.DurationDays,
		&c.RNCP, &c.Level, &c.LevelLabel, &c.Authority, &c.Speciality, &c.URL, &c.Objectives, &c.Programme, &c.Prerequisites,
		&c.Audience, &c.Methods, &c.UpdatedAt, &c.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, models.NotFound("course.unknown")
	}
	if err != nil {
		return c, fmt.Errorf("course: %w", err)
	}
	return c, nil
}

// CourseByReference reads a course's page; today orders the sessions. Public;
// unknown is not found.
func CourseByReference(ctx context.Context, db Reader, reference string, today time.Time) (CoursePage, error) {
	var page CoursePage
	var err error
	page.Course, err = scanCourse(db.QueryRow(ctx, `SELECT `+courseColumns+` FROM courses WHERE reference = $1`, models.Prepared, reference))
	if err != nil {
		return page, err
	}
	if page.Themes, err = courseThemes(ctx, db, page.ID); err != nil {
		return page, err
	}
	page.Sessions, err = SessionsOf(ctx, db, page.ID, today)
	return page, err
}

func courseThemes(ctx context.Context, db Reader, course models.ID) ([]ThemePath, error) {
	rows, err := db.Query(ctx, `SELECT `+themeColumns+`, coalesce(p.id, t.id), coalesce(p.no, t.no), coalesce(p.slug, t.slug), coalesce(p.name, t.name)
		FROM course_themes ct JOIN themes t ON t.id = ct.theme_id LEFT JOIN themes p ON p.id = t.parent_id
		WHERE ct.course_id = $1 ORDER BY coalesce(p.name, t.name), t.name`, models.Prepared, course)
	if err != nil {
		return nil, fmt.Errorf("course themes: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (ThemePath, error) {
		var t ThemePath
		err := row.Scan(&t.Theme.ID, &t.Theme.Parent, &t.Theme.No, &t.Theme.Slug, &t.Theme.Name,
			&t.Domain.ID, &t.Domain.No, &t.Domain.Slug, &t.Domain.Name)
		return t, err
	})
}

// Counts says how large the catalogue is, for the home page.
type Counts struct{ Courses, Programmes, Announcements, OpenSessions int }

// Count reads the counts.
func Count(ctx context.Context, db Reader, today time.Time) (Counts, error) {
	var c Counts
	err := db.QueryRow(ctx, `SELECT (SELECT count(*) FROM courses), (SELECT count(*) FROM programmes),
		(SELECT count(*) FROM announcements WHERE state = 'published'),
		(SELECT count(*) FROM sessions WHERE course_id IS NOT NULL AND cancelled_at IS NULL AND closes_on >= $1 AND opens_on <= $1 AND starts_on > $1
			AND (waiting_list OR seats_taken + seats_elsewhere < capacity))`, models.Prepared, today).
		Scan(&c.Courses, &c.Programmes, &c.Announcements, &c.OpenSessions)
	if err != nil {
		return c, fmt.Errorf("counts: %w", err)
	}
	return c, nil
}
