package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"passerelle/models"
	"passerelle/models/catalogue/words"
	"passerelle/models/cluster"
)

// scaleCase is searchCase over a catalogue multiplied to n documents: the same
// courses at other bodies and places, said to be generated. Beside it,
// PostgreSQL's own text search of the same queries: the best twenty by ts_rank
// with their exact count, no facet.
func scaleCase(n int) func(context.Context, *portal, options) ([]row, error) {
	return func(ctx context.Context, p *portal, o options) ([]row, error) {
		typed, err := prefixes(o.Data)
		if err != nil {
			return nil, err
		}
		have, bare, err := p.multiply(ctx, n, func(pool *pgxpool.Pool) (measured, error) { return rankedBySQL(ctx, pool, typed, max(2*o.Seconds, 15)) })
		if err != nil {
			return nil, err
		}
		if err := p.stop(); err != nil {
			return nil, err
		}
		began := time.Now()
		if err := p.start(ctx); err != nil {
			return nil, err
		}
		loaded := row{Case: fmt.Sprintf("first search after a start, %d documents", have), Seconds: time.Since(began).Seconds(), RSS: p.rss()}
		pl := typing(p, o, &typed)
		before := p.cpu()
		got, err := load(pl)
		if err != nil {
			return nil, err
		}
		r := got.row(fmt.Sprintf("search typed letter by letter, facets, %d documents", have))
		r.CPU, r.RSS = 100*(p.cpu()-before).Seconds()/got.Elapsed.Seconds(), p.rss()
		r.Ratio, r.Note = bare.quantile(.95)/got.quantile(.95), strings.TrimSpace(r.Note+" ratio of p95")
		return []row{loaded, bare.row("  ts_rank, the first twenty and an exact count"), r}, nil
	}
}

// multiply brings the catalogue to n documents and runs the baseline over a
// table of its own, beside the portal that rests.
func (p *portal) multiply(ctx context.Context, n int, baseline func(*pgxpool.Pool) (measured, error)) (have int, m measured, err error) {
	c, err := cluster.Attach(ctx, cluster.Options{Folder: p.data()})
	if err != nil {
		return 0, m, err
	}
	db, err := p.openDB(ctx, c.URL(), nil)
	if err != nil {
		return 0, m, err
	}
	defer db.Close()
	if err := db.Pool.QueryRow(ctx, `SELECT count(*) FROM search_documents`).Scan(&have); err != nil {
		return 0, m, err
	}
	if missing := n - have; missing > n/20 {
		if err := grow(ctx, db, missing); err != nil {
			return have, m, err
		}
		have = n
	}
	if _, err := db.Pool.Exec(ctx, `
		CREATE UNLOGGED TABLE bench_words AS
			SELECT no, setweight(to_tsvector('french', title), 'A') || to_tsvector('french', concat_ws(' ', array_to_string(acronyms, ' '), array_to_string(others, ' '), body)) AS words
			FROM search_documents;
		CREATE INDEX ON bench_words USING gin (words);
		ANALYZE bench_words`); err != nil {
		return have, m, err
	}
	m, err = baseline(db.Pool)
	_, dropped := db.Pool.Exec(ctx, `DROP TABLE bench_words`)
	return have, m, errors.Join(err, dropped)
}

