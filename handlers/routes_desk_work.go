package handlers

// DelegationObject is an officer's own delegation (P9.6).
const DelegationObject Object = "delegation"

// deskWorkRoutes are the addresses by which officers share their work (P9.6).
func (p *Portal) deskWorkRoutes() []Route {
	const application = "/bureau/candidatures/:id"
	return []Route{
		{Method: "GET", Path: application + "/apercu", Policy: Officer, Object: ApplicationObject, Handler: p.showPreview},
		{Method: "POST", Path: application + "/affectation", Policy: Officer, Object: ApplicationObject, Handler: p.assignApplication, Limit: LimitWrite},
		{Method: "POST", Path: "/bureau/affectations", Policy: Officer, Handler: p.assignChosen, Limit: LimitWrite},
		{Method: "GET", Path: "/bureau/absences", Policy: Officer, Handler: p.showDelegations},
		{Method: "POST", Path: "/bureau/absences", Policy: Officer, Handler: p.delegate, Limit: LimitWrite},
		{Method: "POST", Path: "/bureau/absences/:id/fin", Policy: Officer, Object: DelegationObject, Handler: p.endDelegation, Limit: LimitWrite},
		{Method: "GET", Path: application + "/avis", Policy: Officer, Object: ApplicationObject, Handler: p.showAskOpinion},
		{Method: "POST", Path: application + "/avis", Policy: Officer, Object: ApplicationObject, Handler: p.askOpinion, Limit: LimitWrite},
		{Method: "POST", Path: "/bureau/avis/:id/retrait", Policy: Officer, Object: DeskOpinionObject, Handler: p.revokeOpinion, Limit: LimitWrite},
	}
}
