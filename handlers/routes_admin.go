package handlers

import "passerelle/views/paths"

// ImportObject is a catalogue file that was sent to be imported (P3.6).
const ImportObject Object = "import"

// adminRoutes are the addresses of administrators (P14.7).
func (p *Portal) adminRoutes() []Route {
	imports := paths.Imports()
	one := imports + "/:id"
	return []Route{
		{Method: "GET", Path: paths.Administration(), Policy: Admin, Handler: p.administration},
		{Method: "GET", Path: imports, Policy: Admin, Handler: p.showImports},
		{Method: "POST", Path: imports, Policy: Admin, Handler: p.sendImport, Limit: LimitWrite, Body: maxImport},
		{Method: "GET", Path: one, Policy: Admin, Object: ImportObject, Handler: p.showImport},
		{Method: "GET", Path: one + "/import", Policy: Admin, Object: ImportObject, Handler: p.askImport},
		{Method: "GET", Path: one + "/annulation", Policy: Admin, Object: ImportObject, Handler: p.askUndo},
		{Method: "GET", Path: one + "/rapport.csv", Policy: Admin, Object: ImportObject, Handler: p.sendImportReport},
		{Method: "POST", Path: one + "/colonnes", Policy: Admin, Object: ImportObject, Handler: p.mapImport, Limit: LimitWrite},
		{Method: "POST", Path: one + "/repetition", Policy: Admin, Object: ImportObject, Handler: p.rehearseImport, Limit: LimitWrite},
		{Method: "POST", Path: one + "/import", Policy: Admin, Object: ImportObject, Handler: p.beginImport, Limit: LimitWrite},
		{Method: "POST", Path: one + "/abandon", Policy: Admin, Object: ImportObject, Handler: p.dropImport, Limit: LimitWrite},
		{Method: "POST", Path: one + "/annulation", Policy: Admin, Object: ImportObject, Handler: p.undoImport, Limit: LimitWrite},
	}
}
