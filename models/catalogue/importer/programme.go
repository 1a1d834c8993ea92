package importer

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue"
)

// programmeFields: the portal's names, then those of the ministry's file.
var programmeFields = fields{
	"reference": {"reference", "id"}, "type": {"type"}, "title": {"title", "intitule"}, "domains": {"domains", "domaines"},
	"institution_code": {"institution_code", "etablissement.uai"}, "institution": {"institution", "etablissement.nom"},
	"institution_usual": {"institution_usual", "etablissement.nom_usage"}, "street": {"street", "etablissement.adresse"},
	"postcode": {"postcode", "etablissement.code_postal"}, "town": {"town", "etablissement.ville"},
	"department_code": {"department", "etablissement.departement"}, "modes": {"modes", "modalites"},
	"advised_degrees": {"advised_degrees", "licences_conseillees"}, "accredited_from": {"accredited_from", "accreditation_debut"},
	"accredited_to": {"accredited_to", "accreditation_fin"}, "accreditation": {"accreditation", "statut_accreditation"},
	"open": {"open", "ouverte"}, "joint_accreditation": {"joint_accreditation", "co_accredites"}, "url": {"url"},
	"vet": {"vet", "code_vet"}, "intakes": {"intakes", "sessions"}, "campaigns": {"campaigns", "campagnes"},
}

var intakeFields = fields{"year": {"year", "annee"}, "semester": {"semester", "semestre"}, "capacity": {"capacity", "capacite"},
	"limited": {"limited", "capacite_limitee"}, "open": {"open", "ouverte"}}

var programmeColumns = []string{"reference", "type", "title", "domains", "level", "institution_code", "institution", "institution_usual",
	"street", "postcode", "town", "department_code", "region_code", "modes", "advised_degrees", "accredited_from", "accredited_to",
	"accreditation", "open", "joint_accreditation", "url", "vet"}

func (m *merge) programmes(ctx context.Context) error {
	in := newReader(m.src, programmeFields, m.o.Mapping, &m.report)
	seen := map[string]int{}
	regions, err := m.codes(ctx, `SELECT code, region_code FROM departments`)
	if err != nil {
		return err
	}
	campaigns, err := m.newSessions(ctx, ofProgrammes)
	if err != nil {
		return err
	}
	var taken [][]any
	err = m.load(ctx, "programmes", programmeColumns, func(rec record) []any {
		in.begin(rec, programmeFields, m.o.Mapping)
		values := programmeRow(in, seen, regions)
		rows := intakeRows(in, values[0].(string))
		campaigns.read(in, values[0].(string))
		if in.bad {
			return nil
		}
		taken = append(taken, rows...)
		return append([]any{int32(rec.line), append(present(in, programmeColumns), "level", "region_code"), m.tx.NewID(), m.o.Source}, values...)
	})
	if err != nil {
		return err
	}
	if err := m.lockSessions(ctx, campaigns); err != nil {
		return err
	}
	added, changed, err := m.apply(ctx, "programmes", programmeColumns)
	if err != nil {
		return err
	}
	if err := m.intakes(ctx, taken); err != nil {
		return err
	}
	m.report.New, m.report.Changed = len(added), len(changed)
	if err := m.reindexProgrammes(ctx, slices.Concat(added, changed)); err != nil {
		return err
	}
	return m.writeSessions(ctx, campaigns)
}

// reindexProgrammes keeps components and search in step with what changed.
func (m *merge) reindexProgrammes(ctx context.Context, touched []models.ID) error {
	if len(touched) == 0 {
		return nil
	}
	if err := m.faculties(ctx, touched); err != nil {
		return err
	}
	if err := catalogue.Reindex(ctx, m.tx, catalogue.KindProgramme, touched...); err != nil {
		return err
	}
	return m.notify(ctx, "programmes", touched)
}

func programmeRow(in *reader, seen map[string]int, regions map[string]string) []any {
	kind := in.required("type", 100)
	var level *int
	if kind == "Master" { // a master is level 7 by law
		seven := 7
		level = &seven
	}
	department, region := departmentOf(in, "department_code", regions)
	return []any{in.reference("reference", seen), kind, in.required("title", 500), in.list("domains"), level,
		in.text("institution_code", 20), in.text("institution", 300), in.text("institution_usual", 300), in.text("street", 300),
		in.text("postcode", 10), catalogue.TownName(in.text("town", 200)), department, region, in.list("modes"), in.text("advised_degrees", 2000),
		in.number("accredited_from", 1950, 2100), in.number("accredited_to", 1950, 2100), in.text("accreditation", 100), in.yes("open"),
		in.text("joint_accreditation", 2000), in.text("url", 2000), in.text("vet", 40)}
}

