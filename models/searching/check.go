package searching

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// Check is one comparison of an index with the database, document by document
// (contrôle de dérive, P17.23). Lists hold the first numbers, counts all.
type Check struct {
	ID                        models.ID
	UID                       string
	BeganAt                   time.Time
	EndedAt                   *time.Time
	Documents, Indexed        int
	Waiting                   int // differ because their change waits in the outbox
	Missing, Extra, Differing []int32
	Missed, Added, Differed   int
	Error                     string
}

// Equal tells whether the index held what the database did, what waits in the
// outbox apart.
func (c Check) Equal() bool {
	return c.EndedAt != nil && c.Error == "" && c.Missed+c.Added+c.Differed == 0
}

// listed is how many numbers of each kind a check keeps.
const listed = 50

// Miss, Add and Differ note a number.
func (c *Check) Miss(no int32)   { note(&c.Missing, &c.Missed, no) }
func (c *Check) Add(no int32)    { note(&c.Extra, &c.Added, no) }
func (c *Check) Differ(no int32) { note(&c.Differing, &c.Differed, no) }

func note(list *[]int32, n *int, no int32) {
	*n++
	if len(*list) < listed {
		*list = append(*list, no)
	}
}

// Versions reads the versions of documents by number after one.
func Versions(ctx context.Context, db *models.DB, after int32, limit int) (numbers []int32, versions []string, err error) {
	rows, err := db.Pool.Query(ctx, `SELECT d.no, search_version(d) FROM search_documents d WHERE d.no > $1 ORDER BY d.no LIMIT $2`, models.Prepared, after, limit)
	return readVersions(rows, err)
}

// VersionsOf reads the versions of these documents; those gone are left out.
func VersionsOf(ctx context.Context, db *models.DB, numbers []int32) (found []int32, versions []string, err error) {
	rows, err := db.Pool.Query(ctx, `SELECT d.no, search_version(d) FROM search_documents d WHERE d.no = ANY ($1)`, models.Prepared, numbers)
	return readVersions(rows, err)
}

func readVersions(rows pgx.Rows, err error) (numbers []int32, versions []string, _ error) {
	if err != nil {
		return nil, nil, fmt.Errorf("versions: %w", err)
	}
	var no int32
	var version string
	_, err = pgx.ForEachRow(rows, []any{&no, &version}, func() error {
		numbers, versions = append(numbers, no), append(versions, version)
		return nil
	})
	return numbers, versions, wrapped("versions", err)
}

// Pending tells which of these documents wait in the outbox of an index.
func Pending(ctx context.Context, db *models.DB, uid string, numbers []int32) (map[int32]bool, error) {
	rows, err := db.Pool.Query(ctx, `SELECT document FROM search_outbox WHERE uid = $1 AND reason = '' AND document = ANY ($2)`, models.Prepared, uid, numbers)
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[int32])
	pending := map[int32]bool{}
	for _, no := range list {
		pending[no] = true
	}
	return pending, wrapped("outbox", err)
}

// BeginCheck notes a check that has been asked for; a job makes it. One at a
// time: a conflict search.under_way otherwise. For administrators; anybody else
// finds nothing.
func BeginCheck(ctx context.Context, tx models.Tx, by models.Actor) (models.ID, error) {
	if !Administers(by) {
		return models.ID{}, models.NotFound("page.not_found")
	}
	id := tx.NewID()
	tag, err := tx.PGX.Exec(ctx, `INSERT INTO search_checks (id, uid, began_at) VALUES ($1, coalesce((SELECT uid FROM search_indexes WHERE state = 'live'), ''), $2)
		ON CONFLICT DO NOTHING`, models.Prepared, id, tx.Now)
	if err == nil && tag.RowsAffected() == 0 {
		return id, models.Conflict("search.under_way", nil)
	}
	if err == nil {
		_, err = tx.PGX.Exec(ctx, `DELETE FROM search_checks WHERE began_at < $1::timestamptz - interval '90 days'`, models.Prepared, tx.Now)
	}
	if err == nil {
		_, err = tx.PGX.Exec(ctx, `SELECT pg_notify($1, '')`, models.Prepared, Channel)
	}
	if err != nil {
		return id, fmt.Errorf("begin check: %w", err)
	}
	return id, recordOutside(ctx, tx, by, "search.check_asked", id)
}

// EndCheck keeps the result.
func EndCheck(ctx context.Context, db *models.DB, c Check) error {
	_, err := db.Pool.Exec(ctx, `UPDATE search_checks SET uid = $2, ended_at = $3, documents = $4, indexed = $5, waiting = $6, missing = $7, extra = $8,
		differing = $9, missed = $10, added = $11, differed = $12, error = $13 WHERE id = $1`, models.Prepared, c.ID, c.UID, db.Clock.Now(), c.Documents, c.Indexed,
		c.Waiting, kept(c.Missing), kept(c.Extra), kept(c.Differing), c.Missed, c.Added, c.Differed, c.Error)
	return wrapped("end check", err)
}

func kept(list []int32) []int32 {
	if list == nil {
		return []int32{}
	}
	return list
}

const checkColumns = `id, uid, began_at, ended_at, documents, indexed, waiting, missing, extra, differing, missed, added, differed, error`

// LastCheck is the last one asked for, ended or not; nil for none.
func LastCheck(ctx context.Context, db *models.DB) (*Check, error) {
	return oneCheck(ctx, db, `SELECT `+checkColumns+` FROM search_checks ORDER BY began_at DESC, id DESC LIMIT 1`)
}

// AskedCheck is one that nobody has made yet; nil for none.
func AskedCheck(ctx context.Context, db *models.DB) (*Check, error) {
	return oneCheck(ctx, db, `SELECT `+checkColumns+` FROM search_checks WHERE ended_at IS NULL ORDER BY began_at, id LIMIT 1`)
}

func oneCheck(ctx context.Context, db *models.DB, sql string) (*Check, error) {
	rows, err := db.Pool.Query(ctx, sql, models.Prepared)
	if err != nil {
		return nil, fmt.Errorf("checks: %w", err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByPos[Check])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return c, wrapped("checks", err)
}

// Work tells what waits to be done for the engine: any change, rebuild or
// check. Called about every second, so that it costs nothing.
func Work(ctx context.Context, db *models.DB) (bool, error) {
	var work bool
	err := db.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM search_outbox o JOIN search_indexes i ON i.uid = o.uid AND i.state = 'live' WHERE o.reason = '')
		OR EXISTS (SELECT FROM search_indexes WHERE state = 'building') OR NOT EXISTS (SELECT FROM search_indexes)
		OR EXISTS (SELECT FROM search_checks WHERE ended_at IS NULL)`, models.Prepared).Scan(&work)
	if err != nil || work {
		return work, wrapped("work of the search", err)
	}
	return SettingsWait(ctx, db)
}

// SettingsWait tells whether the index that answers was not given the settings
// in force yet.
func SettingsWait(ctx context.Context, db *models.DB) (bool, error) {
	live, _, err := Indexes(ctx, db)
	if err != nil || live == nil {
		return false, err
	}
	s, err := Published(ctx, db.Pool)
	return err == nil && s.Fingerprint() != live.Settings, err
}
