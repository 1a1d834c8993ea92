package handlers

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"passerelle/handlers/middleware"
	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/words"
	"passerelle/models/form"
	"passerelle/search"
	"passerelle/views/catalogues"
)

// searchAnnouncements is the advanced search of announcements (P4.4): the whole
// page, its table alone when it is sorted or turned, or the structures whose
// name is being typed.
func (p *Portal) searchAnnouncements(c *Call) error {
	q := catalogues.ParseAnnouncementQuery(c.queryValues)
	page := catalogues.AnnouncementsPage{Query: q, PerPage: perPage, Today: p.DB.Today(), Problems: map[string]string{}, Args: map[string]string{}}
	s := announcementSearch(q, &page)
	ctx := c.Context()
	status := fiber.StatusOK
	if len(page.Problems) > 0 {
		status = fiber.StatusUnprocessableEntity
	}
	if err := p.soughtByWords(ctx, c, &s, &page); err != nil {
		if p.DB.Pool.Ping(ctx) != nil {
			return err
		}
		if page.Starting = errors.Is(err, search.ErrStarting); !page.Starting {
			p.Log.LogAttrs(ctx, slog.LevelError, "search failed", slog.String("id", middleware.RequestIDOf(c.Ctx)), slog.String("error", models.Loggable(err)))
		}
		page.Down, s.Text, status = true, false, fiber.StatusServiceUnavailable
		c.Ctx.Set(fiber.HeaderRetryAfter, "5")
	}
	if err := p.announcementsFound(ctx, s, &page); err != nil {
		return err
	}
	if last := (page.List.Total + perPage - 1) / perPage; last > 0 && q.Page > last {
		page.Query, s.Page = q.At(last), last // an address of before the list shrank
		if err := p.announcementsFound(ctx, s, &page); err != nil {
			return err
		}
	}
	switch {
	case !c.Partial():
		return c.RenderStatus(status, catalogues.Announcements(page))
	case c.Target() == "c-structure-liste":
		return c.Render(catalogues.AnnouncementStructures(page))
	}
	return c.RenderStatus(status, catalogues.AnnouncementsPart(page))
}

// announcementSearch reads the criteria; a date that cannot be understood is a
// problem of the page and no criterion.
func announcementSearch(q catalogues.AnnouncementQuery, page *catalogues.AnnouncementsPage) catalogue.AnnouncementSearch {
	column, down := strings.CutPrefix(q.Sort, "-")
	s := catalogue.AnnouncementSearch{Number: q.Number, Text: q.Text != "", Specialities: q.Values["specialite"], Regions: q.Values["region"],
		Departments: q.Values["departement"], Structures: q.Values["structure"], Open: q.Open, Sort: column, Descending: down,
		Page: q.Page, PerPage: perPage}
	for name, p := range map[string]*catalogue.Period{"debut": &s.Starts, "fin": &s.Ends, "cloture": &s.Closes} {
		p.From, p.To = page.Date(name+"_du", readDate), page.Date(name+"_au", readDate)
		if !p.From.IsZero() && !p.To.IsZero() && p.To.Before(p.From) {
			page.Problems[name+"_au"], page.Args[name+"_au"] = "announcements.date.before", q.Dates[name+"_du"]
			*p = catalogue.Period{}
		}
	}
	return s
}

// readDate reads a date as it was typed, or says by a key what is wrong.
func readDate(typed string) (time.Time, string) {
	d, problem := form.ReadDate(typed)
	if problem != "" {
		return time.Time{}, "announcements" + strings.TrimPrefix(problem, "form")
	}
	year, month, day := d.Date()
	if year < 1950 || year > 2150 {
		return time.Time{}, "announcements.date.absurd"
	}
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC), ""
}

// soughtByWords asks the search which announcements hold the words.
func (p *Portal) soughtByWords(ctx context.Context, c *Call, s *catalogue.AnnouncementSearch, page *catalogues.AnnouncementsPage) error {
	if !s.Text {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, searchDeadline)
	defer cancel()
	found, err := p.Index.Search(ctx, search.Query{Text: page.Query.Text, Facets: map[string][]string{search.FacetKind: {"annonce"}}, PerPage: 1,
		Today: page.Today, Lang: string(c.Lang), Objects: true})
	if err != nil {
		return err
	}
	s.Among, page.Corrected, page.Suggested = found.Objects, found.Corrected, found.Suggested
	return nil
}

