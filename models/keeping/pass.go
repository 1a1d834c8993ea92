package keeping

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"passerelle/models"
)

// PassKind is what a pass does with every object.
type PassKind string

// The kinds of passes.
const (
	Audit PassKind = "audit" // reads every byte (vérification complète)
	Daily PassKind = "daily" // presence, lengths and a thirtieth of the contents (rapprochement)
	Move  PassKind = "move"  // copies into the other store (déplacement)
)

// DailyParts is in how many daily checks every content is read once.
const DailyParts = 30

// PassState is where a pass stands.
type PassState string

// The states of a pass; the last three are final.
const (
	Running PassState = "running"
	Paused  PassState = "paused"
	Done    PassState = "done"
	Failed  PassState = "failed"
	Stopped PassState = "stopped"
)

// Phase is the part of a pass under way.
type Phase string

// The phases: every file, then every object of the store; a move that was asked to
// empties the former store last.
const (
	Files   Phase = "files"
	Objects Phase = "objects"
	Empty   Phase = "empty"
)

// Pass is one long work over every object (P14.2). Bytes are as stored, encrypted.
type Pass struct {
	ID                    models.ID
	Kind                  PassKind
	Target                string // of a move: "disk" or "s3"
	Despite               bool   // a move switches although objects are damaged
	Emptying              bool   // a move empties the former store
	State                 PassState
	Phase                 Phase
	Place                 string // how far in the phase
	Turn                  int
	Part                  int // of a daily check: the contents that it reads, from 0 to DailyParts-1
	Objects, TotalObjects int64
	Bytes, TotalBytes     int64
	Copied                int64 // objects copied by a move
	Wrong, Orphans        int64
	Trouble               string // key of the message of why it waits or failed
	Worked                time.Duration
	StartedAt             time.Time
	StartedBy             models.ID
	MovedAt               time.Time
	EndedAt               *time.Time
}

// Open reports a pass that may still go on.
func (p Pass) Open() bool { return p.State == Running || p.State == Paused }

// Percent is how far the pass is, by bytes where there are any.
func (p Pass) Percent() int {
	done, total := p.Bytes, p.TotalBytes
	if total <= 0 {
		done, total = p.Objects, p.TotalObjects
	}
	switch {
	case p.State == Done:
		return 100
	case total <= 0:
		return 0
	}
	return int(min(100*done/total, 99))
}

// Left is about how long the pass still works; zero when nothing is known yet.
func (p Pass) Left() time.Duration {
	if p.Bytes <= 0 || p.Worked < time.Second || p.Bytes > p.TotalBytes {
		return 0
	}
	return time.Duration(float64(p.Worked) * float64(p.TotalBytes-p.Bytes) / float64(p.Bytes))
}

// PassArgs is the job that works on a pass; it carries its id only.
type PassArgs struct {
	Pass models.ID `json:"pass"`
}

// Kind names the job for River.
func (PassArgs) Kind() string { return "storage_pass" }

// allowed: the consoles are the administrators', the same verbs the operator's (P14.7).
func allowed(by models.Actor) error {
	if by.Kind == models.ActorOperator || by.Kind == models.ActorPortal || by.Everywhere(models.RoleAdmin) {
		return nil
	}
	return models.NotFound("page.not_found")
}

// NewPass is what is asked for.
type NewPass struct {
	Kind              PassKind
	Target            string // of a move
	Despite, Emptying bool
}

// Begin starts a pass and its job. A conflict says that one of its sort goes on
// already. For administrators, operators and the portal's clock.
func Begin(ctx context.Context, tx models.Tx, by models.Actor, in NewPass) (Pass, error) {
	p, err := begin(ctx, tx, by, in)
	if err != nil {
		return p, err
	}
	return p, tx.Enqueue(ctx, PassArgs{Pass: p.ID})
}

// BeginHere is Begin for a command that does the work itself: a job takes it up only
// when the command is heard of no more. For operators' commands.
func BeginHere(ctx context.Context, tx models.Tx, by models.Actor, in NewPass) (Pass, error) {
	p, err := begin(ctx, tx, by, in)
	if err != nil {
		return p, err
	}
	return Take(ctx, tx, p.ID)
}

