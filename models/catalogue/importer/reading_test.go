package importer_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/importer"
)

func packed(t *testing.T, text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func encoded(t *testing.T, e encoding.Encoding, text string) string {
	s, err := e.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// rehearse reads a file of courses without keeping anything.
func rehearse(ctx context.Context, db *models.DB, text string, m importer.Mapping) (importer.Report, []importer.Line, error) {
	var lines []importer.Line
	report, err := importer.Run(ctx, db, models.Operator(), catalogue.KindCourse, strings.NewReader(text), importer.Options{DryRun: true, Mapping: m,
		Lines: func(l importer.Line) error { lines = append(lines, l); return nil }})
	return report, lines, err
}

func TestEncodings(t *testing.T) {
	ctx := context.Background()
	db := portal(t)
	const title = "Reliure d’été : façonnage à l’hôtel, où naît le cœur"
	text := "Référence;Intitulé;Durée\r\nC.1;" + title + ";2 ans\r\n"
	wide := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	bare := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	for name, c := range map[string]struct {
		content string
		is      importer.Encoding
	}{
		"UTF-8":             {text, importer.UTF8},
		"UTF-8 with mark":   {"\ufeff" + text, importer.UTF8BOM},
		"UTF-16":            {encoded(t, wide, text), importer.UTF16LE},
		"UTF-16 no mark":    {encoded(t, bare, text), importer.UTF16BE},
		"Windows-1252":      {encoded(t, charmap.Windows1252, text), importer.Windows1252},
		"Mac Roman":         {encoded(t, charmap.Macintosh, text), importer.MacRoman},
		"old Mac lines":     {encoded(t, charmap.Macintosh, strings.ReplaceAll(text, "\r\n", "\r")), importer.MacRoman},
		"packed":            {packed(t, encoded(t, charmap.Windows1252, text)), importer.Windows1252},
		"late first accent": {"id;intitule;duree\n" + strings.Repeat("\n", 1<<17) + encoded(t, charmap.Windows1252, "C.1;"+title+";2 ans\n"), importer.Windows1252},
	} {
		t.Run("P3.6 the encoding is recognised and told: "+name, func(t *testing.T) {
			mapping := importer.Mapping{Columns: map[string]string{"reference": "Référence"}}
			if strings.HasPrefix(c.content, "id;") {
				mapping = importer.Mapping{}
			}
			report, lines, err := rehearse(ctx, db, c.content, mapping)
			if err != nil || len(lines) != 1 || lines[0].Title != title || report.Seen.Encoding != c.is || report.Seen.Shape.Separator != ';' {
				t.Fatalf("%+v %+v %v", report, lines, err)
			}
		})
	}
}

func TestShapes(t *testing.T) {
	ctx := context.Background()
	db := portal(t)
	for name, text := range map[string]string{
		"commas":            "id,intitule,sigle\nC.1,\"Un, deux \"\"trois\"\"\",X\nC.2,Quatre,\n",
		"semicolons":        "id;intitule;sigle\nC.1;Un, deux \"trois\";X\nC.2;Quatre;\n",
		"tabs":              "id\tintitule\tsigle\nC.1\tUn, deux \"trois\"\tX\nC.2\tQuatre\t\n",
		"bars":              "id|intitule|sigle\nC.1|Un, deux \"trois\"|X\nC.2|Quatre|\n",
		"single quotes":     "'id','intitule','sigle'\n'C.1','Un, deux \"trois\"','X'\n'C.2','Quatre',''\n",
		"said by the file":  "sep=;\nid;intitule;sigle\nC.1;Un, deux \"trois\";X\nC.2;Quatre;\n",
		"a title above":     "Catalogue 2027;;\n;;\nid;intitule;sigle\nC.1;Un, deux \"trois\";X\nC.2;Quatre;\n",
		"empty last column": "id;intitule;sigle;;\nC.1;Un, deux \"trois\";X;;\nC.2;Quatre;;;\n",
		"other names":       "ID;INTITULÉ;Sigle\nC.1;Un, deux \"trois\";X\nC.2;Quatre;\n",
	} {
		t.Run("P3.6 separator and quotes are guessed: "+name, func(t *testing.T) {
			report, lines, err := rehearse(ctx, db, text, importer.Mapping{})
			if err != nil || len(lines) != 2 || lines[0].Title != `Un, deux "trois"` || lines[1].Reference != "C.2" || report.New != 2 {
				t.Fatalf("%+v %+v %v", report, lines, err)
			}
		})
	}
}

func TestHostileFiles(t *testing.T) {
	ctx := context.Background()
	db := portal(t)
	whole := packed(t, strings.Repeat("id,intitule\n", 1000))
	for name, c := range map[string]struct {
		text, key string
		line      int
	}{
		"empty":                 {"", "import.empty", 1},
		"a bomb":                {packed(t, "id,intitule\n"+strings.Repeat("C.1,"+strings.Repeat("x", 1000)+"\n", 150_000)), "import.bomb", 0},
		"a cut archive":         {whole[:len(whole)-30], "import.cut", 0},
		"a cut table":           {"id,intitule,sigle\nC.1,Un,X\nC.2,De", "import.cut", 3},
		"a cut cell":            {"id,intitule\nC.1,Un\nC.2,\"Deux\net", "import.open_quote", 3},
		"a cut object":          {"{\"id\":\"A\",\"intitule\":\"Un\"}\n{\"id\":\"B\",\"inti", "import.cut", 2},
		"a cut offer":           {"<lheo><offres><formation numero=\"1\"><intitule-formation>Un</intitule-formation>", "import.cut", 1},
		"a cell of ten million": {"id,intitule\nC.1,Un\nC.2," + strings.Repeat("x", 10<<20) + "\nC.3,Trois\n", "import.too_long", 3},
		"an endless quote":      {"id,intitule\nC.1,\"" + strings.Repeat("x\n", 6<<20), "import.open_quote", 2},
		"entities": {`<?xml version="1.0"?><!DOCTYPE lheo [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>` +
			`<lheo><offres><formation numero="1"><intitule-formation>&b;</intitule-formation></formation></offres></lheo>`, "import.doctype", 1},
		"an outside entity": {`<lheo><offres><formation numero="1"><intitule-formation>&secret;</intitule-formation></formation></offres></lheo>`, "import.entity", 1},
		"an endless offer":  {`<lheo><offres><formation numero="1"><intitule-formation>` + strings.Repeat("x", 20<<20), "import.too_long", 1},
		"an archive":        {"PK\x03\x04rest of it", "import.packed", 1},
		"a JSON array":      {"[{\"id\":\"A\"}]", "import.array", 1},
		"a missing column":  {"intitule,sigle\nUn,X\n", "import.column_missing", 1},
		"two same columns":  {"id,intitule,intitule\nC.1,Un,Deux\n", "import.column_twice", 1},
	} {
		t.Run("P3.6 told by its line and nothing written: "+name, func(t *testing.T) {
			before := state(t, ctx, db.Pool)
			report, err := importer.Run(ctx, db, models.Operator(), catalogue.KindCourse, strings.NewReader(c.text), importer.Options{})
			var refused *models.Error
			if !errors.As(err, &refused) || refused.Key != "import.refused" || len(report.Errors) == 0 {
				t.Fatalf("%+v %v", report, err)
			}
			e := report.Errors[len(report.Errors)-1]
			if e.Key != c.key || c.line > 0 && e.Line != c.line {
				t.Errorf("%+v", e)
			}
			if before != state(t, ctx, db.Pool) {
				t.Error("something was written")
			}
		})
	}
	t.Run("P3.6 a line too long does not hide those after it", func(t *testing.T) {
		report, lines, err := rehearse(ctx, db, "id,intitule\nC.1,Un\nC.2,"+strings.Repeat("x", 10<<20)+"\nC.3,Trois\n", importer.Mapping{})
		if err == nil || len(lines) != 2 || report.New != 2 || len(report.Errors) != 1 {
			t.Fatalf("%+v %+v %v", report, lines, err)
		}
	})
	t.Run("P3.6 a formula is kept as the text that it is", func(t *testing.T) {
		_, lines, err := rehearse(ctx, db, "id,intitule\nC.1,\"=HYPERLINK(\"\"x\"\")\"\n", importer.Mapping{})
		if err != nil || lines[0].Title != `=HYPERLINK("x")` {
			t.Fatalf("%+v %v", lines, err)
		}
	})
}

const offer = `<?xml version="1.0" encoding="ISO-8859-1"?>
<lheo xmlns="http://www.lheo.org/2.2"><offres><formation numero="F 1">
<intitule-formation>Reliure d'` + "\xe9t\xe9" + `</intitule-formation>
<objectif-formation>&lt;p&gt;Savoir&lt;/p&gt;&lt;ul&gt;&lt;li&gt;relier&lt;/li&gt;&lt;/ul&gt;</objectif-formation>
<code-niveau-sortie>6</code-niveau-sortie>
<action numero="A1"><modalites-enseignement>0</modalites-enseignement><duree-indicative>2 ans</duree-indicative>
<lieu-de-formation><coordonnees><adresse><ville>RENNES</ville><departement>35</departement><region>53</region></adresse></coordonnees></lieu-de-formation>
<session numero="S1"><periode><debut>20270901</debut><fin>20290630</fin></periode></session></action>
<action numero="A2"><modalites-enseignement>1</modalites-enseignement>
<session numero="S2"><periode><debut>20271001</debut><fin>20280630</fin></periode></session></action>
</formation></offres></lheo>`

func TestLHEO(t *testing.T) {
	ctx := context.Background()
	db := portal(t)
	t.Run("P3.6 a session without seats is left aside and told", func(t *testing.T) {
		report, lines, err := rehearse(ctx, db, offer, importer.Mapping{})
		if err != nil || len(lines) != 1 || lines[0].Title != "Reliure d'été" || lines[0].Reference != "F-1" || len(report.Notes) != 2 {
			t.Fatalf("%+v %+v %v", report, lines, err)
		}
		if note := report.Notes[0].In(bare); !strings.Contains(note, "import.session_left") {
			t.Error(note)
		}
	})
	t.Run("P3.6 formation, action, session, with what the mapping adds", func(t *testing.T) {
		for range 2 {
			report, err := importer.Run(ctx, db, models.Operator(), catalogue.KindCourse, strings.NewReader(offer), importer.Options{Mapping: importer.Mapping{
				Constants: map[string]string{"session.capacity": "12"}, OpensBefore: 120, ClosesBefore: 15}})
			if err != nil || report.Seen.Format != importer.LHEO || report.Seen.Encoding != importer.Windows1252 {
				t.Fatalf("%+v %v", report, err)
			}
		}
		page, err := catalogue.CourseByReference(ctx, db.Pool, "F-1", db.Today())
		if err != nil || page.Level != 5 || page.DurationDays != 730 || page.Objectives == nil || *page.Objectives != "Savoir\n\nrelier" || len(page.Sessions) != 2 {
			t.Fatalf("%+v %v", page, err)
		}
		if s := page.Sessions[0]; s.Capacity != 12 || s.Region != "Bretagne" || s.OpensOn.Format("2006-01-02") != "2027-05-04" {
			t.Errorf("%+v", s)
		}
	})
	t.Run("P3.6 real examples, version 2.2 and 1.3", func(t *testing.T) {
		folder := os.Getenv("PASSERELLE_TEST_DATA")
		if folder == "" {
			t.Skip("PASSERELLE_TEST_DATA names no data pack")
		}
		for name, title := range map[string]string{"exemple-bts-onisep.xml": "BTS négociation et relation client",
			"exemple-conseiller-insertion.xml": "Titre professionnel conseiller(ère) en insertion professionnelle"} {
			content, err := os.ReadFile(filepath.Join(folder, "lheo", name))
			if err != nil {
				t.Fatal(err)
			}
			report, lines, err := rehearse(ctx, db, string(content), importer.Mapping{})
			if err != nil || len(lines) != 1 || lines[0].Title != title || len(report.Notes) != 1 {
				t.Errorf("%+v %+v %v", report, lines, err)
			}
		}
	})
}
