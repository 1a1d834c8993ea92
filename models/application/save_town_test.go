package application_test

import (
	"context"
	"testing"

	"passerelle/models"
	"passerelle/models/application"
)

func TestTownOfPostcode(t *testing.T) {
	w := newCampaignWorld(t)
	w.exec(`INSERT INTO regions (code, no, name) VALUES ('53', 953, 'Bretagne') ON CONFLICT DO NOTHING`)
	w.exec(`INSERT INTO departments (code, no, name, region_code) VALUES ('29', 929, 'Finistère', '53') ON CONFLICT DO NOTHING`)
	for _, c := range [][3]string{{"29019", "Brest", "29200"}, {"29103", "Landerneau", "29800"}, {"29237", "La Roche-Maurice", "29800"}} {
		w.exec(`INSERT INTO cities (insee, name, department_code, region_code, postcodes, words)
			VALUES ($1, $2, '29', '53', ARRAY[$3::text], to_tsvector('simple', $3)) ON CONFLICT DO NOTHING`, c[0], c[1], c[2])
	}
	by := w.person("Camille", "Martin")
	var a application.Application
	w.tx(func(ctx context.Context, tx models.Tx) (err error) {
		a, _, err = application.Begin(ctx, tx, by, w.campaign)
		return err
	})
	for _, c := range []struct{ rule, code, typed, want string }{
		{"P5.2 a postcode of one town gives it", "29200", "", "Brest"},
		{"P5.2 a postcode of several leaves the choice", "29800", "", ""},
		{"P5.2 what was typed wins", "29200", "Landerneau", "Landerneau"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w.write(by, a.ID, 1, "city.postcode", c.code, "city.name", c.typed)
			d := w.draft(by, a.ID)
			if got := d.Registers.Current("city.name").First(); got != c.want {
				t.Errorf("%q", got)
			}
		})
	}
}
