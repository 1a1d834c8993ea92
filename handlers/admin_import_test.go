package handlers_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"passerelle/handlers/handlerstest"
	"passerelle/handlers/jobs"
	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/catalogue"
	"passerelle/models/catalogue/importer"
	"passerelle/views/paths"
)

func sendCatalogue(t *testing.T, b *handlerstest.Browser, name, content string) *handlerstest.Page {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for field, value := range map[string]string{"type": "course", "source": "Catalogue voisin"} {
		if err := form.WriteField(field, value); err != nil {
			t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("fichier", name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, paths.Imports(), &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.Do(r)
}

// read is the form that says how a file is read, as its page shows it.
func read(page *handlerstest.Page) url.Values {
	values := url.Values{}
	page.Find("#lecture input[name], #lecture select[name]").Each(func(_ int, s *goquery.Selection) {
		value := s.AttrOr("value", "")
		if goquery.NodeName(s) == "select" {
			option := s.Find("option[selected]")
			if option.Length() == 0 {
				option = s.Find("option").First()
			}
			value = option.AttrOr("value", "")
		}
		values.Set(s.AttrOr("name", ""), value)
	})
	return values
}

func TestAdministratorImports(t *testing.T) {
	s := handlerstest.New(t)
	admin := s.SignedIn(models.Grant{Role: models.RoleAdmin, Kind: models.ScopePortal})
	work := func(address string) {
		id := uuid.MustParse(strings.TrimPrefix(address, paths.Imports()+"/"))
		if err := jobs.ImportFile(context.Background(), jobs.Options{DB: s.Portal.DB, Documents: s.Portal.Documents}, id); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("P3.6 a file is sent, mapped on a preview, rehearsed, imported and taken back", func(t *testing.T) {
		sent := sendCatalogue(t, admin, "export.csv", "INTIT_ACTION;NUM_ACT;OBS_INT\nReliure d'\xe9t\xe9;4534;voir\n")
		if sent.Status != http.StatusSeeOther {
			t.Fatal(sent.Status, sent.Text())
		}
		at := sent.Location
		page := admin.Get(at)
		if page.Find("#encodage option[selected]").Text() != "Windows-1252" || page.Find("#separateur option[selected]").Text() != "Point-virgule" || page.Find("select#colonne-0 option[selected]").AttrOr("value", "") != "title" ||
			page.Find("select#colonne-1 option[selected]").AttrOr("value", "") != "reference" || page.Find("select#colonne-2 option[selected]").AttrOr("value", "?") != "" {
			t.Fatal(page.Text())
		}
		admin.Follow(at+"/colonnes", read(page))
		if early := admin.Post(at+"/import", nil); early.Status != http.StatusConflict {
			t.Fatal("not rehearsed yet:", early.Status)
		}
		if page = admin.Follow(at+"/repetition", read(page)); page.Find("progress").Length() != 1 {
			t.Fatal(page.Text())
		}
		work(at)
		if page = admin.Get(at); page.Find("a[href$='/import']").Length() != 1 {
			t.Fatal(page.Text())
		}
		if page = admin.Get(at + "/import"); page.Find("form[action$='/import']").Length() != 1 || !strings.Contains(page.Text(), "Importer 1 ligne") {
			t.Fatal(page.Text())
		}
		admin.Follow(at+"/import", nil)
		work(at)
		course, err := catalogue.CourseByReference(t.Context(), s.Portal.DB.Pool, "4534", s.Portal.DB.Today())
		if err != nil || course.Title != "Reliure d'été" {
			t.Fatalf("%+v %v", course, err)
		}
		if page = admin.Get(paths.Imports()); !strings.Contains(page.Text(), "export.csv") {
			t.Fatal(page.Text())
		}
		if page = admin.Get(at + "/annulation"); page.Find("form[action$='/annulation']").Length() != 1 || !strings.Contains(page.Text(), "Retirées1") {
			t.Fatal(page.Text())
		}
		// Asking is not doing: it waits for no import under way, and holds up nobody.
		err = s.Portal.DB.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error {
			if _, err := tx.PGX.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('catalogue import')); SELECT FROM courses FOR UPDATE`); err != nil {
				return err
			}
			if page := admin.Get(at + "/annulation"); page.Status != http.StatusOK {
				t.Error("asked while an import is under way:", page.Status)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		admin.Follow(at+"/annulation", nil)
		if _, err := catalogue.CourseByReference(t.Context(), s.Portal.DB.Pool, "4534", s.Portal.DB.Today()); models.KindOf(err) != models.KindNotFound {
			t.Fatal(err)
		}
	})
	t.Run("P3.6 the mapping of a source is there for its next file", func(t *testing.T) {
		page := admin.Get(sendCatalogue(t, admin, "suite.csv", "INTIT_ACTION;NUM_ACT;OBS_INT\nDorure;4535;voir\n").Location)
		if page.Find("#source").AttrOr("value", "") != "Catalogue voisin" || page.Find("select#colonne-1 option[selected]").AttrOr("value", "") != "reference" {
			t.Fatal(page.Text())
		}
	})
	t.Run("P3.6 a file that cannot be read says why", func(t *testing.T) {
		page := admin.Get(sendCatalogue(t, admin, "x.csv", "PK\x03\x04").Location)
		if page.Find(".banner--bad").Length() != 1 {
			t.Fatal(page.Text())
		}
		if page := admin.Post(paths.Imports(), url.Values{}); page.Status < 400 || page.Status >= 500 {
			t.Fatal(page.Status)
		}
	})
}

func TestUndoAfterApplications(t *testing.T) {
	w := handlerstest.NewWorld(t)
	db := w.Portal.DB
	course := func(id, session string) string {
		today := db.Today()
		day := func(n int) string { return today.AddDate(0, 0, n).Format("2006-01-02") }
		return `{"id":"` + id + `","intitule":"Dorure","sessions":[{"id":"` + session + `","starts_on":"` + day(90) + `","ends_on":"` + day(95) +
			`","opens_on":"` + day(-10) + `","closes_on":"` + day(60) + `","capacity":5,"modality":"remote"}]}` + "\n"
	}
	t.Run("P3.6 what somebody applied to since stays, the rest goes", func(t *testing.T) {
		if _, err := importer.Run(t.Context(), db, models.Operator(), catalogue.KindCourse, strings.NewReader(course("U.1", "U.1.S")+course("U.2", "U.2.S")), importer.Options{}); err != nil {
			t.Fatal(err)
		}
		session, err := catalogue.SessionByExternalID(t.Context(), db.Pool, "U.1.S")
		if err != nil {
			t.Fatal(err)
		}
		me := w.SignedIn()
		var undone importer.UndoReport
		w.InTx(func(ctx context.Context, tx models.Tx) error {
			if _, _, err := application.Begin(ctx, tx, me.Actor, session.ID); err != nil {
				return err
			}
			last, err := importer.LastRun(ctx, tx, models.Operator(), catalogue.KindCourse)
			if err != nil {
				return err
			}
			foreseen, err := importer.Foresee(ctx, tx, models.Operator(), last.ID)
			if err != nil {
				return err
			}
			defer func() {
				if !reflect.DeepEqual(foreseen, undone) {
					t.Errorf("foreseen %+v, done %+v", foreseen, undone)
				}
			}()
			undone, err = importer.Undo(ctx, tx, models.Operator(), last.ID)
			return err
		})
		if undone.Removed != 1 || undone.RemovedSessions != 1 || len(undone.Kept) != 2 || undone.Kept[0].Why != "applied" || undone.Kept[1].Reference != "U.1" {
			t.Fatalf("%+v", undone)
		}
		if _, err := catalogue.CourseByReference(t.Context(), db.Pool, "U.2", db.Today()); models.KindOf(err) != models.KindNotFound {
			t.Error(err)
		}
	})
}

// TestCancelledByImport: the applications of a session that a file cancels are
// closed by the command and the console at once, by the clock where they died.
func TestCancelledByImport(t *testing.T) {
	w := handlerstest.NewWorld(t)
	db := w.Portal.DB
	admin := w.SignedIn(models.Grant{Role: models.RoleAdmin, Kind: models.ScopePortal})
	day := func(n int) string { return db.Today().AddDate(0, 0, n).Format("2006-01-02") }
	course := func(id, more string) string {
		return `{"id":"` + id + `","intitule":"Dorure","sessions":[{"id":"` + id + `.S","starts_on":"` + day(90) + `","ends_on":"` + day(95) +
			`","opens_on":"` + day(-10) + `","closes_on":"` + day(60) + `","capacity":5,"modality":"remote"` + more + `}]}` + "\n"
	}
	const cancelled = `,"cancelled":true,"cancel_reason":"Formateur indisponible"`
	applied := func(t *testing.T, id string) models.ID {
		t.Helper()
		if _, err := importer.Run(t.Context(), db, models.Operator(), catalogue.KindCourse, strings.NewReader(course(id, "")), importer.Options{}); err != nil {
			t.Fatal(err)
		}
		session, err := catalogue.SessionByExternalID(t.Context(), db.Pool, id+".S")
		if err != nil {
			t.Fatal(err)
		}
		me := w.SignedIn()
		var a application.Application
		w.InTx(func(ctx context.Context, tx models.Tx) (err error) {
			a, _, err = application.Begin(ctx, tx, me.Actor, session.ID)
			return err
		})
		return a.ID
	}
	closed := func(t *testing.T, id models.ID) {
		t.Helper()
		if n := w.Count(`SELECT count(*) FROM applications WHERE id = $1 AND state = 'closed'`, id); n != 1 {
			t.Error("the application is open")
		}
		if n := w.Count(`SELECT count(*) FROM mails WHERE kind = 'session_cancelled' AND subject_id = $1`, id); n != 1 {
			t.Errorf("%d mails", n)
		}
		if n := w.Count(`SELECT count(*) FROM events WHERE subject_id = $1 AND reason = 'Formateur indisponible'`, id); n != 1 {
			t.Errorf("the reason stands %d times in the journal", n)
		}
	}
	t.Run("P18.12 the console closes the applications with the reason and a mail", func(t *testing.T) {
		id := applied(t, "K.1")
		at := sendCatalogue(t, admin, "annule.ndjson", course("K.1", cancelled)).Location
		run := uuid.MustParse(strings.TrimPrefix(at, paths.Imports()+"/"))
		for _, step := range []string{"/repetition", "/import"} {
			if page := admin.Get(at); step == "/import" && !strings.Contains(page.Text(), "Formateur indisponible") && !strings.Contains(page.Text(), "K.1.S") {
				t.Error("the closing is not told before:", page.Text())
			}
			admin.Follow(at+step, read(admin.Get(at)))
			if err := jobs.ImportFile(t.Context(), jobs.Options{DB: db, Documents: w.Portal.Documents}, run); err != nil {
				t.Fatal(err)
			}
		}
		closed(t, id)
	})
	t.Run("P18.12 an import whose process died after it is followed up by the clock", func(t *testing.T) {
		id := applied(t, "K.2")
		if _, err := importer.Run(t.Context(), db, models.Operator(), catalogue.KindCourse, strings.NewReader(course("K.2", cancelled)), importer.Options{}); err != nil {
			t.Fatal(err)
		}
		if err := jobs.Sweep(t.Context(), jobs.Options{DB: db, Documents: w.Portal.Documents}); err != nil {
			t.Fatal(err)
		}
		closed(t, id)
	})
}
