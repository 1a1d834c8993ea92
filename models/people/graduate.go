package people

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// SettleGraduates computes how lines of the register of graduates are looked up: by
// the identity with the birth name, and with the usual name (P1.10, P1.4). For
// administrators and operators who import; anybody else finds nothing.
func SettleGraduates(ctx context.Context, tx models.Tx, by models.Actor, ids []models.ID) error {
	if by.Kind != models.ActorOperator && !by.Everywhere(models.RoleAdmin) {
		return models.NotFound("page.not_found")
	}
	rows, err := tx.PGX.Query(ctx, `SELECT id, birth_name, usual_name, first_name, birth_date FROM graduates WHERE id = ANY ($1)`, models.Prepared, ids)
	if err != nil {
		return fmt.Errorf("graduates: %w", err)
	}
	var id models.ID
	var birth, usual, first string
	var born time.Time
	found, births, usuals := make([]models.ID, 0, len(ids)), make([]string, 0, len(ids)), make([]string, 0, len(ids))
	_, err = pgx.ForEachRow(rows, []any{&id, &birth, &usual, &first, &born}, func() error {
		key, other := Identity{BirthName: birth, FirstName: first, BirthDate: born}.Key(), ""
		if usual != "" {
			other = Identity{BirthName: usual, FirstName: first, BirthDate: born}.Key()
		}
		if other == key {
			other = ""
		}
		found, births, usuals = append(found, id), append(births, key), append(usuals, other)
		return nil
	})
	if err != nil {
		return fmt.Errorf("graduates: %w", err)
	}
	if _, err := tx.PGX.Exec(ctx, `UPDATE graduates g SET birth_key = x.birth, usual_key = x.usual
		FROM unnest($1::uuid[], $2::text[], $3::text[]) AS x (id, birth, usual) WHERE g.id = x.id`, models.Prepared, found, births, usuals); err != nil {
		return fmt.Errorf("graduates: %w", err)
	}
	return nil
}
