package handlers

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"passerelle/handlers/middleware"
	"passerelle/handlers/papers"
	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/storage/render"
)

// inspectionWait is how long a form waits for the verdict on its file before the
// page says that it is being looked at.
const inspectionWait = 3 * time.Second

// Bounds of a form with a file, beside the file.
const (
	maxPartField  = 1 << 10
	maxPartFields = 20
	formOverhead  = 4 << 10 // what a form adds around its file, at most
)

// depositDocument receives a file by a plain form, without a script (P7.2).
func (p *Portal) depositDocument(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	requirement, err := c.ID("requirement")
	if err != nil {
		return err
	}
	got, err := p.receiveForm(c, id, requirement)
	defer c.renew()() // a slow network may have used up the request's time
	var heavy *models.Error
	switch {
	case errors.Is(err, middleware.ErrTooLarge), errors.As(err, &heavy) && heavy.Kind == models.KindTooLarge:
		return p.piecesPage(c, id, http.StatusRequestEntityTooLarge, refusal{heavy: requirement})
	case err != nil:
		return p.pieceRefused(c, id, err)
	}
	return p.deposited(c, id, requirement, got.Document, "depot")
}

// deposited waits for the verdict for a moment and shows the piece again.
func (p *Portal) deposited(c *Call, id, requirement models.ID, d dossier.Document, done string) error {
	select {
	case <-p.Documents.InspectSoon(d.File.ID):
	case <-time.After(inspectionWait):
	}
	var all application.Papers
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		if all, err = application.Documents(ctx, tx, c.Actor, id); err != nil {
			return err
		}
		d, err = dossier.ByID(ctx, tx, d.ID)
		return err
	})
	if err != nil {
		return err
	}
	if d.State == dossier.Refused {
		done = "" // the piece says why
	}
	return c.to(p.backToPiece(all, requirement, done))
}

// receiveForm reads the parts of a form up to its file, and the file as it comes.
func (p *Portal) receiveForm(c *Call, id, requirement models.ID) (papers.Received, error) {
	body := middleware.BodyOf(c.Ctx)
	kind, parameters, err := mime.ParseMediaType(c.Ctx.Get(fiber.HeaderContentType))
	switch {
	case err != nil || kind != "multipart/form-data" || parameters["boundary"] == "" || c.Ctx.Get(fiber.HeaderContentEncoding) != "":
		return papers.Received{}, malformed("body.content_type")
	case body.Length() < 0:
		return papers.Received{}, fiber.ErrLengthRequired
	case body.Length() > maxDeposit:
		return papers.Received{}, middleware.ErrTooLarge
	}
	place, _ := strconv.Atoi(c.Query("place"))
	parts := multipart.NewReader(body, parameters["boundary"])
	for range maxPartFields {
		part, err := parts.NextRawPart()
		if err != nil {
			return papers.Received{}, formError(err)
		}
		if part.FormName() == "fichier" {
			in := dossier.UploadInput{Place: max(place, 1), Name: fileName(part), DeclaredType: part.Header.Get(fiber.HeaderContentType), Length: body.Length()}
			return p.receiveFile(c, id, requirement, in, part)
		}
		value, err := io.ReadAll(io.LimitReader(part, maxPartField))
		if err != nil {
			return papers.Received{}, formError(err)
		}
		if part.FormName() == "place" {
			place, _ = strconv.Atoi(string(value))
		}
	}
	return papers.Received{}, malformed("body.too_many_fields")
}

// fileName is the name that the browser gave; it is data, and may hold a path.
func fileName(part *multipart.Part) string {
	_, parameters, err := mime.ParseMediaType(part.Header.Get(fiber.HeaderContentDisposition))
	if err != nil {
		return ""
	}
	return parameters["filename"]
}

// formError is a form that was cut, or is none.
func formError(err error) error {
	switch {
	case errors.Is(err, middleware.ErrTooLarge):
		return middleware.ErrTooLarge
	case errors.Is(err, io.EOF):
		return models.Invalid("document.empty")
	}
	return malformed("body.encoding")
}

