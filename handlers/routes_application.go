package handlers

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"passerelle/views/paths"
)

// applicationRoutes are the applicant's and the line manager's addresses.
func (p *Portal) applicationRoutes() []Route {
	get, post := fiber.MethodGet, fiber.MethodPost
	const one = "/candidatures/:id"
	return slices.Concat([]Route{
		{Method: get, Path: "/sessions/:id/pre-inscription", Policy: Anyone, Object: SessionObject, Handler: p.showStart},
		{Method: post, Path: "/sessions/:id/pre-inscription", Policy: Anyone, Object: SessionObject, Handler: p.startApplication, Limit: LimitWrite},
		{Method: get, Path: paths.FoundDraft(), Policy: Anyone, Handler: p.showFound},
		{Method: post, Path: paths.FoundDraft(), Policy: Anyone, Handler: p.answerFound, Limit: LimitWrite},
		{Method: get, Path: one + "/etapes/:n", Policy: DraftHolder, Object: DraftObject, Handler: p.showStep},
		{Method: post, Path: one + "/etapes/:n", Policy: DraftHolder, Object: DraftObject, Handler: p.saveStep, Limit: LimitWrite},
		{Method: post, Path: one + "/transmission", Policy: DraftHolder, Object: DraftObject, Handler: p.submitApplication, Limit: LimitWrite},
		{Method: get, Path: paths.Erased(), Policy: Anyone, Handler: p.showErased},
		{Method: get, Path: one + "/effacement", Policy: DraftHolder, Object: DraftObject, Handler: p.showErase},
		{Method: post, Path: one + "/effacement", Policy: DraftHolder, Object: DraftObject, Handler: p.eraseDraft, Limit: LimitWrite},
		{Method: get, Path: one, Policy: DraftHolder, Object: ApplicationObject, Handler: p.showApplication},
		{Method: get, Path: one + "/recu", Policy: SignedIn, Object: ApplicationObject, Handler: p.showReceipt},
		{Method: get, Path: one + "/desistement", Policy: SignedIn, Object: ApplicationObject, Handler: p.showWithdraw},
		{Method: post, Path: one + "/desistement", Policy: SignedIn, Object: ApplicationObject, Handler: p.withdrawApplication, Limit: LimitWrite},
		{Method: post, Path: one + "/confirmation", Policy: SignedIn, Object: ApplicationObject, Handler: p.confirmPlace, Limit: LimitWrite},
		{Method: post, Path: one + "/renonciation", Policy: SignedIn, Object: ApplicationObject, Handler: p.declinePlace, Limit: LimitWrite},
		{Method: get, Path: one + "/superieur", Policy: SignedIn, Object: ApplicationObject, Handler: p.showManager},
		{Method: post, Path: one + "/superieur", Policy: SignedIn, Object: ApplicationObject, Handler: p.replaceManager, Limit: LimitWrite},
		{Method: get, Path: paths.MyApplications(), Policy: SignedIn, Handler: p.listApplications},
		{Method: get, Path: "/completion/:kind", Policy: Anyone, Handler: p.complete, Limit: LimitSearch},
	}, p.approvalRoutes())
}
