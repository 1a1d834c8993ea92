package handlers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"passerelle/handlers/papers"
	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/storage/render"
)

// sandboxed keeps bytes that somebody sent from acting, were a browser ever to
// open them as a page: no script, no form, an origin of their own.
const sandboxed = "sandbox; default-src 'none'; img-src 'self'; style-src 'none'; script-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// opened is the access check of every byte of a document, at each request (P7.4).
func (p *Portal) opened(c *Call, how dossier.Reading) (d dossier.Document, key dossier.DataKey, owner bool, err error) {
	id, err := c.ID("id")
	if err != nil {
		return d, key, false, err
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		if d, key, err = application.OpenDocument(ctx, tx, c.Actor, id, how); err != nil {
			return err
		}
		a, err := application.Load(ctx, tx, c.Actor, d.Application)
		owner = err == nil && a.OwnedBy(c.Actor)
		if models.KindOf(err) == models.KindNotFound { // who gives an opinion sees no application
			return nil
		}
		return err
	})
	if models.KindOf(err) == models.KindNotFound && err != nil {
		err = models.NotFound("document.not_found")
	}
	return d, key, owner, err
}

// downloadDocument sends a document, always as a download. Its owner gets what
// they gave; anyone else gets images without what they told of their author.
func (p *Portal) downloadDocument(c *Call) error {
	d, key, owner, err := p.opened(c, dossier.ReadDownload)
	if err != nil {
		if !c.Actor.SignedIn() && models.KindOf(err) == models.KindNotFound {
			return p.askToSignIn(c)
		}
		return err
	}
	if !owner {
		return p.sendClean(c, d.File, key, d.File.Name)
	}
	return p.sendFile(c, d.File, key, d.File.Name, "private, no-store")
}

// sendClean sends a file to somebody else than its owner.
func (p *Portal) sendClean(c *Call, f dossier.File, key dossier.DataKey, name string) error {
	picture, image, err := p.Documents.Clean(c.UserContext(), f, key)
	if err != nil {
		return unavailable(err)
	}
	if image {
		return p.sendPicture(c, picture, cleanName(name, picture.Type))
	}
	return p.sendFile(c, f, key, name, "private, no-store")
}

// cleanName is the name of an image made again, which may be of another type.
func cleanName(name, kind string) string {
	ending := ".jpg"
	if kind == "image/png" {
		ending = ".png"
	}
	if e := strings.ToLower(path.Ext(name)); e == ending || e == ".jpeg" && ending == ".jpg" {
		return name
	}
	return strings.TrimSuffix(name, path.Ext(name)) + ending
}

func (p *Portal) sendPicture(c *Call, picture papers.Picture, name string) error {
	c.fileHeaders(picture.Type, name, "private, no-store")
	return c.Send(picture.Content)
}

// sendFile streams a file out of the store, or the part of it that was asked for.
func (p *Portal) sendFile(c *Call, f dossier.File, key dossier.DataKey, name, cache string) error {
	ctx, cancel := context.WithCancel(context.WithoutCancel(c.UserContext()))
	file, err := p.Documents.Open(ctx, f, key)
	if err != nil {
		cancel()
		return err
	}
	c.fileHeaders(f.Type, name, cache)
	from, length, status := askedRange(c.Get(fiber.HeaderRange), c.Get(fiber.HeaderIfRange), file.Size())
	c.Ctx.Set("Accept-Ranges", "bytes")
	switch status {
	case http.StatusPartialContent:
		c.Ctx.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, from+length-1, file.Size()))
	case http.StatusRequestedRangeNotSatisfiable:
		c.Ctx.Set("Content-Range", fmt.Sprintf("bytes */%d", file.Size()))
		cancel()
		_ = file.Close()
		return c.SendStatus(status)
	}
	if _, err := file.Seek(from, io.SeekStart); err != nil {
		cancel()
		_ = file.Close()
		return err
	}
	c.Status(status)
	c.Ctx.Context().SetBodyStream(&outgoing{file: partOf{io.LimitReader(file, length), file}, conn: c.Ctx.Context().Conn(), cancel: cancel}, int(length))
	return nil
}