// grow adds courses with a session and a document each. Nobody is told: the
// portal is started again.
func grow(ctx context.Context, db *models.DB, missing int) error {
	return pgx.BeginFunc(ctx, db.Pool, func(tx pgx.Tx) error {
		for _, sql := range []string{
			// Asked for that many rows, the planner would compare each with every place.
			`SET LOCAL synchronous_commit = off; SET LOCAL work_mem = '256MB'; SET LOCAL enable_nestloop = off`,
			`ALTER TABLE sessions DISABLE TRIGGER USER; ALTER TABLE search_documents DISABLE TRIGGER USER`,
			`CREATE TEMP TABLE grown ON COMMIT DROP AS
				WITH places AS (SELECT row_number() OVER (ORDER BY d.code) - 1 AS i, d.code, d.name, d.no, r.no AS region, r.code AS region_code, r.name AS region_name
						FROM departments d JOIN regions r ON r.code = d.region_code),
					source AS (SELECT row_number() OVER (ORDER BY d.no) AS i, d.no, d.object_id, s.id AS session
						FROM search_documents d JOIN LATERAL (SELECT id FROM sessions WHERE offering_id = d.object_id AND modality = 'on_site' ORDER BY starts_on, id LIMIT 1) s ON true
						WHERE d.kind = 'course' AND d.reference NOT LIKE 'generated-%')
				SELECT gen_random_uuid() AS id, format('generated-%s-%s-%s', s.no, copy, to_char(clock_timestamp(), 'YYMMDDHH24MISS')) AS reference, copy, s.object_id, s.session, p.*
				FROM generate_series(1, ` + fmt.Sprint(missing) + ` / greatest((SELECT count(*) FROM source), 1) + 1) copy CROSS JOIN source s
				JOIN places p ON p.i = (s.i + copy * 7) % (SELECT count(*) FROM places) LIMIT ` + fmt.Sprint(missing),
			`INSERT INTO courses (id, reference, source, title, acronym, type, type_acronym, duration, duration_days, rncp, level, level_label, authority, speciality, url, objectives, programme, updated_at)
				SELECT g.id, g.reference, 'généré', c.title, c.acronym, c.type, c.type_acronym, c.duration, c.duration_days, c.rncp, c.level, c.level_label, 'Organisme généré ' || g.copy,
					c.speciality, c.url, c.objectives, c.programme, c.updated_at FROM grown g JOIN courses c ON c.id = g.object_id`,
			`INSERT INTO sessions (id, course_id, external_id, generated, starts_on, ends_on, place, department_code, region_code, modality, capacity, seats_elsewhere, opens_on, closes_on)
				SELECT gen_random_uuid(), g.id, g.reference, true, s.starts_on, s.ends_on, g.name, g.code, g.region_code, s.modality, s.capacity, 0, s.opens_on, s.closes_on
				FROM grown g JOIN sessions s ON s.id = g.session`,
			`INSERT INTO search_documents (kind, object_id, reference, title, subtitle, acronyms, others, body, card, occurrences, updated_at)
				SELECT d.kind, g.id, g.reference, d.title, 'Organisme généré ' || g.copy, d.acronyms, d.others || ARRAY['organisme ' || g.copy, g.name, g.region_name], d.body, d.card,
					int2send(1::int2) || int2send(g.region::int2) || int2send(g.no::int2) || int2send(1::int2) || search_day(s.starts_on) || search_day(s.opens_on) || search_day(s.closes_on), d.updated_at
				FROM grown g JOIN search_documents d ON d.object_id = g.object_id JOIN sessions s ON s.id = g.session`,
			`ALTER TABLE sessions ENABLE TRIGGER USER; ALTER TABLE search_documents ENABLE TRIGGER USER`,
			`ANALYZE courses; ANALYZE sessions; ANALYZE search_documents`,
		} {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return fmt.Errorf("%.60s: %w", strings.TrimSpace(sql), err)
			}
		}
		return nil
	})
}

// rankedBySQL asks PostgreSQL's own text search, the last word being typed.
func rankedBySQL(ctx context.Context, pool *pgxpool.Pool, typed []string, seconds int) (measured, error) {
	var next atomic.Int64
	var m measured
	var mu sync.Mutex
	begin := time.Now()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := int(next.Add(1) - 1); i < len(typed) && time.Since(begin) < time.Duration(seconds)*time.Second; i = int(next.Add(1) - 1) {
				start := time.Now()
				_, err := pool.Exec(ctx, `SELECT no, ts_rank(words, q), count(*) OVER () FROM bench_words, to_tsquery('french', $1) q
					WHERE words @@ q ORDER BY 2 DESC, 1 LIMIT 20`, models.Prepared, tsquery(typed[i]))
				mu.Lock()
				m.Count, m.Times = m.Count+1, append(m.Times, time.Since(start))
				if err != nil {
					m.Errors, m.First = m.Errors+1, err.Error()
				}
				mu.Unlock()
				time.Sleep(150 * time.Millisecond)
			}
		})
	}
	wg.Wait()
	m.Elapsed = time.Since(begin)
	slices.Sort(m.Times)
	return m, nil
}

// tsquery asks for every word, the last as a beginning.
func tsquery(text string) string {
	var parts []string
	cut := words.Cut(text)
	for i, w := range cut {
		part := "'" + text[w.Start:w.End] + "'"
		if i == len(cut)-1 && w.End == len(text) {
			part += ":*"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " & ")
}
