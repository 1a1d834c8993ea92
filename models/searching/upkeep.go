package searching

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// UpkeepKind is something done to the portal's own index on demand.
type UpkeepKind string

// The kinds.
const (
	Rebuilding UpkeepKind = "rebuild" // reconstruction: every document again from its object
	Checking   UpkeepKind = "check"   // contrôle: what a process holds against the database
)

// UpkeepState says where it stands.
type UpkeepState string

// The states; the last three are ends.
const (
	UpkeepAsked   UpkeepState = "asked"
	UpkeepRunning UpkeepState = "running"
	UpkeepDone    UpkeepState = "done"
	UpkeepStopped UpkeepState = "stopped"
	UpkeepFailed  UpkeepState = "failed"
)

// Upkeep is a reconstruction or a check of the portal's own index (entretien,
// P14.1).
type Upkeep struct {
	ID      models.ID
	Kind    UpkeepKind
	State   UpkeepState
	AskedAt time.Time
	BeatAt  time.Time // real time
	EndedAt *time.Time
	Place   string // where it goes on after having been cut
	Done    int
	Total   int
	Result  Check // of a check
	Error   string
}

// Open tells whether it has not ended.
func (u *Upkeep) Open() bool { return u != nil && u.EndedAt == nil }

// Lost tells whether whoever did it gives no sign of life any more.
func (u *Upkeep) Lost(now time.Time) bool { return u.Open() && now.Sub(u.BeatAt) > lostAfter }

// lostAfter is how long an upkeep may be silent.
const lostAfter = 3 * time.Minute

// UpkeepChannel announces a check that was asked for to the processes that
// answer searches.
const UpkeepChannel = "search_upkeep"

// RebuildArgs asks a job for a reconstruction.
type RebuildArgs struct {
	Upkeep models.ID `json:"upkeep"`
}

// Kind names the job.
func (RebuildArgs) Kind() string { return "search_rebuild" }

// Administers tells whether somebody looks after the search; anybody else finds
// nothing here.
func Administers(by models.Actor) bool {
	return by.Kind == models.ActorOperator || by.Everywhere(models.RoleAdmin)
}

// Ask notes that an upkeep is wanted and has it done: a rebuild by a job, a
// check by the process that hears of it first. One of a kind at a time: a
// conflict search.under_way otherwise. For administrators; anybody else finds
// nothing.
func Ask(ctx context.Context, tx models.Tx, by models.Actor, kind UpkeepKind) (models.ID, error) {
	if !Administers(by) {
		return models.ID{}, models.NotFound("page.not_found")
	}
	// One that was killed must not stand in the way for ever.
	if _, err := tx.PGX.Exec(ctx, `UPDATE search_upkeeps SET state = 'failed', ended_at = $2, error = 'cut' WHERE kind = $1 AND ended_at IS NULL
		AND beat_at < clock_timestamp() - make_interval(secs => $3)`, models.Prepared, string(kind), tx.Now, lostAfter.Seconds()); err != nil {
		return models.ID{}, fmt.Errorf("search upkeep: %w", err)
	}
	id := tx.NewID()
	tag, err := tx.PGX.Exec(ctx, `INSERT INTO search_upkeeps (id, kind, state, asked_at, asked_by, beat_at, total) VALUES ($1, $2, 'asked', $3, $4, clock_timestamp(),
		CASE WHEN $2 = 'rebuild' THEN (SELECT count(*) FROM courses) + (SELECT count(*) FROM programmes) + (SELECT count(*) FROM announcements)
			ELSE (SELECT count(*) FROM search_documents) END) ON CONFLICT DO NOTHING`, models.Prepared, id, string(kind), tx.Now, account(by))
	switch {
	case err != nil:
		return id, fmt.Errorf("search upkeep: %w", err)
	case tag.RowsAffected() == 0:
		return id, models.Conflict("search.under_way", nil)
	}
	if kind == Rebuilding {
		err = tx.Enqueue(ctx, RebuildArgs{Upkeep: id})
	} else {
		_, err = tx.PGX.Exec(ctx, `SELECT pg_notify($1, '')`, models.Prepared, UpkeepChannel)
	}
	if err != nil {
		return id, err
	}
	return id, tx.Record(ctx, by, models.Event{Kind: "search." + string(kind) + "_asked", SubjectKind: "search", SubjectID: id, Data: map[string]any{"engine": "postgresql"}})
}

// Stop ends a rebuild where it stands; what it has done stays and is right.
// Nothing to stop is a conflict. For administrators; anybody else finds
// nothing.
func Stop(ctx context.Context, tx models.Tx, by models.Actor, kind UpkeepKind) error {
	if !Administers(by) {
		return models.NotFound("page.not_found")
	}
	var id models.ID
	err := tx.PGX.QueryRow(ctx, `UPDATE search_upkeeps SET state = 'stopped', ended_at = $2 WHERE kind = $1 AND ended_at IS NULL RETURNING id`,
		models.Prepared, string(kind), tx.Now).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return models.Conflict("search.moved", nil)
	}
	if err != nil {
		return fmt.Errorf("search upkeep: %w", err)
	}
	return tx.Record(ctx, by, models.Event{Kind: "search." + string(kind) + "_stopped", SubjectKind: "search", SubjectID: id, Data: map[string]any{"engine": "postgresql"}})
}

