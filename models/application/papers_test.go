package application_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/models/modelstest"
)

func wants(t *testing.T, err error, kind models.Kind, key string) {
	t.Helper()
	var e *models.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Key != key {
		t.Errorf("error %v, want kind %d key %s", err, kind, key)
	}
}

func TestPapers(t *testing.T) {
	t.Parallel()
	t.Run("P6.2 a dossier copies its list when it begins, and a later change touches only later ones", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.exec(`UPDATE requirement_lists SET specs = '[]'`)
		p := w.papers()
		if len(p.Requirements) != 4 || p.Requirements[0].Spec.Key != "cv" || !p.Requirements[0].Open {
			t.Fatalf("%+v", p.Requirements)
		}
		if got := whys(p.Missing); got != "cv:missing identite:missing langue:missing " {
			t.Error(got)
		}
	})
	t.Run("P6.2 it is sent only when all that is required is there, and says what is missing", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.fill(w.by, w.id)
		w.deposit("cv", 1, "cv")
		w.deposit("identite", 1, "recto")
		w.upload("langue", 1, "langue")
		_, err := w.submit(w.by, w.id, w.recap(w.by, w.id))
		wants(t, err, models.KindInvalid, "application.papers_missing")
		var e *models.Error
		if errors.As(err, &e) {
			if got := whys(e.Data.(application.Papers).Missing); got != "identite:places langue:checking " {
				t.Error(got)
			}
		}
		w.deposit("identite", 2, "verso")
		w.tx(func(ctx context.Context, tx models.Tx) error {
			return modelstest.Accept(ctx, tx, w.slot("langue").Documents[0].File.ID)
		})
		r, err := w.submit(w.by, w.id, w.recap(w.by, w.id))
		if err != nil {
			t.Fatal(err)
		}
		var pieces []dossier.Piece
		w.tx(func(ctx context.Context, tx models.Tx) error {
			s, err := application.FirstSubmissionOf(ctx, tx, r.Application)
			if err != nil {
				return err
			}
			pieces, err = s.Pieces(ctx, tx, r.Application)
			return err
		})
		if len(pieces) != 4 || pieces[0].Requirement.Key != "cv" || pieces[2].Document.Place != 2 || pieces[0].Document.File.SHA256 == [32]byte{} {
			t.Errorf("%d pieces: %+v", len(pieces), pieces)
		}
	})
	t.Run("P6.2 not concerned counts as given, where it is offered", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		exempt := func(key string, on bool) error {
			r := w.slot(key)
			return w.try(func(ctx context.Context, tx models.Tx) error {
				return application.SetNotApplicable(ctx, tx, w.by, w.id, r.ID, on)
			})
		}
		wants(t, exempt("cv", true), models.KindInvalid, "document.not_exemptible")
		if err := exempt("langue", true); err != nil || whys(w.papers().Missing) != "cv:missing identite:missing " {
			t.Error(err, whys(w.papers().Missing))
		}
		w.deposit("langue", 1, "finalement")
		if w.slot("langue").NotApplicable != nil {
			t.Error("a deposit says that the person is concerned")
		}
	})
	t.Run("P7.2 a replacement keeps the version before it in the history", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		first, second := w.deposit("cv", 1, "un"), w.deposit("cv", 1, "deux")
		r := w.slot("cv")
		if len(r.Documents) != 1 || r.Documents[0].ID != second.ID || len(r.History) != 1 || r.History[0].ID != first.ID || second.Version != 2 {
			t.Errorf("%+v", r)
		}
	})
	t.Run("P7.2 of two uploads to one place the newest stands, whichever was inspected first", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		first, second := w.upload("cv", 1, "un"), w.upload("cv", 1, "deux")
		w.tx(func(ctx context.Context, tx models.Tx) error { return modelstest.Accept(ctx, tx, second.File.ID) })
		w.tx(func(ctx context.Context, tx models.Tx) error { return modelstest.Accept(ctx, tx, first.File.ID) })
		r := w.slot("cv")
		if len(r.Live()) != 1 || r.Live()[0].ID != second.ID || len(r.History) != 1 || r.History[0].State != dossier.Replaced {
			t.Errorf("%+v", r)
		}
	})
	t.Run("P7.3 a refused file leaves the version before it in force", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		first, bad := w.deposit("cv", 1, "un"), w.upload("cv", 1, "deux")
		for range 2 { // told twice, it changes nothing
			w.tx(func(ctx context.Context, tx models.Tx) error {
				return dossier.Inspected(ctx, tx, bad.File.ID, dossier.Findings{Verdict: "refuse", Reason: "password"})
			})
		}
		r := w.slot("cv")
		if len(r.Live()) != 1 || r.Live()[0].ID != first.ID || !r.Filled() {
			t.Errorf("%+v", r)
		}
	})
	t.Run("P7.3 found infected after it was in force: refused, the earlier one does not come back, one mail", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		d := w.slot("cv").Documents[0]
		for range 2 {
			w.tx(func(ctx context.Context, tx models.Tx) error {
				return dossier.Scanned(ctx, tx, d.File.ID, dossier.ScanInfected, "Eicar-Signature")
			})
		}
		r := w.slot("cv")
		if len(r.Live()) != 0 || r.At(1).State != dossier.Refused || r.At(1).File.Reason != dossier.ReasonInfected {
			t.Errorf("%+v", r.Documents)
		}
		if n := w.count(`SELECT count(*) FROM mails WHERE kind = 'piece_infected'`); n != 1 {
			t.Errorf("%d mails", n)
		}
		seen := w.review(w.helene)
		if got := seen.Requirements[0].Documents; len(got) != 1 || got[0].State != dossier.Refused {
			t.Errorf("the officer sees %+v", got)
		}
		wants(t, w.read(w.helene, d.ID, dossier.ReadInline), models.KindNotFound, "document.not_found")
	})
	t.Run("P7.1 too large, empty or at no place is refused before the first byte", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		begin := func(in dossier.UploadInput) error {
			r := w.slot("langue")
			return w.try(func(ctx context.Context, tx models.Tx) error {
				_, _, err := application.BeginUpload(ctx, tx, w.by, w.id, r.ID, in, modelstest.Wrap)
				return err
			})
		}
		wants(t, begin(dossier.UploadInput{Place: 1, Length: 5 << 30}), models.KindTooLarge, "document.too_large")
		wants(t, begin(dossier.UploadInput{Place: 1}), models.KindInvalid, "document.empty")
		wants(t, begin(dossier.UploadInput{Place: 2, Length: 1}), models.KindInvalid, "document.no_such_place")
	})
	t.Run("P7.2 finished twice gives one document and one job", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		d := w.upload("cv", 1, "un")
		w.tx(func(ctx context.Context, tx models.Tx) error {
			again, err := application.FinishUpload(ctx, tx, w.by, d.File.ID, d.File.SHA256)
			if again.ID != d.ID {
				t.Errorf("%s, want %s", again.ID, d.ID)
			}
			return err
		})
		if n := w.count(`SELECT count(*) FROM river_job WHERE kind = 'inspect_file'`); n != 1 {
			t.Errorf("%d jobs", n)
		}
	})
	t.Run("P7.2 an upload that moved meanwhile is a conflict that says where it stands", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		r := w.slot("cv")
		var u dossier.Upload
		w.tx(func(ctx context.Context, tx models.Tx) (err error) {
			u, _, err = application.BeginUpload(ctx, tx, w.by, w.id, r.ID, dossier.UploadInput{Place: 1, Name: "a.pdf", Length: 10}, modelstest.Wrap)
			if err == nil {
				u, err = application.GrowUpload(ctx, tx, w.by, u.ID, 0, dossier.Segment{Key: "k", Plain: 4}, []byte("h"))
			}
			return err
		})
		err := w.try(func(ctx context.Context, tx models.Tx) error {
			_, err := application.GrowUpload(ctx, tx, w.by, u.ID, 0, dossier.Segment{Key: "l", Plain: 4}, nil)
			return err
		})
		wants(t, err, models.KindConflict, "document.upload_moved")
		if got := w.slot("cv"); len(got.Uploads) != 1 || got.Uploads[0].Received != 4 {
			t.Errorf("%+v", got.Uploads)
		}
		if l := whys(w.papers().Missing); l != "cv:uploading identite:missing langue:missing " {
			t.Error(l)
		}
		other := w.person("Léa", "Petit")
		err = w.try(func(ctx context.Context, tx models.Tx) error {
			_, _, err := application.LockUpload(ctx, tx, other, u.ID)
			return err
		})
		wants(t, err, models.KindNotFound, "document.no_upload")
		w.later(dossier.UploadLasts)
		err = w.try(func(ctx context.Context, tx models.Tx) error {
			_, _, err := application.LockUpload(ctx, tx, w.by, u.ID)
			return err
		})
		wants(t, err, models.KindGone, "document.upload_expired")
		w.tx(func(ctx context.Context, tx models.Tx) error {
			left, n, err := dossier.ExpiredUploads(ctx, tx, 10)
			if n != 1 || len(left) != 1 || left[0].Key != "k" {
				t.Errorf("%d, %+v", n, left)
			}
			return err
		})
	})
	t.Run("P17.8 once sent, nothing can be changed", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		_, err := w.tryDeposit("cv", 1, "autre")
		wants(t, err, models.KindConflict, "document.closed")
		err = w.try(func(ctx context.Context, tx models.Tx) error {
			return application.RemoveDocument(ctx, tx, w.by, w.slot("cv").Documents[0].ID)
		})
		wants(t, err, models.KindConflict, "document.closed")
		for _, r := range w.papers().Requirements {
			if r.Open {
				t.Errorf("%s is open", r.Spec.Key)
			}
		}
	})
}