// receiveFile stores a file whose length is known only at its end: at most that of
// the form. The form's own lines may carry it over the limit of the piece.
func (p *Portal) receiveFile(c *Call, id, requirement models.ID, in dossier.UploadInput, from io.Reader) (papers.Received, error) {
	u, key, err := p.reserve(c, id, requirement, in)
	var large dossier.TooLarge
	if e, ok := asError(err, models.KindTooLarge); ok {
		large, _ = e.Data.(dossier.TooLarge)
		if in.Length-formOverhead <= large.Limit {
			in.Length = large.Limit
			u, key, err = p.reserve(c, id, requirement, in)
		}
	}
	if err != nil {
		return papers.Received{}, err
	}
	got, err := p.Documents.Receive(context.WithoutCancel(c.verbContext()), c.Actor, u, key, papers.Part{From: from, Ends: true})
	switch {
	case errors.Is(err, papers.ErrTooLong):
		err = &models.Error{Kind: models.KindTooLarge, Key: "document.too_large", Data: large}
	case err == nil && got.Cut != nil:
		err = formError(got.Cut)
	case err == nil && !got.Whole():
		err = models.Invalid("document.empty")
	}
	if err != nil {
		// Nobody can go on with it: a form cannot be resumed.
		_ = p.Documents.Cancel(c.UserContext(), c.Actor, u.ID)
	}
	return got, err
}

func (p *Portal) reserve(c *Call, id, requirement models.ID, in dossier.UploadInput) (u dossier.Upload, key dossier.DataKey, err error) {
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		u, key, err = application.BeginUpload(ctx, tx, c.Actor, id, requirement, in, p.Documents.Wrap)
		return err
	})
	return u, key, err
}

// flattening is the time given to copy a document page by page.
const flattening = time.Minute

// flattenDocument gives, in the place of a document refused for what acts in it, a
// copy made of the images of its pages (P7.3).
func (p *Portal) flattenDocument(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var d dossier.Document
	var key dossier.DataKey
	var all application.Papers
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		if d, key, err = application.OpenDocument(ctx, tx, c.Actor, id, dossier.ReadInline); err != nil {
			return err
		}
		all, err = application.Documents(ctx, tx, c.Actor, d.Application) // its owner alone
		return err
	})
	if err != nil {
		return p.orSignIn(c, id, err)
	}
	got, err := p.flatten(c, all, d, key)
	defer c.renew()()
	if err != nil {
		return p.pieceRefused(c, d.Application, err)
	}
	return p.deposited(c, d.Application, d.Requirement, got.Document, "aplatir")
}

func (p *Portal) flatten(c *Call, all application.Papers, d dossier.Document, key dossier.DataKey) (got papers.Received, err error) {
	limit := int64(0)
	for _, r := range all.Requirements {
		if r.ID == d.Requirement && r.Open {
			limit = r.Spec.MaxBytes
		}
	}
	switch {
	case limit == 0:
		return got, models.Conflict("document.closed", nil)
	case !papers.Flattens(d):
		return got, models.Invalid("document.not_flattened")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.verbContext()), flattening)
	defer cancel()
	flat, err := p.Documents.Flat(ctx, d.File, key, limit)
	switch {
	case errors.Is(err, render.ErrTooBig), errors.Is(err, render.ErrBroken), errors.Is(err, render.ErrPassword):
		return got, models.Invalid("document.not_flattened")
	case err != nil:
		return got, unavailable(err)
	}
	in := dossier.UploadInput{Place: d.Place, DeclaredType: "application/pdf", Length: int64(len(flat)),
		Name: strings.TrimSuffix(d.File.Name, path.Ext(d.File.Name)) + " (" + c.T("document.flat_name") + ").pdf"}
	defer c.renew()()
	u, key, err := p.reserve(c, d.Application, d.Requirement, in)
	if err != nil {
		return got, err
	}
	got, err = p.Documents.Receive(ctx, c.Actor, u, key, papers.Part{From: bytes.NewReader(flat)})
	if err != nil {
		_ = p.Documents.Cancel(c.UserContext(), c.Actor, u.ID)
	}
	return got, err
}

// unavailable turns what passes into 503 with a delay.
func unavailable(err error) error {
	if papers.Busy(err) {
		return &models.Error{Kind: models.KindUnavailable, Key: "document.renderer_busy", RetryAfter: 2, Err: err}
	}
	return err
}
