package application

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// BatchMax bounds how many applications one batch decides.
const BatchMax = 500

// BatchInput is what an officer decides for several applications at once (P9.4).
type BatchInput struct {
	Kind    Verdict // of the lines that say nothing else
	Reason  string
	Message string
	// ReleaseOn replaces each session's release date; a past one means as soon as
	// the batch can no longer be taken back.
	ReleaseOn *time.Time
	Lines     []BatchWish
}

// BatchWish is one application of a batch, as the officer saw it.
type BatchWish struct {
	Application models.ID
	Kind        Verdict // empty: the batch's
	Version     int
}

func (in BatchInput) decide(w BatchWish, until time.Time) DecideInput {
	kind := in.Kind
	if w.Kind != "" {
		kind = w.Kind
	}
	d := DecideInput{Kind: kind, Message: in.Message, Version: w.Version, ReleaseOn: in.ReleaseOn, HeldUntil: &until}
	if kind == VerdictRefused || kind == VerdictOnHold {
		d.Reason = in.Reason
	}
	return d
}

// Check refuses what no line could take, by field.
func (in BatchInput) Check() error {
	if len(in.Lines) == 0 {
		return models.Invalid("desk.batch_empty")
	}
	if len(in.Lines) > BatchMax {
		e := models.Invalid("desk.batch_too_long")
		e.Args = []string{fmt.Sprint(BatchMax)}
		return e
	}
	kinds := map[Verdict]bool{}
	for _, w := range in.Lines {
		kinds[in.decide(w, time.Time{}).Kind] = true
	}
	for kind := range kinds {
		d := in.decide(BatchWish{Kind: kind}, time.Time{})
		if err := d.check(); err != nil {
			return err
		}
	}
	return nil
}

// LineState is what became of one line of a batch.
type LineState string

// The states of a line.
const (
	LineWaiting LineState = "waiting"
	LineDone    LineState = "done"
	LineLeft    LineState = "left"   // refused: the application is as it was
	LineUndone  LineState = "undone" // taken back
	LineKept    LineState = "kept"   // changed meanwhile, so not taken back
)

// Batch is one bulk decision (décision en lot, P9.4).
type Batch struct {
	ID        models.ID
	Kind      Verdict
	Reason    string
	Message   string
	ReleaseOn *time.Time
	MadeAt    time.Time
	MadeBy    models.ID
	UndoUntil time.Time
	UndoneAt  *time.Time
	Lines     []BatchLine
}

// BatchLine is one application of a batch and what became of it.
type BatchLine struct {
	Application Application
	Kind        Verdict
	State       LineState
	Why         string // message key of what was refused or kept
	Decision    models.ID
}

// Count tells how many lines are in a state.
func (b Batch) Count(s LineState) int {
	n := 0
	for _, l := range b.Lines {
		if l.State == s {
			n++
		}
	}
	return n
}

// Undoable reports that the batch can still be taken back as a whole (P18.18).
func (b Batch) Undoable(now time.Time) bool {
	return b.UndoneAt == nil && now.Before(b.UndoUntil) && b.Count(LineDone)+b.Count(LineWaiting) > 0
}

// BatchArgs is the job that goes through a batch.
type BatchArgs struct {
	Batch models.ID `json:"batch"`
}

// Kind names the job.
func (BatchArgs) Kind() string { return "decide_batch" }

