package handlers

import "passerelle/views/paths"

// adminSearchRoutes are the addresses of the search's console (P14.1, P17.23).
func (p *Portal) adminSearchRoutes() []Route {
	return []Route{
		{Method: "GET", Path: paths.AdminSearch(), Policy: Admin, Handler: p.showAdminSearch},
		{Method: "GET", Path: paths.AdminSearchTry("", ""), Policy: Admin, Handler: p.trySearch, Limit: LimitSearch},
		{Method: "GET", Path: paths.AdminSearchRebuild(""), Policy: Admin, Handler: p.askRebuild},
		{Method: "POST", Path: paths.AdminSearchRebuild(""), Policy: Admin, Handler: p.beginRebuild, Limit: LimitWrite},
		{Method: "POST", Path: paths.AdminSearchStop(), Policy: Admin, Handler: p.stopRebuild, Limit: LimitWrite},
		{Method: "POST", Path: paths.AdminSearchCheck(), Policy: Admin, Handler: p.checkSearch, Limit: LimitWrite},
		{Method: "POST", Path: paths.AdminSearchAgain(), Policy: Admin, Handler: p.tryRefusedAgain, Limit: LimitWrite},
	}
}
