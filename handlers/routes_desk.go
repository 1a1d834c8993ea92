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
		{Method: "GET", Path: "/bureau/exports", Policy: Officer, Handler: p.showExport},
		{Method: "POST", Path: "/bureau/exports", Policy: Officer, Handler: p.exportList, Limit: LimitSearch},
		{Method: "GET", Path: "/bureau/exports/:id", Policy: Officer, Object: ExportObject, Handler: p.showExported},
		{Method: "GET", Path: "/bureau/exports/:id/fichier", Policy: Officer, Object: ExportObject, Handler: p.downloadExport},
		{Method: "GET", Path: application + "/archive", Policy: Officer, Object: ApplicationObject, Handler: p.downloadArchive, Limit: LimitSearch},
		{Method: "GET", Path: application, Policy: Officer, Object: ApplicationObject, Handler: p.showDossier},
		{Method: "GET", Path: application + "/presence", Policy: Officer, Object: ApplicationObject, Handler: p.showPresence},
		{Method: "POST", Path: application + "/decision", Policy: Officer, Object: ApplicationObject, Handler: p.decideApplication, Limit: LimitWrite},
		{Method: "GET", Path: application + "/relecture", Policy: Officer, Object: ApplicationObject, Handler: p.showReview},
		{Method: "GET", Path: application + "/complement", Policy: Officer, Object: ApplicationObject, Handler: p.showComplement},
		{Method: "POST", Path: application + "/complement", Policy: Officer, Object: ApplicationObject, Handler: p.requestInformation, Limit: LimitWrite},
		{Method: "POST", Path: "/bureau/documents/:id/avis", Policy: Officer, Object: DocumentObject, Handler: p.giveVerdict, Limit: LimitWrite},
		{Method: "POST", Path: "/bureau/documents/:id/avis/annulation", Policy: Officer, Object: DocumentObject, Handler: p.undoVerdict, Limit: LimitWrite},
		{Method: "POST", Path: "/bureau/documents/:id/concordance", Policy: Officer, Object: DocumentObject, Handler: p.setMatch, Limit: LimitWrite},
		{Method: "POST", Path: "/bureau/documents/:id/remarques", Policy: Officer, Object: DocumentObject, Handler: p.addRemark, Limit: LimitWrite},
		{Method: "POST", Path: "/bureau/remarques/:id", Policy: Officer, Object: RemarkObject, Handler: p.changeRemark, Limit: LimitWrite},
		{Method: "POST", Path: "/bureau/remarques/:id/retrait", Policy: Officer, Object: RemarkObject, Handler: p.removeRemark, Limit: LimitWrite},
		{Method: "POST", Path: application + "/notes", Policy: Officer, Object: ApplicationObject, Handler: p.addNote, Limit: LimitWrite},
		{Method: "POST", Path: application + "/superieur/relance", Policy: Officer, Object: ApplicationObject, Handler: p.sendApprovalAgain, Limit: LimitWrite},
		{Method: "POST", Path: application + "/superieur", Policy: Officer, Object: ApplicationObject, Handler: p.nameApprover, Limit: LimitWrite},
		{Method: "POST", Path: application + "/cloture", Policy: Officer, Object: ApplicationObject, Handler: p.closeApplication, Limit: LimitWrite},
	}
}
