package modelstest

import (
	"context"
	"fmt"

	"passerelle/models"
)

// TakeSeats changes the seats of a session as decisions do, without making the
// applications: for tests of what pages, searches and imports do with seats.
func TakeSeats(ctx context.Context, tx models.Tx, session models.ID, n int) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE sessions SET seats_taken = seats_taken + $2 WHERE id = $1`, models.Prepared, session, n)
	if err != nil {
		return fmt.Errorf("take seats: %w", err)
	}
	return nil
}
