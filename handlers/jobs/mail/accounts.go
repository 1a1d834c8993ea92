package mail

import (
	"context"

	"passerelle/models"
	"passerelle/models/mailbox"
	"passerelle/models/people"
	views "passerelle/views/mail"
	"passerelle/views/paths"
)

// accountData loads what a letter about an account says; the neutral one says
// nothing of the account at all (P18.7).
func (r Renderer) accountData(ctx context.Context, tx models.Tx, m mailbox.Row) (views.AccountData, error) {
	d := views.AccountData{Sender: r.sender(), URL: r.url(paths.SignIn("")), OtherURL: r.url(paths.ForgottenPassword()), At: moment(tx, m.QueuedAt)}
	l, err := people.LetterOf(ctx, tx, m)
	if err != nil || m.Kind == mailbox.IdentityKnownNeutral {
		return d, err
	}
	d.Name, d.NewEmail, d.Archived = l.Name, l.NewEmail, l.Archived
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
