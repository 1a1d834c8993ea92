package catalogue

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// AnnouncementSearch is what the advanced search of announcements asks for
// (recherche avancée d'annonces, P4.4). Criteria cumulate, values within one are
// alternatives; a sub-speciality narrows its speciality, a department its
// region. Codes that do not exist find nothing.
type AnnouncementSearch struct {
	Number               string // part of the number (numéro)
	Text                 bool   // only those Among
	Among                []models.ID
	Specialities         []string // codes of Specialities
	Regions, Departments []string // codes
	Structures           []string // slugs of who publishes
	Starts, Ends, Closes Period
	Open                 bool // can still be answered
	Sort                 string
	Descending           bool
	Page                 int // from 1
	PerPage              int
}

// Period is between two dates, both included; zero is no bound.
type Period struct{ From, To time.Time }

// AnnouncementLine is one line of the result.
type AnnouncementLine struct {
	Reference, Title           string
	Speciality                 string // code of the sub-speciality, empty when not said
	Region, Department         string
	Employer                   string
	StartsOn, EndsOn, ClosesOn *time.Time
	ShiftedYears               int
}

// AnnouncementList is the answer: a page of lines, and how many announcements
// each value of a criterion has, its own selection left aside (P4.2); values that
// published announcements have are all there, with nothing counted too.
type AnnouncementList struct {
	Total                                          int
	Lines                                          []AnnouncementLine
	Specialities, Regions, Departments, Structures map[string]int
}

// The columns by which announcements are sorted, as addresses name them; the
// empty one is by worth of the text, else the latest first.
const (
	ByNumber     = "numero"
	ByTitle      = "intitule"
	BySpeciality = "specialite"
	ByPlace      = "region"
	ByStartsOn   = "debut"
	ByEndsOn     = "fin"
	ByClosesOn   = "cloture"
)

// announcementEnd is the last day: the source gives a number of months and not
// always a start.
const announcementEnd = `(a.starts_on + make_interval(months => a.duration_months) - interval '1 day')::date`

// EndsOn is the last day of what an announcement proposes, nil where the source
// says no start or no duration.
func (a Announcement) EndsOn() *time.Time {
	if a.StartsOn == nil || a.DurationMonths <= 0 {
		return nil
	}
	// The last day of a shorter month stands for the same day of this one.
	first := time.Date(a.StartsOn.Year(), a.StartsOn.Month()+time.Month(a.DurationMonths), 1, 0, 0, 0, 0, time.UTC)
	day := min(a.StartsOn.Day(), first.AddDate(0, 1, -1).Day())
	end := first.AddDate(0, 0, day-2)
	return &end
}

// SearchAnnouncements finds published announcements, on a day. Public.
func SearchAnnouncements(ctx context.Context, db Reader, s AnnouncementSearch, today time.Time) (AnnouncementList, error) {
	list := AnnouncementList{Lines: []AnnouncementLine{}, Specialities: map[string]int{}, Regions: map[string]int{}, Departments: map[string]int{}, Structures: map[string]int{}}
	ids, err := s.choose(ctx, db, today, &list)
	if err != nil {
		return list, fmt.Errorf("search announcements: %w", err)
	}
	if list.Total = len(ids); list.Total > 0 {
		if list.Lines, err = s.lines(ctx, db, ids); err != nil {
			return list, fmt.Errorf("search announcements: %w", err)
		}
	}
	return list, nil
}

