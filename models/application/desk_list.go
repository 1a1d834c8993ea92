package application

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/form"
)

// Desk reads a page of the officer's list and its facets, through the actor's
// rights and straight from PostgreSQL (P18.16). For officers; anyone else gets
// KindNotFound.
func Desk(ctx context.Context, tx models.Tx, by models.Actor, f DeskFilter) (DeskList, error) {
	if !by.SignedIn() || !by.Has(models.RoleOfficer) {
		return DeskList{}, models.NotFound("page.not_found")
	}
	f = f.complete()
	q, err := newDeskQuery(ctx, tx, by, f)
	if err != nil {
		return DeskList{}, err
	}
	cube, err := q.cube(ctx)
	if err != nil {
		return DeskList{}, err
	}
	list := DeskList{PerPage: f.PerPage}
	cube.facets(&list, f, q.mine)
	if strings.TrimSpace(f.Query) == "" {
		cube.totals(&list)
	} else if err := q.totals(ctx, by, &list); err != nil {
		return DeskList{}, err
	}
	list.Pages = max((list.Total+f.PerPage-1)/f.PerPage, 1)
	list.Page = min(f.Page, list.Pages)
	if err := q.label(ctx, &list); err != nil {
		return DeskList{}, err
	}
	if list.Rows, err = q.rows(ctx, (list.Page-1)*f.PerPage, f.PerPage); err != nil {
		return DeskList{}, err
	}
	if err := nameOfficers(ctx, tx, list.Rows); err != nil {
		return DeskList{}, err
	}
	return list, q.employers(ctx, list.Rows)
}

// DeskFound lists the applications of a filter in its order, most at most, for
// an officer who decides for all of them (P9.4).
func DeskFound(ctx context.Context, tx models.Tx, by models.Actor, f DeskFilter, most int) ([]models.ID, error) {
	if !by.SignedIn() || !by.Has(models.RoleOfficer) {
		return nil, models.NotFound("page.not_found")
	}
	q, err := newDeskQuery(ctx, tx, by, f.complete())
	if err != nil {
		return nil, err
	}
	rows, err := q.rows(ctx, 0, most)
	ids := make([]models.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.Application
	}
	return ids, err
}

// Around is what stands beside an application in the list.
type Around struct {
	Before, After *DeskRow // nil at an end
	Gone          bool     // it has left the list: After has its place
}

// Neighbours gives the lines around a place of the list, counted from 0, so
// that one walks from application to application. For officers.
func Neighbours(ctx context.Context, tx models.Tx, by models.Actor, f DeskFilter, position int, current models.ID) (Around, error) {
	if !by.SignedIn() || !by.Has(models.RoleOfficer) || position < 0 {
		return Around{}, models.NotFound("page.not_found")
	}
	q, err := newDeskQuery(ctx, tx, by, f.complete())
	if err != nil {
		return Around{}, err
	}
	first := max(position-1, 0)
	rows, err := q.rows(ctx, first, position-first+2)
	if err != nil {
		return Around{}, err
	}
	around := Around{Gone: true}
	for i := range rows {
		switch {
		case rows[i].Application == current:
			around.Gone = false
		case first+i < position:
			around.Before = &rows[i]
		case around.After == nil:
			around.After = &rows[i]
		}
	}
	return around, nil
}

func (f DeskFilter) complete() DeskFilter {
	if f.PerPage <= 0 || f.PerPage > 200 {
		f.PerPage = 25
	}
	f.Page = max(f.Page, 1)
	f.States = known(f.States, DeskStates())
	f.Ages = known(f.Ages, DeskAges())
	f.Owners = known(f.Owners, DeskOwners())
	if !slices.Contains(DeskSorts(), f.Sort) {
		f.Sort = SortPromised
	}
	return f
}

// known drops the values that an address can hold but the list does not have.
func known[T comparable](values, all []T) []T {
	return slices.DeleteFunc(slices.Clone(values), func(v T) bool { return !slices.Contains(all, v) })
}

// deskQuery holds what every statement of the list shares.
type deskQuery struct {
	tx     models.Tx
	f      DeskFilter
	before int         // days from release to start
	mine   []models.ID // accounts whose applications are the officer's
	args   []any
	scope  string // conditions of rights and words, on a and s
	whole  bool   // every application of the portal is in scope, whatever its name
	// mode is how the statements run. Those that look for words are planned each
	// time: two letters call for another plan than a whole name.
	mode pgx.QueryExecMode
}

func newDeskQuery(ctx context.Context, tx models.Tx, by models.Actor, f DeskFilter) (*deskQuery, error) {
	before, err := tx.SettingInt(ctx, "decision_before_days")
	if err != nil {
		return nil, err
	}
	q := &deskQuery{tx: tx, f: f, before: before, mine: Mine(by), scope: "a.submitted_at IS NOT NULL", mode: models.Prepared}
	q.rights(by)
	return q, q.words(ctx, f.Query)
}

