package importer

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"passerelle/models/form/ident"
	"passerelle/models/people"
)

// personFields are the columns under which files say who somebody is.
var personFields = fields{
	"civility": {"civility", "civilite"}, "birth_name": {"birth_name", "nom_naissance", "nom_de_naissance", "nom_de_famille", "nom", "last_name"},
	"usual_name": {"usual_name", "nom_usage", "nom_d_usage", "nom_usuel"}, "first_name": {"first_name", "prenom", "prenom_1"},
	"birth_date": {"birth_date", "date_naissance", "date_de_naissance", "ne_le", "nee_le"},
}

var accountFields = fields{"reference": {"reference", "id", "identifiant", "matricule"}, "email": {"email", "courriel", "mail", "adresse_electronique"}, "lang": {"lang", "langue"}}

func also(all ...fields) fields {
	out := fields{}
	for _, f := range all {
		for field, names := range f {
			out[field] = names
		}
	}
	return out
}

var staffFields = also(fields{"role": {"role", "profil"}, "scopes": {"scopes", "perimetres", "perimetre"}, "left_on": {"left_on", "date_depart", "fin_de_fonctions"},
	"birth_name": personFields["birth_name"], "usual_name": personFields["usual_name"], "first_name": personFields["first_name"]}, accountFields)

var staffColumns = []string{"reference", "email", "birth_name", "usual_name", "first_name", "lang", "role", "scopes", "left_on"}

var studentFields = also(fields{"phone": {"phone", "telephone", "tel"}, "street": {"street", "adresse", "rue"}, "postcode": {"postcode", "code_postal", "cp"},
	"town": {"town", "ville", "commune"}, "vet": {"vet", "code_vet"}, "year": {"year", "annee"}}, personFields, accountFields,
	fields{"reference": {"reference", "numero_etudiant", "num_etudiant", "id", "identifiant", "ine"}})

var studentColumns = []string{"reference", "email", "civility", "birth_name", "usual_name", "first_name", "birth_date", "lang", "phone", "street", "postcode", "town", "vet", "year"}

var graduateFields = also(fields{"reference": {"reference", "id", "identifiant", "numero"}, "diploma": {"diploma", "diplome", "intitule_diplome"}, "vet": {"vet", "code_vet"},
	"faculty": {"faculty", "composante", "code_composante"}, "year": {"year", "annee", "annee_obtention"}}, personFields)

var graduateColumns = []string{"reference", "civility", "birth_name", "usual_name", "first_name", "birth_date", "diploma", "vet", "faculty", "year"}

// The words that files use, folded.
var (
	civilities = map[string]string{"madame": "madame", "mme": "madame", "mrs": "madame", "ms": "madame", "f": "madame", "femme": "madame",
		"monsieur": "monsieur", "m": "monsieur", "mr": "monsieur", "h": "monsieur", "homme": "monsieur", "ne-pas-repondre": "", "x": ""}
	staffRoles = map[string]string{"officer": "officer", "charge-de-projet": "officer", "chargee-de-projet": "officer", "gestionnaire": "officer",
		"admin": "admin", "administrator": "admin", "administrateur": "admin", "administratrice": "admin", "aucun": "", "none": ""}
	languages  = map[string]string{"fr": "fr", "francais": "fr", "en": "en", "anglais": "en", "english": "en"}
	scopeWords = map[string]string{"portal": "portal", "portail": "portal", "theme": "theme", "thème": "theme", "course": "course", "formation": "course",
		"programme": "programme", "diplome": "programme", "diplôme": "programme", "faculty": "faculty", "composante": "faculty"}
)

// staffCheck: a scope that is nowhere, a role without one (P2.5), an address that is
// somebody else's by name, in the file, in the register or among the accounts: rights
// are never given to another person for a slip of the pen.
var staffCheck = fmt.Sprintf(`
	WITH lines AS (SELECT i.*, %s AS key, %s AS who FROM import_rows i)
	SELECT line, field, message, args, title FROM (
		SELECT i.line, 'scopes' AS field, 'import.scope' AS message, ARRAY[s] AS args, i.who AS title FROM lines i CROSS JOIN unnest(i.scopes) s WHERE (scope_of(s)).id IS NULL
		UNION ALL
		SELECT i.line, 'scopes', 'import.missing', '{}', i.who FROM lines i LEFT JOIN staff t USING (reference)
		WHERE i.role <> '' AND i.scopes = '{}' AND coalesce(t.scopes, '{}') = '{}'
		UNION ALL
		SELECT DISTINCT ON (i.line) i.line, 'email', 'import.email_taken', ARRAY[i.email, x.name], i.who FROM lines i JOIN (
			SELECT key, who AS name, reference, first_name, birth_name, usual_name FROM lines
			UNION ALL SELECT %s, %s, reference, first_name, birth_name, usual_name FROM staff t WHERE NOT EXISTS (SELECT FROM import_rows y WHERE y.reference = t.reference)
			UNION ALL SELECT a.email_key, concat_ws(' ', p.first_name, p.birth_name), '', p.first_name, p.birth_name, p.usual_name
				FROM accounts a JOIN people p ON p.id = a.person_id WHERE a.state <> 'pending'
		) x ON x.key = i.key AND x.reference <> i.reference
		WHERE lower(unaccent(x.first_name)) <> lower(unaccent(i.first_name))
			AND NOT ARRAY[lower(unaccent(x.birth_name)), lower(unaccent(x.usual_name))] && array_remove(ARRAY[lower(unaccent(i.birth_name)), lower(unaccent(i.usual_name))], '')
			AND NOT (x.reference = '' AND EXISTS (SELECT FROM staff t JOIN accounts a ON a.id = t.account_id
				WHERE t.reference = i.reference AND a.email_key = i.key AND a.password_hash = ''))
	) wrong ORDER BY line`, keyOf("i"), nameOf("i"), keyOf("t"), nameOf("t"))

