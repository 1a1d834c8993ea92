package catalogue_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/modelstest"
)

// vacancy is an announcement as the test knows it without a database.
type vacancy struct {
	id                                         models.ID
	reference, title, rome, region, dept, body string
	employer                                   string
	months                                     int
	starts, closes                             *time.Time
	published                                  time.Time
}

// vacancies are announcements of every sort, some of them without any of what
// they may say.
func vacancies(t *testing.T) (*models.DB, []vacancy) {
	t.Helper()
	ctx := context.Background()
	db := modelstest.DB(t)
	if _, err := db.Pool.Exec(ctx, `INSERT INTO regions (code, no, name) VALUES ('53', 1, 'Bretagne'), ('84', 2, 'Auvergne-Rhône-Alpes'), ('11', 3, 'Île-de-France');
		INSERT INTO departments (code, no, name, region_code) VALUES ('35', 1, 'Ille-et-Vilaine', '53'), ('29', 2, 'Finistère', '53'), ('69', 3, 'Rhône', '84')`); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(4, 4))
	regions := map[string]string{"35": "53", "29": "53", "69": "84"}
	bodies := map[string]string{"": "", "Ville de Brest": "ville-de-brest", "VILLE DE BREST": "ville-de-brest", "Métropole de Lyon": "metropole-de-lyon"}
	day := func(n int) *time.Time { d := db.Today().AddDate(0, 0, n); return &d }
	var list []vacancy
	for i := range 90 {
		v := vacancy{id: db.NewID(), reference: fmt.Sprintf("%d-%04d", 2025+i%2, i), title: []string{"Éducateur", "Archiviste", "élagueur", "Zoologue"}[r.IntN(4)],
			rome: []string{"M1502", "M1201", "K1903", "", "XYZ"}[r.IntN(5)], dept: []string{"35", "29", "69", ""}[r.IntN(4)], published: *day(-r.IntN(40))}
		if v.region = regions[v.dept]; v.dept == "" && r.IntN(2) == 0 {
			v.region = "11"
		}
		v.employer = []string{"", "Ville de Brest", "VILLE DE BREST", "Métropole de Lyon"}[r.IntN(4)]
		v.body = bodies[v.employer]
		if r.IntN(3) > 0 {
			v.starts = day(r.IntN(400) - 100)
		}
		if r.IntN(3) > 0 {
			v.closes = day(r.IntN(60) - 20)
		}
		v.months = r.IntN(3) * r.IntN(20)
		list = append(list, v)
	}
	err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		for _, v := range list {
			if _, err := tx.PGX.Exec(ctx, `INSERT INTO announcements (id, reference, title, rome_code, region_code, department_code, employer, duration_months, starts_on, closes_on, published_on, updated_at)
				VALUES ($1, $2, $3, $4, nullif($5, ''), nullif($6, ''), $7, nullif($8, 0), $9, $10, $11, now())`, models.Prepared,
				v.id, v.reference, v.title, v.rome, v.region, v.dept, v.employer, v.months, v.starts, v.closes, v.published); err != nil {
				return err
			}
		}
		_, err := tx.PGX.Exec(ctx, `INSERT INTO announcements (id, reference, title, state, published_on, updated_at) VALUES ($1, 'BROUILLON', 'Brouillon', 'draft', $2, now())`,
			models.Prepared, db.NewID(), db.Today())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return db, list
}

func (v vacancy) ends() *time.Time {
	return catalogue.Announcement{StartsOn: v.starts, DurationMonths: v.months}.EndsOn()
}

func within(d *time.Time, p catalogue.Period) bool {
	if p.From.IsZero() && p.To.IsZero() {
		return true
	}
	return d != nil && !d.Before(p.From) && (p.To.IsZero() || !d.After(p.To))
}

// fits says plainly whether an announcement answers; the list named is left out.
func (v vacancy) fits(s catalogue.AnnouncementSearch, today time.Time, but string) bool {
	region := func(code string) string { return map[string]string{"35": "53", "29": "53", "69": "84"}[code] }
	code := catalogue.SpecialityOf(v.rome)
	about := len(s.Specialities) == 0 || but == "about"
	for _, x := range s.Specialities {
		part := slices.ContainsFunc(s.Specialities, func(y string) bool { return len(y) > 1 && y[:1] == x })
		about = about || code != "" && (x == code || x == code[:1] && !part)
	}
	there := len(s.Regions)+len(s.Departments) == 0 || but == "there" || slices.Contains(s.Departments, v.dept)
	for _, x := range s.Regions {
		there = there || v.region == x && !slices.ContainsFunc(s.Departments, func(d string) bool { return region(d) == x })
	}
	by := len(s.Structures) == 0 || but == "by" || slices.Contains(s.Structures, v.body)
	return about && there && by && strings.Contains(strings.ToLower(v.reference), strings.ToLower(s.Number)) &&
		(!s.Text || slices.Contains(s.Among, v.id)) && (!s.Open || v.closes == nil || !v.closes.Before(today)) &&
		within(v.starts, s.Starts) && within(v.ends(), s.Ends) && within(v.closes, s.Closes)
}

