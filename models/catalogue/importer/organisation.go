package importer

import (
	"regexp"
	"strings"

	"passerelle/models/catalogue"
	"passerelle/models/form/ident"
)

// organisationFields: the portal's names, then those of public lists (P2.1).
var organisationFields = fields{
	"reference": {"reference", "id", "identifiant"}, "kind": {"kind", "type_structure", "nature", "type"}, "name": {"name", "raison_sociale", "nom", "denomination"},
	"usual_name": {"usual_name", "enseigne", "nom_usuel", "sigle"}, "parent": {"parent", "structure_mere", "rattachement"}, "siret": {"siret", "numero_siret"},
	"naf": {"naf", "ape", "code_ape", "code_naf"}, "street": {"street", "adresse", "rue"}, "postcode": {"postcode", "code_postal", "cp"},
	"town": {"town", "ville", "commune"}, "department_code": {"department", "departement"}, "email": {"email", "courriel", "mail"},
	"phone": {"phone", "telephone", "tel"}, "closed": {"closed", "fermee", "ferme"},
}

var organisationColumns = []string{"reference", "kind", "name", "usual_name", "parent", "siret", "naf", "street", "postcode", "town", "department_code",
	"email", "phone", "closed"}

// organisationKinds are the words that files use for the kinds of structures (P2.1).
var organisationKinds = map[string]string{
	"employer": "employer", "employeur": "employer", "employeur-public": "employer", "collectivite": "employer", "administration": "employer",
	"managing": "managing", "gestionnaire": "managing", "structure-gestionnaire": "managing", "delegation": "managing",
	"faculty": "faculty", "composante": "faculty", "ufr": "faculty",
	"provider": "provider", "organisme": "provider", "organisme-de-formation": "provider", "organisateur": "provider", "prestataire": "provider",
	"formateur": "provider", "responsable": "provider", "responsable-formateur": "provider", "cfa": "provider",
	"company": "company", "entreprise": "company", "partenaire": "company",
}

// organisationCheck: a structure above that is nowhere, or above itself.
const organisationCheck = `
	WITH RECURSIVE above AS (
		SELECT i.line, i.reference, i.name, i.parent, ARRAY[i.reference] AS met, false AS round FROM import_rows i WHERE i.parent <> ''
		UNION ALL
		SELECT a.line, a.reference, a.name, coalesce(nullif(i.parent, ''), o.parent, ''), a.met || a.parent, a.parent = ANY (a.met)
		FROM above a LEFT JOIN import_rows i ON i.reference = a.parent LEFT JOIN organisations o ON o.reference = a.parent
		WHERE NOT a.round AND a.parent <> '' AND cardinality(a.met) < 50 AND coalesce(i.reference, o.reference) IS NOT NULL
	)
	SELECT line, 'parent', 'import.parent_round', ARRAY[reference], name FROM above WHERE round AND met[cardinality(met)] = reference
	UNION ALL
	SELECT i.line, 'parent', 'import.parent', ARRAY[i.parent], i.name FROM import_rows i WHERE i.parent <> ''
		AND NOT EXISTS (SELECT FROM import_rows x WHERE x.reference = i.parent) AND NOT EXISTS (SELECT FROM organisations o WHERE o.reference = i.parent)
	ORDER BY 1`

var nafPattern = regexp.MustCompile(`^\d{2}\.?\d{1,2}[A-Z]$`)

func organisationRow(r *registrar) []any {
	siret := ""
	if s := r.text("siret", 40); s != "" {
		var ok bool
		if siret, ok = ident.SIRET(s); !ok {
			r.refuse("siret", "import.siret", s)
			siret = ""
		}
	}
	naf := strings.ToUpper(strings.ReplaceAll(r.text("naf", 20), " ", ""))
	if naf != "" && !nafPattern.MatchString(naf) {
		r.refuse("naf", "import.naf", naf)
	}
	kind := r.word("kind", "import.organisation_kind", organisationKinds)
	if kind == "" && r.text("kind", 100) == "" {
		r.refuse("kind", "import.missing")
	}
	return []any{r.known("siret", siret), kind, r.required("name", 300), r.text("usual_name", 300), r.parent(), siret, naf,
		r.text("street", 300), r.postcode(), catalogue.TownName(r.text("town", 200)), r.department(), r.email(), r.phone(), r.word("closed", "import.yes_or_no", yesOrNo) == "yes"}
}

// yesOrNo are the words that files use.
var yesOrNo = map[string]string{"yes": "yes", "oui": "yes", "o": "yes", "x": "yes", "1": "yes", "true": "yes", "vrai": "yes", "fermee": "yes", "ferme": "yes", "closed": "yes",
	"no": "no", "non": "no", "n": "no", "0": "no", "false": "no", "faux": "no", "ouverte": "no", "ouvert": "no", "open": "no"}

// parent is the reference of the structure above, written as references are.
func (r *registrar) parent() string { return strings.Join(strings.Fields(r.text("parent", 64)), "-") }

// known is the reference of a line, or what stands for one where the file has none.
func (r *registrar) known(field, other string) string {
	if r.has("reference") || other == "" {
		reference, _ := r.reference("reference", r.merge.seen, false)
		return reference
	}
	if at, first := r.merge.seen.first(other, r.rec.line); !first {
		r.twice(field, other, at)
	}
	return other
}
