package handlers

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"passerelle/handlers/middleware"
	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/search"
	"passerelle/views/catalogues"
	"passerelle/views/ui"
)

const (
	searchDeadline = 2 * time.Second // past it, the page says that the search does not answer
	perPage        = 20
	nearby         = 3 // what comes close, when filters leave nothing
)

// searchResults answers a search by its address (P4.1): the whole page, its
// results alone while one types, or the next ones alone.
func (p *Portal) searchResults(c *Call) error {
	f := catalogues.ParseFilters(c.queryValues)
	page, err := p.results(c, f)
	if err != nil {
		return p.searchDown(c, f, err)
	}
	if !c.Partial() {
		p.noteResults(c, f, page)
		return c.Render(catalogues.Results(page))
	}
	switch c.Target() {
	case "suite":
		return c.Render(catalogues.Rows(page))
	case "f-structure-liste":
		return c.Render(catalogues.Structures(page))
	}
	c.follow(f)
	_, source, _ := strings.Cut(c.Ctx.Get("HX-Source"), "#")
	page.FocusTitle = page.Gone(source)
	return c.Render(catalogues.ResultsTyped(page))
}

// queryValues are the values of a name in the address.
func (c *Call) queryValues(name string) []string {
	raw := c.Request().URI().QueryArgs().PeekMulti(name)
	values := make([]string, len(raw))
	for i, v := range raw {
		values[i] = string(v)
	}
	return values
}

// follow makes the browser's address that of the search: replaced while the
// words alone change, so that Back leaves the search at once, pushed when a
// filter changes (P4.1).
func (c *Call) follow(f catalogues.Filters) {
	header := "HX-Push-Url"
	if shown, err := url.Parse(c.Ctx.Get("HX-Current-URL")); err == nil && shown.Path == "/recherche" {
		q := shown.Query()
		if catalogues.ParseFilters(func(name string) []string { return q[name] }).SameBut(f) {
			header = "HX-Replace-Url"
		}
	}
	c.Ctx.Set(header, f.URL())
}

// results searches, and once more without filters when they leave nothing.
func (p *Portal) results(c *Call, f catalogues.Filters) (catalogues.ResultsPage, error) {
	ctx, cancel := context.WithTimeout(c.Context(), searchDeadline)
	defer cancel()
	page := catalogues.ResultsPage{Filters: f, PerPage: perPage, Today: p.DB.Today()}
	q := search.Query{Text: f.Text, Facets: f.Values, Sort: search.Sort(f.Sort), Page: f.Page, PerPage: perPage,
		Today: page.Today, Lang: string(c.Lang), Exact: f.Exact, Named: f.Named}
	found, err := p.Index.Search(ctx, q)
	if err != nil {
		return page, err
	}
	if last := found.Pages(); len(found.Hits) == 0 && found.Total > 0 && last < f.Page {
		return p.results(c, f.At(last)) // an address of before the catalogue shrank
	}
	page.Total, page.Lesser, page.Degraded, page.Engine = found.Total, found.Lesser, found.Degraded, found.Engine
	page.Exact = found.Exact()
	page.Corrected, page.Suggested = found.Corrected, found.Suggested
	page.Hits, page.Facets = p.hits(found.Hits, page.Today), facetsOf(found.Facets, f.Named)
	if found.Total > 0 || f.Count() == 0 {
		return page, nil
	}
	q.Facets, q.Page, q.PerPage = nil, 1, nearby
	if found, err = p.Index.Search(ctx, q); err != nil {
		return page, err
	}
	page.NearTotal, page.Near = found.Total, p.hits(found.Hits, page.Today)
	return page, nil
}

// searchDown says that the search does not answer and what still does (P15.4);
// when the database does not answer either, that is what is said.
func (p *Portal) searchDown(c *Call, f catalogues.Filters, err error) error {
	ctx, cancel := context.WithTimeout(context.Background(), searchDeadline/4)
	defer cancel()
	if p.DB.Pool.Ping(ctx) != nil {
		return &models.Error{Kind: models.KindUnavailable, Key: "search.unavailable", RetryAfter: 2, Err: err}
	}
	if errors.Is(err, search.ErrStarting) {
		return p.searchStarting(c, f)
	}
	request := middleware.RequestIDOf(c.Ctx)
	p.Log.LogAttrs(context.Background(), slog.LevelError, "search failed", slog.String("id", request), slog.String("error", models.Loggable(err)))
	page := catalogues.ResultsPage{Filters: f, Down: true, At: p.moment(p.DB.Clock.Now()), Request: request}
	c.Ctx.Set(fiber.HeaderRetryAfter, "5")
	if c.Partial() {
		return c.RenderStatus(fiber.StatusServiceUnavailable, catalogues.ResultsTyped(page))
	}
	return c.RenderStatus(fiber.StatusServiceUnavailable, catalogues.Results(page))
}

