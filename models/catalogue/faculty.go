package catalogue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue/words"
)

// Faculty is who offers degree programmes (composante, P3.3): the first level of
// their tree, and a scope of officers.
type Faculty struct {
	ID     models.ID
	Code   string // in addresses: /diplomes/composantes/{code}
	Name   string // the usual one where there is one
	Town   string
	Region string
}

// ProgrammeLine is one programme in the tree, with the campaign that can be chosen, else
// the next one, else the last (P3.3).
type ProgrammeLine struct {
	ID        models.ID
	Reference string
	Type      string // « Master »
	Level     int    // 1-8, 0 unknown
	Title     string
	Domains   []string
	Campaign  *Session // nil: none
}

// FacultyBranch is a component with its programmes, grouped by level (niveau).
type FacultyBranch struct {
	Faculty
	Programmes int // that answer the filter
	Open       int // of them, those that can be chosen today
	Levels     []LevelGroup
}

// LevelGroup is one level of a branch: « Master », level 7.
type LevelGroup struct {
	Type  string
	Level int
	Lines []ProgrammeLine
}

// TreeFilter narrows the tree.
type TreeFilter struct {
	Text    string // every word of it stands in the title, the component, its town or the domains
	Open    bool   // only what can be chosen today
	Faculty string // one component alone, by code
}

// ProgrammeTree is the programmes by component and level. Levels hold the lines only where
// the filter leaves few enough to be read, see Listed.
type ProgrammeTree struct {
	Branches         []FacultyBranch
	Programmes, Open int
	Listed           bool
}

// mostLines is how many programmes the tree opens by itself.
const mostLines = 120

const treeWhere = ` FROM programmes p JOIN faculties f ON f.id = p.faculty_id LEFT JOIN regions r ON r.code = f.region_code
	LEFT JOIN LATERAL (SELECT true AS open FROM sessions s WHERE s.programme_id = p.id AND ` + isOpen + ` LIMIT 1) o ON true
	WHERE ($2 = '' OR f.code = $2) AND (NOT $3 OR o.open)
		AND ($4::text[] IS NULL OR p.sought LIKE ALL ($4))`

// Programmes reads the tree on a day. Public.
func Programmes(ctx context.Context, db Reader, f TreeFilter, today time.Time) (ProgrammeTree, error) {
	var t ProgrammeTree
	rows, err := db.Query(ctx, `SELECT f.id, f.code, coalesce(nullif(f.usual_name, ''), f.name), f.town, coalesce(r.name, ''),
			count(*)::int, count(o.open)::int`+treeWhere+`
		GROUP BY f.id, r.name ORDER BY coalesce(nullif(f.usual_name, ''), f.name), f.code`, models.Prepared, today, f.Faculty, f.Open, patterns(f.Text))
	if err != nil {
		return t, fmt.Errorf("tree of programmes: %w", err)
	}
	var b FacultyBranch
	_, err = pgx.ForEachRow(rows, []any{&b.ID, &b.Code, &b.Name, &b.Town, &b.Region, &b.Programmes, &b.Open}, func() error {
		t.Branches = append(t.Branches, b)
		t.Programmes += b.Programmes
		t.Open += b.Open
		return nil
	})
	if err != nil {
		return t, fmt.Errorf("tree of programmes: %w", err)
	}
	if t.Listed = f.Faculty != "" || t.Programmes <= mostLines; !t.Listed || t.Programmes == 0 {
		return t, nil
	}
	return t, t.list(ctx, db, f, today)
}

