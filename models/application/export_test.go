package application

import (
	"context"

	"passerelle/models"
)

// Leave ends an application the way every departure does, for tests of what
// the session does then.
func Leave(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) error {
	a, err := lockSeats(ctx, tx, by, id)
	if err != nil {
		return err
	}
	if err := fire(ctx, tx, by, &a, EventWithdraw, Firing{Cause: "withdrawn"}); err != nil {
		return err
	}
	return freeSeat(ctx, tx, by, a.Session.ID)
}
