package handlers

import (
	"context"
	"errors"
	"net/http"

	"github.com/a-h/templ"

	"passerelle/models"
	"passerelle/models/people"
	"passerelle/views/accounts"
	"passerelle/views/paths"
)

// private answers a page that no browser, proxy or search engine may keep.
func (c *Call) private(status int, page templ.Component) error {
	c.Ctx.Set("Cache-Control", "no-store")
	c.Ctx.Set("X-Robots-Tag", "noindex")
	return c.RenderStatus(status, page)
}

// linkPage loads the page of a link; GET changes nothing (P17.11). A link that
// can no longer act is 410 with what can be done instead.
func (p *Portal) linkPage(c *Call, purpose models.LinkPurpose, action string) (accounts.LinkPage, int, error) {
	page := accounts.LinkPage{Action: action}
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		var link models.Link
		page.State, link, err = people.LinkPage(ctx, tx, purpose, c.Params("token"))
		page.Email = link.Email
		return err
	})
	if page.State != people.LinkLive {
		return page, http.StatusGone, err
	}
	return page, http.StatusOK, err
}

// refusedLink puts a refusal in words on the link's own page.
func refusedLink(err error) (key string, status int) {
	var e *models.Error
	if !errors.As(err, &e) {
		return "", 0
	}
	switch {
	case e.Kind == models.KindConflict:
		return e.Key, http.StatusConflict
	case e.Kind == models.KindInvalid && len(e.Fields) > 0 && e.Fields[0].Key == "account.email.approver":
		return "account.approver_refused", http.StatusUnprocessableEntity
	}
	return "", 0
}

func (p *Portal) activation(c *Call) error {
	page, status, err := p.linkPage(c, models.LinkActivate, paths.Activate(c.Params("token")))
	if err != nil {
		return err
	}
	return c.private(status, accounts.Activate(page))
}

func (p *Portal) activate(c *Call) error {
	out, err := people.ActivateOrTell(c.Context(), p.DB, c.Actor, c.Params("token"))
	if key, status := refusedLink(err); key != "" {
		return c.private(status, accounts.Activate(accounts.LinkPage{Refusal: key}))
	}
	if models.KindOf(err) == models.KindGone {
		return p.activation(c)
	}
	if err != nil {
		return err
	}
	if out.Choose != "" {
		return c.SeeOther(paths.Reset(out.Choose))
	}
	c.rememberSent(out.Email, p.DB.Clock.Now())
	next := ""
	if first := out.Claimed.First(); first != (models.ID{}) {
		next = paths.Application(first.String())
	}
	return c.SeeOther(paths.With(paths.SignIn(next), "fait", "activation"))
}

func (p *Portal) forgottenForm(c *Call) error {
	return p.showForgotten(c, http.StatusOK, accounts.ForgottenPage{})
}

func (p *Portal) showForgotten(c *Call, status int, page accounts.ForgottenPage) error {
	page.Challenge = people.NewCheck(p.DB)
	return c.private(status, accounts.Forgotten(page))
}

func (p *Portal) forgotten(c *Call) error {
	email := c.Value("email")
	err := people.ForgotPassword(c.Context(), p.DB, c.Actor, email, c.check())
	if status, fields, words, ours := c.refusal(err); ours {
		return p.showForgotten(c, status, accounts.ForgottenPage{Email: email, Errors: fields, Refusal: words})
	}
	if err != nil {
		return err
	}
	mailbox := ""
	if p.Demo {
		mailbox = paths.Mailbox()
	}
	return p.showForgotten(c, http.StatusOK, accounts.ForgottenPage{Sent: true, Mailbox: mailbox})
}

func (p *Portal) resetForm(c *Call) error { return p.showReset(c, 0, nil, "") }

func (p *Portal) showReset(c *Call, status int, fields accounts.Errors, words string) error {
	page, found, err := p.linkPage(c, models.LinkReset, paths.Reset(c.Params("token")))
	if err != nil {
		return err
	}
	if found != http.StatusOK || status == 0 {
		status = found
	}
	return c.private(status, accounts.Reset(accounts.ResetPage{LinkPage: page, Errors: fields, Refused: words}))
}

func (p *Portal) reset(c *Call) error {
	err := people.ResetPassword(c.Context(), p.DB, c.Actor, c.Params("token"), c.Value("password"), c.Value("password_again"))
	if status, fields, words, ours := c.refusal(err); ours {
		return p.showReset(c, status, fields, words)
	}
	if models.KindOf(err) == models.KindGone {
		return p.resetForm(c)
	}
	if err != nil {
		return err
	}
	c.setCookie(signInCookie, "", -1)
	return c.SeeOther(paths.With(paths.SignIn(""), "fait", "mot-de-passe"))
}

func (p *Portal) confirmEmailForm(c *Call) error {
	page, status, err := p.linkPage(c, models.LinkChangeEmail, paths.ConfirmEmail(c.Params("token")))
	if err != nil {
		return err
	}
	return c.private(status, accounts.ConfirmEmail(page))
}

func (p *Portal) confirmEmail(c *Call) error {
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := people.ConfirmEmailChange(ctx, tx, c.Actor, c.Params("token"))
		return err
	})
	if key, status := refusedLink(err); key != "" {
		return c.private(status, accounts.ConfirmEmail(accounts.LinkPage{Refusal: key}))
	}
	if models.KindOf(err) == models.KindGone {
		return p.confirmEmailForm(c)
	}
	if err != nil {
		return err
	}
	if c.Actor.SignedIn() {
		return c.SeeOther(paths.With(paths.Account(), "fait", "adresse"))
	}
	return c.SeeOther(paths.With(paths.SignIn(""), "fait", "adresse"))
}
