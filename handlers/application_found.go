package handlers

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/people"
	"passerelle/views/applications"
	"passerelle/views/paths"
)

// asideCookie keeps the secrets of drafts that somebody here said are not
// theirs: those drafts stay closed and wait for their author (P18.1).
const asideCookie = "passerelle_brouillons_gardes"

// maxAside bounds the secrets put aside in one browser.
const maxAside = 8

// asideSecrets are the secrets put aside, oldest first.
func (c *Call) asideSecrets() []string {
	return strings.FieldsFunc(c.cookie(asideCookie), func(r rune) bool { return r == '.' })
}

func (c *Call) asideKeys() [][]byte {
	keys := [][]byte{}
	for _, s := range c.asideSecrets() {
		keys = append(keys, models.HashToken(s))
	}
	return keys
}

// holds reports that a secret of this browser holds a draft.
func (p *Portal) holds(c *Call, key []byte, id models.ID) (bool, error) {
	found := false
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		drafts, err := application.DraftsOf(ctx, tx, models.Actor{DraftKey: key})
		for _, d := range drafts {
			found = found || d.ID == id
		}
		return err
	})
	return found, err
}

// showFound asks « Est-ce le vôtre ? »: course and date, nothing more (P18.1).
func (p *Portal) showFound(c *Call) error {
	page := applications.FoundPage{Signed: c.Actor.SignedIn()}
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		drafts, err := application.DraftsOf(ctx, tx, c.Actor)
		if err != nil {
			return err
		}
		if len(drafts) == 0 {
			page.Aside = true
			for _, key := range c.asideKeys() {
				aside, err := application.DraftsOf(ctx, tx, models.Actor{DraftKey: key})
				if err != nil {
					return err
				}
				drafts = append(drafts, aside...)
			}
			page.Aside = len(drafts) > 0
		}
		for _, d := range drafts {
			page.Drafts = append(page.Drafts, applications.Found{ID: d.ID.String(), Course: d.Session.Title,
				Begun: p.dayIn(&d.CreatedAt), Erased: p.dayIn(d.ExpiresAt)})
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.noStore()
	return c.Render(applications.FoundDrafts(page))
}

// answerFound goes on with a found draft, or puts it aside.
func (p *Portal) answerFound(c *Call) error {
	if lower(c.Value("reponse")) == "non" {
		return p.putAside(c)
	}
	id, err := uuid.Parse(c.Value("brouillon"))
	if err != nil {
		return models.NotFound("application.not_found")
	}
	if err := p.takeBack(c, id); err != nil {
		return err
	}
	c.recognise()
	if !c.Actor.SignedIn() {
		return c.to(paths.Draft(id.String()))
	}
	var claimed people.Claimed
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		claimed, err = people.ClaimDrafts(ctx, tx, c.Actor, id)
		return err
	})
	if err != nil {
		return err
	}
	if first := claimed.First(); first != uuid.Nil {
		id = first
	}
	return c.to(paths.Application(id.String()))
}

// takeBack makes the secret put aside that holds a draft this browser's own
// again.
func (p *Portal) takeBack(c *Call, id models.ID) error {
	for _, secret := range c.asideSecrets() {
		key := models.HashToken(secret)
		held, err := p.holds(c, key, id)
		if err != nil {
			return err
		}
		if !held {
			continue
		}
		rest := slices.DeleteFunc(c.asideSecrets(), func(s string) bool { return s == secret })
		if present := c.cookie(draftsCookie); present != "" {
			rest = append(rest, present)
		}
		c.keepAside(rest)
		c.setCookie(draftsCookie, secret, draftsCookieLasts)
		c.Actor.DraftKey = key
	}
	return nil
}

// putAside closes the drafts of this browser to whoever sits here now: their
// secret no longer names what this browser begins or signs up for.
func (p *Portal) putAside(c *Call) error {
	if secret := c.cookie(draftsCookie); secret != "" {
		c.keepAside(append(c.asideSecrets(), secret))
	}
	c.setCookie(draftsCookie, "", -1)
	c.setCookie(visitCookie, "", -1)
	return c.to(paths.Home())
}

func (c *Call) keepAside(secrets []string) {
	if len(secrets) == 0 {
		c.setCookie(asideCookie, "", -1)
		return
	}
	c.setCookie(asideCookie, strings.Join(secrets[max(len(secrets)-maxAside, 0):], "."), draftsCookieLasts)
}
