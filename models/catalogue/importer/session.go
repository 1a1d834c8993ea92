package importer

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue"
)

// sessionFields stand in the objects of a course's "sessions" and of a
// programme's "campaigns".
var sessionFields = fields{
	"external_id": {"id", "external_id"}, "starts_on": {"starts_on", "debut"}, "ends_on": {"ends_on", "fin"}, "place": {"place", "lieu"},
	"department": {"department", "departement"}, "region": {"region"}, "modality": {"modality", "modalite"},
	"capacity": {"capacity", "capacite"}, "seats_elsewhere": {"seats_elsewhere", "places_hors_portail"}, "waiting_list": {"waiting_list", "liste_attente"},
	"opens_on": {"opens_on", "ouverture"}, "closes_on": {"closes_on", "cloture"}, "decision_on": {"decision_on", "decision"},
	"cancelled": {"cancelled", "annulee"}, "cancel_reason": {"cancel_reason", "motif_annulation"}, "list": {"list", "pieces"},
}

// offered says where sessions stand in a file and what they are of.
type offered struct{ field, table, column string }

var (
	ofCourses    = offered{"sessions", "courses", "course_id"}
	ofProgrammes = offered{"campaigns", "programmes", "programme_id"}
)

// sessionSet gathers the sessions of a file of courses, or the campaigns of one
// of programmes.
type sessionSet struct {
	offered
	m           *merge
	lists       map[string]string // keys of requirement lists
	departments map[string]string // code → region code
	regions     map[string]string
	seen        map[string]int
	rows        [][]any
}

func (m *merge) newSessions(ctx context.Context, of offered) (*sessionSet, error) {
	s := &sessionSet{offered: of, m: m, seen: map[string]int{}}
	var err error
	if s.lists, err = m.codes(ctx, `SELECT key, key FROM requirement_lists`); err != nil {
		return nil, err
	}
	if s.departments, err = m.codes(ctx, `SELECT code, region_code FROM departments`); err != nil {
		return nil, err
	}
	s.regions, err = m.codes(ctx, `SELECT code, code FROM regions`)
	return s, err
}

func (s *sessionSet) read(parent *reader, course string) {
	if !parent.has(s.field) {
		return
	}
	for _, rec := range parent.rec.children(parent.columns[s.field]) {
		in := &reader{src: parent.src, columns: map[string]string{}, report: parent.report}
		in.begin(rec, sessionFields, nil)
		row := s.row(in, course)
		if in.bad {
			parent.bad = true
			continue
		}
		s.rows = append(s.rows, row)
	}
}

func (s *sessionSet) row(in *reader, course string) []any {
	external := in.reference("external_id", s.seen)
	starts, ends, opens, closes := in.date("starts_on"), in.date("ends_on"), in.date("opens_on"), in.date("closes_on")
	capacity, elsewhere := in.number("capacity", 1, 100_000), in.number("seats_elsewhere", 0, 100_000)
	if elsewhere == nil {
		elsewhere = new(int)
	}
	if starts == nil || ends == nil || opens == nil || closes == nil || capacity == nil {
		for _, field := range []string{"starts_on", "ends_on", "opens_on", "closes_on", "capacity"} {
			if in.text(field, 40) == "" {
				in.refuse(field, "import.missing")
			}
		}
	} else {
		if ends.Before(*starts) || closes.After(*starts) || opens.After(*closes) {
			in.refuse("starts_on", "import.dates_order")
		}
		if *elsewhere > *capacity {
			in.refuse("capacity", "import.capacity")
		}
	}
	modality := in.text("modality", 20)
	if modality != string(catalogue.OnSite) && modality != string(catalogue.Remote) && modality != string(catalogue.Mixed) {
		in.refuse("modality", "import.modality", modality)
	}
	department, region := s.place(in, modality)
	list := in.text("list", 64)
	if _, ok := s.lists[list]; !ok && list != "" {
		in.refuse("list", "import.list", list)
	}
	return []any{int32(in.rec.line), s.m.tx.NewID(), course, external, starts, ends, in.text("place", 200), department, region,
		modality, capacity, elsewhere, in.yes("waiting_list"), opens, closes, in.date("decision_on"), in.yes("cancelled"), in.text("cancel_reason", 500), list}
}

func (s *sessionSet) place(in *reader, modality string) (department, region *string) {
	if code := in.text("department", 10); code != "" {
		of, ok := s.departments[code]
		if !ok {
			in.refuse("department", "import.department", code)
			return nil, nil
		}
		department, region = &code, &of
	}
	if code := in.text("region", 10); code != "" {
		if _, ok := s.regions[code]; !ok {
			in.refuse("region", "import.region", code)
			return nil, nil
		}
		region = &code
	}
	// A campaign without place is where its programme is.
	if s.offered == ofCourses && (modality == string(catalogue.Remote)) == (region != nil) {
		in.refuse("region", "import.remote_place")
	}
	return department, region
}

