package importer_test

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/importer"
)

// one reads a single text of the database.
func one(t *testing.T, db *models.DB, sql string, args ...any) (s string) {
	t.Helper()
	if err := db.Pool.QueryRow(context.Background(), "SELECT coalesce(("+sql+")::text, '')", args...).Scan(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

// keys are the refusals of a report, as line, field and message.
func keys(r importer.Report) []string {
	list := []string{}
	for _, e := range r.Errors {
		list = append(list, fmt.Sprintf("%d %s %s", e.Line, e.Field, strings.TrimPrefix(e.Key, "import.")))
	}
	return list
}

func expect(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

const organisations = `identifiant;type_structure;raison_sociale;structure_mere;siret;code_ape;adresse;code_postal;ville;telephone;courriel
RENNES;Employeur public;Rennes Métropole;;243 500 139 00015;84.11Z;4 avenue Henri Fréville;35000;RENNES;02 99 86 60 60;contact@rennes.example.org
RENNES-DRH;Gestionnaire;Direction des ressources humaines;RENNES;;;;;;;
CULTURE;Organisme de formation;École des arts;;;;;69001;Lyon;;
`

func TestOrganisations(t *testing.T) {
	ctx := context.Background()
	db := portal(t)
	report, err := run(ctx, db, importer.KindOrganisation, importer.CSV, organisations)
	if err != nil || report.New != 3 {
		t.Fatalf("%+v %v", report, err)
	}
	t.Run("P3.6 structures come in with their kind, number, place and the structure above", func(t *testing.T) {
		got := one(t, db, `SELECT string_agg(concat_ws('|', reference, kind, name, parent, siret, naf, postcode, town, department_code, phone, email), E'\n' ORDER BY reference) FROM organisations`)
		want := "CULTURE|provider|École des arts||||69001|Lyon|69||\n" +
			"RENNES|employer|Rennes Métropole||24350013900015|84.11Z|35000|Rennes|35|+33299866060|contact@rennes.example.org\n" +
			"RENNES-DRH|managing|Direction des ressources humaines|RENNES||||||"
		if got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
	t.Run("P2.2 one that employs can be chosen as an employer", func(t *testing.T) {
		for _, typed := range []string{"rennes metro", "243500139"} {
			if found, err := catalogue.Employers(ctx, db.Pool, typed, 5); err != nil || len(found) != 1 || found[0].Name != "Rennes Métropole" || found[0].Kind != "employer" {
				t.Errorf("%s: %+v %v", typed, found, err)
			}
		}
		if found, _ := catalogue.Employers(ctx, db.Pool, "ecole des arts", 5); len(found) != 0 {
			t.Errorf("%+v", found)
		}
	})
	t.Run("P3.6 the same file again changes nothing", func(t *testing.T) {
		if report, err := run(ctx, db, importer.KindOrganisation, importer.CSV, organisations); err != nil || report.New+report.Changed != 0 || report.Same != 3 {
			t.Errorf("%+v %v", report, err)
		}
	})
	t.Run("P3.6 each bad line says what is wrong with it, and nothing is written", func(t *testing.T) {
		bad := "identifiant;nature;raison_sociale;structure_mere;siret;ape;code_postal;departement;telephone\n" +
			"B1;Employeur;Un;;12345678901234;;;;\nB2;Loge;Deux;;;;;;\nB3;Employeur;Trois;NULLE-PART;;;;;\nB4;Employeur;Quatre;B5;;;;;\nB5;Employeur;Cinq;B4;;;;;\n" +
			"B6;Employeur;Six;;;XX;;;12\nB6;;Sept;;;;;99;\n;Employeur;Huit;;;;;;\n"
		report, err := run(ctx, db, importer.KindOrganisation, importer.CSV, bad)
		if models.KindOf(err) != models.KindInvalid {
			t.Fatal(err)
		}
		expect(t, keys(report), []string{"2 siret siret", "3 nature organisation_kind", "7 ape naf", "7 telephone phone", "8 nature missing", "8 identifiant twice", "8 departement department", "9 identifiant missing"})
		rehearsed, _ := importer.Run(ctx, db, models.Operator(), importer.KindOrganisation, strings.NewReader(bad), importer.Options{DryRun: true})
		expect(t, keys(rehearsed)[8:], []string{"4 structure_mere parent", "5 structure_mere parent_round", "6 structure_mere parent_round"})
		if n := one(t, db, `SELECT count(*) FROM organisations`); n != "3" || rehearsed.New != 0 {
			t.Errorf("%s rows, %+v", n, rehearsed)
		}
	})
	t.Run("P3.6 the last import is taken back, with the employers that it brought", func(t *testing.T) {
		report, err := run(ctx, db, importer.KindOrganisation, importer.CSV, "identifiant;type;raison_sociale;siret;departement\nRENNES;Employeur;Rennes;;\nBRUZ;Employeur;Ville de Bruz;213 500 473 00011;35\n")
		if err != nil || report.New != 1 || report.Changed != 1 {
			t.Fatalf("%+v %v", report, err)
		}
		if n := one(t, db, `SELECT string_agg(name, ',' ORDER BY name) FROM employers`); n != "Ville de Bruz" {
			t.Errorf("a structure without its number can still be chosen: %s", n)
		}
		back, err := undo(ctx, db, importer.KindOrganisation)
		if err != nil || back.Removed != 1 || back.Restored != 1 {
			t.Fatalf("%+v %v", back, err)
		}
		if n := one(t, db, `SELECT string_agg(name, ',' ORDER BY name) FROM employers`); n != "Rennes Métropole" {
			t.Error(n)
		}
	})
	t.Run("P2.2 of two structures of one SIREN the first is offered, and the other when it goes", func(t *testing.T) {
		second := "identifiant;type;raison_sociale;siret;departement\nRENNES-2;Employeur;Rennes, autre site;243 500 139 00015;35\n"
		if _, err := run(ctx, db, importer.KindOrganisation, importer.CSV, second); err != nil {
			t.Fatal(err)
		}
		names := `SELECT string_agg(name, ',' ORDER BY name) FROM employers`
		if got := one(t, db, names); got != "Rennes Métropole" {
			t.Error(got)
		}
		if _, err := run(ctx, db, importer.KindOrganisation, importer.CSV, "identifiant;type;raison_sociale;fermee\nRENNES;Employeur;Rennes Métropole;oui\n"); err != nil {
			t.Fatal(err)
		}
		if got := one(t, db, names); got != "Rennes, autre site" {
			t.Error(got)
		}
		if _, err := undo(ctx, db, importer.KindOrganisation); err != nil {
			t.Fatal(err)
		}
		if got := one(t, db, names); got != "Rennes, autre site" {
			t.Error(got)
		}
	})
	t.Run("P2.5 nobody else imports them", func(t *testing.T) {
		_, err := importer.Run(ctx, db, models.Actor{Kind: models.ActorAccount, Grants: []models.Grant{{Role: models.RoleOfficer, Kind: models.ScopePortal}}},
			importer.KindOrganisation, strings.NewReader(organisations), importer.Options{})
		if models.KindOf(err) != models.KindNotFound {
			t.Error(err)
		}
	})
}

// TestTrainingBodies imports a public list of training bodies as it stands.
func TestTrainingBodies(t *testing.T) {
	folder := os.Getenv("PASSERELLE_TEST_DATA")
	if folder == "" {
		t.Skip("PASSERELLE_TEST_DATA names no data pack")
	}
	path := filepath.Join(folder, "structures", "organismes-formation.csv.gz")
	ctx := context.Background()
	db := portal(t)
	rows := readGzip(t, path)
	for i, r := range rows[1:] {
		if _, err := db.Pool.Exec(ctx, `INSERT INTO regions (code, no, name) VALUES ($1, $2, $1) ON CONFLICT DO NOTHING`, r[11], 100+i%10000); err != nil && r[11] != "" {
			t.Fatal(err)
		}
		if r[10] != "" && r[11] != "" {
			if _, err := db.Pool.Exec(ctx, `INSERT INTO departments (code, no, name, region_code) VALUES ($1, $2, $1, $3) ON CONFLICT DO NOTHING`, r[10], 100+i%10000, r[11]); err != nil {
				t.Fatal(err)
			}
		}
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	report, err := importer.Run(ctx, db, models.Operator(), importer.KindOrganisation, f, importer.Options{Aside: true, Mapping: importer.Mapping{
		Source: "Organismes", Values: map[string]map[string]string{"kind": {"inconnue": "provider"}}}})
	// Two lines of the list have no name.
	if err != nil || report.New != len(rows)-3 || report.Refused() != 2 {
		t.Fatalf("P3.6 %d rows, %d new, %q %v", report.Rows, report.New, keys(report)[:min(len(report.Errors), 10)], err)
	}
	if n := one(t, db, `SELECT count(*) FROM organisations WHERE kind = 'provider' AND siret <> '' AND town <> ''`); n == "0" {
		t.Error("P2.1 no body with its number and town")
	}
}

func readGzip(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

const graduates = `numero,nom_de_naissance,nom_usage,prenom,date_de_naissance,diplome,code_vet,composante,annee
D1,LE GOFF,Le Goff-Martin,Maëlle,14/06/1988,Master Droit du numérique,M2DN24,UFR-DROIT,2012
D2,Durand,,Jean,03/02/1941,Licence de lettres,,UFR-LETTRES,1963
`

func TestGraduates(t *testing.T) {
	ctx := context.Background()
	db := portal(t)
	if report, err := run(ctx, db, importer.KindGraduate, importer.CSV, graduates); err != nil || report.New != 2 {
		t.Fatalf("%+v %v", report, err)
	}
	t.Run("P1.10 a graduate is looked up by birth name and by usual name, without case, accents, hyphens", func(t *testing.T) {
		if got := one(t, db, `SELECT string_agg(birth_key || ' ' || usual_key, ', ' ORDER BY reference) FROM graduates`); got != "legoff/maelle/1988-06-14 legoffmartin/maelle/1988-06-14, durand/jean/1941-02-03 " {
			t.Error(got)
		}
	})
	t.Run("P3.6 the keys follow what a later file says, and come back with an undo", func(t *testing.T) {
		if report, err := run(ctx, db, importer.KindGraduate, importer.CSV, strings.Replace(graduates, "Maëlle", "Mael", 1)); err != nil || report.Changed != 1 || report.Same != 1 {
			t.Fatalf("%+v %v", report, err)
		}
		if got := one(t, db, `SELECT birth_key FROM graduates WHERE reference = 'D1'`); got != "legoff/mael/1988-06-14" {
			t.Error(got)
		}
		if _, err := undo(ctx, db, importer.KindGraduate); err != nil {
			t.Fatal(err)
		}
		if got := one(t, db, `SELECT birth_key || usual_key FROM graduates WHERE reference = 'D1'`); got != "legoff/maelle/1988-06-14legoffmartin/maelle/1988-06-14" {
			t.Error(got)
		}
	})
	t.Run("P3.6 a bad line says what is wrong", func(t *testing.T) {
		report, err := run(ctx, db, importer.KindGraduate, importer.CSV, "numero,civilite,nom,prenom,date_naissance,diplome,annee\n"+
			"E1,Maître,Roy,Ann,01/01/1980,Master,2003\nE2,Mme,R0y<,Ann,31/02/1980,Master,2003\nE3,,,Ann,01/01/2080,,\nE4,M.,Roy,,01/01/1980,Master,1200\n")
		if models.KindOf(err) != models.KindInvalid {
			t.Fatal(err)
		}
		expect(t, keys(report), []string{"2 civilite civility", "3 nom name", "3 date_naissance birth_date", "4 nom missing", "4 date_naissance birth_date", "4 annee missing",
			"4 diplome missing", "5 prenom missing", "5 annee number"})
	})
	t.Run("P3.6 a column without which no line can be taken is missed once", func(t *testing.T) {
		report, _ := run(ctx, db, importer.KindGraduate, importer.CSV, "numero,nom,prenom,diplome\nE1,Roy,Ann,Master\n")
		if got := keys(report); !reflect.DeepEqual(got, []string{"1 birth_date column_missing", "1 year column_missing"}) {
			t.Error(got)
		}
	})
}

const staff = `matricule;nom;prenom;courriel;role;perimetres
P1;Renoir;Agnès;agnes.renoir@culture.example.org;Chargée de projet;thème:arts|composante:UFR-DROIT
P2;Petit;Luc;luc.petit@culture.example.org;Administrateur;portail
P3;Roux;Inès;ines.roux@culture.example.org;;
`

func TestStaff(t *testing.T) {
	ctx := context.Background()
	db := portal(t)
	if _, err := db.Pool.Exec(ctx, `INSERT INTO themes (id, slug, name) VALUES (gen_random_uuid(), 'arts', 'Arts');
		INSERT INTO faculties (id, code, name) VALUES (faculty_id('UFR-DROIT'), 'UFR-DROIT', 'UFR de droit')`); err != nil {
		t.Fatal(err)
	}
	rights := `SELECT string_agg(concat_ws(' ', a.email, g.role, g.scope_kind), ', ' ORDER BY a.email, g.scope_kind) FROM grants g JOIN accounts a ON a.id = g.account_id`
	t.Run("P3.6 a rehearsal tells how many accounts it would open, and opens none", func(t *testing.T) {
		report, err := importer.Run(ctx, db, models.Operator(), importer.KindStaff, strings.NewReader(staff), importer.Options{DryRun: true})
		if err != nil || report.New != 3 || report.Opening != 3 || one(t, db, `SELECT count(*) FROM accounts`) != "0" {
			t.Fatalf("%+v %v", report, err)
		}
	})
	if report, err := run(ctx, db, importer.KindStaff, importer.CSV, staff); err != nil || report.New != 3 || report.Opening != 3 {
		t.Fatalf("%+v %v", report, err)
	}
	t.Run("P1.8 each gets an account, a mail to choose a password, and their rights", func(t *testing.T) {
		if got := one(t, db, rights); got != "agnes.renoir@culture.example.org officer faculty, agnes.renoir@culture.example.org officer theme, luc.petit@culture.example.org admin portal" {
			t.Error(got)
		}
		if got := one(t, db, `SELECT count(*) || ' ' || count(*) FILTER (WHERE password_hash = '') FROM accounts WHERE state = 'active'`); got != "3 3" {
			t.Error(got)
		}
	})
	t.Run("P3.6 the same file again changes nothing", func(t *testing.T) {
		if report, err := run(ctx, db, importer.KindStaff, importer.CSV, staff); err != nil || report.New+report.Changed+report.Opening != 0 || one(t, db, `SELECT count(*) FROM accounts`) != "3" {
			t.Errorf("%+v %v", report, err)
		}
	})
	t.Run("P2.5 a scope that covers nothing, a role without scope: refused by line", func(t *testing.T) {
		report, _ := importer.Run(ctx, db, models.Operator(), importer.KindStaff, strings.NewReader("matricule;nom;prenom;courriel;role;perimetres\n"+
			"Q1;Un;A;a@x.example.org;chef;portail\nQ2;Deux;B;b@x.example.org;officer;\nQ3;Trois;C;pas une adresse;;\nQ4;Quatre;D;d@x.example.org;officer;thème:lune\n"), importer.Options{DryRun: true})
		expect(t, keys(report), []string{"2 role role", "3 perimetres missing", "4 courriel email", "5 perimetres scope"})
	})
	t.Run("P2.5 a file that takes the last administrator away is refused whole", func(t *testing.T) {
		report, err := run(ctx, db, importer.KindStaff, importer.CSV, strings.Replace(staff, "Administrateur;portail", ";", 1))
		if models.KindOf(err) != models.KindInvalid || !report.Broken || one(t, db, `SELECT role FROM staff WHERE reference = 'P2'`) != "admin" {
			t.Errorf("%+v %v", report, err)
		}
		expect(t, keys(report), []string{"0  last_admin"})
	})
	t.Run("P2.5 P3.6 taken back, the one who was replaced is administrator again", func(t *testing.T) {
		if _, err := run(ctx, db, importer.KindStaff, importer.CSV, strings.Replace(staff, "Administrateur;portail", ";\nP9;Neuf;Léa;lea.neuf@culture.example.org;admin;portail", 1)); err != nil {
			t.Fatal(err)
		}
		admins := `SELECT string_agg(a.email, ' ') FROM grants g JOIN accounts a ON a.id = g.account_id WHERE g.role = 'admin'`
		if got := one(t, db, admins); got != "lea.neuf@culture.example.org" {
			t.Error(got)
		}
		if _, err := undo(ctx, db, importer.KindStaff); err != nil {
			t.Fatal(err)
		}
		if got := one(t, db, admins); got != "luc.petit@culture.example.org" {
			t.Error(got)
		}
	})
	t.Run("P3.6 taken back, rights and accounts that nobody used go with the lines", func(t *testing.T) {
		changed := strings.Replace(staff, "P2;Petit;Luc;luc.petit@culture.example.org;Administrateur;portail", "P2;Petit;Luc;luc.petit@culture.example.org;Administrateur;portail\nP4;Lune;Zoé;zoe.lune@culture.example.org;officer;portail", 1)
		changed = strings.Replace(changed, "|composante:UFR-DROIT", "", 1)
		if report, err := run(ctx, db, importer.KindStaff, importer.CSV, changed); err != nil || report.New != 1 || report.Changed != 1 {
			t.Fatalf("%+v %v", report, err)
		}
		if got := one(t, db, rights); got != "agnes.renoir@culture.example.org officer theme, luc.petit@culture.example.org admin portal, zoe.lune@culture.example.org officer portal" {
			t.Error(got)
		}
		if _, err := undo(ctx, db, importer.KindStaff); err != nil {
			t.Fatal(err)
		}
		if got := one(t, db, rights); got != "agnes.renoir@culture.example.org officer faculty, agnes.renoir@culture.example.org officer theme, luc.petit@culture.example.org admin portal" {
			t.Error(got)
		}
		if n := one(t, db, `SELECT count(*) FROM accounts`); n != "3" {
			t.Errorf("%s accounts", n)
		}
	})
}

const students = `numero_etudiant;civilite;nom_de_naissance;prenom;date_de_naissance;courriel;code_vet;annee;telephone
22001;Mme;Kervella;Nolwenn;12/05/2003;nolwenn.kervella@etu.example.org;L3DR;2026;06 39 98 04 17
22002;M.;Diallo;Amadou;30/11/2002;amadou.diallo@etu.example.org;L3DR;2026;
`

func TestStudents(t *testing.T) {
	ctx := context.Background()
	db := portal(t)
	if report, err := run(ctx, db, importer.KindStudent, importer.CSV, students); err != nil || report.New != 2 || report.Opening != 2 {
		t.Fatalf("%+v %v", report, err)
	}
	t.Run("P1.12 a student has an account with the identity of the file, marked with its number", func(t *testing.T) {
		got := one(t, db, `SELECT string_agg(concat_ws(' ', s.reference, a.email, p.civility, p.first_name, p.birth_name, p.birth_date), ', ' ORDER BY s.reference)
			FROM students s JOIN accounts a ON a.id = s.account_id JOIN people p ON p.id = a.person_id`)
		if got != "22001 nolwenn.kervella@etu.example.org madame Nolwenn Kervella 2003-05-12, 22002 amadou.diallo@etu.example.org monsieur Amadou Diallo 2002-11-30" {
			t.Error(got)
		}
	})
	t.Run("P1.4 an address is one student's: refused by line, in the file and beside the register", func(t *testing.T) {
		report, _ := importer.Run(ctx, db, models.Operator(), importer.KindStudent, strings.NewReader("numero_etudiant;nom;prenom;date_de_naissance;courriel\n"+
			"22003;Un;A;01/01/2001;un@etu.example.org\n22004;Deux;B;01/01/2001;UN@etu.example.org\n22005;Trois;C;01/01/2001;amadou.diallo@etu.example.org\n"), importer.Options{DryRun: true})
		expect(t, keys(report), []string{"3 courriel twice", "4 courriel email_taken"})
	})
	t.Run("P3.6 taken back, accounts that nobody used go", func(t *testing.T) {
		if back, err := undo(ctx, db, importer.KindStudent); err != nil || back.Removed != 2 || one(t, db, `SELECT count(*) FROM accounts`) != "0" {
			t.Errorf("%+v %v", back, err)
		}
	})
}

// TestRegistersInPart imports files that say a part only.
func TestRegistersInPart(t *testing.T) {
	ctx := context.Background()
	db := portal(t)
	if _, err := run(ctx, db, importer.KindStaff, importer.CSV, "matricule;nom;prenom;courriel;role;perimetres\nP1;Renoir;Agnès;agnes@x.example.org;admin;portail\nP2;Petit;Luc;luc@x.example.org;officer;portail\n"); err != nil {
		t.Fatal(err)
	}
	t.Run("P18.12 columns that a file does not have are left alone: role, scopes", func(t *testing.T) {
		for _, text := range []string{"matricule;nom;prenom;courriel;perimetres\nP1;Renoir;Agnès;agnes@x.example.org;portail\n", "matricule;nom;prenom;courriel;role\nP1;Renoir;Agnès;agnes@x.example.org;admin\n",
			"matricule;nom;prenom;courriel\nP1;Renoir;Agnès;agnes@x.example.org\n"} {
			if report, err := run(ctx, db, importer.KindStaff, importer.CSV, text); err != nil || report.Same != 1 {
				t.Errorf("%s: %+v %v", text, report, err)
			}
		}
		if got := one(t, db, `SELECT string_agg(role || scopes::text, ' ' ORDER BY reference) FROM staff`); got != "admin{portal} officer{portal}" {
			t.Error(got)
		}
		report, _ := run(ctx, db, importer.KindStaff, importer.CSV, "matricule;nom;prenom;courriel;role\nP7;Sept;Eva;eva@x.example.org;admin\n")
		expect(t, keys(report), []string{"2 scopes missing"})
	})
	t.Run("P2.5 an address that is somebody else's by name is refused by its line", func(t *testing.T) {
		report, _ := importer.Run(ctx, db, models.Operator(), importer.KindStaff, strings.NewReader("matricule;nom;prenom;courriel;role;perimetres\n"+
			"R1;Un;A;accueil@x.example.org;;\nR2;Deux;B;accueil@x.example.org;admin;portail\nR3;Trois;C;luc@x.example.org;admin;portail\nP1;Renoir;Agnes;agnes@x.example.org;admin;portail\n"), importer.Options{DryRun: true})
		expect(t, keys(report), []string{"2 courriel email_taken", "3 courriel email_taken", "4 courriel email_taken"})
	})
	t.Run("P2.1 the structure above is written as references are, and a round is met across files", func(t *testing.T) {
		if _, err := run(ctx, db, importer.KindOrganisation, importer.NDJSON, `{"reference":"UFR DROIT","kind":"composante","name":"UFR","parent":"UNIV"}`+"\n"+`{"reference":"UNIV","kind":"employeur","name":"Université"}`); err != nil {
			t.Fatal(err)
		}
		report, _ := run(ctx, db, importer.KindOrganisation, importer.NDJSON, `{"reference":"UNIV","kind":"employeur","name":"Université","parent":"UFR DROIT"}`)
		expect(t, keys(report), []string{"1 parent parent_round"})
	})
	t.Run("P3.6 left aside, a structure takes along those that needed it", func(t *testing.T) {
		report, err := importer.Run(ctx, db, models.Operator(), importer.KindOrganisation, strings.NewReader("reference;kind;name;parent;fermee\nB;employeur;B;NULLE;\nC;employeur;C;B;\nD;employeur;D;;fermée\nE;employeur;E;;bof\n"),
			importer.Options{Aside: true})
		if err != nil || report.New != 1 || one(t, db, `SELECT string_agg(reference || closed, ' ') FROM organisations WHERE reference IN ('B', 'C', 'D', 'E')`) != "Dtrue" {
			t.Errorf("%+v %v", report, err)
		}
		expect(t, keys(report), []string{"5 fermee yes_or_no", "2 parent parent", "3 parent parent"})
	})
	t.Run("P3.6 what stood before is forgotten once an import can no longer be taken back", func(t *testing.T) {
		kept := func() string { return one(t, db, `SELECT count(*) > 0 FROM import_changes WHERE kind = 'staff'`) }
		for _, days := range []string{"29", "2"} {
			if kept() != "true" {
				t.Fatal("nothing to take back")
			}
			if _, err := db.Pool.Exec(ctx, `UPDATE import_runs SET imported_at = imported_at - make_interval(days => $1::int)`, days); err != nil {
				t.Fatal(err)
			}
			if _, err := importer.ForgetFiles(ctx, db); err != nil {
				t.Fatal(err)
			}
		}
		if kept() != "false" {
			t.Error("personal data stays behind an import that cannot be taken back")
		}
	})
}
