package catalogue

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// structureNumbers gives the numbers of structures by name, numbering those that
// the search meets for the first time. A text that is no name has none.
func structureNumbers(ctx context.Context, tx models.Tx, documents []Document) (map[string]uint32, error) {
	numbers, names := map[string]uint32{}, []string{}
	for _, d := range documents {
		if _, known := numbers[d.Structure]; !known && d.Structure != "" {
			numbers[d.Structure] = 0
			names = append(names, d.Structure)
		}
	}
	if len(names) == 0 {
		return numbers, nil
	}
	// In the order of their keys, so that two writers never wait for each other
	// in a ring.
	if _, err := tx.PGX.Exec(ctx, `
		INSERT INTO structures (slug, name)
		SELECT slug, min(name) FROM (SELECT structure_slug(n) AS slug, structure_name(n) AS name FROM unnest($1::text[]) n) x
		WHERE slug <> '' AND NOT EXISTS (SELECT FROM structures s WHERE s.slug = x.slug)
		GROUP BY slug ORDER BY slug ON CONFLICT (slug) DO NOTHING`, models.Prepared, names); err != nil {
		return nil, fmt.Errorf("structures: %w", err)
	}
	rows, err := tx.PGX.Query(ctx, `SELECT n, s.no FROM unnest($1::text[]) n JOIN structures s ON s.slug = structure_slug(n)`, models.Prepared, names)
	if err != nil {
		return nil, fmt.Errorf("structures: %w", err)
	}
	var name string
	var no int32
	if _, err := pgx.ForEachRow(rows, []any{&name, &no}, func() error { numbers[name] = uint32(no); return nil }); err != nil {
		return nil, fmt.Errorf("structures: %w", err)
	}
	return numbers, nil
}
