package importer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/people"
)

// register is a kind of file whose rows the search does not know.
type register struct {
	fields  fields
	needed  []string
	derived map[string]string // column ← the field out of which it is read where its own is absent
	row     func(r *registrar) []any
	check   string // SQL of the lines that are wrong beside the others: line, field, key, args, title
	opens   bool   // an account of each person
	// What goes with the rows: once they came or changed, and before they go.
	settle, leave func(ctx context.Context, tx models.Tx, by models.Actor, ids []models.ID) error
	merged
}

var registers = map[catalogue.Kind]register{
	KindOrganisation: {fields: organisationFields, needed: []string{"name"}, derived: map[string]string{"department_code": "postcode"},
		row: organisationRow, check: organisationCheck, settle: catalogue.SettleEmployers, leave: catalogue.LeaveEmployers, merged: merged{table: "organisations", columns: organisationColumns, names: []string{"name"}}},
	KindStaff: {fields: staffFields, needed: []string{"reference", "email", "birth_name", "first_name"},
		opens: true, row: staffRow, check: staffCheck, settle: people.SettleStaff, leave: people.LeaveStaff, merged: merged{table: "staff", columns: staffColumns, names: personNames}},
	KindStudent: {fields: studentFields, needed: []string{"reference", "email", "birth_name", "first_name", "birth_date"},
		opens: true, row: studentRow, check: studentCheck, settle: people.SettleStudents, leave: people.LeaveStudents, merged: merged{table: "students", columns: studentColumns, names: personNames}},
	KindGraduate: {fields: graduateFields, needed: []string{"reference", "birth_name", "first_name", "birth_date", "diploma", "year"},
		row: graduateRow, settle: people.SettleGraduates, merged: merged{table: "graduates", columns: graduateColumns, names: personNames}},
}

var personNames = []string{"first_name", "birth_name"}

// registerOf gives the register of a kind; false for one of the catalogue.
func registerOf(kind catalogue.Kind) (register, bool) {
	r, ok := registers[kind]
	r.kind, r.unsearched = kind, true
	return r, ok
}

// registrar reads the lines of a register.
type registrar struct {
	*reader
	merge       *merge
	departments map[string]string
	emails      *seenSet // of a file where each is a person's alone
}

func (m *merge) register(ctx context.Context) error {
	of, _ := registerOf(m.kind)
	in, err := newReader(m.file, of.fields, m.o.Mapping, &m.report, of.needed...)
	if err != nil {
		return err
	}
	m.seen = newSeen()
	r := &registrar{reader: in, merge: m, emails: newSeen()}
	if r.departments, err = m.codes(ctx, `SELECT code, region_code FROM departments`); err != nil {
		return err
	}
	if in.fixed {
		of.given = of.gives(in)
	}
	err = m.load(ctx, of.table, of.columns, func(rec record) (line, bool) {
		in.begin(rec)
		got := line{values: of.row(r)}
		if !in.fixed {
			got.present = of.gives(in)
		}
		return got, !in.bad
	})
	if err != nil {
		return err
	}
	if err := m.compareLines(ctx, in, of.check); err != nil {
		return err
	}
	if of.opens {
		if err := m.opening(ctx, of.table); err != nil {
			return err
		}
	}
	if err := m.apply(ctx, of.merged, &sessionSet{}); err != nil || m.o.DryRun {
		return err
	}
	return m.settleRows(ctx, of)
}

// settleRows does what goes with the rows that came or changed, all at once, since
// accounts are locked in one order. What cannot be is a refusal of the file.
func (m *merge) settleRows(ctx context.Context, of register) error {
	sql := `SELECT object_id FROM import_changes WHERE run_id = $1`
	if of.opens { // those whom nothing stood in the way of since
		sql += ` UNION SELECT t.id FROM import_rows i JOIN ` + of.table + ` t USING (reference) WHERE t.account_id IS NULL`
	}
	touched, err := m.ids(ctx, sql+` ORDER BY 1`, m.run)
	if err != nil || len(touched) == 0 {
		return err
	}
	err = of.settle(ctx, m.tx, m.by, touched)
	var refused *models.Error
	if errors.As(err, &refused) && refused.Kind == models.KindConflict {
		m.report.refuseFile(LineError{Key: refused.Key})
		return m.report.err()
	}
	return err
}

