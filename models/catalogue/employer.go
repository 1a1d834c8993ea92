package catalogue

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// offered says, over o, that a structure can be chosen as an employer: it employs, it
// is open, and it says who and where it is.
const offered = `o.kind IN ('employer', 'company') AND NOT o.closed AND o.siret <> '' AND o.department_code IS NOT NULL`

// SettleEmployers offers these structures among the employers, and takes back those
// that no longer can be chosen (P2.1, P2.2). One structure speaks for a SIREN, the
// first that came; what the public referential has stays its own. For imports by
// administrators and operators; anybody else finds nothing.
func SettleEmployers(ctx context.Context, tx models.Tx, by models.Actor, ids []models.ID) error {
	freed, err := takeBack(ctx, tx, by, `DELETE FROM employers e USING organisations o WHERE e.organisation_id = o.id AND o.id = ANY ($1)
		AND NOT (`+offered+` AND left(o.siret, 9) = e.siren) RETURNING e.siren`, ids)
	if err != nil {
		return err
	}
	theirs, err := sirens(ctx, tx, `SELECT DISTINCT left(o.siret, 9) FROM organisations o WHERE o.id = ANY ($1) AND `+offered, ids)
	if err != nil {
		return err
	}
	return offer(ctx, tx, slices.Concat(freed, theirs), nil)
}

// LeaveEmployers takes structures back from the employers before they go; another
// structure of the same SIREN takes their place. For whom SettleEmployers is.
func LeaveEmployers(ctx context.Context, tx models.Tx, by models.Actor, ids []models.ID) error {
	freed, err := takeBack(ctx, tx, by, `DELETE FROM employers WHERE organisation_id = ANY ($1) RETURNING siren`, ids)
	if err != nil {
		return err
	}
	return offer(ctx, tx, freed, ids)
}

func takeBack(ctx context.Context, tx models.Tx, by models.Actor, sql string, ids []models.ID) ([]string, error) {
	if by.Kind != models.ActorOperator && !by.Everywhere(models.RoleAdmin) {
		return nil, models.NotFound("page.not_found")
	}
	return sirens(ctx, tx, sql, ids)
}

func sirens(ctx context.Context, tx models.Tx, sql string, ids []models.ID) ([]string, error) {
	rows, err := tx.PGX.Query(ctx, sql, models.Prepared, ids)
	if err != nil {
		return nil, fmt.Errorf("employers: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("employers: %w", err)
	}
	return list, nil
}

// offer has one structure of each SIREN offered: the one that is already, or the first.
func offer(ctx context.Context, tx models.Tx, sirens []string, but []models.ID) error {
	if len(sirens) == 0 {
		return nil
	}
	rows, err := tx.PGX.Query(ctx, `SELECT DISTINCT ON (left(o.siret, 9)) o.id, left(o.siret, 9), o.name, o.usual_name, o.town
		FROM organisations o LEFT JOIN employers e ON e.organisation_id = o.id
		WHERE left(o.siret, 9) = ANY ($1) AND o.siret <> '' AND `+offered+` AND o.id <> ALL (coalesce($2, '{}'::uuid[]))
		ORDER BY left(o.siret, 9), e.siren IS NULL, o.reference`, models.Prepared, sirens, but)
	if err != nil {
		return fmt.Errorf("employers: %w", err)
	}
	var id models.ID
	var siren, name, usual, town string
	var employers []models.ID
	var words []string
	if _, err := pgx.ForEachRow(rows, []any{&id, &siren, &name, &usual, &town}, func() error {
		employers, words = append(employers, id), append(words, PlaceWords(name, usual, town, siren))
		return nil
	}); err != nil {
		return fmt.Errorf("employers: %w", err)
	}
	if _, err := tx.PGX.Exec(ctx, `
		INSERT INTO employers (siren, name, kind, town, department_code, words, organisation_id)
		SELECT left(o.siret, 9), o.name, o.kind, o.town, o.department_code, x.words::tsvector, o.id
		FROM unnest($1::uuid[], $2::text[]) AS x (id, words) JOIN organisations o USING (id) ORDER BY 1
		ON CONFLICT (siren) DO UPDATE SET name = excluded.name, kind = excluded.kind, town = excluded.town, department_code = excluded.department_code,
			words = excluded.words, organisation_id = excluded.organisation_id
		WHERE employers.organisation_id IS NOT NULL`, models.Prepared, employers, words); err != nil {
		return fmt.Errorf("employers: %w", err)
	}
	return nil
}
