package jobs_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"passerelle/handlers/jobs"
	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/modelstest"
	"passerelle/models/searching"
	"passerelle/search"
	"passerelle/search/meili"
	"passerelle/search/meili/meilitest"
)

// write puts a document in a transaction of its own, as a change of a course
// does.
func write(t *testing.T, db *models.DB, d catalogue.Document) {
	t.Helper()
	err := db.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error { return catalogue.Put(ctx, tx, []catalogue.Document{d}) })
	if err != nil {
		t.Fatal(err)
	}
}

// caughtUp waits until nothing waits for an index that answers.
func caughtUp(t *testing.T, e *meili.Engine, documents int) time.Duration {
	t.Helper()
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		r, err := e.Report(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if r.Problem == nil && r.Building == nil && r.Lag.Waiting == 0 && r.Indexed == documents {
			return time.Since(began)
		}
		if time.Since(began) > 40*time.Second {
			t.Fatalf("%+v", r)
		}
	}
}

func TestIndexFollowsAlone(t *testing.T) {
	server, db := meilitest.Own(t), modelstest.DB(t)
	e := meili.New(db, search.NewPostgres(db), meili.Options{URL: server.URL, Key: meilitest.OwnKey})
	t.Cleanup(e.Close)
	var list []catalogue.Document
	for i := range 520 {
		list = append(list, catalogue.Document{Kind: catalogue.KindAnnouncement, Object: db.NewID(), Reference: fmt.Sprint("A-", i), Title: fmt.Sprint("Annonce ", i)})
	}
	err := db.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error { return catalogue.Put(ctx, tx, list) })
	if err != nil {
		t.Fatal(err)
	}
	start(t, db, jobs.Options{Engine: e})
	caughtUp(t, e, 520)
	t.Run("P4.9 a change is in the index within seconds", func(t *testing.T) {
		list[0].Title = "Annonce changée"
		write(t, db, list[0])
		t.Log(caughtUp(t, e, 520))
	})
	t.Run("P4.9 500 changes while the engine is dead, and nobody acts", func(t *testing.T) {
		server.Kill()
		for i := range 500 {
			list[i].Title = fmt.Sprint("Annonce revue ", i)
			write(t, db, list[i])
		}
		if r, err := e.Report(t.Context()); err != nil || r.Reachable || r.Lag.Waiting != 500 {
			t.Fatalf("%+v %v", r, err)
		}
		server.Return(t)
		t.Log(caughtUp(t, e, 520))
		check(t, db)
	})
	t.Run("P4.9 a job that is lost stops nothing", func(t *testing.T) {
		// What becomes of a job whose process dies before it works it.
		if _, err := db.Pool.Exec(t.Context(), `CREATE TABLE lost_jobs (n int); CREATE FUNCTION lose_job() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN
				IF (SELECT count(*) FROM lost_jobs) = 0 THEN
					INSERT INTO lost_jobs VALUES (1);
					NEW.state := 'discarded'; NEW.finalized_at := now();
				END IF;
				RETURN NEW;
			END $$; CREATE TRIGGER lose_job BEFORE INSERT ON river_job FOR EACH ROW WHEN (NEW.kind = 'index') EXECUTE FUNCTION lose_job()`); err != nil {
			t.Fatal(err)
		}
		list[1].Title = "Annonce d'un travail perdu"
		write(t, db, list[1])
		t.Log(caughtUp(t, e, 520))
		var lost int
		if err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM lost_jobs`).Scan(&lost); err != nil || lost != 1 {
			t.Fatal(lost, err)
		}
	})
	t.Run("P14.1 a rebuild asked for from a page is made, and swapped", func(t *testing.T) {
		before, _, err := searching.Indexes(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		if begun, err := e.Begin(t.Context()); err != nil || !begun {
			t.Fatal(begun, err)
		}
		for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
			live, building, err := searching.Indexes(t.Context(), db)
			if err != nil {
				t.Fatal(err)
			}
			if building == nil && live.UID != before.UID {
				break
			} else if time.Since(began) > 40*time.Second {
				t.Fatal(live, building)
			}
		}
		check(t, db)
	})
}

// check asks for a check as a page does, and wants the index equal.
func check(t *testing.T, db *models.DB) {
	t.Helper()
	err := db.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error {
		_, err := searching.BeginCheck(ctx, tx, models.Operator())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		c, err := searching.LastCheck(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		if c.EndedAt != nil {
			if !c.Equal() || c.Waiting != 0 || c.Documents != c.Indexed {
				t.Fatalf("%+v", *c)
			}
			return
		}
		if time.Since(began) > 40*time.Second {
			t.Fatal("never checked")
		}
	}
}
