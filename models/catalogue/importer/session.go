package importer

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue"
)

// sessionFields stand in the objects of a course's "sessions" and of a
// programme's "campaigns", or on the line of the course under "session.".
var sessionFields = fields{
	"external_id": {"id", "external_id"}, "starts_on": {"starts_on", "debut"}, "ends_on": {"ends_on", "fin"}, "place": {"place", "lieu"},
	"department": {"department", "departement"}, "region": {"region"}, "modality": {"modality", "modalite"},
	"capacity": {"capacity", "capacite"}, "seats_elsewhere": {"seats_elsewhere", "places_hors_portail"}, "waiting_list": {"waiting_list", "liste_attente"},
	"opens_on": {"opens_on", "ouverture"}, "closes_on": {"closes_on", "cloture"}, "decision_on": {"decision_on", "decision"},
	"cancelled": {"cancelled", "annulee"}, "cancel_reason": {"cancel_reason", "motif_annulation"}, "list": {"list", "pieces"},
}

// withSessions adds to the fields of a course those of one session on its line.
func withSessions(known fields) fields {
	all := fields{}
	for field, columns := range known {
		all[field] = columns
	}
	for field, columns := range sessionFields {
		for _, column := range columns {
			all[sessionPrefix+field] = append(all[sessionPrefix+field], sessionPrefix+column)
		}
	}
	return all
}

// offered says where sessions stand in a file and what they are of.
type offered struct{ field, table, column string }

var (
	ofCourses    = offered{"sessions", "courses", "course_id"}
	ofProgrammes = offered{"campaigns", "programmes", "programme_id"}
)

// sessionSet reads the sessions of a file of courses, or the campaigns of one
// of programmes.
type sessionSet struct {
	offered
	m           *merge
	mapping     Mapping           // of the fields of sessions
	lists       map[string]string // keys of requirement lists
	departments map[string]string // code → region code
	regions     map[string]string
	towns       map[string]town // read where the file names places
	seen        *seenSet
	lenient     bool // a session that lacks something is left aside and told
	any         bool
}

// sessionRow is a session on its way through the temporary table.
type sessionRow struct {
	ID             models.ID `json:"id"`
	ExternalID     string    `json:"external_id"`
	StartsOn       string    `json:"starts_on"`
	EndsOn         string    `json:"ends_on"`
	Place          string    `json:"place"`
	DepartmentCode *string   `json:"department_code"`
	RegionCode     *string   `json:"region_code"`
	Modality       string    `json:"modality"`
	Capacity       int       `json:"capacity"`
	SeatsElsewhere int       `json:"seats_elsewhere"`
	WaitingList    bool      `json:"waiting_list"`
	OpensOn        string    `json:"opens_on"`
	ClosesOn       string    `json:"closes_on"`
	DecisionOn     *string   `json:"decision_on"`
	Cancelled      bool      `json:"cancelled"`
	CancelReason   string    `json:"cancel_reason"`
	List           string    `json:"list"`
}

func (m *merge) newSessions(ctx context.Context, in *reader, of offered) (*sessionSet, error) {
	s := &sessionSet{offered: of, m: m, seen: newSeen(), mapping: m.o.Mapping.of(sessionPrefix), lenient: m.file.seen.Format == LHEO}
	var err error
	if s.lists, err = m.codes(ctx, `SELECT key, key FROM requirement_lists`); err != nil {
		return nil, err
	}
	if s.departments, err = m.codes(ctx, `SELECT code, region_code FROM departments`); err != nil {
		return nil, err
	}
	if s.regions, err = m.codes(ctx, `SELECT code, code FROM regions`); err != nil {
		return nil, err
	}
	if of == ofCourses && (!in.fixed || in.has(sessionPrefix+"place")) {
		s.towns, err = m.towns(ctx)
	}
	return s, err
}

// of is the part of a mapping for the fields under a prefix.
func (m Mapping) of(prefix string) Mapping {
	part := Mapping{Columns: map[string]string{}, Constants: map[string]string{}, Split: map[string]Split{}, Values: map[string]map[string]string{},
		OpensBefore: m.OpensBefore, ClosesBefore: m.ClosesBefore, Dates: m.Dates, Ignore: m.Ignore}
	keep(part.Columns, m.Columns, prefix)
	keep(part.Constants, m.Constants, prefix)
	keep(part.Split, m.Split, prefix)
	keep(part.Values, m.Values, prefix)
	return part
}