func TestOpenDocument(t *testing.T) {
	t.Parallel()
	t.Run("P7.4 the owner always, an officer in scope once it was sent, nobody else", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		kept := w.deposit("cv", 1, "ancien")
		d := w.deposit("cv", 1, "cv")
		wants(t, w.read(w.helene, d.ID, dossier.ReadInline), models.KindNotFound, "document.not_found")
		w.underReview2()
		stranger := w.person("Léa", "Petit")
		elsewhere := w.officer("Paul", "Noir", models.Grant{Role: models.RoleOfficer, Kind: models.ScopeCourse, Scope: w.newCourse("bib-9", w.theme)})
		for _, who := range []models.Actor{stranger, elsewhere, browser(1)} {
			wants(t, w.read(who, d.ID, dossier.ReadDownload), models.KindNotFound, "document.not_found")
		}
		if err := w.read(w.by, kept.ID, dossier.ReadInline); err != nil {
			t.Error("owner:", err)
		}
		wants(t, w.read(w.helene, kept.ID, dossier.ReadInline), models.KindNotFound, "document.not_found")
		for _, wait := range []time.Duration{time.Second, 2 * time.Minute, time.Hour} { // two pages of one sitting, then another
			w.later(wait)
			if err := w.read(w.helene, d.ID, dossier.ReadInline); err != nil {
				t.Fatal(err)
			}
		}
		w.review(w.helene)
		w.tx(func(ctx context.Context, tx models.Tx) error {
			list, err := application.Consultations(ctx, tx, w.by, w.id)
			if err != nil || len(list) != 2 || list[0].Reading != dossier.ReadDossier && list[1].Reading != dossier.ReadDossier {
				t.Fatalf("P17.21 %+v, %v", list, err)
			}
			for _, c := range list {
				if c.Reading == dossier.ReadInline && (c.Times != 2 || c.ByName != "Hélène Roussel" || c.Piece.FR != "Curriculum vitæ") {
					t.Errorf("P17.21 %+v", c)
				}
			}
			_, err = application.Consultations(ctx, tx, stranger, w.id)
			wants(t, err, models.KindNotFound, "application.not_found")
			return nil
		})
		if !w.review(w.helene).Seen[d.ID] || w.review(w.yanis).Seen[d.ID] {
			t.Error("seen by the wrong officer")
		}
	})
	t.Run("P7.3 what the antivirus has not answered about stays closed to others", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		d := w.slot("cv").Documents[0]
		w.exec(`UPDATE files SET scan = 'pending' WHERE id = $1`, d.File.ID)
		wants(t, w.read(w.helene, d.ID, dossier.ReadInline), models.KindNotFound, "document.not_found")
		if err := w.read(w.by, d.ID, dossier.ReadInline); err != nil {
			t.Error(err)
		}
		_, err := w.tryVerdict(w.helene, d.ID, application.VerdictInput{Kind: dossier.Valid})
		wants(t, err, models.KindConflict, "desk.document_unsafe")
	})
}