// keyOf and nameOf are the SQL of the address that lines are compared by and of what
// they are called.
func keyOf(alias string) string { return "lower(" + alias + ".email)" }
func nameOf(alias string) string {
	return "concat_ws(' ', " + alias + ".first_name, " + alias + ".birth_name)"
}

// studentCheck: an address that another student has already (P1.4).
const studentCheck = `SELECT i.line, 'email', 'import.email_taken', ARRAY[i.email, s.reference], concat_ws(' ', i.first_name, i.birth_name)
	FROM import_rows i JOIN students s ON lower(s.email) = lower(i.email) AND s.reference <> i.reference
	WHERE NOT EXISTS (SELECT FROM import_rows x WHERE x.reference = s.reference AND lower(x.email) <> lower(i.email)) ORDER BY i.line`

func staffRow(r *registrar) []any {
	reference, _ := r.reference("reference", r.merge.seen, false)
	role, scopes := r.word("role", "import.role", staffRoles), r.scopes()
	switch {
	case role != "" && len(scopes) == 0 && r.has("scopes"):
		r.refuse("scopes", "import.missing")
	case role == "" && r.has("role"):
		scopes = []string{}
	}
	return []any{reference, r.address(), r.name("birth_name", true), r.name("usual_name", false), r.name("first_name", true), r.lang(), role, scopes, r.date("left_on")}
}

// scopes reads what rights cover, as the command line writes it or in French.
func (r *registrar) scopes() []string {
	list := []string{}
	for _, s := range r.list("scopes") {
		kind, name, _ := strings.Cut(s, ":")
		if ours, ok := scopeWords[strings.ToLower(strings.TrimSpace(kind))]; ok {
			kind = ours
		}
		if name = strings.TrimSpace(name); name != "" {
			kind += ":" + name
		}
		list = append(list, kind)
	}
	return list
}

func studentRow(r *registrar) []any {
	reference, _ := r.reference("reference", r.merge.seen, false)
	email := r.address()
	if at, first := r.emails.first(ident.EmailAddress(email), r.rec.line); email != "" && !first {
		r.twice("email", email, at)
	}
	who := r.identity()
	return []any{reference, email, who.Civility, who.BirthName, who.UsualName, who.FirstName, dateOf(who), r.lang(), r.phone(), r.text("street", 300), r.postcode(),
		r.text("town", 200), r.text("vet", 40), r.number("year", 1950, 2100)}
}

func graduateRow(r *registrar) []any {
	reference, _ := r.reference("reference", r.merge.seen, false)
	who := r.identity()
	year := r.number("year", 1900, r.merge.tx.Now.Year()+1)
	if year == nil && r.text("year", 40) == "" {
		r.refuse("year", "import.missing")
	}
	return []any{reference, who.Civility, who.BirthName, who.UsualName, who.FirstName, dateOf(who), r.required("diploma", 500), r.text("vet", 40), r.text("faculty", 64), year}
}

func dateOf(i people.Identity) *time.Time {
	if i.BirthDate.IsZero() {
		return nil
	}
	return &i.BirthDate
}

// identity reads who a line is about (P1.1).
func (r *registrar) identity() people.Identity {
	return people.Identity{Civility: r.word("civility", "import.civility", civilities), BirthName: r.name("birth_name", true), UsualName: r.name("usual_name", false),
		FirstName: r.name("first_name", true), BirthDate: r.born()}
}

func (r *registrar) name(field string, needed bool) string {
	s := strings.Join(strings.Fields(ident.Compose(r.text(field, 200))), " ")
	switch {
	case s == "" && needed:
		r.refuse(field, "import.missing")
	case s != "" && people.CheckName(s) != "":
		r.refuse(field, "import.name", s)
	}
	return s
}

// born reads a birth date, which may be older than the dates of a catalogue.
func (r *registrar) born() time.Time {
	s := r.text("birth_date", 40)
	if s == "" {
		r.refuse("birth_date", "import.missing")
		return time.Time{}
	}
	t, ok := r.mapping.Dates.since(s, oldest)
	if !ok || people.CheckBorn(t, r.merge.tx.Today()) != "" {
		r.refuse("birth_date", "import.birth_date", s)
		return time.Time{}
	}
	return t
}

// address reads an address without which there is no account.
func (r *registrar) address() string {
	if r.text("email", 400) == "" {
		r.refuse("email", "import.missing")
	}
	return r.email()
}

func (r *registrar) email() string {
	s := r.text("email", 400)
	if s == "" {
		return ""
	}
	clean, problem := ident.Email(s)
	if problem != "" {
		r.refuse("email", "import.email", s)
		return ""
	}
	return clean
}

func (r *registrar) phone() string {
	s := r.text("phone", 60)
	if s == "" {
		return ""
	}
	number, problem := ident.Phone(s)
	if problem != "" {
		r.refuse("phone", "import.phone", s)
		return ""
	}
	return number
}

func (r *registrar) lang() string {
	if lang := r.word("lang", "import.lang", languages); lang != "" {
		return lang
	}
	return "fr"
}

func (r *registrar) twice(field, value string, at int) {
	r.refuse(field, "import.twice", value, strconv.Itoa(at))
}
