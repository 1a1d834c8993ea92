package handlers

import (
	"context"
	"crypto/md5"  //nolint:gosec // announced by the client against faults of the network
	"crypto/sha1" //nolint:gosec // the same; what is kept has a SHA-256 of ours
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"net/http"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"passerelle/handlers/middleware"
	"passerelle/handlers/papers"
	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/views/i18n"
	"passerelle/views/paths"
)

// The resumable upload protocol (tus 1.0.0): its core, with creation, checksum,
// expiration and termination.
const (
	tusVersion    = "1.0.0"
	tusExtensions = "creation,checksum,expiration,termination"
	tusAlgorithms = "sha256,sha1,md5"
	tusContent    = "application/offset+octet-stream"
	// statusChecksum is the protocol's own: the bytes are not those announced.
	statusChecksum = 460
)

// describeUploads tells a client what this server speaks.
func (p *Portal) describeUploads(c *Call) error {
	c.tus()
	c.Ctx.Set("Tus-Version", tusVersion)
	c.Ctx.Set("Tus-Extension", tusExtensions)
	c.Ctx.Set("Tus-Checksum-Algorithm", tusAlgorithms)
	c.Ctx.Set("Tus-Max-Size", strconv.Itoa(maxUpload))
	return c.SendStatus(http.StatusNoContent)
}

// tus sets what every answer of the protocol carries.
func (c *Call) tus() {
	c.Ctx.Set("Tus-Resumable", tusVersion)
	c.noStore()
}

// speaks refuses a client of another version of the protocol.
func (c *Call) speaks() error {
	c.tus()
	if c.Get("Tus-Resumable") != tusVersion {
		c.Ctx.Set("Tus-Version", tusVersion)
		return fiber.ErrPreconditionFailed
	}
	return nil
}

// beginUpload reserves an upload for a place of a piece (creation).
func (p *Portal) beginUpload(c *Call) error {
	if err := c.speaks(); err != nil {
		return p.tusRefused(c, err)
	}
	id, err := c.ID("id")
	if err != nil {
		return p.tusRefused(c, err)
	}
	requirement, err := c.ID("requirement")
	if err != nil {
		return p.tusRefused(c, err)
	}
	in, err := c.announced()
	if err != nil {
		return p.tusRefused(c, err)
	}
	u, _, err := p.reserve(c, id, requirement, in)
	if err != nil {
		return p.tusRefused(c, err)
	}
	c.Ctx.Set(fiber.HeaderLocation, paths.Upload(u.ID.String()))
	c.where(u)
	return c.SendStatus(http.StatusCreated)
}

// announced reads what the client says of its file. A length told later is
// refused: the limit of the piece is checked before the first byte.
func (c *Call) announced() (dossier.UploadInput, error) {
	length, err := strconv.ParseInt(c.Get("Upload-Length"), 10, 64)
	if err != nil || length < 0 {
		return dossier.UploadInput{}, fiber.ErrBadRequest
	}
	in := dossier.UploadInput{Place: 1, Length: length}
	for _, pair := range strings.Split(c.Get("Upload-Metadata"), ",") {
		name, encoded, _ := strings.Cut(strings.TrimSpace(pair), " ")
		value, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
		if err != nil {
			return in, fiber.ErrBadRequest
		}
		switch name {
		case "filename":
			in.Name = strings.ToValidUTF8(string(value), "")
		case "filetype":
			in.DeclaredType = strings.ToValidUTF8(string(value), "")
		case "place":
			in.Place, _ = strconv.Atoi(string(value))
		}
	}
	if length > maxUpload {
		return in, &models.Error{Kind: models.KindTooLarge, Key: "document.too_large", Data: dossier.TooLarge{Length: length, Limit: maxUpload}}
	}
	return in, nil
}

// where tells how far an upload is and until when it is kept.
func (c *Call) where(u dossier.Upload) {
	c.Ctx.Set("Upload-Offset", strconv.FormatInt(u.Received, 10))
	c.Ctx.Set("Upload-Expires", u.ExpiresAt.UTC().Format(http.TimeFormat))
}

// uploadNamed locks the upload of the address for its applicant, for a moment.
func (p *Portal) uploadNamed(c *Call, id models.ID) (u dossier.Upload, key dossier.DataKey, err error) {
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		u, key, err = application.LockUpload(ctx, tx, c.Actor, id)
		return err
	})
	return u, key, err
}

// showUpload tells how far an upload is (HEAD). One that is being written has no
// place to tell yet, unless who writes it is gone.
func (p *Portal) showUpload(c *Call) error {
	id, err := p.named(c)
	if err != nil {
		return p.tusRefused(c, err)
	}
	u, _, err := p.uploadNamed(c, id)
	if err == nil {
		err = p.Documents.Settled(c.UserContext(), id)
	}
	if err == nil {
		u, _, err = p.uploadNamed(c, id)
	}
	if err != nil {
		return p.tusRefused(c, err)
	}
	c.where(u)
	c.Ctx.Set("Upload-Length", strconv.FormatInt(u.Length, 10))
	return c.SendStatus(http.StatusOK)
}

