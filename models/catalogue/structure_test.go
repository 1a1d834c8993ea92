package catalogue_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"passerelle/models"
	"passerelle/models/catalogue"
)

func TestStructures(t *testing.T) {
	ctx := context.Background()
	db, _ := vacancies(t)
	if err := db.InTx(ctx, catalogue.ReindexAll); err != nil {
		t.Fatal(err)
	}
	numbers := func(tx models.Tx) string {
		var list string
		err := tx.PGX.QueryRow(ctx, `SELECT string_agg(d.reference || ' ' || coalesce(s.slug, '–'), E'\n' ORDER BY d.reference) FROM search_documents d
			LEFT JOIN structures s ON int4send(s.no) = substring(d.card FROM length(d.card) - 3)`).Scan(&list)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	_ = db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		exec := func(sql string) {
			t.Helper()
			if _, err := tx.PGX.Exec(ctx, sql); err != nil {
				t.Fatal(err)
			}
		}
		t.Run("P4.2 a name has one word in addresses however it is written, a text has none", func(t *testing.T) {
			for name, want := range map[string]string{"  Ville  de\nBREST ": "ville-de-brest", "École d’art & d'œuvres": "ecole-d-art-d-oeuvres", "": "", "?!": "",
				strings.Repeat("Présentation du service ", 10): ""} {
				var got string
				if err := tx.PGX.QueryRow(ctx, `SELECT structure_slug($1)`, models.Prepared, name).Scan(&got); err != nil || got != want {
					t.Errorf("%q: %q, %v", name, got, err)
				}
			}
			var a, b string
			long := "Direction interdépartementale des routes et de l’aménagement durable du territoire, service "
			if err := tx.PGX.QueryRow(ctx, `SELECT structure_slug($1), structure_slug($2)`, models.Prepared, long+"nord", long+"sud").Scan(&a, &b); err != nil || a == b || len(a) > 72 {
				t.Errorf("%q %q %v", a, b, err)
			}
		})
		t.Run("P4.2 documents written before structures had numbers are given them by the migration", func(t *testing.T) {
			before := numbers(tx)
			if !strings.Contains(before, "ville-de-brest") || !strings.Contains(before, "–") {
				t.Fatal(before)
			}
			exec(`UPDATE search_documents SET card = substring(card FOR length(card) - 4) || '\x0102030405060708'; DELETE FROM structures;
				ALTER TABLE search_documents ADD COLUMN words tsvector NOT NULL DEFAULT ''`)
			file, err := os.ReadFile("../migrations/20261123170000_number_structures.tx.up.sql")
			if err != nil {
				t.Fatal(err)
			}
			_, fill, _ := strings.Cut(string(file), "COMMENT ON COLUMN structures.name")
			_, fill, _ = strings.Cut(fill, ";")
			exec(fill)
			if after := numbers(tx); after != before {
				t.Errorf("%s\n\nwas\n%s", after, before)
			}
		})
		return context.Canceled // nothing of it stays
	})
}