// arg adds an argument and gives its place.
func (q *deskQuery) arg(v any) string {
	q.args = append(q.args, v)
	return "$" + strconv.Itoa(len(q.args))
}

// rights narrows to the officer's scope (P2.5).
func (q *deskQuery) rights(by models.Actor) {
	if by.Everywhere(models.RoleOfficer) {
		q.whole = true
		return
	}
	q.scope += " AND (" + q.scopeSQL(by)
	for _, s := range by.StandsIn { // what is assigned to an absent colleague (P9.6)
		absent := models.Actor{Grants: s.Grants}
		q.scope += " OR (a.officer_id = " + q.arg(s.Account)
		if !absent.Everywhere(models.RoleOfficer) {
			q.scope += " AND " + q.scopeSQL(absent)
		}
		q.scope += ")"
	}
	q.scope += ")"
}

// scopeSQL is the condition on applications a that a scope covers the course or
// programme; it mirrors reviewedBy. A union, which indexes answer, where OR would
// read every application.
func (q *deskQuery) scopeSQL(by models.Actor) string {
	of := func(kinds ...models.ScopeKind) []models.ID {
		ids := []models.ID{}
		for _, k := range kinds {
			ids = append(ids, by.Scopes(models.RoleOfficer, k)...)
		}
		return ids
	}
	sql := `a.session_id IN (SELECT id FROM sessions WHERE offering_id = ANY(` + q.arg(of(models.ScopeCourse, models.ScopeProgramme)) + `)`
	if themes := of(models.ScopeTheme); len(themes) > 0 {
		arg := q.arg(themes)
		sql += ` UNION ALL SELECT id FROM sessions WHERE offering_id IN (SELECT ct.course_id FROM course_themes ct JOIN themes t ON t.id = ct.theme_id
			WHERE t.id = ANY(` + arg + `) OR t.parent_id = ANY(` + arg + `))`
	}
	if faculties := of(models.ScopeFaculty); len(faculties) > 0 {
		sql += ` UNION ALL SELECT id FROM sessions WHERE offering_id IN (SELECT id FROM programmes WHERE faculty_id = ANY(` + q.arg(faculties) + `))`
	}
	return sql + `)`
}

// words narrows to a number ("PR-2026-004817", "AD-2026-001204", "4817") or to names that hold
// every word, without case or accents: the name in use and the birth name.
func (q *deskQuery) words(ctx context.Context, query string) error {
	words := strings.Fields(query)
	if len(words) == 0 {
		return nil
	}
	q.whole, q.mode = false, pgx.QueryExecModeCacheDescribe
	if n, ok := applicationNumber(query); ok {
		q.scope += " AND a.number = " + q.arg(n)
		return nil
	}
	var keys []string
	err := q.tx.PGX.QueryRow(ctx, `SELECT array_agg(desk_key(w) ORDER BY n) FROM unnest($1::text[]) WITH ORDINALITY AS typed (w, n)`,
		models.Prepared, words[:min(len(words), 6)]).Scan(&keys)
	if err != nil {
		return fmt.Errorf("desk words: %w", err)
	}
	for _, k := range keys {
		q.scope += " AND a.found_by LIKE " + q.arg("%"+strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(k)+"%")
	}
	return nil
}

func applicationNumber(s string) (int64, bool) {
	s = strings.ToUpper(s)
	s = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(s, "PR"), "AD"))
	if i := strings.LastIndexByte(s, '-'); i >= 0 {
		s = s[i+1:]
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n > 0
}

// where adds the facets' selections to the rights and words.
func (q *deskQuery) where() string {
	w := q.scope
	if len(q.f.Sessions) > 0 {
		w += " AND a.session_id = ANY(" + q.arg(q.f.Sessions) + ")"
	}
	if len(q.f.Courses) > 0 {
		w += " AND a.session_id IN (SELECT id FROM sessions WHERE offering_id = ANY(" + q.arg(q.f.Courses) + "))"
	}
	w += anyOf(q.ownerConditions())
	w += anyOf(stateConditions(q.f.States))
	return w + anyOf(q.ageConditions())
}

func stateConditions(states []DeskState) []string {
	found := []string{}
	for _, c := range deskConditions {
		for _, s := range states {
			if s == c.State {
				found = append(found, c.SQL)
			}
		}
	}
	return found
}

func (q *deskQuery) ageConditions() []string {
	found, b := []string{}, ageBounds(q.tx.Now)
	for i, age := range DeskAges() {
		for _, selected := range q.f.Ages {
			if selected != age {
				continue
			}
			c := []string{}
			if i > 0 {
				c = append(c, "a.state_since >= "+q.arg(b[i-1]))
			}
			if i < len(b) {
				c = append(c, "a.state_since < "+q.arg(b[i]))
			}
			found = append(found, strings.Join(c, " AND "))
		}
	}
	return found
}

