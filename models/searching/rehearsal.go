package searching

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/catalogue"
)

// The states of a rehearsal.
const (
	RehearsalWaiting   = "waiting"
	RehearsalRunning   = "running"
	RehearsalDone      = "done"
	RehearsalFailed    = "failed"
	RehearsalDropped   = "dropped"
	RehearsalPublished = "published"
)

// Rehearsal is a draft tried on real queries before it is published
// (répétition générale, P17.23).
type Rehearsal struct {
	ID      models.ID
	State   string
	Draft   int // version of the draft
	At      time.Time
	EndedAt *time.Time
	By      string
	Done    int
	Total   int
	Figures Figures
	Changes []Difference
	Stale   bool // the draft or the settings in force moved since
	base    string
	edits   Edits
}

// staleBeside tells whether the rehearsal says nothing of a draft as it is.
func (r Rehearsal) staleBeside(d Draft) bool {
	return r.Draft != d.Version || r.base != d.Published.Fingerprint()
}

// Figures are those of a rehearsal, before and after.
type Figures struct {
	Engine  string     `json:"engine"`
	Serves  string     `json:"serves,omitempty"` // the engine that answers visitors, where it is another one
	Why     string     `json:"why,omitempty"`    // it could not make the rehearsal: WhyDown, WhyLarge or WhyBehind
	Queries int        `json:"queries"`          // real ones
	Same    int        `json:"same"`             // of which the first ten stay as they are
	Without [2]int     `json:"without"`          // real ones whose words find nothing as they are typed
	Judged  int        `json:"judged"`
	NDCG    [2]float64 `json:"ndcg"`    // of judged queries
	Success [2]float64 `json:"success"` // part of them with an expected result among the first ten
	Better  int        `json:"better"`  // judged queries that gain, and lose
	Worse   int        `json:"worse"`
	Moves   int        `json:"moves"` // more than those kept, perhaps
	Millis  int        `json:"millis"`
}

// Why a rehearsal is not made on the engine that answers visitors.
const (
	WhyDown   = "down"
	WhyLarge  = "large"
	WhyBehind = "behind"
)

// Move is a result of a query whose rank changes; 0 is out of the first ten.
type Move struct {
	Query     string
	Times     int // visits that typed it; 0 for a judged query
	Judged    bool
	Title     string
	Kind      catalogue.Kind
	Reference string
	Before    int
	After     int
}

// RehearseArgs is the job of one rehearsal.
type RehearseArgs struct {
	Rehearsal models.ID `json:"rehearsal"`
}

// Kind names the job for River.
func (RehearseArgs) Kind() string { return "rehearse" }

// StartRehearsal asks for the draft to be tried as the administrator saw it;
// one under way for the same draft is given again.
func StartRehearsal(ctx context.Context, tx models.Tx, by models.Actor, version int) (models.ID, error) {
	d, err := draft(ctx, tx, by, ` FOR UPDATE`)
	if err != nil {
		return models.ID{}, err
	}
	if err := d.seen(ctx, tx, by, version); err != nil {
		return models.ID{}, err
	}
	if len(d.Changes) == 0 {
		return models.ID{}, models.Invalid("admin.settings.empty")
	}
	base := d.Published.Fingerprint()
	var id models.ID
	err = tx.PGX.QueryRow(ctx, `SELECT id FROM search_rehearsals WHERE draft = $1 AND base = $2 AND state IN ('waiting', 'running') LIMIT 1`, models.Prepared, version, base).Scan(&id)
	if err == nil || !errors.Is(err, pgx.ErrNoRows) {
		return id, wrapped("rehearsal", err)
	}
	edits, err := json.Marshal(d.Edits)
	if err != nil {
		return id, fmt.Errorf("rehearsal: %w", err)
	}
	changes, err := json.Marshal(d.Changes)
	if err != nil {
		return id, fmt.Errorf("rehearsal: %w", err)
	}
	id = tx.NewID()
	_, err = tx.PGX.Exec(ctx, `INSERT INTO search_rehearsals (id, state, draft, base, edits, changes, made_at, made_by)
		VALUES ($1, 'waiting', $2, $3, $4::text::jsonb, $5::text::jsonb, $6, $7)`, models.Prepared, id, version, base, string(edits), string(changes), tx.Now, by.Account)
	if err != nil {
		return id, fmt.Errorf("rehearsal: %w", err)
	}
	if err := tx.Enqueue(ctx, RehearseArgs{id}); err != nil {
		return id, err
	}
	return id, recordRehearsal(ctx, tx, by, "search.rehearsal_asked", id)
}

