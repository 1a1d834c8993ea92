package searching

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Region is a region as a profile chooses it.
type Region struct{ Code, Name string }

// Regions lists the regions by name.
func Regions(ctx context.Context, tx models.Tx) ([]Region, error) {
	rows, err := tx.PGX.Query(ctx, `SELECT code, name FROM regions ORDER BY name`, models.Prepared)
	if err != nil {
		return nil, fmt.Errorf("regions: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Region])
	return list, wrapped("regions", err)
}
