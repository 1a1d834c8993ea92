package handlers

import (
	"github.com/gofiber/fiber/v2"

	"passerelle/views/paths"
)

// DocumentObject is a deposited document: its owner and, once sent, officers in scope.
const DocumentObject Object = "document"

// pieceRoutes are the applicant's addresses about documents; bytes come and go by
// those of documentRoutes.
func (p *Portal) pieceRoutes() []Route {
	get, post := fiber.MethodGet, fiber.MethodPost
	const one = "/candidatures/:id"
	const piece = one + "/pieces/:requirement"
	return []Route{
		{Method: get, Path: one + "/pieces", Policy: DraftHolder, Object: ApplicationObject, Handler: p.showPieces},
		{Method: post, Path: piece + "/retrait", Policy: DraftHolder, Object: DraftObject, Handler: p.removeDocument, Limit: LimitWrite},
		{Method: post, Path: piece + "/non-concerne", Policy: DraftHolder, Object: DraftObject, Handler: p.exemptPiece, Limit: LimitWrite},
		{Method: post, Path: piece + "/annulation", Policy: DraftHolder, Object: DraftObject, Handler: p.abandonUpload, Limit: LimitWrite},
		{Method: post, Path: piece + "/reprise", Policy: DraftHolder, Object: DraftObject, Handler: p.reuseDocument, Limit: LimitWrite},
		{Method: get, Path: one + "/complement", Policy: SignedIn, Object: ApplicationObject, Handler: p.showCorrection},
		{Method: post, Path: one + "/complement", Policy: SignedIn, Object: ApplicationObject, Handler: p.answerCorrection, Limit: LimitWrite},
		{Method: get, Path: paths.MyDocuments(), Policy: SignedIn, Handler: p.listDocuments},
		{Method: get, Path: "/documents/:id/apercu", Policy: DraftHolder, Object: DocumentObject, Handler: p.showDocument},
		{Method: get, Path: one + "/consultations", Policy: SignedIn, Object: ApplicationObject, Handler: p.showConsultations},
	}
}
