package importer_test

import (
	"context"
	"strings"
	"testing"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/importer"
)

const neighbour = `source = "Catalogue voisin"
kind = "courses"
separator = ";"
opens_before = 90
closes_before = 10

[columns]
reference = "NUM_ACT"
title = "INTIT_ACTION"
themes = "DOM"
"session.starts_on" = "DT_DEB"
"session.ends_on" = "DT_FIN"
"session.place" = "VILLE"
"session.department" = "VILLE"
"session.capacity" = "NB_PL"
"session.modality" = "MODE"

[constants]
authority = "Ministère de la Culture"

[split."session.place"]
by = "("
take = 1

[split.themes]
by = ","

[values."session.department"]
"Rennes (35)" = "35"
"*" = "69"

[values."session.modality"]
"Présentiel" = "on_site"
"À distance" = "remote"
`

const neighbourFile = `NUM_ACT;INTIT_ACTION;DT_DEB;DT_FIN;VILLE;NB_PL;DOM;MODE;OBS_INT
4534;Cadre des bibliothèques;12/01/2027;16/04/2027;Rennes (35);24;arts/livre,droit/public;Présentiel;voir avec H. R.
4534;Cadre des bibliothèques;12/09/2027;16/12/2027;Lyon (69);20;arts/livre,droit/public;Présentiel;
3187;Accompagnement social;25/01/2027;15/12/2028;Lyon;18;social/aide;Présentiel;
`

func TestMapping(t *testing.T) {
	ctx := context.Background()
	db := portal(t)
	m, err := importer.ParseMapping([]byte(neighbour), catalogue.KindCourse)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("P3.6 columns, constants, splits and value tables; a course on several lines has several sessions", func(t *testing.T) {
		report, err := importer.Run(ctx, db, models.Operator(), catalogue.KindCourse, strings.NewReader(neighbourFile), importer.Options{Mapping: m})
		if err != nil || report.New != 2 || report.NewSessions != 3 {
			t.Fatalf("%+v %v", report, err)
		}
		page, err := catalogue.CourseByReference(ctx, db.Pool, "4534", db.Today())
		if err != nil || page.Authority != "Ministère de la Culture" || page.Source != "Catalogue voisin" || len(page.Themes) != 2 || len(page.Sessions) != 2 {
			t.Fatalf("%+v %v", page, err)
		}
		if s := page.Sessions[0]; s.Place != "Rennes" || s.Region != "Bretagne" || s.Capacity != 24 || s.ClosesOn.Format("2006-01-02") != "2027-01-02" {
			t.Errorf("%+v", s)
		}
		report, err = importer.Run(ctx, db, models.Operator(), catalogue.KindCourse, strings.NewReader(neighbourFile), importer.Options{Mapping: m})
		if err != nil || report.New+report.Changed+report.NewSessions+report.ChangedSessions != 0 {
			t.Fatalf("%+v %v", report, err)
		}
	})
	t.Run("P3.6 a mapping is written as it is read", func(t *testing.T) {
		var b strings.Builder
		if err := m.Write(&b); err != nil {
			t.Fatal(err)
		}
		again, err := importer.ParseMapping([]byte(b.String()), catalogue.KindCourse)
		if err != nil || again.Columns["title"] != "INTIT_ACTION" || again.Values["session.modality"]["Présentiel"] != "on_site" || again.Split["themes"].By != "," {
			t.Fatalf("%+v %v\n%s", again, err, b.String())
		}
	})
	for name, c := range map[string][2]string{
		"unknown field":    {"[columns]\ntitel = \"X\"\n", `"titel"`},
		"unknown key":      {"colums = 1\n", `"1" "colums"`},
		"broken":           {"[columns\n", `broken ["1"`},
		"another kind":     {"kind = \"programmes\"\n", `kind ["programmes"]`},
		"unknown encoding": {"encoding = \"ebcdic\"\n", `encoding ["ebcdic"]`},
		"no separator":     {"[split.themes]\ntake = 1\n", `split ["themes"]`},
	} {
		t.Run("P3.6 a slip in a mapping is told: "+name, func(t *testing.T) {
			if _, err := importer.ParseMapping([]byte(c[0]), catalogue.KindCourse); err == nil || !strings.Contains(err.Error(), c[1]) {
				t.Fatal(err)
			}
		})
	}
	t.Run("P3.6 a column that the file has not is told", func(t *testing.T) {
		report, _, err := rehearse(ctx, db, "NUM_ACT;INTIT_ACTION\n1;Un\n", importer.Mapping{Columns: map[string]string{"reference": "NUM_ACT", "title": "LIBELLE"}})
		if err == nil || len(report.Errors) != 2 || report.Errors[1].Key != "import.column_unknown" && report.Errors[0].Key != "import.column_unknown" {
			t.Fatalf("%+v %v", report, err)
		}
	})
}

func TestPreview(t *testing.T) {
	ctx := context.Background()
	db := portal(t)
	const file = "INTIT_ACTION;NUM_ACT;DT_DEB;DT_FIN;VILLE;NB_PL;DOM;OBS_INT;;\nCadre;4534;12/01/2027;16/04/2027;Rennes;24;Information;voir;;\n"
	p, err := importer.Look(strings.NewReader(file), catalogue.KindCourse, "", importer.Mapping{})
	if err != nil {
		t.Fatal(err)
	}
	t.Run("P3.6 columns are proposed by the likeness of their names", func(t *testing.T) {
		got := p.Proposed(importer.Mapping{}).Columns
		for field, column := range map[string]string{"title": "INTIT_ACTION", "reference": "NUM_ACT", "session.starts_on": "DT_DEB", "session.ends_on": "DT_FIN",
			"session.place": "VILLE", "session.capacity": "NB_PL", "themes": "DOM"} {
			if got[field] != column {
				t.Errorf("%s: %q", field, got[field])
			}
		}
		if len(p.Columns) != 8 || p.Columns[0].Examples[0] != "Cadre" || p.Columns[7].Guess.Field != "" {
			t.Errorf("%+v", p)
		}
	})
	t.Run("P3.6 a mapping is remembered per source", func(t *testing.T) {
		m := p.Proposed(importer.Mapping{Source: "Catalogue voisin"})
		err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
			if err := importer.Remember(ctx, tx, models.Actor{Kind: models.ActorAccount}, catalogue.KindCourse, m); models.KindOf(err) != models.KindNotFound {
				t.Error(err)
			}
			return importer.Remember(ctx, tx, models.Operator(), catalogue.KindCourse, m)
		})
		if err != nil {
			t.Fatal(err)
		}
		again, ok, err := importer.Remembered(ctx, db.Pool, catalogue.KindCourse, "Catalogue voisin")
		if err != nil || !ok || again.Columns["title"] != "INTIT_ACTION" {
			t.Fatalf("%+v %v %v", again, ok, err)
		}
	})
}
