package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"passerelle/models"
	"passerelle/models/seed"
)

// worldSQL writes dossiers straight into the tables: seven in ten are
// pre-registrations, the others admissions, a third of which have documents, in 2,000 sessions and campaigns, with names drawn from those of
// the country's communes and the answers of the demonstration's own
// applications.
var worldSQL = []struct{ what, sql string }{
	{"ids", `CREATE FUNCTION pg_temp.new_id(at timestamptz) RETURNS uuid LANGUAGE sql VOLATILE AS
		$$ SELECT (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7' || substr(gen_random_uuid()::text, 16))::uuid
			FROM (SELECT lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') AS h) x $$`},
	{"names", `CREATE TEMP TABLE names AS SELECT row_number() OVER (ORDER BY md5(insee))::int AS n, name FROM cities`},
	{"dossiers", `CREATE TEMP TABLE dossiers AS
		WITH s AS (SELECT id, programme_id IS NOT NULL AS admission, row_number() OVER (PARTITION BY programme_id IS NOT NULL ORDER BY md5(id::text)) AS n FROM sessions),
			k AS (SELECT admission, least(count(*), CASE WHEN admission THEN 500 ELSE 1500 END) AS n FROM s GROUP BY 1)
		SELECT i, i % 10 > 6 AS admission, pg_temp.new_id(at) AS id, pg_temp.new_id(at) AS person, pg_temp.new_id(at) AS account, s.id AS session, at,
			(ARRAY['Camille','Hélène','Mathieu','Nadia','Zoé','Jean-Noël','Inès','Paul','Léa','Yanis','Chloé','Amadou','Marie','Thomas','Agnès','Karim','Lucie','Étienne',
				'Fatou','Hugo','Maëlle','Victor','Aïcha','Benoît','Sophie','Malik','Claire','Rémi','Noémie','Antoine','Louise','Gaël','Sarah','Olivier','Émilie','Bruno',
				'Céline','Adèle','Samuel','Nina'])[1 + (i * 7919) % 40] AS first, c.name AS last,
			CASE WHEN i % 10 > 6 THEN (ARRAY['under_review','under_review','under_review','under_review','information_requested','accepted','refused','confirmed','withdrawn','under_review'])[1 + (i / 10) % 10]
				ELSE (ARRAY['under_review','under_review','awaiting_approval','awaiting_approval','accepted','refused','confirmed','confirmed','withdrawn','under_review','under_review'])[1 + (i / 10) % 11] END AS state
		FROM (SELECT i, {now} - ({count} - i) * interval '5 minutes' AS at FROM generate_series(1, {count}) i) x
		JOIN k ON k.admission = (i % 10 > 6) JOIN s ON s.admission = k.admission AND s.n = 1 + (i::bigint * 7919) % k.n
		JOIN names c ON c.n = 1 + (i::bigint * 104729) % (SELECT count(*) FROM names)`},
	{"people", `INSERT INTO people (id, birth_name, first_name, birth_date, identity_key, created_at, updated_at)
		SELECT person, last, first, date '1970-01-01' + i % 12000, 'bench ' || i, at, at FROM dossiers`},
	{"accounts", `INSERT INTO accounts (id, person_id, email, email_key, password_hash, state, created_at, activated_at)
		SELECT account, person, 'd' || i || '@bench.example.org', 'd' || i || '@bench.example.org', 'none', 'active', at, at FROM dossiers`},
	{"applications", `INSERT INTO applications (id, kind, session_id, form_version_id, account_id, person_id, state, verdict, state_since, created_at, submitted_at, applicant_name)
		SELECT d.id, m.kind, d.session, m.form_version_id, d.account, d.person, d.state,
			CASE WHEN d.state IN ('accepted', 'confirmed') THEN 'accepted' WHEN d.state = 'refused' THEN 'refused'
				WHEN d.state = 'under_review' AND i % 13 = 0 THEN 'on_hold' WHEN d.state = 'under_review' AND i % 7 = 0 THEN 'accepted' ELSE '' END,
			least(d.at + (i % 40) * interval '6 hours', {now}), d.at, d.at, d.first || ' ' || d.last
		FROM dossiers d JOIN (SELECT DISTINCT ON (kind) kind, form_version_id FROM applications WHERE submitted_at IS NOT NULL ORDER BY kind, number) m
			ON (m.kind = 'admission') = d.admission ORDER BY i`},
	{"decisions", `INSERT INTO decisions (id, application_id, kind, recorded_at, recorded_by, release_on)
		SELECT pg_temp.new_id(a.state_since), a.id, a.verdict, a.state_since, {officer}, CASE WHEN a.verdict <> 'on_hold' THEN '2027-03-01'::date END
		FROM applications a JOIN dossiers d ON d.id = a.id WHERE a.verdict <> ''`},
	{"events", `INSERT INTO events (id, at, kind, subject_kind, subject_id, actor_kind, actor_id)
		SELECT pg_temp.new_id(at + n * interval '1 minute'), at + n * interval '1 minute', (ARRAY['application.begun','application.submitted','application.approved'])[n], 'application', id, 'account', account
		FROM dossiers, generate_series(1, 3) n`},
	{"requirements", `INSERT INTO requirements (id, application_id, position, key, origin, spec)
		SELECT pg_temp.new_id(d.at), d.id, l.n, l.spec->>'key', 'list', l.spec
		FROM dossiers d JOIN sessions s ON s.id = d.session JOIN requirement_lists r ON r.id = s.requirement_list_id,
			jsonb_array_elements(r.specs) WITH ORDINALITY AS l (spec, n)
		WHERE d.admission AND d.i % 30 < 10`},
	{"keys", `INSERT INTO data_keys (id, person_id, class, wrapped, created_at)
		SELECT person, person, 'document', 'none', at FROM dossiers WHERE admission AND i % 30 < 10`},
	{"documents", `WITH given AS (
			SELECT pg_temp.new_id(d.at) AS id, pg_temp.new_id(d.at) AS file, r.id AS requirement, r.position, d.id AS application, d.person, d.account, d.at, d.i
			FROM dossiers d JOIN requirements r ON r.application_id = d.id WHERE (r.spec->>'required')::boolean),
		f AS (INSERT INTO files (id, key_id, purpose, name, type, bytes, sha256, segments, pages, inspection, scan, created_at)
			SELECT file, person, 'deposit', 'piece.pdf', 'application/pdf', 180000, sha256(file::text::bytea),
				jsonb_build_array(jsonb_build_object('key', 'bench/' || file, 'plain', 180000, 'cipher', 180088, 'sum', '')), 2, 'accept', 'off', at FROM given RETURNING id),
		d AS (INSERT INTO documents (id, application_id, requirement_id, place, version, file_id, state, state_since, deposited_at, deposited_by)
			SELECT g.id, application, requirement, 1, 1, file, 'live', at, at, account FROM given g JOIN f ON f.id = g.file RETURNING id)
		INSERT INTO verdicts (id, document_id, kind, given_at, given_by)
			SELECT pg_temp.new_id(g.at), g.id, 'valid', g.at, {officer} FROM given g JOIN d ON d.id = g.id WHERE (g.i / 30 + g.position) % 2 = 0`},
	{"submissions", `INSERT INTO submissions (application_id, submitted_at, form_version, answers, op_ids, seen_sum, documents)
		SELECT d.id, d.at, m.form_version, m.answers, m.op_ids, m.seen_sum,
			coalesce((SELECT array_agg(x.id) FROM documents x WHERE x.application_id = d.id), '{}')
		FROM dossiers d JOIN (SELECT DISTINCT ON (a.kind) a.kind, s.* FROM submissions s JOIN applications a ON a.id = s.application_id ORDER BY a.kind, a.number) m
			ON (m.kind = 'admission') = d.admission`},
}

