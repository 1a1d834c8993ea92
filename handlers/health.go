package handlers

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"passerelle/search"
)

// health says that the process answers.
func (p *Portal) health(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.SendString("ok\n")
}

// startPatience is how long a question about readiness is kept waiting for the
// search: shorter than any probe waits.
const startPatience = 500 * time.Millisecond

// ready says that the database answers too, and that the documents of the search
// are loaded; a balancer stops sending people here otherwise.
func (p *Portal) ready(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	if p.leaving.Load() {
		return c.Status(fiber.StatusServiceUnavailable).SendString("leaving\n")
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), 2*time.Second)
	defer cancel()
	if err := p.DB.Pool.Ping(ctx); err != nil {
		c.Set(fiber.HeaderRetryAfter, "2")
		return c.Status(fiber.StatusServiceUnavailable).SendString("database\n")
	}
	if own := p.own(); own != nil && startingSearch(c.UserContext(), own) {
		c.Set(fiber.HeaderRetryAfter, "2")
		return c.Status(fiber.StatusServiceUnavailable).SendString("search\n")
	}
	return c.SendString("ready\n")
}

// Leave has /readyz send new people elsewhere while those who came are still answered
// (P15.5). For the process that is told to stop.
func (p *Portal) Leave() { p.leaving.Store(true) }

func startingSearch(ctx context.Context, own *search.Postgres) bool {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	return own.Starting(ctx)
}
