package application_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/models/modelstest"
)

func TestVerdict(t *testing.T) {
	t.Parallel()
	t.Run("P9.5 the second of two officers gets a conflict with the first verdict and their own words", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		d := w.slot("cv").Documents[0]
		first, err := w.tryVerdict(w.helene, d.ID, application.VerdictInput{Kind: dossier.Valid})
		if err != nil {
			t.Fatal(err)
		}
		again, err := w.tryVerdict(w.helene, d.ID, application.VerdictInput{Kind: dossier.Valid})
		if err != nil || again.ID != first.ID {
			t.Errorf("sent twice: %v %v", again.ID, err)
		}
		_, err = w.tryVerdict(w.yanis, d.ID, application.VerdictInput{Kind: dossier.Rejected, Message: "Pas le bon CV"})
		wants(t, err, models.KindConflict, "desk.verdict_changed")
		var e *models.Error
		if errors.As(err, &e) {
			c := e.Data.(application.VerdictConflict)
			if c.Verdict == nil || c.Verdict.ByName != "Hélène Roussel" || c.Typed.Message != "Pas le bon CV" {
				t.Errorf("%+v", c)
			}
		}
		if _, err = w.tryVerdict(w.yanis, d.ID, application.VerdictInput{Kind: dossier.Rejected, Message: "Pas le bon CV", SeenVerdict: first.ID}); err != nil {
			t.Error("knowing the first one:", err)
		}
		if n := w.count(`SELECT count(*) FROM verdicts WHERE document_id = $1 AND superseded_at IS NULL`, d.ID); n != 1 {
			t.Errorf("%d verdicts in force", n)
		}
	})
	t.Run("P9.5 two officers at the very same time: one verdict, one conflict", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		d := w.slot("cv").Documents[0]
		var wait sync.WaitGroup
		errs := make([]error, 2)
		for i, by := range []models.Actor{w.helene, w.yanis} {
			wait.Go(func() {
				_, errs[i] = w.tryVerdict(by, d.ID, application.VerdictInput{Kind: dossier.Rejected, Reason: by.Name})
			})
		}
		wait.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatal(errs)
		}
		wants(t, cmpErr(errs), models.KindConflict, "desk.verdict_changed")
	})
	t.Run("P7.6 a refusal says why, a date is readable and to come", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		d := w.slot("identite").Documents[0]
		for field, in := range map[string]application.VerdictInput{
			"motif":   {Kind: dossier.Rejected},
			"avis":    {Kind: "perhaps"},
			"valable": {Kind: dossier.Valid, ValidUntil: "2020-01-01"},
			"message": {Kind: dossier.ToComplete, Message: strings.Repeat("a", 2001)},
		} {
			_, err := w.tryVerdict(w.helene, d.ID, in)
			var e *models.Error
			if !errors.As(err, &e) || e.Kind != models.KindInvalid || e.Fields[0].Field != field {
				t.Errorf("%s: %v", field, err)
			}
		}
	})
	t.Run("P17.9 a valid document lasts until its end date, or for the months of its rule", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		v, err := w.tryVerdict(w.helene, w.slot("identite").Documents[0].ID, application.VerdictInput{Kind: dossier.Valid, ValidUntil: "2031-05-06"})
		if err != nil || v.ValidUntil.Format(time.DateOnly) != "2031-05-06" {
			t.Error(v, err)
		}
		v, err = w.tryVerdict(w.helene, w.slot("langue").Documents[0].ID, application.VerdictInput{Kind: dossier.Valid})
		if err != nil || v.ValidUntil.Format(time.DateOnly) != "2028-11-22" {
			t.Error(v, err)
		}
	})
	t.Run("P2.5 outside the scope, or of one's own application, nothing can be said", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		d := w.slot("cv").Documents[0]
		elsewhere := w.officer("Paul", "Noir", models.Grant{Role: models.RoleOfficer, Kind: models.ScopeCourse, Scope: w.newCourse("bib-9", w.theme)})
		_, err := w.tryVerdict(elsewhere, d.ID, application.VerdictInput{Kind: dossier.Valid})
		wants(t, err, models.KindNotFound, "document.not_found")
		own := w.by
		own.Grants = []models.Grant{{Role: models.RoleOfficer, Kind: models.ScopePortal}}
		_, err = w.tryVerdict(own, d.ID, application.VerdictInput{Kind: dossier.Valid})
		wants(t, err, models.KindConflict, "desk.own_application")
	})
	t.Run("P7.6 an officer takes a verdict back, as they saw it", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		d := w.slot("cv").Documents[0]
		v := w.verdict(d.ID, dossier.Valid)
		undo := func(seen models.ID) error {
			return w.try(func(ctx context.Context, tx models.Tx) error {
				return application.UndoVerdict(ctx, tx, w.yanis, d.ID, seen)
			})
		}
		wants(t, undo(models.ID{}), models.KindConflict, "desk.verdict_changed")
		if err := undo(v.ID); err != nil || w.review(w.helene).Requirements[0].Documents[0].Verdict != nil {
			t.Error(err)
		}
	})
	t.Run("P17.7 remarks are pinned, numbered, changed by their author alone; hidden ones stay at the desk", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		d := w.slot("cv").Documents[0]
		add := func(body string, page int, visible bool) (m dossier.Remark, err error) {
			err = w.try(func(ctx context.Context, tx models.Tx) (err error) {
				m, err = application.AddRemark(ctx, tx, w.helene, d.ID, application.RemarkInput{Page: page, X: 0.5, Y: 0.25, Body: body, Visible: visible})
				return err
			})
			w.later(time.Second)
			return m, err
		}
		first, err := add("Tampon illisible", 2, true)
		if err != nil || first.Number != 1 || first.ByName != "Hélène Roussel" {
			t.Fatal(first, err)
		}
		_, err = add("Page absente", 3, true)
		wants(t, err, models.KindInvalid, "desk.remark_invalid")
		if second, err := add("Entre nous", 1, false); err != nil || second.Number != 2 {
			t.Error(second, err)
		}
		err = w.try(func(ctx context.Context, tx models.Tx) error {
			_, err := application.ChangeRemark(ctx, tx, w.yanis, first.ID, application.RemarkInput{Page: 1, Body: "autre"})
			return err
		})
		wants(t, err, models.KindConflict, "desk.not_your_remark")
		if got := w.slot("cv").Documents[0].Remarks; len(got) != 0 {
			t.Errorf("told before anything was asked: %+v", got)
		}
		w.verdict(d.ID, dossier.ToComplete)
		w.ask(nil, "langue")
		if got := w.slot("cv").Documents[0]; len(got.Remarks) != 1 || got.Remarks[0].Body != "Tampon illisible" || got.Verdict == nil {
			t.Errorf("%+v", got)
		}
		if got := w.review(w.yanis).Requirements[0].Documents[0].Remarks; len(got) != 2 {
			t.Errorf("%+v", got)
		}
		w.tx(func(ctx context.Context, tx models.Tx) error {
			return application.RemoveRemark(ctx, tx, w.helene, first.ID)
		})
		if got := w.review(w.yanis).Requirements[0].Documents[0].Remarks; len(got) != 1 || got[0].Number != 2 {
			t.Errorf("%+v", got)
		}
	})
	t.Run("P9.2 the answers that matter for a piece stand beside it, with what was noted", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		r := w.review(w.helene)
		if len(r.Declared["cv"]) != 1 || r.Declared["cv"][0].Key != "job_title" || r.Declared["cv"][0].Lines[0].FR != "Bibliothécaire" {
			t.Fatalf("%+v", r.Declared)
		}
		agrees := false
		w.tx(func(ctx context.Context, tx models.Tx) error {
			return application.SetMatch(ctx, tx, w.helene, r.Requirements[0].Documents[0].ID, "job_title", &agrees)
		})
		if got := w.review(w.yanis).Declared["cv"][0].Agrees; got == nil || *got {
			t.Error(got)
		}
	})
}

