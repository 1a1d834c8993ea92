package importer

import (
	"slices"
	"strings"

	"passerelle/models/catalogue"
)

// hints are words, folded, that columns of other catalogues hold for a field;
// a column may cut them short (« INTIT », « DT_DEB »).
var hints = map[string][]string{
	"reference": {"reference", "identifiant", "id", "numero", "num", "code"}, "title": {"intitule", "titre", "libelle", "title", "nom", "name"},
	"acronym": {"sigle", "acronyme", "acronym"}, "type": {"type", "nature"}, "duration": {"duree", "duration"}, "rncp": {"rncp"},
	"level_label": {"niveau", "level"}, "authority": {"tutelle", "authority", "ministere"}, "speciality": {"nsf", "specialite", "speciality"},
	"url": {"url", "lien", "site", "web"}, "themes": {"themes", "theme", "domaine", "domaines", "domain"}, "objectives": {"objectifs", "objectif", "objectives"},
	"programme": {"programme", "contenu", "content"}, "prerequisites": {"prerequis", "prerequisites", "conditions"}, "audience": {"public", "audience"},
	"methods":             {"methodes", "pedagogie", "methods"},
	"session.external_id": {"session"}, "session.starts_on": {"debut", "start", "starts"}, "session.ends_on": {"fin", "end", "ends"},
	"session.place": {"ville", "lieu", "commune", "place", "town"}, "session.department": {"departement", "dept", "dep", "department"}, "session.region": {"region"},
	"session.capacity": {"places", "pl", "capacite", "effectif", "capacity", "seats"}, "session.modality": {"modalite", "modality"},
	"session.opens_on": {"ouverture", "opens"}, "session.closes_on": {"cloture", "limite", "closes"}, "session.waiting_list": {"attente", "waiting"},
	"session.cancelled": {"annule", "annulee", "cancelled"},
	"institution":       {"etablissement", "institution", "universite"}, "institution_code": {"uai"}, "street": {"rue", "adresse", "street"}, "postcode": {"postal", "cp", "postcode"},
	"town": {"ville", "commune", "town"}, "department_code": {"departement", "dept", "department"}, "domains": {"domaines", "domaine"}, "vet": {"vet"},
	"description": {"description", "descriptif", "missions"}, "profile": {"profil", "profile"}, "employer": {"employeur", "employer", "recruteur"},
	"job": {"metier", "job"}, "rome_code": {"rome"}, "place": {"lieu", "ville", "place"}, "region_code": {"region"}, "contract": {"contrat", "contract"},
	"nature": {"nature", "categorie"}, "experience": {"experience"}, "published_on": {"publication", "creation", "published"}, "starts_on": {"debut", "start"},
	"closes_on": {"fin", "cloture", "limite"},
}

// said are words of columns that say nothing of the field.
var said = []string{"dt", "date", "lib", "de", "la", "le", "du", "nb", "nombre", "action", "act", "formation", "cod", "txt", "of"}

// Guess is the field proposed for a column; Sure where its name says it plainly.
type Guess struct {
	Field string
	Sure  bool
}

// Propose guesses the field of each column from the likeness of their names;
// what the mapping names already comes first.
func Propose(names []string, kind catalogue.Kind, m Mapping) map[string]Guess {
	known := fieldsOf(kind)
	guesses, taken := map[string]Guess{}, map[string]bool{}
	for field, column := range columnsFor(names, known, m) {
		guesses[column], taken[field] = Guess{field, true}, true
	}
	type pair struct {
		column, field string
		points        int
	}
	var pairs []pair
	for _, name := range names {
		if _, done := guesses[name]; done || name == "" || slices.Contains(m.Ignore, name) {
			continue
		}
		for _, field := range sorted(known) {
			if points := likeness(name, hints[field]); points > 0 && !taken[field] && m.Constants[field] == "" {
				pairs = append(pairs, pair{name, field, points})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return b.points - a.points })
	for _, p := range pairs {
		if _, done := guesses[p.column]; !done && !taken[p.field] {
			guesses[p.column], taken[p.field] = Guess{p.field, p.points >= 80}, true
		}
	}
	return guesses
}

// likeness is 100 for the word itself, less where it is cut short or stands
// beside words that say something else.
func likeness(column string, words []string) int {
	tokens := strings.Split(catalogue.Slug(column), "-")
	best, others := 0, 0
	for _, token := range tokens {
		points := 0
		for i, word := range words {
			switch {
			case token == word:
				points = max(points, 100-2*i)
			case len(token) >= 3 && strings.HasPrefix(word, token):
				points = max(points, 84-2*i)
			case len(word) >= 4 && strings.HasPrefix(token, word):
				points = max(points, 80-2*i)
			}
		}
		if points == 0 && !slices.Contains(said, token) {
			others++
		}
		best = max(best, points)
	}
	if best == 0 {
		return 0
	}
	return max(best-15*others, 1)
}