func TestSearchAnnouncements(t *testing.T) {
	ctx := context.Background()
	db, all := vacancies(t)
	today := db.Today()
	find := func(t *testing.T, s catalogue.AnnouncementSearch) catalogue.AnnouncementList {
		t.Helper()
		if s.PerPage == 0 {
			s.PerPage = 200
		}
		list, err := catalogue.SearchAnnouncements(ctx, db.Pool, s, today)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	r := rand.New(rand.NewPCG(9, 1))
	some := func(list ...string) []string {
		var kept []string
		for _, x := range list {
			if r.IntN(3) == 0 {
				kept = append(kept, x)
			}
		}
		return kept
	}
	period := func() (p catalogue.Period) {
		if r.IntN(4) == 0 {
			p.From = today.AddDate(0, 0, r.IntN(200)-100)
		}
		if r.IntN(4) == 0 {
			p.To = today.AddDate(0, 0, r.IntN(400)-50)
		}
		return p
	}
	t.Run("P4.4 criteria cumulate, values within one are alternatives", func(t *testing.T) {
		for range 150 {
			s := catalogue.AnnouncementSearch{Specialities: some("M", "M15", "K"), Regions: some("53", "11"), Departments: some("29", "69"),
				Structures: some("ville-de-brest", "rien"), Starts: period(), Ends: period(), Closes: period(), Open: r.IntN(3) == 0}
			if r.IntN(4) == 0 {
				s.Number = "2026-00"
			}
			if r.IntN(4) == 0 {
				s.Text = true
				for _, v := range all[:r.IntN(len(all))] {
					s.Among = append(s.Among, v.id)
				}
			}
			want, counts := 0, map[string]int{}
			for _, v := range all {
				if v.fits(s, today, "") {
					want++
				}
				if v.fits(s, today, "about") && strings.HasPrefix(v.rome, "M") {
					counts["M"]++
				}
				if v.fits(s, today, "there") && v.region == "53" {
					counts["53"]++
				}
				if v.fits(s, today, "by") && v.body == "ville-de-brest" {
					counts["brest"]++
				}
			}
			got := find(t, s)
			if got.Total != want || len(got.Lines) != want {
				t.Fatalf("%+v: %d, %d lines, want %d", s, got.Total, len(got.Lines), want)
			}
			if got.Specialities["M"] != counts["M"] || got.Regions["53"] != counts["53"] || got.Structures["ville-de-brest"] != counts["brest"] {
				t.Fatalf("P4.2 %+v: %v, want %v", s, got, counts)
			}
		}
	})
	t.Run("P4.4 sorted by every column, what is not said last, both ways", func(t *testing.T) {
		date := func(d *time.Time) string {
			if d == nil {
				return ""
			}
			return d.Format(time.DateOnly)
		}
		keys := map[string]func(catalogue.AnnouncementLine) string{
			catalogue.ByNumber: func(l catalogue.AnnouncementLine) string { return l.Reference },
			catalogue.ByTitle:  func(l catalogue.AnnouncementLine) string { return catalogue.PlaceKey(l.Title) },
			catalogue.ByPlace:  func(l catalogue.AnnouncementLine) string { return catalogue.PlaceKey(l.Region) },
			catalogue.BySpeciality: func(l catalogue.AnnouncementLine) string {
				return map[string]string{"M15": "ressources", "M12": "comptabilite", "K19": "droit"}[l.Speciality]
			},
			catalogue.ByStartsOn: func(l catalogue.AnnouncementLine) string { return date(l.StartsOn) },
			catalogue.ByEndsOn:   func(l catalogue.AnnouncementLine) string { return date(l.EndsOn) },
			catalogue.ByClosesOn: func(l catalogue.AnnouncementLine) string { return date(l.ClosesOn) },
		}
		for by, key := range keys {
			for _, down := range []bool{false, true} {
				lines := find(t, catalogue.AnnouncementSearch{Sort: by, Descending: down}).Lines
				for i := 1; i < len(lines); i++ {
					a, b := key(lines[i-1]), key(lines[i])
					if b != "" && (a == "" || down && a < b || !down && a > b) {
						t.Fatalf("%s %v: %q before %q", by, down, a, b)
					}
				}
			}
		}
	})
	t.Run("P4.4 the latest first, or the order of what a text found", func(t *testing.T) {
		first := find(t, catalogue.AnnouncementSearch{PerPage: 1}).Lines[0].Reference
		if v := all[slices.IndexFunc(all, func(v vacancy) bool { return v.reference == first })]; slices.ContainsFunc(all, func(x vacancy) bool { return x.published.After(v.published) }) {
			t.Error(first)
		}
		s := catalogue.AnnouncementSearch{Text: true, Among: []models.ID{all[7].id, all[3].id, all[30].id}}
		if l := find(t, s).Lines; l[0].Reference != all[7].reference || l[1].Reference != all[3].reference || l[2].Reference != all[30].reference {
			t.Error(l)
		}
		if find(t, catalogue.AnnouncementSearch{Text: true}).Total != 0 {
			t.Error("a text that finds nothing finds something")
		}
	})
	t.Run("pages cut one order without loss or repeat", func(t *testing.T) {
		seen := map[string]bool{}
		for page := 1; page <= 9; page++ {
			for _, l := range find(t, catalogue.AnnouncementSearch{Sort: catalogue.ByTitle, Page: page, PerPage: 10}).Lines {
				seen[l.Reference] = true
			}
		}
		if len(seen) != len(all) || len(find(t, catalogue.AnnouncementSearch{Page: 10, PerPage: 10}).Lines) != 0 {
			t.Error(len(seen))
		}
	})
	t.Run("P4.4 the end is the start and the months given, else unknown", func(t *testing.T) {
		known := 0
		for _, l := range find(t, catalogue.AnnouncementSearch{}).Lines {
			v := all[slices.IndexFunc(all, func(v vacancy) bool { return v.reference == l.Reference })]
			if want := v.ends(); (want == nil) != (l.EndsOn == nil) || want != nil && !want.Equal(*l.EndsOn) {
				t.Errorf("%s: %v, want %v", l.Reference, l.EndsOn, want)
			} else if want != nil {
				known++
			}
		}
		january := time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)
		if end := (catalogue.Announcement{StartsOn: &january, DurationMonths: 1}).EndsOn(); end.Format(time.DateOnly) != "2027-02-27" || known == 0 {
			t.Error(end, known)
		}
	})
}