// cmpErr is the refusal of two attempts of which one succeeded.
func cmpErr(errs []error) error {
	if errs[0] != nil {
		return errs[0]
	}
	return errs[1]
}

func TestInformation(t *testing.T) {
	t.Parallel()
	t.Run("P9.3 one mail; just what is asked is open; the rest is locked", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		r := w.ask([]string{"job_title"}, "cv")
		if r.DueOn.Format(time.DateOnly) != "2026-12-22" || w.load(w.id).State != application.InformationRequested {
			t.Error(r.DueOn, w.load(w.id).State)
		}
		if n := w.count(`SELECT count(*) FROM mails WHERE kind = 'information_asked'`); n != 1 {
			t.Errorf("%d mails", n)
		}
		for _, s := range w.papers().Requirements {
			if s.Open != (s.Spec.Key == "cv") {
				t.Errorf("%s open %v", s.Spec.Key, s.Open)
			}
		}
		_, err := w.tryDeposit("langue", 1, "autre")
		wants(t, err, models.KindConflict, "document.locked")
	})
	t.Run("P9.3 what is asked is checked, and an application that moved on is a conflict with the words typed", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		v := w.load(w.id).Version
		cv := w.slot("cv").ID
		for field, in := range map[string]application.RequestInput{
			"message": {Requirements: []models.ID{cv}},
			"demande": {Message: "a"},
			"date":    {Message: "a", Requirements: []models.ID{cv}, DueOn: "2026-11-22"},
		} {
			in.Version = v
			_, err := w.tryAsk(w.helene, in)
			var e *models.Error
			if !errors.As(err, &e) || e.Kind != models.KindInvalid || len(e.Fields) != 1 || e.Fields[0].Field != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		_, err := w.tryAsk(w.helene, application.RequestInput{Message: "a", Fields: []string{"nothing"}, Version: v})
		wants(t, err, models.KindInvalid, "desk.request_invalid")
		in := application.RequestInput{Message: "Votre CV", Requirements: []models.ID{cv}, Version: v}
		first, err := w.tryAsk(w.helene, in)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := w.tryAsk(w.helene, in); err != nil || again.ID != first.ID {
			t.Error("sent twice:", err)
		}
		in.Message = "Autre chose"
		_, err = w.tryAsk(w.yanis, in)
		wants(t, err, models.KindConflict, "desk.moved_on")
		var e *models.Error
		if errors.As(err, &e) && e.Data.(application.RequestConflict).Typed.Message != "Autre chose" {
			t.Errorf("%+v", e.Data)
		}
	})
	t.Run("P9.3 reminded once, a week before; unanswered, it closes with a mail", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		w.ask(nil, "cv")
		sweep := func(fn func(context.Context, *models.DB) (int, error)) int {
			n, err := fn(context.Background(), w.db)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		w.today("2026-12-14")
		if n := sweep(application.RemindInformation); n != 0 {
			t.Errorf("%d reminded too early", n)
		}
		w.today("2026-12-15")
		if n := sweep(application.RemindInformation) + sweep(application.RemindInformation); n != 1 {
			t.Errorf("%d reminded", n)
		}
		w.today("2026-12-22")
		if n := sweep(application.CloseInformation); n != 0 {
			t.Errorf("%d closed on the last day", n)
		}
		w.today("2026-12-23")
		if n := sweep(application.CloseInformation) + sweep(application.CloseInformation); n != 1 {
			t.Errorf("%d closed", n)
		}
		if a := w.load(w.id); a.State != application.Closed || a.ClosingCause != "information_unanswered" {
			t.Errorf("%s %s", a.State, a.ClosingCause)
		}
		if n := w.count(`SELECT count(*) FROM mails WHERE kind IN ('information_reminder', 'information_closed')`); n != 2 {
			t.Errorf("%d mails", n)
		}
		if n := w.count(`SELECT count(*) FROM information_requests WHERE closed_at IS NULL`); n != 0 {
			t.Error("a request is still open")
		}
	})
	t.Run("P9.3 withdrawing ends what was asked", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		w.ask(nil, "cv")
		w.tx(func(ctx context.Context, tx models.Tx) error {
			_, err := application.Withdraw(ctx, tx, w.by, w.id, "")
			return err
		})
		if n := w.count(`SELECT count(*) FROM information_requests WHERE closed_at IS NULL`); n != 0 {
			t.Error("a request is still open")
		}
	})
}

