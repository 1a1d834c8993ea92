package mail

import (
	"context"

	"passerelle/views/i18n"
)

// AccountData is what the letters about an account need; none names another person.
type AccountData struct {
	Sender   Sender
	Name     string
	URL      string // of the action
	OtherURL string // forgotten password
	Until    i18n.Moment
	NewEmail string
	Archived bool
	At       i18n.Moment
}

// Activation opens an account (P1.3).
func Activation(ctx context.Context, d AccountData) Letter {
	return Letter{
		Subject: i18n.T(ctx, "mail.activation.subject"),
		Preview: i18n.T(ctx, "mail.activation.preview"),
		Title:   i18n.T(ctx, "mail.activation.subject"),
		Parts: []Part{
			hello(ctx, d.Name), text(i18n.T(ctx, "mail.activation.text")),
			action(i18n.T(ctx, "mail.activation.action"), d.URL),
			text(i18n.T(ctx, "mail.activation.until", "date", i18n.DateTime(ctx, d.Until))),
		},
		Foot: []string{i18n.T(ctx, "mail.activation.foot"), question(ctx, d.Sender)},
	}
}

// AlreadyKnown tells the owner of an address that somebody asked for an account with
// it (P1.4); an archived account is led to its reactivation.
func AlreadyKnown(ctx context.Context, d AccountData) Letter {
	parts := []Part{hello(ctx, d.Name), text(i18n.T(ctx, "mail.already_known.text"))}
	if d.Archived {
		parts = append(parts, text(i18n.T(ctx, "mail.already_known.archived", "contact", d.Sender.contact())))
	} else {
		parts = append(parts, action(i18n.T(ctx, "mail.sign_in"), d.URL), text(i18n.T(ctx, "mail.already_known.forgotten", "url", d.OtherURL)))
	}
	return Letter{Subject: i18n.T(ctx, "mail.already_known.subject"), Preview: i18n.T(ctx, "mail.already_known.preview"),
		Title: i18n.T(ctx, "mail.already_known.subject"), Parts: parts,
		Foot: []string{i18n.T(ctx, "mail.already_known.foot"), question(ctx, d.Sender)}}
}

// IdentityKnownOwner tells the address on file that somebody of the same name and birth
// date asked for an account elsewhere (P18.7).
func IdentityKnownOwner(ctx context.Context, d AccountData) Letter {
	return Letter{Subject: i18n.T(ctx, "mail.identity_owner.subject"), Preview: i18n.T(ctx, "mail.identity_owner.preview"),
		Title: i18n.T(ctx, "mail.identity_owner.subject"),
		Parts: []Part{hello(ctx, d.Name), text(i18n.T(ctx, "mail.identity_owner.text")),
			action(i18n.T(ctx, "mail.sign_in"), d.URL), text(i18n.T(ctx, "mail.identity_owner.else", "contact", d.Sender.contact()))},
		Foot: []string{i18n.T(ctx, "mail.identity_owner.foot"), question(ctx, d.Sender)}}
}

// IdentityKnownNeutral answers the address just typed without a word about the account
// that exists (P18.7). It has no name: nobody has proven to be that person.
func IdentityKnownNeutral(ctx context.Context, d AccountData) Letter {
	return Letter{Subject: i18n.T(ctx, "mail.identity_neutral.subject"), Preview: i18n.T(ctx, "mail.identity_neutral.preview"),
		Title: i18n.T(ctx, "mail.identity_neutral.subject"),
		Parts: []Part{hello(ctx, ""), text(i18n.T(ctx, "mail.identity_neutral.text")),
			text(i18n.T(ctx, "mail.identity_neutral.contact", "contact", d.Sender.contact()))},
		Foot: []string{i18n.T(ctx, "mail.identity_neutral.foot")}}
}

// AccountCreated invites somebody to the account that an operator opened (P1.8).
func AccountCreated(ctx context.Context, d AccountData) Letter {
	return Letter{Subject: i18n.T(ctx, "mail.account_created.subject"), Preview: i18n.T(ctx, "mail.account_created.preview"),
		Title: i18n.T(ctx, "mail.account_created.subject"),
		Parts: []Part{hello(ctx, d.Name), text(i18n.T(ctx, "mail.account_created.text")),
			action(i18n.T(ctx, "mail.reset.action"), d.URL), text(i18n.T(ctx, "mail.until", "date", i18n.DateTime(ctx, d.Until)))},
		Foot: []string{i18n.T(ctx, "mail.account_created.foot"), question(ctx, d.Sender)}}
}

