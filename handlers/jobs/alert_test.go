package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"passerelle/handlers/jobs"
	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/modelstest"
	"passerelle/models/people"
	"passerelle/models/searching"
	"passerelle/search"
)

// alertWorld is a small catalogue in two regions, with one reader.
type alertWorld struct {
	t     *testing.T
	db    *models.DB
	clock *models.FrozenClock
	words *search.Postgres
	by    models.Actor
}

func newAlertWorld(t *testing.T) *alertWorld {
	t.Helper()
	db := modelstest.DB(t)
	w := &alertWorld{t: t, db: db, clock: modelstest.Clock(db), words: search.NewPostgres(db)}
	w.clock.Set(time.Date(2026, 11, 23, 9, 30, 0, 0, modelstest.Paris())) // a Monday
	w.exec(`INSERT INTO regions (code, no, name) VALUES ('53', 1, 'Bretagne'), ('84', 2, 'Auvergne-Rhône-Alpes')`)
	w.by = w.account("camille@example.org")
	w.run() // the clock's first day
	return w
}

func (w *alertWorld) account(email string) models.Actor {
	w.t.Helper()
	var a people.Account
	w.tx(func(ctx context.Context, tx models.Tx) (err error) {
		a, err = people.CreateByOperator(ctx, tx, models.Operator(), people.OperatorInput{Email: email, Lang: "fr", Identity: people.Identity{FirstName: "Camille", BirthName: "Fontaine"}})
		return err
	})
	return models.Actor{Kind: models.ActorAccount, Account: a.ID, Email: email}
}

func (w *alertWorld) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.db.Pool.Exec(w.t.Context(), sql, args...); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