// searchStarting says that the answer comes in a few seconds.
func (p *Portal) searchStarting(c *Call, f catalogues.Filters) error {
	page := catalogues.ResultsPage{Filters: f, Starting: true}
	c.Ctx.Set(fiber.HeaderRetryAfter, "3")
	if c.Partial() {
		return c.RenderStatus(fiber.StatusServiceUnavailable, catalogues.ResultsTyped(page))
	}
	return c.RenderStatus(fiber.StatusServiceUnavailable, catalogues.Results(page))
}

func (p *Portal) hits(found []search.Hit, today time.Time) []catalogues.Hit {
	hits := make([]catalogues.Hit, len(found))
	for i, h := range found {
		hits[i] = catalogues.Hit{Kind: h.Kind, Reference: h.Reference, Title: marks(h.Title), Text: marks(h.Excerpt),
			Duration: h.Duration, Place: catalogues.Town(h.Place), Level: h.LevelLabel, By: h.Organisation,
			Shifted: h.ShiftedYears > 0}
		if h.Kind == catalogue.KindProgramme {
			hits[i].Type = h.Type
		}
		if h.PublishedOn != nil {
			hits[i].Published = day(*h.PublishedOn)
		}
		if h.ClosesOn != nil {
			hits[i].Closes = day(*h.ClosesOn)
		}
		if h.Next != nil {
			hits[i].Session = hitSession(h, today)
			hits[i].Others = max(h.Places-1, 0)
			if h.Kind == catalogue.KindCourse {
				hits[i].Place = placeOf(*h.Next)
			}
		}
	}
	return hits
}

func hitSession(h search.Hit, today time.Time) *catalogues.HitSession {
	s := h.Next
	return &catalogues.HitSession{State: s.State(today), Starts: s.StartsOn, Opens: s.OpensOn, Closes: s.ClosesOn,
		Seats: max(s.SeatsLeft(), 0), Others: max(h.Sessions-1, 0)}
}

// placeOf is the town of a session, empty when it is remote.
func placeOf(s catalogue.Session) string {
	if s.Modality == catalogue.Remote {
		return ""
	}
	if s.Place != "" {
		return s.Place
	}
	return s.Region
}

// marks turns an engine's private marks into pieces, which views escape.
func marks(m search.Marked) ui.Marks {
	parts := m.Parts()
	out := make(ui.Marks, len(parts))
	for i, part := range parts {
		out[i] = ui.Mark{Text: part.Text, Hit: part.Match}
	}
	return out
}

// facetsOf keeps the filters worth showing: those that find something or are
// in force; what is under a domain or region only once it is chosen.
func facetsOf(all []search.Facet, named string) []catalogues.Facet {
	chosen := map[string]bool{}
	for _, f := range all {
		for _, v := range f.Values {
			chosen[f.Name+"/"+v.Value] = v.Selected
		}
	}
	var out []catalogues.Facet
	for _, f := range all {
		facet := catalogues.Facet{Name: f.Name, Others: f.Others}
		below := map[string][]catalogues.Choice{}
		for _, v := range f.Values {
			choice := catalogues.Choice{Value: v.Value, Label: catalogues.Capital(v.Label), Count: v.Count, Checked: v.Selected}
			over := f.Name
			if f.Name == search.FacetDepartment {
				over = search.FacetRegion
			}
			switch {
			case v.Count == 0 && !v.Selected:
			case v.Parent == "":
				facet.Choices = append(facet.Choices, choice)
			case !v.Selected && !chosen[over+"/"+v.Parent]:
			case f.Name == search.FacetDepartment:
				facet.Choices = append(facet.Choices, choice)
			default:
				choice.Sub = true
				below[v.Parent] = append(below[v.Parent], choice)
			}
		}
		facet.Choices = nest(facet.Choices, below)
		if len(facet.Choices) > 0 || f.Name == search.FacetStructure && named != "" {
			out = append(out, facet)
		}
	}
	return out
}

// nest puts sub-domains under their domain; one whose domain finds nothing
// stands alone.
func nest(top []catalogues.Choice, below map[string][]catalogues.Choice) []catalogues.Choice {
	var out []catalogues.Choice
	for _, c := range top {
		out = append(append(out, c), below[c.Value]...)
		delete(below, c.Value)
	}
	for _, parent := range slices.Sorted(maps.Keys(below)) {
		out = append(out, below[parent]...)
	}
	return out
}
