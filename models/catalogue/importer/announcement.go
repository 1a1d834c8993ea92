package importer

import (
	"context"
	"regexp"
	"strings"
	"time"

	"passerelle/models/catalogue"
)

// announcementFields: the portal's names, then those of Place de l'emploi
// public, in its two shapes.
var announcementFields = fields{
	"reference": {"reference", "numero"}, "title": {"title", "intitule"}, "title_deduced": {"title_deduced", "intitule_deduit_url"},
	"description": {"description"}, "profile": {"profile", "profil"}, "employer": {"employer", "employeur"},
	"job": {"job", "metier_rome", "metier"}, "rome_code": {"rome_code", "code_rome"}, "place": {"place", "lieu"},
	"department_code": {"department", "departement"}, "region_code": {"region"}, "contract": {"contract", "contrat", "type_contrat"},
	"nature": {"nature", "categorie"}, "experience": {"experience"}, "duration_months": {"duration_months", "duree_mois"},
	"published_on": {"published_on", "date_creation", "publication", "date_publication"}, "starts_on": {"starts_on", "debut"}, "closes_on": {"closes_on", "fin_publication"},
}

var announcementColumns = []string{"reference", "title", "title_deduced", "description", "profile", "employer", "job", "rome_code", "place",
	"department_code", "region_code", "contract", "nature", "experience", "duration_months", "published_on", "starts_on", "closes_on", "shifted_years"}

func (m *merge) announcements(ctx context.Context) error {
	in, err := newReader(m.file, announcementFields, m.o.Mapping, &m.report, Needed(catalogue.KindAnnouncement)...)
	if err != nil {
		return err
	}
	m.seen = newSeen()
	departments, err := m.codes(ctx, `SELECT code, region_code FROM departments`)
	if err != nil {
		return err
	}
	regions, err := m.codes(ctx, `SELECT name, code FROM regions UNION SELECT code, code FROM regions`)
	if err != nil {
		return err
	}
	for name, code := range regions {
		regions[catalogue.PlaceKey(name)] = code
	}
	of := merged{kind: catalogue.KindAnnouncement, table: "announcements", columns: announcementColumns}
	given := func() []string { return append(present(in, announcementColumns), "region_code", "shifted_years") }
	if in.fixed {
		of.given = given()
	}
	err = m.load(ctx, "announcements", announcementColumns, func(rec record) (line, bool) {
		in.begin(rec)
		got := line{values: m.announcementRow(in, departments, regions)}
		if !in.fixed {
			got.present = given()
		}
		return got, !in.bad
	})
	if err != nil {
		return err
	}
	return m.apply(ctx, of, &sessionSet{})
}

var departmentPattern = regexp.MustCompile(`\(\s*(\d\d|2[ABab]|\d\d\d)\s*\)$`)

func (m *merge) announcementRow(in *reader, departments, regions map[string]string) []any {
	published := in.date("published_on")
	if published == nil && in.text("published_on", 40) == "" {
		in.refuse("published_on", "import.missing")
	}
	starts, closes := in.date("starts_on"), in.date("closes_on")
	years := 0
	if m.o.RecentOn != nil && published != nil {
		years = shift(*published, *m.o.RecentOn)
		published, starts, closes = later(published, years), later(starts, years), later(closes, years)
	}
	department, region := announcementPlace(in, departments, regions)
	months := in.number("duration_months", 0, 1200)
	if months != nil && *months == 0 {
		months = nil
	}
	title, deduced := in.text("title", 500), in.yes("title_deduced")
	if title == "" { // the job stands for it, said so on screen
		if title, deduced = known(in.text("job", 500)), true; title == "" {
			in.refuse("title", "import.missing")
		}
	}
	reference, _ := in.reference("reference", m.seen, false)
	return []any{reference, title, deduced, in.text("description", long),
		in.text("profile", long), in.text("employer", 2000), known(in.text("job", 500)), in.text("rome_code", 10), in.text("place", 500),
		department, region, in.text("contract", 200), in.text("nature", 200), in.text("experience", 200), months, published, starts, closes, years}
}

// announcementPlace reads « 92 », « Hauts-de-Seine (92) » or a region alone.
func announcementPlace(in *reader, departments, regions map[string]string) (department, region *string) {
	code := in.text("department_code", 100)
	if parts := departmentPattern.FindStringSubmatch(code); parts != nil {
		code = parts[1]
	}
	if code = strings.ToUpper(code); code != "" {
		of, ok := departments[code]
		if !ok {
			in.refuse("department_code", "import.department", code)
			return nil, nil
		}
		return &code, &of
	}
	if name := in.text("region_code", 100); name != "" {
		of, ok := regions[catalogue.PlaceKey(name)]
		if !ok {
			in.refuse("region_code", "import.region", name)
			return nil, nil
		}
		region = &of
	}
	return nil, region
}

// shift is how many whole years make a date recent without being to come.
func shift(date, on time.Time) int {
	years := max(on.Year()-date.Year(), 0)
	if years > 0 && later(&date, years).After(on) {
		years--
	}
	return years
}

// later moves a date by whole years; 29 February stands for the last of the
// month where the year has none.
func later(date *time.Time, years int) *time.Time {
	if date == nil {
		return nil
	}
	moved := date.AddDate(years, 0, 0)
	if moved.Day() != date.Day() {
		moved = moved.AddDate(0, 0, -moved.Day())
	}
	return &moved
}
