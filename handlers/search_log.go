package handlers

import (
	"context"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/searching"
	"passerelle/search"
	"passerelle/views/catalogues"
)

// What is counted of the public search (P14.1), and how it is known without
// following anybody:
//
//   - A whole page of results that a browser navigated to (Enter without a
//     script, a link, an address): at once. Prefetches and robots are not.
//   - Results that came while typing: the page asks for POST /recherche/vue two
//     seconds after the last letter, once and for the text of that moment. The
//     requests of each letter count nothing.
//   - A result that is opened: its own page knows from the Referer, which the
//     portal gets from its own pages alone (Referrer-Policy: same-origin), which
//     search was left for it; the rank is found again by asking that search
//     once more. Links carry nothing, and it works without a script.
//
// The page never waits for the log, and the work of staff is not counted. What
// anybody can ask for by a header is bounded: the searches that are made for the
// log alone are so many a minute for one network and so many at once, and what
// is beyond is not counted.

// noted is how many lines of the log are being written, and for how many of them
// the portal searches: more are dropped.
type noted struct{ busy, searching atomic.Int32 }

const (
	mostNoted    = 8
	mostSearched = 2
	noteDeadline = 10 * time.Second
	deepestRank  = 100
)

// note writes one line of the log without keeping the page waiting.
func (p *Portal) note(c *Call, write func(context.Context, searching.Typed) error) {
	if c.Actor.Has(models.RoleOfficer) || c.Actor.Has(models.RoleAdmin) {
		return
	}
	if p.noted.busy.Add(1) > mostNoted {
		p.noted.busy.Add(-1)
		return
	}
	typed := searching.Typed{Visit: network(c.Client()) + "\x00" + c.Ctx.Get(fiber.HeaderUserAgent) + "\x00" + c.Ctx.Get(fiber.HeaderAcceptLanguage), Results: -1}
	go func() {
		defer p.noted.busy.Add(-1)
		ctx, cancel := context.WithTimeout(context.Background(), noteDeadline)
		defer cancel()
		if err := write(ctx, typed); err != nil {
			p.Log.LogAttrs(ctx, slog.LevelDebug, "query log", slog.String("error", models.Loggable(err)))
		}
	}()
}

// noteSearched writes a line that takes a search of its own.
func (p *Portal) noteSearched(c *Call, q search.Query, write func(*searching.Typed, search.Results) bool) {
	if p.limits.refuse(limitLogged, p.RateFactor, c.Client(), time.Now()) > 0 {
		return
	}
	p.note(c, func(ctx context.Context, typed searching.Typed) error {
		defer p.noted.searching.Add(-1)
		if p.noted.searching.Add(1) > mostSearched {
			return nil
		}
		found, err := p.Index.Search(ctx, q)
		if err != nil || !write(&typed, found) {
			return err
		}
		return searching.Note(ctx, p.DB, typed)
	})
}

// noteResults counts a page of results as seen.
func (p *Portal) noteResults(c *Call, f catalogues.Filters, page catalogues.ResultsPage) {
	if f.Page > 1 || searching.Kept(f.Text) == "" || !c.navigated() {
		return
	}
	p.note(c, func(ctx context.Context, typed searching.Typed) error {
		typed.Text, typed.Engine = f.Text, page.Engine
		if f.Count() == 0 {
			typed.Results = page.Exact
		}
		return searching.Note(ctx, p.DB, typed)
	})
}

// navigated tells that a browser brought somebody to the page, as those of
// the last years say; a prefetch or a robot did not.
func (c *Call) navigated() bool {
	return c.Ctx.Get("Sec-Fetch-Mode") == "navigate" && c.Ctx.Get("Sec-Purpose") == "" && c.Ctx.Get("Purpose") == ""
}

// seeResults counts the results that somebody has looked at for two seconds.
func (p *Portal) seeResults(c *Call) error {
	form := c.Form()
	f := catalogues.ParseFilters(func(name string) []string { return form[name] })
	if searching.Kept(f.Text) != "" {
		p.noteSearched(c, p.query(f, 1), func(typed *searching.Typed, found search.Results) bool {
			typed.Text, typed.Engine = f.Text, found.Engine
			if f.Count() == 0 {
				typed.Results = found.Exact()
			}
			return true
		})
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// afterSearch counts the opening of a result by whoever comes from a search.
func (p *Portal) afterSearch(kind catalogue.Kind, show func(*Call) error) func(*Call) error {
	return func(c *Call) error {
		if f, ok := c.searchLeft(); ok {
			p.noteOpened(c, f, kind, strings.Clone(c.Params("reference")))
		}
		return show(c)
	}
}

// searchLeft is the search that this page was opened from.
func (c *Call) searchLeft() (f catalogues.Filters, ok bool) {
	referer := c.Ctx.Get(fiber.HeaderReferer)
	if !strings.Contains(referer, "/recherche?") || !c.navigated() {
		return f, false
	}
	from, err := url.Parse(referer)
	if err != nil || from.Path != "/recherche" || from.Host != c.Hostname() {
		return f, false
	}
	q := from.Query()
	f = catalogues.ParseFilters(func(name string) []string { return q[name] })
	return f, searching.Kept(f.Text) != ""
}

func (p *Portal) noteOpened(c *Call, f catalogues.Filters, kind catalogue.Kind, reference string) {
	p.noteSearched(c, p.query(f, deepestRank), func(typed *searching.Typed, found search.Results) bool {
		rank := slices.IndexFunc(found.Hits, func(h search.Hit) bool { return h.Kind == kind && h.Reference == reference }) + 1
		if rank == 0 {
			return false // from elsewhere on that page
		}
		typed.Text, typed.Engine, typed.Rank = f.Text, found.Engine, rank
		if f.Count() == 0 {
			typed.Results = found.Exact()
		}
		return true
	})
}

// query is a search of the log's own.
func (p *Portal) query(f catalogues.Filters, most int) search.Query {
	return search.Query{Text: f.Text, Facets: f.Values, Sort: search.Sort(f.Sort), Page: 1, PerPage: most, Today: p.DB.Today(), Lang: "fr", Exact: f.Exact}
}
