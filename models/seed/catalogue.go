package seed

import (
	"bytes"
	"compress/gzip"
	"context"
	"embed"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/importer"
)

//go:embed data
var data embed.FS

// Catalogue loads the demonstration's catalogue in one transaction: geography,
// public employers, themes, courses, programmes, announcements, synonyms, what
// campaigns ask for, and sessions and campaigns generated around today (a civil date). A second call does nothing.
func Catalogue(ctx context.Context, db *models.DB, today time.Time, progress func(string)) error {
	if progress == nil {
		progress = func(string) {}
	}
	return db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		var there bool
		if err := tx.PGX.QueryRow(ctx, `SELECT EXISTS (SELECT FROM courses) AND EXISTS (SELECT FROM cities)`).Scan(&there); err != nil {
			return fmt.Errorf("seed catalogue: %w", err)
		}
		if there {
			return campaigns(ctx, tx, today) // a catalogue of before there were any
		}
		if _, err := tx.PGX.Exec(ctx, `SET LOCAL maintenance_work_mem = '128MB'; SET LOCAL work_mem = '64MB'`); err != nil {
			return fmt.Errorf("seed catalogue: %w", err)
		}
		for _, step := range []struct {
			label string
			do    func(context.Context, models.Tx, time.Time) error
		}{
			{"communes et employeurs publics", geography},
			{"formations, diplômes et annonces", files},
			{"sessions générées", sessions},
			{"campagnes générées", campaigns},
			{"synonymes", synonyms},
		} {
			progress(step.label)
			if err := step.do(ctx, tx, today); err != nil {
				return fmt.Errorf("seed catalogue: %s: %w", step.label, err)
			}
		}
		_, err := tx.PGX.Exec(ctx, `ANALYZE courses, course_themes, sessions, programmes, announcements, search_documents`)
		return err
	})
}

// read opens one compressed file of the data folder.
func read(name string) (io.Reader, error) {
	packed, err := data.ReadFile("data/" + name)
	if err != nil {
		return nil, err
	}
	return gzip.NewReader(bytes.NewReader(packed))
}

