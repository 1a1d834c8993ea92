package application_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/form"
	"passerelle/models/modelstest"
	"passerelle/models/people"
)

// lastInstant is the end of the civil date some days from today (P18.11).
func lastInstant(db *models.DB, days int) time.Time {
	return models.EndOf(db.Today().AddDate(0, 0, days), db.Zone).Add(-time.Microsecond)
}

func TestBegin(t *testing.T) {
	w := newWorld(t)
	t.Run("P17.3 a browser without account starts a draft", func(t *testing.T) {
		a := w.begin(browser(1))
		if a.State != application.Draft || a.ExpiresAt == nil || !a.ExpiresAt.Equal(lastInstant(w.db, 14)) {
			t.Errorf("draft %+v", a)
		}
	})
	t.Run("P18.6 a second start leads to the first", func(t *testing.T) {
		first := w.begin(browser(2))
		if again := w.begin(browser(2)); again.ID != first.ID {
			t.Error("two drafts of one browser")
		}
		p := w.person("Inès", "Roux")
		mine := w.begin(p)
		if again := w.begin(p); again.ID != mine.ID {
			t.Error("two applications of one person")
		}
	})
	t.Run("P18.1 somebody else's draft is not found", func(t *testing.T) {
		a := w.begin(browser(3))
		for _, by := range []models.Actor{browser(4), w.person("A", "B"), w.helene, {Kind: models.ActorAnonymous}} {
			err := w.try(func(ctx context.Context, tx models.Tx) error {
				_, err := application.Open(ctx, tx, by, a.ID)
				return err
			})
			if models.KindOf(err) != models.KindNotFound {
				t.Errorf("%s: %v", by.Kind, err)
			}
		}
	})
	t.Run("P17.15 a session that cannot be chosen says why", func(t *testing.T) {
		w.exec(`UPDATE sessions SET cancelled_at = $2 WHERE id = $1`, w.session, modelstest.Noon)
		err := w.try(func(ctx context.Context, tx models.Tx) error {
			_, _, err := application.Begin(ctx, tx, browser(5), w.session)
			return err
		})
		var e *models.Error
		if !errors.As(err, &e) || e.Kind != models.KindConflict || e.Key != "session.reason.cancelled" {
			t.Errorf("%v", err)
		}
	})
	t.Run("P5.9 the profile is written in the form and says so", func(t *testing.T) {
		p := w.person("Nadia", "Petit")
		d := w.draft(p, w.begin(p).ID)
		f := d.Result.Field("birth_name")
		if f.Value().First() != "Petit" || f.Source != application.FromProfile {
			t.Errorf("birth name %v from %q", f.Value(), f.Source)
		}
	})
}

