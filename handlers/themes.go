package handlers

import (
	"passerelle/models/catalogue"
	"passerelle/views/catalogues"
)

// showThemes is the tree of themes (P3.4); it reads the catalogue itself, so
// that it stands when the search does not.
func (p *Portal) showThemes(c *Call) error {
	tree, err := catalogue.ThemeTree(c.Context(), p.DB.Pool)
	if err != nil {
		return err
	}
	return c.Render(catalogues.Themes(tree))
}