func begin(ctx context.Context, tx models.Tx, by models.Actor, in NewPass) (Pass, error) {
	if err := allowed(by); err != nil {
		return Pass{}, err
	}
	p := Pass{ID: tx.NewID(), Kind: in.Kind, Target: in.Target, Despite: in.Despite, Emptying: in.Emptying, State: Running, Phase: Files,
		StartedAt: tx.Now, StartedBy: by.Account, MovedAt: tx.Now}
	var account *models.ID
	if by.Account != uuid.Nil {
		account = &by.Account
	}
	err := tx.PGX.QueryRow(ctx, `
		INSERT INTO storage_passes (id, kind, target, despite, emptying, state, phase, total_objects, total_bytes, started_at, started_by, moved_at, part)
		SELECT $1, $2, $3, $4, $5, 'running', 'files', coalesce(sum(objects), 0), coalesce(sum(bytes), 0), $6, $7, $6, CASE $2 WHEN 'daily' THEN `+nextPart+` END
		FROM stored_files WHERE purged_at IS NULL
		ON CONFLICT ((kind = 'move')) WHERE state IN ('running', 'paused') DO NOTHING
		RETURNING total_objects, total_bytes, coalesce(part, 0)`, models.Prepared,
		p.ID, string(p.Kind), p.Target, p.Despite, p.Emptying, tx.Now, account, DailyParts).Scan(&p.TotalObjects, &p.TotalBytes, &p.Part)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, models.Conflict("storage.busy", nil)
	}
	if err != nil {
		return p, fmt.Errorf("begin pass: %w", err)
	}
	return p, record(ctx, tx, by, "storage.begun", p)
}

// nextPart follows the last part that was read to its end: one that was stopped, and
// days without a check, leave none out ($8: how many there are).
const nextPart = `coalesce((SELECT (part + 1) % $8 FROM storage_passes WHERE kind = 'daily' AND state = 'done' AND part IS NOT NULL
	ORDER BY started_at DESC, id DESC LIMIT 1), 0)`

func record(ctx context.Context, tx models.Tx, by models.Actor, kind string, p Pass) error {
	return tx.Record(ctx, by, models.Event{Kind: kind, SubjectKind: "storage_pass", SubjectID: p.ID,
		Data: map[string]any{"kind": p.Kind, "target": p.Target}})
}

const passQuery = `SELECT id, kind, target, despite, emptying, state, phase, place, turn, coalesce(part, 0), objects, total_objects, bytes, total_bytes, copied, wrong, orphans,
	trouble, worked_ms, started_at, coalesce(started_by, '00000000-0000-0000-0000-000000000000'), moved_at, ended_at FROM storage_passes `

func scanPass(row pgx.Row) (Pass, error) {
	var p Pass
	var ms int64
	err := row.Scan(&p.ID, &p.Kind, &p.Target, &p.Despite, &p.Emptying, &p.State, &p.Phase, &p.Place, &p.Turn, &p.Part, &p.Objects, &p.TotalObjects, &p.Bytes,
		&p.TotalBytes, &p.Copied, &p.Wrong, &p.Orphans, &p.Trouble, &ms, &p.StartedAt, &p.StartedBy, &p.MovedAt, &p.EndedAt)
	p.Worked = time.Duration(ms) * time.Millisecond
	if errors.Is(err, pgx.ErrNoRows) {
		return p, models.NotFound("page.not_found")
	}
	if err != nil {
		return p, fmt.Errorf("pass: %w", err)
	}
	return p, nil
}

// ByID is one pass. For administrators.
func ByID(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Pass, error) {
	if err := allowed(by); err != nil {
		return Pass{}, err
	}
	return scanPass(tx.PGX.QueryRow(ctx, passQuery+`WHERE id = $1`, models.Prepared, id))
}

