package handlers

// deskRoutes are the officer's addresses (P9.1, P9.2).
func (p *Portal) deskRoutes() []Route {
	const application = "/bureau/candidatures/:id"
	return []Route{
		{Method: "GET", Path: "/bureau", Policy: Officer, Handler: p.listDesk, Limit: LimitSearch},
		{Method: "GET", Path: "/bureau/decisions", Policy: Officer, Handler: p.listBatches},
		{Method: "POST", Path: "/bureau/decisions", Policy: Officer, Handler: p.decideBatch, Limit: LimitWrite},
		{Method: "GET", Path: "/bureau/decisions/:id", Policy: Officer, Object: BatchObject, Handler: p.showBatch},
		{Method: "POST", Path: "/bureau/decisions/:id/annulation", Policy: Officer, Object: BatchObject, Handler: p.undoBatch, Limit: LimitWrite},
		{Method: "GET", Path: application, Policy: Officer, Object: ApplicationObject, Handler: p.showDossier},
		{Method: "GET", Path: application + "/presence", Policy: Officer, Object: ApplicationObject, Handler: p.showPresence},
		{Method: "POST", Path: application + "/decision", Policy: Officer, Object: ApplicationObject, Handler: p.decideApplication, Limit: LimitWrite},
		{Method: "POST", Path: application + "/notes", Policy: Officer, Object: ApplicationObject, Handler: p.addNote, Limit: LimitWrite},
		{Method: "POST", Path: application + "/superieur/relance", Policy: Officer, Object: ApplicationObject, Handler: p.sendApprovalAgain, Limit: LimitWrite},
		{Method: "POST", Path: application + "/superieur", Policy: Officer, Object: ApplicationObject, Handler: p.nameApprover, Limit: LimitWrite},
		{Method: "POST", Path: application + "/cloture", Policy: Officer, Object: ApplicationObject, Handler: p.closeApplication, Limit: LimitWrite},
	}
}
