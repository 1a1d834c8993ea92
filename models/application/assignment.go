package application

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Colleague is an officer as colleagues name them.
type Colleague struct {
	Account models.ID
	Name    string
}

// DeskOwner tells whose an application is on the desk (affectation, P9.6).
type DeskOwner string

// The values of the facet, in its order.
const (
	OwnedByMe      DeskOwner = "moi" // or by an absent officer for whom the reader stands in
	OwnedByNobody  DeskOwner = "personne"
	OwnedByAnother DeskOwner = "collegue"
)

// DeskOwners lists the values of the facet.
func DeskOwners() []DeskOwner { return []DeskOwner{OwnedByMe, OwnedByNobody, OwnedByAnother} }

// Mine lists the accounts whose applications are the actor's: their own, and those of
// absent officers for whom they stand in.
func Mine(by models.Actor) []models.ID {
	ids := []models.ID{by.Account}
	for _, s := range by.StandsIn {
		ids = append(ids, s.Account)
	}
	return ids
}

func (q *deskQuery) ownerConditions() []string {
	found := []string{}
	for _, o := range q.f.Owners {
		switch o {
		case OwnedByMe:
			found = append(found, "a.officer_id = ANY("+q.arg(q.mine)+")")
		case OwnedByNobody:
			found = append(found, "a.officer_id IS NULL")
		case OwnedByAnother:
			found = append(found, "a.officer_id <> ALL("+q.arg(q.mine)+")")
		}
	}
	return found
}

// coveringSQL finds the active officers whose own rights cover an application: its
// course $1, programme $2, component $3; it mirrors covers.
const coveringSQL = `SELECT ac.id, ` + personName + ` FROM accounts ac JOIN people p ON p.id = ac.person_id
	WHERE ac.state = 'active' AND EXISTS (SELECT FROM grants g WHERE g.account_id = ac.id AND g.role = 'officer' AND (
		g.scope_kind = 'portal' OR g.scope_kind = 'course' AND g.scope_id = $1 OR g.scope_kind = 'programme' AND g.scope_id = $2
		OR g.scope_kind = 'faculty' AND g.scope_id = $3
		OR g.scope_kind = 'theme' AND EXISTS (SELECT FROM course_themes ct JOIN themes t ON t.id = ct.theme_id
			WHERE ct.course_id = $1 AND (t.id = g.scope_id OR t.parent_id = g.scope_id))))
	ORDER BY 2, 1`

// assignable lists who may treat an application, and names who does.
func assignable(ctx context.Context, tx models.Tx, a Application) ([]Colleague, string, error) {
	orNull := func(id models.ID) *models.ID {
		if id == uuid.Nil {
			return nil
		}
		return &id
	}
	rows, err := tx.PGX.Query(ctx, coveringSQL, models.Prepared, orNull(a.Session.Course), orNull(a.Session.Programme), orNull(a.Session.Faculty))
	if err != nil {
		return nil, "", fmt.Errorf("officers: %w", err)
	}
	list, err := collectColleagues(rows)
	if err != nil || a.Officer == uuid.Nil {
		return list, "", err
	}
	names, err := namesOf(ctx, tx, []models.ID{a.Officer})
	return list, names[a.Officer], err
}

func collectColleagues(rows pgx.Rows) ([]Colleague, error) {
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Colleague, error) {
		var c Colleague
		err := row.Scan(&c.Account, &c.Name)
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("officers: %w", err)
	}
	return list, nil
}

// Colleagues lists the active officers of the portal, the actor included, to assign in
// bulk and to delegate. For officers; anyone else gets KindNotFound.
func Colleagues(ctx context.Context, tx models.Tx, by models.Actor) ([]Colleague, error) {
	if !by.SignedIn() || !by.Has(models.RoleOfficer) {
		return nil, models.NotFound("page.not_found")
	}
	rows, err := tx.PGX.Query(ctx, `SELECT ac.id, `+personName+` FROM accounts ac JOIN people p ON p.id = ac.person_id
		WHERE ac.state = 'active' AND EXISTS (SELECT FROM grants g WHERE g.account_id = ac.id AND g.role = 'officer') ORDER BY 2, 1`, models.Prepared)
	if err != nil {
		return nil, fmt.Errorf("officers: %w", err)
	}
	return collectColleagues(rows)
}

// Assign gives an application to an officer (« Confier à »), or to nobody with the zero
// id. For officers whose scope covers it; it gives no right by itself, so whoever
// receives it must already have it in their own scope, and not be its applicant. The
// same assignment twice writes one event.
func Assign(ctx context.Context, tx models.Tx, by models.Actor, id, officer models.ID) (Application, error) {
	a, err := lockReviewedPapers(ctx, tx, by, id)
	if err != nil || a.Officer == officer {
		return a, err
	}
	if officer != uuid.Nil {
		list, _, err := assignable(ctx, tx, a)
		if err != nil {
			return a, err
		}
		if officer == a.Account || !slices.ContainsFunc(list, func(c Colleague) bool { return c.Account == officer }) {
			return a, models.Invalid("desk.assign_invalid", models.FieldError{Field: "gestionnaire", Key: "desk.assign_out_of_scope"})
		}
	}
	var to *models.ID
	if officer != uuid.Nil {
		to = &officer
	}
	if _, err := tx.PGX.Exec(ctx, `UPDATE applications SET officer_id = $2 WHERE id = $1`, models.Prepared, a.ID, to); err != nil {
		return a, fmt.Errorf("assign: %w", err)
	}
	kind := "application.assigned"
	if to == nil {
		kind = "application.unassigned"
	}
	names, err := namesOf(ctx, tx, []models.ID{officer})
	if err != nil {
		return a, err
	}
	err = tx.Record(ctx, by, models.Event{Kind: kind, SubjectKind: "application", SubjectID: a.ID, Reason: names[officer],
		Data: map[string]any{"officer": officer}})
	a.Officer = officer
	return a, err
}

// nameOfficers fills the names of the officers of a page of the list.
func nameOfficers(ctx context.Context, tx models.Tx, rows []DeskRow) error {
	ids := []models.ID{}
	for _, r := range rows {
		if r.Officer != uuid.Nil {
			ids = append(ids, r.Officer)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	names, err := namesOf(ctx, tx, ids)
	for i := range rows {
		rows[i].OfficerName = names[rows[i].Officer]
	}
	return err
}
