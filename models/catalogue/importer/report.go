package importer

import (
	"fmt"
	"strings"

	"passerelle/models"
)

// LineError is one thing wrong with one line of a file.
type LineError struct {
	Line   int    // from 1, header included
	Column int    // in characters for CSV, 0 when the whole line is meant
	Field  string // column or key of the file
	Key    string // message, "import.…"
	Args   []string
}

// String says it in French, for the command line.
func (e LineError) String() string {
	where := fmt.Sprintf("ligne %d", e.Line)
	if e.Column > 0 {
		where += fmt.Sprintf(", colonne %d", e.Column)
	}
	if e.Field != "" {
		where += " (" + e.Field + ")"
	}
	text := messages[e.Key]
	for i, arg := range e.Args {
		text = strings.ReplaceAll(text, fmt.Sprintf("{%d}", i), arg)
	}
	return where + " : " + text
}

// messages are those of the command line; screens have their own, by key.
var messages = map[string]string{
	"import.unreadable":           "la ligne est illisible : {0}",
	"import.not_utf8":             "la ligne n’est pas en UTF-8 ou contient un caractère nul",
	"import.too_long":             "la ligne dépasse 4 Mo",
	"import.cells":                "{0} cellules, {1} attendues",
	"import.missing":              "valeur obligatoire absente",
	"import.reference":            "« {0} » n’est pas un identifiant (lettres sans accent, chiffres, point, tiret, 64 au plus)",
	"import.twice":                "« {0} » est déjà à la ligne {1}",
	"import.too_many_characters":  "{0} caractères, {1} au plus",
	"import.number":               "« {0} » n’est pas un nombre entier convenable",
	"import.date":                 "« {0} » n’est pas une date (AAAA-MM-JJ)",
	"import.level":                "« {0} » n’est pas un niveau",
	"import.theme":                "« {0} » n’est pas de la forme domaine/sous-domaine",
	"import.department":           "département « {0} » inconnu",
	"import.region":               "région « {0} » inconnue",
	"import.modality":             "modalité « {0} » inconnue (on_site, remote, mixed)",
	"import.remote_place":         "une session à distance n’a pas de région, les autres en ont une",
	"import.dates_order":          "dates dans le désordre : ouverture, clôture, début, fin",
	"import.capacity":             "la capacité est inférieure aux places attribuées hors du portail",
	"import.capacity_under_seats": "la capacité ({0}) passerait sous les places déjà prises ({1})",
	"import.list":                 "liste de pièces « {0} » inconnue",
	"import.session_course":       "la session « {0} » appartient à une autre formation",
}

// Report tells what an import did, or would do.
type Report struct {
	Rows    int // lines read, header apart
	New     int
	Changed int
	Same    int
	// Sessions, for files of courses.
	NewSessions, ChangedSessions int
	Themes                       int // themes that the file brought
	Errors                       []LineError
	More                         int // errors beyond those listed
	// Cancelled lists the sessions that this import cancels: their
	// applications are closed by the caller, in the same transaction (P18.12).
	Cancelled []models.ID
}

// listed is how many errors a report keeps.
const listed = 1000

func (r *Report) refuse(e LineError) {
	if len(r.Errors) == listed {
		r.More++
		return
	}
	r.Errors = append(r.Errors, e)
}

// err is the refusal of a file with bad lines, its report as data (422).
func (r *Report) err() error {
	if len(r.Errors) == 0 {
		return nil
	}
	e := models.Invalid("import.refused")
	e.Data = *r
	return e
}
