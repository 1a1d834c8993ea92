package handlers

import "slices"

// Routes is the one table of addresses: each area writes its lines in its own
// file, this function is the whole.
func (p *Portal) Routes() []Route {
	return slices.Concat(
		p.catalogueRoutes(),
		p.accountRoutes(),
		p.savedRoutes(),
		p.applicationRoutes(),
		p.pieceRoutes(),
		p.documentRoutes(),
		p.deskRoutes(),
		p.deskWorkRoutes(),
		p.opinionRoutes(),
		p.adminRoutes(),
		p.settingsRoutes(),
		p.storageRoutes(),
		p.adminSearchRoutes(),
		p.demoRoutes(),
	)
}