// StartBatch writes a batch and the job that goes through it; nothing is decided
// yet. For officers; the lines that they may not see are refused one by one.
func StartBatch(ctx context.Context, tx models.Tx, by models.Actor, in BatchInput) (models.ID, error) {
	if !by.Has(models.RoleOfficer) {
		return uuid.Nil, models.NotFound("page.not_found")
	}
	if err := in.Check(); err != nil {
		return uuid.Nil, err
	}
	minutes, err := tx.SettingInt(ctx, "bulk_undo_minutes")
	if err != nil {
		return uuid.Nil, err
	}
	id := tx.NewID()
	_, err = tx.PGX.Exec(ctx, `
		INSERT INTO batches (id, kind, reason, message, release_on, made_at, made_by, undo_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		models.Prepared, id, string(in.Kind), in.Reason, in.Message, in.ReleaseOn, tx.Now, by.Account,
		tx.Now.Add(time.Duration(minutes)*time.Minute))
	if err != nil {
		return id, fmt.Errorf("batch: %w", err)
	}
	for i, w := range in.Lines {
		_, err := tx.PGX.Exec(ctx, `
			INSERT INTO batch_lines (batch_id, application_id, position, kind, seen_version)
			SELECT $1, id, $3, $4, $5 FROM applications WHERE id = $2 ON CONFLICT DO NOTHING`, models.Prepared,
			id, w.Application, i+1, string(in.decide(w, time.Time{}).Kind), w.Version)
		if err != nil {
			return id, fmt.Errorf("batch line: %w", err)
		}
	}
	err = tx.Record(ctx, by, models.Event{Kind: "batch.started", SubjectKind: "batch", SubjectID: id,
		Data: map[string]any{"lines": len(in.Lines), "verdict": in.Kind}})
	if err != nil {
		return id, err
	}
	return id, tx.Enqueue(ctx, BatchArgs{Batch: id})
}

// RunBatch goes through what waits of a batch, each line in its own
// transaction: killed at any moment and started again, each application is
// decided once or untouched. actor gives the officer's rights as they stand now.
func RunBatch(ctx context.Context, db *models.DB, id models.ID, actor func(context.Context, models.Tx, models.ID) (models.Actor, error)) error {
	for {
		more := false
		err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) (err error) {
			more, err = runLine(ctx, tx, id, actor)
			return err
		})
		if err != nil || !more {
			return err
		}
	}
}

func runLine(ctx context.Context, tx models.Tx, id models.ID, actor func(context.Context, models.Tx, models.ID) (models.Actor, error)) (bool, error) {
	b, err := lockBatch(ctx, tx, id)
	if err != nil || b.UndoneAt != nil {
		return false, err
	}
	var w BatchWish
	err = tx.PGX.QueryRow(ctx, `SELECT application_id, kind, seen_version FROM batch_lines
		WHERE batch_id = $1 AND state = 'waiting' ORDER BY position LIMIT 1 FOR UPDATE`, models.Prepared, id).
		Scan(&w.Application, &w.Kind, &w.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("batch line: %w", err)
	}
	by, err := actor(ctx, tx, b.MadeBy)
	if err != nil {
		return false, err
	}
	before, err := currentDecision(ctx, tx, w.Application)
	if err != nil {
		return false, err
	}
	d, err := Decide(ctx, tx, by, w.Application, b.input().decide(w, b.UndoUntil))
	if kind := models.KindOf(err); err != nil && (kind == models.KindInternal || kind == models.KindUnavailable) {
		return false, err
	}
	return true, b.mark(ctx, tx, w.Application, d, before, err)
}

func (b Batch) input() BatchInput {
	return BatchInput{Kind: b.Kind, Reason: b.Reason, Message: b.Message, ReleaseOn: b.ReleaseOn}
}

// mark writes what became of a line; a refusal keeps its key.
func (b Batch) mark(ctx context.Context, tx models.Tx, application models.ID, d Decision, before *Decision, refused error) error {
	state, decision, why := LineDone, &d.ID, ""
	if refused != nil {
		state, decision, why = LineLeft, nil, keyOf(refused)
	}
	var was *models.ID
	if before != nil && refused == nil {
		was = &before.ID
	}
	_, err := tx.PGX.Exec(ctx, `UPDATE batch_lines SET state = $3, why = $4, decision_id = $5, before_id = $6
		WHERE batch_id = $1 AND application_id = $2`, models.Prepared, b.ID, application, string(state), why, decision, was)
	if err != nil {
		return fmt.Errorf("batch line: %w", err)
	}
	return nil
}

// keyOf is the message of a refusal, that of its first field when it has some.
func keyOf(err error) string {
	var e *models.Error
	if !errors.As(err, &e) {
		return "page.not_found"
	}
	if len(e.Fields) > 0 {
		return e.Fields[0].Key
	}
	return e.Key
}

// lockBatch reads a batch under its lock, without its lines.
func lockBatch(ctx context.Context, tx models.Tx, id models.ID) (Batch, error) {
	return scanBatch(tx.PGX.QueryRow(ctx, batchSQL+`WHERE id = $1 FOR UPDATE`, models.Prepared, id))
}

const batchSQL = `SELECT id, kind, reason, message, release_on, made_at, made_by, undo_until, undone_at FROM batches `

func scanBatch(row pgx.Row) (Batch, error) {
	var b Batch
	err := row.Scan(&b.ID, &b.Kind, &b.Reason, &b.Message, &b.ReleaseOn, &b.MadeAt, &b.MadeBy, &b.UndoUntil, &b.UndoneAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return b, models.NotFound("page.not_found")
	}
	if err != nil {
		return b, fmt.Errorf("batch: %w", err)
	}
	return b, nil
}

// BatchOf reads a batch with its lines. For the officer who made it; to anyone
// else it is not found. A line that they may no longer see is left out.
func BatchOf(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (Batch, error) {
	b, err := scanBatch(tx.PGX.QueryRow(ctx, batchSQL+`WHERE id = $1 AND made_by = $2`, models.Prepared, id, by.Account))
	if err != nil {
		return b, err
	}
	rows, err := tx.PGX.Query(ctx, `SELECT `+columns+`, l.kind, l.state, l.why, coalesce(l.decision_id, '00000000-0000-0000-0000-000000000000')`+
		tables+`JOIN batch_lines l ON l.application_id = a.id WHERE l.batch_id = $1 ORDER BY l.position`, models.Prepared, id)
	if err != nil {
		return b, fmt.Errorf("batch: %w", err)
	}
	b.Lines, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (BatchLine, error) {
		var l BatchLine
		var err error
		l.Application, err = scan(row, &l.Kind, &l.State, &l.Why, &l.Decision)
		return l, err
	})
	if err != nil {
		return b, fmt.Errorf("batch: %w", err)
	}
	visible := b.Lines[:0]
	for _, l := range b.Lines {
		ok, err := reviewedBy(ctx, tx, by, l.Application)
		if err != nil {
			return b, err
		}
		if ok {
			visible = append(visible, l)
		}
	}
	b.Lines = visible
	return b, nil
}

// BatchSummary is one batch among an officer's own.
type BatchSummary struct {
	Batch              // without its lines
	Done, Waiting, All int
}

// Undoable reports that the batch can still be taken back as a whole (P18.18).
func (b BatchSummary) Undoable(now time.Time) bool {
	return b.UndoneAt == nil && now.Before(b.UndoUntil) && b.Done+b.Waiting > 0
}

// BatchesKept is how many of their batches an officer finds again.
const BatchesKept = 50

// Batches lists the officer's own latest batches, the newest first; since bounds them,
// a zero time does not.
func Batches(ctx context.Context, tx models.Tx, by models.Actor, since time.Time) ([]BatchSummary, error) {
	rows, err := tx.PGX.Query(ctx, `
		SELECT b.id, b.kind, b.reason, b.message, b.release_on, b.made_at, b.made_by, b.undo_until, b.undone_at, l.done, l.waiting, l.every
		FROM batches b CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE state = 'done') done, count(*) FILTER (WHERE state = 'waiting') waiting, count(*) every
			FROM batch_lines WHERE batch_id = b.id) l
		WHERE b.made_by = $1 AND b.undo_until > $2 ORDER BY b.made_at DESC, b.id DESC LIMIT $3`, models.Prepared, by.Account, since, BatchesKept)
	if err != nil {
		return nil, fmt.Errorf("batches: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (b BatchSummary, err error) {
		err = row.Scan(&b.ID, &b.Kind, &b.Reason, &b.Message, &b.ReleaseOn, &b.MadeAt, &b.MadeBy, &b.UndoUntil, &b.UndoneAt, &b.Done, &b.Waiting, &b.All)
		return b, err
	})
	if err != nil {
		return nil, fmt.Errorf("batches: %w", err)
	}
	return list, nil
}
