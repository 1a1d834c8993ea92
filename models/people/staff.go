package people

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

var staff = register{table: "staff", read: `
	SELECT id, email, lang, coalesce(account_id, '00000000-0000-0000-0000-000000000000'), '', birth_name, usual_name, first_name, '0001-01-01'::date, left_on
	FROM staff WHERE id = ANY($1) ORDER BY id FOR UPDATE`}

// SettleStaff makes accounts and rights agree with lines of staff (personnels)
// after an import wrote them: the account of the address, or a new one with a
// mail to choose a password (P1.8) but for those who left, and the rights that the
// line gives, no more (P2.5); what an administrator gave stays. A line that names
// somebody else than its account parts from it, and none gets the account of a stranger. Conflict "import.last_admin" rather
// than leave the portal without administrator, or without one who can sign in. Twice is once. One call for all
// the lines of a transaction; for operators and administrators of the whole portal.
func SettleStaff(ctx context.Context, tx models.Tx, by models.Actor, ids []models.ID) error {
	if !manages(by) {
		return models.NotFound("page.not_found")
	}
	held, left, err := staff.settle(ctx, tx, by, ids)
	if err != nil {
		return err
	}
	if _, err := settleRights(ctx, tx, by, append(held, left...)); err != nil {
		return err
	}
	return removeUnused(ctx, tx, by, left)
}

// LeaveStaff takes back what lines of staff gave before an undo deletes them; the
// accounts that an import opened and nobody used go with them. Conflict as
// SettleStaff, which should come first when one undo does both. For operators and
// administrators of the whole portal.
func LeaveStaff(ctx context.Context, tx models.Tx, by models.Actor, ids []models.ID) error {
	if !manages(by) {
		return models.NotFound("page.not_found")
	}
	left, err := staff.leave(ctx, tx, ids)
	if err != nil {
		return err
	}
	if _, err := settleRights(ctx, tx, by, left); err != nil {
		return err
	}
	return removeUnused(ctx, tx, by, left)
}

// EndStaff takes away the rights of staff who left (P2.5), the day after; the
// last administrator keeps theirs. For the periodic sweep; returns how many
// accounts lost some.
func EndStaff(ctx context.Context, db *models.DB) (int, error) {
	rows, err := db.Pool.Query(ctx, `
		SELECT DISTINCT g.account_id FROM grants g JOIN staff s ON s.id = g.staff_id WHERE s.left_on < $1 ORDER BY 1`,
		models.Prepared, db.Today())
	if err != nil {
		return 0, fmt.Errorf("staff who left: %w", err)
	}
	accounts, err := pgx.CollectRows(rows, pgx.RowTo[models.ID])
	if err != nil {
		return 0, fmt.Errorf("staff who left: %w", err)
	}
	total := 0
	for _, id := range accounts {
		n := 0
		err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
			n, err = settleRights(ctx, tx, models.Portal(), []models.ID{id})
			return err
		})
		var refused *models.Error
		if errors.As(err, &refused) && refused.Key == lastAdmin {
			continue
		}
		if err != nil {
			return total, err
		}
		if n > 0 {
			total++
		}
	}
	return total, nil
}

const lastAdmin = "import.last_admin"

// given is a right that a line of staff gives, or gave.
type given struct {
	account, staff models.ID
	grant          models.Grant
}

// settleRights makes the rights of accounts those that the lines of staff give,
// beside what others gave; returns how many changed.
func settleRights(ctx context.Context, tx models.Tx, by models.Actor, accounts []models.ID) (int, error) {
	if len(accounts) == 0 {
		return 0, nil
	}
	if err := lockAccounts(ctx, tx, nil, accounts); err != nil {
		return 0, err
	}
	lost, err := rights(ctx, tx, `
		DELETE FROM grants g WHERE g.account_id = ANY($1) AND g.staff_id IS NOT NULL AND NOT EXISTS (
			SELECT FROM staff_rights r WHERE r.account_id = g.account_id AND r.role = g.role AND r.kind = g.scope_kind
				AND r.scope_id = g.scope_id AND (r.left_on IS NULL OR r.left_on >= $2))
		RETURNING g.account_id, g.staff_id, g.role, g.scope_kind, g.scope_id`, accounts, tx.Today())
	if err != nil {
		return 0, err
	}
	if err := handOver(ctx, tx, accounts); err != nil {
		return 0, err
	}
	won, err := rights(ctx, tx, `
		INSERT INTO grants (account_id, staff_id, role, scope_kind, scope_id, granted_at)
		SELECT DISTINCT ON (r.account_id, r.role, r.kind, r.scope_id) r.account_id, r.staff_id, r.role, r.kind, r.scope_id, $3::timestamptz
		FROM staff_rights r JOIN accounts a ON a.id = r.account_id AND a.state = 'active' WHERE r.account_id = ANY($1) AND (r.left_on IS NULL OR r.left_on >= $2)
		ORDER BY r.account_id, r.role, r.kind, r.scope_id, r.staff_id
		ON CONFLICT DO NOTHING
		RETURNING account_id, staff_id, role, scope_kind, scope_id`, accounts, tx.Today(), tx.Now)
	if err != nil {
		return 0, err
	}
	if err := keepAdministrator(ctx, tx, lost); err != nil {
		return 0, err
	}
	if err := recordRights(ctx, tx, by, "account.revoked", lost); err != nil {
		return 0, err
	}
	return len(lost) + len(won), recordRights(ctx, tx, by, "account.granted", won)
}

