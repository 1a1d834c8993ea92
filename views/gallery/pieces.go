package gallery

import (
	"passerelle/views/documents"
	"passerelle/views/i18n"
)

// pieces shows the place of a document in each of its states.
func pieces() Section {
	day := i18n.Day{Y: 2026, M: 11, D: 23}
	at := i18n.Moment{Day: i18n.Day{Y: 2026, M: 11, D: 9}, Hour: 14, Minute: 49}
	slot := func(key, title string, change func(*documents.Slot)) documents.Slot {
		s := documents.Slot{ID: "g", Application: "g", Key: "g_" + key, Title: title, Formats: []string{"pdf"}, MaxBytes: 5 << 20, MaxFiles: 1, Required: true,
			Open: true, Today: day, Tries: 1000} // asks nothing of a server
		change(&s)
		return s
	}
	given := func(name, state string) *documents.Version {
		return &documents.Version{ID: "g", Place: 1, Number: 1, Name: name, Bytes: 1_468_006, Pages: 2, At: at, State: state}
	}
	asked := slot("asked", "Relevé de notes de licence", func(s *documents.Slot) {
		v := given("releve-licence.pdf", "live")
		v.Verdict = &documents.Verdict{Kind: "to_complete", By: "Hélène Roussel", At: i18n.Moment{Day: day}, Message: "La colonne des notes est coupée à droite sur la page 2."}
		v.Remarks = []documents.Remark{{Number: 1, Page: 2, Body: "Ici"}}
		s.Asked, s.Places = true, []documents.Place{{Number: 1, Current: v}}
	})
	valid := given("carte-identite.pdf", "live")
	valid.Reused, valid.Verdict, valid.ValidUntil = true, &documents.Verdict{Kind: "valid", At: at}, i18n.Day{Y: 2031, M: 8, D: 3}
	refused := given("cv-camille.pdf", "refused")
	refused.Reason = "pdf_password"
	return Section{"pieces", "Pièces", "La règle avant le fichier, le remède après le refus, l’état toujours.", []State{
		state("À déposer", slot("empty", "Fiche de renseignements", func(s *documents.Slot) {
			s.Required, s.Hint, s.Formats = false, "Elle prépare votre inscription.", []string{"pdf", "docx", "odt"}
			s.Template = &documents.Template{Href: "#pieces", Type: "PDF", Bytes: 98_304}
		})),
		state("À remplacer", asked),
		state("Envoi interrompu", slot("cut", "Lettre de motivation signée", func(s *documents.Slot) {
			s.Places = []documents.Place{{Number: 1, Sending: []documents.Sending{{ID: "g", Name: "lettre.pdf", Received: 2_200_000, Length: 3_500_000, Until: at}}}}
		})),
		state("Analyse en cours", slot("checking", "Diplôme de licence", func(s *documents.Slot) {
			s.Places = []documents.Place{{Number: 1, Next: given("diplome-licence.pdf", "checking")}}
		})),
		state("Fichier refusé", slot("refused", "Curriculum vitæ", func(s *documents.Slot) { s.Places = []documents.Place{{Number: 1, Next: refused}} })),
		state("Reçue, avec une version passée", slot("given", "Mémoire", func(s *documents.Slot) {
			v := given("memoire.pdf", "live")
			v.Number = 2
			s.Places, s.History = []documents.Place{{Number: 1, Current: v}}, []documents.Version{*given("brouillon.pdf", "replaced")}
		})),
		state("Recto et verso, l’un validé", slot("sides", "Pièce d’identité", func(s *documents.Slot) {
			s.Sides, s.MinSides, s.Formats = []string{"Recto", "Verso"}, 1, []string{"pdf", "jpg", "png"}
			s.Places = []documents.Place{{Number: 1, Current: valid}}
		})),
		state("À reprendre de ses documents", slot("offer", "Curriculum vitæ", func(s *documents.Slot) {
			s.Offers = []documents.Offer{{Document: "g", Name: "cv.pdf", At: at.Day, Of: "Droit notarial"}}
		})),
		state("Non concerné", slot("exempt", "Attestation de niveau de français", func(s *documents.Slot) {
			s.MayExempt, s.Exempt, s.ExemptFor = true, true, "Vos études se sont déroulées en français."
		})),
		state("Gardée telle quelle", slot("locked", "Diplôme de master", func(s *documents.Slot) {
			s.Open, s.Closed = false, "Rien n’est à changer ici : cette pièce est gardée telle quelle."
			s.Places = []documents.Place{{Number: 1, Current: given("master.pdf", "live")}}
		})),
	}}
}