func (of register) gives(in *reader) []string {
	given := present(in, of.columns)
	for column, field := range of.derived {
		if in.has(field) && !in.has(column) {
			given = append(given, column)
		}
	}
	return given
}

// compareLines refuses the lines that are wrong beside other lines or rows; what goes
// on goes on without them, and without those that needed them.
func (m *merge) compareLines(ctx context.Context, in *reader, sql string) error {
	for sql != "" {
		before := len(m.report.Errors) + m.report.More
		if err := m.compareOnce(ctx, in, sql); err != nil || len(m.report.Errors)+m.report.More == before {
			return err
		}
	}
	return nil
}

func (m *merge) compareOnce(ctx context.Context, in *reader, sql string) error {
	rows, err := m.tx.PGX.Query(ctx, sql)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var e LineError
		if err := rows.Scan(&e.Line, &e.Field, &e.Key, &e.Args, &e.Title); err != nil {
			return fmt.Errorf("import: %w", err)
		}
		e.Field = cmp.Or(in.columns[e.Field], e.Field)
		m.report.refuse(e)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	if len(m.report.Errors) == 0 {
		return nil
	}
	if err := m.stop(false); err != nil {
		return err
	}
	if _, err := m.tx.PGX.Exec(ctx, `DELETE FROM import_rows WHERE line = ANY ($1)`, models.Prepared, m.report.refusedLines()); err != nil {
		return fmt.Errorf("import: %w", err)
	}
	return nil
}

// opening counts the people who have no account yet, or whose address changes before
// they used theirs: some may have one under another address (P1.4).
func (m *merge) opening(ctx context.Context, table string) error {
	err := m.tx.PGX.QueryRow(ctx, `SELECT count(DISTINCT lower(i.email)) FROM import_rows i LEFT JOIN `+table+` t USING (reference) LEFT JOIN accounts h ON h.id = t.account_id
		WHERE (h.id IS NULL OR h.password_hash = '' AND h.email_key <> lower(i.email))
		AND NOT EXISTS (SELECT FROM accounts a WHERE a.email_key = lower(i.email) AND a.state <> 'pending')`).Scan(&m.report.Opening)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	return nil
}

// department reads a department, or finds it in the postcode.
func (r *registrar) department() *string {
	code := strings.ToUpper(r.text("department_code", 100))
	if parts := departmentPattern.FindStringSubmatch(code); parts != nil {
		code = parts[1]
	}
	if len(code) == 1 {
		code = "0" + code // a table that took it for a number
	}
	if code == "" {
		if code = departmentOfPostcode(r.postcode()); r.departments[code] == "" {
			return nil
		}
	}
	if _, ok := r.departments[code]; !ok {
		r.refuse("department_code", "import.department", code)
		return nil
	}
	return &code
}

// postcode puts back the nought that a table took away.
func (r *registrar) postcode() string {
	s := strings.ReplaceAll(r.text("postcode", 20), " ", "")
	if len(s) == 4 && strings.Trim(s, "0123456789") == "" {
		return "0" + s
	}
	return s
}

func departmentOfPostcode(s string) string {
	switch {
	case len(s) != 5:
		return ""
	case strings.HasPrefix(s, "97"), strings.HasPrefix(s, "98"):
		return s[:3]
	case strings.HasPrefix(s, "200"), strings.HasPrefix(s, "201"):
		return "2A"
	case strings.HasPrefix(s, "20"):
		return "2B"
	}
	return s[:2]
}

// word reads a value of a closed list as people write it, refused otherwise; "" where
// there is none.
func (r *registrar) word(field, refusal string, usual map[string]string) string {
	s := r.text(field, 100)
	if s == "" {
		return ""
	}
	if ours, ok := usual[strings.Trim(catalogue.Slug(s), "-")]; ok {
		return ours
	}
	r.refuse(field, refusal, s)
	return ""
}
