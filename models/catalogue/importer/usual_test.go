package importer_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/importer"
)

// TestUsualWords is a file as a training body writes it, without a table of values.
func TestUsualWords(t *testing.T) {
	ctx := context.Background()
	db := portal(t)
	take := func(file string) (importer.Report, error) {
		return importer.Run(ctx, db, models.Operator(), catalogue.KindCourse, strings.NewReader(file), importer.Options{Format: importer.CSV, Mapping: importer.Mapping{Columns: map[string]string{
			"session.starts_on": "date_debut", "session.ends_on": "date_fin", "session.opens_on": "ouverture", "session.closes_on": "cloture", "session.capacity": "places",
			"session.modality": "modalite", "session.department": "departement", "session.place": "ville"}}})
	}
	const head = "id;intitule;niveau_libelle;date_debut;date_fin;ouverture;cloture;places;modalite;departement;ville\n"
	t.Run("P3.6 the usual words for how a session is held and for a level are read", func(t *testing.T) {
		var file strings.Builder
		file.WriteString(head)
		for i, words := range []string{"Présentiel", "à distance", "MIXTE", "En présentiel", "Distanciel", "hybride", "on_site"} {
			place := "69;Lyon"
			if i == 1 || i == 4 {
				place = ";"
			}
			fmt.Fprintf(&file, "V.%d;Reliure %d;Niveau %d;2027-02-01;2027-02-05;2026-12-01;2027-01-15;12;%s;%s\n", i, i, i+1, words, place)
		}
		report, err := take(file.String())
		if err != nil || report.New != 7 {
			t.Fatalf("%+v %v", report, err)
		}
		var held string
		if err := db.Pool.QueryRow(ctx, `SELECT string_agg(modality, ' ' ORDER BY s.external_id) FROM sessions s JOIN courses c ON c.id = s.offering_id WHERE c.reference LIKE 'V.%'`).Scan(&held); err != nil {
			t.Fatal(err)
		}
		if held != "on_site remote mixed on_site remote mixed on_site" {
			t.Error(held)
		}
		if page, err := catalogue.CourseByReference(ctx, db.Pool, "V.4", db.Today()); err != nil || page.Level != 5 {
			t.Errorf("%+v %v", page, err)
		}
	})
	t.Run("P3.6 a remote session with a department, and one nowhere, are told apart, once each", func(t *testing.T) {
		report, err := take(head + "W.1;Un;;2027-02-01;2027-02-05;2026-12-01;2027-01-15;12;à distance;69;Lyon\n" +
			"W.2;Deux;;2027-02-01;2027-02-05;2026-12-01;2027-01-15;12;présentiel;;\nW.3;Trois;;2027-02-01;2027-02-05;2026-12-01;2027-01-15;12;parfois;69;Lyon\n")
		if err == nil || len(report.Errors) != 3 {
			t.Fatalf("%+v %v", report.Errors, err)
		}
		for i, want := range []string{"import.remote_place departement", "import.nowhere departement", "import.modality modalite"} {
			if got := report.Errors[i].Key + " " + report.Errors[i].Field; got != want {
				t.Errorf("%s, not %s", got, want)
			}
		}
	})
}