func keep[V any](to, from map[string]V, prefix string) {
	for name, v := range from {
		if bare, ok := strings.CutPrefix(name, prefix); ok {
			to[bare] = v
		}
	}
}

// flat says that a line holds a session of its own.
func flat(in *reader) bool { _, ok := in.columns[sessionPrefix+"starts_on"]; return ok }

// read gives the sessions of a line as JSON, nil where it has none.
func (s *sessionSet) read(parent *reader, course string) []byte {
	var rows []sessionRow
	take := func(in *reader) {
		if row, ok := s.row(in, course); ok {
			rows = append(rows, row)
		} else {
			parent.bad = parent.bad || in.bad
		}
	}
	if parent.has(s.field) {
		for _, rec := range parent.rec.children(parent.columns[s.field]) {
			in := &reader{src: parent.src, known: sessionFields, mapping: s.mapping, columns: map[string]string{}, report: parent.report, parent: parent}
			in.begin(rec)
			take(in)
		}
	}
	if s.offered == ofCourses && flat(parent) {
		in := &reader{src: parent.src, known: sessionFields, mapping: s.mapping, columns: map[string]string{}, fixed: true, report: parent.report, parent: parent, rec: parent.rec}
		keep(in.columns, parent.columns, sessionPrefix)
		if in.text("starts_on", 40) != "" || in.text("ends_on", 40) != "" {
			take(in)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	s.any = true
	list, _ := json.Marshal(rows) // texts and numbers alone
	return list
}

// row reads one session; ok is false where it is refused or left aside.
func (s *sessionSet) row(in *reader, course string) (sessionRow, bool) {
	if !s.lenient {
		row := s.parse(in, course)
		return row, !in.bad
	}
	told, trial := in.report, &Report{}
	in.report = trial
	row := s.parse(in, course)
	if in.report = told; in.bad {
		in.bad = false
		why := trial.Errors[0]
		told.note(LineError{Line: in.rec.line, Field: why.Field, Key: keyLeft, Args: append([]string{row.StartsOn, why.Key}, why.Args...)})
		return row, false
	}
	return row, true
}

func (s *sessionSet) parse(in *reader, course string) sessionRow {
	starts, ends, opens, closes := in.date("starts_on"), in.date("ends_on"), in.date("opens_on"), in.date("closes_on")
	if starts != nil && in.mapping.OpensBefore > 0 {
		opens = before(opens, *starts, in.mapping.OpensBefore)
		closes = before(closes, *starts, in.mapping.ClosesBefore)
	}
	row := sessionRow{ID: s.m.tx.NewID(), StartsOn: day(starts), EndsOn: day(ends), OpensOn: day(opens), ClosesOn: day(closes)}
	row.ExternalID = s.reference(in, course, row.StartsOn)
	capacity, elsewhere := in.number("capacity", 1, 100_000), in.number("seats_elsewhere", 0, 100_000)
	if elsewhere != nil {
		row.SeatsElsewhere = *elsewhere
	}
	if capacity != nil {
		row.Capacity = *capacity
	}
	if starts == nil || ends == nil || opens == nil || closes == nil || capacity == nil {
		for _, field := range []string{"starts_on", "ends_on", "capacity", "opens_on", "closes_on"} {
			if in.text(field, 40) == "" && !(in.mapping.OpensBefore > 0 && (field == "opens_on" || field == "closes_on")) {
				in.refuse(field, "import.missing")
			}
		}
	} else {
		if ends.Before(*starts) || closes.After(*starts) || opens.After(*closes) {
			in.refuse("starts_on", "import.dates_order")
		}
		if row.SeatsElsewhere > row.Capacity {
			in.refuse("capacity", "import.capacity")
		}
	}
	row.Modality = modality(in)
	row.DepartmentCode, row.RegionCode = s.place(in, row.Modality)
	row.List = in.text("list", 64)
	if _, ok := s.lists[row.List]; !ok && row.List != "" {
		in.refuse("list", "import.list", row.List)
	}
	if decision := in.date("decision_on"); decision != nil {
		on := day(decision)
		row.DecisionOn = &on
	}
	row.Place, row.WaitingList, row.Cancelled, row.CancelReason = catalogue.TownName(in.text("place", 200)), in.yes("waiting_list"), in.yes("cancelled"), in.text("cancel_reason", 500)
	return row
}

// reference is the session's own; one on the line of its course may do without,
// and is then known by its course, its first day and its place.
func (s *sessionSet) reference(in *reader, course, starts string) string {
	if in.fixed && !in.has("external_id") && starts != "" && course != "" {
		id := course + "-" + strings.ReplaceAll(starts, "-", "")
		if place := catalogue.Slug(in.text("place", 200)); place != "" {
			id += "-" + place
		}
		id = id[:min(len(id), 64)]
		if at, first := s.seen.first(id, in.rec.line); !first {
			in.refuse("starts_on", "import.twice", id, strconv.Itoa(at))
		}
		return id
	}
	id, _ := in.reference("external_id", s.seen, false)
	return id
}

func day(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.DateOnly)
}

func before(given *time.Time, starts time.Time, days int) *time.Time {
	if given != nil {
		return given
	}
	t := starts.AddDate(0, 0, -days)
	return &t
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
	if place := in.text("place", 200); region == nil && place != "" && modality != string(catalogue.Remote) && s.towns != nil {
		t, ok := s.town(place)
		if !ok {
			in.refuse("place", "import.town", place)
			return nil, nil
		}
		return &t.department, &t.region
	}
	// A campaign without place is where its programme is.
	switch remote := modality == string(catalogue.Remote); {
	case s.offered != ofCourses || modality == "":
	case remote && region != nil:
		in.refuse(where(in), "import.remote_place")
	case !remote && region == nil:
		in.refuse(where(in), "import.nowhere")
	}
	return department, region
}

const sessionShape = `id uuid, external_id text, starts_on date, ends_on date, place text, department_code text, region_code text, modality text,
	capacity integer, seats_elsewhere integer, waiting_list boolean, opens_on date, closes_on date, decision_on date, cancelled boolean, cancel_reason text, list text`

// takeSessions spreads the file's sessions out and checks them: a capacity under
// the seats taken is an error of its line (P18.12). Nothing is locked yet.
func (m *merge) takeSessions(ctx context.Context, s *sessionSet, of merged) error {
	if !s.any {
		return nil
	}
	if _, err := m.tx.PGX.Exec(ctx, `DROP TABLE IF EXISTS import_sessions;
		CREATE TEMP TABLE import_sessions ON COMMIT DROP AS SELECT r.line, r.reference AS course, x.*
		FROM import_rows r CROSS JOIN LATERAL jsonb_to_recordset(r.sessions) AS x (`+sessionShape+`) WHERE r.sessions IS NOT NULL;
		ANALYZE import_sessions`); err != nil {
		return fmt.Errorf("import sessions: %w", err)
	}
	if s.offered == ofProgrammes {
		if err := m.placeCampaigns(ctx, of); err != nil {
			return err
		}
	}
	if err := m.checkSeats(ctx, s.offered, " ORDER BY i.line"); err != nil || len(m.report.Errors) == 0 {
		return err
	}
	if err := m.stop(false); err != nil {
		return err
	}
	// What goes on goes on without the lines that are refused.
	for _, table := range []string{"import_sessions", "import_rows"} {
		if _, err := m.tx.PGX.Exec(ctx, `DELETE FROM `+table+` WHERE line = ANY ($1)`, models.Prepared, m.report.refusedLines()); err != nil {
			return fmt.Errorf("import sessions: %w", err)
		}
	}
	return nil
}

// placeCampaigns puts a campaign without a place where its programme will be.
func (m *merge) placeCampaigns(ctx context.Context, of merged) error {
	after := func(column string) string {
		return fmt.Sprintf("CASE WHEN t.id IS NULL THEN i.%s ELSE %s END", column, of.value(column))
	}
	if _, err := m.tx.PGX.Exec(ctx, fmt.Sprintf(`UPDATE import_sessions x SET department_code = %s, region_code = %s, place = coalesce(nullif(x.place, ''), %s)
		FROM import_rows i LEFT JOIN programmes t USING (reference) WHERE i.reference = x.course AND x.region_code IS NULL`,
		after("department_code"), after("region_code"), after("town"))); err != nil {
		return fmt.Errorf("import campaigns: %w", err)
	}
	return nil
}

// lockSessions takes the row locks of the sessions that the file changes, and
// checks again: a seat may have been taken since. Drafts begin all the same.
func (m *merge) lockSessions(ctx context.Context, s *sessionSet) error {
	if !s.any {
		return nil
	}
	before := len(m.report.Errors) + m.report.More
	if err := m.checkSeats(ctx, s.offered, ` AND `+sessionChanged+` ORDER BY s.id FOR NO KEY UPDATE OF s`); err != nil {
		return err
	}
	if len(m.report.Errors)+m.report.More > before {
		return m.report.err() // its course may be written by now: all goes back
	}
	return nil
}

func (m *merge) checkSeats(ctx context.Context, of offered, locked string) error {
	rows, err := m.tx.PGX.Query(ctx, `
		SELECT i.line, i.external_id, i.capacity, s.seats_taken + i.seats_elsewhere, coalesce(o.reference = i.course, false)
		FROM sessions s JOIN import_sessions i USING (external_id) LEFT JOIN requirement_lists l ON l.key = i.list
		LEFT JOIN `+of.table+` o ON o.id = s.`+of.column+` WHERE true`+locked)
	if err != nil {
		return fmt.Errorf("import sessions: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var line, capacity, taken int
		var external string
		var same bool
		if err := rows.Scan(&line, &external, &capacity, &taken, &same); err != nil {
			return fmt.Errorf("import sessions: %w", err)
		}
		if !same {
			m.report.refuse(LineError{Line: line, Field: "id", Key: "import.session_course", Args: []string{external}})
		}
		if capacity < taken {
			m.report.refuse(LineError{Line: line, Field: "capacity", Key: "import.capacity_under_seats", Args: []string{strconv.Itoa(capacity), strconv.Itoa(taken)}})
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("import sessions: %w", err)
	}
	return nil
}

const sessionChanged = `(s.starts_on, s.ends_on, s.place, s.department_code, s.region_code, s.modality, s.capacity, s.seats_elsewhere, s.waiting_list,
		s.opens_on, s.closes_on, s.decision_on, s.cancel_reason, s.requirement_list_id, s.cancelled_at IS NOT NULL)
	IS DISTINCT FROM (i.starts_on, i.ends_on, i.place, i.department_code, i.region_code, i.modality, i.capacity, i.seats_elsewhere,
		i.waiting_list, i.opens_on, i.closes_on, i.decision_on, i.cancel_reason, coalesce(l.id, s.requirement_list_id), i.cancelled)`

// cancelled finds the sessions that the file cancels and notes how many
// applications that closes, each with a mail (P18.12). The states are those that
// the portal's clock closes.
func (m *merge) cancelled(ctx context.Context) ([]models.ID, error) {
	rows, err := m.tx.PGX.Query(ctx, `SELECT s.id, i.line, i.external_id, (SELECT count(*) FROM applications a WHERE a.session_id = s.id AND a.account_id IS NOT NULL
			AND a.state IN ('draft', 'submitted', 'awaiting_approval', 'under_review', 'information_requested', 'accepted', 'waitlisted', 'confirmed'))
		FROM sessions s JOIN import_sessions i USING (external_id) WHERE i.cancelled AND s.cancelled_at IS NULL ORDER BY s.id`)
	if err != nil {
		return nil, fmt.Errorf("import sessions: %w", err)
	}
	var ids []models.ID
	var id models.ID
	var line, closing int
	var external string
	_, err = pgx.ForEachRow(rows, []any{&id, &line, &external, &closing}, func() error {
		ids = append(ids, id)
		m.report.Closing += closing
		m.report.note(LineError{Line: line, Field: "cancelled", Key: "import.session_cancelled", Args: []string{external, strconv.Itoa(closing)}})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("import sessions: %w", err)
	}
	return ids, nil
}

// tellSessions says what becomes of the sessions, and which are cancelled.
func (m *merge) tellSessions(ctx context.Context) (err error) {
	if m.report.Cancelled, err = m.cancelled(ctx); err != nil {
		return err
	}
	return m.lines(ctx, `SELECT i.line, i.external_id, concat_ws(', ', to_char(i.starts_on, 'DD/MM/YYYY'), nullif(i.place, '')),
			CASE WHEN s.id IS NULL THEN 'created' ELSE 'changed' END, '{session}'::text[], '{}'::text[], '{}'::text[]
		FROM import_sessions i LEFT JOIN sessions s USING (external_id) LEFT JOIN requirement_lists l ON l.key = i.list
		WHERE s.id IS NULL OR `+sessionChanged+` ORDER BY i.line`)
}

// reckonSessions counts what a rehearsal would do of them, by reading alone.
func (m *merge) reckonSessions(ctx context.Context, s *sessionSet) error {
	if !s.any {
		return nil
	}
	if err := m.tellSessions(ctx); err != nil {
		return err
	}
	err := m.tx.PGX.QueryRow(ctx, `SELECT count(*) FILTER (WHERE s.id IS NULL), count(*) FILTER (WHERE s.id IS NOT NULL AND `+sessionChanged+`)
		FROM import_sessions i LEFT JOIN sessions s USING (external_id) LEFT JOIN requirement_lists l ON l.key = i.list`).Scan(&m.report.NewSessions, &m.report.ChangedSessions)
	if err != nil {
		return fmt.Errorf("import sessions: %w", err)
	}
	return nil
}

func (m *merge) writeSessions(ctx context.Context, s *sessionSet) error {
	if !s.any {
		return nil
	}
	if err := m.tellSessions(ctx); err != nil {
		return err
	}
	if _, err := m.tx.PGX.Exec(ctx, `INSERT INTO import_changes (run_id, kind, object_id, before)
		SELECT $1, 'session', s.id, to_jsonb(s) FROM sessions s JOIN import_sessions i USING (external_id) LEFT JOIN requirement_lists l ON l.key = i.list
		WHERE `+sessionChanged, models.Prepared, m.run); err != nil {
		return fmt.Errorf("import sessions: %w", err)
	}
	changed, err := m.ids(ctx, `UPDATE sessions s SET starts_on = i.starts_on, ends_on = i.ends_on, place = i.place,
			department_code = i.department_code, region_code = i.region_code, modality = i.modality, capacity = i.capacity,
			seats_elsewhere = i.seats_elsewhere, waiting_list = i.waiting_list, opens_on = i.opens_on, closes_on = i.closes_on,
			decision_on = i.decision_on, cancel_reason = i.cancel_reason, requirement_list_id = coalesce(l.id, s.requirement_list_id),
			cancelled_at = CASE WHEN i.cancelled THEN coalesce(s.cancelled_at, $1) END, version = s.version + 1
		FROM import_sessions i LEFT JOIN requirement_lists l ON l.key = i.list WHERE i.external_id = s.external_id AND `+sessionChanged+`
		RETURNING s.id`, m.tx.Now)
	if err != nil {
		return err
	}
	added, err := m.ids(ctx, `WITH come AS (
			INSERT INTO sessions (id, `+s.column+`, external_id, starts_on, ends_on, place, department_code, region_code,
				modality, capacity, seats_elsewhere, waiting_list, opens_on, closes_on, decision_on, cancelled_at, cancel_reason, requirement_list_id)
			SELECT i.id, o.id, i.external_id, i.starts_on, i.ends_on, i.place, i.department_code, i.region_code, i.modality, i.capacity,
				i.seats_elsewhere, i.waiting_list, i.opens_on, i.closes_on, i.decision_on, CASE WHEN i.cancelled THEN $1::timestamptz END, i.cancel_reason, l.id
			FROM import_sessions i JOIN `+s.table+` o ON o.reference = i.course LEFT JOIN requirement_lists l ON l.key = i.list
			WHERE NOT EXISTS (SELECT FROM sessions s WHERE s.external_id = i.external_id) ORDER BY i.line RETURNING id
		), noted AS (INSERT INTO import_changes (run_id, kind, object_id) SELECT $2, 'session', id FROM come)
		SELECT id FROM come`, m.tx.Now, m.run)
	m.report.ChangedSessions, m.report.NewSessions = len(changed), len(added)
	return err
}
