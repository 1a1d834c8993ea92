package handlers

import "passerelle/views/paths"

// Objects of the search's settings.
const (
	RehearsalObject   Object = "rehearsal"   // répétition générale (P17.23)
	PublicationObject Object = "publication" // of settings of the search
)

// settingsRoutes are the addresses of the search's settings, their rehearsals
// and publications, and of what visitors type (P14.1, P17.23).
func (p *Portal) settingsRoutes() []Route {
	post := func(path string, handler func(*Call) error) Route {
		return Route{Method: "POST", Path: path, Policy: Admin, Handler: handler, Limit: LimitWrite}
	}
	one := paths.Rehearsals() + "/:id"
	return []Route{
		{Method: "GET", Path: paths.SearchSettings(""), Policy: Admin, Handler: p.showSettings},
		post(paths.SearchSettings("synonymes"), p.addSynonym),
		post(paths.SearchSettings("synonymes/retrait"), p.dropSynonym),
		post(paths.SearchSettings("synonymes/maintien"), p.keepSynonym),
		post(paths.SearchSettings("mots"), p.addStopWord),
		post(paths.SearchSettings("mots/retrait"), p.dropStopWord),
		post(paths.SearchSettings("poids"), p.setWeights),
		{Method: "GET", Path: paths.SearchSettings("abandon"), Policy: Admin, Handler: p.askDropDraft},
		post(paths.SearchSettings("abandon"), p.dropDraft),
		post(paths.Rehearsals(), p.startRehearsal),
		{Method: "GET", Path: one, Policy: Admin, Object: RehearsalObject, Handler: p.showRehearsal},
		{Method: "POST", Path: one + "/publication", Policy: Admin, Object: RehearsalObject, Handler: p.publishRehearsal, Limit: LimitWrite},
		{Method: "POST", Path: one + "/abandon", Policy: Admin, Object: RehearsalObject, Handler: p.dropRehearsal, Limit: LimitWrite},
		{Method: "GET", Path: paths.Publications(), Policy: Admin, Handler: p.showPublications},
		{Method: "POST", Path: paths.Publications() + "/:no/retour", Policy: Admin, Object: PublicationObject, Handler: p.restorePublication, Limit: LimitWrite},
		{Method: "GET", Path: paths.AdminSearch() + "/requetes", Policy: Admin, Handler: p.showQueries},
	}
}
