package handlers

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/searching"
	"passerelle/views/catalogues"
	"passerelle/views/paths"
)

// profileAlert is the page that chooses specialities and regions (P4.6).
func (p *Portal) profileAlert(c *Call) error {
	form := catalogues.ProfileForm{Rhythm: searching.Weekly}
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		s, err := searching.ProfileOf(ctx, tx, c.Actor)
		if models.KindOf(err) == models.KindNotFound {
			return nil
		}
		form.Set, form.Both, form.Rhythm = true, s.Both, s.Rhythm
		form.Specialities, form.Regions = s.Facets[searching.FacetSpeciality], s.Facets[searching.FacetRegion]
		return err
	})
	if err != nil {
		return err
	}
	// Those of an address are proposed beside those that are chosen.
	form.Specialities = proposed(form.Specialities, c.queryValues("specialite"))
	form.Regions = proposed(form.Regions, c.queryValues("region"))
	return p.showProfile(c, http.StatusOK, form)
}

func proposed(chosen, others []string) []string {
	for _, value := range others {
		if !slices.Contains(chosen, value) {
			chosen = append(chosen, value)
		}
	}
	return chosen
}

func (p *Portal) showProfile(c *Call, status int, form catalogues.ProfileForm) error {
	form.Email = c.Actor.Email
	err := c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		form.All, err = searching.Regions(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	return c.private(status, catalogues.Profile(form))
}

// setProfileAlert saves the choices; nothing chosen ends the alert.
func (p *Portal) setProfileAlert(c *Call) error {
	form := catalogues.ProfileForm{Both: c.Value("ensemble") == "1", Rhythm: searching.Rhythm(lower(c.Value("rythme"))), Set: true}
	form.Specialities = specialities(c.Form()["specialite"])
	form.Regions = c.Form()["region"]
	done := "annonces"
	err := c.InTx(func(ctx context.Context, tx models.Tx) error {
		regions, err := searching.Regions(ctx, tx)
		if err != nil {
			return err
		}
		form.Regions = slices.DeleteFunc(slices.Clone(form.Regions), func(code string) bool {
			return !slices.ContainsFunc(regions, func(r searching.Region) bool { return r.Code == code })
		})
		criteria := searching.Criteria{Both: form.Both, Facets: map[string][]string{searching.FacetSpeciality: form.Specialities, searching.FacetRegion: form.Regions}}
		if c.Value("retrait") != "" {
			criteria = searching.Criteria{}
		}
		if criteria.Empty() {
			done = "annonces-supprimee"
		}
		return searching.SetProfile(ctx, tx, c.Actor, criteria, form.Rhythm)
	})
	if e, ok := asError(err, models.KindInvalid); ok {
		form.Errors = c.fieldWords(e)
		return p.showProfile(c, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return c.SeeOther(paths.With(paths.SavedSearches(), "fait", done))
}

// specialities keeps those that exist; those of a domain narrow it.
func specialities(codes []string) []string {
	var kept []string
	for _, s := range catalogue.Specialities() {
		narrowed := slices.ContainsFunc(codes, func(code string) bool { return len(code) > len(s.Code) && strings.HasPrefix(code, s.Code) })
		if slices.Contains(codes, s.Code) && !narrowed {
			kept = append(kept, s.Code)
		}
	}
	return kept
}

// stopSearch is the page behind the link that removes one search. It changes
// nothing, however often it is followed (P17.11).
func (p *Portal) stopSearch(c *Call) error {
	return p.stop(c, func(ctx context.Context, tx models.Tx, token string) (searching.Stopping, error) {
		return searching.StopBySearchLink(ctx, tx, token)
	}, catalogues.StopPage{})
}

func (p *Portal) removeSearchByLink(c *Call) error {
	keep := c.Value("garder") != ""
	return p.stop(c, func(ctx context.Context, tx models.Tx, token string) (searching.Stopping, error) {
		return searching.RemoveByLink(ctx, tx, token, keep)
	}, catalogues.StopPage{Done: true, Kept: keep})
}

func (p *Portal) stop(c *Call, verb func(context.Context, models.Tx, string) (searching.Stopping, error), page catalogues.StopPage) error {
	if err := p.byLink(c, verb, &page); err != nil {
		return err
	}
	return c.private(stopStatus(page), catalogues.StopSearch(page, c.Params("token")))
}

// stopAlerts is the page behind the link that ends the mails of one rhythm.
func (p *Portal) stopAlerts(c *Call) error {
	return p.stopMails(c, searching.StopByMailLink, catalogues.StopPage{})
}

func (p *Portal) silenceByLink(c *Call) error {
	return p.stopMails(c, searching.SilenceByLink, catalogues.StopPage{Done: true})
}

func (p *Portal) stopMails(c *Call, verb func(context.Context, models.Tx, string) (searching.Stopping, error), page catalogues.StopPage) error {
	if err := p.byLink(c, verb, &page); err != nil {
		return err
	}
	return c.private(stopStatus(page), catalogues.StopMails(page, c.Params("token")))
}

func (p *Portal) byLink(c *Call, verb func(context.Context, models.Tx, string) (searching.Stopping, error), page *catalogues.StopPage) error {
	return c.InTx(func(ctx context.Context, tx models.Tx) (err error) {
		page.Stopping, err = verb(ctx, tx, c.Params("token"))
		return err
	})
}

// stopStatus is 410 for a link that ends nothing any more, but to the one who
// posts again: what they want is done.
func stopStatus(page catalogues.StopPage) int {
	if page.Over && !page.Done {
		return http.StatusGone
	}
	return http.StatusOK
}