func TestRetransmit(t *testing.T) {
	t.Parallel()
	t.Run("P17.8 replaced and sent again: only that is shown as changed, other verdicts stand, what was first sent never changes", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		before := w.sent()
		cv, langue := w.slot("cv").Documents[0], w.slot("langue").Documents[0]
		w.verdict(cv.ID, dossier.Rejected)
		kept := w.verdict(langue.ID, dossier.Valid)
		w.ask(nil, "cv")
		_, err := w.retransmit(nil)
		wants(t, err, models.KindInvalid, "application.correction_incomplete")
		if got := whys(w.papers().Missing); got != "cv:asked " {
			t.Error(got)
		}
		fresh := w.deposit("cv", 1, "nouveau cv")
		if r, err := w.retransmit(nil); err != nil || r.State != application.UnderReview || r.Again {
			t.Fatal(r, err)
		}
		_, err = w.tryVerdict(w.helene, cv.ID, application.VerdictInput{Kind: dossier.Valid, SeenVerdict: cv.ID})
		wants(t, err, models.KindConflict, "desk.document_replaced")
		var e *models.Error
		if errors.As(err, &e) && e.Data.(application.VerdictConflict).Live.ID != fresh.ID {
			t.Errorf("P9.5 %+v", e.Data)
		}
		if r, err := w.retransmit(nil); err != nil || !r.Again {
			t.Error("pressed twice:", err)
		}
		r := w.review(w.helene)
		if len(r.Changed) != 1 || !r.Changed[w.slot("cv").ID] {
			t.Errorf("changed %+v", r.Changed)
		}
		for _, q := range r.Requirements {
			for _, d := range q.Documents {
				switch {
				case d.ID == fresh.ID && d.Verdict != nil:
					t.Error("a new version has a verdict")
				case d.ID == langue.ID && (d.Verdict == nil || d.Verdict.ID != kept.ID):
					t.Error("an untouched verdict fell")
				}
			}
		}
		if got := w.sent(); !slices.Equal(got.Documents, before.Documents) || !slices.Equal(got.Sum, before.Sum) {
			t.Error("what was first sent changed")
		}
		if n := w.count(`SELECT count(*) FROM mails WHERE kind = 'correction_receipt'`); n != 1 {
			t.Errorf("%d receipts", n)
		}
	})
	t.Run("P17.8 just the questions asked can be changed, with those that follow from them", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		w.ask([]string{"job_title"})
		c := w.correction()
		if !slices.Contains(c.Fields, "job_title") || slices.Contains(c.Fields, "first_name") {
			t.Errorf("%v", c.Fields)
		}
		posted := map[string][]string{"_ctx": {c.Answers.Registers.See("job_title", "first_name").String()},
			"job_title": {"Directrice"}, "first_name": {"Autre"}}
		if r, err := w.retransmit(posted); err != nil || r.ApplicantName != "Camille Martin" {
			t.Fatal(r.ApplicantName, err)
		}
		w.tx(func(ctx context.Context, tx models.Tx) error {
			now, err := application.SubmissionOf(ctx, tx, w.load(w.id))
			if now.Value("job_title") != "Directrice" || now.Value("first_name") != "Camille" || !now.Corrected {
				t.Errorf("%+v", now)
			}
			return err
		})
		if w.sent().Value("job_title") != "Bibliothécaire" {
			t.Error("what was first sent changed")
		}
		r := w.review(w.helene)
		if !slices.Equal(r.Request.ChangedFields, []string{"job_title"}) || len(r.Request.Changed) != 0 || r.Answers.Value("job_title") != "Directrice" {
			t.Errorf("%+v", r.Request)
		}
	})
	t.Run("P17.8 an answer emptied is refused, and the words typed are kept", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		w.ask([]string{"job_title"})
		c := w.correction()
		_, err := w.retransmit(map[string][]string{"_ctx": {c.Answers.Registers.See("job_title").String()}, "job_title": {""}})
		wants(t, err, models.KindInvalid, "application.correction_incomplete")
		var e *models.Error
		if errors.As(err, &e) {
			if wrong := e.Data.(application.Correction).Wrong(); len(wrong) != 1 || wrong[0].Key != "job_title" {
				t.Errorf("%+v", wrong)
			}
		}
	})
	t.Run("P17.8 nothing asked, nothing to send again", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		_, err := w.retransmit(nil)
		wants(t, err, models.KindConflict, "application.nothing_asked")
	})
}

