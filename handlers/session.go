package handlers

import (
	"crypto/rand"
	"encoding/base64"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/people"
	"passerelle/views/i18n"
)

// Names of the cookies. With https they carry the __Host- prefix, which binds
// them to this host and to Secure.
const (
	signInCookie     = "passerelle"
	draftsCookie     = "passerelle_brouillons"
	langCookie       = "langue"
	appearanceCookie = "apparence"
)

const draftsCookieLasts = 180 * 24 * time.Hour

// cookieName is the name under the portal's scheme.
func (p *Portal) cookieName(name string) string {
	if p.Secure() {
		return "__Host-" + name
	}
	return name
}

func (c *Call) setCookie(name, value string, lasts time.Duration) {
	cookie := &fiber.Cookie{Name: c.Portal.cookieName(name), Value: value, Path: "/", HTTPOnly: true,
		Secure: c.Portal.Secure(), SameSite: fiber.CookieSameSiteLaxMode}
	switch {
	case lasts < 0:
		cookie.Expires = time.Unix(1, 0)
	case lasts > 0:
		cookie.Expires = time.Now().Add(lasts)
	}
	c.Ctx.Cookie(cookie)
}

func (c *Call) cookie(name string) string { return c.Cookies(c.Portal.cookieName(name)) }

// identify fills the language and the actor of a call.
func (p *Portal) identify(c *Call) error {
	c.Lang = c.language()
	if replayed, ok := c.Locals(replayKey).(models.Actor); ok {
		c.Actor = replayed
		return nil
	}
	c.Actor = models.Actor{Kind: models.ActorAnonymous}
	if token := c.cookie(signInCookie); token != "" {
		if err := p.signedIn(c, token); err != nil {
			return err
		}
	}
	if secret := c.cookie(draftsCookie); secret != "" {
		c.Actor.DraftKey = models.HashToken(secret)
	}
	c.Actor.Lang = string(c.Lang)
	c.Actor.Device = deviceName(c.Get("User-Agent"))
	return nil
}

func (p *Portal) signedIn(c *Call, token string) error {
	// Not c.Context(): it draws the shell, which depends on who is found here.
	actor, state, err := people.ActorOf(c.UserContext(), p.DB, token)
	if err != nil {
		return err
	}
	switch state.Kind {
	case people.SignInFresh:
		c.Actor = actor
		if c.cookie(langCookie) == "" {
			c.Lang, _ = i18n.Parse(actor.Lang)
		}
	case people.SignInHalf:
		c.half = state
	case people.SignInExpired:
		c.ExpiredAccount = state.Account
	}
	return nil
}

// language: the person's choice, else what their browser asks for, else French.
func (c *Call) language() i18n.Lang {
	if lang, ok := i18n.Parse(c.cookie(langCookie)); ok {
		return lang
	}
	lang, _ := i18n.Parse(c.AcceptsLanguages("fr", "en"))
	return lang
}

// ensureDraftKey gives this browser the secret that holds its drafts before an
// account (P18.1), and returns its hash.
func (c *Call) ensureDraftKey() ([]byte, error) {
	if len(c.Actor.DraftKey) > 0 {
		return c.Actor.DraftKey, nil
	}
	var b [32]byte
	if _, err := rand.Read(b[:]); err != nil {
		return nil, err
	}
	secret := base64.RawURLEncoding.EncodeToString(b[:])
	c.setCookie(draftsCookie, secret, draftsCookieLasts)
	c.Actor.DraftKey = models.HashToken(secret)
	return c.Actor.DraftKey, nil
}

// startSession signs the browser in with a fresh token (rotation, P1.13).
func (c *Call) startSession(token string) { c.setCookie(signInCookie, token, 0) }

// endSession forgets the sign-in of this browser, its drafts' secret too when
// asked: a shared computer must show nothing (P1.14).
func (c *Call) endSession() {
	c.setCookie(signInCookie, "", -1)
	c.setCookie(draftsCookie, "", -1)
	c.Ctx.Set("Clear-Site-Data", `"cache", "storage"`)
}

// hasExpired reports that the cookie names a sign-in that ended.
func (c *Call) hasExpired() bool { return c.ExpiredAccount != uuid.Nil }
