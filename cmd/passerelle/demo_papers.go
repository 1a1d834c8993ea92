package main

import (
	"bytes"
	"context"

	"passerelle/cmd/internal/portal"
	"passerelle/models/dossier"
	"passerelle/models/seed"
	"passerelle/views/print"
)

// papersThere is said once every dossier of the demonstration has its documents.
const papersThere = "dossiers et leurs documents"

// papers fills the demonstration with admission dossiers and their documents,
// beside the portal that already answers: drawing, encrypting and inspecting them
// takes some seconds.
func (d demoCommand) papers(ctx context.Context, s *portal.Server, people seed.Accounts) {
	switch err := deskPapers(ctx, s, people); {
	case err == nil:
		tell(papersThere)
	case ctx.Err() == nil:
		s.Log.Error("documents of the demonstration", "error", err)
	}
}

func deskPapers(ctx context.Context, s *portal.Server, people seed.Accounts) error {
	model, err := print.Model("Fiche de renseignements", []string{"Nom de naissance", "Prénom", "Date et lieu de naissance", "Adresse", "Téléphone",
		"Dernier diplôme obtenu", "Aménagement d’études souhaité"})
	if err != nil {
		return err
	}
	return seed.Dossiers(ctx, s.DB, people, seed.Desk{
		Prepare: func(ctx context.Context) error {
			file, err := s.Portal.Documents.Keep(ctx, dossier.PurposeTemplate, "fiche-de-renseignements.pdf", "application/pdf", bytes.NewReader(model), nil)
			if err != nil {
				return err
			}
			return seed.UseTemplate(ctx, s.DB, file)
		},
		Draw: func(p seed.Paper) ([]byte, error) {
			return print.Specimen{Kind: p.Kind, First: p.First, Last: p.Last, Birth: p.Birth, Town: p.Town, Programme: p.Programme,
				Institution: p.Institution, Degree: p.Degree, Year: p.Year, Seed: p.Seed, Cut: p.Cut}.PDF()
		},
		Deposit: s.Portal.Documents.Deposit,
	})
}
