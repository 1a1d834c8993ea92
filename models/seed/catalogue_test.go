package seed

import (
	"context"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/catalogue"
	"passerelle/models/modelstest"
)

func TestCatalogue(t *testing.T) {
	ctx := context.Background()
	db := modelstest.DB(t)
	start := time.Now()
	if err := Catalogue(ctx, db, db.Today(), func(s string) { t.Log(time.Since(start).Round(time.Millisecond), s) }); err != nil {
		t.Fatal(err)
	}
	t.Log("loaded in", time.Since(start).Round(time.Millisecond))
	t.Run("the whole of the sources is there", func(t *testing.T) {
		for table, want := range map[string]int{"courses": 6086, "programmes": 4113, "programme_intakes": 10579, "announcements": 642,
			"search_documents": 6086 + 4113 + 642, "regions": 26, "departments": 109} {
			var n int
			if err := db.Pool.QueryRow(ctx, "SELECT count(*) FROM "+table).Scan(&n); err != nil || n != want {
				t.Errorf("%s: %d rows, want %d (%v)", table, n, want, err)
			}
		}
	})
	t.Run("generated sessions are in every state and two courses in five have an open one", func(t *testing.T) {
		rows, err := db.Pool.Query(ctx, `SELECT `+"id FROM sessions WHERE course_id IS NOT NULL")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		states, open := map[catalogue.State]int{}, map[models.ID]bool{}
		for rows.Next() {
			var id models.ID
			if err := rows.Scan(&id); err != nil {
				t.Fatal(err)
			}
			s, err := catalogue.SessionByID(ctx, db.Pool, id)
			if err != nil {
				t.Fatal(err)
			}
			if !s.Generated {
				t.Fatalf("%s is not marked as generated", s.ExternalID)
			}
			state := s.State(db.Today())
			states[state]++
			if state == catalogue.Open {
				open[s.CourseID] = true
			}
		}
		for _, s := range catalogue.States() {
			if states[s] < 100 {
				t.Errorf("%s: %d sessions", s, states[s])
			}
		}
		if len(open) < 6086*40/100 {
			t.Errorf("%d courses have an open session", len(open))
		}
		t.Log(states, len(open))
	})
	t.Run("P3.3 every programme has one campaign, in every state, with its real intake where the source gives one", func(t *testing.T) {
		var campaigns, open, coming, closed, unlabelled, listed, intakes, orphans int
		err := db.Pool.QueryRow(ctx, `SELECT count(*), count(*) FILTER (WHERE opens_on <= $1 AND closes_on >= $1), count(*) FILTER (WHERE opens_on > $1),
			count(*) FILTER (WHERE closes_on < $1), count(*) FILTER (WHERE NOT generated), count(requirement_list_id),
			count(*) FILTER (WHERE EXISTS (SELECT FROM programme_intakes i WHERE i.programme_id = s.programme_id AND i.capacity = s.capacity)),
			(SELECT count(*) FROM programmes WHERE faculty_id IS NULL) FROM sessions s WHERE programme_id IS NOT NULL`, db.Today()).
			Scan(&campaigns, &open, &coming, &closed, &unlabelled, &listed, &intakes, &orphans)
		if err != nil || campaigns != 4113 || listed != 4113 || unlabelled+orphans > 0 || intakes < 4113-700 {
			t.Fatalf("%d campaigns, %d with a list, %d with an intake, %d not said to be generated, %d programmes without component, %v",
				campaigns, listed, intakes, unlabelled, orphans, err)
		}
		if open < 2000 || coming < 600 || closed < 600 || open+coming+closed != campaigns {
			t.Errorf("%d open, %d to come, %d closed", open, coming, closed)
		}
	})
	t.Run("P3.3 a campaign ends before the academic year, whatever the day", func(t *testing.T) {
		for day := range 366 {
			today := time.Date(2028, 1, 1+day, 0, 0, 0, 0, time.UTC)
			for _, reference := range []string{"TMM-A", "TMM-B", "TMM-C", "TMM-D", "TMM-E", "TMM-F"} {
				c := generateCampaign(reference, nil, 0, today)
				if c.opens.After(c.closes) || !c.closes.Before(c.starts) || !c.commission.Before(c.starts) || c.capacity != assumed {
					t.Fatalf("on %s: %+v", today.Format(time.DateOnly), c)
				}
				if again := generateCampaign(reference, nil, 0, today); again != c {
					t.Fatalf("%+v, then %+v", c, again)
				}
			}
		}
	})
	t.Run("announcements are recent by whole years and none is to come", func(t *testing.T) {
		var late, old, unlabelled int
		err := db.Pool.QueryRow(ctx, `SELECT count(*) FILTER (WHERE published_on > $1), count(*) FILTER (WHERE published_on <= $1 - 366),
			count(*) FILTER (WHERE shifted_years = 0) FROM announcements`, db.Today()).Scan(&late, &old, &unlabelled)
		if err != nil || late+old+unlabelled > 0 {
			t.Fatal(late, old, unlabelled, err)
		}
	})
	t.Run("what a source lacks is absent, never invented", func(t *testing.T) {
		var n int
		err := db.Pool.QueryRow(ctx, `SELECT count(*) FROM courses WHERE objectives IS NOT NULL OR programme IS NOT NULL`).Scan(&n)
		if err != nil || n > 0 {
			t.Fatal(n, err)
		}
	})
	t.Run("a second call does nothing", func(t *testing.T) {
		var before, after string
		sum := `SELECT md5(string_agg(id::text || starts_on, ',' ORDER BY id)) FROM sessions`
		if err := db.Pool.QueryRow(ctx, sum).Scan(&before); err != nil {
			t.Fatal(err)
		}
		if err := Catalogue(ctx, db, db.Today().AddDate(0, 0, 9), nil); err != nil {
			t.Fatal(err)
		}
		if err := db.Pool.QueryRow(ctx, sum).Scan(&after); err != nil || before != after {
			t.Fatal(before, after, err)
		}
	})
}
