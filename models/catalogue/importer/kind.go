package importer

import (
	"slices"

	"passerelle/models/catalogue"
)

// The kinds of files beside those of the catalogue: registers of people and of
// structures, which no search engine sees (P3.6, P18.16).
const (
	KindOrganisation catalogue.Kind = "organisation" // structure
	KindStaff        catalogue.Kind = "staff"        // personnel
	KindStudent      catalogue.Kind = "student"      // étudiant
	KindGraduate     catalogue.Kind = "graduate"     // diplômé
)

// Kinds lists what can be imported, in the order of screens.
func Kinds() []catalogue.Kind {
	return slices.Concat(catalogue.Kinds(), []catalogue.Kind{KindOrganisation, KindStaff, KindStudent, KindGraduate})
}
