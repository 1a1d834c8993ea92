package people

import (
	"context"
	"fmt"

	"passerelle/models"
	"passerelle/models/mailbox"
)

// Letter is what a mail about an account tells (P11.6).
type Letter struct {
	Name     string
	NewEmail string // of a change of address
	Archived bool
}

// LetterOf reads what one queued mail tells; the neutral one tells nothing of
// the account at all (P18.7). For the job that sends it alone. Not found when
// the account is gone.
func LetterOf(ctx context.Context, tx models.Tx, m mailbox.Row) (Letter, error) {
	var l Letter
	if m.Kind == mailbox.IdentityKnownNeutral {
		return l, nil
	}
	account := m.SubjectID
	if m.SubjectKind == mailbox.OfEmailChange {
		err := tx.PGX.QueryRow(ctx, `SELECT account_id, new_email FROM email_changes WHERE id = $1`, models.Prepared, m.SubjectID).
			Scan(&account, &l.NewEmail)
		if err != nil {
			return l, fmt.Errorf("e-mail change: %w", err)
		}
	}
	a, err := scanAccount(tx.PGX.QueryRow(ctx, accountSQL+`WHERE a.id = $1`, models.Prepared, account))
	l.Name, l.Archived = a.Identity.Name(), a.State == Archived
	return l, err
}