// choose reads every published one with whether it passes the criteria that are
// no lists, counts the values of those that do, and keeps what passes the lists
// too, in the order of nothing chosen.
func (s AnnouncementSearch) choose(ctx context.Context, db Reader, today time.Time, list *AnnouncementList) ([]models.ID, error) {
	lists, err := s.lists(ctx, db)
	if err != nil {
		return nil, err
	}
	date := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		return &t
	}
	rows, err := db.Query(ctx, `
		SELECT a.id, a.rome_code, coalesce(a.region_code, ''), coalesce(a.department_code, ''), a.structure, coalesce(
			(NOT $3 OR u.id IS NOT NULL)
			AND ($4 = '' OR strpos(lower(a.reference), lower($4)) > 0)
			AND (NOT $5 OR a.closes_on IS NULL OR a.closes_on >= $2)
			AND ($6::date IS NULL OR a.starts_on >= $6) AND ($7::date IS NULL OR a.starts_on <= $7)
			AND ($8::date IS NULL OR `+announcementEnd+` >= $8) AND ($9::date IS NULL OR `+announcementEnd+` <= $9)
			AND ($10::date IS NULL OR a.closes_on >= $10) AND ($11::date IS NULL OR a.closes_on <= $11), false)
		FROM announcements a LEFT JOIN unnest($1::uuid[]) WITH ORDINALITY u (id, place) ON u.id = a.id
		WHERE a.state = 'published' AND a.published_on <= $2
		ORDER BY u.place, a.published_on DESC, a.reference`, models.Prepared, s.Among, today, s.Text, s.Number, s.Open,
		date(s.Starts.From), date(s.Starts.To), date(s.Ends.From), date(s.Ends.To), date(s.Closes.From), date(s.Closes.To))
	if err != nil {
		return nil, err
	}
	ids := []models.ID{}
	var id models.ID
	var rome, region, department, structure string
	var fits bool
	_, err = pgx.ForEachRow(rows, []any{&id, &rome, &region, &department, &structure, &fits}, func() error {
		if lists.count(list, fits, SpecialityOf(rome), region, department, structure) {
			ids = append(ids, id)
		}
		return nil
	})
	return ids, err
}

// announcementLists are the criteria that are lists, what narrows another taken
// into account.
type announcementLists struct {
	AnnouncementSearch
	narrowed map[string]bool // specialities and regions with a part of them chosen
}

func (s AnnouncementSearch) lists(ctx context.Context, db Reader) (announcementLists, error) {
	l := announcementLists{s, map[string]bool{}}
	rows, err := db.Query(ctx, `SELECT DISTINCT region_code FROM departments WHERE code = ANY ($1)`, models.Prepared, s.Departments)
	if err != nil {
		return l, err
	}
	var region string
	if _, err := pgx.ForEachRow(rows, []any{&region}, func() error { l.narrowed[region] = true; return nil }); err != nil {
		return l, err
	}
	for _, code := range s.Specialities {
		if len(code) > 1 {
			l.narrowed[code[:1]] = true
		}
	}
	return l, nil
}

// count adds an announcement to the counts of the values it has, for nothing
// where it does not fit the other criteria, and tells whether it passes all.
func (l announcementLists) count(list *AnnouncementList, fits bool, speciality, region, department, structure string) bool {
	domain := speciality[:min(1, len(speciality))]
	about := len(l.Specialities) == 0 || speciality != "" && (slices.Contains(l.Specialities, speciality) ||
		slices.Contains(l.Specialities, domain) && !l.narrowed[domain])
	there := l.there(region, department)
	by := len(l.Structures) == 0 || structure != "" && slices.Contains(l.Structures, structure)
	add := func(counts map[string]int, value string, passes bool) {
		if value != "" && fits && passes {
			counts[value]++
		} else if value != "" {
			counts[value] += 0
		}
	}
	add(list.Specialities, speciality, there && by)
	add(list.Specialities, domain, there && by)
	add(list.Regions, region, about && by)
	add(list.Departments, department, about && by)
	add(list.Structures, structure, about && there)
	return fits && about && there && by
}

// there tells whether a place is among those chosen: its department, or its
// region where no department of it is.
func (l announcementLists) there(region, department string) bool {
	if len(l.Regions) == 0 && len(l.Departments) == 0 {
		return true
	}
	return department != "" && slices.Contains(l.Departments, department) || region != "" && slices.Contains(l.Regions, region) && !l.narrowed[region]
}

