package handlers

import (
	"context"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/dossier"
	"passerelle/views/catalogues"
)

// showProgramme is a degree programme's page with its campaigns and what they
// ask for (P3.3, P6.2).
func (p *Portal) showProgramme(c *Call) error {
	programme, err := catalogue.ProgrammeByReference(c.Context(), p.DB.Pool, c.Params("reference"), p.DB.Today())
	if err != nil {
		return err
	}
	page := catalogues.ProgrammePage{Programme: programme, Lists: map[models.ID]dossier.List{}, Today: p.DB.Today(), Zone: p.zoneName(c)}
	err = c.InTx(func(ctx context.Context, tx models.Tx) error {
		for _, campaign := range programme.Campaigns {
			if page.Lists[campaign.ID], err = dossier.ListOf(ctx, tx, campaign.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.Render(catalogues.Programme(page))
}

// showProgrammes is the tree of programmes by component and level, narrowed by
// words (P3.3); it reads the catalogue itself, so that it stands when the search
// does not.
func (p *Portal) showProgrammes(c *Call) error {
	return p.drawProgrammes(c, nil)
}

// showFaculty is the tree of one component.
func (p *Portal) showFaculty(c *Call) error {
	faculty, err := catalogue.FacultyByCode(c.Context(), p.DB.Pool, c.Params("code"))
	if err != nil {
		return err
	}
	return p.drawProgrammes(c, &faculty)
}

func (p *Portal) drawProgrammes(c *Call, faculty *catalogue.Faculty) error {
	page := catalogues.ProgrammesPage{Text: catalogues.Clean(c.Query("q")), Open: c.Query("ouvertes") == "1", Faculty: faculty, Today: p.DB.Today()}
	filter := catalogue.TreeFilter{Text: page.Text, Open: page.Open}
	if faculty != nil {
		filter.Faculty = faculty.Code
	}
	var err error
	if page.Tree, err = catalogue.Programmes(c.Context(), p.DB.Pool, filter, page.Today); err != nil {
		return err
	}
	return c.Render(catalogues.Programmes(page))
}
