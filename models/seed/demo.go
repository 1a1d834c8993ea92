package seed

import (
	"context"

	"passerelle/models"
)

// Demo fills an empty database with the demonstration, and does nothing to one
// that has it; progress receives one line per part.
func Demo(ctx context.Context, db *models.DB, progress func(string)) (Accounts, error) {
	if err := Catalogue(ctx, db, db.Today(), progress); err != nil {
		return Accounts{}, err
	}
	accounts, err := People(ctx, db)
	if err != nil {
		return accounts, err
	}
	if err := Applications(ctx, db, accounts); err != nil {
		return accounts, err
	}
	return accounts, Searches(ctx, db, accounts)
}
