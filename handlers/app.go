package handlers

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"passerelle/handlers/middleware"
	"passerelle/models"
	"passerelle/models/people"
)

// Limits of one request.
const (
	maxBody         = 1 << 20
	requestDeadline = 10 * time.Second
)

// uploadPace is slower than any telephone: 200 bytes a second.
var uploadPace = middleware.Pace{Window: 20 * time.Second, Bytes: 4 << 10}

// NewApp builds the Fiber application of a portal: middlewares, static files,
// health and the route table.
func NewApp(p *Portal) *fiber.App {
	app := fiber.New(fiber.Config{
		AppName:       "Passerelle",
		Immutable:     true, // without it route values of other requests show through
		CaseSensitive: true,
		StrictRouting: true,
		// Files are never whole in memory: the server reads one byte of a body
		// and middleware.Bodies counts the rest, as the server no longer does.
		BodyLimit:                    1,
		StreamRequestBody:            true,
		DisablePreParseMultipartForm: true,
		ReadBufferSize:               16 << 10, // a search with many filters is a long address
		ReadTimeout:                  20 * time.Second,
		WriteTimeout:                 60 * time.Second,
		IdleTimeout:                  75 * time.Second,
		DisableStartupMessage:        true,
		EnableTrustedProxyCheck:      true,
		TrustedProxies:               p.TrustedProxies,
		ErrorHandler:                 p.fail,
	})
	p.proxies = readProxies(p.TrustedProxies)
	table := p.Routes()
	metrics := newMetrics()
	p.metrics = metrics
	p.passkeys = people.NewPasskeys(p.BaseURL, issuer)
	app.Use(middleware.OneLength(), middleware.RequestID(), middleware.AccessLog(p.Log, metrics.observe), middleware.Recover(p.Log),
		middleware.Headers(p.Secure()), middleware.Bodies(maxBody, uploadPace, streamBudget(table)), middleware.Deadline(requestDeadline),
		middleware.Compress())
	app.Get("/healthz", p.health)
	app.Get("/readyz", p.ready)
	app.Get("/static/*", p.asset)
	sameOrigin := middleware.SameOrigin(p.BaseURL)
	for _, r := range table {
		if r.Elsewhere {
			app.Add(r.Method, r.Path, p.serve(r))
		} else {
			app.Add(r.Method, r.Path, sameOrigin, p.serve(r))
		}
		if r.Method == fiber.MethodGet { // as a mail scanner or a monitor asks
			app.Add(fiber.MethodHead, r.Path, p.serve(r))
		}
	}
	app.Use(sameOrigin, nowhere(table))
	return app
}

// serve makes a Fiber handler of a route: limit, actor, policy, form, then the
// route's own handler.
func (p *Portal) serve(r Route) fiber.Handler {
	return func(ctx *fiber.Ctx) error {
		if wait := p.limits.refuse(r.Limit, p.RateFactor, p.proxies.client(ctx), time.Now()); wait > 0 {
			return models.Limited("limit.slow_down", wait)
		}
		c := &Call{Ctx: ctx, Portal: p, Route: r}
		if err := checkQuery(ctx.Request().URI().QueryString()); err != nil {
			return err
		}
		if err := p.identify(c); err != nil {
			return err
		}
		ctx.Locals(callKey, c)
		if err := c.readForm(); err != nil {
			return err
		}
		ok, signIn := r.allows(c.Actor, p.Demo)
		if r.Policy == HalfWay {
			if c.Actor.SignedIn() { // they went back, or passed in another tab
				return c.SeeOther(p.onward(c.Actor, ctx.Query("retour")))
			}
			ok = c.halfWay()
		}
		switch {
		case ok:
			if must, err := p.mustEnrol(c); err != nil || must {
				return p.enrolFirst(c, err)
			}
			return r.Handler(c)
		case signIn && !c.Actor.SignedIn():
			return p.askToSignIn(c)
		}
		return models.NotFound("page.not_found")
	}
}

const callKey = "call"
