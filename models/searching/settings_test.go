package searching_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/modelstest"
	"passerelle/models/searching"
)

// world is a portal with administrators.
type world struct {
	*testing.T
	db  *models.DB
	ctx context.Context
}

func newWorld(t *testing.T) world { return world{t, modelstest.DB(t), context.Background()} }

func (w world) tx(fn func(context.Context, models.Tx) error) error {
	return w.db.InTx(w.ctx, fn)
}

func (w world) must(fn func(context.Context, models.Tx) error) {
	w.Helper()
	if err := w.tx(fn); err != nil {
		w.Fatal(err)
	}
}

func (w world) admin(first, last string) models.Actor {
	person, account := w.db.NewID(), w.db.NewID()
	w.must(func(ctx context.Context, tx models.Tx) error {
		if _, err := tx.PGX.Exec(ctx, `INSERT INTO people (id, birth_name, first_name, birth_date, identity_key, created_at, updated_at) VALUES ($1, $2, $3, '1980-01-01', $4, $5, $5)`,
			person, last, first, person.String(), tx.Now); err != nil {
			return err
		}
		_, err := tx.PGX.Exec(ctx, `INSERT INTO accounts (id, person_id, email, email_key, state, created_at, activated_at) VALUES ($1, $2, $3, $3, 'active', $4, $4)`,
			account, person, account.String()+"@example.org", tx.Now)
		return err
	})
	return models.Actor{Kind: models.ActorAccount, Account: account, Person: person, Grants: []models.Grant{{Role: models.RoleAdmin, Kind: models.ScopePortal}}}
}

func (w world) draft(by models.Actor) (d searching.Draft) {
	w.Helper()
	w.must(func(ctx context.Context, tx models.Tx) (err error) {
		d, err = searching.DraftOf(ctx, tx, by)
		return err
	})
	return d
}

func (w world) edit(by models.Actor, e searching.Edit) {
	w.Helper()
	version := w.draft(by).Version
	w.must(func(ctx context.Context, tx models.Tx) error {
		_, err := searching.EditDraft(ctx, tx, by, version, e)
		return err
	})
}

func (w world) refused(by models.Actor, e searching.Edit) *models.Error {
	w.Helper()
	version := w.draft(by).Version
	err := w.tx(func(ctx context.Context, tx models.Tx) error {
		_, err := searching.EditDraft(ctx, tx, by, version, e)
		return err
	})
	var refusal *models.Error
	if !errors.As(err, &refusal) {
		w.Fatalf("%+v is not refused: %v", e, err)
	}
	return refusal
}

// rehearsed starts a rehearsal and ends it as the job does.
func (w world) rehearsed(by models.Actor) (id models.ID) {
	w.Helper()
	version := w.draft(by).Version
	w.must(func(ctx context.Context, tx models.Tx) (err error) {
		id, err = searching.StartRehearsal(ctx, tx, by, version)
		return err
	})
	w.must(func(ctx context.Context, tx models.Tx) error {
		if _, _, err := searching.Rehearsing(ctx, tx, id); err != nil {
			return err
		}
		return searching.EndRehearsal(ctx, tx, id, &searching.Figures{Queries: 1, Same: 0, Moves: 1},
			[]searching.Move{{Query: "atsem", Times: 4, Title: "CAP AEPE", Kind: catalogue.KindCourse, Reference: "X", After: 1}})
	})
	return id
}

func (w world) publish(by models.Actor, id models.ID) error {
	return w.tx(func(ctx context.Context, tx models.Tx) error { return searching.Publish(ctx, tx, by, id) })
}

func (w world) published() searching.Settings {
	w.Helper()
	s, err := searching.Published(w.ctx, w.db.Pool)
	if err != nil {
		w.Fatal(err)
	}
	return s
}

func (w world) log(by models.Actor) (list []searching.Publication) {
	w.Helper()
	w.must(func(ctx context.Context, tx models.Tx) (err error) {
		list, err = searching.Publications(ctx, tx, by, 50)
		return err
	})
	return list
}

func kind(err error) models.Kind { return models.KindOf(err) }

func pair(a, b string) *catalogue.Synonym { return &catalogue.Synonym{Terms: []string{a, b}} }

