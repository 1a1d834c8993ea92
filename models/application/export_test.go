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

// Fire is the one door of the transition table, for tests of every pair of
// state and event.
func Fire(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, e Event, reason string) error {
	a, err := lock(ctx, tx, by, id)
	if err != nil {
		return err
	}
	return fire(ctx, tx, by, &a, e, Firing{Reason: reason})
}
