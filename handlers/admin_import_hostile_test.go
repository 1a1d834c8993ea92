package handlers_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"golang.org/x/text/encoding/unicode"

	"passerelle/handlers/handlerstest"
	"passerelle/handlers/jobs"
	"passerelle/models"
	"passerelle/views/paths"
)

// bomb is a packed file that grows a thousand times.
func bomb(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for range 3000 {
		if _, err := z.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestBadImports sends what should not be sent: each is told in words on the page
// of its file, and nothing of it is written.
func TestBadImports(t *testing.T) {
	if testing.Short() {
		t.Skip("a long walk of one request after another")
	}
	s := handlerstest.New(t)
	admin := s.SignedIn(models.Grant{Role: models.RoleAdmin, Kind: models.ScopePortal})
	courses := func() (n int) {
		if err := s.Portal.DB.Pool.QueryRow(t.Context(), `SELECT count(*) FROM courses`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := courses()
	rehearsed := func(t *testing.T, at string) *handlerstest.Page {
		t.Helper()
		admin.Follow(at+"/repetition", read(admin.Get(at)))
		id := uuid.MustParse(strings.TrimPrefix(at, paths.Imports()+"/"))
		if err := jobs.ImportFile(context.Background(), jobs.Options{DB: s.Portal.DB, Documents: s.Portal.Documents}, id); err != nil {
			t.Fatal(err)
		}
		return admin.Get(at)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("Référence;Intitulé\nW.1;Façonnage\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ content, told string }{
		"a packed file that grows without end":   {bomb(t), "le fichier compressé grossit sans mesure"},
		"an archive":                             {"PK\x03\x04 and so on", "ce fichier n’est pas un texte"},
		"nothing":                                {"", "le fichier est vide"},
		"a JSON array":                           {`[{"id":"A"}]`, "donnez un objet par ligne"},
		"XML that declares a document type":      {`<?xml version="1.0"?><!DOCTYPE lheo [<!ENTITY x "y">]><lheo>&x;</lheo>`, "DOCTYPE"},
		"a column named twice":                   {"id;intitule;id\nA;Un;B\n", "le même nom que la colonne 1"},
		"no column of a number":                  {"intitule;duree\nReliure;2 ans\n", "aucune colonne ne donne « reference »"},
		"the same number twice":                  {"id;intitule\nD.1;Un\nD.1;Deux\n", "« D.1 » est déjà à la ligne 2"},
		"a cell of ten megabytes":                {"id;intitule\nL.1;" + strings.Repeat("x", 10<<20) + "\nL.2;Un\n", "la ligne dépasse 4 Mo"},
		"a file cut in the middle of its quotes": {"id;intitule\nC.1;\"Reliure\nC.2;Dorure\n", "n’est jamais fermé"},
		"a file cut in the middle of a line":     {"id;intitule;duree\nC.1;Reliure;2 ans\nC.2;Dor", "le fichier est coupé ici"},
		"characters that no encoding has":        {"\xef\xbb\xbfid;intitule\nE.1;R\xe9liure\n", "un caractère est illisible dans l’encodage du fichier"},
	} {
		t.Run("P3.6 "+name+" is told, and nothing is written", func(t *testing.T) {
			sent := sendCatalogue(t, admin, "envoi.csv", c.content)
			if sent.Status != http.StatusSeeOther {
				t.Fatal(sent.Status, sent.Text())
			}
			page := admin.Get(sent.Location)
			if page.Status == http.StatusOK && page.Find(".banner--bad").Length() == 0 {
				page = rehearsed(t, sent.Location)
			}
			if text := strings.ToLower(page.Text()); page.Status != http.StatusOK || !strings.Contains(text, strings.ToLower(c.told)) {
				t.Fatalf("%d: %q is not told\n%.1500s", page.Status, c.told, text)
			}
			if page = admin.Post(sent.Location+"/import", nil); page.Status != http.StatusConflict {
				t.Error("imported all the same:", page.Status)
			}
			if n := courses(); n != before {
				t.Errorf("%d courses, %d before", n, before)
			}
		})
	}
	t.Run("P3.6 another encoding is recognised and told", func(t *testing.T) {
		page := admin.Get(sendCatalogue(t, admin, "large.csv", wide).Location)
		if got := page.Find("#encodage option[selected]").Text(); got != "UTF-16" || !strings.Contains(page.Find(".proof__text").Text(), "Façonnage") {
			t.Fatal(got, page.Text())
		}
	})
	t.Run("P3.6 formulas stay texts, and are harmless in the report", func(t *testing.T) {
		at := sendCatalogue(t, admin, "formules.csv", "id,intitule\nF.1,=HYPERLINK(\"http://x\")\nF.2,Reliure;=1+1\nF.3, =2+2\n").Location
		if page := rehearsed(t, at); page.Find("a[href$='/import']").Length() != 1 {
			t.Fatal(page.Text())
		}
		report := admin.Get(at + "/rapport.csv")
		if report.Status != http.StatusOK || !strings.Contains(report.Body, "'=HYPERLINK") || !strings.Contains(report.Body, `"Reliure;'=1+1"`) || !strings.Contains(report.Body, "'=2+2") ||
			strings.Contains(report.Body, ";=") || strings.Contains(report.Body, ",=") {
			t.Fatal(report.Status, report.Body)
		}
	})
	t.Run("P3.6 two columns cannot become the same field", func(t *testing.T) {
		at := sendCatalogue(t, admin, "double.csv", "A;B\n1;Reliure\n").Location
		form := read(admin.Get(at))
		form.Set("colonne0", "title")
		form.Set("colonne1", "title")
		if page := admin.Post(at+"/colonnes", form); page.Status != http.StatusUnprocessableEntity || !strings.Contains(page.Text(), "Deux colonnes deviennent « Intitulé »") {
			t.Fatal(page.Status, page.Text())
		}
	})
	t.Run("P3.6 a mapping that cannot be is refused with its reason, in the person's language", func(t *testing.T) {
		at := sendCatalogue(t, admin, "reglage.csv", "A;B\n1;Reliure\n").Location
		form := read(admin.Get(at))
		form.Set("dates", "xyz")
		if page := admin.Post(at+"/colonnes", form); page.Status != http.StatusUnprocessableEntity || !strings.Contains(page.Text(), "Le réglage des colonnes ne convient pas. L’ordre des dates est l’un de : dmy, mdy, ymd.") {
			t.Fatal(page.Status, page.Text())
		}
	})
	t.Run("P3.6 lines refused are left aside when it is asked, and only then", func(t *testing.T) {
		at := sendCatalogue(t, admin, "reste.csv", "id;intitule;niveau\nR.1;Reliure;\nR.2;Dorure;vingt\n").Location
		if page := rehearsed(t, at); !strings.Contains(page.Text(), "Importer 1 ligne sans celles refusées") {
			t.Fatal(page.Text())
		}
		if page := admin.Post(at+"/import", nil); page.Status != http.StatusConflict {
			t.Fatal(page.Status)
		}
		admin.Follow(at+"/import", map[string][]string{"sans-refus": {"1"}})
		id := uuid.MustParse(strings.TrimPrefix(at, paths.Imports()+"/"))
		if err := jobs.ImportFile(context.Background(), jobs.Options{DB: s.Portal.DB, Documents: s.Portal.Documents}, id); err != nil {
			t.Fatal(err)
		}
		if n := courses(); n != before+1 {
			t.Errorf("%d courses, %d before", n, before)
		}
		if page := admin.Get(at); !strings.Contains(page.Text(), "Ces lignes ont été laissées de côté") {
			t.Error(page.Text())
		}
	})
}
