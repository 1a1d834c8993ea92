package handlers

import (
	"context"
	"net/http"

	"passerelle/models"
	"passerelle/models/people"
	"passerelle/views/accounts"
	"passerelle/views/i18n"
	"passerelle/views/paths"
)

// ownDone names what the account page says has just happened.
var ownDone = map[string]string{
	"mot-de-passe": "account.password.changed", "adresse": "account.confirmed", "abandon": "account.email.given_up",
	"langue": "account.language.saved", "connexion": "account.sign_in.ended", "connexions": "account.sign_in.others_ended",
}

func (p *Portal) account(c *Call) error {
	page := accounts.AccountPage{Done: ownDone[c.Query("fait")]}
	var list []people.OpenSignIn
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		a, err := people.Own(ctx, tx, c.Actor)
		if err != nil {
			return err
		}
		page.Identity, page.Email = a.Identity, a.Email
		page.Lang, _ = i18n.Parse(a.Lang)
		if !a.Identity.BirthDate.IsZero() {
			page.Born = day(a.Identity.BirthDate)
		}
		if page.WaitingEmail, err = people.WaitingEmail(ctx, tx, c.Actor); err != nil {
			return err
		}
		f, err := people.FactorsOf(ctx, tx, c.Actor)
		if err != nil {
			return err
		}
		page.Factors = len(f.List)
		list, err = people.SignInsOf(ctx, tx, c.Actor)
		return err
	})
	if err != nil {
		return err
	}
	page.SignIns = p.signInLines(list)
	return c.private(http.StatusOK, accounts.Account(page))
}

func (p *Portal) signInLines(list []people.OpenSignIn) []accounts.OpenSignIn {
	now := p.DB.Clock.Now()
	lines := []accounts.OpenSignIn{}
	for _, s := range list {
		lines = append(lines, accounts.OpenSignIn{ID: s.ID.String(), Device: s.Device, Since: p.moment(s.CreatedAt),
			SeenAgo: int(now.Sub(s.SeenAt).Minutes()), Here: s.Here, How: string(s.How)})
	}
	return lines
}

func (p *Portal) accountLanguage(c *Call) error {
	lang, ok := i18n.Parse(c.Value("lang"))
	if !ok {
		return c.SeeOther(paths.Account())
	}
	err := c.InTx(func(ctx context.Context, tx models.Tx) error { return people.SetLang(ctx, tx, c.Actor, string(lang)) })
	if err != nil {
		return err
	}
	c.setCookie(langCookie, string(lang), preferenceLasts)
	return c.SeeOther(paths.With(paths.Account(), "fait", "langue"))
}

func (p *Portal) passwordForm(c *Call) error {
	return c.private(http.StatusOK, accounts.Password(accounts.PasswordPage{Email: c.Actor.Email}))
}

func (p *Portal) changePassword(c *Call) error {
	err := people.ChangePassword(c.Context(), p.DB, c.Actor, c.Value("current"), c.Value("password"), c.Value("password_again"))
	if status, fields, words, ours := c.refusal(err); ours {
		return c.private(status, accounts.Password(accounts.PasswordPage{Email: c.Actor.Email, Errors: fields, Refusal: words}))
	}
	if err != nil {
		return err
	}
	return c.SeeOther(paths.With(paths.Account(), "fait", "mot-de-passe"))
}

func (p *Portal) emailForm(c *Call) error {
	return p.showEmail(c, http.StatusOK, accounts.EmailPage{Sent: c.Query("envoi") != ""})
}

func (p *Portal) showEmail(c *Call, status int, page accounts.EmailPage) error {
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		page.Waiting, err = people.WaitingEmail(ctx, tx, c.Actor)
		return err
	})
	if err != nil {
		return err
	}
	page.Now = c.Actor.Email
	if p.Demo {
		page.Mailbox = paths.Mailbox()
	}
	return c.private(status, accounts.Email(page))
}

func (p *Portal) changeEmail(c *Call) error {
	if c.Value("action") == "cancel" {
		err := c.InTx(func(ctx context.Context, tx models.Tx) error { return people.CancelEmailChange(ctx, tx, c.Actor) })
		if err != nil {
			return err
		}
		return c.SeeOther(paths.With(paths.Account(), "fait", "abandon"))
	}
	email, again := c.Value("email"), c.Value("email_again")
	err := people.RequestEmailChange(c.Context(), p.DB, c.Actor, email, again, c.Value("current"))
	if status, fields, words, ours := c.refusal(err); ours {
		return p.showEmail(c, status, accounts.EmailPage{New: email, Again: again, Errors: fields, Refusal: words})
	}
	if err != nil {
		return err
	}
	return c.SeeOther(paths.With(paths.AccountEmail(), "envoi", "1"))
}

func (p *Portal) signIns(c *Call) error {
	var list []people.OpenSignIn
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		list, err = people.SignInsOf(ctx, tx, c.Actor)
		return err
	})
	if err != nil {
		return err
	}
	return c.private(http.StatusOK, accounts.SignIns(accounts.SignInsPage{SignIns: p.signInLines(list), Done: ownDone[c.Query("fait")]}))
}

func (p *Portal) endOtherSignIns(c *Call) error {
	err := c.InTx(func(ctx context.Context, tx models.Tx) error { return people.EndOthers(ctx, tx, c.Actor) })
	if err != nil {
		return err
	}
	return c.SeeOther(paths.With(paths.AccountSessions(), "fait", "connexions"))
}

func (p *Portal) endSignIn(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error { return people.EndSignIn(ctx, tx, c.Actor, id) })
	if err != nil {
		return err
	}
	return c.SeeOther(paths.With(paths.AccountSessions(), "fait", "connexion"))
}
