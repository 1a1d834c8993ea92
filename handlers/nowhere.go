package handlers

import (
	"context"
	"log/slog"
	"slices"
	"strings"

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

// unread prepares the answer to a request that the server could not read, for
// which none of the middlewares ran.
func (p *Portal) unread(ctx *fiber.Ctx) {
	middleware.Number(ctx)
	middleware.SetHeaders(ctx, p.Secure())
	p.Log.LogAttrs(context.Background(), slog.LevelInfo, "request unread", slog.String("id", middleware.RequestIDOf(ctx)))
}
