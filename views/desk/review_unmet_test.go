package desk

import (
	"context"
	"testing"

	"passerelle/models/dossier"
	"passerelle/models/form"
)

func TestUnmet(t *testing.T) {
	recto := dossier.Document{Place: 1, State: dossier.Live, File: dossier.File{Pages: 6}}
	r := dossier.Requirement{Spec: dossier.Spec{MaxPages: 2, Sides: []form.Text{{FR: "Recto"}, {FR: "Verso"}}, MinSides: 1}, Documents: []dossier.Document{recto}}
	t.Run("P7.1 the review says the side that is missing and the pages too many", func(t *testing.T) {
		if got := unmet(context.Background(), &r, recto); len(got) != 2 || got[1].Term != "Verso" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("P7.1 whole, it says nothing", func(t *testing.T) {
		verso := dossier.Document{Place: 2, State: dossier.Live, File: dossier.File{Pages: 1}}
		r.Documents = append(r.Documents, verso)
		if got := unmet(context.Background(), &r, verso); len(got) != 0 {
			t.Errorf("%+v", got)
		}
	})
}