var announcementOrders = map[string]string{
	"": "u.place", ByNumber: "a.reference", ByTitle: "a.title", BySpeciality: "w.place",
	ByPlace: "r.name", ByStartsOn: "a.starts_on", ByEndsOn: announcementEnd, ByClosesOn: "a.closes_on",
}

// lines reads one page in the order asked for; what a source does not say comes
// last either way.
func (s AnnouncementSearch) lines(ctx context.Context, db Reader, ids []models.ID) ([]AnnouncementLine, error) {
	order, known := announcementOrders[s.Sort]
	if !known {
		order = "u.place"
	}
	if s.Descending && s.Sort != "" {
		order += " DESC"
	}
	if s.Sort == ByPlace {
		order += " NULLS LAST, d.name"
	}
	rows, err := db.Query(ctx, `
		SELECT a.reference, a.title, a.rome_code, coalesce(r.name, ''), coalesce(d.name, ''), a.employer, a.starts_on, `+announcementEnd+`, a.closes_on, a.shifted_years
		FROM unnest($1::uuid[]) WITH ORDINALITY u (id, place) JOIN announcements a ON a.id = u.id
			LEFT JOIN regions r ON r.code = a.region_code LEFT JOIN departments d ON d.code = a.department_code
			LEFT JOIN unnest($4::text[]) WITH ORDINALITY w (code, place) ON w.code = left(a.rome_code, 3)
		ORDER BY `+order+` NULLS LAST, u.place LIMIT $2 OFFSET $3`, models.Prepared, ids, s.PerPage, (max(s.Page, 1)-1)*s.PerPage, specialityOrder())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (AnnouncementLine, error) {
		var l AnnouncementLine
		var rome string
		err := row.Scan(&l.Reference, &l.Title, &rome, &l.Region, &l.Department, &l.Employer, &l.StartsOn, &l.EndsOn, &l.ClosesOn, &l.ShiftedYears)
		l.Speciality = SpecialityOf(rome)
		return l, err
	})
}

// specialityOrder lists the sub-specialities by their name.
func specialityOrder() []string {
	var list []Speciality
	for _, s := range Specialities() {
		if s.Parent != "" {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b Speciality) int { return strings.Compare(PlaceKey(a.Name), PlaceKey(b.Name)) })
	codes := make([]string, len(list))
	for i, s := range list {
		codes[i] = s.Code
	}
	return codes
}

// AnnouncementNames are the names behind the codes of a search and its counts.
type AnnouncementNames struct {
	Regions, Departments, Structures map[string]string
	RegionOf                         map[string]string // of a department
}

// NamesOf reads the names of places, and of the structures that a search has
// chosen or counted. Public.
func NamesOf(ctx context.Context, db Reader, s AnnouncementSearch, list AnnouncementList) (AnnouncementNames, error) {
	n := AnnouncementNames{map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}}
	slugs := slices.Clone(s.Structures)
	for slug := range list.Structures {
		slugs = append(slugs, slug)
	}
	rows, err := db.Query(ctx, `SELECT 'r', code, name, '' FROM regions UNION ALL SELECT 'd', code, name, region_code FROM departments
		UNION ALL SELECT 's', slug, name, '' FROM structures WHERE slug = ANY ($1)`, models.Prepared, slugs)
	if err != nil {
		return n, fmt.Errorf("names of announcements: %w", err)
	}
	var what, code, name, region string
	_, err = pgx.ForEachRow(rows, []any{&what, &code, &name, &region}, func() error {
		switch what {
		case "r":
			n.Regions[code] = name
		case "d":
			n.Departments[code], n.RegionOf[code] = name, region
		default:
			n.Structures[code] = name
		}
		return nil
	})
	if err != nil {
		return n, fmt.Errorf("names of announcements: %w", err)
	}
	return n, nil
}
