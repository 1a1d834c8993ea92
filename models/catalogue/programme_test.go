package catalogue_test

import (
	"context"
	"testing"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/modelstest"
)

// campus is three programmes of two components: one open, one to come, one
// without campaign.
func campus(t *testing.T) *models.DB {
	t.Helper()
	db := modelstest.DB(t)
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := db.Pool.Exec(context.Background(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	limoges, poitiers := db.NewID(), db.NewID()
	exec(`INSERT INTO faculties (id, code, name, usual_name, town) VALUES ($1, 'F-L', 'UNIVERSITE DE LIMOGES', 'Université de Limoges', 'LIMOGES'),
		($2, 'F-P', 'Université de Poitiers', '', 'POITIERS')`, limoges, poitiers)
	for _, p := range []struct {
		reference, title, opens, closes string
		faculty                         models.ID
	}{{"DROIT", "Droit de l’environnement", "2026-11-01", "2026-12-01", limoges}, {"HIST", "Histoire médiévale", "2026-12-01", "2027-01-10", limoges},
		{"BIO", "Biologie", "", "", poitiers}} {
		id := db.NewID()
		exec(`INSERT INTO programmes (id, reference, type, title, level, domains, faculty_id, institution, town, updated_at)
			SELECT $1, $2, 'Master', $3, 7, '{SCIENCES HUMAINES}', id, name, town, now() FROM faculties WHERE id = $4`,
			id, p.reference, p.title, p.faculty)
		exec(`INSERT INTO programme_intakes (programme_id, year, capacity, no) VALUES ($1, 2021, 24, 1)`, id)
		if p.opens != "" {
			exec(`INSERT INTO sessions (id, programme_id, external_id, starts_on, ends_on, modality, capacity, opens_on, closes_on, waiting_list)
				VALUES ($1, $2, $3, '2027-09-06', '2028-06-30', 'remote', 24, $4::text::date, $5::text::date, true)`, db.NewID(), id, "c-"+p.reference, p.opens, p.closes)
		}
	}
	if err := db.InTx(context.Background(), catalogue.ReindexAll); err != nil {
		t.Fatal(err)
	}
	return db
}

func TestProgrammes(t *testing.T) {
	ctx := context.Background()
	db := campus(t)
	today := modelstest.Noon
	tree := func(f catalogue.TreeFilter) catalogue.ProgrammeTree {
		t.Helper()
		found, err := catalogue.Programmes(ctx, db.Pool, f, db.Today())
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	t.Run("P3.3 component, level, programme, with what is open today", func(t *testing.T) {
		all := tree(catalogue.TreeFilter{})
		if all.Programmes != 3 || all.Open != 1 || !all.Listed || len(all.Branches) != 2 || all.Branches[0].Name != "Université de Limoges" {
			t.Fatalf("%+v", all)
		}
		limoges := all.Branches[0]
		if limoges.Programmes != 2 || limoges.Open != 1 || len(limoges.Levels) != 1 || limoges.Levels[0].Level != 7 || len(limoges.Levels[0].Lines) != 2 {
			t.Fatalf("%+v", limoges)
		}
		for _, l := range limoges.Levels[0].Lines {
			want := map[string]catalogue.State{"DROIT": catalogue.Open, "HIST": catalogue.NotYetOpen}[l.Reference]
			if l.Campaign == nil || l.Campaign.State(db.Today()) != want {
				t.Errorf("%s: %+v", l.Reference, l.Campaign)
			}
		}
		if all.Branches[1].Levels[0].Lines[0].Campaign != nil {
			t.Error("a campaign was invented")
		}
	})
	for text, want := range map[string]int{"environnement": 1, "ENVIRONNEMENT droit": 1, "medievale": 1, "limoges": 2, "humaines": 3, "de la": 3, "chimie": 0, "100%": 0} {
		t.Run("P3.3 filtered by the words "+text, func(t *testing.T) {
			if got := tree(catalogue.TreeFilter{Text: text}); got.Programmes != want {
				t.Errorf("%d programmes, want %d", got.Programmes, want)
			}
		})
	}
	t.Run("P3.3 only what can be chosen, one component alone", func(t *testing.T) {
		if got := tree(catalogue.TreeFilter{Open: true}); got.Programmes != 1 || got.Branches[0].Levels[0].Lines[0].Reference != "DROIT" {
			t.Errorf("%+v", got)
		}
		if got := tree(catalogue.TreeFilter{Faculty: "F-P"}); got.Programmes != 1 || got.Branches[0].Code != "F-P" {
			t.Errorf("%+v", got)
		}
		if _, err := catalogue.FacultyByCode(ctx, db.Pool, "F-X"); models.KindOf(err) != models.KindNotFound {
			t.Error(err)
		}
	})
	t.Run("P3.3 a programme has its component, its campaigns and its intake", func(t *testing.T) {
		p, err := catalogue.ProgrammeByReference(ctx, db.Pool, "DROIT", today)
		if err != nil || p.Faculty.Code != "F-L" || len(p.Campaigns) != 1 || !p.Campaigns[0].CapacityGiven || p.Campaigns[0].Capacity != 24 {
			t.Fatalf("%+v, %v", p, err)
		}
	})
	t.Run("P18.17 the search knows campaigns as they are, and the place of what has none", func(t *testing.T) {
		var wrong int
		err := db.Pool.QueryRow(ctx, `SELECT count(*) FROM search_documents WHERE occurrences <> search_occurrences(object_id)`).Scan(&wrong)
		if err != nil || wrong != 0 {
			t.Fatal(wrong, err)
		}
		if _, err := db.Pool.Exec(ctx, `UPDATE sessions SET closes_on = '2026-11-20' WHERE external_id = 'c-DROIT'`); err != nil {
			t.Fatal(err)
		}
		err = db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
			documents, err := catalogue.Documents(ctx, tx, catalogue.KindProgramme)
			if err != nil || len(documents) != 3 {
				t.Fatal(len(documents), err)
			}
			day := db.Today()
			for _, d := range documents {
				want := map[string]catalogue.State{"DROIT": catalogue.Closed, "HIST": catalogue.NotYetOpen, "BIO": ""}[d.Reference]
				if len(d.Occurrences) != 1 || d.Occurrences[0].State(catalogue.Day(&day)) != want {
					t.Errorf("%s: %+v", d.Reference, d.Occurrences)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
