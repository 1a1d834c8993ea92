package handlers

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"passerelle/models"
	"passerelle/models/people"
	"passerelle/views/accounts"
	"passerelle/views/paths"
)

// trustCookie holds the secret of a device where the second factor is not
// asked for 30 days (P1.13).
const (
	trustCookie      = "passerelle_confiance"
	trustCookieLasts = 30 * 24 * time.Hour
	// issuer names the portal in applications and passkeys.
	issuer = "Passerelle"
)

// halfWay reports that this browser's sign-in waits for a second factor.
func (c *Call) halfWay() bool { return c.half.Kind == people.SignInHalf }

// passkeysHere reports that browsers offer passkeys under the name by which
// the portal was asked.
func (p *Portal) passkeysHere(c *Call) bool {
	host := c.Hostname()
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return p.passkeys != nil && host == p.passkeys.Host
}

// mustEnrol reports staff who have no second factor where one is required: they
// reach the pages that add one and nothing else (P1.13). A demonstration never
// requires it.
func (p *Portal) mustEnrol(c *Call) (must bool, err error) {
	if p.Demo || c.Route.Enrols || !c.Actor.SignedIn() || c.Actor.Factor != "" || len(c.Actor.Grants) == 0 {
		return false, nil
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		must, err = people.FactorRequired(ctx, tx, c.Actor)
		return err
	})
	return must, err
}

// enrolFirst leads to the page that adds a second factor; what was posted is kept.
func (p *Portal) enrolFirst(c *Call, err error) error {
	if err == nil {
		err = p.keepUntilEnrolled(c)
	}
	if err != nil {
		return err
	}
	if c.Partial() {
		c.Ctx.Set("HX-Redirect", paths.Factors())
		return c.SendStatus(http.StatusNoContent)
	}
	return c.SeeOther(paths.Factors())
}

// askFactor leads a half-way sign-in to its page, with where it was going.
func (p *Portal) askFactor(c *Call, from accounts.SignInPage) error {
	if c.Partial() {
		return p.showFactor(c, http.StatusUnauthorized, accounts.FactorPage{Next: from.Next, For: from.For, Shared: from.Shared})
	}
	return c.SeeOther(paths.With(paths.SignInFactor(), "retour", from.Next, "reprise", from.Replay, "partage", shared(from.Shared)))
}

func shared(yes bool) string {
	if yes {
		return "1"
	}
	return ""
}

func (p *Portal) factorForm(c *Call) error {
	return p.showFactor(c, http.StatusOK, accounts.FactorPage{Next: c.Query("retour"), Replay: c.Query("reprise"), Shared: c.Query("partage") != ""})
}

func (p *Portal) showFactor(c *Call, status int, page accounts.FactorPage) error {
	page.Passkeys = p.passkeysHere(c)
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		f, err := people.HalfFactors(ctx, tx, c.half)
		page.TOTP, page.Passkey = f.Has(people.ByTOTP), f.Has(people.ByPasskey)
		if f.Unreadable() && page.Refusal == "" && len(page.Errors) == 0 {
			page.Refusal = c.T(people.KeyUnreadable)
		}
		return err
	})
	if err != nil {
		return err
	}
	if c.Partial() {
		return c.private(status, accounts.FactorDialog(page))
	}
	return c.private(status, accounts.AskFactor(page))
}

// passFactor takes the code that ends a half-way sign-in.
func (p *Portal) passFactor(c *Call) error {
	page := accounts.FactorPage{Next: c.Value("next"), Replay: c.Value("replay"), For: c.Value("for"), Shared: c.Value("shared") != "",
		Remember: c.Value("remember") != ""}
	out, err := people.PassCode(c.Context(), p.DB, c.Actor, c.half, people.CodeInput{Code: c.Value("code"), Remember: page.Remember && !page.Shared,
		Device: c.Actor.Device, Known: c.cookie(deviceCookie), Address: c.Client()})
	if status, fields, words, ours := c.refusal(err); ours {
		page.Errors, page.Refusal = fields, words
		return p.showFactor(c, status, page)
	}
	if models.KindOf(err) == models.KindNotFound && err != nil {
		return c.SeeOther(paths.SignIn(page.Next)) // ended in between
	}
	if err != nil {
		return err
	}
	return p.welcome(c, out, page.SignIn())
}

// passkeyOptions gives a browser what it needs to use a passkey: the same for
// everyone.
func (p *Portal) passkeyOptions(c *Call) error {
	ceremony, err := p.passkeys.BeginSignIn(p.DB)
	if err != nil {
		return err
	}
	c.Ctx.Set("Cache-Control", "no-store")
	return c.JSON(ceremony)
}

// passkeySignIn signs in by a passkey alone, which is both factors.
func (p *Portal) passkeySignIn(c *Call) error {
	page := accounts.SignInPage{Shared: c.Value("shared") != "", Next: c.Value("next"), Replay: c.Value("replay"), For: c.Value("for"), Kept: c.Value("replay") != ""}
	out, err := p.passkeys.SignIn(c.Context(), p.DB, c.Actor, c.Value("sealed"), c.Value("answer"),
		people.SignInInput{Device: c.Actor.Device, Half: c.half.SignIn, Address: c.Client()})
	if status, _, words, ours := c.refusal(err); ours {
		if c.halfWay() {
			return p.showFactor(c, status, accounts.FactorPage{Next: page.Next, Replay: page.Replay, For: page.For, Shared: page.Shared, Refusal: words})
		}
		page.Refusal = words
		return p.showSignIn(c, status, page)
	}
	if err != nil {
		return err
	}
	return p.welcome(c, out, page)
}

// needsProof reports a change of factors refused until the person says again
// who they are.
func needsProof(err error) bool {
	var e *models.Error
	return errors.As(err, &e) && e.Key == people.KeyProve
}