// announcementsFound fills the page with what the criteria find.
func (p *Portal) announcementsFound(ctx context.Context, s catalogue.AnnouncementSearch, page *catalogues.AnnouncementsPage) error {
	var err error
	if page.List, err = catalogue.SearchAnnouncements(ctx, p.DB.Pool, s, page.Today); err != nil {
		return err
	}
	names, err := catalogue.NamesOf(ctx, p.DB.Pool, s, page.List)
	if err != nil {
		return err
	}
	page.Facets, page.Names = announcementLists(page, names)
	if page.List.Total > 0 || len(page.Problems) > 0 || page.Down {
		return nil
	}
	for _, name := range page.Query.Criteria() {
		fewer := catalogues.AnnouncementsPage{Query: page.Query.Without(name, ""), Problems: map[string]string{}, Args: map[string]string{}}
		without := announcementSearch(fewer.Query, &fewer)
		without.Among = s.Among
		if list, err := catalogue.SearchAnnouncements(ctx, p.DB.Pool, without, page.Today); err != nil {
			return err
		} else if list.Total > 0 {
			page.Drops = append(page.Drops, catalogues.Drop{Name: name, Total: list.Total})
		}
	}
	return nil
}

// announcementLists are the lists of the form with their counts, and the names
// of what is chosen in them.
func announcementLists(page *catalogues.AnnouncementsPage, names catalogue.AnnouncementNames) ([]catalogues.Facet, map[string]string) {
	q, list := page.Query, page.List
	chosen := map[string]string{}
	choice := func(list, value, label string, count int) catalogues.Choice {
		c := catalogues.Choice{Value: value, Label: catalogues.Capital(label), Count: count, Checked: q.Has(list, value)}
		if c.Checked {
			chosen[list+"/"+value] = label
		}
		return c
	}
	specialities := catalogues.Facet{Name: "specialite"}
	for _, s := range catalogue.Specialities() {
		if n, there := list.Specialities[s.Code]; there || q.Has("specialite", s.Code) {
			c := choice("specialite", s.Code, s.Name, n)
			c.Sub = s.Parent != ""
			specialities.Choices = append(specialities.Choices, c)
		}
	}
	counted := func(n map[string]int, code string) bool {
		_, there := n[code]
		return there
	}
	flat := func(name string, regionOf, labels map[string]string, n map[string]int) catalogues.Facet {
		f := catalogues.Facet{Name: name}
		for code, label := range labels {
			if region := regionOf[code]; counted(n, code) && (region == "" || len(q.Values["region"]) == 0 || q.Has("region", region)) || q.Has(name, code) {
				f.Choices = append(f.Choices, choice(name, code, label, n[code]))
			}
		}
		slices.SortFunc(f.Choices, func(a, b catalogues.Choice) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
		})
		return f
	}
	facets := []catalogues.Facet{specialities, flat("region", nil, names.Regions, list.Regions), flat("departement", names.RegionOf, names.Departments, list.Departments),
		frequent(flat("structure", nil, names.Structures, list.Structures), q.Named)}
	return slices.DeleteFunc(facets, func(f catalogues.Facet) bool {
		return len(f.Choices) == 0 && f.Others == 0 && (f.Name != "structure" || q.Named == "")
	}), chosen
}

// frequent keeps the structures chosen, then the most frequent ones whose name
// holds the words typed.
func frequent(f catalogues.Facet, named string) catalogues.Facet {
	asked := strings.Fields(words.Fold(named))
	most := 8
	if len(asked) > 0 {
		most = 30
	}
	var chosen, list []catalogues.Choice
	for _, c := range f.Choices {
		if c.Checked {
			chosen = append(chosen, c)
		} else if folded := words.Fold(c.Label); !slices.ContainsFunc(asked, func(w string) bool { return !strings.Contains(folded, w) }) {
			list = append(list, c)
		}
	}
	f.Others = max(len(list)-most, 0)
	f.Choices = append(chosen, list[:len(list)-f.Others]...)
	return f
}