func rights(ctx context.Context, tx models.Tx, sql string, args ...any) ([]given, error) {
	rows, err := tx.PGX.Query(ctx, sql, append([]any{models.Prepared}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("rights of staff: %w", err)
	}
	defer rows.Close()
	list := []given{}
	for rows.Next() {
		var g given
		if err := rows.Scan(&g.account, &g.staff, &g.grant.Role, &g.grant.Kind, &g.grant.Scope); err != nil {
			return nil, fmt.Errorf("rights of staff: %w", err)
		}
		list = append(list, g)
	}
	return list, rows.Err()
}

// handOver keeps a right that two lines gave when the one that it came with no
// longer does.
func handOver(ctx context.Context, tx models.Tx, accounts []models.ID) error {
	_, err := tx.PGX.Exec(ctx, `
		UPDATE grants g SET staff_id = n.staff_id
		FROM (SELECT DISTINCT ON (account_id, role, kind, scope_id) * FROM staff_rights
			WHERE account_id = ANY($1) AND (left_on IS NULL OR left_on >= $2) ORDER BY account_id, role, kind, scope_id, staff_id) n
		WHERE g.account_id = n.account_id AND g.role = n.role AND g.scope_kind = n.kind AND g.scope_id = n.scope_id
			AND g.staff_id IS NOT NULL AND g.staff_id <> n.staff_id`, models.Prepared, accounts, tx.Today())
	if err != nil {
		return fmt.Errorf("rights of staff: %w", err)
	}
	return nil
}

// keepAdministrator refuses to leave the portal without administrator, or without
// one who can sign in where one could: who was only invited, or leaves with the
// next sweep, does not count for that. A fresh installation may have invited ones
// alone. Two who each take one away wait for each other here, last of all their locks.
func keepAdministrator(ctx context.Context, tx models.Tx, lost []given) error {
	took := []models.ID{}
	for _, g := range lost {
		if g.grant == (models.Grant{Role: models.RoleAdmin, Kind: models.ScopePortal, Scope: uuid.Nil}) {
			took = append(took, g.account)
		}
	}
	if len(took) == 0 {
		return nil
	}
	if err := lock(ctx, tx, "administrators"); err != nil {
		return err
	}
	var remain, enter, entered bool
	err := tx.PGX.QueryRow(ctx, `
		SELECT count(*) > 0, coalesce(bool_or(a.password_hash <> '' AND (s.left_on IS NULL OR s.left_on >= $2)), false),
			EXISTS (SELECT FROM accounts WHERE id = ANY($1) AND state = 'active' AND password_hash <> '')
		FROM grants g JOIN accounts a ON a.id = g.account_id LEFT JOIN staff s ON s.id = g.staff_id
		WHERE g.role = 'admin' AND g.scope_kind = 'portal' AND a.state = 'active'`, models.Prepared, took, tx.Today()).Scan(&remain, &enter, &entered)
	if err != nil {
		return fmt.Errorf("administrators: %w", err)
	}
	if !remain || entered && !enter {
		return models.Conflict(lastAdmin, nil)
	}
	return nil
}

func recordRights(ctx context.Context, tx models.Tx, by models.Actor, kind string, list []given) error {
	for _, g := range list {
		err := tx.Record(ctx, by, models.Event{Kind: kind, SubjectKind: "account", SubjectID: g.account, Data: map[string]any{
			"role": string(g.grant.Role), "scope": string(g.grant.Kind), "scope_id": g.grant.Scope.String(), "staff": g.staff.String()}})
		if err != nil {
			return err
		}
	}
	return nil
}