// lockSessions takes the row locks of the file's sessions: a capacity under
// the seats taken is an error of its line (P18.12).
func (m *merge) lockSessions(ctx context.Context, s *sessionSet) error {
	if len(s.rows) == 0 {
		return nil
	}
	if _, err := m.tx.PGX.Exec(ctx, `DROP TABLE IF EXISTS import_sessions;
		CREATE TEMP TABLE import_sessions (line integer, id uuid, course text, external_id text, starts_on date, ends_on date, place text,
			department_code text, region_code text, modality text, capacity integer, seats_elsewhere integer, waiting_list boolean,
			opens_on date, closes_on date, decision_on date, cancelled boolean, cancel_reason text, list text) ON COMMIT DROP`); err != nil {
		return fmt.Errorf("import sessions: %w", err)
	}
	columns := []string{"line", "id", "course", "external_id", "starts_on", "ends_on", "place", "department_code", "region_code",
		"modality", "capacity", "seats_elsewhere", "waiting_list", "opens_on", "closes_on", "decision_on", "cancelled", "cancel_reason", "list"}
	if _, err := m.tx.PGX.CopyFrom(ctx, pgx.Identifier{"import_sessions"}, columns, pgx.CopyFromRows(s.rows)); err != nil {
		return fmt.Errorf("import sessions: %w", err)
	}
	return m.checkSeats(ctx, s.offered)
}

func (m *merge) checkSeats(ctx context.Context, of offered) error {
	rows, err := m.tx.PGX.Query(ctx, `
		SELECT i.line, i.external_id, i.capacity, s.seats_taken + i.seats_elsewhere, coalesce(o.reference = i.course, false)
		FROM sessions s JOIN import_sessions i USING (external_id) LEFT JOIN `+of.table+` o ON o.id = s.`+of.column+`
		ORDER BY s.id FOR UPDATE OF s`)
	if err != nil {
		return fmt.Errorf("import sessions: %w", err)
	}
	var line, capacity, taken int
	var external string
	var same bool
	_, err = pgx.ForEachRow(rows, []any{&line, &external, &capacity, &taken, &same}, func() error {
		if !same {
			m.report.refuse(LineError{Line: line, Field: "id", Key: "import.session_course", Args: []string{external}})
		}
		if capacity < taken {
			m.report.refuse(LineError{Line: line, Field: "capacity", Key: "import.capacity_under_seats", Args: []string{strconv.Itoa(capacity), strconv.Itoa(taken)}})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("import sessions: %w", err)
	}
	return m.report.err()
}

func (m *merge) writeSessions(ctx context.Context, s *sessionSet) error {
	if len(s.rows) == 0 {
		return nil
	}
	if s.offered == ofProgrammes {
		if _, err := m.tx.PGX.Exec(ctx, `UPDATE import_sessions i SET department_code = p.department_code, region_code = p.region_code,
			place = coalesce(nullif(i.place, ''), p.town) FROM programmes p WHERE p.reference = i.course AND i.region_code IS NULL`); err != nil {
			return fmt.Errorf("import campaigns: %w", err)
		}
	}
	cancelled, err := m.ids(ctx, `SELECT s.id FROM sessions s JOIN import_sessions i USING (external_id)
		WHERE i.cancelled AND s.cancelled_at IS NULL ORDER BY s.id`)
	if err != nil {
		return err
	}
	var changed, added []models.ID
	changed, err = m.ids(ctx, `UPDATE sessions s SET starts_on = i.starts_on, ends_on = i.ends_on, place = i.place,
			department_code = i.department_code, region_code = i.region_code, modality = i.modality, capacity = i.capacity,
			seats_elsewhere = i.seats_elsewhere, waiting_list = i.waiting_list, opens_on = i.opens_on, closes_on = i.closes_on,
			decision_on = i.decision_on, cancel_reason = i.cancel_reason, requirement_list_id = coalesce(l.id, s.requirement_list_id),
			cancelled_at = CASE WHEN i.cancelled THEN coalesce(s.cancelled_at, $1) END, version = s.version + 1
		FROM import_sessions i LEFT JOIN requirement_lists l ON l.key = i.list WHERE i.external_id = s.external_id AND
			(s.starts_on, s.ends_on, s.place, s.department_code, s.region_code, s.modality, s.capacity, s.seats_elsewhere, s.waiting_list,
				s.opens_on, s.closes_on, s.decision_on, s.cancel_reason, s.requirement_list_id, s.cancelled_at IS NOT NULL)
			IS DISTINCT FROM (i.starts_on, i.ends_on, i.place, i.department_code, i.region_code, i.modality, i.capacity, i.seats_elsewhere,
				i.waiting_list, i.opens_on, i.closes_on, i.decision_on, i.cancel_reason, coalesce(l.id, s.requirement_list_id), i.cancelled)
		RETURNING s.id`, m.tx.Now)
	if err != nil {
		return err
	}
	added, err = m.ids(ctx, `INSERT INTO sessions (id, `+s.column+`, external_id, starts_on, ends_on, place, department_code, region_code,
			modality, capacity, seats_elsewhere, waiting_list, opens_on, closes_on, decision_on, cancelled_at, cancel_reason, requirement_list_id)
		SELECT i.id, o.id, i.external_id, i.starts_on, i.ends_on, i.place, i.department_code, i.region_code, i.modality, i.capacity,
			i.seats_elsewhere, i.waiting_list, i.opens_on, i.closes_on, i.decision_on, CASE WHEN i.cancelled THEN $1::timestamptz END, i.cancel_reason, l.id
		FROM import_sessions i JOIN `+s.table+` o ON o.reference = i.course LEFT JOIN requirement_lists l ON l.key = i.list
		WHERE NOT EXISTS (SELECT FROM sessions s WHERE s.external_id = i.external_id) ORDER BY i.line RETURNING id`, m.tx.Now)
	m.report.Cancelled, m.report.ChangedSessions, m.report.NewSessions = cancelled, len(changed), len(added)
	return err
}