func TestDraft(t *testing.T) {
	w := newWorld(t)
	odile, luc := w.admin("Odile", "Marchand"), w.admin("Luc", "Bernard")
	w.must(func(ctx context.Context, tx models.Tx) error {
		return catalogue.AddSynonyms(ctx, tx, []catalogue.Synonym{{Terms: []string{"RH", "ressources humaines"}, Source: "lot"}})
	})
	t.Run("P14.1 a draft changes nothing in force", func(t *testing.T) {
		w.edit(odile, searching.Edit{AddSynonym: pair("ATSEM", "petite enfance")})
		w.edit(odile, searching.Edit{AddStop: "Formation"})
		w.edit(odile, searching.Edit{Weights: &searching.Weights{Title: 5, Acronym: 3, Other: 1, Body: 1}})
		d := w.draft(luc)
		if len(d.Changes) != 3 || d.Changes[0].What != searching.SynonymAdded || d.Changes[1].Terms[0] != "formation" || d.Changes[2].To != 5 {
			t.Errorf("%+v", d.Changes)
		}
		if s := w.published(); len(s.Synonyms) != 1 || len(s.Stop) != 0 || s.Weights != (searching.Weights{}) {
			t.Errorf("%+v", s)
		}
	})
	t.Run("P14.1 two administrators at once: the second is told what the first did, and loses nothing", func(t *testing.T) {
		seen := w.draft(luc).Version
		w.edit(odile, searching.Edit{AddStop: "stage"})
		err := w.tx(func(ctx context.Context, tx models.Tx) error {
			_, err := searching.EditDraft(ctx, tx, luc, seen, searching.Edit{AddStop: "cours"})
			return err
		})
		var refusal *models.Error
		if !errors.As(err, &refusal) || refusal.Kind != models.KindConflict {
			t.Fatal(err)
		}
		since, _ := refusal.Data.([]searching.DraftChange)
		if len(since) != 1 || since[0].By != "Odile Marchand" || since[0].Mine || since[0].Changes[0].Terms[0] != "stage" {
			t.Errorf("%+v", since)
		}
		w.edit(odile, searching.Edit{DropStop: "stage"})
	})
	t.Run("P4.3 what makes no synonym or stop word is refused with its reason", func(t *testing.T) {
		for _, c := range []struct {
			edit searching.Edit
			key  string
		}{
			{searching.Edit{AddSynonym: pair("atsem", " ")}, "admin.settings.synonym.two"},
			{searching.Edit{AddSynonym: pair("infirmier", "Infirmières")}, "admin.settings.synonym.two"},
			{searching.Edit{AddSynonym: pair("rh", "Ressources Humaines")}, "admin.settings.synonym.known"},
			{searching.Edit{AddStop: "deux mots"}, "admin.settings.stop.single"},
			{searching.Edit{AddStop: "%"}, "admin.settings.stop.single"},
			{searching.Edit{AddStop: "avec"}, "admin.settings.stop.known"},
			{searching.Edit{AddStop: "formations"}, "admin.settings.stop.known"},
			{searching.Edit{Weights: &searching.Weights{Title: -1, Acronym: 1, Other: 1, Body: 11}}, "admin.settings.weight.between"},
		} {
			if refusal := w.refused(luc, c.edit); refusal.Kind != models.KindInvalid || refusal.Fields[0].Key != c.key {
				t.Errorf("%+v: %+v", c.edit, refusal)
			}
		}
	})
	t.Run("P4.3 the same expressions in one way take the place of both ways", func(t *testing.T) {
		w.edit(luc, searching.Edit{AddSynonym: &catalogue.Synonym{Terms: []string{"RH", "ressources humaines"}, OneWay: true}})
		d := w.draft(luc)
		if len(d.Proposed.Synonyms) != 2 || !slices.ContainsFunc(d.Proposed.Synonyms, func(s catalogue.Synonym) bool { return s.OneWay }) {
			t.Errorf("%+v", d.Proposed.Synonyms)
		}
	})
	t.Run("P14.1 only administrators see it", func(t *testing.T) {
		nobody := models.Actor{Kind: models.ActorAccount, Account: luc.Account, Grants: []models.Grant{{Role: models.RoleOfficer, Kind: models.ScopePortal}}}
		err := w.tx(func(ctx context.Context, tx models.Tx) error {
			_, err := searching.DraftOf(ctx, tx, nobody)
			return err
		})
		if kind(err) != models.KindNotFound {
			t.Error(err)
		}
	})
}

