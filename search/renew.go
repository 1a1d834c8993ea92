package search

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/searching"
)

// renewed is how many objects are made again at once: whoever changes one of
// them waits for that long.
const renewed = 1000

// Renew goes on with a rebuild that was asked for (searching.Ask) until its end
// or a time, a part of the catalogue after the other, each in a transaction of
// its own: searches and changes go on meanwhile, and what was cut goes on where
// it was. done tells whether there is nothing left. Called by the jobs.
func Renew(ctx context.Context, db *models.DB, id models.ID, until time.Time) (done bool, err error) {
	for !done && time.Now().Before(until) {
		err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
			done, err = RenewPart(ctx, tx, id)
			return err
		})
		if errors.Is(err, searching.ErrAbandoned) {
			return true, nil // stopped by somebody: what was made is right
		}
		if err != nil {
			return false, err
		}
	}
	return done, nil
}

// RenewPart makes the next part of a rebuild, in the transaction that notes it.
func RenewPart(ctx context.Context, tx models.Tx, id models.ID) (done bool, err error) {
	u, err := searching.Hold(ctx, tx, id)
	if err != nil {
		return false, err
	}
	kind, after := place(u.Place)
	last, n, err := catalogue.ReindexPart(ctx, tx, kind, after, renewed)
	if err != nil {
		return false, err
	}
	kinds := catalogue.Kinds()
	next := string(kind) + " " + last.String()
	if n < renewed {
		at := slices.Index(kinds, kind) + 1
		if done = at == len(kinds); !done {
			next = string(kinds[at])
		}
	}
	if err := searching.Advance(ctx, tx, id, next, n); err != nil || !done {
		return false, err
	}
	if err := catalogue.DropStale(ctx, tx); err != nil {
		return false, err
	}
	return true, searching.Finish(ctx, tx, id)
}

// place reads where a rebuild stands: a kind and the last object done.
func place(text string) (catalogue.Kind, models.ID) {
	name, after, _ := strings.Cut(text, " ")
	kind := catalogue.Kind(name)
	if !slices.Contains(catalogue.Kinds(), kind) {
		return catalogue.Kinds()[0], models.ID{}
	}
	id, _ := uuid.Parse(after)
	return kind, id
}
