package seed

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/modelstest"
	"passerelle/models/procedure"
	"passerelle/models/verify"
)

func TestDemo(t *testing.T) {
	ctx := context.Background()
	db := modelstest.DB(t)
	if err := procedure.PublishBuiltIn(ctx, db); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	accounts, err := Demo(ctx, db, func(s string) { t.Log(time.Since(begin).Round(time.Millisecond), s) })
	if err != nil {
		t.Fatal(err)
	}
	t.Log("made in", time.Since(begin))
	count := func(sql string) int {
		t.Helper()
		n := 0
		if err := db.Pool.QueryRow(ctx, sql).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	dossiers(t, db, accounts)
	if n := count(`SELECT count(DISTINCT state) FROM applications WHERE kind = 'admission'`); n != 3 {
		t.Errorf("admissions in %d states, not draft, under review and asked again", n)
	}
	if n := count(`SELECT count(*) FROM information_requests WHERE answered_at IS NOT NULL`); n == 0 {
		t.Error("nobody gave again what was asked")
	}
	all := count(`SELECT count(*) FROM applications`)
	if states := count(`SELECT count(DISTINCT state) FROM applications`); all < 35 || states < 5 {
		t.Errorf("%d applications in %d states", all, states)
	}
	if narrow := count(`SELECT count(*) FROM applications a JOIN sessions s ON s.id = a.session_id
		JOIN course_themes ct ON ct.course_id = s.course_id JOIN themes t ON t.id = ct.theme_id WHERE t.slug LIKE 'sante-social-sport%'`); narrow == 0 || narrow >= all*3 {
		t.Errorf("the narrow officer sees %d", narrow)
	}
	if shown := count(`SELECT count(*) FROM (SELECT FROM search_queries GROUP BY text HAVING sum(visits) >= 3) q`); shown < 30 {
		t.Errorf("%d queries that the console may show", shown)
	}
	if today := count(`SELECT count(*) FROM search_queries WHERE visits < opened OR day < (SELECT max(day) FROM search_queries) - 90`); today != 0 {
		t.Error("queries opened more often than typed, or too old")
	}
	queries, saved := count(`SELECT sum(visits) FROM search_queries`), count(`SELECT count(*) FROM saved_searches WHERE rhythm <> 'none'`)
	if saved != 3 {
		t.Errorf("%d saved searches with mails", saved)
	}
	start := time.Now()
	if _, err := Demo(ctx, db, nil); err != nil {
		t.Fatal(err)
	}
	t.Log("again in", time.Since(start))
	if again := count(`SELECT count(*) FROM applications`); again != all {
		t.Errorf("a second start makes %d applications of %d", again, all)
	}
	if again := count(`SELECT sum(visits) FROM search_queries`); again != queries {
		t.Errorf("a second start makes %d visits of %d", again, queries)
	}
	violations, _, err := verify.Run(ctx, db)
	if err != nil || len(violations) > 0 {
		t.Errorf("%+v, %v", violations, err)
	}
}

// dossiers plays the admissions with papers of a few letters, twice.
func dossiers(t *testing.T, db *models.DB, accounts Accounts) {
	t.Helper()
	desk := Desk{Prepare: func(context.Context) error { return nil },
		Draw: func(p Paper) ([]byte, error) { return fmt.Appendf(nil, "%s %s %d", p.Kind, p.Last, p.Seed), nil },
		Deposit: func(ctx context.Context, by models.Actor, application, requirement models.ID, place int, _ string, content []byte) error {
			return db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
				_, err := modelstest.Deposit(ctx, tx, by, application, requirement, place, string(content))
				return err
			})
		}}
	for range 2 {
		if err := Dossiers(t.Context(), db, accounts, desk); err != nil {
			var e *models.Error
			if errors.As(err, &e) {
				t.Logf("%+v", e)
			}
			t.Fatal(err)
		}
	}
}