func TestPublications(t *testing.T) {
	w := newWorld(t)
	odile, luc := w.admin("Odile", "Marchand"), w.admin("Luc", "Bernard")
	w.must(func(ctx context.Context, tx models.Tx) error {
		return catalogue.AddSynonyms(ctx, tx, []catalogue.Synonym{{Terms: []string{"RH", "ressources humaines"}, Source: "lot"}})
	})
	before := w.published().Fingerprint()
	w.edit(odile, searching.Edit{AddSynonym: pair("ATSEM", "petite enfance")})
	w.edit(odile, searching.Edit{AddStop: "formation"})
	t.Run("P17.23 what was not rehearsed, or not as it is, is not published", func(t *testing.T) {
		version := w.draft(odile).Version
		var waiting models.ID
		w.must(func(ctx context.Context, tx models.Tx) (err error) {
			waiting, err = searching.StartRehearsal(ctx, tx, odile, version)
			return err
		})
		if err := w.publish(odile, waiting); kind(err) != models.KindConflict {
			t.Error(err)
		}
		stale := w.rehearsed(odile)
		w.edit(luc, searching.Edit{Weights: &searching.Weights{Title: 4, Acronym: 3, Other: 1, Body: 1}})
		if err := w.publish(odile, stale); kind(err) != models.KindConflict || err.Error() != "admin.rehearsal.stale" {
			t.Error(err)
		}
		w.must(func(ctx context.Context, tx models.Tx) error {
			r, err := searching.RehearsalByID(ctx, tx, luc, stale)
			if err == nil && !r.Stale {
				t.Error("the rehearsal of an older draft is not said to be")
			}
			return err
		})
	})
	t.Run("P17.23 a publication is in force at once and in the log", func(t *testing.T) {
		if err := w.publish(odile, w.rehearsed(odile)); err != nil {
			t.Fatal(err)
		}
		s := w.published()
		if len(s.Synonyms) != 2 || !slices.Equal(s.Stop, []string{"formation"}) || s.Weights.Title != 4 {
			t.Errorf("%+v", s)
		}
		list := w.log(luc)
		if len(list) != 2 || list[0].By != "Odile Marchand" || list[0].Act != searching.ActPublished || len(list[0].Changes) != 3 || !list[0].Last || list[1].Act != searching.ActFound {
			t.Errorf("%+v", list)
		}
		if d := w.draft(luc); len(d.Changes) != 0 {
			t.Errorf("the draft stays: %+v", d.Changes)
		}
		var events int
		if err := w.db.Pool.QueryRow(w.ctx, `SELECT count(*) FROM events WHERE kind = 'search.settings_published'`).Scan(&events); err != nil || events != 1 {
			t.Error(events, err)
		}
	})
	t.Run("P17.23 a publication is taken back by another one, whole", func(t *testing.T) {
		list := w.log(luc)
		back := func(last int) error {
			return w.tx(func(ctx context.Context, tx models.Tx) error {
				return searching.Restore(ctx, tx, luc, list[1].No, last)
			})
		}
		if err := back(list[1].No); kind(err) != models.KindConflict {
			t.Error(err)
		}
		if err := back(list[0].No); err != nil {
			t.Fatal(err)
		}
		if w.published().Fingerprint() != before {
			t.Errorf("%+v", w.published())
		}
		latest := w.log(luc)[0]
		if latest.Act != searching.ActRestored || latest.By != "Luc Bernard" || latest.Restores != list[1].No {
			t.Errorf("%+v", latest)
		}
		if err := back(latest.No); kind(err) != models.KindConflict {
			t.Error("what is in force is put in force again: ", err)
		}
	})
	t.Run("P17.23 settings loaded from files meanwhile make a rehearsal stale and can come back", func(t *testing.T) {
		w.edit(odile, searching.Edit{AddSynonym: pair("creche", "petite enfance")})
		id := w.rehearsed(odile)
		w.must(func(ctx context.Context, tx models.Tx) error {
			return catalogue.AddSynonyms(ctx, tx, []catalogue.Synonym{{Terms: []string{"bts", "brevet de technicien supérieur"}, OneWay: true, Source: "lot"}})
		})
		if err := w.publish(odile, id); kind(err) != models.KindConflict {
			t.Error(err)
		}
		if err := w.publish(odile, w.rehearsed(odile)); err != nil {
			t.Fatal(err)
		}
		list := w.log(odile)
		if list[1].Act != searching.ActFound || len(list[1].Changes) != 1 || len(w.published().Synonyms) != 3 {
			t.Errorf("%+v", list)
		}
	})
}

