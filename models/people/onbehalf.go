package people

import (
	"context"

	"passerelle/models"
)

// OnBehalf is the actor of an account as its rights stand now, for a job that
// goes on with what they began (P9.4, P9.7). An account that is no longer active
// has no rights left.
func OnBehalf(ctx context.Context, tx models.Tx, account models.ID) (models.Actor, error) {
	a, err := scanAccount(tx.PGX.QueryRow(ctx, accountSQL+`WHERE a.id = $1`, models.Prepared, account))
	if err != nil {
		return models.Actor{}, err
	}
	by := models.Actor{Kind: models.ActorAccount, Account: a.ID, Person: a.PersonID, Email: a.Email, Name: a.Identity.Name(), Lang: a.Lang}
	if a.State != Active {
		return by, nil
	}
	if by.Grants, err = grantsOf(ctx, tx, a.ID); err != nil {
		return by, err
	}
	by.StandsIn, err = standInsOf(ctx, tx, a.ID)
	return by, err
}
