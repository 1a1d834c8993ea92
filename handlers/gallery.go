package handlers

import (
	"passerelle/models"
	"passerelle/views/gallery"
	"passerelle/views/layout"
)

// gallery shows every component in every state (demonstration only).
func (p *Portal) gallery(c *Call) error {
	c.appearanceOf()
	return c.Render(gallery.Page(gallery.Sections(c.Context())))
}

// galleryComponent shows one component alone, for tests.
func (p *Portal) galleryComponent(c *Call) error {
	c.appearanceOf()
	s, ok := gallery.Find(c.Context(), c.Params("component"))
	if !ok {
		return models.NotFound("page.not_found")
	}
	return c.Render(gallery.Page([]gallery.Section{s}))
}

// appearanceOf lets the gallery's address force light, dark or density.
func (c *Call) appearanceOf() {
	chrome := layout.From(c.Context())
	if theme := c.Query("apparence"); theme != "" {
		chrome.Theme = theme
	}
	chrome.Density = c.Query("densite")
	c.ctx = layout.With(c.ctx, chrome)
}
