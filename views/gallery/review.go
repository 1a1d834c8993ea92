package gallery

import (
	"context"
	"time"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/models/form"
	"passerelle/views/desk"
	"passerelle/views/layout"
)

// reviews shows the review desk; its page is a drawing.
func reviews(ctx context.Context) Section {
	return Section{"relecture", "Relecture", "Trois volets : les pièces, la page, les réponses et le verdict. Tout se fait au clavier.", []State{
		state("Une pièce à relire", wrapped("review", desk.ReviewMain(ReviewExample(ctx)))),
	}}
}

func exampleID(n byte) models.ID { return uuid.UUID{15: n, 6: 0x70, 8: 0x80} }

// ReviewExample is a dossier with a piece in each state, for the gallery and for tests.
func ReviewExample(ctx context.Context) desk.ReviewPage {
	at := time.Date(2026, time.November, 24, 17, 36, 0, 0, time.UTC)
	me, yanis := exampleID(200), exampleID(201)
	yes, no := true, false
	submitted := at.AddDate(0, 0, -2)
	until := time.Date(2031, time.August, 3, 0, 0, 0, 0, time.UTC)
	file := func(n byte, pages int) dossier.File {
		return dossier.File{ID: exampleID(100 + n), Name: "piece.pdf", Type: "application/pdf", Bytes: 118_000, Pages: pages, Inspection: "accept", Scan: dossier.ScanClean}
	}
	given := func(n byte, version int, v *dossier.Verdict) dossier.Document {
		d := dossier.Document{ID: exampleID(n), Place: 1, Version: version, State: dossier.Live, Since: submitted, DepositedAt: submitted, File: file(n, 1), Verdict: v}
		if v != nil {
			v.ID, v.Document, v.At = exampleID(50+n), d.ID, at
		}
		return d
	}
	ask := func(n byte, key, title string, docs ...dossier.Document) dossier.Requirement {
		return dossier.Requirement{ID: exampleID(20 + n), Position: int(n), Spec: dossier.Spec{Key: key, Title: form.Text{FR: title}, Required: true, MaxFiles: 1}, Documents: docs}
	}
	identity := ask(1, "identite", "Pièce d’identité", given(1, 1, &dossier.Verdict{Kind: dossier.Valid, ValidUntil: &until, By: me}), given(2, 1, &dossier.Verdict{Kind: dossier.Valid, By: me}))
	identity.Spec.Sides, identity.Spec.EndDate = []form.Text{{FR: "recto"}, {FR: "verso"}}, true
	identity.Documents[1].Place = 2
	employer := ask(3, "employeur", "Attestation de l’employeur", given(4, 2, nil))
	employer.Spec.Reasons = []form.Text{{FR: "Illisible"}, {FR: "Ce n’est pas la pièce demandée"}, {FR: "Plus valable"}}
	employer.Documents[0].Remarks = []dossier.Remark{{ID: exampleID(60), Document: exampleID(4), Number: 1, Page: 1, X: .589, Y: .528, Width: .205, Height: .027,
		Body: "« à temps complet » : la réponse indique 80 %.", Visible: true, At: at, By: me}}
	before := given(9, 1, nil)
	before.State = dossier.Replaced
	employer.History = []dossier.Document{before}
	exempt := ask(7, "concours", "Certificat de concours")
	exempt.NotApplicable = &submitted
	submittedDossier := application.Dossier{Application: application.Application{ID: exampleID(250), Kind: application.Registration, Number: 4817, State: application.UnderReview,
		ApplicantName: "Fontaine Camille", SubmittedAt: &submitted, Version: 3},
		Present: []application.Presence{{Account: yanis, Name: "Yanis Girard", Since: at}}}
	return desk.ReviewPage{
		Dossier: submittedDossier,
		Requirements: []dossier.Requirement{identity,
			ask(2, "arrete", "Dernier arrêté", given(3, 1, &dossier.Verdict{Kind: dossier.Valid, By: yanis, ByName: "Yanis Girard"})),
			employer,
			ask(5, "fiche", "Fiche de poste", given(5, 1, &dossier.Verdict{Kind: dossier.Rejected, Reason: "page 2 illisible", By: me})),
			ask(6, "lettre", "Lettre de motivation", given(6, 1, nil)),
			exempt,
		},
		Declared: map[string][]desk.ReviewField{"employeur": {
			{Key: "employer", Label: "Employeur", Lines: []string{"Commune de Limoges"}, Agrees: &yes},
			{Key: "siret", Label: "SIRET", Lines: []string{"218 708 501 00018"}, Agrees: &yes},
			{Key: "grade", Label: "Grade", Lines: []string{"Bibliothécaire territoriale"}},
			{Key: "since", Label: "Depuis", Lines: []string{"Septembre 2021"}},
			{Key: "job", Label: "Fonction", Lines: []string{"Responsable du secteur jeunesse, médiathèque centrale"}, Agrees: &yes},
			{Key: "working_time", Label: "Quotité", Lines: []string{"80 %"}, Agrees: &no},
		}},
		Clock: desk.Clock{Now: at, Zone: time.UTC}, Place: 0, After: &application.DeskRow{Application: exampleID(251)}, Me: me, At: "employeur",
		Image: func(models.ID, int, int) string {
			const drawing = "img/piece-attestation.svg"
			if assets := layout.From(ctx).Assets; assets.URL != nil {
				return assets.URL(drawing)
			}
			return "/static/" + drawing
		},
	}
}
