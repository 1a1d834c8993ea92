package searching

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue/words"
)

// QueryDays is how long a query is kept; LeastVisits is how many visits must
// have typed it before anybody sees it: people type names.
const (
	QueryDays   = 90
	LeastVisits = 3
)

// Typed is a query as the public search was asked, with what came of it. Visit
// tells one visitor of a day from another and is never written: only a hash of
// it under a key of the day is, until the day ends.
type Typed struct {
	Text    string
	Visit   string
	Engine  string
	Results int // that hold every word as typed, without filters; -1 when there were some
	Rank    int // of the result opened; 0: none was
}

// Note counts a query, once per visit and day, and once more when the visit
// opens a result of it. What may name or describe somebody is left out. For
// the public search.
func Note(ctx context.Context, db *models.DB, a Typed) error {
	return NoteAll(ctx, db, []Typed{a})
}

// NoteAll counts several queries of one day together.
func NoteAll(ctx context.Context, db *models.DB, list []Typed) error {
	kept := list[:0:0]
	for _, a := range list {
		if a.Text = Kept(a.Text); a.Text != "" {
			kept = append(kept, a)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		for _, a := range kept {
			if err := count(ctx, tx, a); err != nil {
				return err
			}
		}
		return nil
	})
}

// count takes a query whose text is kept into the log.
func count(ctx context.Context, tx models.Tx, a Typed) error {
	seen, err := first(ctx, tx, "seen", a.Text, a.Visit)
	if err != nil {
		return err
	}
	opened := false
	if a.Rank > 0 {
		if opened, err = first(ctx, tx, "opened", a.Text, a.Visit); err != nil {
			return err
		}
	}
	if !seen && !opened {
		return nil
	}
	var results *int
	if a.Results >= 0 {
		results = &a.Results
	}
	rank := 0
	if opened {
		rank = a.Rank
	}
	_, err = tx.PGX.Exec(ctx, `INSERT INTO search_queries AS q (day, text, engine, visits, results, opened, ranks) VALUES ($1, $2, $3, $4::boolean::int, $5, $6::boolean::int, $7)
		ON CONFLICT (day, text, engine) DO UPDATE SET visits = q.visits + excluded.visits, results = coalesce(excluded.results, q.results),
			opened = q.opened + excluded.opened, ranks = q.ranks + excluded.ranks`, models.Prepared, tx.Today(), a.Text, a.Engine, seen, results, opened, rank)
	return wrapped("query log", err)
}

// Kept is the text that the log keeps of a query: folded, without what people
// write about themselves. Empty: nothing is kept (long texts, addresses,
// telephone and other numbers).
func Kept(text string) string {
	if len(text) > 400 || strings.ContainsAny(text, "@/\\") {
		return ""
	}
	digits := 0
	folded := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsDigit(r):
			digits++
			return r
		case unicode.IsLetter(r), r == '+', r == '#':
			return r
		}
		return ' '
	}, words.Fold(strings.ToValidUTF8(text, "")))
	parts := strings.Fields(folded)
	folded = strings.Join(parts, " ")
	if digits > 4 || len(parts) > 10 || utf8.RuneCountInString(folded) > 80 || utf8.RuneCountInString(folded) < 2 {
		return ""
	}
	return folded
}

// first tells whether a visit does something with a text for the first time
// of the day. The mark is under the portal's key and a random one of the day:
// neither the database alone nor, once the day is over, anybody can tell who
// or what it stood for; marks of one visit have nothing in common.
func first(ctx context.Context, tx models.Tx, act, text, visit string) (bool, error) {
	var salt []byte
	err := tx.PGX.QueryRow(ctx, `WITH new AS (INSERT INTO search_salts (day, salt) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING salt)
		SELECT salt FROM new UNION ALL SELECT salt FROM search_salts WHERE day = $1`, models.Prepared, tx.Today(), random()).Scan(&salt)
	if errors.Is(err, pgx.ErrNoRows) { // another began the day at this instant
		err = tx.PGX.QueryRow(ctx, `SELECT salt FROM search_salts WHERE day = $1`, models.Prepared, tx.Today()).Scan(&salt)
	}
	if err != nil {
		return false, fmt.Errorf("query log: %w", err)
	}
	mark := tx.Keys().MAC("query visit", append(salt, act+"\x00"+text+"\x00"+visit...))
	tag, err := tx.PGX.Exec(ctx, `INSERT INTO search_marks (day, mark) VALUES ($1, $2) ON CONFLICT DO NOTHING`, models.Prepared, tx.Today(), mark[:16])
	return tag.RowsAffected() == 1, wrapped("query log", err)
}

func random() []byte {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return b
}