func (w *papersWorld) correction() (c application.Correction) {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx models.Tx) (err error) {
		c, err = application.OpenCorrection(ctx, tx, w.by, w.id)
		return err
	})
	return c
}

func (w *papersWorld) sent() (s application.Submission) {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx models.Tx) (err error) {
		s, err = application.FirstSubmissionOf(ctx, tx, w.load(w.id))
		return err
	})
	return s
}

func TestReuse(t *testing.T) {
	t.Parallel()
	w := newPapers(t)
	w.underReview()
	cv, id := w.slot("cv").Documents[0], w.slot("identite").Documents[0]
	w.verdict(cv.ID, dossier.Valid)
	if _, err := w.tryVerdict(w.helene, id.ID, application.VerdictInput{Kind: dossier.Valid, ValidUntil: "2026-11-30"}); err != nil {
		t.Fatal(err)
	}
	t.Run("P17.9 validated is a word that waits until it is told, in the vault and in its reminder", func(t *testing.T) {
		w.tx(func(ctx context.Context, tx models.Tx) error {
			kept, err := application.MyDocuments(ctx, tx, w.by)
			for _, k := range kept {
				if k.Validated() || !k.ValidUntil.IsZero() {
					t.Errorf("%+v", k)
				}
			}
			return err
		})
		if n, err := application.WarnExpiring(context.Background(), w.db); n != 0 || err != nil {
			t.Error(n, err)
		}
	})
	w.ask(nil, "langue")
	next := w.newSession(w.newCourse("bib-2", w.theme), 10, "2027-03-01")
	w.exec(`UPDATE sessions SET requirement_list_id = (SELECT id FROM requirement_lists) WHERE id = $1`, next)
	var second application.Application
	w.tx(func(ctx context.Context, tx models.Tx) (err error) {
		second, _, err = application.Begin(ctx, tx, w.by, next)
		return err
	})
	p := w.papersOf(w.by, second.ID)
	t.Run("P7.5 the next dossier offers what was given, with its validity and who validated it", func(t *testing.T) {
		offers := p.Reusable[p.Requirements[0].ID]
		if len(offers) != 1 || offers[0].Document.ID != cv.ID || !offers[0].Fits || !offers[0].Validated() || offers[0].Document.Verdict.ByName != "Hélène Roussel" {
			t.Fatalf("%+v", offers)
		}
		if got := p.Reusable[p.Requirements[1].ID]; len(got) != 2 || got[0].ValidUntil.Format(time.DateOnly) != "2026-11-30" {
			t.Errorf("%+v", got)
		}
	})
	reuse := func(by models.Actor, requirement models.ID, document models.ID) (d dossier.Document, err error) {
		err = w.try(func(ctx context.Context, tx models.Tx) (err error) {
			d, err = application.Reuse(ctx, tx, by, second.ID, requirement, 1, document)
			return err
		})
		return d, err
	}
	t.Run("P7.5 taken again it is the same file, without a verdict", func(t *testing.T) {
		d, err := reuse(w.by, p.Requirements[0].ID, cv.ID)
		if err != nil || d.File.ID != cv.File.ID || d.ReusedFrom != cv.ID || d.State != dossier.Live || d.Verdict != nil {
			t.Fatalf("%+v, %v", d, err)
		}
		if got := w.papersOf(w.by, second.ID); len(got.Reusable[p.Requirements[0].ID]) != 0 {
			t.Error("offered again where it already stands")
		}
		w.tx(func(ctx context.Context, tx models.Tx) error {
			kept, err := application.MyDocuments(ctx, tx, w.by)
			if err != nil || len(kept) != 4 || len(kept[0].UsedIn) != 2 && len(kept[1].UsedIn) != 2 {
				t.Errorf("%+v, %v", kept, err)
			}
			return nil
		})
	})
	t.Run("P7.5 not for another kind, nor someone else's", func(t *testing.T) {
		_, err := reuse(w.by, p.Requirements[2].ID, cv.ID)
		wants(t, err, models.KindInvalid, "document.not_reusable")
		other := w.person("Léa", "Petit")
		_, err = reuse(other, p.Requirements[0].ID, cv.ID)
		wants(t, err, models.KindNotFound, "application.not_found")
	})
	t.Run("P7.5 its owner is reminded once before its date", func(t *testing.T) {
		n := 0
		for range 2 {
			done, err := application.WarnExpiring(context.Background(), w.db)
			if err != nil {
				t.Fatal(err)
			}
			n += done
		}
		if mails := w.count(`SELECT count(*) FROM mails WHERE kind = 'piece_expiring'`); n != 1 || mails != 1 {
			t.Errorf("%d reminders, %d mails", n, mails)
		}
	})
	t.Run("P17.9 expired, it is shown as such and cannot be taken", func(t *testing.T) {
		w.today("2026-12-01")
		p := w.papersOf(w.by, second.ID)
		offers := p.Reusable[p.Requirements[1].ID]
		if len(offers) != 2 || !offers[1].Expired || offers[0].Expired {
			t.Fatalf("%+v", offers)
		}
		_, err := reuse(w.by, p.Requirements[1].ID, id.ID)
		wants(t, err, models.KindInvalid, "document.expired")
	})
}

