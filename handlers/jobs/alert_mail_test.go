package jobs_test

import (
	"context"
	"io"
	"mime/quotedprintable"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/handlers/jobs"
	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/mailbox"
	"passerelle/models/modelstest"
	"passerelle/models/searching"
)

// letters sends what is queued through a real server and gives the mails back.
func (w *alertWorld) letters(n int) []received {
	w.t.Helper()
	s := &server{}
	s.listen(w.t, "127.0.0.1:0")
	start(w.t, w.db, jobs.Options{SMTPURL: "smtp://" + s.addr})
	var got []received
	for _, one := range s.wait(w.t, n) {
		if strings.Contains(one.header("List-Unsubscribe"), "/alertes/") {
			got = append(got, one)
		}
	}
	return got
}

func readable(t *testing.T, m received) string {
	t.Helper()
	plain, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(m.data)))
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

func TestAlertMails(t *testing.T) {
	t.Parallel()
	t.Run("P4.7 one mail groups the searches of one rhythm, says why, and ends each by a link of its own", func(t *testing.T) {
		t.Parallel()
		w := newAlertWorld(t)
		w.exec(`DELETE FROM mails`)
		metal, wood := w.save(w.by, searching.Instantly, "soudure", nil), w.save(w.by, searching.Instantly, "menuiserie", nil)
		w.save(w.by, searching.Instantly, "musique", nil)
		w.save(w.by, searching.Never, "soudure", facets("nature", "formation"))
		w.run()
		if n := w.mails(); n != 0 {
			t.Fatalf("%d empty mails", n)
		}
		w.course("F.1", "soudure sous l’eau")
		w.course("F.2", "menuiserie d’art")
		w.course("F.3", "soudure et menuiserie")
		w.run()
		w.run()
		if n := w.mails(); n != 1 {
			t.Fatalf("%d mails", n)
		}
		mails := w.letters(1)
		if len(mails) != 1 {
			t.Fatalf("%d alerts", len(mails))
		}
		text := readable(t, mails[0])
		for _, want := range []string{"Soudure sous l’eau", "Menuiserie d’art", "parce que vous avez enregistré", "https://portail.example.org/formations/F.1", "/recherche?q=soudure"} {
			if !strings.Contains(text, want) {
				t.Errorf("the mail lacks %q", want)
			}
		}
		if strings.Contains(text, "musique") || mails[0].header("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
			t.Errorf("header %q", mails[0].header("List-Unsubscribe-Post"))
		}
		tokens := slices.Compact(slices.Sorted(slices.Values(regexp.MustCompile(`/alertes/recherche/([\w-]+)`).FindAllString(text, -1))))
		if len(tokens) != 2 {
			t.Fatalf("links %q", tokens)
		}
		for _, path := range tokens {
			token := path[strings.LastIndexByte(path, '/')+1:]
			w.tx(func(ctx context.Context, tx models.Tx) error {
				stop, err := searching.StopBySearchLink(ctx, tx, token)
				if stop.Search == nil || stop.Search.ID != metal && stop.Search.ID != wood {
					t.Errorf("%+v", stop)
				}
				return err
			})
			for _, over := range []bool{false, true} { // twice is once
				w.tx(func(ctx context.Context, tx models.Tx) error {
					stop, err := searching.RemoveByLink(ctx, tx, token, false)
					if stop.Over != over {
						t.Errorf("over %v", stop.Over)
					}
					return err
				})
			}
		}
		w.course("F.4", "soudure et menuiserie fines")
		w.run()
		if n := w.mails(); n != 1 {
			t.Errorf("%d mails after the searches were removed", n)
		}
	})
	t.Run("P4.6 one press in the mail program ends a rhythm and keeps the searches", func(t *testing.T) {
		t.Parallel()
		w := newAlertWorld(t)
		w.exec(`DELETE FROM mails`)
		w.save(w.by, searching.Instantly, "soudure", nil)
		daily := w.save(w.by, searching.Daily, "soudure", nil)
		w.course("F.1", "Soudure")
		w.run()
		m := w.letters(1)[0]
		token := strings.Trim(m.header("List-Unsubscribe"), "<>")
		token = token[strings.LastIndexByte(token, '/')+1:]
		w.tx(func(ctx context.Context, tx models.Tx) error {
			stop, err := searching.SilenceByLink(ctx, tx, token)
			if len(stop.Searches) != 1 || stop.Rhythm != searching.Instantly {
				t.Errorf("%+v", stop)
			}
			return err
		})
		var list []searching.Saved
		w.tx(func(ctx context.Context, tx models.Tx) (err error) {
			list, err = searching.SavedOf(ctx, tx, w.by)
			return err
		})
		rhythms := map[searching.Rhythm]int{}
		for _, s := range list {
			rhythms[s.Rhythm]++
		}
		if rhythms[searching.Never] != 1 || rhythms[searching.Daily] != 1 {
			t.Errorf("%v", rhythms)
		}
		_ = daily
	})
	t.Run("P4.6 daily and weekly mails leave at the hour of the portal's zone, and follow the clock that is moved", func(t *testing.T) {
		t.Parallel()
		w := newAlertWorld(t) // Monday, 9.30
		w.save(w.by, searching.Daily, "soudure", nil)
		w.save(w.by, searching.Weekly, "soudure", nil)
		w.course("F.1", "Soudure")
		expect := func(n int) {
			t.Helper()
			w.run()
			if got := w.mails(); got != n {
				t.Errorf("at %s: %d mails, want %d", w.clock.Now().In(w.db.Zone), got, n)
			}
		}
		expect(0)
		at := func(day, hour, minute int) {
			w.clock.Set(time.Date(2026, 11, day, hour, minute, 0, 0, w.db.Zone))
		}
		at(24, 6, 59)
		expect(0)
		at(24, 7, 0)
		expect(1)
		at(29, 12, 0)
		expect(1)
		at(30, 6, 59)
		expect(1)
		at(30, 7, 0)
		expect(2)
		w.exec(`INSERT INTO settings (key, value, changed_at) VALUES ('alert_hour', '18', now())`)
		w.course("F.2", "Soudure fine")
		expect(2)
		w.forward(11 * time.Hour) // a Monday evening: the day's and the week's
		expect(4)
	})
	t.Run("P4.6 what is gone before its mail is not told, and a mail with nothing left is dropped", func(t *testing.T) {
		t.Parallel()
		w := newAlertWorld(t)
		w.exec(`DELETE FROM mails`)
		w.save(w.by, searching.Daily, "soudure", nil)
		w.course("F.1", "Soudure")
		w.run()
		w.tx(func(ctx context.Context, tx models.Tx) error {
			return catalogue.Remove(ctx, tx, catalogue.KindCourse, []string{"F.1"})
		})
		w.forward(24 * time.Hour)
		w.run()
		if n := w.mails(); n != 0 {
			t.Fatalf("%d mails", n)
		}
		id := w.save(w.by, searching.Instantly, "menuiserie", nil)
		w.course("F.2", "Menuiserie")
		w.run()
		w.tx(func(ctx context.Context, tx models.Tx) error { return searching.RemoveSaved(ctx, tx, w.by, id) })
		start(t, w.db, jobs.Options{Local: true})
		if row := waitRow(t, w.db, func(r mailbox.Row) bool { return r.State == mailbox.Dropped }); row.LastError != "nothing left to say" {
			t.Errorf("%+v", row)
		}
	})
	t.Run("P4.7 news found while no mail was wanted are never mailed; the same document never twice for one search", func(t *testing.T) {
		t.Parallel()
		w := newAlertWorld(t)
		id := w.save(w.by, searching.Never, "soudure", nil)
		c := w.course("F.1", "Soudure")
		w.run()
		w.tx(func(ctx context.Context, tx models.Tx) error {
			return searching.ChangeSaved(ctx, tx, w.by, id, "Soudure", searching.Instantly)
		})
		w.run()
		if n := w.mails(); n != 0 {
			t.Fatalf("%d mails", n)
		}
		w.course("F.2", "Soudure fine")
		w.run()
		w.session(c, "S.1", seance{"53", -1, 30, false}) // F.1 opens: it was news already
		w.run()
		if n := w.mails(); n != 1 {
			t.Fatalf("%d mails", n)
		}
		w.expect(id, "F.1 new", "F.2 new")
	})
	t.Run("P4.6 another rhythm, or the same criteria again, keeps the news that wait for their mail", func(t *testing.T) {
		t.Parallel()
		w := newAlertWorld(t) // Monday, 9.30
		profile := func(rhythm searching.Rhythm, f map[string][]string) {
			w.tx(func(ctx context.Context, tx models.Tx) error {
				return searching.SetProfile(ctx, tx, w.by, searching.Criteria{Facets: f}, rhythm)
			})
		}
		profile(searching.Weekly, facets("specialite", "K21", "specialite", "K12", "region", "53"))
		in := searching.SaveInput{Name: "Soudure", Criteria: searching.Criteria{Words: "annonce", Facets: facets("region", "53")}, Rhythm: searching.Weekly}
		var id models.ID
		w.tx(func(ctx context.Context, tx models.Tx) (err error) {
			id, err = searching.Save(ctx, tx, w.by, in)
			return err
		})
		a := w.db.NewID()
		w.exec(`INSERT INTO announcements (id, reference, title, rome_code, region_code, published_on, updated_at) VALUES ($1, 'A.1', 'Une annonce', 'K2111', '53', $2, $3)`, a, w.db.Today(), w.clock.Now())
		w.tx(func(ctx context.Context, tx models.Tx) error {
			return catalogue.Reindex(ctx, tx, catalogue.KindAnnouncement, a)
		})
		w.expect(id, "A.1 new")
		profile(searching.Daily, facets("region", "53", "specialite", "K12", "specialite", "K21"))
		in.Rhythm, in.Facets = searching.Daily, facets("region", "53")
		w.tx(func(ctx context.Context, tx models.Tx) error { return searching.ReplaceSaved(ctx, tx, w.by, id, in) })
		w.expect(id, "A.1 new")
		w.forward(24 * time.Hour)
		w.run()
		var told int
		if err := w.db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM saved_finds WHERE told_at IS NOT NULL`).Scan(&told); err != nil || told != 2 || w.mails() != 1 {
			t.Errorf("%d told in %d mails: %v", told, w.mails(), err)
		}
		profile(searching.Daily, facets("region", "84"))
		w.tx(func(ctx context.Context, tx models.Tx) error {
			s, err := searching.ProfileOf(ctx, tx, w.by)
			if len(s.Facets[searching.FacetSpeciality]) != 0 || len(s.Facets[searching.FacetRegion]) != 1 {
				t.Errorf("%+v", s)
			}
			return err
		})
	})
	t.Run("P4.7 a page and a mail's link wait for nobody who compares", func(t *testing.T) {
		t.Parallel()
		w := newAlertWorld(t)
		w.exec(`DELETE FROM mails`)
		id := w.save(w.by, searching.Instantly, "soudure", nil)
		w.course("F.1", "Soudure")
		w.run()
		m := w.letters(1)[0]
		stop := strings.Trim(m.header("List-Unsubscribe"), "<>")
		stop = stop[strings.LastIndexByte(stop, '/')+1:]
		one := regexp.MustCompile(`/alertes/recherche/([\w-]+)`).FindStringSubmatch(readable(t, m))
		w.tx(func(ctx context.Context, tx models.Tx) error {
			if _, err := tx.PGX.Exec(ctx, `SELECT FROM saved_searches FOR UPDATE`); err != nil {
				return err
			}
			soon, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			return w.db.InTx(soon, func(ctx context.Context, tx models.Tx) error {
				_, err := searching.SavedByID(ctx, tx, w.by, id)
				if err == nil {
					_, err = searching.StopByMailLink(ctx, tx, stop)
				}
				if err == nil {
					_, err = searching.StopBySearchLink(ctx, tx, one[1])
				}
				return err
			})
		})
	})
	t.Run("P4.6 P14.2 what can act or be shown no more is forgotten, what a mail told stays told", func(t *testing.T) {
		t.Parallel()
		w := newAlertWorld(t)
		kept, removed := w.save(w.by, searching.Instantly, "soudure", nil), w.save(w.by, searching.Instantly, "menuiserie", nil)
		w.course("F.1", "Soudure")
		w.course("F.2", "Soudure et menuiserie")
		w.run()
		w.tx(func(ctx context.Context, tx models.Tx) error {
			if err := searching.RemoveSaved(ctx, tx, w.by, removed); err != nil {
				return err
			}
			return catalogue.Remove(ctx, tx, catalogue.KindCourse, []string{"F.2"})
		})
		count := func(sql string) (n int) {
			t.Helper()
			if err := w.db.Pool.QueryRow(t.Context(), sql).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		expect := func(years, links, finds int) {
			t.Helper()
			w.clock.Set(time.Date(2026+years, 11, 25, 9, 30, 0, 0, w.db.Zone))
			w.run()
			if _, err := searching.ForgetDigests(t.Context(), w.db); err != nil {
				t.Fatal(err)
			}
			if l, f := count(`SELECT count(*) FROM links WHERE purpose LIKE 'stop_%'`), count(`SELECT count(*) FROM saved_finds`); l != links || f != finds {
				t.Errorf("after %d years %d links and %d finds, want %d and %d", years, l, f, links, finds)
			}
		}
		expect(0, 3, 2)
		expect(1, 3, 1) // the mail is 400 days old some day later
		expect(3, 1, 1) // the link of the search that is still saved
		w.course("F.3", "Soudure fine")
		w.expect(kept, "F.1 new", "F.3 new")
	})
	t.Run("P4.7 fifty searches and no more; names, rhythms and searches for everything are refused by field", func(t *testing.T) {
		t.Parallel()
		w := newAlertWorld(t)
		for _, in := range []searching.SaveInput{{}, {Name: "x", Rhythm: "hourly", Criteria: searching.Criteria{Words: "x"}},
			{Name: strings.Repeat("é", 81), Rhythm: searching.Daily, Criteria: searching.Criteria{Words: "x"}}, {Name: "x", Rhythm: searching.Daily, Criteria: searching.Criteria{Words: "  "}}} {
			err := w.db.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error {
				_, err := searching.Save(ctx, tx, w.by, in)
				return err
			})
			if models.KindOf(err) != models.KindInvalid {
				t.Errorf("%+v: %v", in, err)
			}
		}
		for range 50 {
			w.save(w.by, searching.Never, "soudure", nil)
		}
		err := w.db.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error {
			_, err := searching.Save(ctx, tx, w.by, searching.SaveInput{Name: "x", Rhythm: searching.Daily, Criteria: searching.Criteria{Words: "x"}})
			return err
		})
		if models.KindOf(err) != models.KindConflict {
			t.Error(err)
		}
	})
}

func TestAlertBound(t *testing.T) {
	t.Parallel()
	zone := modelstest.Paris()
	at := func(month time.Month, day, hour, minute int) time.Time {
		return time.Date(2026, month, day, hour, minute, 0, 0, zone)
	}
	for _, c := range []struct {
		rule          string
		r             searching.Rhythm
		now, want     time.Time
		hour, weekday int
	}{
		{"P4.6 today's hour has come", searching.Daily, at(11, 23, 7, 0), at(11, 23, 7, 0), 7, 1},
		{"P4.6 today's hour is to come", searching.Daily, at(11, 23, 6, 59), at(11, 22, 7, 0), 7, 1},
		{"P4.6 the week's day, before its hour", searching.Weekly, at(11, 23, 6, 59), at(11, 16, 7, 0), 7, 1},
		{"P4.6 the week's day is Sunday", searching.Weekly, at(11, 23, 9, 0), at(11, 22, 7, 0), 7, 7},
		{"P18.11 the night when clocks go forward has no 2 o'clock", searching.Daily, at(3, 29, 12, 0), at(3, 29, 3, 0), 2, 1},
		{"P18.11 the night when clocks go back", searching.Daily, at(10, 25, 7, 30), at(10, 25, 7, 0), 7, 1},
		{"P18.11 a day of 25 hours lies between two mornings", searching.Daily, at(10, 25, 6, 59), at(10, 24, 7, 0), 7, 1},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := searching.Bound(c.r, c.now, zone, c.hour, c.weekday); !got.Equal(c.want) {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
