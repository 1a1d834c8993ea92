package search

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// objects lists what was found whole, in its order, for lists that the database
// sorts and cuts by itself.
func (p *Postgres) objects(ctx context.Context, run *run) ([]models.ID, error) {
	slices.SortFunc(run.found, run.compare)
	numbers := make([]int32, 0, len(run.found))
	for _, c := range run.found[:min(len(run.found), MostObjects)] {
		numbers = append(numbers, int32(c.no))
	}
	rows, err := p.db.Pool.Query(ctx, `SELECT object_id FROM search_documents d JOIN unnest($1::int[]) WITH ORDINALITY u (no, place) ON u.no = d.no ORDER BY u.place`,
		models.Prepared, numbers)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[models.ID])
}
