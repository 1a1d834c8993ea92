package handlers_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"passerelle/handlers"
	"passerelle/handlers/handlerstest"
	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/views/desk"
)

// documents are one of each state, with bytes in the store, in applications of the
// owner under the first course.
func (w *matrixWorld) documents() {
	mine := w.as(theOwner)
	sent := w.piecesOf(mine)
	live := sent.Upload(handlerstest.PieceCV, "cv.pdf", handlerstest.PDF("Camille", 0))
	refused := sent.Upload(handlerstest.PieceLarge, "faux.pdf", []byte("ceci n'est pas un PDF"))
	sent.Send()
	draft := w.piecesOf(mine)
	unsent := draft.Upload(handlerstest.PieceCV, "cv.pdf", handlerstest.PDF("Camille, plus tard", 0))
	upload := strings.TrimPrefix(draft.BeginUpload(handlerstest.PieceLarge, "memoire.pdf", 1000), "/envois/")
	for _, d := range []dossier.Document{live, refused, unsent} {
		w.prepared(d)
	}
	w.sent, w.unsent = live, unsent
	relations := map[string]relation{theOwner: owner, pending: nobody, draftHolder: nobody}
	named := func(d dossier.Document) map[string]string { return map[string]string{"id": d.ID.String(), "n": "1"} }
	w.byObject[handlers.DocumentObject] = []object{
		// The line manager is asked for an opinion about this one.
		{name: "sent", values: named(live), relations: map[string]relation{theOwner: owner, manager: approver, pending: nobody, draftHolder: nobody}},
		{name: "refused by the inspection", values: named(refused), relations: relations, owners: []answer{hidden}, instead: map[relation][]answer{owner: {shown, hidden}, reviewer: {hidden}}},
		{name: "of a draft", values: named(unsent), relations: relations, instead: map[relation][]answer{reviewer: {hidden}}},
		{name: "absent", absent: true, values: map[string]string{"id": unknown, "n": "1"}},
	}
	w.byObject[handlers.UploadObject] = []object{
		{name: "under way", values: map[string]string{"upload": upload}, relations: relations},
		{name: "absent", absent: true, values: map[string]string{"upload": unknown}},
	}
	w.byObject[handlers.DraftObject] = append(w.byObject[handlers.DraftObject],
		object{name: "draft with pieces", values: map[string]string{"id": draft.ID.String(), "n": "1", "requirement": draft.Piece(handlerstest.PieceCV).ID.String()}, relations: map[string]relation{
			theOwner: owner, pending: nobody, draftHolder: nobody}},
		object{name: "absent piece", absent: true, values: map[string]string{"id": unknown, "n": "1", "requirement": unknown}})
	template, err := w.Portal.Documents.Keep(context.Background(), dossier.PurposeTemplate, "modele.pdf", "application/pdf", bytes.NewReader(handlerstest.PDF("Modèle", 0)), nil)
	if err != nil {
		w.T.Fatal(err)
	}
	w.byObject[handlers.TemplateObject] = []object{{name: "template", values: map[string]string{"file": template.String()}},
		{name: "absent", absent: true, values: map[string]string{"file": live.File.ID.String()}}}
}

// piecesOf begins an application that asks for documents.
func (w *matrixWorld) piecesOf(b *handlerstest.Browser) *handlerstest.Pieces {
	session := w.NewSession(w.Course)
	w.AskPieces(session)
	return &handlerstest.Pieces{World: w.World, Me: b, ID: w.Begin(b, session)}
}

// prepared ends what goes on after an upload, so that nothing is written while the
// matrix is walked.
func (w *matrixWorld) prepared(d dossier.Document) {
	if err := w.Portal.Documents.Inspect(context.Background(), d.File.ID, false); err != nil {
		w.T.Fatal(err)
	}
}

// documentRequest is what a browser or a client of the resumable protocol sends to
// the addresses of documents; nil for the others.
func (w *matrixWorld) documentRequest(c cell) *http.Request {
	values := url.Values{}
	switch c.route.Path {
	case "/candidatures/:id/pieces/:requirement/retrait":
		values.Set("document", w.unsent.ID.String())
	case "/candidatures/:id/pieces/:requirement/reprise":
		values.Set("document", w.sent.ID.String())
		values.Set("place", "1")
	case "/bureau/documents/:id/concordance":
		values.Set(desk.NameAgrees, "birth_name"+desk.AgreesSuffix)
	}
	switch {
	case len(values) > 0:
		r := httptest.NewRequest(c.route.Method, c.path, strings.NewReader(values.Encode()))
		r.Header.Set("Content-Type", urlencoded)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		return r
	case c.route.Body > 0 && c.route.Method == http.MethodPost:
		var b bytes.Buffer
		form := multipart.NewWriter(&b)
		part, _ := form.CreateFormFile("fichier", "cv.pdf")
		_, _ = part.Write(handlerstest.PDF("Camille", 0))
		_ = form.Close()
		r := httptest.NewRequest(c.route.Method, c.path, &b)
		r.Header.Set("Content-Type", form.FormDataContentType())
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		return r
	case c.route.Object == handlers.UploadObject, strings.HasSuffix(c.route.Path, "/envois"):
		r := httptest.NewRequest(c.route.Method, c.path, strings.NewReader(""))
		for name, value := range map[string]string{"Tus-Resumable": "1.0.0", "Sec-Fetch-Site": "same-origin", "Upload-Length": "10", "Upload-Offset": "0",
			"Content-Type": "application/offset+octet-stream"} {
			r.Header.Set(name, value)
		}
		return r
	}
	return nil
}

// remarks are pinned by one officer; colleagues of the same scope know of them and
// are told that they are not theirs to change.
func (w *matrixWorld) remarks() {
	id, err := uuid.Parse(w.byObject[handlers.DocumentObject][0].values["id"])
	if err != nil {
		w.T.Fatal(err)
	}
	var remark dossier.Remark
	w.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		remark, err = application.AddRemark(ctx, tx, w.as(wholePortal).Actor, id, application.RemarkInput{Page: 1, X: 0.5, Y: 0.5, Body: "À signer", Visible: true})
		return err
	})
	w.byObject[handlers.RemarkObject] = []object{
		{name: "remark", values: map[string]string{"id": remark.ID.String()}, relations: map[string]relation{pending: nobody, draftHolder: nobody}},
		{name: "absent", absent: true, values: map[string]string{"id": unknown}},
	}
}
