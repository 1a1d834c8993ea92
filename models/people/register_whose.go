package people

import (
	"context"
	"fmt"

	"passerelle/models"
	"passerelle/models/form/ident"
)

// theirs reports that the account of a line's address is that of its person. Rights
// never go to somebody whose whole name differs; where the lines hold whole
// identities, neither does an identity that the account has not, but for one
// that nobody has used and whose birth date nobody knew.
func (r register) theirs(a Account, l registered) bool {
	switch {
	case !r.whole:
		return !strangers(a.Identity, l.identity)
	case a.fresh() && a.Identity.BirthDate.IsZero():
		return agree(a.Identity, l.identity)
	}
	return a.Identity.Key() == l.identity.Key()
}

// agree reports one first name and one surname in common, as identities are
// compared (P1.4): a marriage changes only one of the two surnames.
func agree(a, b Identity) bool {
	return plain(a.FirstName) == plain(b.FirstName) && surname(a, b)
}

// strangers reports two identities without any name in common.
func strangers(a, b Identity) bool {
	return plain(a.FirstName) != plain(b.FirstName) && !surname(a, b)
}

func surname(a, b Identity) bool {
	for _, one := range []string{plain(a.BirthName), plain(a.UsualName)} {
		if one != "" && (one == plain(b.BirthName) || one == plain(b.UsualName)) {
			return true
		}
	}
	return false
}

// kept reports that a line stays with its account. One that somebody uses stays
// while the line still names that person: its login and identity are theirs to
// change (P1.5), but rights never follow a line to the account of another. One
// that nobody has used goes with the address that the line says now, and takes its
// identity, unless another line named the person that this one no longer names.
func (r register) kept(ctx context.Context, tx models.Tx, l registered) (bool, error) {
	a, err := accountByID(ctx, tx, l.account)
	if err != nil {
		return false, err
	}
	if !a.fresh() {
		return agree(a.Identity, l.identity), nil
	}
	if strangers(a.Identity, l.identity) {
		if others, err := others(ctx, tx, a.ID, l.id); err != nil || others || (!r.whole && !a.Identity.BirthDate.IsZero()) {
			return false, err
		}
	}
	twin, err := accountOfIdentity(ctx, tx, l.identity.Key(), a.ID)
	if err != nil || !none(twin) || ident.EmailAddress(a.Email) != l.key() {
		return false, err
	}
	return true, r.correct(ctx, tx, a, l)
}

// others reports that another line, of either register, has that account.
func others(ctx context.Context, tx models.Tx, account, line models.ID) (found bool, err error) {
	err = tx.PGX.QueryRow(ctx, `SELECT EXISTS (SELECT FROM staff WHERE account_id = $1 AND id <> $2)
		OR EXISTS (SELECT FROM students WHERE account_id = $1 AND id <> $2)`, models.Prepared, account, line).Scan(&found)
	if err != nil {
		return false, fmt.Errorf("lines of an account: %w", err)
	}
	return found, nil
}

// correct writes the identity of a line into an account that nobody has used; a
// line without birth date leaves a whole identity alone.
func (r register) correct(ctx context.Context, tx models.Tx, a Account, l registered) error {
	if !a.fresh() || l.identity == a.Identity || (!r.whole && !a.Identity.BirthDate.IsZero()) {
		return nil
	}
	return insertPerson(ctx, tx, a.PersonID, l.identity)
}
