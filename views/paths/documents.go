package paths

import "strconv"

// Pieces is the page of an application's pieces (pièces du dossier, P6.2).
func Pieces(id string) string { return application(id, "/pieces") }

// Piece is one piece of that page.
func Piece(id, key string) string { return Pieces(id) + "#piece-" + key }

// Deposit receives a file for a piece; POST only, multipart.
func Deposit(id, requirement string) string { return Pieces(id) + "/" + segment(requirement) }

// Uploads begins a resumable upload for a piece; POST only (tus creation, P7.2).
func Uploads(id, requirement string) string { return Deposit(id, requirement) + "/envois" }

// Upload is one resumable upload: HEAD tells how far it is, PATCH goes on, DELETE cancels.
func Upload(id string) string { return "/envois/" + segment(id) }

// RemoveDocument takes a deposited document back; POST only.
func RemoveDocument(id, requirement string) string { return Deposit(id, requirement) + "/retrait" }

// AbandonUpload forgets an upload that was never finished; POST only.
func AbandonUpload(id, requirement string) string { return Deposit(id, requirement) + "/annulation" }

// NotApplicable says that the person is not concerned by a piece, or is; POST only.
func NotApplicable(id, requirement string) string { return Deposit(id, requirement) + "/non-concerne" }

// Reuse gives a piece a document of an earlier dossier; POST only (P7.5).
func Reuse(id, requirement string) string { return Deposit(id, requirement) + "/reprise" }

// Document downloads a deposited document.
func Document(id string) string { return "/documents/" + segment(id) }

// DocumentPreview shows a document page by page, with the remarks pinned on it (P17.7).
func DocumentPreview(id string) string { return Document(id) + "/apercu" }

// DocumentPreviewPage is that page at one page of the document.
func DocumentPreviewPage(id string, page int) string {
	return With(DocumentPreview(id), "page", strconv.Itoa(page))
}

// DocumentPage is the image of one page, so wide.
func DocumentPage(id string, page, width int) string {
	return With(Document(id)+"/pages/"+strconv.Itoa(page), "largeur", strconv.Itoa(width))
}

// DocumentText is the text of one page.
func DocumentText(id string, page int) string {
	return With(Document(id)+"/texte", "page", strconv.Itoa(page))
}

// FlattenDocument asks for a copy without active content; POST only (P7.3).
func FlattenDocument(id string) string { return Document(id) + "/aplatir" }

// Template downloads the model of a piece.
func Template(file string) string { return "/modeles/" + segment(file) }

// MyDocuments is the person's own documents (mes documents, P7.5).
func MyDocuments() string { return "/mes-documents" }

// Consultations tells who opened an application and its documents (P17.21).
func Consultations(id string) string { return application(id, "/consultations") }

// Complement is what a manager asks to complete; POST transmits again (P9.3).
func Complement(id string) string { return application(id, "/complement") }