// Reset leads to the choice of a new password (P1.6).
func Reset(ctx context.Context, d AccountData) Letter {
	return Letter{Subject: i18n.T(ctx, "mail.reset.subject"), Preview: i18n.T(ctx, "mail.reset.preview"),
		Title: i18n.T(ctx, "mail.reset.subject"),
		Parts: []Part{hello(ctx, d.Name), text(i18n.T(ctx, "mail.reset.text")),
			action(i18n.T(ctx, "mail.reset.action"), d.URL), text(i18n.T(ctx, "mail.until", "date", i18n.DateTime(ctx, d.Until)))},
		Foot: []string{i18n.T(ctx, "mail.reset.foot"), question(ctx, d.Sender)}}
}

// EmailChangeNew asks the new address to confirm (P1.5).
func EmailChangeNew(ctx context.Context, d AccountData) Letter {
	return Letter{Subject: i18n.T(ctx, "mail.email_new.subject"), Preview: i18n.T(ctx, "mail.email_new.preview"),
		Title: i18n.T(ctx, "mail.email_new.subject"),
		Parts: []Part{hello(ctx, d.Name), text(i18n.T(ctx, "mail.email_new.text")),
			action(i18n.T(ctx, "mail.email_new.action"), d.URL), text(i18n.T(ctx, "mail.until", "date", i18n.DateTime(ctx, d.Until)))},
		Foot: []string{i18n.T(ctx, "mail.email_new.foot"), question(ctx, d.Sender)}}
}

// EmailChangeOld tells the old address that another one was asked for (P1.5).
func EmailChangeOld(ctx context.Context, d AccountData) Letter {
	return Letter{Subject: i18n.T(ctx, "mail.email_old.subject"), Preview: i18n.T(ctx, "mail.email_old.preview"),
		Title: i18n.T(ctx, "mail.email_old.subject"),
		Parts: []Part{hello(ctx, d.Name), text(i18n.T(ctx, "mail.email_old.text", "email", d.NewEmail)),
			text(i18n.T(ctx, "mail.email_old.else")), action(i18n.T(ctx, "mail.email_old.action"), d.URL)},
		Foot: []string{i18n.T(ctx, "mail.account.foot"), question(ctx, d.Sender)}}
}

// PasswordChanged tells the address that the password is another one (P1.6, P1.7).
func PasswordChanged(ctx context.Context, d AccountData) Letter {
	return Letter{Subject: i18n.T(ctx, "mail.password_changed.subject"), Preview: i18n.T(ctx, "mail.password_changed.preview"),
		Title: i18n.T(ctx, "mail.password_changed.subject"),
		Parts: []Part{hello(ctx, d.Name), text(i18n.T(ctx, "mail.password_changed.text", "date", i18n.DateTime(ctx, d.At))),
			text(i18n.T(ctx, "mail.password_changed.else")), action(i18n.T(ctx, "mail.password_changed.action"), d.OtherURL)},
		Foot: []string{i18n.T(ctx, "mail.account.foot"), question(ctx, d.Sender)}}
}

// FactorAdded tells the address that a second factor protects the account (P1.13).
func FactorAdded(ctx context.Context, d AccountData) Letter {
	return aboutFactors(ctx, d, "mail.factor_added")
}

// FactorRemoved tells the address that a second factor is gone (P1.13).
func FactorRemoved(ctx context.Context, d AccountData) Letter {
	return aboutFactors(ctx, d, "mail.factor_removed")
}

// RecoveryRenewed tells the address that there are new recovery codes (P1.13).
func RecoveryRenewed(ctx context.Context, d AccountData) Letter {
	return aboutFactors(ctx, d, "mail.recovery_renewed")
}

// RecoveryUsed tells the address that a recovery code served (P1.13).
func RecoveryUsed(ctx context.Context, d AccountData) Letter {
	return aboutFactors(ctx, d, "mail.recovery_used")
}

func aboutFactors(ctx context.Context, d AccountData, key string) Letter {
	return Letter{Subject: i18n.T(ctx, key+".subject"), Preview: i18n.T(ctx, key+".preview"), Title: i18n.T(ctx, key+".subject"),
		Parts: []Part{hello(ctx, d.Name), text(i18n.T(ctx, key+".text", "date", i18n.DateTime(ctx, d.At))),
			text(i18n.T(ctx, "mail.factor.else")), action(i18n.T(ctx, "mail.password_changed.action"), d.OtherURL)},
		Foot: []string{i18n.T(ctx, "mail.account.foot"), question(ctx, d.Sender)}}
}
