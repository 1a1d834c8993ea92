package searching_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"passerelle/models"
	"passerelle/models/searching"
)

func (w world) typed(text, visit string, results, rank int) {
	w.Helper()
	if err := searching.Note(w.ctx, w.db, searching.Typed{Text: text, Visit: visit, Engine: "PostgreSQL", Results: results, Rank: rank}); err != nil {
		w.Fatal(err)
	}
}

func (w world) list(by models.Actor, list string) (found []searching.Query) {
	w.Helper()
	w.must(func(ctx context.Context, tx models.Tx) (err error) {
		found, err = searching.Queries(ctx, tx, by, list, 30, 20)
		return err
	})
	return found
}

func (w world) count(sql string) (n int) {
	w.Helper()
	if err := w.db.Pool.QueryRow(w.ctx, sql).Scan(&n); err != nil {
		w.Fatal(err)
	}
	return n
}

func TestQueryLog(t *testing.T) {
	w := newWorld(t)
	odile := w.admin("Odile", "Marchand")
	t.Run("P14.1 a query shows once three visits typed it, whatever one of them repeats", func(t *testing.T) {
		for range 5 {
			w.typed("Jeanne Dupont", "one visit", 0, 0)
		}
		w.typed("jeanne dupont", "another", 0, 0)
		if got := w.list(odile, searching.Frequent); len(got) != 0 {
			t.Errorf("%+v", got)
		}
		for i := range 4 {
			w.typed("ATSEM ", fmt.Sprint("visit ", i), 0, 0)
		}
		got := w.list(odile, searching.Without)
		if len(got) != 1 || got[0].Text != "atsem" || got[0].Visits != 4 || *got[0].Results != 0 {
			t.Errorf("%+v", got)
		}
	})
	t.Run("P14.1 what is opened counts once per visit, with its rank; what nobody opens is listed", func(t *testing.T) {
		for i := range 3 {
			w.typed("crèche", fmt.Sprint("visit ", i), 12, 0)
			w.typed("infirmière", fmt.Sprint("visit ", i), 40, 0)
			w.typed("infirmiere", fmt.Sprint("visit ", i), 40, 2+i)
			w.typed("infirmiere", fmt.Sprint("visit ", i), 40, 9)
		}
		all := w.list(odile, searching.Frequent)
		if len(all) != 3 || all[2].Text != "infirmiere" || all[2].Visits != 3 || all[2].Opened != 3 || all[2].Rank != 3 {
			t.Errorf("%+v", all)
		}
		if got := w.list(odile, searching.Unopened); len(got) != 1 || got[0].Text != "creche" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("P14.1 what may name or describe somebody is not kept", func(t *testing.T) {
		before := w.count(`SELECT count(*) FROM search_queries`)
		for _, text := range []string{"", " ", "a", "%", "camille.fontaine@example.org", "06 12 34 56 78", "1 85 05 78 006 084 36", "75011 75012", "https://example.org/cv",
			strings.Repeat("mot ", 11), strings.Repeat("x", 81), "\x00\xff"} {
			if kept := searching.Kept(text); kept != "" {
				t.Errorf("%q is kept as %q", text, kept)
			}
			w.typed(text, "visit", 0, 0)
		}
		if n := w.count(`SELECT count(*) FROM search_queries`); n != before {
			t.Error(n - before)
		}
	})
	t.Run("P14.1 nothing tells who typed, and marks have nothing in common", func(t *testing.T) {
		var texts string
		if err := w.db.Pool.QueryRow(w.ctx, `SELECT coalesce(string_agg(q::text, ' '), '') || (SELECT coalesce(string_agg(m::text, ' '), '') FROM search_marks m) FROM search_queries q`).Scan(&texts); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(texts, "visit") {
			t.Error(texts)
		}
		if n := w.count(`SELECT count(*) - count(DISTINCT mark) FROM search_marks`); n != 0 {
			t.Error(n)
		}
		if n := w.count(`SELECT count(*) FROM information_schema.columns WHERE table_name IN ('search_queries', 'search_marks', 'search_salts') AND (data_type LIKE 'timestamp%' OR data_type = 'uuid' OR data_type = 'inet')`); n != 0 {
			t.Error("a column could tell who or when")
		}
	})
	t.Run("P14.1 marks go with their day, queries after ninety", func(t *testing.T) {
		for _, sql := range []string{`UPDATE search_marks SET day = day - 1`, `UPDATE search_salts SET day = day - 1`, `UPDATE search_queries SET day = day - 90 WHERE text = 'atsem'`,
			`UPDATE search_queries SET day = day - 91 WHERE text = 'creche'`} {
			if _, err := w.db.Pool.Exec(w.ctx, sql); err != nil {
				t.Fatal(err)
			}
		}
		n, err := searching.ForgetQueries(w.ctx, w.db)
		if err != nil || n != 1 {
			t.Error(n, err)
		}
		if n := w.count(`SELECT (SELECT count(*) FROM search_marks) + (SELECT count(*) FROM search_salts)`); n != 0 {
			t.Error(n)
		}
		w.typed("infirmiere", "visit 0", 41, 0) // a new day: the same visitor is another visit
		if all := w.list(odile, searching.Frequent); all[0].Visits != 4 || *all[0].Results != 41 {
			t.Errorf("%+v", all)
		}
	})
	t.Run("P14.1 a query that a rehearsal replayed is forgotten with the log, whenever it was replayed", func(t *testing.T) {
		w.edit(odile, searching.Edit{AddStop: "devenir"})
		id := w.rehearsed(odile) // moves a result of « atsem »
		judged := `INSERT INTO search_moves (rehearsal_id, no, query, times, judged, after) VALUES ($1, 7, 'chef de produits', 0, true, 1)`
		if _, err := w.db.Pool.Exec(w.ctx, judged, id); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			sql  string
			want int
		}{{`UPDATE search_queries SET visits = greatest(visits, 3) WHERE text = 'atsem'`, 2}, {`UPDATE search_queries SET day = day - 91 WHERE text = 'atsem'`, 1}} {
			if _, err := w.db.Pool.Exec(w.ctx, step.sql); err != nil {
				t.Fatal(err)
			}
			if _, err := searching.ForgetQueries(w.ctx, w.db); err != nil {
				t.Fatal(err)
			}
			if n := w.count(`SELECT count(*) FROM search_moves`); n != step.want {
				t.Errorf("%d moves, want %d", n, step.want)
			}
		}
	})
	t.Run("P14.1 searches with filters say nothing of results", func(t *testing.T) {
		for i := range 3 {
			w.typed("plomberie", fmt.Sprint("visit ", i), -1, 0)
		}
		if got := w.list(odile, searching.Without); len(got) != 0 {
			t.Errorf("%+v", got)
		}
	})
}
