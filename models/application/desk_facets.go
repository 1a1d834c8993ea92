package application

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// facetValues is how many courses and sessions a facet shows.
const facetValues = 10

// cell counts the applications of one session, state and age: every facet is
// added up from the cells, in one pass over one index (P9.1).
type cell struct {
	session, course models.ID
	state           DeskState
	age             DeskAge
	officer         models.ID // to whom they are assigned, zero for nobody
	count           int
}

// owner is whose the applications are for who reads.
func (c cell) owner(mine []models.ID) DeskOwner {
	switch {
	case c.officer == uuid.Nil:
		return OwnedByNobody
	case slices.Contains(mine, c.officer):
		return OwnedByMe
	}
	return OwnedByAnother
}

type cube []cell

// cube counts what is in scope and found.
func (q *deskQuery) cube(ctx context.Context) (cube, error) {
	if q.whole {
		return q.kept(ctx)
	}
	return q.count(ctx, q.tx.Now, nil)
}

// count counts at an instant, which ages depend on; among some sessions only, or
// among all of them when sessions is nil.
func (q *deskQuery) count(ctx context.Context, at time.Time, sessions []models.ID) (cube, error) {
	saved := q.args
	defer func() { q.args = saved }()
	scope, bounds := q.scope, q.arg(ageBounds(at))
	if sessions != nil {
		scope += " AND a.session_id = ANY(" + q.arg(sessions) + ")"
	}
	sql := `
		WITH cells AS MATERIALIZED (
			SELECT a.session_id, a.state, a.verdict, ` + isStuck + ` AS stuck, ` + isPromised + ` AS promised,
				width_bucket(a.state_since, ` + bounds + `::timestamptz[]) AS age,
				coalesce(a.officer_id, '00000000-0000-0000-0000-000000000000') AS officer, count(*)::int AS n
			FROM applications a WHERE ` + scope + `
			GROUP BY 1, 2, 3, 4, 5, 6, 7)
		SELECT x.session_id, s.offering_id, x.state, x.verdict, x.stuck, x.promised, x.age, x.officer, x.n
		FROM cells x JOIN sessions s ON s.id = x.session_id`
	rows, err := q.tx.PGX.Query(ctx, sql, append([]any{q.mode}, q.args...)...)
	if err != nil {
		return nil, fmt.Errorf("desk counts: %w", err)
	}
	defer rows.Close()
	cells, ages := cube{}, DeskAges()
	promise := time.Time{}
	for rows.Next() {
		var c cell
		var a Application
		var stuck, promised bool
		var age int
		if err := rows.Scan(&c.session, &c.course, &a.State, &a.Verdict, &stuck, &promised, &age, &c.officer, &c.count); err != nil {
			return nil, fmt.Errorf("desk counts: %w", err)
		}
		if promised {
			a.ConfirmBy = &promise
		}
		c.state, c.age = DeskStateOf(a, stuck), ages[age]
		cells = append(cells, c)
	}
	return cells, rows.Err()
}

// totals adds up everything in scope.
func (cells cube) totals(list *DeskList) {
	for _, c := range cells {
		list.All += c.count
		if slices.Contains(awaitingOfficer, c.state) {
			list.Mine += c.count
		}
	}
}

// facets adds the cells up. The counts of a facet ignore its own selection.
func (cells cube) facets(list *DeskList, f DeskFilter, mine []models.ID) {
	states, ages, owners := map[DeskState]int{}, map[DeskAge]int{}, map[DeskOwner]int{}
	courses, sessions := map[models.ID]int{}, map[models.ID]int{}
	for _, c := range cells {
		owner := c.owner(mine)
		state, age := among(f.States, c.state), among(f.Ages, c.age)
		course, session := among(f.Courses, c.course), among(f.Sessions, c.session)
		if course && session && age && state {
			owners[owner] += c.count
		}
		if !among(f.Owners, owner) {
			continue
		}
		if course && session && age {
			states[c.state] += c.count
		}
		if course && session && state {
			ages[c.age] += c.count
		}
		if session && state && age {
			courses[c.course] += c.count
		}
		if course && state && age {
			sessions[c.session] += c.count
		}
		if course && session && state && age {
			list.Total += c.count
		}
	}
	for _, s := range DeskStates() {
		list.States = append(list.States, DeskCount{Value: string(s), Count: states[s], Selected: slices.Contains(f.States, s)})
	}
	for _, a := range DeskAges() {
		list.Ages = append(list.Ages, DeskCount{Value: string(a), Count: ages[a], Selected: slices.Contains(f.Ages, a)})
	}
	for _, o := range DeskOwners() {
		list.Owners = append(list.Owners, DeskCount{Value: string(o), Count: owners[o], Selected: slices.Contains(f.Owners, o)})
	}
	list.Courses, list.MoreCourses = largest(courses, f.Courses)
	list.Sessions, list.MoreSessions = largest(sessions, f.Sessions)
}