// rows reads a compressed CSV file without its header.
func rows(name string) ([][]string, error) {
	r, err := read(name)
	if err != nil {
		return nil, err
	}
	list, err := csv.NewReader(r).ReadAll()
	if err != nil || len(list) == 0 {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return list[1:], nil
}

// withoutIndexes drops the costly indexes while do loads, then makes them
// again as they were.
func withoutIndexes(ctx context.Context, tx models.Tx, names []string, do func() error) error {
	var definitions []string
	for _, name := range names {
		var sql string
		if err := tx.PGX.QueryRow(ctx, `SELECT pg_get_indexdef($1::text::regclass)`, name).Scan(&sql); err != nil {
			return err
		}
		definitions = append(definitions, sql)
		if _, err := tx.PGX.Exec(ctx, "DROP INDEX "+name); err != nil {
			return err
		}
	}
	if err := do(); err != nil {
		return err
	}
	for _, sql := range definitions {
		if _, err := tx.PGX.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

func geography(ctx context.Context, tx models.Tx, _ time.Time) error {
	return withoutIndexes(ctx, tx, []string{"cities_words", "employers_words"}, func() error {
		regions, err := rows("regions.csv.gz")
		if err != nil {
			return err
		}
		departments, err := rows("departements.csv.gz")
		if err != nil {
			return err
		}
		var r, d [][]any
		for i, x := range regions {
			r = append(r, []any{x[0], int16(i + 1), x[1]})
		}
		regionOf := map[string]string{}
		for i, x := range departments {
			d = append(d, []any{x[0], int16(i + 1), x[1], x[2]})
			regionOf[x[0]] = x[2]
		}
		if err := copyRows(ctx, tx, "regions", []string{"code", "no", "name"}, r); err != nil {
			return err
		}
		if err := copyRows(ctx, tx, "departments", []string{"code", "no", "name", "region_code"}, d); err != nil {
			return err
		}
		return citiesAndEmployers(ctx, tx)
	})
}

func citiesAndEmployers(ctx context.Context, tx models.Tx) error {
	communes, err := rows("communes.csv.gz")
	if err != nil {
		return err
	}
	groups, err := rows("epci.csv.gz")
	if err != nil {
		return err
	}
	var cities, employers [][]any
	departmentOf := map[string]string{}
	for _, x := range communes {
		insee, name, department, region, siren := x[0], x[1], x[2], x[3], x[5]
		population, _ := strconv.Atoi(x[6])
		postcodes := strings.Split(x[4], "|")
		departmentOf[insee] = department
		if region == "" {
			continue
		}
		cities = append(cities, []any{insee, name, department, region, postcodes, int32(population), catalogue.PlaceWords(name, x[4])})
		if siren != "" {
			employers = append(employers, []any{siren, communeOf(name), "commune", name, department, int32(population),
				catalogue.PlaceWords("commune mairie ville", name, siren)})
		}
	}
	for _, x := range groups {
		population, _ := strconv.Atoi(x[3])
		if department := departmentOf[x[4]]; department != "" {
			employers = append(employers, []any{x[0], x[1], x[2], "", department, int32(population), catalogue.PlaceWords(x[1], groupWords(x[2]), x[0])})
		}
	}
	if err := copyRows(ctx, tx, "cities", []string{"insee", "name", "department_code", "region_code", "postcodes", "population", "words"}, cities); err != nil {
		return err
	}
	return copyRows(ctx, tx, "employers", []string{"siren", "name", "kind", "town", "department_code", "population", "words"}, employers)
}

// groupWords spells out the kind of an intercommunalité.
func groupWords(kind string) string {
	switch kind {
	case "CC":
		return "communauté de communes"
	case "CA":
		return "communauté d'agglomération"
	case "CU":
		return "communauté urbaine"
	}
	return "métropole"
}

// copyRows loads rows in PostgreSQL's text format, the only one in which
// tsvectors can be sent.
func copyRows(ctx context.Context, tx models.Tx, table string, columns []string, list [][]any) error {
	var text bytes.Buffer
	for _, row := range list {
		for i, value := range row {
			if i > 0 {
				text.WriteByte('\t')
			}
			if err := writeCell(&text, value); err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
		}
		text.WriteByte('\n')
	}
	sql := fmt.Sprintf("COPY %s (%s) FROM STDIN", table, strings.Join(columns, ", "))
	if _, err := tx.PGX.Conn().PgConn().CopyFrom(ctx, &text, sql); err != nil {
		return fmt.Errorf("%s: %w", table, err)
	}
	return nil
}

var cellEscapes = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)

func writeCell(b *bytes.Buffer, value any) error {
	switch v := value.(type) {
	case string:
		_, err := cellEscapes.WriteString(b, v)
		return err
	case int16:
		b.WriteString(strconv.Itoa(int(v)))
	case int32:
		b.WriteString(strconv.Itoa(int(v)))
	case []string: // codes alone, which need no quotes
		b.WriteString("{" + strings.Join(v, ",") + "}")
	default:
		return fmt.Errorf("no text form for %T", value)
	}
	return nil
}

func files(ctx context.Context, tx models.Tx, today time.Time) error {
	list, err := rows("themes-onisep.csv.gz")
	if err != nil {
		return err
	}
	domains, leaves := map[string]string{}, map[string][2]string{}
	for _, x := range list {
		domain := catalogue.Slug(x[0])
		domains[domain] = importer.ThemeName(x[0])
		leaves[catalogue.Slug(x[0], x[1])] = [2]string{domain, importer.ThemeName(x[1])}
	}
	if _, err := importer.WriteThemes(ctx, tx, domains, leaves); err != nil {
		return err
	}
	for _, f := range []struct {
		name, source string
		kind         catalogue.Kind
		format       importer.Format
	}{
		{"formations-onisep.csv.gz", "ONISEP, mai 2022", catalogue.KindCourse, importer.CSV},
		{"masters-2019-2021.ndjson.gz", "Trouver mon master, 2019-2021", catalogue.KindProgramme, importer.NDJSON},
		{"annonces-2021.ndjson.gz", "Place de l’emploi public, 2021", catalogue.KindAnnouncement, importer.NDJSON},
		{"annonces-completes-2021.ndjson.gz", "Place de l’emploi public, 2021", catalogue.KindAnnouncement, importer.NDJSON},
	} {
		r, err := read(f.name)
		if err != nil {
			return err
		}
		o := importer.Options{Format: f.format, Source: f.source, RecentOn: &today}
		if report, err := importer.In(ctx, tx, models.Operator(), f.kind, r, o); err != nil {
			if len(report.Errors) > 0 {
				return fmt.Errorf("%s: line %d: %s: %w", f.name, report.Errors[0].Line, report.Errors[0].Key, err)
			}
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return nil
}