func recordRehearsal(ctx context.Context, tx models.Tx, by models.Actor, kind string, id models.ID) error {
	return tx.Record(ctx, by, models.Event{Kind: kind, SubjectKind: "search_rehearsal", SubjectID: id})
}

const rehearsalSQL = `SELECT r.id, r.state, r.draft, r.base, r.edits, r.changes, r.made_at, r.ended_at, ` + nameSQL + `, r.done, r.total, r.figures
	FROM search_rehearsals r JOIN accounts ac ON ac.id = r.made_by JOIN people p ON p.id = ac.person_id `

func scanRehearsal(row pgx.CollectableRow) (r Rehearsal, err error) {
	err = row.Scan(&r.ID, &r.State, &r.Draft, &r.base, &r.edits, &r.Changes, &r.At, &r.EndedAt, &r.By, &r.Done, &r.Total, &r.Figures)
	return r, err
}

func rehearsalRow(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, lock string) (Rehearsal, error) {
	if !by.Everywhere(models.RoleAdmin) {
		return Rehearsal{}, models.NotFound("page.not_found")
	}
	rows, err := tx.PGX.Query(ctx, rehearsalSQL+`WHERE r.id = $1`+lock, models.Prepared, id)
	if err != nil {
		return Rehearsal{}, fmt.Errorf("rehearsal: %w", err)
	}
	r, err := pgx.CollectExactlyOneRow(rows, scanRehearsal)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, models.NotFound("page.not_found")
	}
	return r, wrapped("rehearsal", err)
}

// RehearsalByID reads a rehearsal, for administrators.
func RehearsalByID(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Rehearsal, error) {
	r, err := rehearsalRow(ctx, tx, by, id, "")
	if err != nil {
		return r, err
	}
	d, err := DraftOf(ctx, tx, by)
	r.Stale = r.staleBeside(d)
	return r, err
}

