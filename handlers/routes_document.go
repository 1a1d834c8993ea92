package handlers

import "github.com/gofiber/fiber/v2"

// Objects of the addresses of bytes.
const (
	UploadObject   Object = "upload"   // envoi en cours: its applicant alone
	TemplateObject Object = "template" // modèle à remplir: everyone
)

// Limits of bodies that are files.
const (
	maxDeposit = 8 << 20  // a form with one file, sent in one go
	maxUpload  = 64 << 20 // a resumable upload, whole
)

// documentRoutes are the addresses by which the bytes of documents come and go.
func (p *Portal) documentRoutes() []Route {
	get, post := fiber.MethodGet, fiber.MethodPost
	const piece = "/candidatures/:id/pieces/:requirement"
	const upload, document = "/envois/:upload", "/documents/:id"
	return []Route{
		{Method: post, Path: piece, Policy: DraftHolder, Object: DraftObject, Handler: p.depositDocument, Limit: LimitWrite, Body: maxDeposit},
		{Method: post, Path: piece + "/envois", Policy: DraftHolder, Object: DraftObject, Handler: p.beginUpload, Limit: LimitWrite},
		{Method: fiber.MethodOptions, Path: "/envois", Policy: Anyone, Handler: p.describeUploads},
		{Method: fiber.MethodHead, Path: upload, Policy: DraftHolder, Object: UploadObject, Handler: p.showUpload},
		{Method: fiber.MethodPatch, Path: upload, Policy: DraftHolder, Object: UploadObject, Handler: p.continueUpload, Limit: LimitWrite, Body: maxUpload},
		{Method: fiber.MethodDelete, Path: upload, Policy: DraftHolder, Object: UploadObject, Handler: p.cancelUpload, Limit: LimitWrite},
		{Method: get, Path: document, Policy: DraftHolder, Object: DocumentObject, Handler: p.downloadDocument},
		{Method: get, Path: document + "/pages/:n", Policy: DraftHolder, Object: DocumentObject, Handler: p.showDocumentPage},
		{Method: get, Path: document + "/texte", Policy: DraftHolder, Object: DocumentObject, Handler: p.showDocumentText},
		{Method: post, Path: document + "/aplatir", Policy: DraftHolder, Object: DocumentObject, Handler: p.flattenDocument, Limit: LimitWrite},
		{Method: get, Path: "/modeles/:file", Policy: Anyone, Object: TemplateObject, Handler: p.downloadTemplate},
	}
}
