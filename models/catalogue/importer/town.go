package importer

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"passerelle/models/catalogue"
)

// town is where a session takes place when its file names a town alone.
type town struct {
	name, department, region string
	people                   int
	several                  bool // more than one of that name, none of which is meant plainly
}

// plainly is how much larger a town is than any other of its name, for that one
// to be meant: Lille is in the Nord although a hamlet bears its name.
const plainly = 10

// towns reads the communes by their folded name.
func (m *merge) towns(ctx context.Context) (map[string]town, error) {
	rows, err := m.tx.PGX.Query(ctx, `SELECT name, department_code, region_code, population FROM cities ORDER BY population DESC`)
	if err != nil {
		return nil, fmt.Errorf("import towns: %w", err)
	}
	all := map[string]town{}
	var t town
	_, err = pgx.ForEachRow(rows, []any{&t.name, &t.department, &t.region, &t.people}, func() error {
		key := catalogue.PlaceKey(t.name)
		first, known := all[key]
		switch {
		case !known:
			all[key] = t
		case !first.several && first.people < plainly*max(t.people, 1):
			first.several = true
			all[key] = first
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("import towns: %w", err)
	}
	return all, nil
}

// town finds the commune that a place names; what is not one plainly is none.
func (s *sessionSet) town(place string) (town, bool) {
	t, ok := s.towns[catalogue.PlaceKey(catalogue.TownName(place))]
	return t, ok && !t.several
}
