// Package verify owns the portal's invariants, written in SQL apart from the
// verbs that keep them: what must be true of the database at any moment,
// whatever was pressed twice, killed or raced (P6.7, P18.5).
//
// It refuses to mend anything: it reads one consistent snapshot and names what
// is wrong, by rule and object, without personal data.
package verify

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Violation is one object that breaks one invariant.
type Violation struct {
	Rule   string // of the specification
	Name   string // of the invariant
	Object string // id or key of what breaks it
	Detail string // figures and states, never answers or addresses
}

func (v Violation) String() string {
	return fmt.Sprintf("%s %s: %s (%s)", v.Rule, v.Name, v.Object, v.Detail)
}

// shown is how many violations of one invariant are listed.
const shown = 20

// Run checks every invariant on one snapshot and tells what it found and how
// many invariants were checked. For operators (`passerelle verify`) and tests.
func Run(ctx context.Context, db *models.DB) ([]Violation, int, error) {
	var found []Violation
	err := db.InRolledBackTx(ctx, func(ctx context.Context, tx models.Tx) error {
		if _, err := tx.PGX.Exec(ctx, `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`); err != nil {
			return fmt.Errorf("verify: %w", err)
		}
		var err error
		found, err = In(ctx, tx)
		return err
	})
	return found, len(Invariants()), err
}

// In checks every invariant within a transaction.
func In(ctx context.Context, tx models.Tx) ([]Violation, error) {
	found := []Violation{}
	for _, inv := range Invariants() {
		rows, err := tx.PGX.Query(ctx, `WITH portal AS (SELECT $1::timestamptz AS now, $2::date AS today)
			SELECT object::text, detail::text FROM (`+inv.SQL+`) AS broken (object, detail), portal LIMIT $3`, tx.Now, tx.Today(), shown)
		if err != nil {
			return found, fmt.Errorf("verify %s: %w", inv.Name, err)
		}
		v := Violation{Rule: inv.Rule, Name: inv.Name}
		_, err = pgx.ForEachRow(rows, []any{&v.Object, &v.Detail}, func() error { found = append(found, v); return nil })
		if err != nil {
			return found, fmt.Errorf("verify %s: %w", inv.Name, err)
		}
	}
	return found, nil
}
