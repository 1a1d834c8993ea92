package searching

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Index is one copy of the documents in an engine outside the database.
type Index struct {
	UID       string // its name in the engine
	State     string // "building" or "live"
	CreatedAt time.Time
	LiveAt    *time.Time
	Snapshot  string
	FilledTo  int32 // number of the last document copied
	Filled    int
	Total     int    // about how many there were to copy
	Error     string // why its filling does not go on
	Settings  string // fingerprint of the settings that it was last given
}

// The states of an index.
const (
	Building = "building"
	Live     = "live"
)

// Indexes gives the one that answers and the one being rebuilt; nil for none.
func Indexes(ctx context.Context, db *models.DB) (live, building *Index, err error) {
	rows, err := db.Pool.Query(ctx, `SELECT uid, state, created_at, live_at, snapshot, filled_to, filled, total, error, settings FROM search_indexes`, models.Prepared)
	if err != nil {
		return nil, nil, fmt.Errorf("search indexes: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByPos[Index])
	if err != nil {
		return nil, nil, fmt.Errorf("search indexes: %w", err)
	}
	for _, i := range list {
		if i.State == Live {
			live = i
		} else {
			building = i
		}
	}
	return live, building, nil
}

// Begin notes that an index is being built under a name of the engine's; from
// here on every change is kept for it. One at a time: false when one is under
// way. For administrators and the portal itself; anybody else finds nothing.
func Begin(ctx context.Context, tx models.Tx, by models.Actor, uid string) (bool, error) {
	if !keeps(by) {
		return false, models.NotFound("page.not_found")
	}
	// Whoever writes documents holds the lock that the first triggers need.
	if _, err := tx.PGX.Exec(ctx, `SET LOCAL lock_timeout = '5s'`); err != nil {
		return false, fmt.Errorf("begin index: %w", err)
	}
	tag, err := tx.PGX.Exec(ctx, `INSERT INTO search_indexes (uid, state, created_at, total)
		SELECT $1, 'building', $2, count(*) FROM search_documents ON CONFLICT DO NOTHING`, models.Prepared, uid, tx.Now)
	if err != nil || tag.RowsAffected() == 0 {
		return false, wrapped("begin index", err)
	}
	if _, err := tx.PGX.Exec(ctx, `SELECT search_feed(true)`); err != nil {
		return false, fmt.Errorf("begin index: %w", err)
	}
	_, err = tx.PGX.Exec(ctx, `DELETE FROM search_outbox WHERE uid NOT IN (SELECT uid FROM search_indexes)`)
	if err == nil {
		_, err = tx.PGX.Exec(ctx, `SELECT pg_notify($1, '')`, models.Prepared, Channel)
	}
	if err != nil {
		return false, fmt.Errorf("begin index: %w", err)
	}
	return true, recordOutside(ctx, tx, by, "search.rebuild_asked", tx.NewID())
}

// keeps tells whether somebody may make and drop indexes outside: who looks
// after the search, and the portal when the engine has none.
func keeps(by models.Actor) bool { return by.Kind == models.ActorPortal || Administers(by) }

// recordOutside journals an act on the engine outside the database.
func recordOutside(ctx context.Context, tx models.Tx, by models.Actor, kind string, id models.ID) error {
	return tx.Record(ctx, by, models.Event{Kind: kind, SubjectKind: "search", SubjectID: id, Data: map[string]any{"engine": "meilisearch"}})
}

// Settled tells whether every transaction that began before the index was
// known has ended: only then does its filling miss nothing.
func Settled(ctx context.Context, db *models.DB, uid string) (bool, error) {
	// The first question fixes the limit, after the commit of Begin.
	if _, err := db.Pool.Exec(ctx, `UPDATE search_indexes SET snapshot = pg_snapshot_xmax(pg_current_snapshot())::text WHERE uid = $1 AND snapshot = ''`,
		models.Prepared, uid); err != nil {
		return false, fmt.Errorf("settle index: %w", err)
	}
	var settled bool
	err := db.Pool.QueryRow(ctx, `SELECT pg_snapshot_xmin(pg_current_snapshot()) >= snapshot::xid8 FROM search_indexes WHERE uid = $1`, models.Prepared, uid).Scan(&settled)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, ErrAbandoned
	}
	return settled, wrapped("settle index", err)
}

// ErrAbandoned says that the rebuild was stopped meanwhile.
var ErrAbandoned = errors.New("searching: the rebuild was stopped")

// Page reads documents by number after one, as the filling goes on.
func Page(ctx context.Context, db *models.DB, after int32, limit int) ([]Document, error) {
	rows, err := db.Pool.Query(ctx, `SELECT `+documentColumns+` FROM search_documents d WHERE d.no > $1 ORDER BY d.no LIMIT $2`, models.Prepared, after, limit)
	if err != nil {
		return nil, fmt.Errorf("page of documents: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Document])
	return list, wrapped("page of documents", err)
}

// Instant names this one, for ChangedSince.
func Instant(ctx context.Context, db *models.DB) (string, error) {
	var snapshot string
	err := db.Pool.QueryRow(ctx, `SELECT pg_current_snapshot()::text`, models.Prepared).Scan(&snapshot)
	return snapshot, wrapped("instant", err)
}

// ChangedSince reads the documents changed since an instant of a few minutes ago
// as they are now, at most limit of them; those gone are said to be. For the
// copy of a rehearsal.
func ChangedSince(ctx context.Context, db *models.DB, instant string, limit int) ([]Change, error) {
	rows, err := db.Pool.Query(ctx, `SELECT c.no, d.no IS NULL, coalesce(CASE WHEN d.no IS NOT NULL THEN search_version(d) END, ''), coalesce(d.kind, ''), coalesce(d.reference, ''),
			coalesce(d.title, ''), coalesce(d.subtitle, ''), coalesce(d.body, ''), coalesce(d.acronyms, '{}'), coalesce(d.others, '{}')
		FROM (SELECT DISTINCT no FROM search_changes WHERE no > 0 AND xid >= pg_snapshot_xmin($1::text::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, $1::text::pg_snapshot)
			ORDER BY no LIMIT $2) c LEFT JOIN search_documents d ON d.no = c.no`, models.Prepared, instant, limit)
	if err != nil {
		return nil, fmt.Errorf("changed documents: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c Change, err error) {
		err = row.Scan(&c.No, &c.Gone, &c.Version, &c.Kind, &c.Reference, &c.Title, &c.Subtitle, &c.Body, &c.Acronyms, &c.Others)
		return c, err
	})
	return list, wrapped("changed documents", err)
}

// Progress notes how far the filling has come, once the engine confirmed it.
func Progress(ctx context.Context, db *models.DB, uid string, to int32, more int, problem string) error {
	tag, err := db.Pool.Exec(ctx, `UPDATE search_indexes SET filled_to = greatest(filled_to, $2), filled = filled + $3, total = greatest(total, filled + $3), error = $4
		WHERE uid = $1 AND state = 'building'`, models.Prepared, uid, to, more, problem)
	if err == nil && tag.RowsAffected() == 0 {
		return ErrAbandoned
	}
	return wrapped("progress of index", err)
}

// Fitted notes which settings the engine confirmed for an index.
func Fitted(ctx context.Context, db *models.DB, uid, fingerprint string) error {
	_, err := db.Pool.Exec(ctx, `UPDATE search_indexes SET settings = $2 WHERE uid = $1 AND settings <> $2`, models.Prepared, uid, fingerprint)
	return wrapped("settings of index", err)
}

// GoLive puts the built index in the place of the other, whose name it gives
// to be deleted in the engine.
func GoLive(ctx context.Context, tx models.Tx, uid string) (old string, err error) {
	err = tx.PGX.QueryRow(ctx, `DELETE FROM search_indexes WHERE state = 'live' RETURNING uid`).Scan(&old)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("swap indexes: %w", err)
	}
	tag, err := tx.PGX.Exec(ctx, `UPDATE search_indexes SET state = 'live', live_at = $2 WHERE uid = $1 AND state = 'building'`, models.Prepared, uid, tx.Now)
	if err == nil && tag.RowsAffected() == 0 {
		return "", ErrAbandoned
	}
	if err == nil {
		_, err = tx.PGX.Exec(ctx, `DELETE FROM search_outbox WHERE uid = $1`, models.Prepared, old)
	}
	return old, wrapped("swap indexes", err)
}

// Abandon forgets the index being built; the other goes on answering. It gives
// the name to delete in the engine, empty when nothing was being built. For
// administrators and the portal itself; anybody else finds nothing.
func Abandon(ctx context.Context, tx models.Tx, by models.Actor) (uid string, err error) {
	if !keeps(by) {
		return "", models.NotFound("page.not_found")
	}
	err = tx.PGX.QueryRow(ctx, `DELETE FROM search_indexes WHERE state = 'building' RETURNING uid`).Scan(&uid)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	if err == nil {
		_, err = tx.PGX.Exec(ctx, `DELETE FROM search_outbox WHERE uid = $1`, models.Prepared, uid)
	}
	if err != nil {
		return uid, fmt.Errorf("abandon index: %w", err)
	}
	return uid, recordOutside(ctx, tx, by, "search.rebuild_stopped", tx.NewID())
}

// Retire forgets every index and stops noting changes: the operator does
// without the engine.
func Retire(ctx context.Context, tx models.Tx) error {
	_, err := tx.PGX.Exec(ctx, `SET LOCAL lock_timeout = '5s'; DELETE FROM search_indexes; DELETE FROM search_outbox; SELECT search_feed(false)`)
	return wrapped("retire indexes", err)
}

func wrapped(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// Count is how many documents the database has.
func Count(ctx context.Context, db *models.DB) (n int, err error) {
	err = db.Pool.QueryRow(ctx, `SELECT count(*) FROM search_documents`, models.Prepared).Scan(&n)
	return n, wrapped("documents", err)
}
