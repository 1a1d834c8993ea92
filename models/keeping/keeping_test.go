package keeping_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/keeping"
	"passerelle/models/modelstest"
)

// world is a database with files that no store needs to hold.
type world struct {
	*testing.T
	db  *models.DB
	key models.ID
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, db: modelstest.DB(t)}
	w.tx(func(ctx context.Context, tx models.Tx) error {
		k, err := dossier.PortalKey(ctx, tx, func(models.ID) ([]byte, error) { return []byte("sealed"), nil })
		w.key = k.ID
		return err
	})
	return w
}

func (w *world) tx(fn func(context.Context, models.Tx) error) {
	w.Helper()
	if err := w.try(fn); err != nil {
		w.Fatal(err)
	}
}

func (w *world) try(fn func(context.Context, models.Tx) error) error {
	return w.db.InTx(w.Context(), fn)
}

// file is a file of one object, made on a day.
func (w *world) file(purpose dossier.Purpose, object string, bytes int64) (id models.ID) {
	w.Helper()
	w.tx(func(ctx context.Context, tx models.Tx) error {
		id = tx.NewID()
		_, err := dossier.AddFile(ctx, tx, dossier.NewFile{ID: id, Key: w.key, Purpose: purpose, Name: "x.pdf", Type: "application/pdf", Bytes: bytes,
			Segments: []dossier.Segment{{Key: object, Plain: bytes, Cipher: bytes + 100, Sum: []byte("sum")}}})
		return err
	})
	return id
}

func (w *world) exec(sql string, args ...any) {
	w.Helper()
	if _, err := w.db.Pool.Exec(w.Context(), sql, args...); err != nil {
		w.Fatal(err)
	}
}

func (w *world) begin(in keeping.NewPass) (p keeping.Pass) {
	w.Helper()
	w.tx(func(ctx context.Context, tx models.Tx) (err error) {
		p, err = keeping.Begin(ctx, tx, models.Operator(), in)
		return err
	})
	return p
}

func (w *world) take(id models.ID) (p keeping.Pass) {
	w.Helper()
	w.tx(func(ctx context.Context, tx models.Tx) (err error) {
		p, err = keeping.Take(ctx, tx, id)
		return err
	})
	return p
}

func (w *world) save(p keeping.Pass) (kept bool) {
	w.Helper()
	w.tx(func(ctx context.Context, tx models.Tx) (err error) {
		kept, err = keeping.Save(ctx, tx, p)
		return err
	})
	return kept
}

func (w *world) refuses(kind models.Kind, fn func(context.Context, models.Tx) error) {
	w.Helper()
	if err := w.try(fn); err == nil || models.KindOf(err) != kind {
		w.Errorf("%v, want kind %d", err, kind)
	}
}

