package importer_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/importer"
	"passerelle/models/modelstest"
)

func TestMain(m *testing.M) {
	// Each draw is several imports; the command line may still ask for more.
	_ = flag.Set("rapid.checks", "20")
	modelstest.Main(m)
}

// portal is a database with two departments.
func portal(t testing.TB) *models.DB {
	db := modelstest.DB(t)
	if _, err := db.Pool.Exec(context.Background(), `INSERT INTO regions (code, no, name) VALUES ('53', 1, 'Bretagne'), ('84', 2, 'Auvergne-Rhône-Alpes');
		INSERT INTO departments (code, no, name, region_code) VALUES ('35', 1, 'Ille-et-Vilaine', '53'), ('69', 2, 'Rhône', '84')`); err != nil {
		t.Fatal(err)
	}
	return db
}

// state is a digest of all that an import can write.
func state(t interface{ Fatal(...any) }, ctx context.Context, db catalogue.Reader) string {
	var sum string
	err := db.QueryRow(ctx, `SELECT md5(concat_ws('/',
		(SELECT string_agg(x::text, ',' ORDER BY reference) FROM courses x), (SELECT string_agg(x::text, ',' ORDER BY external_id) FROM sessions x),
		(SELECT string_agg(x::text, ',' ORDER BY slug) FROM themes x), (SELECT string_agg(x::text, ',' ORDER BY course_id, theme_id) FROM course_themes x),
		(SELECT string_agg(x::text, ',' ORDER BY reference) FROM announcements x), (SELECT string_agg(x::text, ',' ORDER BY reference) FROM programmes x),
		(SELECT string_agg(x::text, ',' ORDER BY programme_id, no) FROM programme_intakes x),
		(SELECT string_agg(concat(kind, reference, title, acronyms, others, body, encode(card, 'hex'), encode(occurrences, 'hex')), ',' ORDER BY kind, reference) FROM search_documents)))`).Scan(&sum)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func run(ctx context.Context, db *models.DB, kind catalogue.Kind, format importer.Format, text string) (importer.Report, error) {
	return importer.Run(ctx, db, models.Operator(), kind, strings.NewReader(text), importer.Options{Format: format})
}

const good = `id,intitule,sigle,duree,niveau_libelle,tutelle,themes
C.1,Reliure,,2 ans,niveau 3 (niveau CAP),non renseigné,"arts, culture/artisanat d'art|industrie/papier"
C.2,"Sculpture, sur pierre",SP,10 jours,non inscrit au RNCP,Ministère de la Culture,"arts, culture/artisanat d'art"
`

func TestCourses(t *testing.T) {
	ctx := context.Background()
	db := portal(t)
	report, err := run(ctx, db, catalogue.KindCourse, importer.CSV, good)
	if err != nil || report.Rows != 2 || report.New != 2 || report.Themes != 4 {
		t.Fatalf("%+v %v", report, err)
	}
	page, err := catalogue.CourseByReference(ctx, db.Pool, "C.1", db.Today())
	if err != nil || page.Title != "Reliure" || page.DurationDays != 730 || page.Level != 3 || page.Authority != "" || page.Objectives != nil || len(page.Themes) != 2 {
		t.Fatalf("%+v %v", page, err)
	}
	t.Run("P3.6 the same file again changes nothing", func(t *testing.T) {
		before := state(t, ctx, db.Pool)
		report, err := run(ctx, db, catalogue.KindCourse, importer.CSV, good)
		if err != nil || report.New+report.Changed != 0 || report.Same != 2 || before != state(t, ctx, db.Pool) {
			t.Fatalf("%+v %v", report, err)
		}
	})
	t.Run("P3.6 a dry run reports and writes nothing", func(t *testing.T) {
		before := state(t, ctx, db.Pool)
		report, err := importer.Run(ctx, db, models.Operator(), catalogue.KindCourse, strings.NewReader("id,intitule\nC.1,Autre titre\nC.9,Nouveau\n"),
			importer.Options{Format: importer.CSV, DryRun: true})
		if err != nil || report.New != 1 || report.Changed != 1 || before != state(t, ctx, db.Pool) {
			t.Fatalf("%+v %v", report, err)
		}
	})
	t.Run("P18.12 rows and columns absent from a file are left alone", func(t *testing.T) {
		if _, err := run(ctx, db, catalogue.KindCourse, importer.CSV, "\ufeffid;intitule\nC.2;Sculpture sur bois\n"); err != nil {
			t.Fatal(err)
		}
		page, err := catalogue.CourseByReference(ctx, db.Pool, "C.2", db.Today())
		if err != nil || page.Title != "Sculpture sur bois" || page.Acronym != "SP" || len(page.Themes) != 1 || page.Version != 2 {
			t.Fatalf("%+v %v", page, err)
		}
		if _, err := catalogue.CourseByReference(ctx, db.Pool, "C.1", db.Today()); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("P3.6 a mapping names the columns of a file", func(t *testing.T) {
		report, err := importer.Run(ctx, db, models.Operator(), catalogue.KindCourse, strings.NewReader("Code,Libellé\nC.3,Dorure\n"),
			importer.Options{Format: importer.CSV, Mapping: importer.Mapping{Columns: map[string]string{"reference": "Code", "title": "Libellé"}}})
		if err != nil || report.New != 1 {
			t.Fatalf("%+v %v", report, err)
		}
	})
	t.Run("only operators and administrators import", func(t *testing.T) {
		_, err := importer.Run(ctx, db, models.Actor{Kind: models.ActorAccount}, catalogue.KindCourse, strings.NewReader(good), importer.Options{Format: importer.CSV})
		var refused *models.Error
		if !errors.As(err, &refused) || refused.Kind != models.KindNotFound {
			t.Fatal(err)
		}
	})
}

func TestBadLines(t *testing.T) {
	ctx := context.Background()
	db := portal(t)
	for _, c := range []struct {
		name, text string
		format     importer.Format
		kind       catalogue.Kind
		line       int
		key, field string
	}{
		{"no title", "id,intitule\nA,Un\nB,\n", importer.CSV, catalogue.KindCourse, 3, "import.missing", "intitule"},
		{"no reference", "id,intitule\n,Un\n", importer.CSV, catalogue.KindCourse, 2, "import.missing", "id"},
		{"odd reference", "id,intitule\né/è,Un\n", importer.CSV, catalogue.KindCourse, 2, "import.reference", "id"},
		{"twice", "id,intitule\nA,Un\nA,Deux\n", importer.CSV, catalogue.KindCourse, 3, "import.twice", "id"},
		{"too few cells", "id,intitule\nA\n", importer.CSV, catalogue.KindCourse, 2, "import.cells", ""},
		{"open quote", "id,intitule\nA,\"Un\n", importer.CSV, catalogue.KindCourse, 2, "import.open_quote", ""},
		{"one character that is not UTF-8", "id,intitule\nA,\xe9tés déjà fêtés à Nîmes\n", importer.CSV, catalogue.KindCourse, 2, "import.not_utf8", "intitule"},
		{"nul", "id,intitule\nA,a\x00b\n", importer.CSV, catalogue.KindCourse, 2, "import.not_utf8", "intitule"},
		{"long title", "id,intitule\nA," + strings.Repeat("x", 501) + "\n", importer.CSV, catalogue.KindCourse, 2, "import.too_many_characters", "intitule"},
		{"odd level", "id,intitule,niveau_libelle\nA,Un,niveau 12\n", importer.CSV, catalogue.KindCourse, 2, "import.level", "niveau_libelle"},
		{"odd theme", "id,intitule,themes\nA,Un,seul\n", importer.CSV, catalogue.KindCourse, 2, "import.theme", "themes"},
		{"broken JSON", "{\"id\":\"A\",\"intitule\":\"Un\"}\n{\"id\":\n", importer.NDJSON, catalogue.KindCourse, 2, "import.unreadable", ""},
		{"nul in JSON", `{"id":"A","intitule":"\u0000"}`, importer.NDJSON, catalogue.KindCourse, 1, "import.not_utf8", ""},
		{"endless line", `{"id":"` + strings.Repeat("x", 5<<20), importer.NDJSON, catalogue.KindCourse, 1, "import.too_long", ""},
		{"odd date", "numero,intitule,date_creation\nA,Un,2021-02-30\n", importer.CSV, catalogue.KindAnnouncement, 2, "import.date", "date_creation"},
		{"unknown department", "numero,intitule,date_creation,departement\nA,Un,2021-02-03,99\n", importer.CSV, catalogue.KindAnnouncement, 2, "import.department", "departement"},
		{"odd capacity", `{"id":"M","type":"Master","intitule":"Droit","sessions":[{"annee":2020,"capacite":-1}]}`, importer.NDJSON, catalogue.KindProgramme, 1, "import.number", "capacite"},
		{"session in disorder", sessionLine(`"starts_on":"2026-12-01","ends_on":"2026-12-02","opens_on":"2026-12-03","closes_on":"2026-12-04","capacity":5,"modality":"remote"`),
			importer.NDJSON, catalogue.KindCourse, 1, "import.dates_order", "starts_on"},
		{"session nowhere", sessionLine(`"starts_on":"2026-12-01","ends_on":"2026-12-02","opens_on":"2026-10-03","closes_on":"2026-11-04","capacity":5,"modality":"on_site"`),
			importer.NDJSON, catalogue.KindCourse, 1, "import.nowhere", "region"},
	} {
		t.Run("P3.6 a bad line and nothing is written: "+c.name, func(t *testing.T) {
			before := state(t, ctx, db.Pool)
			report, err := run(ctx, db, c.kind, c.format, c.text)
			var refused *models.Error
			if !errors.As(err, &refused) || refused.Key != "import.refused" || refused.Kind != models.KindInvalid {
				t.Fatalf("%+v %v", report, err)
			}
			if e := report.Errors[0]; e.Line != c.line || e.Key != c.key || e.Field != c.field {
				t.Errorf("%+v", e)
			}
			if before != state(t, ctx, db.Pool) {
				t.Error("something was written")
			}
		})
	}
}

func sessionLine(fields string) string {
	return `{"id":"C.1","intitule":"Reliure","sessions":[{"id":"S.1",` + fields + `}]}`
}

func TestSessions(t *testing.T) {
	ctx := context.Background()
	db := portal(t)
	line := func(capacity, elsewhere int, more string) string {
		return sessionLine(fmt.Sprintf(`"starts_on":"2027-01-11","ends_on":"2027-01-15","opens_on":"2026-10-01","closes_on":"2026-12-04","capacity":%d,"seats_elsewhere":%d,"modality":"on_site","department":"35","place":"Rennes"%s`, capacity, elsewhere, more))
	}
	report, err := run(ctx, db, catalogue.KindCourse, importer.NDJSON, line(5, 1, ""))
	if err != nil || report.NewSessions != 1 {
		t.Fatalf("%+v %v", report, err)
	}
	s, err := catalogue.SessionByExternalID(ctx, db.Pool, "S.1")
	if err != nil || s.State(db.Today()) != catalogue.Open || s.Region != "Bretagne" || s.SeatsLeft() != 4 || s.CourseTitle != "Reliure" {
		t.Fatalf("%+v %v", s, err)
	}
	if err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error { return modelstest.TakeSeats(ctx, tx, s.ID, 3) }); err != nil {
		t.Fatal(err)
	}
	t.Run("P18.12 a capacity under the seats taken is a line error", func(t *testing.T) {
		before := state(t, ctx, db.Pool)
		for _, text := range []string{line(3, 1, ""), line(5, 3, "")} {
			report, err := run(ctx, db, catalogue.KindCourse, importer.NDJSON, text)
			if err == nil || len(report.Errors) != 1 || report.Errors[0].Key != "import.capacity_under_seats" || report.Errors[0].Line != 1 {
				t.Fatalf("%+v %v", report, err)
			}
		}
		if before != state(t, ctx, db.Pool) {
			t.Error("something was written")
		}
		if _, err := run(ctx, db, catalogue.KindCourse, importer.NDJSON, line(4, 1, "")); err != nil {
			t.Error("as many as are taken is enough:", err)
		}
	})
	t.Run("P18.12 a session cancelled by a file is cancelled once, and told to whom closes its applications", func(t *testing.T) {
		told := 0
		for range 2 {
			report, err := run(ctx, db, catalogue.KindCourse, importer.NDJSON, line(5, 1, `,"cancelled":true,"cancel_reason":"Formateur indisponible"`))
			if err != nil {
				t.Fatal(err)
			}
			told += len(report.Cancelled)
		}
		s, err := catalogue.SessionByID(ctx, db.Pool, s.ID)
		if err != nil || told != 1 || s.State(db.Today()) != catalogue.Cancelled || s.CancelReason == "" {
			t.Fatalf("told %d times, %+v %v", told, s, err)
		}
	})
	t.Run("a session that belongs to another course is refused", func(t *testing.T) {
		report, err := run(ctx, db, catalogue.KindCourse, importer.NDJSON, strings.Replace(line(5, 1, ""), "C.1", "C.2", 1))
		if err == nil || len(report.Errors) != 1 || report.Errors[0].Key != "import.session_course" {
			t.Fatalf("%+v %v", report, err)
		}
	})
}

func TestOtherFiles(t *testing.T) {
	ctx := context.Background()
	db := portal(t)
	t.Run("P3.3 programmes with their intakes", func(t *testing.T) {
		const text = `{"id":"TMM-1","type":"Master","intitule":"Droit privé","domaines":["DROIT"],"etablissement":{"uai":"0351","nom":"Université de Rennes","departement":"35","ville":"RENNES"},"modalites":["Formation initiale"],"ouverte":true,"sessions":[{"annee":2019,"capacite":30,"capacite_limitee":"Oui","semestre":"1er semestre","ouverte":true},{"annee":2020,"capacite":null,"ouverte":false}]}`
		for range 2 {
			if report, err := run(ctx, db, catalogue.KindProgramme, importer.NDJSON, text); err != nil {
				t.Fatal(report, err)
			}
		}
		p, err := catalogue.ProgrammeByReference(ctx, db.Pool, "TMM-1", db.Today())
		if err != nil || p.Level != 7 || p.Region != "Bretagne" || len(p.Intakes) != 2 || p.Intakes[1].Capacity == nil || *p.Intakes[1].Capacity != 30 || p.Intakes[0].Capacity != nil {
			t.Fatalf("%+v %v", p, err)
		}
	})
	t.Run("P3.3 a programme brings its component and its campaigns, twice the same", func(t *testing.T) {
		if _, err := db.Pool.Exec(ctx, `INSERT INTO requirement_lists (id, key, name_fr, specs, updated_at) VALUES ($1, 'droit', 'Droit', '[]', now())`, db.NewID()); err != nil {
			t.Fatal(err)
		}
		line := func(capacity int, list string) string {
			return fmt.Sprintf(`{"reference":"M-9","type":"Master","title":"Droit social","institution_code":"0351","institution":"Université de Rennes","department":"35","town":"RENNES CEDEX 7","vet":"M2DS",
				"campaigns":[{"id":"M-9-2027","opens_on":"2026-11-01","closes_on":"2026-12-20","starts_on":"2027-09-06","ends_on":"2028-06-30","capacity":%d,"modality":"on_site","waiting_list":"oui","decision_on":"2027-01-20","list":%q}]}`, capacity, list)
		}
		one := strings.ReplaceAll(line(24, "droit"), "\n", "")
		for n := range 2 {
			report, err := run(ctx, db, catalogue.KindProgramme, importer.NDJSON, one)
			if err != nil || report.NewSessions != 1-n || report.ChangedSessions != 0 {
				t.Fatal(report, err)
			}
		}
		p, err := catalogue.ProgrammeByReference(ctx, db.Pool, "M-9", db.Today())
		if err != nil || len(p.Campaigns) != 1 || p.Faculty.Code != "0351" || p.VET != "M2DS" {
			t.Fatalf("%+v %v", p, err)
		}
		if c := p.Campaigns[0]; c.State(db.Today()) != catalogue.Open || c.Region != "Bretagne" || c.Place != "Rennes" || c.Capacity != 24 || c.Generated {
			t.Errorf("%+v", c)
		}
		var listed int
		if err := db.Pool.QueryRow(ctx, `SELECT count(*) FROM sessions s JOIN requirement_lists l ON l.id = s.requirement_list_id WHERE external_id = 'M-9-2027'`).Scan(&listed); err != nil || listed != 1 {
			t.Error(listed, err)
		}
		if report, err := run(ctx, db, catalogue.KindProgramme, importer.NDJSON, strings.ReplaceAll(line(30, ""), "\n", "")); err != nil || report.ChangedSessions != 1 {
			t.Error(report, err)
		}
		if report, err := run(ctx, db, catalogue.KindProgramme, importer.NDJSON, strings.ReplaceAll(line(30, "inconnue"), "\n", "")); err == nil || len(report.Errors) != 1 || report.Errors[0].Key != "import.list" {
			t.Errorf("%+v %v", report, err)
		}
	})
	t.Run("P18.12 a campaign's capacity never goes under the seats taken, nor to another programme", func(t *testing.T) {
		if _, err := db.Pool.Exec(ctx, `UPDATE sessions SET seats_taken = 10 WHERE external_id = 'M-9-2027'`); err != nil {
			t.Fatal(err)
		}
		for reference, key := range map[string]string{"M-9": "import.capacity_under_seats", "M-10": "import.session_course"} {
			capacity := map[string]int{"M-9": 9, "M-10": 30}[reference]
			text := fmt.Sprintf(`{"reference":%q,"type":"Master","title":"Droit","campaigns":[{"id":"M-9-2027","opens_on":"2026-11-01","closes_on":"2026-12-20","starts_on":"2027-09-06","ends_on":"2028-06-30","capacity":%d,"modality":"on_site"}]}`, reference, capacity)
			if report, err := run(ctx, db, catalogue.KindProgramme, importer.NDJSON, text); err == nil || len(report.Errors) != 1 || report.Errors[0].Key != key {
				t.Errorf("%+v %v", report, err)
			}
		}
	})
	t.Run("P3.5 announcements, dates moved by whole years only where asked", func(t *testing.T) {
		const text = `{"numero":"A 1","intitule":"Technicien","departement":"CHER (35 )","publication":"2021-01-04","fin_publication":"2021-03-05","debut":"2020-02-29"}`
		today := time.Date(2026, 1, 4, 0, 0, 0, 0, time.UTC)
		for _, c := range []struct {
			on    *time.Time
			years int
		}{{nil, 0}, {&today, 5}} {
			if report, err := importer.Run(ctx, db, models.Operator(), catalogue.KindAnnouncement, strings.NewReader(text), importer.Options{Format: importer.NDJSON, RecentOn: c.on}); err != nil {
				t.Fatal(report, err)
			}
			a, err := catalogue.AnnouncementByReference(ctx, db.Pool, "A-1")
			if err != nil || a.ShiftedYears != c.years || a.PublishedOn.Year() != 2021+c.years || a.ClosesOn.Month() != time.March || a.Region != "Bretagne" {
				t.Fatalf("%+v %v", a, err)
			}
			if c.years == 5 && (a.StartsOn.Day() != 28 || a.StartsOn.Month() != time.February) {
				t.Fatal(a.StartsOn)
			}
		}
	})
}

// drawn is a line of a generated file.
type drawn struct {
	ID         string   `json:"id"`
	Title      string   `json:"intitule"`
	Duration   string   `json:"duree"`
	Objectives string   `json:"objectifs,omitempty"`
	Themes     []string `json:"themes"`
}

func drawFile(t *rapid.T) string {
	var b strings.Builder
	ids := rapid.SliceOfNDistinct(rapid.StringMatching(`[A-Za-z0-9._-]{1,12}`), 1, 6, rapid.ID[string]).Draw(t, "ids")
	for _, id := range ids {
		line, _ := json.Marshal(drawn{ID: id, Title: "T" + strings.ReplaceAll(rapid.StringN(0, 30, -1).Draw(t, "title"), "\x00", ""),
			Duration: rapid.SampledFrom([]string{"", "2 ans", "bientôt"}).Draw(t, "duration"), Objectives: rapid.SampledFrom([]string{"", "Savoir."}).Draw(t, "objectives"),
			Themes: rapid.SliceOfN(rapid.SampledFrom([]string{"a/b", "a/c", "d/e"}), 0, 3).Draw(t, "themes")})
		b.Write(append(line, '\n'))
	}
	return b.String()
}

func TestImportProperties(t *testing.T) {
	ctx := context.Background()
	db := portal(t)
	t.Run("P3.6 any file twice is the file once, after any other", rapid.MakeCheck(func(t *rapid.T) {
		first, second := drawFile(t), drawFile(t)
		err := db.InRolledBackTx(ctx, func(ctx context.Context, tx models.Tx) error {
			load := func(text string) importer.Report {
				report, err := importer.In(ctx, tx, models.Operator(), catalogue.KindCourse, strings.NewReader(text), importer.Options{Format: importer.NDJSON})
				if err != nil {
					t.Fatal(err, report.Errors)
				}
				return report
			}
			load(first)
			load(second)
			once := state(t, ctx, tx.PGX)
			if report := load(second); report.New+report.Changed+report.Themes != 0 {
				t.Fatalf("%+v", report)
			}
			if state(t, ctx, tx.PGX) != once {
				t.Fatal("the second time changed something")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}))
	t.Run("P3.6 any file with one bad line writes nothing", rapid.MakeCheck(func(t *rapid.T) {
		lines := strings.SplitAfter(drawFile(t), "\n")
		at := rapid.IntRange(0, len(lines)-1).Draw(t, "at")
		bad := rapid.SampledFrom([]string{"{\n", "{\"id\":\"x\"}\n", "{\"id\":\"a b/c\",\"intitule\":\"t\"}\n", "[]\n", "nul\n"}).Draw(t, "bad")
		text := strings.Join(lines[:at], "") + bad + strings.Join(lines[at:], "")
		before := state(t, ctx, db.Pool)
		report, err := run(ctx, db, catalogue.KindCourse, importer.NDJSON, text)
		if err == nil || len(report.Errors) == 0 || report.Errors[0].Line != at+1 {
			t.Fatalf("%+v %v", report, err)
		}
		if before != state(t, ctx, db.Pool) {
			t.Fatal("something was written")
		}
	}))
}
