package searching

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Channel announces that documents changed, after the commit.
const Channel = "search_outbox"

// Document is a row of search_documents as an engine outside copies it; with
// the version that tells its content from another one's.
type Document struct {
	No                                     int32
	Version                                string
	Kind, Reference, Title, Subtitle, Body string
	Acronyms, Others                       []string // as they are written
}

// Change is a document that an index does not have as it is now. Gone means
// that it must lose it.
type Change struct {
	Document
	Gone   bool
	Bumped int64 // of the outbox row
}

const documentColumns = `d.no, search_version(d), d.kind, d.reference, d.title, d.subtitle, d.body, d.acronyms, d.others`

// Waiting reads the changes that an index waits for, the oldest first; refused
// ones stay out until they change. Called by the engine's drain.
func Waiting(ctx context.Context, db *models.DB, uid string, limit int) ([]Change, error) {
	rows, err := db.Pool.Query(ctx, `
		SELECT o.document, o.version, d.no IS NULL, coalesce(CASE WHEN d.no IS NOT NULL THEN search_version(d) END, ''), coalesce(d.kind, ''),
			coalesce(d.reference, ''), coalesce(d.title, ''), coalesce(d.subtitle, ''), coalesce(d.body, ''), coalesce(d.acronyms, '{}'), coalesce(d.others, '{}')
		FROM (SELECT document, version FROM search_outbox WHERE uid = $1 AND reason = '' ORDER BY since, document LIMIT $2) o
		LEFT JOIN search_documents d ON d.no = o.document`, models.Prepared, uid, limit)
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c Change, err error) {
		err = row.Scan(&c.No, &c.Bumped, &c.Gone, &c.Version, &c.Kind, &c.Reference, &c.Title, &c.Subtitle, &c.Body, &c.Acronyms, &c.Others)
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	return list, nil
}

// Sent takes away the rows of changes that the engine has confirmed. One that
// changed meanwhile stays, and waits from that change on.
func Sent(ctx context.Context, db *models.DB, uid string, changes []Change) error {
	numbers, bumped := numbersOf(changes)
	_, err := db.Pool.Exec(ctx, `
		WITH sent AS (SELECT * FROM unnest($2::int[], $3::bigint[]) AS s (document, version)),
			done AS (DELETE FROM search_outbox o USING sent s WHERE o.uid = $1 AND o.document = s.document AND o.version = s.version)
		UPDATE search_outbox o SET since = o.changed_at FROM sent s WHERE o.uid = $1 AND o.document = s.document AND o.version <> s.version`,
		models.Prepared, uid, numbers, bumped)
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	return nil
}

// Refused keeps a document aside with the engine's reason until it changes or
// is tried again; others go on. Called by the engine's drain and rebuild.
func Refused(ctx context.Context, db *models.DB, uid string, c Change, reason string) error {
	_, err := db.Pool.Exec(ctx, `
		INSERT INTO search_outbox AS o (uid, document, version, reason) VALUES ($1, $2, $3, $4)
		ON CONFLICT (uid, document) DO UPDATE SET reason = excluded.reason WHERE o.version = $3`,
		models.Prepared, uid, c.No, c.Bumped, clipped(reason))
	if err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	return nil
}

// TryAgain lets the refused documents of an index leave once more, for
// administrators; it tells how many. Anybody else finds nothing.
func TryAgain(ctx context.Context, tx models.Tx, by models.Actor) (int, error) {
	if !Administers(by) {
		return 0, models.NotFound("page.not_found")
	}
	tag, err := tx.PGX.Exec(ctx, `UPDATE search_outbox SET reason = '', changed_at = clock_timestamp() WHERE reason <> ''`, models.Prepared)
	if err != nil {
		return 0, fmt.Errorf("outbox: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return 0, nil
	}
	if _, err := tx.PGX.Exec(ctx, `SELECT pg_notify($1, '')`, models.Prepared, Channel); err != nil {
		return 0, fmt.Errorf("outbox: %w", err)
	}
	return int(tag.RowsAffected()), recordOutside(ctx, tx, by, "search.refused_again", tx.NewID())
}

// Refusal is a document that the engine refuses, for the console.
type Refusal struct {
	No               int32
	Reference, Title string
	Reason           string
	Since            time.Time
}

// Refusals lists the refused documents of an index, the oldest first.
func Refusals(ctx context.Context, db *models.DB, uid string, limit int) ([]Refusal, error) {
	rows, err := db.Pool.Query(ctx, `SELECT o.document, coalesce(d.reference, ''), coalesce(d.title, ''), o.reason, o.since FROM search_outbox o
		LEFT JOIN search_documents d ON d.no = o.document WHERE o.uid = $1 AND o.reason <> '' ORDER BY o.since, o.document LIMIT $2`, models.Prepared, uid, limit)
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Refusal])
}

// Lag is what an index does not have yet.
type Lag struct {
	Waiting int
	Refused int
	Oldest  *time.Time // of the waiting changes
}

// LagOf counts what waits for an index.
func LagOf(ctx context.Context, db *models.DB, uid string) (Lag, error) {
	var l Lag
	err := db.Pool.QueryRow(ctx, `SELECT count(*) FILTER (WHERE reason = ''), count(*) FILTER (WHERE reason <> ''), min(since) FILTER (WHERE reason = '')
		FROM search_outbox WHERE uid = $1`, models.Prepared, uid).Scan(&l.Waiting, &l.Refused, &l.Oldest)
	if err != nil {
		return l, fmt.Errorf("outbox: %w", err)
	}
	return l, nil
}

func numbersOf(changes []Change) (numbers []int32, bumped []int64) {
	for _, c := range changes {
		numbers, bumped = append(numbers, c.No), append(bumped, c.Bumped)
	}
	return numbers, bumped
}

// clipped keeps a reason readable in a list, and never empty.
func clipped(reason string) string {
	if reason == "" {
		return "?"
	}
	if runes := []rune(reason); len(runes) > 300 {
		return string(runes[:300])
	}
	return reason
}