func TestSaveStep(t *testing.T) {
	w := newWorld(t)
	t.Run("P5.5 a partial step is kept", func(t *testing.T) {
		by := browser(1)
		a := w.begin(by)
		w.write(by, a.ID, 1, "birth_name", "Martin", "birth_date", "31/02/1988")
		d := w.draft(by, a.ID)
		if got := d.Result.Field("birth_name").Value().First(); got != "Martin" {
			t.Errorf("birth name %q", got)
		}
		if d.Result.Steps[0].State != form.Wrong || d.Application.Step != 1 {
			t.Errorf("step 1 is %s, last step %d", d.Result.Steps[0].State, d.Application.Step)
		}
	})
	t.Run("P13.3 the same field in two tabs shows both values, others merge", func(t *testing.T) {
		by := browser(2)
		a := w.begin(by)
		one, two := w.page(by, a.ID, 1), w.page(by, a.ID, 1)
		one["birth_name"], one["first_name"] = []string{"Martin"}, []string{"Camille"}
		two["birth_name"], two["email"] = []string{"Durand"}, []string{"c@example.org"}
		w.save(by, a.ID, 1, one)
		w.save(by, a.ID, 1, two)
		d := w.draft(by, a.ID)
		if d.Result.Conflicts != 1 || len(d.Registers.Conflict("birth_name")) != 2 {
			t.Fatalf("%d conflicts", d.Result.Conflicts)
		}
		if d.Result.Field("first_name").Value().First() != "Camille" || d.Result.Field("email").Value().First() != "c@example.org" {
			t.Error("a field that one tab alone touched was lost")
		}
		kept := d.Registers.Conflict("birth_name")[1]
		posted := w.page(by, a.ID, 1)
		posted[form.NameKeep] = []string{"birth_name=" + string(kept.ID)}
		w.save(by, a.ID, 1, posted)
		d = w.draft(by, a.ID)
		if d.Result.Conflicts != 0 || d.Result.Field("birth_name").Value().First() != kept.Val.First() {
			t.Errorf("chosen %v, standing %v", kept.Val, d.Registers["birth_name"])
		}
	})
	t.Run("P13.3 a stale tab conflicts on nothing that it did not touch", func(t *testing.T) {
		by := browser(3)
		a := w.begin(by)
		stale := w.page(by, a.ID, 1)
		w.write(by, a.ID, 1, "birth_name", "Martin")
		stale["first_name"] = []string{"Camille"}
		w.save(by, a.ID, 1, stale)
		d := w.draft(by, a.ID)
		if d.Result.Conflicts != 0 || d.Result.Field("birth_name").Value().First() != "Martin" {
			t.Errorf("%d conflicts, birth name %v", d.Result.Conflicts, d.Result.Field("birth_name").Value())
		}
	})
	t.Run("P13.3 a page never conflicts with what it saved itself", func(t *testing.T) {
		by := browser(4)
		a := w.begin(by)
		page := w.page(by, a.ID, 3)
		page[application.NamePage] = []string{"tab-1"}
		for _, v := range []string{"Accueil", "Accueil du public", "", "Accueil"} {
			page["missions"], page["past_courses/r1/title"] = []string{v}, []string{v + " 1"}
			w.save(by, a.ID, 3, page)
		}
		d := w.draft(by, a.ID)
		if d.Result.Conflicts != 0 || d.Registers.Current("missions").First() != "Accueil" || d.Registers.Current("past_courses/r1/title").First() != "Accueil 1" {
			t.Errorf("%d conflicts, %v", d.Result.Conflicts, d.Registers.Current("missions"))
		}
		page["missions"], page[application.NamePage] = []string{"Autre chose"}, []string{"tab-2"}
		w.save(by, a.ID, 3, page)
		if d = w.draft(by, a.ID); d.Result.Conflicts == 0 {
			t.Error("another page with the same old context must conflict")
		}
	})
	t.Run("P5.5 a save held back by the network never undoes a later one of the same page", func(t *testing.T) {
		by := browser(5)
		a := w.begin(by)
		page := w.page(by, a.ID, 1)
		page[application.NamePage] = []string{"tab-1"}
		for _, one := range []struct{ turn, name, first string }{
			{"12", "Martin", "Lucie"}, {"11", "Mar", ""}, {"14", "Martin", "Lucie"}, {"13", "Marti", "Lucie"}, {"14", "Martin", "Lucie"}, {"", "Martin", "Lucie"},
		} {
			page[application.NameTurn], page["birth_name"], page["first_name"] = []string{one.turn}, []string{one.name}, []string{one.first}
			w.save(by, a.ID, 1, page)
			d := w.draft(by, a.ID)
			if d.Result.Conflicts != 0 || d.Registers.Current("birth_name").First() != "Martin" || d.Registers.Current("first_name").First() != "Lucie" {
				t.Fatalf("turn %s: %d conflicts, %v %v", one.turn, d.Result.Conflicts, d.Registers.Current("birth_name"), d.Registers.Current("first_name"))
			}
		}
		page[application.NameTurn], page["birth_name"] = []string{"15"}, []string{"Martin-Mar"}
		w.save(by, a.ID, 1, page)
		if d := w.draft(by, a.ID); d.Registers.Current("birth_name").First() != "Martin-Mar" {
			t.Errorf("a later turn wrote nothing: %v", d.Registers.Current("birth_name"))
		}
		for n := range 40 { // as many showings of the page
			page = w.page(by, a.ID, 1)
			page[application.NamePage], page[application.NameTurn], page["birth_name"] = []string{fmt.Sprint("tab-", n)}, []string{fmt.Sprint(100 + n)}, []string{fmt.Sprint("Martin ", n)}
			w.save(by, a.ID, 1, page)
		}
		if d := w.draft(by, a.ID); d.Registers.Current("birth_name").First() != "Martin 39" {
			t.Errorf("many pages: %v", d.Registers.Current("birth_name"))
		}
	})
	t.Run("P5.5 a row taken away stays away, though a later save of the page came first", func(t *testing.T) {
		by := browser(6)
		a := w.begin(by)
		w.write(by, a.ID, 3, "missions", "Accueil", "past_courses/r1/title", "Anglais")
		page := w.page(by, a.ID, 3)
		page[application.NamePage], page["missions"], page["past_courses/r1/title"] = []string{"tab-1"}, []string{"Accueil du public"}, []string{"Anglais"}
		page[application.NameTurn] = []string{"12"}
		w.save(by, a.ID, 3, page)
		page["missions"], page[form.NameRemove], page[application.NameTurn] = []string{"Acc"}, []string{"past_courses/r1"}, []string{"11"}
		w.save(by, a.ID, 3, page)
		d := w.draft(by, a.ID)
		if d.Registers.Current("missions").First() != "Accueil du public" || len(d.Registers.Rows("past_courses")) != 0 {
			t.Errorf("%v, %v", d.Registers.Current("missions"), d.Registers.Rows("past_courses"))
		}
	})
	t.Run("P5.3 what a condition hides is kept and not submitted", func(t *testing.T) {
		by := w.person("Léa", "Noir")
		a := w.begin(by)
		w.fill(by, a.ID)
		w.write(by, a.ID, 2, "status", "no_employer")
		d := w.draft(by, a.ID)
		if d.Registers.Current("employer_private.name").Empty() {
			t.Error("the hidden answer was dropped")
		}
		r, err := w.submit(by, a.ID, w.recap(by, a.ID))
		if err != nil {
			t.Fatal(err)
		}
		w.tx(func(ctx context.Context, tx models.Tx) error {
			s, err := application.SubmissionOf(ctx, tx, r.Application)
			if s.Value("employer_private.name") != "" {
				t.Error("the hidden answer was submitted")
			}
			return err
		})
	})
	t.Run("a step out of range is not found, garbage changes nothing", func(t *testing.T) {
		by := browser(6)
		a := w.begin(by)
		for _, step := range []int{0, 6, -1, 1 << 30} {
			err := w.try(func(ctx context.Context, tx models.Tx) error {
				_, err := application.SaveStep(ctx, tx, by, a.ID, application.SaveInput{Step: step})
				return err
			})
			if models.KindOf(err) != models.KindNotFound {
				t.Errorf("step %d: %v", step, err)
			}
		}
		s := w.save(by, a.ID, 1, map[string][]string{"_ctx": {"%%%=;;x"}, "nope": {"1"}, "_fv": {"99"}, "first_name": {"Zoé"}})
		if len(s.Unknown) != 1 || len(s.Ops) != 1 {
			t.Errorf("unknown %v, ops %v", s.Unknown, s.Ops)
		}
		forged := "first_name=not-a-uuid,00000000-0000-0000-0000-000000000001~1"
		w.save(by, a.ID, 1, map[string][]string{"_ctx": {forged}, "first_name": {"Zoa"}})
		w.draft(by, a.ID)
	})
	t.Run("P18.1 past its time a draft is gone, and forgotten by the clock", func(t *testing.T) {
		by := browser(7)
		a := w.begin(by)
		w.write(by, a.ID, 1, "birth_name", "Martin")
		end := lastInstant(w.db, 14)
		defer modelstest.Clock(w.db).Set(modelstest.Noon)
		modelstest.Clock(w.db).Set(end.Add(-time.Second)) // P18.11: the date shown counts whole
		w.draft(by, a.ID)
		modelstest.Clock(w.db).Set(end)
		err := w.try(func(ctx context.Context, tx models.Tx) error {
			_, err := application.Open(ctx, tx, by, a.ID)
			return err
		})
		if models.KindOf(err) != models.KindGone {
			t.Errorf("%v", err)
		}
		n, err := application.ExpireDrafts(context.Background(), w.db)
		if err != nil || n == 0 {
			t.Fatalf("%d, %v", n, err)
		}
		if left := w.count(`SELECT count(*) FROM answer_ops WHERE application_id = $1`, a.ID); left != 0 {
			t.Errorf("%d answers left", left)
		}
		if n, err = application.ExpireDrafts(context.Background(), w.db); err != nil || n != 0 {
			t.Errorf("again: %d, %v", n, err)
		}
	})
	t.Run("P18.1 a signed-in person claims a draft of this browser", func(t *testing.T) {
		by := browser(8)
		a := w.begin(by)
		p := w.person("Omar", "Blanc")
		p.DraftKey = by.DraftKey
		w.tx(func(ctx context.Context, tx models.Tx) error {
			_, err := people.ClaimDrafts(ctx, tx, p, a.ID)
			return err
		})
		if d := w.draft(p, a.ID); d.Account != p.Account {
			t.Error("not claimed")
		}
		err := w.try(func(ctx context.Context, tx models.Tx) error {
			_, err := application.Open(ctx, tx, by, a.ID)
			return err
		})
		if models.KindOf(err) != models.KindNotFound {
			t.Errorf("the browser still opens it: %v", err)
		}
	})
	t.Run("P18.1 a draft is erased without being opened", func(t *testing.T) {
		by := browser(9)
		a := w.begin(by)
		w.tx(func(ctx context.Context, tx models.Tx) error { return application.Erase(ctx, tx, by, a.ID) })
		if w.count(`SELECT count(*) FROM applications WHERE id = $1`, a.ID) != 0 {
			t.Error("still there")
		}
	})
	t.Run("P18.11 a claimed draft lasts until the end of a date, across a night when the hour changes", func(t *testing.T) {
		clock := modelstest.Clock(w.db)
		defer clock.Set(modelstest.Noon)
		for _, start := range []string{"2026-10-02T22:30:00Z", "2026-11-28T23:30:00Z"} {
			at, _ := time.Parse(time.RFC3339, start)
			clock.Set(at)
			p := w.person("Aïda", "Nuit")
			a := w.begin(p)
			begun := a.ExpiresAt
			clock.Set(at.Add(24 * time.Hour))
			w.write(p, a.ID, 1, "phone", "0639980417")
			saved := w.draft(p, a.ID).ExpiresAt
			if want := lastInstant(w.db, 90); !saved.Equal(want) || !begun.Equal(models.EndOf(models.Date(at, w.db.Zone).AddDate(0, 0, 90), w.db.Zone).Add(-time.Microsecond)) {
				t.Errorf("%s: begun until %s, saved until %s, want %s", start, begun, saved, want)
			}
		}
	})
	t.Run("P18.1 a claimed draft is announced before it is erased, once", func(t *testing.T) {
		p := w.person("Rose", "Vert")
		a := w.begin(p)
		w.write(p, a.ID, 1, "phone", "0639980417")
		clock := modelstest.Clock(w.db)
		defer clock.Set(modelstest.Noon)
		clock.Set(modelstest.Noon.Add(77 * 24 * time.Hour))
		for range 2 {
			if _, err := application.WarnDrafts(context.Background(), w.db); err != nil {
				t.Fatal(err)
			}
		}
		if n := w.count(`SELECT count(*) FROM mails WHERE kind = 'draft_expiring' AND subject_id = $1`, a.ID); n != 1 {
			t.Errorf("%d mails", n)
		}
	})
}