func TestUploadRace(t *testing.T) {
	t.Parallel()
	t.Run("P7.2 two uploads that finish at once give two versions, one in force", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		r := w.slot("cv")
		var wait sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			wait.Go(func() {
				errs[i] = w.try(func(ctx context.Context, tx models.Tx) error {
					_, err := modelstest.Deposit(ctx, tx, w.by, w.id, r.ID, 1, fmt.Sprint("cv", i))
					return err
				})
			})
		}
		wait.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		got := w.slot("cv")
		if len(got.Live()) != 1 || got.Live()[0].Version != 4 || len(got.History) != 3 {
			t.Errorf("%+v", got)
		}
	})
	t.Run("P9.5 a verdict against the replacement of what is asked is refused", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.underReview()
		w.ask(nil, "cv")
		d := w.slot("cv")
		old := d.Documents[0]
		var wait sync.WaitGroup
		var given, deposited error
		wait.Go(func() { _, given = w.tryVerdict(w.helene, old.ID, application.VerdictInput{Kind: dossier.Valid}) })
		wait.Go(func() {
			deposited = w.try(func(ctx context.Context, tx models.Tx) error {
				_, err := modelstest.Deposit(ctx, tx, w.by, w.id, d.ID, 1, "neuf")
				return err
			})
		})
		wait.Wait()
		if deposited != nil {
			t.Fatal(deposited)
		}
		wants(t, given, models.KindConflict, "desk.document_asked")
		if got := w.slot("cv").Live()[0]; got.ID == old.ID || got.Verdict != nil {
			t.Errorf("%+v", got)
		}
	})
}
