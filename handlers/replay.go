package handlers

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/views/paths"
)

// replayKey holds the actor for whom a kept form is sent again.
const replayKey = "replay"

// askToSignIn answers somebody who must sign in first. What they posted is
// kept sealed and sent again once, for the same account only (P18.10).
func (p *Portal) askToSignIn(c *Call) error {
	next := c.OriginalURL()
	if c.Method() == fiber.MethodGet && !c.Partial() {
		if c.halfWay() && c.Route.Policy != HalfWay {
			return c.SeeOther(paths.With(paths.SignInFactor(), "retour", next))
		}
		if c.Route.Policy == HalfWay {
			next = ""
		}
		return c.SeeOther(paths.SignIn(next))
	}
	if c.Method() == fiber.MethodGet {
		next = paths.Home()
	}
	replay := ""
	if c.Method() == fiber.MethodPost && c.Route.Body == 0 && c.hasExpired() {
		id, err := p.keepForm(c, c.ExpiredAccount)
		if err != nil {
			return err
		}
		replay = id.String()
	}
	return p.signInAgain(c, next, replay)
}

// keepForm seals the posted body for the account that may send it again.
func (p *Portal) keepForm(c *Call, account models.ID) (models.ID, error) {
	id := p.DB.NewID()
	sealed, err := p.seal(id, c.Body())
	if err != nil {
		return id, err
	}
	return id, c.InTx(func(ctx context.Context, tx models.Tx) error {
		return tx.KeepForm(ctx, models.KeptForm{ID: id, Account: account, Path: c.Path(),
			ContentType: c.Ctx.Get("Content-Type"), Body: sealed})
	})
}

// resume goes on after a sign-in: the kept form is sent again as if posted now
// by the actor, else the person goes to next.
func (p *Portal) resume(c *Call, actor models.Actor, replay, next string) error {
	id, err := uuid.Parse(replay)
	if err != nil {
		return c.SeeOther(paths.Local(next))
	}
	var kept models.KeptForm
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		kept, err = tx.TakeForm(ctx, id, actor.Account)
		return err
	})
	if models.KindOf(err) == models.KindNotFound && err != nil {
		return c.SeeOther(paths.Local(next))
	}
	if err != nil {
		return err
	}
	body, err := p.unseal(id, kept.Body)
	if errors.Is(err, errOtherKey) { // the portal's secret key changed: nobody can read it
		return c.SeeOther(paths.Local(next))
	}
	if err != nil {
		return err
	}
	actor.DraftKey = c.Actor.DraftKey
	c.Locals(replayKey, actor)
	c.Request().Header.SetContentType(kept.ContentType)
	c.Request().Header.Del("HX-Request")
	c.Request().SetBody(body)
	c.Path(kept.Path)
	return c.RestartRouting()
}

// seal encrypts a kept form: it may hold everything that a person typed.
func (p *Portal) seal(id models.ID, body []byte) ([]byte, error) {
	aead, err := p.sealer()
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return aead.Seal(nonce, nonce, body, id[:]), nil
}

func (p *Portal) unseal(id models.ID, sealed []byte) ([]byte, error) {
	aead, err := p.sealer()
	if err != nil {
		return nil, fmt.Errorf("kept form: %w", err)
	}
	if len(sealed) < aead.NonceSize() {
		return nil, errOtherKey
	}
	body, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], id[:])
	if err != nil {
		return nil, errOtherKey
	}
	return body, nil
}

var errOtherKey = errors.New("kept form: sealed with another key")

func (p *Portal) sealer() (cipher.AEAD, error) {
	block, err := aes.NewCipher(p.DB.Keys.MAC("replay", nil))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
