package handlers

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/people"
	"passerelle/views/accounts"
	"passerelle/views/paths"
)

// deviceCookie marks a browser where its owner signed in before (P1.13).
const (
	deviceCookie      = "passerelle_appareil"
	deviceCookieLasts = 365 * 24 * time.Hour
)

// done names what the sign-in page says has just happened.
var done = map[string]string{
	"activation": "account.activated", "mot-de-passe": "account.reset.done", "adresse": "account.confirmed",
	"deconnexion": "account.signed_out",
}

func (p *Portal) signInForm(c *Call) error {
	next := c.Query("retour")
	if c.Actor.SignedIn() {
		return c.SeeOther(p.onward(c.Actor, next))
	}
	page := accounts.SignInPage{Next: next, Notice: done[c.Query("fait")], HasDraft: len(c.Actor.DraftKey) > 0}
	if c.Query("fait") == "activation" {
		page.Email, _, _ = c.recallSent() // this browser alone holds it, signed
	}
	page.Passkeys = p.passkeysHere(c)
	return c.private(http.StatusOK, accounts.SignIn(page))
}

// onward is where a signed-in person goes on: where they came from, else their
// own first page.
func (p *Portal) onward(a models.Actor, next string) string {
	if next != "" && !strings.HasPrefix(next, "/connexion") {
		return paths.Local(next)
	}
	switch {
	case a.Has(models.RoleAdmin):
		return paths.Administration()
	case a.Has(models.RoleOfficer):
		return paths.Desk()
	}
	return paths.MyApplications()
}

// signInAgain answers somebody whose session ended: over the page for htmx,
// else a page that carries what was kept (P18.10).
func (p *Portal) signInAgain(c *Call, next, replay string) error {
	page := accounts.SignInPage{Next: next, Replay: replay, Kept: replay != ""}
	if c.keptFor != uuid.Nil {
		page.For = c.keptFor.String()
	}
	if c.hasExpired() {
		page.For = c.ExpiredAccount.String()
		err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
			page.Email, err = people.AddressOf(ctx, tx, c.ExpiredAccount)
			return err
		})
		if err != nil {
			return err
		}
	}
	return p.showSignIn(c, http.StatusUnauthorized, page)
}

func (p *Portal) showSignIn(c *Call, status int, page accounts.SignInPage) error {
	if c.Partial() {
		page.Replay, page.Fixed = "", page.Email != "" && page.For != ""
		return c.private(status, accounts.SignInDialog(page))
	}
	page.Passkeys = p.passkeysHere(c)
	return c.private(status, accounts.SignIn(page))
}

func (p *Portal) signIn(c *Call) error {
	page := accounts.SignInPage{Email: c.Value("email"), Shared: c.Value("shared") != "", Next: c.Value("next"),
		Replay: c.Value("replay"), For: c.Value("for"), Kept: c.Value("replay") != ""}
	out, err := people.SignIn(c.Context(), p.DB, c.Actor, people.SignInInput{Email: strings.TrimSpace(page.Email), Password: c.Value("password"),
		Device: c.Actor.Device, Known: c.cookie(deviceCookie), Trusted: c.cookie(trustCookie), Half: c.half.SignIn, Address: c.Client()})
	if status, _, words, ours := c.refusal(err); ours {
		page.Refusal = words
		return p.showSignIn(c, status, page)
	}
	if err != nil {
		return err
	}
	if out.Half {
		c.startSession(out.Token)
		if _, c.half, err = people.ActorOf(c.UserContext(), p.DB, out.Token); err != nil {
			return err
		}
		return p.askFactor(c, page)
	}
	return p.welcome(c, out, page)
}

// welcome goes on once somebody is whole signed in: over the page that waited,
// with the form that was kept, or where they were going.
func (p *Portal) welcome(c *Call, out people.SignedIn, page accounts.SignInPage) error {
	c.startSession(out.Token)
	if !page.Shared {
		c.setCookie(deviceCookie, out.Known, deviceCookieLasts)
		if out.Trusted != "" {
			c.setCookie(trustCookie, out.Trusted, trustCookieLasts)
		}
	}
	if c.Partial() {
		return p.resumeOverlay(c, out.Actor, page)
	}
	if page.Replay != "" {
		return p.resume(c, out.Actor, page.Replay, p.onward(out.Actor, page.Next))
	}
	return c.SeeOther(p.onward(out.Actor, page.Next))
}

// resumeOverlay closes the dialog over a page and lets the page send again what
// was refused, for the same account only; another one leaves that page.
func (p *Portal) resumeOverlay(c *Call, actor models.Actor, page accounts.SignInPage) error {
	expected, err := uuid.Parse(page.For)
	if err != nil || expected != actor.Account {
		c.Ctx.Set("HX-Redirect", p.onward(actor, ""))
		return c.SendStatus(http.StatusNoContent)
	}
	c.Ctx.Set("HX-Trigger", "pf:signed-in")
	return c.SendStatus(http.StatusNoContent)
}

// signOut ends the sign-in and forgets what this browser held (P1.14).
func (p *Portal) signOut(c *Call) error {
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		if err := people.GiveUp(ctx, tx, c.half); err != nil {
			return err
		}
		return people.SignOut(ctx, tx, c.Actor)
	})
	if err != nil {
		return err
	}
	c.endSession()
	return c.SeeOther(paths.With(paths.SignIn(""), "fait", "deconnexion"))
}