func (w world) events(kind string) (n int) {
	w.Helper()
	if err := w.db.Pool.QueryRow(w.ctx, `SELECT count(*) FROM events WHERE kind = $1`, kind).Scan(&n); err != nil {
		w.Fatal(err)
	}
	return n
}

func TestPublicationsOfOneSpelling(t *testing.T) {
	w := newWorld(t)
	odile, luc := w.admin("Odile", "Marchand"), w.admin("Luc", "Bernard")
	load := func(terms ...string) {
		w.must(func(ctx context.Context, tx models.Tx) error {
			return catalogue.AddSynonyms(ctx, tx, []catalogue.Synonym{{Terms: terms}})
		})
	}
	publish := func(e searching.Edit) {
		t.Helper()
		w.edit(odile, e)
		if err := w.publish(odile, w.rehearsed(odile)); err != nil {
			t.Fatal(err)
		}
	}
	load("rh", "ressources humaines")
	publish(searching.Edit{AddStop: "formation"})
	t.Run("P17.23 what was loaded from a file bears nobody's name", func(t *testing.T) {
		publish(searching.Edit{AddSynonym: pair("ATSEM", "petite enfance")})
		w.must(func(ctx context.Context, tx models.Tx) error {
			list, _, err := searching.SynonymRows(ctx, tx, luc, w.draft(luc), "", 10)
			if len(list) != 2 || list[0].By != "Odile Marchand" || list[1].By != "" {
				t.Errorf("%+v", list)
			}
			return err
		})
	})
	t.Run("P17.23 settings spelt otherwise are the same: nothing is found, nothing to restore", func(t *testing.T) {
		if _, err := w.db.Pool.Exec(w.ctx, `DELETE FROM search_synonyms WHERE 'rh' = ANY (terms)`); err != nil {
			t.Fatal(err)
		}
		load("Ressources  humaines", "RH")
		before := w.log(luc)
		err := w.tx(func(ctx context.Context, tx models.Tx) error {
			return searching.Restore(ctx, tx, luc, before[0].No, before[0].No)
		})
		if kind(err) != models.KindConflict {
			t.Error(err)
		}
		publish(searching.Edit{DropStop: "formation"})
		if list := w.log(luc); len(list) != len(before)+1 || list[0].Act != searching.ActPublished {
			t.Errorf("%+v", list)
		}
	})
}

func TestRehearsalBesideOtherSettings(t *testing.T) {
	w := newWorld(t)
	odile := w.admin("Odile", "Marchand")
	t.Run("P17.23 a rehearsal that waited while other settings came in force is not made", func(t *testing.T) {
		w.edit(odile, searching.Edit{AddStop: "devenir"})
		version := w.draft(odile).Version
		var id models.ID
		w.must(func(ctx context.Context, tx models.Tx) (err error) {
			id, err = searching.StartRehearsal(ctx, tx, odile, version)
			return err
		})
		load := []catalogue.Synonym{{Terms: []string{"bts", "brevet de technicien supérieur"}, Source: "lot"}}
		w.must(func(ctx context.Context, tx models.Tx) error { return catalogue.AddSynonyms(ctx, tx, load) })
		err := w.tx(func(ctx context.Context, tx models.Tx) error {
			_, _, err := searching.Rehearsing(ctx, tx, id)
			return err
		})
		if kind(err) != models.KindConflict {
			t.Fatal(err)
		}
		w.must(func(ctx context.Context, tx models.Tx) error { return searching.EndRehearsal(ctx, tx, id, nil, nil) })
		// The former settings are back: what was not made says nothing of them.
		if _, err := w.db.Pool.Exec(w.ctx, `DELETE FROM search_synonyms`); err != nil {
			t.Fatal(err)
		}
		if err := w.publish(odile, id); kind(err) != models.KindConflict || err.Error() != "admin.rehearsal.not_done" {
			t.Error(err)
		}
	})
}

