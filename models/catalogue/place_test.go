package catalogue_test

import (
	"context"
	"slices"
	"testing"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/modelstest"
)

// places writes a few real cities and employers.
func places(t *testing.T, db *models.DB) {
	t.Helper()
	ctx := context.Background()
	if _, err := db.Pool.Exec(ctx, `INSERT INTO regions (code, no, name) VALUES ('84', 1, 'Auvergne-Rhône-Alpes'), ('44', 2, 'Grand Est');
		INSERT INTO departments (code, no, name, region_code) VALUES ('69', 1, 'Rhône', '84'), ('42', 2, 'Loire', '84'), ('57', 3, 'Moselle', '44')`); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		insee, name, department, region, postcodes string
		population                                 int
	}{
		{"69123", "Lyon", "69", "84", "69001|69003", 520000}, {"42218", "Saint-Étienne", "42", "84", "42000|42100", 170000},
		{"69290", "Saint-Priest", "69", "84", "69800", 48000}, {"57463", "L'Hôpital", "57", "44", "57490", 5000}, {"57001", "Lyon-Petit", "57", "44", "57000", 10},
	} {
		_, err := db.Pool.Exec(ctx, `INSERT INTO cities (insee, name, department_code, region_code, postcodes, population, words)
			VALUES ($1, $2, $3, $4, string_to_array($5, '|'), $6, $7::text::tsvector)`, c.insee, c.name, c.department, c.region, c.postcodes, c.population, catalogue.PlaceWords(c.name, c.postcodes))
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.Pool.Exec(ctx, `INSERT INTO employers (siren, name, kind, town, department_code, population, words) VALUES ($1, $2, 'commune', $3, $4, $5, $6::text::tsvector)`,
			"2100"+c.insee, "Commune de "+c.name, c.name, c.department, c.population, catalogue.PlaceWords("commune mairie ville", c.name, "2100"+c.insee))
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestPlaces(t *testing.T) {
	ctx := context.Background()
	db := modelstest.DB(t)
	places(t, db)
	t.Run("P5.2 a city is completed by its words or its postcode", func(t *testing.T) {
		for text, want := range map[string]string{"lyon": "Lyon", "LYON": "Lyon", "st": "", "saint": "Saint-Étienne", "saint et": "Saint-Étienne",
			"Saint-Éti": "Saint-Étienne", "etienne": "Saint-Étienne", "69003": "Lyon", "698": "Saint-Priest", "lyon 69": "Lyon", "hopital": "L'Hôpital", "l'hop": "L'Hôpital", "x": "", "'": "", "a & b": ""} {
			list, err := catalogue.Cities(ctx, db.Pool, text, 10)
			if err != nil {
				t.Fatal(text, err)
			}
			got := ""
			if len(list) > 0 {
				got = list[0].Name
			}
			if got != want {
				t.Errorf("%q: %q, want %q", text, got, want)
			}
		}
	})
	t.Run("P5.2 a postcode gives its cities", func(t *testing.T) {
		list, err := catalogue.CitiesOfPostcode(ctx, db.Pool, "69003")
		if err != nil || len(list) != 1 || list[0].Insee != "69123" || !slices.Contains(list[0].Postcodes, "69001") {
			t.Error(list, err)
		}
		if list, err = catalogue.CitiesOfPostcode(ctx, db.Pool, "6900'"); err != nil || len(list) != 0 {
			t.Error(list, err)
		}
	})
	t.Run("P2.2 a public employer is completed by name, town or SIREN", func(t *testing.T) {
		for text, want := range map[string]string{"mairie de lyon": "210069123", "lyon": "210069123", "210 042 218": "210042218", "21004221800019": "210042218", "commune saint pri": "210069290"} {
			list, err := catalogue.Employers(ctx, db.Pool, text, 5)
			if err != nil || len(list) == 0 || list[0].Siren != want {
				t.Errorf("%q: %v, want %s (%v)", text, list, want, err)
			}
		}
		e, err := catalogue.EmployerBySiren(ctx, db.Pool, "210069123")
		if err != nil || e.Name != "Commune de Lyon" {
			t.Error(e, err)
		}
		if _, err = catalogue.EmployerBySiren(ctx, db.Pool, "000000000"); err == nil {
			t.Error("unknown employer found")
		}
	})
}
