package handlers

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"passerelle/handlers/middleware"
	"passerelle/models"
)

// nowhere answers what no route answered: an address that serves other methods
// says which, anything else does not exist.
func nowhere(table []Route) fiber.Handler {
	exact := fiber.Config{CaseSensitive: true, StrictRouting: true}
	return func(c *fiber.Ctx) error {
		allowed := []string{}
		for _, r := range table {
			if !slices.Contains(allowed, r.Method) && fiber.RoutePatternMatch(c.Path(), r.Path, exact) {
				allowed = append(allowed, r.Method)
			}
		}
		if len(allowed) == 0 {
			return models.NotFound("page.not_found")
		}
		if slices.Contains(allowed, fiber.MethodGet) {
			allowed = append(allowed, fiber.MethodHead)
		}
		c.Set(fiber.HeaderAllow, strings.Join(allowed, ", "))
		return fiber.ErrMethodNotAllowed
	}
}

// How much of a body too large is read and thrown away, for how long, and after
// which silence it is over: a browser sends all of it before it reads the
// answer that says so.
const (
	maxThrown  = 64 << 20
	throwingIn = 10 * time.Second
	overAfter  = 300 * time.Millisecond
)

// unread prepares the answer to a request that the server could not read, for
// which none of the middlewares ran.
func (p *Portal) unread(ctx *fiber.Ctx, err error) {
	middleware.Number(ctx)
	middleware.SetHeaders(ctx, p.Secure())
	tooLarge := errors.Is(err, fiber.ErrRequestEntityTooLarge)
	p.Log.LogAttrs(context.Background(), slog.LevelInfo, "request unread", slog.String("id", middleware.RequestIDOf(ctx)),
		slog.Bool("too_large", tooLarge))
	if conn := ctx.Context().Conn(); tooLarge && conn != nil {
		throwAway(conn)
	}
}

// throwAway reads what a client still sends; its connection is closed next.
func throwAway(conn net.Conn) {
	end := time.Now().Add(throwingIn)
	b := make([]byte, 64<<10)
	for thrown := 0; thrown < maxThrown && time.Now().Before(end); {
		if conn.SetReadDeadline(time.Now().Add(overAfter)) != nil {
			return
		}
		n, err := conn.Read(b)
		if err != nil {
			return
		}
		thrown += n
	}
}