func among[T comparable](selected []T, v T) bool {
	return len(selected) == 0 || slices.Contains(selected, v)
}

// largest keeps the selected values and those that count most.
func largest(counts map[models.ID]int, selected []models.ID) ([]DeskCount, int) {
	all := []DeskCount{}
	for id, n := range counts {
		all = append(all, DeskCount{Value: id.String(), Count: n, Selected: slices.Contains(selected, id)})
	}
	for _, id := range selected {
		if _, ok := counts[id]; !ok {
			all = append(all, DeskCount{Value: id.String(), Selected: true})
		}
	}
	slices.SortFunc(all, func(a, b DeskCount) int {
		if a.Selected != b.Selected {
			if a.Selected {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	keep := min(len(all), max(facetValues, len(selected)))
	return all[:keep], len(all) - keep
}

// label reads the names of the courses and sessions that the facets show; what
// does not exist, or is out of the officer's scope, is left out.
func (q *deskQuery) label(ctx context.Context, list *DeskList) error {
	ids := []models.ID{}
	for _, c := range append(slices.Clone(list.Courses), list.Sessions...) {
		ids = append(ids, uuid.MustParse(c.Value))
	}
	rows, err := q.tx.PGX.Query(ctx, `
		SELECT id, title, NULL::date, '' FROM courses WHERE id = ANY($1)
		UNION ALL SELECT id, title, NULL::date, '' FROM programmes WHERE id = ANY($1)
		UNION ALL SELECT s.id, coalesce(c.title, pg.title), s.starts_on, s.place FROM sessions s`+offerings+`WHERE s.id = ANY($1)`,
		models.Prepared, ids)
	if err != nil {
		return fmt.Errorf("desk names: %w", err)
	}
	named := map[string]DeskCount{}
	var start *time.Time
	var id models.ID
	var one DeskCount
	_, err = pgx.ForEachRow(rows, []any{&id, &one.Label, &start, &one.Place}, func() error {
		if one.Start = (time.Time{}); start != nil {
			one.Start = *start
		}
		named[id.String()] = one
		return nil
	})
	if err != nil {
		return fmt.Errorf("desk names: %w", err)
	}
	list.Courses, list.Sessions = withNames(list.Courses, named), withNames(list.Sessions, named)
	return nil
}

func withNames(values []DeskCount, named map[string]DeskCount) []DeskCount {
	kept := []DeskCount{}
	for _, v := range values {
		if n, ok := named[v.Value]; ok && (v.Count > 0 || v.Selected) {
			v.Label, v.Start, v.Place = n.Label, n.Start, n.Place
			kept = append(kept, v)
		}
	}
	return kept
}

// DeskWaiting counts what waits for the officer, for the badge of the menu;
// zero for anyone else.
func DeskWaiting(ctx context.Context, tx models.Tx, by models.Actor) (int, error) {
	if !by.SignedIn() || !by.Has(models.RoleOfficer) {
		return 0, nil
	}
	var list DeskList
	err := (&deskQuery{tx: tx}).totals(ctx, by, &list)
	return list.Mine, err
}

// awaitingOfficer are the states that the desk opens on.
var awaitingOfficer = []DeskState{DeskToReview, DeskStuck}

// totals counts what is in scope and what waits for the officer, whatever is
// looked for.
func (q *deskQuery) totals(ctx context.Context, by models.Actor, list *DeskList) error {
	r := &deskQuery{tx: q.tx, scope: "a.submitted_at IS NOT NULL", mode: models.Prepared}
	if r.rights(by); r.whole {
		all, err := r.cube(ctx)
		all.totals(list)
		return err
	}
	sql := `SELECT count(*), count(*) FILTER (WHERE true` + anyOf(stateConditions(awaitingOfficer)) + `) FROM applications a WHERE ` + r.scope
	err := q.tx.PGX.QueryRow(ctx, sql, append([]any{models.Prepared}, r.args...)...).Scan(&list.All, &list.Mine)
	if err != nil {
		return fmt.Errorf("desk totals: %w", err)
	}
	return nil
}