func account(by models.Actor) *models.ID {
	if by.Account == (models.ID{}) {
		return nil
	}
	return &by.Account
}

// Hold takes a rebuild that is under way for the length of a transaction;
// ErrAbandoned where it was stopped. Called by the job.
func Hold(ctx context.Context, tx models.Tx, id models.ID) (*Upkeep, error) {
	u, err := oneUpkeep(tx.PGX.Query(ctx, `SELECT `+upkeepColumns+` FROM search_upkeeps WHERE id = $1 AND ended_at IS NULL FOR UPDATE`, models.Prepared, id))
	if err == nil && u == nil {
		return nil, ErrAbandoned
	}
	return u, err
}

// Advance notes how far a rebuild has come, in the transaction of what it did.
func Advance(ctx context.Context, tx models.Tx, id models.ID, place string, more int) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE search_upkeeps SET state = 'running', place = $2, done = done + $3, total = greatest(total, done + $3), beat_at = clock_timestamp()
		WHERE id = $1`, models.Prepared, id, place, more)
	return wrapped("search upkeep", err)
}

// Finish closes a rebuild, and has every process load what it made.
func Finish(ctx context.Context, tx models.Tx, id models.ID) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE search_upkeeps SET state = 'done', ended_at = $2, total = done, beat_at = clock_timestamp() WHERE id = $1`, models.Prepared, id, tx.Now)
	if err == nil {
		_, err = tx.PGX.Exec(ctx, `INSERT INTO search_changes (xid, no) VALUES (pg_current_xact_id(), $1)`, models.Prepared, Everything)
	}
	return wrapped("search upkeep", err)
}

// Everything is the number that search_changes has of a process's whole table:
// it is loaded again beside the one that answers.
const Everything = -1

// Break closes an upkeep that cannot be done.
func Break(ctx context.Context, db *models.DB, id models.ID, reason string) error {
	_, err := db.Pool.Exec(ctx, `UPDATE search_upkeeps SET state = 'failed', ended_at = $2, error = $3 WHERE id = $1 AND ended_at IS NULL`,
		models.Prepared, id, db.Clock.Now(), clipped(reason))
	return wrapped("search upkeep", err)
}

// TakeCheck gives the check that somebody asks for to one process alone; nil
// where there is none. Called by processes that answer searches.
func TakeCheck(ctx context.Context, db *models.DB) (*Upkeep, error) {
	return oneUpkeep(db.Pool.Query(ctx, `UPDATE search_upkeeps SET state = 'running', beat_at = clock_timestamp() WHERE kind = 'check' AND state = 'asked'
		RETURNING `+upkeepColumns, models.Prepared))
}

// Beat notes how far a check has come.
func Beat(ctx context.Context, db *models.DB, id models.ID, done, total int) error {
	_, err := db.Pool.Exec(ctx, `UPDATE search_upkeeps SET done = $2, total = $3, beat_at = clock_timestamp() WHERE id = $1 AND ended_at IS NULL`, models.Prepared, id, done, total)
	return wrapped("search upkeep", err)
}

// CloseCheck keeps what a check found.
func CloseCheck(ctx context.Context, db *models.DB, id models.ID, c Check) error {
	result, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("search upkeep: %w", err)
	}
	_, err = db.Pool.Exec(ctx, `UPDATE search_upkeeps SET state = 'done', ended_at = $2, done = $3, total = $3, result = $4::text::jsonb WHERE id = $1 AND ended_at IS NULL`,
		models.Prepared, id, db.Clock.Now(), c.Documents, string(result))
	return wrapped("search upkeep", err)
}

const upkeepColumns = `id, kind, state, asked_at, beat_at, ended_at, place, done, total, result::text, error`

// LastUpkeep is the last of a kind, ended or not; nil for none.
func LastUpkeep(ctx context.Context, db *models.DB, kind UpkeepKind) (*Upkeep, error) {
	return oneUpkeep(db.Pool.Query(ctx, `SELECT `+upkeepColumns+` FROM search_upkeeps WHERE kind = $1 ORDER BY asked_at DESC, id DESC LIMIT 1`, models.Prepared, string(kind)))
}

func oneUpkeep(rows pgx.Rows, err error) (*Upkeep, error) {
	if err != nil {
		return nil, fmt.Errorf("search upkeep: %w", err)
	}
	u, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (*Upkeep, error) {
		var u Upkeep
		var kind, state, result string
		err := row.Scan(&u.ID, &kind, &state, &u.AskedAt, &u.BeatAt, &u.EndedAt, &u.Place, &u.Done, &u.Total, &result, &u.Error)
		if err == nil {
			err = json.Unmarshal([]byte(result), &u.Result)
		}
		u.Kind, u.State = UpkeepKind(kind), UpkeepState(state)
		return &u, err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return u, wrapped("search upkeep", err)
}
