package handlers

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/views/paths"
)

// replayKey holds the actor for whom a kept form is sent again.
const replayKey = "replay"

// replayLasts is how long what was posted with an ended session is kept.
const replayLasts = 2 * time.Hour

// askToSignIn answers somebody who must sign in first. What they posted is
// kept sealed and sent again once, for the same account only (P18.10).
func (p *Portal) askToSignIn(c *Call) error {
	next := c.OriginalURL()
	if c.Method() == fiber.MethodGet && !c.Partial() {
		return c.SeeOther(paths.SignIn(next))
	}
	if c.Method() == fiber.MethodGet {
		next = paths.Home()
	}
	replay := ""
	if c.Method() == fiber.MethodPost && c.hasExpired() {
		id, err := p.keepForm(c)
		if err != nil {
			return err
		}
		replay = id.String()
	}
	return p.signInAgain(c, next, replay)
}

// keepForm seals the posted body for the account whose session ended.
func (p *Portal) keepForm(c *Call) (models.ID, error) {
	id := p.DB.NewID()
	sealed, err := p.seal(id, c.Body())
	if err != nil {
		return id, err
	}
	return id, c.InTx(func(ctx context.Context, tx models.Tx) error {
		_, err := tx.PGX.Exec(ctx, `
			INSERT INTO replays (id, account_id, method, path, content_type, body, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			models.Prepared, id, c.ExpiredAccount, c.Method(), c.Path(), c.Ctx.Get("Content-Type"), sealed, tx.Now)
		return err
	})
}

type keptForm struct {
	path, contentType string
	body              []byte
}

// takeForm spends a kept form; nothing when it is unknown, spent, too old or
// another account's.
func (p *Portal) takeForm(ctx context.Context, tx models.Tx, id models.ID, account models.ID) (keptForm, bool, error) {
	var k keptForm
	var sealed []byte
	err := tx.PGX.QueryRow(ctx, `
		UPDATE replays SET used_at = $3, body = ''
		FROM (SELECT body AS kept FROM replays WHERE id = $1 FOR UPDATE) old
		WHERE id = $1 AND account_id = $2 AND used_at IS NULL AND created_at > $4
		RETURNING path, content_type, old.kept`, models.Prepared, id, account, tx.Now, tx.Now.Add(-replayLasts)).
		Scan(&k.path, &k.contentType, &sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return k, false, nil
	}
	if err != nil {
		return k, false, fmt.Errorf("kept form: %w", err)
	}
	k.body, err = p.unseal(id, sealed)
	return k, err == nil, err
}

// resume goes on after a sign-in: the kept form is sent again as if posted now
// by the actor, else the person goes to next.
func (p *Portal) resume(c *Call, actor models.Actor, replay, next string) error {
	id, err := uuid.Parse(replay)
	if err != nil {
		return c.SeeOther(paths.Local(next))
	}
	var kept keptForm
	var found bool
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		kept, found, err = p.takeForm(ctx, tx, id, actor.Account)
		return err
	})
	if err != nil {
		return err
	}
	if !found {
		return c.SeeOther(paths.Local(next))
	}
	actor.DraftKey = c.Actor.DraftKey
	c.Locals(replayKey, actor)
	c.Request().Header.SetContentType(kept.contentType)
	c.Request().Header.Del("HX-Request")
	c.Request().SetBody(kept.body)
	c.Path(kept.path)
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
	if err != nil || len(sealed) < aead.NonceSize() {
		return nil, fmt.Errorf("kept form: sealed with another key: %w", err)
	}
	return aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], id[:])
}

func (p *Portal) sealer() (cipher.AEAD, error) {
	block, err := aes.NewCipher(p.DB.Keys.MAC("replay", nil))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
