package handlers

import (
	"container/list"
	"hash/fnv"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"passerelle/views/i18n"
)

// cacheBytes bounds the rendered pages kept in memory, compressed ones included.
const cacheBytes = 32 << 20

// pageKey is what a rendered public page depends on besides the catalogue.
type pageKey struct {
	path  string
	lang  i18n.Lang
	theme string
}

// keptPage is one rendered page, with its compressed forms once somebody who
// comes back for it accepts them.
type keptPage struct {
	key         pageKey
	reference   string // of the course, for the change that is heard
	html        []byte
	gz, br      func() []byte
	etag        string
	from, until time.Time // portal's clock: it is right between the two
}

// size counts the compressed forms too: less than two thirds of a page together.
func (k *keptPage) size() int { return len(k.html)*5/3 + len(k.key.path) + 512 }

// pageCache keeps rendered pages of courses for visitors. It answers only while
// the database's announcements of change are heard (see Listen): a page is
// right until its course changes, or a civil date begins.
type pageCache struct {
	mu       sync.Mutex
	live     bool
	pages    map[pageKey]*list.Element
	order    list.List // most recently used first
	bytes    int
	drawings map[*drawing]struct{}
}

// drawing is a page being rendered; a change heard meanwhile spoils it.
type drawing struct {
	reference string
	spoilt    bool
}

// get finds a page that is still right at now.
func (pc *pageCache) get(key pageKey, now time.Time) *keptPage {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	e := pc.pages[key]
	if !pc.live || e == nil {
		return nil
	}
	kept := e.Value.(*keptPage)
	if now.Before(kept.from) || !now.Before(kept.until) {
		pc.drop(e)
		return nil
	}
	pc.order.MoveToFront(e)
	return kept
}

// begin says that a page is about to be read from the database and rendered.
func (pc *pageCache) begin(reference string) *drawing {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	if pc.drawings == nil {
		pc.drawings = map[*drawing]struct{}{}
	}
	d := &drawing{reference: reference, spoilt: !pc.live}
	pc.drawings[d] = struct{}{}
	return d
}

// end forgets a drawing and keeps its page (when there is one), unless a
// change was heard meanwhile.
func (pc *pageCache) end(d *drawing, kept *keptPage) {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	delete(pc.drawings, d)
	if kept == nil || d.spoilt || !pc.live || kept.size() > cacheBytes/8 {
		return
	}
	if e := pc.pages[kept.key]; e != nil {
		pc.drop(e)
	}
	pc.pages[kept.key] = pc.order.PushFront(kept)
	pc.bytes += kept.size()
	for pc.bytes > cacheBytes {
		pc.drop(pc.order.Back())
	}
}

// drop takes one page out; the caller holds the lock.
func (pc *pageCache) drop(e *list.Element) {
	kept := pc.order.Remove(e).(*keptPage)
	delete(pc.pages, kept.key)
	pc.bytes -= kept.size()
}

// changed forgets the pages of a course; "*" forgets every page.
func (pc *pageCache) changed(reference string) {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	for d := range pc.drawings {
		d.spoilt = d.spoilt || reference == "*" || d.reference == reference
	}
	for e := pc.order.Front(); e != nil; {
		next := e.Next()
		if reference == "*" || e.Value.(*keptPage).reference == reference {
			pc.drop(e)
		}
		e = next
	}
}

// listening empties the cache and switches it on or off.
func (pc *pageCache) listening(on bool) {
	pc.changed("*")
	pc.mu.Lock()
	defer pc.mu.Unlock()
	pc.live = on
	if pc.pages == nil {
		pc.pages = map[pageKey]*list.Element{}
	}
}

// keep makes a page to keep of a rendered one.
func keep(key pageKey, reference string, html []byte, from, until time.Time) *keptPage {
	h := fnv.New64a()
	_, _ = h.Write(html)
	return &keptPage{key: key, reference: reference, html: html, from: from, until: until,
		etag: `W/"` + strconv.FormatUint(h.Sum64(), 36) + `"`,
		gz:   sync.OnceValue(func() []byte { return fasthttp.AppendGzipBytesLevel(nil, html, 6) }),
		br:   sync.OnceValue(func() []byte { return fasthttp.AppendBrotliBytesLevel(nil, html, 5) })}
}

// cacheable reports a plain page asked for by a visitor of whom nothing shows
// on it: no sign-in, no draft, no part of a page.
func (c *Call) cacheable() bool {
	return c.Method() == fiber.MethodGet && !c.Partial() && !c.Actor.SignedIn() && len(c.Actor.DraftKey) == 0 &&
		!c.hasExpired() && len(c.Request().URI().QueryString()) == 0
}

// pageKey names the page of this call.
func (c *Call) pageKey() pageKey {
	return pageKey{path: strings.Clone(c.Path()), lang: c.Lang, theme: strings.Clone(c.cookie(appearanceCookie))}
}

// sendKept answers with a kept page, in the form that the browser accepts; one
// just drawn goes as it is, the middleware compresses it quickly.
func (c *Call) sendKept(kept *keptPage, again bool) error {
	h := &c.Response().Header
	h.SetContentType("text/html; charset=utf-8")
	h.Set(fiber.HeaderCacheControl, "private, no-cache")
	h.Set(fiber.HeaderVary, "HX-Request, HX-Target, Cookie, Accept-Language, Accept-Encoding")
	h.Set(fiber.HeaderETag, kept.etag)
	if c.Ctx.Get(fiber.HeaderIfNoneMatch) == kept.etag {
		return c.SendStatus(fiber.StatusNotModified)
	}
	body := kept.html
	switch accepted := c.Ctx.Get(fiber.HeaderAcceptEncoding); {
	case !again:
	case strings.Contains(accepted, "br"):
		h.Set(fiber.HeaderContentEncoding, "br")
		body = kept.br()
	case strings.Contains(accepted, "gzip"):
		h.Set(fiber.HeaderContentEncoding, "gzip")
		body = kept.gz()
	}
	c.Response().SetBodyRaw(body)
	return nil
}
