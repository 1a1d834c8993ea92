package handlers

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"passerelle/handlers/middleware"
	"passerelle/models"
	"passerelle/views/faults"
	"passerelle/views/paths"
)

// statusOf gives each kind of error its one status.
func statusOf(kind models.Kind) int {
	switch kind {
	case models.KindInvalid:
		return http.StatusUnprocessableEntity
	case models.KindConflict:
		return http.StatusConflict
	case models.KindNotFound:
		return http.StatusNotFound
	case models.KindUnauthorised:
		return http.StatusUnauthorized
	case models.KindGone:
		return http.StatusGone
	case models.KindLimited:
		return http.StatusTooManyRequests
	case models.KindUnavailable:
		return http.StatusServiceUnavailable
	case models.KindTooLarge:
		return http.StatusRequestEntityTooLarge
	case models.KindMalformed:
		return http.StatusBadRequest
	case models.KindFull:
		return http.StatusInsufficientStorage
	}
	return http.StatusInternalServerError
}

// fail answers an error that no handler answered itself: a page of the right
// status, or a fragment for htmx, never the error's own words.
func (p *Portal) fail(ctx *fiber.Ctx, err error) error {
	if middleware.RequestIDOf(ctx) == "" {
		p.unread(ctx)
	}
	c, ok := ctx.Locals(callKey).(*Call)
	if !ok {
		c = &Call{Ctx: ctx, Portal: p}
		c.Lang = c.language()
	}
	page := p.fault(c, err)
	if page.Status >= http.StatusInternalServerError {
		p.Log.LogAttrs(context.Background(), slog.LevelError, "request failed", slog.String("id", page.Request), slog.Int("status", page.Status),
			slog.String("route", ctx.Route().Path), slog.String("error", models.Loggable(err)))
	}
	if page.Wait > 0 {
		ctx.Set(fiber.HeaderRetryAfter, strconv.Itoa(page.Wait))
	}
	ctx.Set(fiber.HeaderCacheControl, "no-store")
	// The page of an error is drawn whatever became of the request's time and
	// of the database.
	ctx.SetUserContext(context.WithoutCancel(ctx.UserContext()))
	c.ctx, c.failed = nil, true
	view := faults.Fault(page)
	if c.Partial() {
		view = faults.Part(page, c.Target())
	}
	return c.RenderStatus(page.Status, view)
}

func (p *Portal) fault(c *Call, err error) faults.Page {
	page := faults.Page{Status: statusOf(models.KindOf(err)), Request: middleware.RequestIDOf(c.Ctx),
		At: p.moment(p.DB.Clock.Now()), Signed: c.Actor.SignedIn()}
	if c.Method() == fiber.MethodGet {
		page.Retry = paths.Local(c.OriginalURL())
	}
	var ours *models.Error
	var theirs *fiber.Error
	switch {
	case errors.As(err, &ours):
		page.Reason, page.Args, page.Wait = ours.Key, ours.Args, ours.RetryAfter
	case errors.As(err, &theirs):
		page.Status = theirs.Code
	}
	if page.Status == http.StatusServiceUnavailable && page.Wait == 0 {
		page.Wait = 2
	}
	if page.Status == http.StatusNotFound {
		page.Words = faults.Words(c.Path())
	}
	return page
}