// Latest gives the passes that go on and the last of each sort that ended, nil where
// there is none. For administrators.
func Latest(ctx context.Context, tx models.Tx, by models.Actor) (check, lastCheck, move *Pass, err error) {
	if err := allowed(by); err != nil {
		return nil, nil, nil, err
	}
	for _, one := range []struct {
		to    **Pass
		where string
	}{
		{&check, `WHERE kind <> 'move' AND state IN ('running', 'paused')`},
		{&lastCheck, `WHERE kind <> 'move' AND state = 'done'`},
		{&move, `WHERE kind = 'move'`},
	} {
		p, err := scanPass(tx.PGX.QueryRow(ctx, passQuery+one.where+` ORDER BY started_at DESC, id DESC LIMIT 1`, models.Prepared))
		if models.KindOf(err) == models.KindNotFound && err != nil {
			continue
		}
		if err != nil {
			return nil, nil, nil, err
		}
		*one.to = &p
	}
	return check, lastCheck, move, nil
}

// Suspend pauses a pass that runs (suspendre). For administrators.
func Suspend(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) error {
	return turnTo(ctx, tx, by, id, "storage.paused", `state = 'paused', turn = turn + 1, moved_at = $2 WHERE id = $1 AND state = 'running'`)
}

// Resume lets a paused pass go on where it was (reprendre). For administrators.
func Resume(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) error {
	err := turnTo(ctx, tx, by, id, "storage.resumed", `state = 'running', trouble = '', moved_at = $2 WHERE id = $1 AND state = 'paused'`)
	if err != nil {
		return err
	}
	return tx.Enqueue(ctx, PassArgs{Pass: id})
}

// Stop ends a pass before its time (arrêter): what it found and copied stays. For
// administrators.
func Stop(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) error {
	return turnTo(ctx, tx, by, id, "storage.stopped",
		`state = 'stopped', turn = turn + 1, moved_at = $2, ended_at = $2 WHERE id = $1 AND state IN ('running', 'paused')`)
}

func turnTo(ctx context.Context, tx models.Tx, by models.Actor, id models.ID, event, set string) error {
	if _, err := ByID(ctx, tx, by, id); err != nil {
		return err
	}
	p, err := scanPass(tx.PGX.QueryRow(ctx, `WITH moved AS (UPDATE storage_passes SET `+set+` RETURNING *) `+
		passQuery[:len(passQuery)-len("storage_passes ")]+`moved`, models.Prepared, id, tx.Now))
	if models.KindOf(err) == models.KindNotFound && err != nil {
		return models.Conflict("storage.moved_on", nil)
	}
	if err != nil {
		return err
	}
	return record(ctx, tx, by, event, p)
}

// Take begins a turn of work on a pass; not found when it does not run any more. The
// job that had it before finds out at its next Save. For jobs.
func Take(ctx context.Context, tx models.Tx, id models.ID) (Pass, error) {
	_, err := tx.PGX.Exec(ctx, `UPDATE storage_passes SET turn = turn + 1, moved_at = $2 WHERE id = $1 AND state = 'running'`, models.Prepared, id, tx.Now)
	if err != nil {
		return Pass{}, fmt.Errorf("take pass: %w", err)
	}
	return scanPass(tx.PGX.QueryRow(ctx, passQuery+`WHERE id = $1 AND state = 'running'`, models.Prepared, id))
}

// Save keeps how far a pass is; false when it was paused, stopped or taken by another
// job meanwhile, which must end. For jobs.
func Save(ctx context.Context, tx models.Tx, p Pass) (bool, error) {
	tag, err := save(ctx, tx, p)
	return tag.RowsAffected() == 1, err
}

