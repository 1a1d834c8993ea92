package handlers

import "passerelle/views/paths"

// Objects of the storage's console.
const (
	StoragePassObject    Object = "storage pass"     // vérification ou déplacement (P14.2)
	StorageFindingObject Object = "storage findings" // constats d'une nature (P17.24)
)

// storageRoutes are the addresses of the storage's console.
func (p *Portal) storageRoutes() []Route {
	pass, kind := paths.AdminStorage()+"/travaux/:id", paths.AdminStorageFindings(":kind")
	return []Route{
		{Method: "GET", Path: paths.AdminStorage(), Policy: Admin, Handler: p.showStorage},
		{Method: "POST", Path: paths.AdminStorageCheck(), Policy: Admin, Handler: p.beginCheck, Limit: LimitWrite},
		{Method: "GET", Path: paths.AdminStorageMove(), Policy: Admin, Handler: p.askMove},
		{Method: "POST", Path: paths.AdminStorageMove(), Policy: Admin, Handler: p.beginMove, Limit: LimitWrite},
		{Method: "GET", Path: paths.AdminStorageRetention(), Policy: Admin, Handler: p.showRetention},
		{Method: "POST", Path: paths.AdminStorageRetention(), Policy: Admin, Handler: p.setRetention, Limit: LimitWrite},
		{Method: "POST", Path: pass + "/suspendre", Policy: Admin, Object: StoragePassObject, Handler: p.suspendPass, Limit: LimitWrite},
		{Method: "POST", Path: pass + "/reprendre", Policy: Admin, Object: StoragePassObject, Handler: p.resumePass, Limit: LimitWrite},
		{Method: "POST", Path: pass + "/arreter", Policy: Admin, Object: StoragePassObject, Handler: p.stopPass, Limit: LimitWrite},
		{Method: "GET", Path: kind, Policy: Admin, Object: StorageFindingObject, Handler: p.showFindings},
		{Method: "GET", Path: kind + "/:act", Policy: Admin, Object: StorageFindingObject, Handler: p.askAct},
		{Method: "POST", Path: kind + "/:act", Policy: Admin, Object: StorageFindingObject, Handler: p.doAct, Limit: LimitWrite},
	}
}