func TestPass(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.file(dossier.PurposeTemplate, "aa/aa/1", 900)
	w.file(dossier.PurposeExport, "aa/aa/2", 400)
	p := w.begin(keeping.NewPass{Kind: keeping.Audit})
	t.Run("P14.2 a check knows from the start how much there is to read", func(t *testing.T) {
		if p.TotalObjects != 2 || p.TotalBytes != 1500 {
			t.Fatalf("%+v", p)
		}
	})
	t.Run("P14.2 two checks do not go on at once, a move beside a check may", func(t *testing.T) {
		w.refuses(models.KindConflict, func(ctx context.Context, tx models.Tx) error {
			_, err := keeping.Begin(ctx, tx, models.Operator(), keeping.NewPass{Kind: keeping.Daily})
			return err
		})
		w.begin(keeping.NewPass{Kind: keeping.Move, Target: keeping.OnS3})
	})
	t.Run("P14.2 the newest job has the pass, the one before it learns so when it saves", func(t *testing.T) {
		first, second := w.take(p.ID), w.take(p.ID)
		first.Objects, second.Objects, second.Bytes = 1, 1, 1000
		if w.save(first) || !w.save(second) {
			t.Error("the wrong one was kept")
		}
		if second.Percent() != 66 {
			t.Error(second.Percent())
		}
	})
	t.Run("P14.2 suspended, a pass takes no word of its job, and goes on where it was", func(t *testing.T) {
		p := w.take(p.ID)
		w.tx(func(ctx context.Context, tx models.Tx) error {
			return keeping.Suspend(ctx, tx, models.Operator(), p.ID)
		})
		p.Objects = 2
		if w.save(p) {
			t.Error("a paused pass moved")
		}
		w.refuses(models.KindNotFound, func(ctx context.Context, tx models.Tx) error { _, err := keeping.Take(ctx, tx, p.ID); return err })
		w.refuses(models.KindConflict, func(ctx context.Context, tx models.Tx) error {
			return keeping.Suspend(ctx, tx, models.Operator(), p.ID)
		})
		w.tx(func(ctx context.Context, tx models.Tx) error { return keeping.Resume(ctx, tx, models.Operator(), p.ID) })
		if p = w.take(p.ID); p.Objects != 1 || p.Bytes != 1000 {
			t.Errorf("%+v", p)
		}
	})
	t.Run("P14.2 stopped, it is over and another may begin", func(t *testing.T) {
		w.tx(func(ctx context.Context, tx models.Tx) error { return keeping.Stop(ctx, tx, models.Operator(), p.ID) })
		w.begin(keeping.NewPass{Kind: keeping.Audit})
	})
	t.Run("P14.2 nobody but administrators orders or sees anything", func(t *testing.T) {
		by := models.Actor{Kind: models.ActorAccount, Account: uuid.New(), Grants: []models.Grant{{Role: models.RoleOfficer, Kind: models.ScopePortal}}}
		for name, fn := range map[string]func(context.Context, models.Tx) error{
			"begin": func(ctx context.Context, tx models.Tx) error {
				_, err := keeping.Begin(ctx, tx, by, keeping.NewPass{Kind: keeping.Audit})
				return err
			},
			"stop": func(ctx context.Context, tx models.Tx) error { return keeping.Stop(ctx, tx, by, p.ID) },
			"findings": func(ctx context.Context, tx models.Tx) error {
				_, err := keeping.Findings(ctx, tx, by, keeping.Orphan, 1)
				return err
			},
			"ask": func(ctx context.Context, tx models.Tx) error {
				_, err := keeping.Ask(ctx, tx, by, keeping.Orphan, keeping.Erase, keeping.Chosen{})
				return err
			},
			"volumes":   func(ctx context.Context, tx models.Tx) error { _, err := keeping.Volumes(ctx, tx, by); return err },
			"retention": func(ctx context.Context, tx models.Tx) error { _, err := keeping.Retention(ctx, tx, by); return err },
		} {
			if err := w.try(fn); models.KindOf(err) != models.KindNotFound || err == nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestTend(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tend := func() (n int) {
		w.tx(func(ctx context.Context, tx models.Tx) (err error) {
			n, err = keeping.Tend(ctx, tx)
			return err
		})
		return n
	}
	clock := modelstest.Clock(w.db)
	t.Run("P17.24 once a day the portal compares rows and objects by itself", func(t *testing.T) {
		if tend() != 1 || tend() != 0 {
			t.Fatal("not once")
		}
	})
	t.Run("P14.2 a pass whose job was killed is given to another", func(t *testing.T) {
		clock.Set(clock.Now().Add(5 * time.Minute))
		if tend() != 1 || tend() != 0 {
			t.Fatal("not once")
		}
		var jobs int
		if err := w.db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM river_job WHERE kind = 'storage_pass'`).Scan(&jobs); err != nil || jobs != 2 {
			t.Error(jobs, err)
		}
	})
}

func TestDailyParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clock := modelstest.Clock(w.db)
	day := func(end keeping.PassState) int {
		clock.Set(clock.Now().Add(25 * time.Hour)) // a day is skipped now and then
		p := w.take(w.begin(keeping.NewPass{Kind: keeping.Daily}).ID)
		w.tx(func(ctx context.Context, tx models.Tx) error { return keeping.End(ctx, tx, p, end) })
		return p.Part
	}
	t.Run("P17.24 daily checks read one part after the other, whatever the day, and one that failed again", func(t *testing.T) {
		for n := range 2*keeping.DailyParts + 1 {
			if n == 7 {
				if part := day(keeping.Failed); part != 7 {
					t.Fatal(part)
				}
			}
			if part := day(keeping.Done); part != n%keeping.DailyParts {
				t.Fatalf("check %d reads part %d", n, part)
			}
		}
	})
	t.Run("P17.24 a year after, mended findings and passes are forgotten, but the last and what is still wrong", func(t *testing.T) {
		old := w.take(w.begin(keeping.NewPass{Kind: keeping.Audit}).ID)
		w.tx(func(ctx context.Context, tx models.Tx) error {
			found := []keeping.Found{{Kind: keeping.Orphan, Object: "aa/aa/mended"}, {Kind: keeping.Orphan, Object: "aa/aa/open"}}
			if err := keeping.Keep(ctx, tx, old.ID, found); err != nil {
				return err
			}
			return keeping.End(ctx, tx, old, keeping.Done)
		})
		w.exec(`UPDATE storage_findings SET outcome = 'erased', closed_at = found_at WHERE object_key = 'aa/aa/mended'`)
		passes := func() (passes, findings int) {
			if err := w.db.Pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM storage_passes), (SELECT count(*) FROM storage_findings)`).Scan(&passes, &findings); err != nil {
				t.Fatal(err)
			}
			return passes, findings
		}
		forget := func() (n int) {
			w.tx(func(ctx context.Context, tx models.Tx) (err error) { n, err = keeping.Forget(ctx, tx); return err })
			return n
		}
		clock.Set(clock.Now().AddDate(0, 0, 200))
		if n := forget(); n != 0 {
			t.Errorf("%d forgotten too early", n)
		}
		clock.Set(clock.Now().AddDate(0, 0, 200))
		before, _ := passes()
		n := forget()
		left, findings := passes() // of those done, of the one that failed, and what the open finding names
		if n != before-3+1 || left != 3 || findings != 1 {
			t.Errorf("%d of %d forgotten, %d passes and %d findings left", n, before, left, findings)
		}
	})
}

func TestFindings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file := w.file(dossier.PurposeTemplate, "aa/aa/1", 900)
	p := w.take(w.begin(keeping.NewPass{Kind: keeping.Audit}).ID)
	keep := func(p keeping.Pass, found ...keeping.Found) {
		w.tx(func(ctx context.Context, tx models.Tx) error { return keeping.Keep(ctx, tx, p.ID, found) })
	}
	list := func(kind keeping.FindingKind) (all []keeping.Finding) {
		w.tx(func(ctx context.Context, tx models.Tx) (err error) {
			all, err = keeping.Findings(ctx, tx, models.Operator(), kind, 100)
			return err
		})
		return all
	}
	altered := keeping.Found{Kind: keeping.Altered, Object: "aa/aa/1", File: file, Bytes: 1000, Detail: "sum"}
	keep(p, altered, keeping.Found{Kind: keeping.Orphan, Object: "bb/bb/2", Bytes: 7})
	t.Run("P17.24 what is met twice is one finding, as old as it is", func(t *testing.T) {
		modelstest.Clock(w.db).Set(modelstest.Clock(w.db).Now().Add(time.Hour))
		keep(p, altered)
		if all := list(keeping.Altered); len(all) != 1 || all[0].Purpose != "template" || w.db.Clock.Now().Sub(all[0].At) < time.Hour {
			t.Fatalf("%+v", all)
		}
	})
	t.Run("P17.24 what was found after the question, or more than it showed, is not done with the rest", func(t *testing.T) {
		askable := func() (s keeping.Shown) {
			w.tx(func(ctx context.Context, tx models.Tx) (err error) {
				s, err = keeping.Askable(ctx, tx, models.Operator(), keeping.Orphan, keeping.Erase)
				return err
			})
			return s
		}
		shown := askable()
		keep(p, keeping.Found{Kind: keeping.Orphan, Object: "bb/bb/3", Bytes: 7})
		about := keeping.Chosen{Until: shown.Until, Most: shown.Count}
		w.exec(`UPDATE storage_findings SET found_at = found_at - interval '1 day' WHERE object_key = 'bb/bb/3'`) // of a pass that told late
		w.refuses(models.KindConflict, func(ctx context.Context, tx models.Tx) error {
			_, err := keeping.Ask(ctx, tx, models.Operator(), keeping.Orphan, keeping.Erase, about)
			return err
		})
		w.exec(`UPDATE storage_findings SET found_at = found_at + interval '1 day' WHERE object_key = 'bb/bb/3'`)
		w.tx(func(ctx context.Context, tx models.Tx) error {
			n, err := keeping.Ask(ctx, tx, models.Operator(), keeping.Orphan, keeping.Erase, about)
			if n != 1 {
				t.Error(n, "orders")
			}
			return err
		})
		if left := askable(); shown.Count != 1 || left.Count != 1 {
			t.Error(shown, left)
		}
		w.exec(`DELETE FROM storage_findings WHERE object_key = 'bb/bb/3'`)
		w.exec(`UPDATE storage_findings SET asked = '', asked_at = NULL`)
	})
	t.Run("P17.24 only what fits a finding can be asked, and only once", func(t *testing.T) {
		w.refuses(models.KindNotFound, func(ctx context.Context, tx models.Tx) error {
			_, err := keeping.Ask(ctx, tx, models.Operator(), keeping.Orphan, keeping.Lose, keeping.Chosen{})
			return err
		})
		w.refuses(models.KindConflict, func(ctx context.Context, tx models.Tx) error { // no sound copy
			_, err := keeping.Ask(ctx, tx, models.Operator(), keeping.Altered, keeping.Restore, keeping.Chosen{})
			return err
		})
		for n, kind := range []models.Kind{models.KindInternal, models.KindConflict} {
			err := w.try(func(ctx context.Context, tx models.Tx) error {
				_, err := keeping.Ask(ctx, tx, models.Operator(), keeping.Orphan, keeping.Erase, keeping.Chosen{})
				return err
			})
			if n == 0 && err != nil || n == 1 && models.KindOf(err) != kind {
				t.Error(n, err)
			}
		}
	})
	t.Run("P17.24 a check that met nothing wrong any more closes what was known", func(t *testing.T) {
		w.tx(func(ctx context.Context, tx models.Tx) error { return keeping.End(ctx, tx, p, keeping.Done) })
		if len(list(keeping.Altered)) != 1 {
			t.Fatal("closed by the pass that found it")
		}
		modelstest.Clock(w.db).Set(modelstest.Clock(w.db).Now().Add(time.Hour))
		again := w.take(w.begin(keeping.NewPass{Kind: keeping.Daily}).ID)
		keep(again, altered)
		w.tx(func(ctx context.Context, tx models.Tx) error { return keeping.End(ctx, tx, again, keeping.Done) })
		if len(list(keeping.Altered)) != 1 || len(list(keeping.Orphan)) != 0 {
			t.Error(list(keeping.Altered), list(keeping.Orphan))
		}
	})
}

func TestVolumes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old, young, gone := w.file(dossier.PurposeDeposit, "aa/aa/1", 900), w.file(dossier.PurposeRendition, "aa/aa/2", 400), w.file(dossier.PurposeExport, "aa/aa/3", 50)
	w.exec(`UPDATE files SET created_at = '2026-08-31 22:30+00' WHERE id = $1`, old) // September in Paris
	w.exec(`UPDATE files SET created_at = '2025-01-10', purged_at = '2026-10-05' WHERE id = $1`, gone)
	_ = young
	t.Run("P14.2 volumes by kind, with what came in thirty days", func(t *testing.T) {
		var all []keeping.Volume
		w.tx(func(ctx context.Context, tx models.Tx) (err error) {
			all, err = keeping.Volumes(ctx, tx, models.Operator())
			return err
		})
		want := []keeping.Volume{{Kind: "deposit", Objects: 1, Bytes: 1000}, {Kind: "rendition", Objects: 1, Bytes: 500, Recent: 500}}
		if len(all) != 2 || all[0] != want[0] || all[1] != want[1] {
			t.Errorf("%+v", all)
		}
	})
	t.Run("P14.2 growth month by month, what was erased since included until then", func(t *testing.T) {
		var points []keeping.Point
		w.tx(func(ctx context.Context, tx models.Tx) (err error) {
			points, err = keeping.Growth(ctx, tx, models.Operator(), 12)
			return err
		})
		got := []int64{}
		for _, p := range points[7:] { // July to November
			got = append(got, p.Total())
		}
		want := []int64{150, 150, 1150, 1000, 1500}
		if len(points) != 12 || points[0].Month != 12 || points[0].Year != 2025 || points[0].Total() != 150 {
			t.Fatalf("%+v", points)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("%v, want %v", got, want)
			}
		}
	})
	t.Run("P17.24 what the portal made itself is of no structure", func(t *testing.T) {
		var all []keeping.Structure
		w.tx(func(ctx context.Context, tx models.Tx) (err error) {
			all, err = keeping.Structures(ctx, tx, models.Operator())
			return err
		})
		if len(all) != 1 || all[0].Portal || all[0].Bytes != 1500 {
			t.Errorf("%+v", all)
		}
	})
}

func TestRetention(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	t.Run("P17.24 every rule reads what its sweep would erase", func(t *testing.T) {
		var list []keeping.Applied
		w.tx(func(ctx context.Context, tx models.Tx) (err error) {
			list, err = keeping.Retention(ctx, tx, models.Operator())
			return err
		})
		if len(list) < 8 || list[0].Days != 14 || list[1].Days != 90 || list[0].Next != nil {
			t.Errorf("%+v", list)
		}
	})
	t.Run("P18.18 a delay changes within its bounds only, and the journal says who", func(t *testing.T) {
		err := w.try(func(ctx context.Context, tx models.Tx) error {
			return keeping.SetRetention(ctx, tx, models.Operator(), map[string]string{"approver_kept_days": "400", "draft_claimed_days": "60"})
		})
		if models.KindOf(err) != models.KindInvalid {
			t.Fatal(err)
		}
		w.tx(func(ctx context.Context, tx models.Tx) error {
			return keeping.SetRetention(ctx, tx, models.Operator(), map[string]string{"draft_claimed_days": "60"})
		})
		var events int
		if err := w.db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM events WHERE kind = 'setting.changed'`).Scan(&events); err != nil || events != 1 {
			t.Error(events, err)
		}
	})
}
