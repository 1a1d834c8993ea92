package handlers_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"passerelle/handlers/handlerstest"
	"passerelle/handlers/jobs"
	"passerelle/models"
	"passerelle/views/desk"
	"passerelle/views/paths"
)

func TestDeskExport(t *testing.T) {
	s := newDeskSite(t)
	id := s.approved()
	s.Exec(`UPDATE applications SET applicant_name = '=HYPERLINK("http://exemple.invalid";"Camille Martin")' WHERE id = $1`, id)
	columns := url.Values{desk.NameColumn: {"numero", "nom", "etat"}, desk.NameFormat: {"csv"}, "vue": {"toutes"}}

	t.Run("P9.7 the officer chooses columns, then the list comes as it is filtered", func(t *testing.T) {
		if page := s.helene.Get(paths.DeskExportBy("q", "martin")); page.Status != http.StatusOK || page.Find("input[name=colonne]").Length() < 10 ||
			page.Find("input[name=q][value=martin]").Length() != 1 {
			t.Fatalf("%d\n%s", page.Status, page.Find("main").Text())
		}
		answer := s.helene.Post(paths.DeskExports(), columns)
		if answer.Status != http.StatusOK || !strings.Contains(answer.Header.Get("Content-Disposition"), `attachment; filename="dossiers-`) {
			t.Fatalf("%d %v", answer.Status, answer.Header)
		}
		r := csv.NewReader(strings.NewReader(strings.TrimPrefix(answer.Body, "\ufeff")))
		r.Comma = ';'
		lines, err := r.ReadAll()
		if err != nil || len(lines) != 2 || lines[0][0] != "Numéro" || !strings.HasPrefix(lines[1][0], "PR-2026-") || lines[1][2] != "À étudier" {
			t.Fatalf("%v %v", lines, err)
		}
		if !strings.HasPrefix(lines[1][1], "'=") {
			t.Errorf("a formula: %s", lines[1][1])
		}
		if s.Count(`SELECT count(*) FROM events WHERE kind = 'desk.exported'`) != 1 {
			t.Error("the journal does not know")
		}
	})
	t.Run("P9.7 a list without columns is refused kindly", func(t *testing.T) {
		if page := s.helene.Post(paths.DeskExports(), url.Values{}); page.Status != http.StatusUnprocessableEntity || page.Find(".field__error").Length() == 0 {
			t.Errorf("%d", page.Status)
		}
	})
	t.Run("P9.7 an officer takes out what their scope covers, and nothing else", func(t *testing.T) {
		other := s.SignedIn(models.Grant{Role: models.RoleOfficer, Kind: models.ScopeCourse, Scope: s.Other.ID})
		if answer := other.Post(paths.DeskExports(), columns); strings.Count(answer.Body, "\r\n") != 1 {
			t.Error(answer.Body)
		}
	})
}

func TestLongExport(t *testing.T) {
	s := newDeskSite(t)
	id := s.approved()
	s.Exec(`INSERT INTO applications (id, kind, session_id, form_version_id, account_id, state, state_since, created_at, submitted_at, applicant_name)
		SELECT gen_random_uuid(), kind, session_id, form_version_id, account_id, state, state_since, created_at, submitted_at, 'Personne ' || n
		FROM applications, generate_series(1, 700) n WHERE id = $1`, id)
	answer := s.helene.Post(paths.DeskExports(), url.Values{desk.NameColumn: {"numero", "nom"}, "vue": {"toutes"}})
	if answer.Status != http.StatusSeeOther {
		t.Fatalf("%d", answer.Status)
	}
	address := answer.Header.Get("Location")
	export := uuid.MustParse(address[strings.LastIndexByte(address, '/')+1:])

	t.Run("P9.7 a long list is a job's, and the page says how far it is", func(t *testing.T) {
		if page := s.helene.Get(address); !strings.Contains(page.Title(), "se prépare") {
			t.Errorf("%s", page.Title())
		}
		if again := s.helene.Post(paths.DeskExports(), url.Values{desk.NameColumn: {"numero"}, "vue": {"toutes"}}).Header.Get("Location"); again != address {
			t.Errorf("a second one at once: %s", again)
		}
	})
	if err := jobs.WriteExport(t.Context(), jobs.Options{DB: s.DB, Documents: s.Portal.Documents}, export); err != nil {
		t.Fatal(err)
	}
	t.Run("P9.7 the file is its officer's alone", func(t *testing.T) {
		if page := s.helene.Get(address); !strings.Contains(page.Title(), "prêt") {
			t.Fatalf("%s", page.Title())
		}
		file := s.helene.Get(address + "/fichier")
		if file.Status != http.StatusOK || !strings.HasPrefix(file.Body, "PK") {
			t.Errorf("%d", file.Status)
		}
		for _, path := range []string{address, address + "/fichier"} {
			if got := s.yanis.Get(path).Status; got != http.StatusNotFound {
				t.Errorf("a colleague gets %d", got)
			}
		}
	})
}

func TestArchive(t *testing.T) {
	w := handlerstest.NewPieces(t)
	officer := w.Account("helene@example.org", "Hélène", "Roussel", models.Grant{Role: models.RoleOfficer, Kind: models.ScopePortal})
	content := handlerstest.PDF("Camille Fontaine", 20_000)
	w.Upload(handlerstest.PieceCV, "../../cv de Camille.pdf", content)
	w.Send()

	t.Run("P9.7 a dossier in one archive: summary, documents, checksums", func(t *testing.T) {
		answer := officer.Get(paths.DeskArchive(w.ID.String()))
		if answer.Status != http.StatusOK {
			t.Fatalf("%d %s", answer.Status, answer.Body)
		}
		z, err := zip.NewReader(strings.NewReader(answer.Body), int64(len(answer.Body)))
		if err != nil {
			t.Fatal(err)
		}
		found := map[string][]byte{}
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			found[f.Name], _ = io.ReadAll(r)
			if strings.Contains(f.Name, "..") || strings.Contains(f.Name, "Camille") {
				t.Errorf("a name of the applicant's own: %s", f.Name)
			}
		}
		if !bytes.Equal(found["pieces/01-cv-1-v1.pdf"], content) {
			t.Errorf("%v", z.File)
		}
		var manifest struct {
			Pieces []struct {
				SHA256 string `json:"sha256"`
			} `json:"pieces"`
		}
		if err := json.Unmarshal(found["manifeste.json"], &manifest); err != nil || len(manifest.Pieces) != 1 || len(manifest.Pieces[0].SHA256) != 64 {
			t.Errorf("%v %s", err, found["manifeste.json"])
		}
		if n := w.Count(`SELECT count(*) FROM consultations WHERE kind = 'download'`); n != 1 {
			t.Errorf("P17.21 the person sees %d downloads", n)
		}
	})
	t.Run("P2.5 whoever is not its officer does not find it", func(t *testing.T) {
		for _, b := range []*handlerstest.Browser{w.Me, w.SignedIn(models.Grant{Role: models.RoleOfficer, Kind: models.ScopeCourse, Scope: w.Other.ID})} {
			if got := b.Get(paths.DeskArchive(w.ID.String())).Status; got != http.StatusNotFound {
				t.Errorf("%d", got)
			}
		}
	})
}
