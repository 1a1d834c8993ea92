package handlers

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/views/applications"
	"passerelle/views/i18n"
	"passerelle/views/paths"
)

// visitCookie says that this browser recognised its unclaimed drafts a moment
// ago; it gives no right, the draft's secret does (P18.1).
const visitCookie = "passerelle_reprise"

// visitLasts is how long a draft stays recognised without being touched.
const visitLasts = 2 * time.Hour

// recognise notes that whoever sits here said the drafts are theirs.
func (c *Call) recognise() {
	if len(c.Actor.DraftKey) > 0 {
		c.setCookie(visitCookie, hex.EncodeToString(c.Actor.DraftKey[:8]), visitLasts)
	}
}

// recognised reports that a draft can be opened without asking whose it is: it
// belongs to the account, or this visit has said so (P18.1).
func (c *Call) recognised(a application.Application) bool {
	if a.Account != uuid.Nil {
		return true
	}
	return len(c.Actor.DraftKey) > 8 && c.cookie(visitCookie) == hex.EncodeToString(c.Actor.DraftKey[:8])
}

// orSignIn answers for an application that a visitor cannot see: it may be
// theirs once signed in. What they posted is kept sealed for its owner, without
// telling who that is (P18.10). Who is signed in gets the error.
func (p *Portal) orSignIn(c *Call, id models.ID, refusal error) error {
	if models.KindOf(refusal) != models.KindNotFound || c.Actor.SignedIn() {
		return refusal
	}
	if c.Method() != fiber.MethodPost || c.hasExpired() {
		return p.askToSignIn(c)
	}
	var owner models.ID
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		owner, err = application.OwnerOf(ctx, tx, id)
		return err
	})
	if err != nil {
		return err
	}
	if owner == uuid.Nil {
		return p.askToSignIn(c)
	}
	c.keptFor = owner
	kept, err := p.keepForm(c, owner)
	if err != nil {
		return err
	}
	return p.signInAgain(c, c.OriginalURL(), kept.String())
}

// moved leads away from a page that its application has outlived: the receipt
// of what was sent, the first application instead of a second. Any other error
// is returned.
func (p *Portal) moved(c *Call, id models.ID, refusal error) error {
	var e *models.Error
	if !errors.As(refusal, &e) {
		return refusal
	}
	switch e.Key {
	case "application.already_submitted":
		return c.to(paths.Application(id.String()))
	case "application.already_have":
		if have, ok := e.Data.(application.AlreadyHave); ok {
			return c.to(paths.Application(have.Application.String()))
		}
	}
	return p.orSignIn(c, id, refusal)
}

// to goes to another page; for a request of htmx the whole page goes.
func (c *Call) to(path string) error {
	if c.Partial() {
		c.Ctx.Set("HX-Redirect", path)
		return c.SendStatus(http.StatusNoContent)
	}
	return c.SeeOther(path)
}

// private marks a page as nobody else's to keep.
func (c *Call) noStore() { c.Ctx.Set(fiber.HeaderCacheControl, "no-store") }

// session is sessionView, and makes the page speak of it.
func (c *Call) session(s application.Session) applications.Session {
	c.about(s.Kind())
	return sessionView(s)
}

// sessionView is a session in the words of the applicant's screens.
func sessionView(s application.Session) applications.Session {
	return applications.Session{Admission: s.Kind() == application.Admission, Institution: s.Institution, Course: s.Title, Reference: s.Reference, StartsOn: day(s.StartsOn), EndsOn: day(s.EndsOn),
		ClosesOn: day(s.ClosesOn), Place: s.Place, Remote: s.Modality == "remote"}
}

// dayIn is the civil date of an instant in the portal's zone, zero for none.
func (p *Portal) dayIn(t *time.Time) i18n.Day {
	if t == nil {
		return i18n.Day{}
	}
	return day(models.Date(*t, p.DB.Zone))
}

// fieldWords translates the field errors of a verb, by field.
func (c *Call) fieldWords(e *models.Error) map[string]string {
	words := map[string]string{}
	for _, f := range e.Fields {
		if words[f.Field] == "" {
			words[f.Field] = c.T(f.Key, f.Args...)
		}
	}
	return words
}

// asError finds ours behind an error, of one kind.
func asError(err error, kind models.Kind) (*models.Error, bool) {
	var e *models.Error
	ok := errors.As(err, &e) && e.Kind == kind
	return e, ok
}

// lower is a posted choice without its case.
func lower(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
