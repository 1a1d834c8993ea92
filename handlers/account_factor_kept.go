package handlers

import (
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
)

// keptCookie names the form that waits until its author has a second factor.
const (
	keptCookie      = "passerelle_reprise"
	keptCookieLasts = 2 * time.Hour // as long as forms are kept
)

// keepUntilEnrolled keeps what staff posted before they had the second factor that the
// portal asks of them: they send it once they have one (P18.10).
func (p *Portal) keepUntilEnrolled(c *Call) error {
	if c.Method() != fiber.MethodPost || c.Route.Body != 0 {
		return nil
	}
	id, err := p.keepForm(c, c.Actor.Account)
	if err != nil {
		return err
	}
	c.setCookie(keptCookie, id.String(), keptCookieLasts)
	return nil
}

// keptForm reports a form that waits in this browser.
func (c *Call) keptForm() bool {
	_, err := uuid.Parse(c.cookie(keptCookie))
	return err == nil
}

// sendKept sends it again, once, as if posted now.
func (p *Portal) sendKept(c *Call) error {
	id := c.cookie(keptCookie)
	c.setCookie(keptCookie, "", -1)
	return p.resume(c, c.Actor, id, p.onward(c.Actor, ""))
}