// partOf is a part of a file: the server refuses to be given more than announced.
type partOf struct {
	io.Reader
	io.Closer
}

// outgoing streams a file to a client that takes it at its own pace.
type outgoing struct {
	file   io.ReadCloser
	conn   net.Conn
	cancel context.CancelFunc
}

// leaving is how long one block may take to leave.
const leaving = 30 * time.Second

func (o *outgoing) Read(b []byte) (int, error) {
	if o.conn != nil {
		_ = o.conn.SetWriteDeadline(time.Now().Add(leaving))
	}
	return o.file.Read(b)
}

// block is what is decrypted and sent at a time, in bytes: that of the store's
// encryption, where the server alone would take half of it.
const block = 64 << 10

var blocks = sync.Pool{New: func() any { return new([block]byte) }}

// WriteTo sends it all, for the server.
func (o *outgoing) WriteTo(w io.Writer) (int64, error) {
	b := blocks.Get().(*[block]byte)
	defer blocks.Put(b)
	return io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{o}, b[:])
}

// Close is called by the server, whether all of it left or not.
func (o *outgoing) Close() error {
	o.cancel()
	return o.file.Close()
}

// fileHeaders says what is sent, and to whom it may be shown: nobody but who asked.
func (c *Call) fileHeaders(kind, name, cache string) {
	c.Ctx.Set(fiber.HeaderContentType, sentType(kind))
	c.Ctx.Set(fiber.HeaderContentDisposition, disposition("attachment", name))
	c.Ctx.Set(fiber.HeaderCacheControl, cache)
	c.Ctx.Set("Content-Security-Policy", sandboxed)
	c.Ctx.Set("X-Download-Options", "noopen")
}

// sentType is the type under which a file leaves: what its content is, unless a
// browser could make a page of it.
func sentType(kind string) string {
	switch kind {
	case "application/pdf", "image/jpeg", "image/png", "image/heic", "image/webp", "image/tiff", "application/msword", "application/rtf",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.oasis.opendocument.text",
		"application/vnd.ms-excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
		return kind
	case "text/plain", "text/html", "text/rtf":
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}

// disposition names a file for the one who keeps it (RFC 6266): letters that every
// program reads, then the name as it is. Nothing of the name can end the header.
func disposition(how, name string) string {
	var plain, exact strings.Builder
	for _, r := range name {
		switch {
		case r < 0x20 || r == 0x7f:
			continue
		case r >= 0x7f || strings.ContainsRune(`"\/%:*?<>|;`, r):
			plain.WriteByte('_')
		default:
			plain.WriteRune(r)
		}
		if r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("!#$&+-.^_`|~", r)) {
			exact.WriteRune(r)
			continue
		}
		for _, b := range []byte(string(r)) {
			fmt.Fprintf(&exact, "%%%02X", b)
		}
	}
	return how + `; filename="` + plain.String() + `"; filename*=UTF-8''` + exact.String()
}

// askedRange reads a request for a part of a file. Several parts at once, or what
// cannot be read, is answered with the whole: a client may ask for a thousand.
func askedRange(header, condition string, size int64) (from, length int64, status int) {
	whole := func() (int64, int64, int) { return 0, size, http.StatusOK }
	asked, ok := strings.CutPrefix(header, "bytes=")
	first, last, dash := strings.Cut(asked, "-")
	if !ok || !dash || condition != "" || len(asked) > 60 || strings.Contains(asked, ",") {
		return whole()
	}
	a, errA := strconv.ParseUint(first, 10, 63)
	b, errB := strconv.ParseUint(last, 10, 63)
	switch {
	case first == "" && errB == nil: // the last so many
		from, length = max(size-int64(b), 0), min(int64(b), size)
	case errA == nil && last == "":
		from, length = int64(a), size-int64(a)
	case errA == nil && errB == nil && a <= b:
		from, length = int64(a), min(int64(b), size-1)-int64(a)+1
	default:
		return whole()
	}
	if from >= size || length <= 0 {
		return 0, 0, http.StatusRequestedRangeNotSatisfiable
	}
	return from, length, http.StatusPartialContent
}