// underReview2 is underReview where the documents given so far are kept.
func (w *papersWorld) underReview2() {
	w.t.Helper()
	w.deposit("identite", 1, "recto")
	w.deposit("identite", 2, "verso")
	w.deposit("langue", 1, "langue")
	w.later(time.Hour)
	w.sendApproved()
}

func TestKeys(t *testing.T) {
	t.Parallel()
	t.Run("P12.6 one key per person and class, identity papers apart, and a draft's becomes the person's", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		anon := browser(7)
		a := w.begin(anon)
		p := w.papersOf(anon, a.ID)
		for i, place := range []int{1, 1} {
			w.tx(func(ctx context.Context, tx models.Tx) error {
				_, err := modelstest.Deposit(ctx, tx, anon, a.ID, p.Requirements[i].ID, place, "x")
				return err
			})
		}
		if n := w.count(`SELECT count(*) FROM data_keys WHERE application_id = $1 AND person_id IS NULL`, a.ID); n != 2 {
			t.Errorf("%d keys of the draft", n)
		}
		owner := w.person("Inès", "Robin")
		w.exec(`UPDATE applications SET account_id = $2, person_id = $3, draft_key = NULL WHERE id = $1`, a.ID, owner.Account, owner.Person)
		w.tx(func(ctx context.Context, tx models.Tx) error {
			_, err := modelstest.Deposit(ctx, tx, owner, a.ID, p.Requirements[0].ID, 1, "y")
			return err
		})
		if n := w.count(`SELECT count(*) FROM data_keys WHERE person_id = $1`, owner.Person); n != 3 {
			t.Errorf("%d keys of the person", n)
		}
		w.tx(func(ctx context.Context, tx models.Tx) error {
			ids, err := dossier.DestroyKeys(ctx, tx, models.Portal(), owner.Person)
			if len(ids) != 3 {
				t.Errorf("P12.4 %d keys destroyed", len(ids))
			}
			return err
		})
		if n := w.count(`SELECT count(*) FROM data_keys WHERE person_id = $1 AND wrapped IS NOT NULL`, owner.Person); n != 0 {
			t.Error("P12.4 a key is left")
		}
	})
	t.Run("P12.4 the files of an erased draft are purged and its keys destroyed", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		anon := browser(8)
		a := w.begin(anon)
		r := w.papersOf(anon, a.ID).Requirements[0]
		w.tx(func(ctx context.Context, tx models.Tx) error {
			_, err := modelstest.Deposit(ctx, tx, anon, a.ID, r.ID, 1, "x")
			return err
		})
		w.tx(func(ctx context.Context, tx models.Tx) error { return application.Erase(ctx, tx, anon, a.ID) })
		w.later(2 * time.Hour)
		w.tx(func(ctx context.Context, tx models.Tx) error {
			left, err := dossier.PurgeFiles(ctx, tx, 10)
			if len(left) != 1 {
				t.Errorf("%+v", left)
			}
			return err
		})
		if n := w.count(`SELECT count(*) FROM data_keys WHERE destroyed_at IS NULL`); n != 0 {
			t.Errorf("%d keys left", n)
		}
		if n := w.count(`SELECT count(*) FROM files WHERE purged_at IS NULL OR name <> ''`); n != 0 {
			t.Errorf("%d files left", n)
		}
	})
}
