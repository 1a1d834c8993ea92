package handlers

import (
	"bytes"
	"time"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/views/catalogues"
)

// showCourse is a course's page with its sessions (P3.1, P3.2). Visitors get
// it from memory while nothing has changed.
func (p *Portal) showCourse(c *Call) error {
	reference := c.Params("reference")
	if !c.cacheable() {
		page, err := p.coursePage(c, reference)
		if err != nil {
			return err
		}
		return c.Render(catalogues.Course(page))
	}
	key, now := c.pageKey(), p.DB.Clock.Now()
	if kept := p.pages.get(key, now); kept != nil {
		return c.sendKept(kept, true)
	}
	kept, err := p.drawCourse(c, key, reference, now)
	if err != nil {
		return err
	}
	return c.sendKept(kept, false)
}

// drawCourse renders the page and keeps it, unless its course changed
// meanwhile.
func (p *Portal) drawCourse(c *Call, key pageKey, reference string, now time.Time) (kept *keptPage, err error) {
	d := p.pages.begin(reference)
	defer func() { p.pages.end(d, kept) }()
	page, err := p.coursePage(c, reference)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := catalogues.Course(page).Render(c.Context(), &b); err != nil {
		return nil, err
	}
	return keep(key, reference, bytes.Clone(b.Bytes()), now, p.rightUntil(now)), nil
}

// rightUntil is when a page drawn now must be drawn again without any change:
// the next midnight of the portal's zone (P18.11); under demo the next minute,
// since the page shows the portal's clock.
func (p *Portal) rightUntil(now time.Time) time.Time {
	if p.Demo {
		return now.Truncate(time.Minute).Add(time.Minute)
	}
	return models.EndOf(models.Date(now, p.DB.Zone), p.DB.Zone)
}

func (p *Portal) coursePage(c *Call, reference string) (catalogues.CoursePage, error) {
	today := p.DB.Today()
	course, err := catalogue.CourseByReference(c.Context(), p.DB.Pool, reference, today)
	return catalogues.CoursePage{Course: course, Today: today, Zone: p.zoneName(c)}, err
}

// zoneName names the portal's zone beside deadlines (P18.11).
func (p *Portal) zoneName(c *Call) string {
	if p.DB.Zone.String() == "Europe/Paris" {
		return c.T("zone.paris")
	}
	return p.DB.Zone.String()
}
