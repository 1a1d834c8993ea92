package importer

import (
	"context"
	"encoding/json"
	"fmt"

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

const (
	intakesBefore = `jsonb_build_object('intakes', (SELECT coalesce(jsonb_agg(to_jsonb(x)), '[]') FROM programme_intakes x WHERE programme_id = t.id))`
	intakesDiffer = `i.intakes IS NOT NULL AND i.intakes IS DISTINCT FROM (SELECT coalesce(jsonb_agg(to_jsonb(x) - 'programme_id' ORDER BY no), '[]')
		FROM programme_intakes x WHERE programme_id = t.id)`
)

func (m *merge) programmes(ctx context.Context) error {
	in, err := newReader(m.file, programmeFields, m.o.Mapping, &m.report, Needed(catalogue.KindProgramme)...)
	if err != nil {
		return err
	}
	m.seen = newSeen()
	regions, err := m.codes(ctx, `SELECT code, region_code FROM departments`)
	if err != nil {
		return err
	}
	campaigns, err := m.newSessions(ctx, in, ofProgrammes)
	if err != nil {
		return err
	}
	of := merged{kind: catalogue.KindProgramme, table: "programmes", columns: programmeColumns, before: intakesBefore, differs: intakesDiffer,
		beside: m.intakes, settled: m.faculties}
	given := func() []string { return append(present(in, programmeColumns), "level", "region_code") }
	if in.fixed {
		of.given = given()
	}
	err = m.load(ctx, "programmes", programmeColumns, func(rec record) (line, bool) {
		in.begin(rec)
		reference, _ := in.reference("reference", m.seen, false)
		got := line{values: programmeRow(in, reference, regions), intakes: intakeRows(in)}
		got.sessions = campaigns.read(in, reference)
		if !in.fixed {
			got.present = given()
		}
		return got, !in.bad
	})
	if err != nil {
		return err
	}
	if err := m.takeSessions(ctx, campaigns, of); err != nil {
		return err
	}
	return m.apply(ctx, of, campaigns)
}

func programmeRow(in *reader, reference string, regions map[string]string) []any {
	kind := in.required("type", 100)
	var level *int
	if kind == "Master" { // a master is level 7 by law
		seven := 7
		level = &seven
	}
	department, region := departmentOf(in, "department_code", regions)
	return []any{reference, kind, in.required("title", 500), in.list("domains"), level,
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

// intake is one year's, on its way through the temporary table.
type intake struct {
	No       int    `json:"no"`
	Year     *int   `json:"year"`
	Semester string `json:"semester"`
	Capacity *int   `json:"capacity"`
	Limited  string `json:"limited"`
	Open     bool   `json:"open"`
}

// intakeRows gives the intakes of a line as JSON, nil where it gives none.
func intakeRows(parent *reader) []byte {
	if !parent.has("intakes") {
		return nil
	}
	rows := []intake{}
	for i, rec := range parent.rec.children(parent.columns["intakes"]) {
		in := &reader{src: parent.src, known: intakeFields, columns: map[string]string{}, report: parent.report}
		in.begin(rec)
		year := in.number("year", 1950, 2100)
		if year == nil {
			in.refuse("year", "import.missing")
		}
		rows = append(rows, intake{i + 1, year, in.text("semester", 100), in.number("capacity", 0, 100_000), in.text("limited", 50), in.yes("open")})
		parent.bad = parent.bad || in.bad
	}
	if len(rows) == 0 {
		return nil
	}
	list, _ := json.Marshal(rows) // texts and numbers alone
	return list
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
func (m *merge) intakes(ctx context.Context) error {
	_, err := m.tx.PGX.Exec(ctx, `
		DELETE FROM programme_intakes x USING programmes p, import_rows i WHERE p.id = x.programme_id AND i.reference = p.reference
			AND i.intakes IS NOT NULL AND x.no > jsonb_array_length(i.intakes);
		INSERT INTO programme_intakes (programme_id, no, year, semester, capacity, limited, open)
		SELECT p.id, x.no, x.year, x.semester, x.capacity, x.limited, x.open FROM import_rows i JOIN programmes p USING (reference)
		CROSS JOIN LATERAL jsonb_to_recordset(i.intakes) AS x (no integer, year integer, semester text, capacity integer, limited text, open boolean)
		ON CONFLICT (programme_id, no) DO UPDATE SET year = excluded.year, semester = excluded.semester, capacity = excluded.capacity,
			limited = excluded.limited, open = excluded.open
		WHERE (programme_intakes.year, programme_intakes.semester, programme_intakes.capacity, programme_intakes.limited, programme_intakes.open)
			IS DISTINCT FROM (excluded.year, excluded.semester, excluded.capacity, excluded.limited, excluded.open)`)
	if err != nil {
		return fmt.Errorf("import intakes: %w", err)
	}
	return nil
}