// fill writes n dossiers beside the demonstration's own; once.
func (b *base) fill(ctx context.Context, n int) error {
	var done bool
	if err := b.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM people WHERE identity_key = 'bench 1')`).Scan(&done); err != nil || done {
		return err
	}
	officer, err := b.actor(ctx, seed.Officer)
	if err != nil {
		return err
	}
	tx, err := b.Pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	values := strings.NewReplacer("{now}", "'"+b.Clock.Now().Format(time.RFC3339)+"'::timestamptz", "{count}", strconv.Itoa(n), "{officer}", "'"+officer.Account.String()+"'::uuid")
	for _, s := range worldSQL {
		if _, err := tx.Exec(ctx, values.Replace(s.sql)); err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
	}
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	_, err = b.Pool.Exec(ctx, `VACUUM ANALYZE`)
	return err
}

// actor is one of the demonstration's people, for the verbs.
func (b *base) actor(ctx context.Context, email string) (models.Actor, error) {
	a := models.Actor{Kind: models.ActorAccount, Email: email, Lang: "fr"}
	err := b.Pool.QueryRow(ctx, `SELECT id, person_id FROM accounts WHERE email_key = $1`, email).Scan(&a.Account, &a.Person)
	return a, err
}

// session signs an account in and gives its cookie.
func (b *base) session(ctx context.Context, account models.ID) (cookie string, err error) {
	err = b.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		token, err := signedIn(ctx, tx, account)
		cookie = "passerelle=" + token
		return err
	})
	return cookie, err
}
