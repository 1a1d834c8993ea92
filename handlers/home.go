package handlers

import (
	"context"

	"passerelle/models/catalogue"
	"passerelle/views/catalogues"
)

// What the front page shows of each.
const (
	homeSessions      = 4
	homeAnnouncements = 5
)

// home is the front page (P4.5).
func (p *Portal) home(c *Call) error {
	page, err := p.homePage(c.Context())
	if err != nil {
		return err
	}
	page.SignedIn = c.Actor.SignedIn()
	return c.Render(catalogues.Home(page))
}

func (p *Portal) homePage(ctx context.Context) (page catalogues.HomePage, err error) {
	page.Today = p.DB.Today()
	if page.Counts, err = catalogue.Count(ctx, p.DB.Pool, page.Today); err != nil {
		return page, err
	}
	if page.Open, err = catalogue.OpenSessions(ctx, p.DB.Pool, page.Today, homeSessions); err != nil {
		return page, err
	}
	if page.Themes, err = catalogue.ThemeTree(ctx, p.DB.Pool); err != nil {
		return page, err
	}
	page.Announcements, err = catalogue.LatestAnnouncements(ctx, p.DB.Pool, page.Today, homeAnnouncements)
	return page, err
}
