package handlers

// deskWorkRoutes are the addresses by which officers share their work (P9.6).
func (p *Portal) deskWorkRoutes() []Route {
	const application = "/bureau/candidatures/:id"
	return []Route{
		{Method: "GET", Path: application + "/avis", Policy: Officer, Object: ApplicationObject, Handler: p.showAskOpinion},
		{Method: "POST", Path: application + "/avis", Policy: Officer, Object: ApplicationObject, Handler: p.askOpinion, Limit: LimitWrite},
		{Method: "POST", Path: "/bureau/avis/:id/retrait", Policy: Officer, Object: DeskOpinionObject, Handler: p.revokeOpinion, Limit: LimitWrite},
	}
}
