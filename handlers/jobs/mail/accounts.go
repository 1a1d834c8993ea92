package mail

import (
	"context"
	"fmt"

	"passerelle/models"
	"passerelle/models/mailbox"
	views "passerelle/views/mail"
	"passerelle/views/paths"
)

// accountData loads what a letter about an account says; the neutral one says
// nothing of the account at all (P18.7).
func (r Renderer) accountData(ctx context.Context, tx models.Tx, m mailbox.Row) (views.AccountData, error) {
	d := views.AccountData{Sender: r.sender(), URL: r.url(paths.SignIn("")), OtherURL: r.url(paths.ForgottenPassword()), At: moment(tx, m.QueuedAt)}
	if m.Kind == mailbox.IdentityKnownNeutral {
		return d, nil
	}
	account := m.SubjectID
	if m.SubjectKind == mailbox.OfEmailChange {
		err := tx.PGX.QueryRow(ctx, `SELECT account_id, new_email FROM email_changes WHERE id = $1`, models.Prepared, m.SubjectID).
			Scan(&account, &d.NewEmail)
		if err != nil {
			return d, fmt.Errorf("e-mail change: %w", err)
		}
	}
	var state string
	err := tx.PGX.QueryRow(ctx, `
		SELECT a.state, p.first_name || ' ' || coalesce(nullif(p.usual_name, ''), p.birth_name)
		FROM accounts a JOIN people p ON p.id = a.person_id WHERE a.id = $1`, models.Prepared, account).Scan(&state, &d.Name)
	if err != nil {
		return d, fmt.Errorf("account of a mail: %w", err)
	}
	d.Archived = state == "archived"
	return d, r.accountLink(ctx, tx, m, &d)
}

// accountLink sets the address of the action.
func (r Renderer) accountLink(ctx context.Context, tx models.Tx, m mailbox.Row, d *views.AccountData) error {
	var path func(string) string
	switch m.Kind {
	case mailbox.Activation:
		path = paths.Activate
	case mailbox.Reset, mailbox.AccountCreated:
		path = paths.Reset
	case mailbox.EmailChangeNew:
		path = paths.ConfirmEmail
	case mailbox.EmailChangeOld:
		d.URL = r.url(paths.AccountEmail())
		return nil
	default:
		return nil
	}
	url, until, err := r.link(ctx, tx, m, path)
	d.URL, d.Until = url, moment(tx, until)
	return err
}
