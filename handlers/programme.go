package handlers

import (
	"passerelle/models/catalogue"
	"passerelle/views/catalogues"
)

// showProgramme is a degree programme's page (P3.3): read here, applied to
// elsewhere for now, and it says so.
func (p *Portal) showProgramme(c *Call) error {
	programme, err := catalogue.ProgrammeByReference(c.Context(), p.DB.Pool, c.Params("reference"), p.DB.Today())
	if err != nil {
		return err
	}
	return c.Render(catalogues.Programme(catalogues.ProgrammePage{Programme: programme, ThisYear: p.DB.Today().Year()}))
}