func save(ctx context.Context, tx models.Tx, p Pass) (pgconn.CommandTag, error) {
	tag, err := tx.PGX.Exec(ctx, `
		UPDATE storage_passes SET phase = $3, place = $4, objects = $5, bytes = $6, copied = $7, wrong = $8, orphans = $9, trouble = $10, worked_ms = $11,
			moved_at = $12, total_objects = greatest(total_objects, $5), total_bytes = greatest(total_bytes, $6)
		WHERE id = $1 AND turn = $2 AND state = 'running'`, models.Prepared,
		p.ID, p.Turn, string(p.Phase), p.Place, p.Objects, p.Bytes, p.Copied, p.Wrong, p.Orphans, p.Trouble, p.Worked.Milliseconds(), tx.Now)
	if err != nil {
		return tag, fmt.Errorf("save pass: %w", err)
	}
	return tag, nil
}

// End closes a pass: done, or failed with its trouble. A check that came to its end
// closes the findings that it did not meet again. For jobs.
func End(ctx context.Context, tx models.Tx, p Pass, state PassState) error {
	return EndHere(ctx, tx, models.Portal(), p, state, FindingKinds())
}

// EndHere is End for a command, whose check closes findings of the kinds that it would
// have met wherever they are. For operators' commands.
func EndHere(ctx context.Context, tx models.Tx, by models.Actor, p Pass, state PassState, seen []FindingKind) error {
	if err := allowed(by); err != nil {
		return err
	}
	tag, err := save(ctx, tx, p)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	_, err = tx.PGX.Exec(ctx, `UPDATE storage_passes SET state = $2, ended_at = $3 WHERE id = $1`, models.Prepared, p.ID, string(state), tx.Now)
	if err != nil {
		return fmt.Errorf("end pass: %w", err)
	}
	if p.Kind != Move && state == Done {
		_, err = tx.PGX.Exec(ctx, `UPDATE storage_findings SET outcome = 'gone', closed_at = $2
			WHERE closed_at IS NULL AND pass_id <> $1 AND found_at < $3 AND kind = ANY($4)`, models.Prepared, p.ID, tx.Now, p.StartedAt, seen)
		if err != nil {
			return fmt.Errorf("close findings: %w", err)
		}
	}
	p.State = state
	return record(ctx, tx, by, "storage."+string(state), p)
}

// stalled is how long a pass that runs may stay without a move before it is given to
// another job.
const stalled = 3 * time.Minute

// dailyEvery is the time between two checks that the portal makes by itself.
const dailyEvery = 24 * time.Hour

// Tend begins the daily check when it is due, forgets old ones and gives passes and orders that a killed
// job left to another one. For the portal's clock.
func Tend(ctx context.Context, tx models.Tx) (int, error) {
	rows, err := tx.PGX.Query(ctx, `UPDATE storage_passes SET moved_at = $1 WHERE state = 'running' AND moved_at < $2 RETURNING id`, models.Prepared,
		tx.Now, tx.Now.Add(-stalled))
	if err != nil {
		return 0, fmt.Errorf("stalled passes: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[models.ID])
	if err != nil {
		return 0, fmt.Errorf("stalled passes: %w", err)
	}
	for _, id := range ids {
		if err := tx.Enqueue(ctx, PassArgs{Pass: id}); err != nil {
			return 0, err
		}
	}
	var due, waiting bool
	err = tx.PGX.QueryRow(ctx, `SELECT NOT EXISTS (SELECT 1 FROM storage_passes WHERE kind <> 'move' AND (started_at > $1 OR state IN ('running', 'paused'))),
		EXISTS (SELECT 1 FROM storage_findings WHERE closed_at IS NULL AND asked <> '' AND trouble = '' AND asked_at < $2)`, models.Prepared,
		tx.Now.Add(-dailyEvery), tx.Now.Add(-stalled)).Scan(&due, &waiting)
	if err != nil {
		return 0, fmt.Errorf("daily check: %w", err)
	}
	if waiting {
		if err := tx.Enqueue(ctx, MendArgs{}); err != nil {
			return 0, err
		}
	}
	if _, err := Forget(ctx, tx); err != nil {
		return 0, err
	}
	if !due {
		return len(ids), nil
	}
	_, err = Begin(ctx, tx, models.Portal(), NewPass{Kind: Daily})
	if models.KindOf(err) == models.KindConflict && err != nil {
		err = nil
	}
	return len(ids) + 1, err
}