func (w *alertWorld) tx(fn func(context.Context, models.Tx) error) {
	w.t.Helper()
	if err := w.db.InTx(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *alertWorld) run() {
	w.t.Helper()
	if err := jobs.Alerts(w.t.Context(), jobs.Options{DB: w.db, Words: w.words}, time.Now().Add(time.Minute)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *alertWorld) forward(d time.Duration) { w.clock.Set(w.clock.Now().Add(d)) }

// seance is a session of a course: where, and when it opens, counted in days from today.
type seance struct {
	region        string
	opens, starts int
	full          bool
}

func (w *alertWorld) course(reference, title string, sessions ...seance) models.ID {
	w.t.Helper()
	id := w.db.NewID()
	w.tx(func(ctx context.Context, tx models.Tx) error {
		if _, err := tx.PGX.Exec(ctx, `INSERT INTO courses (id, reference, title, updated_at) VALUES ($1, $2, $3, $4)`, models.Prepared, id, reference, title, tx.Now); err != nil {
			return err
		}
		return catalogue.Reindex(ctx, tx, catalogue.KindCourse, id)
	})
	for i, s := range sessions {
		w.session(id, fmt.Sprintf("%s-%d", reference, i), s)
	}
	return id
}

func (w *alertWorld) session(course models.ID, external string, s seance) {
	w.t.Helper()
	taken := 0
	if s.full {
		taken = 10
	}
	w.exec(`INSERT INTO sessions (id, course_id, external_id, starts_on, ends_on, modality, region_code, capacity, seats_elsewhere, opens_on, closes_on)
		VALUES ($1, $2, $3, $4::date + $5::int, $4::date + $5::int, 'on_site', $6, 10, $7, $4::date + $8::int, $4::date + $5::int - 1)`,
		w.db.NewID(), course, external, w.db.Today(), s.starts, s.region, taken, s.opens)
}

func (w *alertWorld) save(by models.Actor, rhythm searching.Rhythm, words string, facets map[string][]string) models.ID {
	w.t.Helper()
	var id models.ID
	w.tx(func(ctx context.Context, tx models.Tx) (err error) {
		id, err = searching.Save(ctx, tx, by, searching.SaveInput{Name: words + "…", Criteria: searching.Criteria{Words: words, Facets: facets}, Rhythm: rhythm})
		return err
	})
	return id
}

// news are the references that a search found since the last look, with why.
func (w *alertWorld) news(search models.ID) []string {
	w.t.Helper()
	list := []string{}
	w.tx(func(ctx context.Context, tx models.Tx) error {
		all, err := searching.NewsOf(ctx, tx, w.by, 100)
		for _, n := range all[search] {
			list = append(list, n.Reference+" "+n.Why)
		}
		return err
	})
	slices.Sort(list)
	return list
}

func (w *alertWorld) expect(search models.ID, want ...string) {
	w.t.Helper()
	w.run()
	if got := w.news(search); !slices.Equal(got, want) && len(got)+len(want) > 0 {
		w.t.Errorf("news %q, want %q", got, want)
	}
}

func (w *alertWorld) mails() (n int) {
	w.t.Helper()
	if err := w.db.Pool.QueryRow(w.t.Context(), `SELECT count(*) FROM mails WHERE kind = 'alert'`).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

func facets(pairs ...string) map[string][]string {
	f := map[string][]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		f[pairs[i]] = append(f[pairs[i]], pairs[i+1])
	}
	return f
}

func TestAlertNews(t *testing.T) {
	t.Parallel()
	t.Run("P4.7 what appears after the search was saved is news, once; what was there is not", func(t *testing.T) {
		t.Parallel()
		w := newAlertWorld(t)
		w.course("F.0", "Soudure sous l’eau") // not compared yet when the search is saved
		id := w.save(w.by, searching.Never, "soudure", nil)
		w.expect(id)
		w.course("F.1", "Soudures fines")
		w.course("F.2", "Menuiserie")
		w.expect(id, "F.1 new")
		w.tx(func(ctx context.Context, tx models.Tx) error { return searching.Look(ctx, tx, w.by, id) })
		w.exec(`UPDATE courses SET title = 'Soudures très fines' WHERE reference = 'F.1'`)
		w.tx(catalogue.ReindexAll)
		w.expect(id)
	})
	t.Run("P4.7 a search saved while a document is being written hears of it", func(t *testing.T) {
		t.Parallel()
		w := newAlertWorld(t)
		var id models.ID
		w.tx(func(ctx context.Context, tx models.Tx) error {
			err := catalogue.Put(ctx, tx, []catalogue.Document{{Kind: catalogue.KindProgramme, Object: tx.NewID(), Reference: "P.1", Title: "Soudure"}})
			id = w.save(w.by, searching.Never, "soudure", nil) // in a transaction of its own, committed first
			w.run()
			return err
		})
		w.expect(id, "P.1 new")
	})
	t.Run("P4.7 who asks on the page of a course to be told of its opening is told, of that one", func(t *testing.T) {
		t.Parallel()
		w := newAlertWorld(t)
		title := "BTS « Soudure » : sous l’eau, à l’arc (2 ans)"
		w.course("F.1", title, seance{"53", 3, 40, false})
		w.course("F.2", title+", approfondissement", seance{"84", 3, 40, false})
		full := w.course("F.3", "Menuiserie d’art", seance{"53", -5, 40, true})
		save := func(words string) (id models.ID) {
			w.tx(func(ctx context.Context, tx models.Tx) (err error) {
				id, err = searching.Save(ctx, tx, w.by, searching.SaveInput{Name: "x", Rhythm: searching.Instantly,
					Criteria: searching.Criteria{Words: words, Exact: true, Facets: facets("nature", "formation", "region", "53", "inscription", "ouverte")}})
				return err
			})
			return id
		}
		opens, seat := save(title), save("Menuiserie d’art")
		w.expect(opens)
		w.expect(seat)
		w.forward(3 * 24 * time.Hour)
		w.exec(`UPDATE sessions SET seats_elsewhere = 9 WHERE course_id = $1`, full)
		w.expect(opens, "F.1 open")
		w.expect(seat, "F.3 open")
	})
	t.Run("P4.7 P18.17 registration opens by the calendar, on a session that answers by itself", func(t *testing.T) {
		t.Parallel()
		w := newAlertWorld(t)
		w.course("F.1", "Soudure", seance{"53", 3, 40, false}, seance{"84", -5, 40, false})
		id := w.save(w.by, searching.Never, "soudure", facets("region", "53", "inscription", "ouverte"))
		any := w.save(w.by, searching.Never, "soudure", nil)
		elsewhere := w.save(w.by, searching.Never, "", facets("region", "84", "inscription", "liste-attente"))
		w.expect(id)
		w.forward(48 * time.Hour)
		w.expect(id)
		w.forward(24 * time.Hour)
		w.expect(id, "F.1 open")
		w.expect(any)
		w.expect(elsewhere)
	})
	t.Run("P4.7 a freed seat and a new session open what was full, whatever the filters", func(t *testing.T) {
		t.Parallel()
		w := newAlertWorld(t)
		full := w.course("F.1", "Soudure", seance{"53", -5, 40, true})
		later := w.course("F.2", "Soudure à l’arc", seance{"84", 10, 40, false})
		w.run()
		words, open := w.save(w.by, searching.Never, "soudure", nil), w.save(w.by, searching.Never, "soudure", facets("inscription", "ouverte", "region", "53"))
		w.exec(`UPDATE sessions SET seats_elsewhere = 9 WHERE course_id = $1`, full)
		w.expect(words, "F.1 open")
		w.expect(open, "F.1 open")
		w.session(later, "F.2-bis", seance{"53", -1, 30, false})
		w.expect(open, "F.1 open", "F.2 open")
	})
	t.Run("P4.7 dates that come near are news to those who asked for near dates", func(t *testing.T) {
		t.Parallel()
		w := newAlertWorld(t)
		w.course("F.1", "Soudure", seance{"53", -5, 33, false})
		id := w.save(w.by, searching.Never, "", facets("debut", "30"))
		w.expect(id)
		w.forward(7 * 24 * time.Hour)
		w.expect(id, "F.1 fits")
	})
	t.Run("P4.7 every word counts, with what stands for it; filters that nobody knows find nothing", func(t *testing.T) {
		t.Parallel()
		w := newAlertWorld(t)
		w.course("F.0", "Soudeur à Nantes")
		both, mended, signs, nobody := w.save(w.by, searching.Never, "soudure aluminium", nil), w.save(w.by, searching.Never, "soudrue", nil),
			w.save(w.by, searching.Never, "C++", nil), w.save(w.by, searching.Never, "", facets("region", "99"))
		synonym := w.save(w.by, searching.Never, "chalumeau", nil)
		w.tx(func(ctx context.Context, tx models.Tx) error {
			return catalogue.AddSynonyms(ctx, tx, []catalogue.Synonym{{Terms: []string{"chalumeau", "soudure"}}})
		})
		w.course("F.1", "Soudure de l’acier")
		w.course("F.2", "Soudures de l'aluminium")
		w.course("F.3", "Programmer en C++")
		w.expect(both, "F.2 new")
		w.expect(mended, "F.1 new", "F.2 new")
		w.expect(synonym, "F.1 new", "F.2 new")
		w.expect(nobody)
		_ = signs
	})
	t.Run("P4.7 other criteria: what answers them already is no news, what was told stays told", func(t *testing.T) {
		t.Parallel()
		w := newAlertWorld(t)
		id := w.save(w.by, searching.Never, "soudure", nil)
		w.course("F.1", "Soudure")
		w.course("F.2", "Menuiserie")
		w.expect(id, "F.1 new")
		w.tx(func(ctx context.Context, tx models.Tx) error {
			return searching.ReplaceSaved(ctx, tx, w.by, id, searching.SaveInput{Name: "Bois", Criteria: searching.Criteria{Words: "menuiserie"}, Rhythm: searching.Never})
		})
		w.expect(id)
		w.course("F.3", "Menuiserie d’art")
		w.expect(id, "F.3 new")
	})
	t.Run("P4.7 too many at once are counted, each once, and told by the mail of their time", func(t *testing.T) {
		t.Parallel()
		w := newAlertWorld(t) // Monday, 9.30
		id := w.save(w.by, searching.Daily, "soudure", nil)
		put := func(title string, from, to int) {
			w.tx(func(ctx context.Context, tx models.Tx) error {
				list := []catalogue.Document{}
				for i := from; i < to; i++ {
					object := models.ID{15: byte(i), 14: byte(i >> 8), 6: 0x70, 8: 0x80}
					list = append(list, catalogue.Document{Kind: catalogue.KindProgramme, Object: object, Reference: fmt.Sprint("P.", i), Title: title})
				}
				return catalogue.Put(ctx, tx, list)
			})
			w.run()
		}
		beyond := func(want int) {
			t.Helper()
			w.tx(func(ctx context.Context, tx models.Tx) error {
				s, err := searching.SavedByID(ctx, tx, w.by, id)
				if s.News != want {
					t.Errorf("%d news, want %d", s.News, want)
				}
				return err
			})
		}
		put("Soudure", 0, 520)
		beyond(520)
		w.exec(`INSERT INTO search_news (xid, numbers) SELECT pg_current_xact_id(), array_agg(no) FROM search_documents`)
		w.run() // they changed again
		beyond(520)
		w.clock.Set(time.Date(2026, 11, 24, 6, 0, 0, 0, w.db.Zone))
		w.run()
		w.clock.Set(time.Date(2026, 11, 24, 7, 30, 0, 0, w.db.Zone)) // the hour is past, its mail not made yet
		w.tx(func(ctx context.Context, tx models.Tx) error {
			list := []catalogue.Document{}
			for i := 520; i < 1040; i++ {
				object := models.ID{15: byte(i), 14: byte(i >> 8), 6: 0x70, 8: 0x80}
				list = append(list, catalogue.Document{Kind: catalogue.KindProgramme, Object: object, Reference: fmt.Sprint("P.", i), Title: "Soudure"})
			}
			return catalogue.Put(ctx, tx, list)
		})
		w.run()
		var told int
		if err := w.db.Pool.QueryRow(t.Context(), `SELECT sum(beyond) FROM alert_parts`).Scan(&told); err != nil || told != 20 {
			t.Errorf("%d beyond, want 20: %v", told, err)
		}
		w.forward(24 * time.Hour)
		w.run()
		if err := w.db.Pool.QueryRow(t.Context(), `SELECT sum(beyond) FROM alert_parts`).Scan(&told); err != nil || told != 40 {
			t.Errorf("%d beyond, want 40: %v", told, err)
		}
	})
	t.Run("P4.7 P15.4 a comparison that does not come to its end is cut into smaller ones, a great line too", func(t *testing.T) {
		t.Parallel()
		w := newAlertWorld(t)
		id := w.save(w.by, searching.Never, "soudure", nil)
		most := func() (n int) {
			t.Helper()
			if err := w.db.Pool.QueryRow(t.Context(), `SELECT most FROM alert_clock`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		list := []catalogue.Document{}
		for i := range 5 {
			list = append(list, catalogue.Document{Kind: catalogue.KindProgramme, Object: w.db.NewID(), Reference: fmt.Sprint("P.", i), Title: "Soudure"})
		}
		w.tx(func(ctx context.Context, tx models.Tx) error { return catalogue.Put(ctx, tx, list) })
		before := most()
		w.tx(func(ctx context.Context, tx models.Tx) error {
			if _, err := tx.PGX.Exec(ctx, `SELECT FROM saved_searches FOR UPDATE`); err != nil {
				return err
			}
			soon, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			if err := jobs.Alerts(soon, jobs.Options{DB: w.db, Words: w.words}, time.Now().Add(time.Minute)); err == nil {
				t.Error("it ended")
			}
			return nil
		})
		if n := most(); n != before/2 {
			t.Errorf("%d at once, %d before", n, before)
		}
		w.exec(`UPDATE alert_clock SET most = 2`)
		for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(20 * time.Millisecond) {
			// What was cut off holds its lock until the server has noticed.
			err := w.db.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error {
				_, err := searching.Compare(ctx, tx)
				return err
			})
			if !errors.Is(err, searching.ErrBusy) {
				break
			}
		}
		w.tx(func(ctx context.Context, tx models.Tx) error {
			c, err := searching.Compare(ctx, tx)
			if err != nil {
				return err
			}
			if len(c.Changes) != 1 || len(c.Changes[0].Numbers) != 2 || !c.More {
				t.Errorf("%+v", c)
			}
			return nil
		})
		w.expect(id, "P.0 new", "P.1 new", "P.2 new", "P.3 new", "P.4 new")
		if n := most(); n < 4 {
			t.Errorf("%d at once after quick ones", n)
		}
	})
	t.Run("P4.7 P18.5 restored in another database cluster, whose transactions are counted anew, nothing is missed nor told again", func(t *testing.T) {
		t.Parallel()
		w := newAlertWorld(t)
		w.course("F.1", "Soudure")
		w.run()
		id := w.save(w.by, searching.Never, "soudure", nil)
		profile := func() (n int) {
			t.Helper()
			if err := w.db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM saved_finds f JOIN saved_searches s ON s.id = f.search_id AND s.kind = 'profile'`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		w.tx(func(ctx context.Context, tx models.Tx) error {
			return searching.SetProfile(ctx, tx, w.by, searching.Criteria{Facets: facets("region", "53")}, searching.Never)
		})
		w.course("F.2", "Soudure fine") // dumped before it was compared
		w.exec(`UPDATE search_cluster SET identifier = 'of the dump'`)
		w.exec(`UPDATE saved_searches SET known = '900000000000:900000000002:900000000001'`)
		w.exec(`UPDATE search_news SET xid = '900000000003'`)
		w.exec(`UPDATE search_changes SET xid = '900000000003'`)
		for _, want := range []bool{true, false} {
			if moved, err := searching.Settle(t.Context(), w.db); err != nil || moved != want {
				t.Fatal(moved, err)
			}
		}
		w.course("F.3", "Soudure sous l’eau")
		a := w.db.NewID()
		w.exec(`INSERT INTO announcements (id, reference, title, rome_code, region_code, published_on, updated_at) VALUES ($1, 'A.1', 'Une annonce', 'K2111', '53', $2, $3)`, a, w.db.Today(), w.clock.Now())
		w.tx(func(ctx context.Context, tx models.Tx) error {
			return catalogue.Reindex(ctx, tx, catalogue.KindAnnouncement, a)
		})
		w.expect(id, "F.2 new", "F.3 new")
		if n := profile(); n != 1 {
			t.Errorf("%d announcements", n)
		}
	})
	t.Run("P4.6 a profile hears of announcements of its specialities or regions, or of both at once", func(t *testing.T) {
		t.Parallel()
		w := newAlertWorld(t)
		other := w.account("luc@example.org")
		set := func(by models.Actor, both bool) {
			w.tx(func(ctx context.Context, tx models.Tx) error {
				return searching.SetProfile(ctx, tx, by, searching.Criteria{Both: both, Facets: facets("specialite", "K21", "specialite", "K12", "region", "53")}, searching.Instantly)
			})
		}
		set(w.by, false)
		set(other, true)
		for _, a := range [][3]string{{"A.1", "K2111", "84"}, {"A.2", "M1203", "53"}, {"A.3", "K1201", "53"}, {"A.4", "M1203", "84"}, {"A.5", "K1301", "84"}} {
			id := w.db.NewID()
			w.exec(`INSERT INTO announcements (id, reference, title, rome_code, region_code, published_on, updated_at) VALUES ($1, $2, 'Une annonce', $3, $4, $5, $6)`,
				id, a[0], a[1], a[2], w.db.Today(), w.clock.Now())
			w.tx(func(ctx context.Context, tx models.Tx) error {
				return catalogue.Reindex(ctx, tx, catalogue.KindAnnouncement, id)
			})
		}
		w.run()
		for _, c := range []struct {
			by   models.Actor
			want string
		}{{w.by, "A.1 A.2 A.3"}, {other, "A.3"}} {
			var got string
			err := w.db.Pool.QueryRow(t.Context(), `SELECT coalesce(string_agg(d.reference, ' ' ORDER BY d.reference), '') FROM saved_finds f JOIN saved_searches s ON s.id = f.search_id
				JOIN search_documents d ON d.object_id = f.object_id WHERE s.account_id = $1 AND f.told_at IS NOT NULL`, c.by.Account).Scan(&got)
			if err != nil || got != c.want {
				t.Errorf("%q, want %q (%v)", got, c.want, err)
			}
		}
		if n := w.mails(); n != 2 {
			t.Errorf("%d mails", n)
		}
	})
}
