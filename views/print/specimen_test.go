package print_test

import (
	"bytes"
	"testing"
	"time"

	"passerelle/models/dossier"
	"passerelle/views/print"
)

func TestSpecimens(t *testing.T) {
	for _, kind := range []dossier.Kind{dossier.KindCV, dossier.KindLetter, dossier.KindTranscript, dossier.KindDiploma, dossier.KindIdentity,
		dossier.KindFilledForm, dossier.KindEmployer, dossier.KindLanguage} {
		t.Run(string(kind)+" is a PDF, the same each time", func(t *testing.T) {
			s := print.Specimen{Kind: kind, First: "Zoé", Last: "Lefèvre", Birth: time.Date(2001, 3, 4, 0, 0, 0, 0, time.UTC), Town: "Guéret",
				Programme: "Métiers du livre et de l’édition", Institution: "Université de Limoges", Degree: "licence de lettres", Year: 2026, Seed: 3}
			a, err := s.PDF()
			if err != nil || !bytes.HasPrefix(a, []byte("%PDF-")) {
				t.Fatal(err)
			}
			b, _ := s.PDF()
			if !bytes.Equal(a, b) {
				t.Error("two drawings differ")
			}
		})
	}
}
