package handlers

import (
	"github.com/gofiber/fiber/v2"

	"passerelle/models/catalogue"
	"passerelle/views/paths"
)

// catalogueRoutes are the public pages: what anyone reads without an account.
func (p *Portal) catalogueRoutes() []Route {
	get := func(path string, object Object, handler func(*Call) error) Route {
		return Route{Method: fiber.MethodGet, Path: path, Policy: Anyone, Object: object, Handler: handler}
	}
	return []Route{
		get("/", NoObject, p.home),
		{Method: fiber.MethodGet, Path: "/recherche", Policy: Anyone, Handler: p.searchResults, Limit: LimitSearch},
		{Method: fiber.MethodPost, Path: paths.SearchSeen(), Policy: Anyone, Handler: p.seeResults, Limit: LimitSearch},
		get("/formations/:reference", CatalogueObject, p.afterSearch(catalogue.KindCourse, p.showCourse)),
		get("/diplomes/:reference", CatalogueObject, p.afterSearch(catalogue.KindProgramme, p.showProgramme)),
		get("/annonces/:reference", CatalogueObject, p.afterSearch(catalogue.KindAnnouncement, p.showAnnouncement)),
		get("/formations", NoObject, leadsTo(paths.SearchBy("nature", "formation"))),
		{Method: fiber.MethodGet, Path: paths.Programmes(), Policy: Anyone, Handler: p.showProgrammes, Limit: LimitSearch},
		{Method: fiber.MethodGet, Path: paths.Programmes() + "/composantes/:code", Policy: Anyone, Object: CatalogueObject, Handler: p.showFaculty, Limit: LimitSearch},
		get("/campagnes", NoObject, leadsTo(paths.Programmes())),
		get("/campagnes/:id/candidature", CampaignObject, p.showStart),
		{Method: fiber.MethodPost, Path: "/campagnes/:id/candidature", Policy: Anyone, Object: CampaignObject, Handler: p.startApplication, Limit: LimitWrite},
		{Method: fiber.MethodGet, Path: paths.Announcements(), Policy: Anyone, Handler: p.searchAnnouncements, Limit: LimitSearch},
		get("/candidatures", NoObject, leadsTo(paths.MyApplications())),
		get("/themes", NoObject, p.showThemes),
		get("/mentions-legales", NoObject, p.legalNotice),
		get("/donnees-personnelles", NoObject, p.privacy),
		get("/accessibilite", NoObject, p.accessibility),
		get("/aide", NoObject, p.help),
		get("/conditions", NoObject, p.terms),
		get("/plan-du-site", NoObject, p.siteMap),
	}
}

// leadsTo answers the address of a kind of page with its list.
func leadsTo(path string) func(*Call) error {
	return func(c *Call) error { return c.SeeOther(path) }
}