// ForgetQueries takes away the queries of more than QueryDays ago, those of the
// rehearsals that replayed them with them, and the marks and the salt of the
// days that are over; it tells how many queries. The sweep calls it.
func ForgetQueries(ctx context.Context, db *models.DB) (int, error) {
	today := db.Today()
	var n int
	err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		tag, err := tx.PGX.Exec(ctx, `DELETE FROM search_queries WHERE day < $1`, models.Prepared, today.AddDate(0, 0, -QueryDays))
		if err != nil {
			return err
		}
		n = int(tag.RowsAffected())
		if err := forgetReplayed(ctx, tx); err != nil {
			return err
		}
		if _, err = tx.PGX.Exec(ctx, `DELETE FROM search_marks WHERE day < $1`, models.Prepared, today); err != nil {
			return err
		}
		_, err = tx.PGX.Exec(ctx, `DELETE FROM search_salts WHERE day < $1`, models.Prepared, today)
		return err
	})
	return n, wrapped("query log", err)
}

// forgetReplayed takes away what rehearsals keep of queries that the log does
// not show any more: too old, or no longer typed by as many visits.
func forgetReplayed(ctx context.Context, tx models.Tx) error {
	_, err := tx.PGX.Exec(ctx, `DELETE FROM search_moves WHERE NOT judged AND query IN (
		SELECT m.query FROM (SELECT DISTINCT query FROM search_moves WHERE NOT judged) m
		WHERE coalesce((SELECT sum(q.visits) FROM search_queries q WHERE q.text = m.query), 0) < $1)`, models.Prepared, LeastVisits)
	return err
}

// Query is a query of the log over some days.
type Query struct {
	Text    string
	Visits  int
	Results *int // that hold every word as typed, as last counted; nil when it was only searched with filters
	Opened  int
	Rank    float64 // mean rank of what was opened first; 0 without
	Engine  string  // the last
}

// The lists of queries.
const (
	Frequent = "frequentes"
	Without  = "sans-resultat"
	Unopened = "sans-ouverture"
)

// QueryLists names the lists in the order of the screen.
func QueryLists() []string { return []string{Frequent, Without, Unopened} }

// Queries lists what was typed by LeastVisits visits or more in the last days,
// the most frequent first, for administrators: all, those whose words
// found nothing last, or those after which nobody opens anything.
func Queries(ctx context.Context, tx models.Tx, by models.Actor, list string, days, limit int) ([]Query, error) {
	if !by.Everywhere(models.RoleAdmin) {
		return nil, models.NotFound("page.not_found")
	}
	return queries(ctx, tx.PGX, tx.Today(), list, days, limit)
}

// Replayed are the queries that a rehearsal replays, for its job.
func Replayed(ctx context.Context, db *models.DB, limit int) ([]Query, error) {
	return queries(ctx, db.Pool, db.Today(), Frequent, QueryDays, limit)
}

func queries(ctx context.Context, r reader, today time.Time, list string, days, limit int) ([]Query, error) {
	rows, err := r.Query(ctx, `SELECT text, visits, results, opened, CASE WHEN opened > 0 THEN ranks / opened::float ELSE 0 END, engine FROM (
			SELECT text, sum(visits)::int AS visits, (array_agg(results ORDER BY day DESC) FILTER (WHERE results IS NOT NULL))[1] AS results,
				sum(opened)::int AS opened, sum(ranks)::int AS ranks, (array_agg(engine ORDER BY day DESC))[1] AS engine
			FROM search_queries WHERE day > $1 GROUP BY text HAVING sum(visits) >= $2) q
		WHERE CASE $3 WHEN 'sans-resultat' THEN results = 0 WHEN 'sans-ouverture' THEN coalesce(results, 1) > 0 AND opened = 0 ELSE true END
		ORDER BY visits DESC, text LIMIT $4`, models.Prepared, today.AddDate(0, 0, -days), LeastVisits, list, limit)
	if err != nil {
		return nil, fmt.Errorf("query log: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Query])
	return found, wrapped("query log", err)
}

type reader interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// QueryTotals counts visits that searched, and those that found nothing.
type QueryTotals struct {
	Visits  int
	Without int
}

// Share is the part that found nothing, from 0 to 1.
func (t QueryTotals) Share() float64 { return float64(t.Without) / float64(max(t.Visits, 1)) }

// TotalQueries counts the queries of some civil days, both included, seen by
// however many, for administrators: no text of them is told.
func TotalQueries(ctx context.Context, tx models.Tx, by models.Actor, from, to time.Time) (t QueryTotals, err error) {
	if !by.Everywhere(models.RoleAdmin) {
		return t, models.NotFound("page.not_found")
	}
	err = tx.PGX.QueryRow(ctx, `SELECT coalesce(sum(visits), 0)::int, coalesce(sum(visits) FILTER (WHERE results = 0), 0)::int FROM search_queries WHERE day BETWEEN $1 AND $2`,
		models.Prepared, from, to).Scan(&t.Visits, &t.Without)
	return t, wrapped("query log", err)
}