// departmentOf reads a department's code and gives its region's too.
func departmentOf(in *reader, field string, regions map[string]string) (department, region *string) {
	code := in.text(field, 10)
	if code == "" {
		return nil, nil
	}
	of, ok := regions[code]
	if !ok {
		in.refuse(field, "import.department", code)
		return nil, nil
	}
	return &code, &of
}

func intakeRows(parent *reader, reference string) [][]any {
	if !parent.has("intakes") {
		return nil
	}
	rows := [][]any{}
	for i, rec := range parent.rec.children(parent.columns["intakes"]) {
		in := &reader{src: parent.src, columns: map[string]string{}, report: parent.report}
		in.begin(rec, intakeFields, nil)
		year := in.number("year", 1950, 2100)
		if year == nil {
			in.refuse("year", "import.missing")
		}
		rows = append(rows, []any{reference, int32(i + 1), year, in.text("semester", 100), in.number("capacity", 0, 100_000), in.text("limited", 50), in.yes("open")})
		parent.bad = parent.bad || in.bad
	}
	return rows
}

// faculties keeps the components in step with the programmes that name them: a
// component is known by the code of its institution (P3.3).
func (m *merge) faculties(ctx context.Context, programmes []models.ID) error {
	_, err := m.tx.PGX.Exec(ctx, `
		INSERT INTO faculties (id, code, name, usual_name, town, department_code, region_code)
		SELECT DISTINCT ON (institution_code) faculty_id(institution_code), institution_code,
			coalesce(nullif(institution, ''), institution_code), institution_usual, town, department_code, region_code
		FROM programmes WHERE id = ANY ($1) AND institution_code ~ '^[A-Za-z0-9._-]{1,64}$' ORDER BY institution_code, reference
		ON CONFLICT (code) DO UPDATE SET name = excluded.name, usual_name = excluded.usual_name, town = excluded.town,
			department_code = excluded.department_code, region_code = excluded.region_code`, models.Prepared, programmes)
	if err != nil {
		return fmt.Errorf("import components: %w", err)
	}
	_, err = m.tx.PGX.Exec(ctx, `
		UPDATE programmes p SET faculty_id = f.id FROM programmes x LEFT JOIN faculties f ON f.code = x.institution_code
		WHERE p.id = ANY ($1) AND x.id = p.id AND p.faculty_id IS DISTINCT FROM f.id`, models.Prepared, programmes)
	if err != nil {
		return fmt.Errorf("import components: %w", err)
	}
	return nil
}

// intakes replaces those of the programmes whose lines give some.
func (m *merge) intakes(ctx context.Context, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	if _, err := m.tx.PGX.Exec(ctx, `DROP TABLE IF EXISTS import_intakes; CREATE TEMP TABLE import_intakes
		(reference text, no integer, year integer, semester text, capacity integer, limited text, open boolean) ON COMMIT DROP`); err != nil {
		return fmt.Errorf("import intakes: %w", err)
	}
	if _, err := m.tx.PGX.CopyFrom(ctx, pgx.Identifier{"import_intakes"}, []string{"reference", "no", "year", "semester", "capacity", "limited", "open"},
		pgx.CopyFromRows(rows)); err != nil {
		return fmt.Errorf("import intakes: %w", err)
	}
	_, err := m.tx.PGX.Exec(ctx, `
		DELETE FROM programme_intakes x USING programmes p WHERE p.id = x.programme_id
			AND EXISTS (SELECT FROM import_intakes i WHERE i.reference = p.reference)
			AND NOT EXISTS (SELECT FROM import_intakes i WHERE i.reference = p.reference AND i.no = x.no);
		INSERT INTO programme_intakes (programme_id, no, year, semester, capacity, limited, open)
		SELECT p.id, i.no, i.year, i.semester, i.capacity, i.limited, i.open FROM import_intakes i JOIN programmes p USING (reference)
		ON CONFLICT (programme_id, no) DO UPDATE SET year = excluded.year, semester = excluded.semester, capacity = excluded.capacity,
			limited = excluded.limited, open = excluded.open
		WHERE (programme_intakes.year, programme_intakes.semester, programme_intakes.capacity, programme_intakes.limited, programme_intakes.open)
			IS DISTINCT FROM (excluded.year, excluded.semester, excluded.capacity, excluded.limited, excluded.open)`)
	if err != nil {
		return fmt.Errorf("import intakes: %w", err)
	}
	return nil
}
