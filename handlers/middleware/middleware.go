// Package middleware holds what every request passes through: request number,
// deadline, recovery, security headers, origin check, rate limits, access log
// and metrics.
//
// It knows no page and no rule of the product, and logs no personal data: the
// route's pattern stands for the path, and no query value is written.
package middleware

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

const requestIDKey = "request_id"

// RequestID numbers every request; the number is shown on error pages and
// written in the log.
func RequestID() fiber.Handler {
	return func(c *fiber.Ctx) error {
		Number(c)
		return c.Next()
	}
}

// Number gives a request its number.
func Number(c *fiber.Ctx) {
	var b [8]byte
	_, _ = rand.Read(b[:])
	id := hex.EncodeToString(b[:])
	c.Locals(requestIDKey, id)
	c.Set("X-Request-Id", id)
}

// OneLength ends the connection of a request sent in chunks, as browsers never
// send a form: what follows it could be read differently by a proxy before us.
func OneLength() fiber.Handler {
	const name = "transfer-encoding:"
	return func(c *fiber.Ctx) error {
		// The server has taken the header away by now; the bytes are still there.
		for raw := c.Request().Header.RawHeaders(); len(raw) > len(name); {
			if bytes.EqualFold(raw[:len(name)], []byte(name)) {
				c.Context().SetConnectionClose()
				break
			}
			end := bytes.IndexByte(raw, '\n')
			if end < 0 {
				break
			}
			raw = raw[end+1:]
		}
		return c.Next()
	}
}

// RequestIDOf is the number of the request.
func RequestIDOf(c *fiber.Ctx) string {
	id, _ := c.Locals(requestIDKey).(string)
	return id
}

// Deadline bounds every request; verbs receive it through their context.
func Deadline(d time.Duration) fiber.Handler {
	return func(c *fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(context.Background(), d)
		defer cancel()
		c.SetUserContext(ctx)
		return c.Next()
	}
}

// Recover turns a panic into an error that the error page shows with its
// request number.
func Recover(log *slog.Logger) fiber.Handler {
	return func(c *fiber.Ctx) (err error) {
		defer func() {
			if r := recover(); r != nil {
				log.Error("panic", "request", RequestIDOf(c), "cause", r, "stack", string(debug.Stack()))
				err = fiber.ErrInternalServerError
			}
		}()
		return c.Next()
	}
}

// Policy of content: nothing inline, nothing from elsewhere.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"

// Headers sets the security headers of every response, errors included.
func Headers(secure bool) fiber.Handler {
	return func(c *fiber.Ctx) error {
		SetHeaders(c, secure)
		return c.Next()
	}
}

// SetHeaders sets them on one response.
func SetHeaders(c *fiber.Ctx, secure bool) {
	h := &c.Response().Header
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// SameOrigin refuses unsafe methods that another site asks for: no token in
// pages, the browser itself says where the request comes from.
func SameOrigin(baseURL string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		switch c.Method() {
		case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions:
			return c.Next()
		}
		switch c.Get("Sec-Fetch-Site") {
		case "same-origin", "none":
			return c.Next()
		case "":
			if o := c.Get("Origin"); o != "" && strings.EqualFold(o, baseURL) {
				return c.Next()
			}
		}
		return fiber.ErrForbidden
	}
}

// AccessLog writes one line per request: pattern, status, time, never a path,
// an address or a query.
func AccessLog(log *slog.Logger, observe func(route, method string, status int, took time.Duration)) fiber.Handler {
	return func(c *fiber.Ctx) error {
		start := time.Now()
		err := c.Next()
		if err != nil {
			if handled := c.App().ErrorHandler(c, err); handled != nil {
				_ = c.SendStatus(fiber.StatusInternalServerError)
			}
		}
		took := time.Since(start)
		status := c.Response().StatusCode()
		pattern := c.Route().Path
		level := slog.LevelInfo
		if status >= 500 && pattern != "/readyz" { // a probe is told "not yet": nothing is wrong
			level = slog.LevelError
		}
		log.LogAttrs(context.Background(), level, "request",
			slog.String("id", RequestIDOf(c)), slog.String("method", c.Method()), slog.String("route", pattern),
			slog.Int("status", status), slog.Int64("us", took.Microseconds()), slog.Int("bytes", sent(c)))
		if observe != nil {
			observe(pattern, c.Method(), status, took)
		}
		return nil
	}
}

// sent is the length of the answer; that of a stream is announced, or unknown.
func sent(c *fiber.Ctx) int {
	if c.Response().IsBodyStream() {
		return max(c.Response().Header.ContentLength(), 0)
	}
	return len(c.Response().Body())
}
