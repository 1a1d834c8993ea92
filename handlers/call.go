package handlers

import (
	"bytes"
	"context"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"passerelle/models"
	"passerelle/models/people"
	"passerelle/views/i18n"
)

// Call is one request on its way: who asks, in which language, with what form.
type Call struct {
	*fiber.Ctx
	Portal *Portal
	Route  Route
	Actor  models.Actor
	Lang   i18n.Lang
	// ExpiredAccount is whose session ended, when the cookie names one that
	// did: the page can then keep what was posted for them (P18.10).
	ExpiredAccount models.ID
	// half is the sign-in of this browser that waits for a second factor; the
	// actor is nobody until then (P1.13).
	half people.SignInState
	// keptFor is whose draft was posted to without any sign-in: only they may
	// go on with it (P18.10). It names nobody on the page.
	keptFor models.ID
	failed  bool // an error page is being drawn: no further query
	form    url.Values
	ctx     context.Context // built once, with the shell of the page
	topic   string          // what messages speak of, see about
}

// Form is the parsed body of a POST: urlencoded or multipart without files.
// The query string never takes part.
func (c *Call) Form() url.Values { return c.form }

// Value is the first value of a posted field, as typed.
func (c *Call) Value(name string) string { return c.form.Get(name) }

// Text is Value without surrounding blanks.
func (c *Call) Text(name string) string { return strings.TrimSpace(c.form.Get(name)) }

// Partial reports an htmx request for a part of the page.
func (c *Call) Partial() bool {
	return c.Get("HX-Request") == "true" && c.Get("HX-Request-Type") != "full" && c.Get("HX-History-Restore-Request") != "true"
}

// Target is the id of the element that htmx will replace, without "#".
func (c *Call) Target() string {
	t := c.Get("HX-Target")
	if i := strings.LastIndexByte(t, '#'); i >= 0 {
		t = t[i+1:]
	}
	return t
}

// ID reads a UUID of the path; anything else is not found.
func (c *Call) ID(name string) (models.ID, error) {
	id, err := parseID(c.Params(name))
	if err != nil {
		return id, models.NotFound("page.not_found")
	}
	return id, nil
}

// InTx runs a verb in one transaction of the request.
func (c *Call) InTx(fn func(context.Context, models.Tx) error) error {
	return c.Portal.DB.InTx(c.verbContext(), fn)
}

// renew gives the rest of a request its time again, after bytes that came at the
// pace of a network; call the result at the end.
func (c *Call) renew() context.CancelFunc {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.UserContext()), requestDeadline)
	c.SetUserContext(ctx)
	c.ctx = nil
	return cancel
}

// Render answers 200 with a whole component.
func (c *Call) Render(page templ.Component) error { return c.RenderStatus(fiber.StatusOK, page) }

// RenderStatus renders into memory first, so that a fault half-way is an error
// page and never half a page.
func (c *Call) RenderStatus(status int, page templ.Component) error {
	var b bytes.Buffer
	if err := page.Render(c.Context(), &b); err != nil {
		return err
	}
	return c.sendHTML(status, b.Bytes())
}

// Fragments answers an htmx request with the named templ fragments of a page,
// and anyone else with the whole page: same address for part and whole.
func (c *Call) Fragments(status int, page templ.Component, names ...any) error {
	if !c.Partial() {
		return c.RenderStatus(status, page)
	}
	var b bytes.Buffer
	if err := templ.RenderFragments(c.Context(), &b, page, names...); err != nil {
		return err
	}
	return c.sendHTML(status, b.Bytes())
}

func (c *Call) sendHTML(status int, body []byte) error {
	c.Ctx.Set(fiber.HeaderContentType, "text/html; charset=utf-8")
	if c.Route.Policy != Anyone || c.Actor.SignedIn() || len(c.Actor.DraftKey) > 0 {
		c.Ctx.Set(fiber.HeaderCacheControl, "no-store")
	}
	c.Ctx.Append(fiber.HeaderVary, "HX-Request", "HX-Target", "Cookie")
	return c.Status(status).Send(body)
}

// SeeOther sends the browser to a local path after a POST (303).
func (c *Call) SeeOther(path string) error {
	return c.Redirect(path, fiber.StatusSeeOther)
}
