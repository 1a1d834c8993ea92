package application_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/modelstest"
	"passerelle/models/people"
)

func (w *deskWorld) assign(by models.Actor, id, to models.ID) error {
	return w.try(func(ctx context.Context, tx models.Tx) error {
		_, err := application.Assign(ctx, tx, by, id, to)
		return err
	})
}

func (w *deskWorld) delegate(by models.Actor, to models.ID, first, last string) (d application.Delegation, err error) {
	err = w.try(func(ctx context.Context, tx models.Tx) (err error) {
		d, err = application.Delegate(ctx, tx, by, application.DelegationInput{To: to, First: first, Last: last})
		return err
	})
	return d, err
}

// stored writes the grants of an officer where a sign-in reads them.
func (w *deskWorld) stored(by models.Actor) models.Actor {
	w.t.Helper()
	for _, g := range by.Grants {
		w.exec(`INSERT INTO grants (account_id, role, scope_kind, scope_id, granted_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
			by.Account, string(g.Role), string(g.Kind), g.Scope, modelstest.Noon)
	}
	return by
}

// now is an officer as their rights stand now.
func (w *deskWorld) now(by models.Actor) (a models.Actor) {
	w.t.Helper()
	w.do(func(ctx context.Context, tx models.Tx) (err error) {
		a, err = people.OnBehalf(ctx, tx, by.Account)
		return err
	})
	return a
}

func scope(kind models.ScopeKind, id models.ID) models.Grant {
	return models.Grant{Role: models.RoleOfficer, Kind: kind, Scope: id}
}

func TestAssign(t *testing.T) {
	t.Parallel()
	w := newDesk(t, 10)
	w.stored(w.helene)
	w.stored(w.yanis)
	local := w.stored(w.officer("Rita", "Local", scope(models.ScopeTheme, w.theme)))
	elsewhere := w.stored(w.officer("Paul", "Noir", scope(models.ScopeCourse, w.newCourse("bib-9", w.theme))))
	id, applicant := w.underReview(w.session)
	other, _ := w.underReview(w.session)

	t.Run("P9.6 an application is confided to an officer of its scope, once", func(t *testing.T) {
		for range 2 {
			if err := w.assign(w.helene, id, local.Account); err != nil {
				t.Fatal(err)
			}
		}
		if a := w.load(id); a.Officer != local.Account || a.Version != 1 {
			t.Errorf("%+v", a)
		}
		if n := w.count(`SELECT count(*) FROM events WHERE subject_id = $1 AND kind = 'application.assigned'`, id); n != 1 {
			t.Errorf("%d events", n)
		}
	})
	t.Run("P2.5 it gives no right: nobody out of the scope receives it or gives it", func(t *testing.T) {
		for _, to := range []models.ID{elsewhere.Account, applicant.Account, w.db.NewID()} {
			wantsField(t, w.assign(w.helene, id, to), "gestionnaire", "desk.assign_out_of_scope")
		}
		wants(t, w.assign(elsewhere, id, elsewhere.Account), models.KindNotFound, "application.not_found")
		wants(t, w.assign(applicant, id, w.yanis.Account), models.KindNotFound, "application.not_found")
	})
	t.Run("P9.1 the facet counts what is mine, a colleague's and nobody's", func(t *testing.T) {
		counts := func(by models.Actor) map[string]int {
			found := map[string]int{}
			for _, c := range w.desk(by, application.DeskFilter{}).Owners {
				found[c.Value] = c.Count
			}
			return found
		}
		if got := counts(local); got["moi"] != 1 || got["personne"] != 1 || got["collegue"] != 0 {
			t.Errorf("hers: %v", got)
		}
		if got := counts(w.yanis); got["moi"] != 0 || got["collegue"] != 1 {
			t.Errorf("another's: %v", got)
		}
		for owner, want := range map[application.DeskOwner]models.ID{application.OwnedByMe: id, application.OwnedByNobody: other} {
			l := w.desk(local, application.DeskFilter{Owners: []application.DeskOwner{owner}})
			if l.Total != 1 || len(l.Rows) != 1 || l.Rows[0].Application != want {
				t.Errorf("%s: %+v", owner, l.Rows)
			}
		}
		if l := w.desk(w.yanis, application.DeskFilter{Owners: []application.DeskOwner{application.OwnedByAnother}}); l.Total != 1 || l.Rows[0].OfficerName != "Rita Local" {
			t.Errorf("%+v", l.Rows)
		}
	})
	t.Run("P9.6 it is taken back", func(t *testing.T) {
		if err := w.assign(w.yanis, id, uuid.Nil); err != nil {
			t.Fatal(err)
		}
		if a := w.load(id); a.Officer != uuid.Nil {
			t.Errorf("%+v", a)
		}
	})
}

func TestDelegate(t *testing.T) {
	t.Parallel()
	t.Run("P9.6 refused: oneself, no officer, days past, reversed or met", func(t *testing.T) {
		t.Parallel()
		w := newDesk(t, 10)
		w.stored(w.helene)
		w.stored(w.yanis)
		nobody := w.person("Camille", "Martin")
		for _, c := range []struct {
			to          models.ID
			first, last string
			field, key  string
		}{
			{w.helene.Account, "2026-12-01", "2026-12-05", "gestionnaire", "delegation.self"},
			{nobody.Account, "2026-12-01", "2026-12-05", "gestionnaire", "delegation.colleague_missing"},
			{w.yanis.Account, "2026-11-01", "2026-12-05", "du", "delegation.first_past"},
			{w.yanis.Account, "demain", "2026-12-05", "du", "delegation.first_unreadable"},
			{w.yanis.Account, "2026-12-06", "2026-12-05", "au", "delegation.last_before"},
			{w.yanis.Account, "2026-12-06", "2028-12-05", "au", "delegation.too_long"},
		} {
			_, err := w.delegate(w.helene, c.to, c.first, c.last)
			wantsField(t, err, c.field, c.key)
		}
		if _, err := w.delegate(w.helene, w.yanis.Account, "2026-12-01", "2026-12-05"); err != nil {
			t.Fatal(err)
		}
		_, err := w.delegate(w.helene, w.yanis.Account, "2026-12-05", "2026-12-09")
		wantsField(t, err, "du", "delegation.overlap")
		_, err = w.delegate(nobody, w.yanis.Account, "2026-12-05", "2026-12-09")
		wants(t, err, models.KindNotFound, "page.not_found")
	})
	t.Run("P9.6 the delegate treats what is assigned to the absent officer, never beyond their rights, and it ends by itself", func(t *testing.T) {
		t.Parallel()
		w := newDesk(t, 10)
		absent := w.stored(w.officer("Rita", "Local", scope(models.ScopeCourse, w.course)))
		outer := w.newCourse("bib-9", w.theme)
		delegate := w.stored(w.officer("Paul", "Noir", scope(models.ScopeCourse, outer)))
		theirs, _ := w.underReview(w.session)
		unassigned, _ := w.underReview(w.session)
		beyond, _ := w.underReview(w.newSession(w.newCourse("bib-10", w.theme), 5, "2027-02-01"))
		if err := w.assign(w.helene, theirs, absent.Account); err != nil {
			t.Fatal(err)
		}
		// Assigned when her rights went further, which they no longer do.
		w.exec(`UPDATE applications SET officer_id = $2 WHERE id = $1`, beyond, absent.Account)
		if _, err := w.delegate(absent, delegate.Account, "2026-12-01", "2026-12-05"); err != nil {
			t.Fatal(err)
		}
		decide := func(id models.ID) error {
			_, err := w.decide(w.now(delegate), id, application.DecideInput{Kind: application.VerdictOnHold, Version: w.load(id).Version})
			return err
		}
		open := func(id models.ID) error {
			return w.try(func(ctx context.Context, tx models.Tx) error {
				_, err := application.OpenDossier(ctx, tx, w.now(delegate), id)
				return err
			})
		}
		wants(t, open(theirs), models.KindNotFound, "application.not_found")
		w.today("2026-12-03")
		l := w.desk(w.now(delegate), application.DeskFilter{Owners: []application.DeskOwner{application.OwnedByMe}})
		if l.Total != 1 || l.Rows[0].Application != theirs {
			t.Errorf("%+v", l.Rows)
		}
		if err := open(theirs); err != nil {
			t.Fatal(err)
		}
		wants(t, open(unassigned), models.KindNotFound, "application.not_found")
		wants(t, open(beyond), models.KindNotFound, "application.not_found")
		if err := decide(theirs); err != nil {
			t.Fatal(err)
		}
		w.do(func(ctx context.Context, tx models.Tx) error {
			d, err := application.OpenDossier(ctx, tx, w.helene, theirs)
			if item := d.Timeline[0]; item.Actor != "Paul Noir" || item.For != "Rita Local" || item.Kind != "application.decided" {
				t.Errorf("%+v", item)
			}
			return err
		})
		w.exec(`DELETE FROM grants WHERE account_id = $1`, absent.Account)
		wants(t, open(theirs), models.KindNotFound, "application.not_found")
		w.stored(absent)
		w.today("2026-12-06")
		wants(t, open(theirs), models.KindNotFound, "application.not_found")
		wants(t, decide(theirs), models.KindNotFound, "application.not_found")
	})
	t.Run("P9.6 who is back ends it before; nobody else does", func(t *testing.T) {
		t.Parallel()
		w := newDesk(t, 10)
		w.stored(w.helene)
		w.stored(w.yanis)
		d, err := w.delegate(w.helene, w.yanis.Account, "2026-11-22", "2026-12-05")
		if err != nil {
			t.Fatal(err)
		}
		if got := w.now(w.yanis).StandsIn; len(got) != 1 || got[0].Account != w.helene.Account {
			t.Errorf("%+v", got)
		}
		end := func(by models.Actor) error {
			return w.try(func(ctx context.Context, tx models.Tx) error { return application.EndDelegation(ctx, tx, by, d.ID) })
		}
		wants(t, end(w.yanis), models.KindNotFound, "delegation.not_found")
		for range 2 {
			if err := end(w.helene); err != nil {
				t.Fatal(err)
			}
		}
		if got := w.now(w.yanis).StandsIn; len(got) != 0 {
			t.Errorf("%+v", got)
		}
		modelstest.Clock(w.db).Set(w.db.Clock.Now().Add(time.Hour))
		w.do(func(ctx context.Context, tx models.Tx) error {
			mine, others, err := application.Delegations(ctx, tx, w.helene)
			if len(mine)+len(others) != 0 {
				t.Errorf("%v %v", mine, others)
			}
			return err
		})
	})
}
