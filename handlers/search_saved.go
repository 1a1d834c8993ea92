package handlers

import (
	"context"
	"net/http"
	"slices"

	"passerelle/models"
	"passerelle/models/searching"
	"passerelle/search"
	"passerelle/views/catalogues"
	"passerelle/views/paths"
)

// savedDone names what the list says has just happened.
var savedDone = map[string]string{"enregistree": "saved.done.saved", "modifiee": "saved.done.changed", "supprimee": "saved.done.removed",
	"vue": "saved.done.seen", "annonces": "saved.done.profile", "annonces-supprimee": "saved.done.profile_removed"}

// newsShown is how many news of one search the list shows.
const newsShown = 8

// savedSearches lists a person's searches with what is new in each.
func (p *Portal) savedSearches(c *Call) error {
	page := catalogues.SavedPage{Done: savedDone[c.Query("fait")]}
	var list []searching.Saved
	var finds map[models.ID][]searching.NewsItem
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		if list, err = searching.SavedOf(ctx, tx, c.Actor); err != nil {
			return err
		}
		if finds, err = searching.NewsOf(ctx, tx, c.Actor, newsShown); err != nil {
			return err
		}
		regions, err := searching.Regions(ctx, tx)
		if err != nil {
			return err
		}
		profile, err := searching.ProfileOf(ctx, tx, c.Actor)
		if models.KindOf(err) == models.KindNotFound {
			return nil
		}
		page.Profile = &catalogues.ProfileLine{What: catalogues.ProfileWhat(c.Context(), profile.Criteria, regions), Rhythm: profile.Rhythm}
		return err
	})
	if err != nil {
		return err
	}
	filters := make([]catalogues.Filters, len(list))
	for i, s := range list {
		filters[i] = catalogues.SavedFilters(s.Criteria)
	}
	labels, _ := p.labels(c, filters...)
	for i, s := range list {
		page.Searches = append(page.Searches, catalogues.SavedSearch{Saved: s, Filter: filters[i], What: labels.Of(c.Context(), filters[i]),
			Since: p.moment(s.LookedAt), Finds: finds[s.ID]})
	}
	return c.private(http.StatusOK, catalogues.Saved(page))
}

// labels puts filters in words, with one search for all of them; how many
// results the first has, -1 when the search does not answer: the words of
// filters are then those of addresses.
func (p *Portal) labels(c *Call, filters ...catalogues.Filters) (catalogues.Labels, int) {
	if len(filters) == 0 {
		return nil, -1
	}
	ctx, cancel := context.WithTimeout(c.Context(), searchDeadline)
	defer cancel()
	q := search.Query{Facets: map[string][]string{}, PerPage: 1, Page: 1, Today: p.DB.Today(), Lang: string(c.Lang)}
	for _, f := range filters {
		for name, values := range f.Values {
			q.Facets[name] = append(q.Facets[name], values...)
		}
	}
	if len(filters) == 1 {
		q.Text, q.Exact = filters[0].Text, filters[0].Exact
	}
	found, err := p.Index.Search(ctx, q)
	if err != nil {
		return nil, -1
	}
	labels := catalogues.Labels{}
	for _, f := range found.Facets {
		for _, v := range f.Values {
			labels[f.Name+"/"+v.Value] = catalogues.Capital(v.Label)
		}
	}
	return labels, found.Total
}

// newSavedSearch is the page that names the search of an address; a visitor
// signs in first, and comes back to it.
func (p *Portal) newSavedSearch(c *Call) error {
	form := catalogues.SaveForm{Filters: catalogues.ParseFilters(c.queryValues), Rhythm: searching.Weekly}
	if wanted := searching.Rhythm(c.Query("rythme")); slices.Contains(searching.Rhythms(), wanted) {
		form.Rhythm = wanted
	}
	if form.Filters.Criteria().Empty() {
		return c.SeeOther(paths.Search(""))
	}
	return p.showSave(c, http.StatusOK, form)
}

