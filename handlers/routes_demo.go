package handlers

import "github.com/gofiber/fiber/v2"

// demoRoutes exist under `passerelle demo` alone: the gallery of components,
// the local mailbox (see account routes) and the portal's clock; and the two
// preferences of a browser, which belong to nobody.
func (p *Portal) demoRoutes() []Route {
	return []Route{
		{Method: fiber.MethodPost, Path: "/langue", Policy: Anyone, Handler: p.chooseLanguage},
		{Method: fiber.MethodPost, Path: "/apparence", Policy: Anyone, Handler: p.chooseAppearance},
		{Method: fiber.MethodGet, Path: "/_gallery", Policy: DemoOnly, Handler: p.gallery},
		{Method: fiber.MethodGet, Path: "/_gallery/:component", Policy: DemoOnly, Handler: p.galleryComponent},
		{Method: fiber.MethodPost, Path: "/_temps", Policy: DemoOnly, Handler: p.advanceTime},
	}
}
