package application_test

import (
	"context"
	"testing"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/modelstest"
)

// The counts of the whole portal are kept between two readings.
func TestDeskCountsKept(t *testing.T) {
	w := newDesk(t, 10)
	id, _ := w.underReview(w.session)
	w.underReview(w.session)
	all := func() application.DeskList { return w.desk(w.helene, application.DeskFilter{}) }
	if list := all(); list.All != 2 || list.Mine != 2 {
		t.Fatalf("%d, %d to review", list.All, list.Mine)
	}
	change := func(what, sql string, wantAll, wantMine int, args ...any) {
		t.Run("P9.1 the counts follow "+what, func(t *testing.T) {
			if _, err := w.db.Pool.Exec(t.Context(), sql, args...); err != nil {
				t.Fatal(err)
			}
			if list := all(); list.All != wantAll || list.Mine != wantMine || facet(list.States)["a-etudier"] != wantMine {
				t.Errorf("%d of %d, %d of %d to review: %v", list.All, wantAll, list.Mine, wantMine, facet(list.States))
			}
		})
	}
	change("a verdict", `UPDATE applications SET verdict = 'on_hold' WHERE id = $1`, 2, 1, id)
	change("one taken back", `UPDATE applications SET verdict = '' WHERE id = $1`, 2, 2, id)
	change("a state", `UPDATE applications SET state = 'withdrawn' WHERE id = $1`, 2, 1, id)
	change("a new one", `INSERT INTO applications (id, kind, session_id, form_version_id, account_id, state, state_since, created_at, submitted_at)
		VALUES ($1, 'registration', $2, $3, $4, 'under_review', $5, $5, $5)`, 3, 2, w.db.NewID(), w.session, w.form, w.yanis.Account, modelstest.Noon)
	change("an erasure", `DELETE FROM applications WHERE id = $1`, 2, 2, id)
	t.Run("P9.6 the counts follow an assignment, each officer their own", func(t *testing.T) {
		w.exec(`UPDATE applications SET officer_id = $1`, w.yanis.Account)
		mine, other := w.desk(w.yanis, application.DeskFilter{}), all()
		if facet(mine.Owners)["moi"] != 2 || facet(other.Owners)["collegue"] != 2 {
			t.Errorf("%v, %v", facet(mine.Owners), facet(other.Owners))
		}
	})
	t.Run("P9.1 a change is counted once others can see it", func(t *testing.T) {
		err := w.db.InTx(context.Background(), func(ctx context.Context, tx models.Tx) error {
			if _, err := tx.PGX.Exec(ctx, `UPDATE applications SET verdict = 'on_hold'`); err != nil {
				return err
			}
			if own, err := application.Desk(ctx, tx, w.helene, application.DeskFilter{}); err != nil || own.Mine != 0 {
				t.Errorf("inside: %d, %v", own.Mine, err)
			}
			if list := all(); list.Mine != 2 {
				t.Errorf("outside, before the end: %d", list.Mine)
			}
			return nil
		})
		if list := all(); err != nil || list.Mine != 0 {
			t.Errorf("after: %d, %v", list.Mine, err)
		}
	})
}
