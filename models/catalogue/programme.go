package catalogue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Programme is a degree course of an institution (formation diplômante, P3.3).
// One applies to it through a Campaign.
type Programme struct {
	ID                 models.ID
	Reference          string // in addresses: /diplomes/{reference}
	Source             string
	Type               string
	Title              string
	Domains            []string
	Level              int
	InstitutionCode    string // UAI
	Institution        string
	InstitutionUsual   string
	Street             string
	Postcode           string
	Town               string
	DepartmentCode     string
	Department         string
	RegionCode         string
	Region             string
	Modes              []string // formation initiale, continue, alternance…
	AdvisedDegrees     string
	AccreditedFrom     int // year, 0 when unknown
	AccreditedTo       int
	Accreditation      string
	Open               bool // as the source says, of its years
	JointAccreditation string
	URL                string
	UpdatedAt          time.Time
	Version            int
	VET                string  // code de version d'étape, empty where the source gives none
	Faculty            Faculty // composante; zero where the source names none
	Intakes            []Intake
	Campaigns          []Campaign // those to come first
}

// Intake is the capacity of one year (capacité d'accueil), as the source gives
// it; Capacity is nil where it gives none.
type Intake struct {
	Year     int
	Semester string
	Capacity *int
	Limited  string
	Open     bool
}

// ProgrammeByReference reads a programme's page; today orders the campaigns.
// Public; unknown is not found.
func ProgrammeByReference(ctx context.Context, db Reader, reference string, today time.Time) (Programme, error) {
	var p Programme
	var faculty *models.ID
	err := db.QueryRow(ctx, `
		SELECT p.id, p.reference, p.source, p.type, p.title, p.domains, coalesce(p.level, 0), p.institution_code, p.institution,
			p.institution_usual, p.street, p.postcode, p.town, coalesce(p.department_code, ''), coalesce(d.name, ''),
			coalesce(p.region_code, ''), coalesce(r.name, ''), p.modes, p.advised_degrees, coalesce(p.accredited_from, 0),
			coalesce(p.accredited_to, 0), p.accreditation, p.open, p.joint_accreditation, p.url, p.updated_at, p.version,
			p.vet, f.id, coalesce(f.code, ''), coalesce(nullif(f.usual_name, ''), f.name, ''), coalesce(f.town, '')
		FROM programmes p LEFT JOIN departments d ON d.code = p.department_code LEFT JOIN regions r ON r.code = p.region_code
		LEFT JOIN faculties f ON f.id = p.faculty_id
		WHERE p.reference = $1`, models.Prepared, reference).Scan(&p.ID, &p.Reference, &p.Source, &p.Type, &p.Title, &p.Domains,
		&p.Level, &p.InstitutionCode, &p.Institution, &p.InstitutionUsual, &p.Street, &p.Postcode, &p.Town, &p.DepartmentCode,
		&p.Department, &p.RegionCode, &p.Region, &p.Modes, &p.AdvisedDegrees, &p.AccreditedFrom, &p.AccreditedTo,
		&p.Accreditation, &p.Open, &p.JointAccreditation, &p.URL, &p.UpdatedAt, &p.Version,
		&p.VET, &faculty, &p.Faculty.Code, &p.Faculty.Name, &p.Faculty.Town)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, models.NotFound("programme.unknown")
	}
	if err != nil {
		return p, fmt.Errorf("programme: %w", err)
	}
	if faculty != nil {
		p.Faculty.ID = *faculty
	}
	if p.Intakes, err = intakes(ctx, db, p.ID); err != nil {
		return p, err
	}
	p.Campaigns, err = CampaignsOf(ctx, db, p.ID, today)
	return p, err
}

func intakes(ctx context.Context, db Reader, programme models.ID) ([]Intake, error) {
	rows, err := db.Query(ctx, `SELECT year, semester, capacity, limited, open FROM programme_intakes
		WHERE programme_id = $1 ORDER BY year DESC, semester, no`, models.Prepared, programme)
	if err != nil {
		return nil, fmt.Errorf("intakes: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Intake])
}
