package application

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Delegation says who treats what is assigned to an officer during an absence
// (délégation, P9.6). It ends by itself.
type Delegation struct {
	ID       models.ID
	From, To Colleague
	First    time.Time // civil dates, whole
	Last     time.Time
	StartsAt time.Time
	EndsAt   time.Time // first instant without it
}

// Running reports that the delegate acts at the instant.
func (d Delegation) Running(now time.Time) bool {
	return !now.Before(d.StartsAt) && now.Before(d.EndsAt)
}

// DelegationInput names a colleague and two days.
type DelegationInput struct {
	To          models.ID
	First, Last string // AAAA-MM-JJ
}

// longestAbsence bounds a delegation, in days.
const longestAbsence = 366

// Delegate names who stands in for the actor (« pendant mon absence »): another active
// officer, who then sees what is assigned to the actor as theirs, as far as the actor's
// own rights go, and acts in their own name. For officers. Invalid by field, also when
// the days meet those of another delegation of the actor's.
func Delegate(ctx context.Context, tx models.Tx, by models.Actor, in DelegationInput) (Delegation, error) {
	list, err := Colleagues(ctx, tx, by)
	if err != nil {
		return Delegation{}, err
	}
	d := Delegation{ID: tx.NewID(), From: Colleague{Account: by.Account, Name: by.Name}, To: Colleague{Account: in.To}}
	bad := []models.FieldError{}
	refuse := func(field, key string) { bad = append(bad, models.FieldError{Field: field, Key: key}) }
	switch at := slices.IndexFunc(list, func(c Colleague) bool { return c.Account == in.To }); {
	case in.To == uuid.Nil || at < 0:
		refuse("gestionnaire", "delegation.colleague_missing")
	case in.To == by.Account:
		refuse("gestionnaire", "delegation.self")
	default:
		d.To = list[at]
	}
	if key := d.days(tx, in); key != "" {
		field := "au"
		if d.First.IsZero() || d.First.Before(tx.Today()) {
			field = "du"
		}
		refuse(field, key)
	}
	if len(bad) == 0 {
		clash, err := meetsAnother(ctx, tx, d)
		if err != nil {
			return d, err
		}
		if clash {
			refuse("du", "delegation.overlap")
		}
	}
	if len(bad) > 0 {
		return d, models.Invalid("delegation.invalid", bad...)
	}
	_, err = tx.PGX.Exec(ctx, `INSERT INTO delegations (id, from_id, to_id, first_day, last_day, starts_at, ends_at, made_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, models.Prepared, d.ID, by.Account, in.To, d.First, d.Last, d.StartsAt, d.EndsAt, tx.Now)
	if err != nil {
		return d, fmt.Errorf("delegate: %w", err)
	}
	return d, recordDelegation(ctx, tx, by, "account.delegated", d)
}

// days reads the two dates; the key says what is wrong.
func (d *Delegation) days(tx models.Tx, in DelegationInput) string {
	first, err := time.Parse(time.DateOnly, in.First)
	if err != nil {
		return "delegation.first_unreadable"
	}
	d.First = first
	last, err := time.Parse(time.DateOnly, in.Last)
	switch {
	case first.Before(tx.Today()):
		return "delegation.first_past"
	case err != nil:
		return "delegation.last_unreadable"
	case last.Before(first):
		return "delegation.last_before"
	case last.After(first.AddDate(0, 0, longestAbsence)):
		return "delegation.too_long"
	}
	d.Last = last
	d.StartsAt, d.EndsAt = models.EndOf(first.AddDate(0, 0, -1), tx.Zone()), models.EndOf(last, tx.Zone())
	return ""
}

// meetsAnother locks the actor's account, so that two tabs cannot both pass.
func meetsAnother(ctx context.Context, tx models.Tx, d Delegation) (bool, error) {
	if _, err := tx.PGX.Exec(ctx, `SELECT 1 FROM accounts WHERE id = $1 FOR UPDATE`, models.Prepared, d.From.Account); err != nil {
		return false, fmt.Errorf("delegate: %w", err)
	}
	var clash bool
	err := tx.PGX.QueryRow(ctx, `SELECT EXISTS (SELECT FROM delegations WHERE from_id = $1 AND starts_at < $3 AND ends_at > $2)`,
		models.Prepared, d.From.Account, d.StartsAt, d.EndsAt).Scan(&clash)
	if err != nil {
		return false, fmt.Errorf("delegate: %w", err)
	}
	return clash, nil
}

func recordDelegation(ctx context.Context, tx models.Tx, by models.Actor, kind string, d Delegation) error {
	return tx.Record(ctx, by, models.Event{Kind: kind, SubjectKind: "account", SubjectID: by.Account, Data: map[string]any{"delegation": d.ID,
		"to": d.To.Account, "first": d.First.Format(time.DateOnly), "last": d.Last.Format(time.DateOnly)}})
}

const delegationSQL = `SELECT d.id, d.from_id, d.to_id, d.first_day, d.last_day, d.starts_at, d.ends_at FROM delegations d `

func scanDelegation(row pgx.CollectableRow) (Delegation, error) {
	var d Delegation
	err := row.Scan(&d.ID, &d.From.Account, &d.To.Account, &d.First, &d.Last, &d.StartsAt, &d.EndsAt)
	return d, err
}

// EndDelegation ends one of the actor's own delegations now; one that is over stays as
// it is. Anyone else's is not found.
func EndDelegation(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) error {
	rows, err := tx.PGX.Query(ctx, delegationSQL+`WHERE d.id = $1 AND d.from_id = $2 FOR UPDATE`, models.Prepared, id, by.Account)
	if err != nil {
		return fmt.Errorf("end delegation: %w", err)
	}
	d, err := pgx.CollectExactlyOneRow(rows, scanDelegation)
	if errors.Is(err, pgx.ErrNoRows) {
		return models.NotFound("delegation.not_found")
	}
	if err != nil {
		return fmt.Errorf("end delegation: %w", err)
	}
	if !tx.Now.Before(d.EndsAt) {
		return nil
	}
	if _, err := tx.PGX.Exec(ctx, `UPDATE delegations SET ends_at = greatest($2, starts_at) WHERE id = $1`, models.Prepared, id, tx.Now); err != nil {
		return fmt.Errorf("end delegation: %w", err)
	}
	return recordDelegation(ctx, tx, by, "account.delegation_ended", d)
}

// Delegations lists those of the actor that run or are to come: to whom they delegate,
// and for whom they stand in.
func Delegations(ctx context.Context, tx models.Tx, by models.Actor) (mine, forOthers []Delegation, err error) {
	if !by.SignedIn() || !by.Has(models.RoleOfficer) {
		return nil, nil, models.NotFound("page.not_found")
	}
	rows, err := tx.PGX.Query(ctx, delegationSQL+`WHERE (d.from_id = $1 OR d.to_id = $1) AND d.ends_at > $2 AND d.ends_at > d.starts_at
		ORDER BY d.starts_at, d.id`, models.Prepared, by.Account, tx.Now)
	if err != nil {
		return nil, nil, fmt.Errorf("delegations: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanDelegation)
	if err != nil {
		return nil, nil, fmt.Errorf("delegations: %w", err)
	}
	ids := []models.ID{}
	for _, d := range all {
		ids = append(ids, d.From.Account, d.To.Account)
	}
	names, err := namesOf(ctx, tx, ids)
	for _, d := range all {
		d.From.Name, d.To.Name = names[d.From.Account], names[d.To.Account]
		if d.From.Account == by.Account {
			mine = append(mine, d)
		} else {
			forOthers = append(forOthers, d)
		}
	}
	return mine, forOthers, err
}

// actedFor reads for whom a line of the journal was written by delegation.
func actedFor(e models.Event) (models.ID, bool) {
	s, _ := e.Data["for"].(string)
	id, err := uuid.Parse(s)
	return id, err == nil
}
