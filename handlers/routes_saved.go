package handlers

import (
	"github.com/gofiber/fiber/v2"

	"passerelle/views/paths"
)

// The objects of saved searches.
const (
	SavedObject     Object = "saved search"     // recherche enregistrée, its owner's alone (P4.7)
	AlertLinkObject Object = "link of an alert" // in a mail: ends what it says, asks first
)

// savedRoutes are a person's saved searches, and the links of their mails.
func (p *Portal) savedRoutes() []Route {
	get, post := fiber.MethodGet, fiber.MethodPost
	const one, ends, silences = "/mes-recherches/:id", "/alertes/recherche/:token", "/alertes/courriels/:token"
	return []Route{
		{Method: get, Path: paths.SavedSearches(), Policy: SignedIn, Handler: p.savedSearches},
		{Method: post, Path: paths.SavedSearches(), Policy: SignedIn, Handler: p.saveSearch, Limit: LimitWrite},
		{Method: get, Path: paths.NewSavedSearch(), Policy: SignedIn, Handler: p.newSavedSearch, Limit: LimitSearch},
		{Method: get, Path: paths.ProfileAlert(), Policy: SignedIn, Handler: p.profileAlert},
		{Method: post, Path: paths.ProfileAlert(), Policy: SignedIn, Handler: p.setProfileAlert, Limit: LimitWrite},
		{Method: get, Path: one, Policy: SignedIn, Object: SavedObject, Handler: p.savedSearch},
		{Method: post, Path: one, Policy: SignedIn, Object: SavedObject, Handler: p.changeSavedSearch, Limit: LimitWrite},
		{Method: post, Path: one + "/vue", Policy: SignedIn, Object: SavedObject, Handler: p.savedSearchSeen, Limit: LimitWrite},
		{Method: post, Path: one + "/suppression", Policy: SignedIn, Object: SavedObject, Handler: p.removeSavedSearch, Limit: LimitWrite},
		{Method: get, Path: ends, Policy: LinkHolder, Object: AlertLinkObject, Handler: p.stopSearch},
		{Method: post, Path: ends, Policy: LinkHolder, Object: AlertLinkObject, Handler: p.removeSearchByLink, Limit: LimitWrite},
		{Method: get, Path: silences, Policy: LinkHolder, Object: AlertLinkObject, Handler: p.stopAlerts},
		{Method: post, Path: silences, Policy: LinkHolder, Object: AlertLinkObject, Handler: p.silenceByLink, Limit: LimitWrite, Elsewhere: true},
	}
}