// showDocumentPage is the image of one page, made by us (P7.6).
func (p *Portal) showDocumentPage(c *Call) error {
	d, key, _, err := p.opened(c, dossier.ReadInline)
	if err != nil {
		return err
	}
	return p.drawPage(c, d, key)
}

// drawPage sends the image of the page in the address, of a document whose access
// has been checked.
func (p *Portal) drawPage(c *Call, d dossier.Document, key dossier.DataKey) error {
	page, err := strconv.Atoi(c.Params("n"))
	if err != nil || !shows(d) || d.File.Pages > 0 && page > d.File.Pages {
		return models.NotFound("document.no_page")
	}
	asked, _ := strconv.Atoi(c.Query("largeur"))
	if asked <= 0 {
		asked = papers.DeskWidth
	}
	width := papers.Width(asked)
	// The browser asks again each time, and the access check is made each time.
	etag := pageTag(c.Actor, d.File, page, width)
	c.Ctx.Set(fiber.HeaderETag, etag)
	c.Ctx.Set(fiber.HeaderCacheControl, "private, no-cache")
	c.Ctx.Append(fiber.HeaderVary, "Cookie")
	if c.Get(fiber.HeaderIfNoneMatch) == etag {
		return c.SendStatus(http.StatusNotModified)
	}
	picture, err := p.Documents.Page(c.UserContext(), d.File, key, page, width)
	if err != nil {
		return pageFault(err)
	}
	c.Ctx.Set(fiber.HeaderContentType, picture.Type)
	c.Ctx.Set(fiber.HeaderContentDisposition, "inline")
	c.Ctx.Set("Content-Security-Policy", sandboxed)
	return c.Send(picture.Content)
}

// shows reports a document whose pages may be drawn: what was refused is kept from
// the children that draw.
func shows(d dossier.Document) bool {
	return d.File.Inspection == "accept" || d.File.Inspection == "warn"
}

// pageTag names an image for one reader: kept by a browser, it tells another
// account nothing.
func pageTag(by models.Actor, f dossier.File, page, width int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %x %s %d %d", by.Account, by.DraftKey, f.ID, page, width))
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// pageFault is a page that cannot be drawn: never, or not now.
func pageFault(err error) error {
	for _, never := range []error{papers.ErrNotShown, render.ErrNoPage, render.ErrUnsupported, render.ErrBroken, render.ErrTooBig, render.ErrPassword} {
		if errors.Is(err, never) {
			return models.NotFound("document.no_page")
		}
	}
	return unavailable(err)
}

// showDocumentText is what a page says, with the place of each line: the text that
// lies over its image, to be selected, searched and heard.
func (p *Portal) showDocumentText(c *Call) error {
	d, key, _, err := p.opened(c, dossier.ReadInline)
	if err != nil {
		return err
	}
	page, err := strconv.Atoi(c.Query("page", "1"))
	if err != nil || !shows(d) {
		return models.NotFound("document.no_page")
	}
	text, err := p.Documents.Text(c.UserContext(), d.File, key, page)
	if err != nil {
		return pageFault(err)
	}
	c.Ctx.Set(fiber.HeaderCacheControl, "private, no-store")
	c.Ctx.Set("Content-Security-Policy", sandboxed)
	return c.JSON(text)
}

// downloadTemplate sends a model to fill in, to anyone (P7.7).
func (p *Portal) downloadTemplate(c *Call) error {
	id, err := c.ID("file")
	if err != nil {
		return err
	}
	var f dossier.File
	var key dossier.DataKey
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		if f, err = dossier.Template(ctx, tx, id); err != nil {
			return err
		}
		key, err = dossier.KeyOf(ctx, tx, id)
		return err
	})
	if err != nil {
		return err
	}
	return p.sendFile(c, f, key, f.Name, "private, max-age=300")
}