// LastRehearsal is the latest one of the draft as it is that nobody gave up,
// nil where there is none; for administrators.
func LastRehearsal(ctx context.Context, tx models.Tx, by models.Actor, d Draft) (*Rehearsal, error) {
	if !by.Everywhere(models.RoleAdmin) {
		return nil, models.NotFound("page.not_found")
	}
	rows, err := tx.PGX.Query(ctx, rehearsalSQL+`WHERE r.draft = $1 AND r.state IN ('waiting', 'running', 'done', 'failed') ORDER BY r.made_at DESC LIMIT 1`, models.Prepared, d.Version)
	if err != nil {
		return nil, fmt.Errorf("rehearsal: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanRehearsal)
	if err != nil || len(list) == 0 {
		return nil, wrapped("rehearsal", err)
	}
	list[0].Stale = list[0].staleBeside(d)
	return &list[0], nil
}

// Moves lists what changes rank in a rehearsal: what leaves first, by visits.
func Moves(ctx context.Context, tx models.Tx, id models.ID, limit int) ([]Move, error) {
	rows, err := tx.PGX.Query(ctx, `SELECT query, times, judged, title, kind, reference, coalesce(before, 0)::int, coalesce(after, 0)::int
		FROM search_moves WHERE rehearsal_id = $1 ORDER BY no LIMIT $2`, models.Prepared, id, limit)
	if err != nil {
		return nil, fmt.Errorf("rehearsal: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Move])
	return list, wrapped("rehearsal", err)
}

// DropRehearsal gives a rehearsal up; the draft stays.
func DropRehearsal(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) error {
	r, err := rehearsalRow(ctx, tx, by, id, ` FOR UPDATE OF r`)
	if err != nil {
		return err
	}
	switch r.State {
	case RehearsalPublished:
		return models.Conflict("admin.rehearsal.published", nil)
	case RehearsalDropped:
		return nil
	}
	if _, err = tx.PGX.Exec(ctx, `UPDATE search_rehearsals SET state = 'dropped', ended_at = coalesce(ended_at, $2) WHERE id = $1`, models.Prepared, id, tx.Now); err != nil {
		return fmt.Errorf("rehearsal: %w", err)
	}
	return recordRehearsal(ctx, tx, by, "search.rehearsal_dropped", id)
}

// Rehearsing gives the job the two settings to compare; of kind not found when
// it was given up, a conflict when other settings came in force since it was
// asked for: what it found would be of those, and it says that it is of others.
func Rehearsing(ctx context.Context, tx models.Tx, id models.ID) (before, after Settings, err error) {
	var base string
	var edits Edits
	err = tx.PGX.QueryRow(ctx, `UPDATE search_rehearsals SET state = 'running', done = 0 WHERE id = $1 AND state IN ('waiting', 'running') RETURNING base, edits`, models.Prepared, id).
		Scan(&base, &edits)
	if errors.Is(err, pgx.ErrNoRows) {
		return before, after, models.NotFound("page.not_found")
	}
	if err != nil {
		return before, after, fmt.Errorf("rehearsal: %w", err)
	}
	if before, err = Published(ctx, tx.PGX); err != nil {
		return before, after, err
	}
	if before.Fingerprint() != base {
		return before, after, models.Conflict("admin.rehearsal.stale", nil)
	}
	return before, edits.On(before), nil
}

// underwayLongest is how long a rehearsal can be under way, tried again after a
// kill included.
const underwayLongest = time.Hour

// Over tells which of these are rehearsals that nobody makes any more, for
// engines that make copies for them.
func Over(ctx context.Context, db *models.DB, ids []models.ID) ([]models.ID, error) {
	rows, err := db.Pool.Query(ctx, `SELECT id FROM search_rehearsals WHERE id = ANY ($1) AND NOT (state IN ('waiting', 'running') AND made_at > $2)`, models.Prepared,
		ids, db.Clock.Now().Add(-underwayLongest))
	if err != nil {
		return nil, fmt.Errorf("rehearsal: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[models.ID])
	return list, wrapped("rehearsal", err)
}

// Tell keeps how far a rehearsal is; it tells whether it is still wanted.
func Tell(ctx context.Context, db *models.DB, id models.ID, done, total int) (wanted bool, err error) {
	tag, err := db.Pool.Exec(ctx, `UPDATE search_rehearsals SET done = $2, total = $3 WHERE id = $1 AND state = 'running'`, models.Prepared, id, done, total)
	return tag.RowsAffected() == 1, wrapped("rehearsal", err)
}

// EndRehearsal keeps what a rehearsal found; the queries that it names live no
// longer than the log that they are from (ForgetQueries). A failed one has no
// figures.
func EndRehearsal(ctx context.Context, tx models.Tx, id models.ID, f *Figures, moves []Move) error {
	state, figures := RehearsalFailed, []byte(`{}`)
	if f != nil {
		state = RehearsalDone
		var err error
		if figures, err = json.Marshal(f); err != nil {
			return fmt.Errorf("rehearsal: %w", err)
		}
	}
	tag, err := tx.PGX.Exec(ctx, `UPDATE search_rehearsals SET state = $2, ended_at = $3, done = total, figures = $4::text::jsonb WHERE id = $1 AND state IN ('waiting', 'running')`,
		models.Prepared, id, state, tx.Now, string(figures))
	if err != nil || tag.RowsAffected() == 0 {
		return wrapped("rehearsal", err)
	}
	rank := func(n int) *int {
		if n == 0 {
			return nil
		}
		return &n
	}
	rows := [][]any{}
	for i, m := range moves {
		rows = append(rows, []any{id, i, m.Query, m.Times, m.Judged, m.Title, string(m.Kind), m.Reference, rank(m.Before), rank(m.After)})
	}
	if _, err := tx.PGX.CopyFrom(ctx, pgx.Identifier{"search_moves"}, []string{"rehearsal_id", "no", "query", "times", "judged", "title", "kind", "reference", "before", "after"},
		pgx.CopyFromRows(rows)); err != nil {
		return fmt.Errorf("rehearsal: %w", err)
	}
	return nil
}

// RehearsalDays is how long a rehearsal that was not published is kept.
const RehearsalDays = 90

// ForgetRehearsals takes away those of more than RehearsalDays ago that nobody
// published; it tells how many. The sweep calls it.
func ForgetRehearsals(ctx context.Context, db *models.DB) (int, error) {
	tag, err := db.Pool.Exec(ctx, `DELETE FROM search_rehearsals WHERE state <> 'published' AND made_at < $1`, models.Prepared, db.Clock.Now().AddDate(0, 0, -RehearsalDays))
	return int(tag.RowsAffected()), wrapped("forget rehearsals", err)
}

// Present tells which references the search has documents of.
func Present(ctx context.Context, db *models.DB, references []string) (map[string]bool, error) {
	rows, err := db.Pool.Query(ctx, `SELECT reference FROM search_documents WHERE reference = ANY ($1)`, models.Prepared, references)
	if err != nil {
		return nil, fmt.Errorf("references: %w", err)
	}
	has := map[string]bool{}
	var reference string
	_, err = pgx.ForEachRow(rows, []any{&reference}, func() error {
		has[reference] = true
		return nil
	})
	return has, wrapped("references", err)
}