func TestActsOnTheSearch(t *testing.T) {
	w := newWorld(t)
	odile := w.admin("Odile", "Marchand")
	nobody := models.Actor{Kind: models.ActorAccount, Account: odile.Account, Grants: []models.Grant{{Role: models.RoleOfficer, Kind: models.ScopePortal}}}
	acts := map[string]func(ctx context.Context, tx models.Tx, by models.Actor) error{
		"search.rebuild_asked": func(ctx context.Context, tx models.Tx, by models.Actor) error {
			_, err := searching.Begin(ctx, tx, by, "an_index")
			return err
		},
		"search.rebuild_stopped": func(ctx context.Context, tx models.Tx, by models.Actor) error {
			_, err := searching.Abandon(ctx, tx, by)
			return err
		},
		"search.check_asked": func(ctx context.Context, tx models.Tx, by models.Actor) error {
			_, err := searching.BeginCheck(ctx, tx, by)
			return err
		},
		"search.refused_again": func(ctx context.Context, tx models.Tx, by models.Actor) error {
			_, err := searching.TryAgain(ctx, tx, by)
			return err
		},
	}
	do := func(kind string, by models.Actor) error {
		return w.tx(func(ctx context.Context, tx models.Tx) error { return acts[kind](ctx, tx, by) })
	}
	for _, name := range []string{"search.rebuild_stopped", "search.refused_again", "search.rebuild_asked", "search.rebuild_stopped", "search.check_asked"} {
		if err := do(name, nobody); kind(err) != models.KindNotFound {
			t.Errorf("P14.1 %s by nobody: %v", name, err)
		}
		if err := do(name, odile); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	t.Run("P14.1 what was done is journalled once, what was not is not", func(t *testing.T) {
		for name, want := range map[string]int{"search.rebuild_asked": 1, "search.rebuild_stopped": 1, "search.check_asked": 1, "search.refused_again": 0} {
			if n := w.events(name); n != want {
				t.Errorf("%s: %d, want %d", name, n, want)
			}
		}
	})
	t.Run("P17.23 two administrators who ask at once get one check", func(t *testing.T) {
		if err := do("search.check_asked", w.admin("Luc", "Bernard")); kind(err) != models.KindConflict {
			t.Error(err)
		}
		if _, err := w.db.Pool.Exec(w.ctx, `UPDATE search_checks SET ended_at = began_at`); err != nil {
			t.Fatal(err)
		}
		if err := do("search.check_asked", odile); err != nil {
			t.Error(err)
		}
	})
	t.Run("P14.2 rehearsals of long ago are forgotten, those that were published are not", func(t *testing.T) {
		for _, state := range []string{searching.RehearsalDone, searching.RehearsalPublished} {
			if _, err := w.db.Pool.Exec(w.ctx, `INSERT INTO search_rehearsals (id, state, draft, base, edits, changes, made_at, made_by) VALUES ($1, $2, 0, '', '{}', '[]', $3, $4)`,
				w.db.NewID(), state, w.db.Clock.Now().AddDate(0, 0, -91), odile.Account); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := searching.ForgetRehearsals(w.ctx, w.db); err != nil || n != 1 {
			t.Error(n, err)
		}
	})
	t.Run("P14.1 so are the draft and its rehearsal", func(t *testing.T) {
		w.edit(odile, searching.Edit{AddStop: "devenir"})
		version := w.draft(odile).Version
		var id models.ID
		for range 2 { // pressed twice
			w.must(func(ctx context.Context, tx models.Tx) (err error) {
				id, err = searching.StartRehearsal(ctx, tx, odile, version)
				return err
			})
		}
		for range 2 {
			w.must(func(ctx context.Context, tx models.Tx) error { return searching.DropRehearsal(ctx, tx, odile, id) })
		}
		w.must(func(ctx context.Context, tx models.Tx) error { return searching.DropDraft(ctx, tx, odile, version) })
		for _, name := range []string{"search.draft_edited", "search.draft_dropped", "search.rehearsal_asked", "search.rehearsal_dropped"} {
			if n := w.events(name); n != 1 {
				t.Errorf("%s: %d", name, n)
			}
		}
	})
}