// showSave shows the page with what was typed, or with a name proposed.
func (p *Portal) showSave(c *Call, status int, form catalogues.SaveForm) error {
	labels, total := p.labels(c, form.Filters)
	form.What, form.Total, form.Email = labels.Of(c.Context(), form.Filters), total, c.Actor.Email
	if status == http.StatusOK {
		form.Name = labels.Name(form.Filters)
	}
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		form.Others, err = searching.SavedOf(ctx, tx, c.Actor)
		return err
	})
	if err != nil {
		return err
	}
	for i, o := range form.Others {
		if catalogues.SavedURL(o.Criteria) == form.Filters.At(1).URL() {
			form.Same = &form.Others[i]
		}
	}
	return c.private(status, catalogues.SaveSearch(form))
}

// saveSearch saves the search of the form, or puts it in the place of another.
func (p *Portal) saveSearch(c *Call) error {
	form := catalogues.SaveForm{Filters: catalogues.ParseFilters(func(name string) []string { return c.Form()[name] }),
		Name: text(c.Value("nom")), Rhythm: searching.Rhythm(lower(c.Value("rythme"))), Replace: c.Value("remplace")}
	in := searching.SaveInput{Name: form.Name, Criteria: form.Filters.Criteria(), Rhythm: form.Rhythm}
	done := "enregistree"
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		if form.Replace == "" {
			_, err := searching.Save(ctx, tx, c.Actor, in)
			return err
		}
		id, err := parseID(form.Replace)
		if err != nil {
			return models.NotFound("page.not_found")
		}
		done = "modifiee"
		return searching.ReplaceSaved(ctx, tx, c.Actor, id, in)
	})
	if e, ok := asError(err, models.KindInvalid); ok {
		form.Errors = c.fieldWords(e)
		return p.showSave(c, http.StatusUnprocessableEntity, form)
	}
	if e, ok := asError(err, models.KindConflict); ok {
		form.Refusal = c.T(e.Key)
		return p.showSave(c, http.StatusConflict, form)
	}
	if err != nil {
		return err
	}
	return c.SeeOther(paths.With(paths.SavedSearches(), "fait", done))
}

// savedSearch is the page that changes one search.
func (p *Portal) savedSearch(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var s searching.Saved
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		s, err = searching.SavedByID(ctx, tx, c.Actor, id)
		return err
	})
	if err != nil {
		return err
	}
	return p.showChange(c, http.StatusOK, s, catalogues.SaveForm{Name: s.Name, Rhythm: s.Rhythm})
}

func (p *Portal) showChange(c *Call, status int, s searching.Saved, form catalogues.SaveForm) error {
	form.ID, form.Filters, form.Email = s.ID.String(), catalogues.SavedFilters(s.Criteria), c.Actor.Email
	labels, _ := p.labels(c, form.Filters)
	form.What = labels.Of(c.Context(), form.Filters)
	return c.private(status, catalogues.ChangeSearch(form))
}

func (p *Portal) changeSavedSearch(c *Call) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	form := catalogues.SaveForm{Name: text(c.Value("nom")), Rhythm: searching.Rhythm(lower(c.Value("rythme")))}
	var s searching.Saved
	err = c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		if s, err = searching.SavedByID(ctx, tx, c.Actor, id); err != nil {
			return err
		}
		return searching.ChangeSaved(ctx, tx, c.Actor, id, form.Name, form.Rhythm)
	})
	if e, ok := asError(err, models.KindInvalid); ok {
		form.Errors = c.fieldWords(e)
		return p.showChange(c, http.StatusUnprocessableEntity, s, form)
	}
	if err != nil {
		return err
	}
	return c.SeeOther(paths.With(paths.SavedSearches(), "fait", "modifiee"))
}

// savedSearchSeen notes that the news of a search were seen.
func (p *Portal) savedSearchSeen(c *Call) error { return p.onSaved(c, searching.Look, "vue") }

func (p *Portal) removeSavedSearch(c *Call) error {
	return p.onSaved(c, searching.RemoveSaved, "supprimee")
}

func (p *Portal) onSaved(c *Call, verb func(context.Context, models.Tx, models.Actor, models.ID) error, done string) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error { return verb(ctx, tx, c.Actor, id) })
	if err != nil {
		return err
	}
	return c.SeeOther(paths.With(paths.SavedSearches(), "fait", done))
}
