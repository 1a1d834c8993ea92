package handlers

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"
)

// health says that the process answers.
func (p *Portal) health(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.SendString("ok\n")
}

// ready says that the database answers too; a balancer stops sending people
// here otherwise.
func (p *Portal) ready(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	ctx, cancel := context.WithTimeout(c.UserContext(), 2*time.Second)
	defer cancel()
	if err := p.DB.Pool.Ping(ctx); err != nil {
		c.Set(fiber.HeaderRetryAfter, "2")
		return c.Status(fiber.StatusServiceUnavailable).SendString("database\n")
	}
	return c.SendString("ready\n")
}