// named is the upload of the address, for a client that speaks the protocol.
func (p *Portal) named(c *Call) (models.ID, error) {
	if err := c.speaks(); err != nil {
		return uuid.Nil, err
	}
	id, err := c.ID("upload")
	if err != nil {
		err = models.NotFound("document.no_upload")
	}
	return id, err
}

// continueUpload receives a part of an upload (PATCH). The bytes go to the store
// as they come; what had come when the connection broke is kept.
func (p *Portal) continueUpload(c *Call) error {
	id, err := p.named(c)
	if err != nil {
		return p.tusRefused(c, err)
	}
	body := middleware.BodyOf(c.Ctx)
	part, at, err := c.part(body)
	if err != nil {
		return p.tusRefused(c, err)
	}
	// Whose it is comes before whose turn it is.
	if _, _, err := p.uploadNamed(c, id); err != nil {
		return p.tusRefused(c, err)
	}
	turn, err := p.Documents.TakeTurn(c.UserContext(), id, body.Interrupt)
	if err != nil {
		return p.tusRefused(c, err)
	}
	defer turn.End()
	part.Moved = turn.Moved
	u, key, err := p.uploadNamed(c, id)
	switch {
	case err != nil:
		return p.tusRefused(c, err)
	case at != u.Received:
		return p.tusRefused(c, models.Conflict("document.upload_moved", u))
	case u.Document != uuid.Nil: // whole already, and at is its end: the answer was lost
		c.where(u)
		return c.SendStatus(http.StatusNoContent)
	case body.Length() > u.Length-u.Received:
		return p.tusRefused(c, papers.ErrTooLong)
	}
	got, err := p.Documents.Receive(context.WithoutCancel(c.verbContext()), c.Actor, u, key, part)
	if err != nil {
		return p.tusRefused(c, err)
	}
	if got.Whole() {
		p.Documents.InspectSoon(got.Document.File.ID)
	}
	c.where(got.Upload)
	if got.Cut != nil {
		return fiber.ErrBadRequest // nobody is there to read it
	}
	return c.SendStatus(http.StatusNoContent)
}

// part reads the headers of a part: where it goes and what its checksum is.
func (c *Call) part(body *middleware.Body) (papers.Part, int64, error) {
	part := papers.Part{From: body}
	if c.Get(fiber.HeaderContentType) != tusContent || c.Get(fiber.HeaderContentEncoding) != "" {
		return part, 0, fiber.ErrUnsupportedMediaType
	}
	at, err := strconv.ParseInt(c.Get("Upload-Offset"), 10, 64)
	if err != nil || at < 0 {
		return part, 0, fiber.ErrBadRequest
	}
	announced := c.Get("Upload-Checksum")
	if announced == "" {
		return part, at, nil
	}
	algorithm, encoded, _ := strings.Cut(announced, " ")
	made := map[string]func() hash.Hash{"sha256": sha256.New, "sha1": sha1.New, "md5": md5.New}[algorithm]
	if made == nil {
		return part, at, fiber.ErrBadRequest
	}
	part.Hash = made()
	if part.Sum, err = base64.StdEncoding.DecodeString(encoded); err != nil {
		return part, at, fiber.ErrBadRequest
	}
	return part, at, nil
}

// cancelUpload forgets an upload with what had come (termination).
func (p *Portal) cancelUpload(c *Call) error {
	id, err := p.named(c)
	if err != nil {
		return p.tusRefused(c, err)
	}
	if _, _, err := p.uploadNamed(c, id); err != nil {
		return p.tusRefused(c, err)
	}
	turn, err := p.Documents.TakeTurn(c.UserContext(), id, func() {})
	if err != nil {
		return p.tusRefused(c, err)
	}
	defer turn.End()
	if err := p.Documents.Cancel(c.verbContext(), c.Actor, id); err != nil {
		return p.tusRefused(c, err)
	}
	return c.SendStatus(http.StatusNoContent)
}

// tusRefused answers a client of the protocol: its statuses, and one sentence for
// the person in place of a page. Faults of ours go the way of all others.
func (p *Portal) tusRefused(c *Call, err error) error {
	status := 0
	var theirs *fiber.Error
	var ours *models.Error
	switch {
	case errors.Is(err, papers.ErrChecksum):
		status = statusChecksum
	case errors.Is(err, papers.ErrBusy):
		status = http.StatusLocked
	case errors.Is(err, papers.ErrTooLong), errors.Is(err, papers.ErrSpent):
		status = http.StatusRequestEntityTooLarge
	case errors.As(err, &theirs):
		status = theirs.Code
	case errors.As(err, &ours):
		status = statusOf(ours.Kind)
	default:
		return err
	}
	if ours == nil {
		ours = &models.Error{}
	}
	switch u, moved := ours.Data.(dossier.Upload); {
	case moved:
		c.where(u)
	case ours.Kind == models.KindConflict: // the piece is closed: trying again is of no use
		status = http.StatusForbidden
	}
	if status == http.StatusNotFound && c.hasExpired() {
		status = http.StatusUnauthorized // it may be theirs, once signed in again
	}
	if ours.RetryAfter > 0 {
		c.Ctx.Set(fiber.HeaderRetryAfter, strconv.Itoa(ours.RetryAfter))
	}
	text := ""
	if i18n.Has(ours.Key) {
		text = c.T(ours.Key, ours.Args...)
	}
	return c.Status(status).SendString(text)
}
