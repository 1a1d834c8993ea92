package seed

import (
	"context"
	"testing"
	"time"

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
	if _, err := Demo(ctx, db, func(s string) { t.Log(time.Since(begin).Round(time.Millisecond), s) }); err != nil {
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
	all := count(`SELECT count(*) FROM applications`)
	if states := count(`SELECT count(DISTINCT state) FROM applications`); all < 35 || states < 5 {
		t.Errorf("%d applications in %d states", all, states)
	}
	if narrow := count(`SELECT count(*) FROM applications a JOIN sessions s ON s.id = a.session_id
		JOIN course_themes ct ON ct.course_id = s.course_id JOIN themes t ON t.id = ct.theme_id WHERE t.slug LIKE 'sante-social-sport%'`); narrow == 0 || narrow >= all*3 {
		t.Errorf("the narrow officer sees %d", narrow)
	}
	start := time.Now()
	if _, err := Demo(ctx, db, nil); err != nil {
		t.Fatal(err)
	}
	t.Log("again in", time.Since(start))
	if again := count(`SELECT count(*) FROM applications`); again != all {
		t.Errorf("a second start makes %d applications of %d", again, all)
	}
	violations, _, err := verify.Run(ctx, db)
	if err != nil || len(violations) > 0 {
		t.Errorf("%+v, %v", violations, err)
	}
}