func anyOf(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}
	return " AND ((" + strings.Join(conditions, ") OR (") + "))"
}

func (q *deskQuery) way() string {
	if q.f.Down {
		return " DESC"
	}
	return " ASC"
}

func (q *deskQuery) promised() string {
	return "coalesce(s.decision_on, s.starts_on - " + strconv.Itoa(q.before) + ")"
}

// sessionKey is what the list is sorted by when it is the same for a whole session.
func (q *deskQuery) sessionKey() string {
	if q.f.Sort == SortCourse {
		return "coalesce(c.title, pg.title)"
	}
	return q.promised()
}

// order is fixed text: nothing typed enters it.
func (q *deskQuery) order() string {
	way := q.way()
	key := map[DeskSort]string{
		SortPromised: q.sessionKey(), SortCourse: q.sessionKey(), SortSince: "a.state_since", SortNumber: "a.number",
		SortName: `split_part(a.applicant_name, ' ', -1) COLLATE "fr-x-icu"` + way + `, a.applicant_name COLLATE "fr-x-icu"`,
	}[q.f.Sort]
	return " ORDER BY " + key + way + ", a.number" + way
}

// rows reads lines of the list: ids first, so that only those shown are joined
// and sorted with their words.
func (q *deskQuery) rows(ctx context.Context, offset, limit int) ([]DeskRow, error) {
	saved := q.args
	defer func() { q.args = saved }()
	join, order := "JOIN sessions s ON s.id = a.session_id", q.order()
	if q.f.Sort == SortCourse {
		join += offerings
	}
	if q.f.Query == "" && (q.f.Sort == SortPromised || q.f.Sort == SortCourse) {
		// Sessions in order first: the applications of a few of them are a page.
		key := q.sessionKey()
		join = "JOIN (SELECT s.id, " + key + " AS key FROM sessions s" + offerings + "ORDER BY key" + q.way() + ") s ON s.id = a.session_id"
		order = " ORDER BY s.key" + q.way() + ", a.number" + q.way()
	}
	sql := `WITH page AS MATERIALIZED (SELECT a.id FROM applications a ` + join +
		` WHERE ` + q.where() + order + ` LIMIT ` + q.arg(limit) + ` OFFSET ` + q.arg(offset) + `)
		SELECT ` + columns + `, ` + isStuck + `, ` + q.promised() + tables + `
		WHERE a.id IN (SELECT id FROM page)` + q.order()
	rows, err := q.tx.PGX.Query(ctx, sql, append([]any{q.mode}, q.args...)...)
	if err != nil {
		return nil, fmt.Errorf("desk: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (DeskRow, error) {
		var stuck bool
		var promised time.Time
		a, err := scan(row, &stuck, &promised)
		return DeskRow{Application: a.ID, Number: a.Number, Reference: a.Reference(), Name: a.ApplicantName, Kind: a.Kind, Course: a.Session.Title,
			CourseID: a.Session.Offering(), SessionID: a.Session.ID, StartsOn: a.Session.StartsOn, Place: a.Session.Place, Officer: a.Officer,
			State: DeskStateOf(a, stuck), Verdict: Verdict(a.Verdict), Rank: a.Rank, Since: a.Since, Promised: promised}, err
	})
	if err != nil {
		return nil, fmt.Errorf("desk: %w", err)
	}
	return list, nil
}

// employers reads from the submissions of one page who employs each person.
func (q *deskQuery) employers(ctx context.Context, list []DeskRow) error {
	ids, at := make([]models.ID, len(list)), map[models.ID]int{}
	for i, r := range list {
		ids[i], at[r.Application] = r.Application, i
	}
	rows, err := q.tx.PGX.Query(ctx, `SELECT application_id, answers FROM submissions WHERE application_id = ANY($1)`, models.Prepared, ids)
	if err != nil {
		return fmt.Errorf("desk: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id models.ID
		var answers []byte
		if err := rows.Scan(&id, &answers); err != nil {
			return fmt.Errorf("desk: %w", err)
		}
		var sn form.Snapshot
		if json.Unmarshal(answers, &sn) == nil {
			list[at[id]].Employer = employerOf(sn)
		}
	}
	return rows.Err()
}

// employerOf finds the employer by the kind of the question, whatever the form.
func employerOf(sn form.Snapshot) string {
	for _, a := range sn.Answers {
		if a.Kind == form.KindEmployer || a.Kind == form.KindCompany {
			if name := a.Values["name"]; len(name) > 0 {
				return name[0]
			}
		}
	}
	return ""
}
