package handlers

import (
	"passerelle/models/catalogue"
	"passerelle/views/catalogues"
)

// showAnnouncement is an announcement's page (P3.5).
func (p *Portal) showAnnouncement(c *Call) error {
	a, err := catalogue.AnnouncementByReference(c.Context(), p.DB.Pool, c.Params("reference"))
	if err != nil {
		return err
	}
	return c.Render(catalogues.Announcement(catalogues.AnnouncementPage{Announcement: a, Today: p.DB.Today(), Zone: p.zoneName(c)}))
}