// list fills the lines of the tree in.
func (t *ProgrammeTree) list(ctx context.Context, db Reader, f TreeFilter, today time.Time) error {
	at := map[models.ID]int{}
	for i := range t.Branches {
		at[t.Branches[i].ID] = i
	}
	rows, err := db.Query(ctx, `
		WITH kept AS MATERIALIZED (SELECT p.id, p.faculty_id, p.reference, p.type, coalesce(p.level, 0) AS level, p.title, p.domains`+treeWhere+`)
		SELECT k.faculty_id, k.id, k.reference, k.type, k.level, k.title, k.domains, s.id, s.generated, s.starts_on, s.ends_on, s.modality,
			s.capacity, s.seats_elsewhere, s.seats_taken, s.waiting_list, s.opens_on, s.closes_on, s.cancelled_at, s.cancel_reason
		FROM kept k LEFT JOIN LATERAL (SELECT s.* FROM sessions s WHERE s.programme_id = k.id
			ORDER BY (`+isOpen+`) DESC, s.cancelled_at IS NOT NULL, s.closes_on < $1, abs(s.opens_on - $1) LIMIT 1) s ON true
		ORDER BY k.level DESC, k.type, k.title, k.reference`, models.Prepared, today, f.Faculty, f.Open, patterns(f.Text))
	if err != nil {
		return fmt.Errorf("tree of programmes: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		faculty, l, err := scanLine(rows)
		if err != nil {
			return err
		}
		i, ok := at[faculty]
		if !ok { // it came between the two readings
			continue
		}
		t.Branches[i].add(l)
	}
	return rows.Err()
}

func scanLine(row pgx.Row) (faculty models.ID, l ProgrammeLine, err error) {
	var s struct {
		id                                     *models.ID
		generated, waiting                     *bool
		starts, ends, opens, closes, cancelled *time.Time
		modality, reason                       *string
		capacity, elsewhere, taken             *int
	}
	err = row.Scan(&faculty, &l.ID, &l.Reference, &l.Type, &l.Level, &l.Title, &l.Domains, &s.id, &s.generated, &s.starts, &s.ends, &s.modality,
		&s.capacity, &s.elsewhere, &s.taken, &s.waiting, &s.opens, &s.closes, &s.cancelled, &s.reason)
	if err != nil {
		return faculty, l, fmt.Errorf("tree of programmes: %w", err)
	}
	if s.id != nil {
		l.Campaign = &Session{ID: *s.id, CourseID: l.ID, CourseReference: l.Reference, CourseTitle: l.Title, Generated: *s.generated,
			StartsOn: *s.starts, EndsOn: *s.ends, Modality: Modality(*s.modality), Capacity: *s.capacity, SeatsElsewhere: *s.elsewhere,
			SeatsTaken: *s.taken, WaitingList: *s.waiting, OpensOn: *s.opens, ClosesOn: *s.closes, CancelledAt: s.cancelled, CancelReason: *s.reason}
	}
	return faculty, l, nil
}

func (b *FacultyBranch) add(l ProgrammeLine) {
	if n := len(b.Levels); n == 0 || b.Levels[n-1].Type != l.Type || b.Levels[n-1].Level != l.Level {
		b.Levels = append(b.Levels, LevelGroup{Type: l.Type, Level: l.Level})
	}
	last := &b.Levels[len(b.Levels)-1]
	last.Lines = append(last.Lines, l)
}

// patterns are what the words of a filter must look like, nil for none.
func patterns(text string) []string {
	var list []string
	for _, w := range words.Cut(text) {
		if len(list) < 8 && !w.Stop {
			list = append(list, "%"+strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(w.Folded)+"%")
		}
	}
	return list
}

// FacultyByCode reads a component; unknown is not found.
func FacultyByCode(ctx context.Context, db Reader, code string) (Faculty, error) {
	var f Faculty
	err := db.QueryRow(ctx, `SELECT f.id, f.code, coalesce(nullif(f.usual_name, ''), f.name), f.town, coalesce(r.name, '')
		FROM faculties f LEFT JOIN regions r ON r.code = f.region_code WHERE f.code = $1`, models.Prepared, code).
		Scan(&f.ID, &f.Code, &f.Name, &f.Town, &f.Region)
	if errors.Is(err, pgx.ErrNoRows) {
		return f, models.NotFound("faculty.unknown")
	}
	if err != nil {
		return f, fmt.Errorf("faculty: %w", err)
	}
	f.Name = cmp.Or(f.Name, f.Code)
	return f, nil
}
