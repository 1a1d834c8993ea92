package application

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// UndoBatch takes a batch back as a whole (P18.18): each application is again
// what it was before, but those told or changed meanwhile, which are kept and
// say so; lines still waiting are never run. For the officer who made it, in
// time; too late is a conflict. Done twice, it is done once.
func UndoBatch(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) error {
	b, err := lockBatch(ctx, tx, id)
	if err == nil && b.MadeBy != by.Account {
		err = models.NotFound("page.not_found")
	}
	if err != nil {
		return err
	}
	if b.UndoneAt != nil {
		return nil
	}
	if !tx.Now.Before(b.UndoUntil) {
		return models.Conflict("desk.batch_too_late", b)
	}
	_, err = tx.PGX.Exec(ctx, `UPDATE batches SET undone_at = $2, undone_by = $3 WHERE id = $1`, models.Prepared, id, tx.Now, by.Account)
	if err != nil {
		return fmt.Errorf("undo batch: %w", err)
	}
	_, err = tx.PGX.Exec(ctx, `UPDATE batch_lines SET state = 'left', why = 'desk.batch_stopped' WHERE batch_id = $1 AND state = 'waiting'`,
		models.Prepared, id)
	if err != nil {
		return fmt.Errorf("undo batch: %w", err)
	}
	lines, err := doneLines(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if err := l.takeBack(ctx, tx, by, id); err != nil {
			return err
		}
	}
	return tx.Record(ctx, by, models.Event{Kind: "batch.undone", SubjectKind: "batch", SubjectID: id})
}

// doneLine is a decided line, by session so that locks are always taken in the
// same order (P18.5).
type doneLine struct {
	Application, Decision models.ID
	Before                *models.ID
}

func doneLines(ctx context.Context, tx models.Tx, id models.ID) ([]doneLine, error) {
	rows, err := tx.PGX.Query(ctx, `SELECT l.application_id, l.decision_id, l.before_id
		FROM batch_lines l JOIN applications a ON a.id = l.application_id
		WHERE l.batch_id = $1 AND l.state = 'done' ORDER BY a.session_id, l.position DESC`, models.Prepared, id)
	if err != nil {
		return nil, fmt.Errorf("undo batch: %w", err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowToStructByPos[doneLine])
	if err != nil {
		return nil, fmt.Errorf("undo batch: %w", err)
	}
	return lines, nil
}

func (l doneLine) takeBack(ctx context.Context, tx models.Tx, by models.Actor, batch models.ID) error {
	state, why := LineUndone, ""
	a, seats, err := lockReviewed(ctx, tx, by, l.Application)
	if err != nil && models.KindOf(err) != models.KindNotFound {
		return err
	}
	standing, stErr := currentDecision(ctx, tx, l.Application)
	if stErr != nil {
		return stErr
	}
	var before *Decision
	if l.Before != nil {
		if before, stErr = decisionByID(ctx, tx, *l.Before); stErr != nil {
			return stErr
		}
	}
	switch {
	case err != nil || a.State != UnderReview || standing == nil || standing.ID != l.Decision || standing.ReleasedAt != nil:
		state, why = LineKept, "desk.batch_moved"
	case before != nil && before.Kind == VerdictAccepted && seats.Free() < 1 && standing.Kind != VerdictAccepted:
		state, why = LineKept, "desk.no_seat"
	default:
		err = restore(ctx, tx, by, &a, standing, before)
	}
	if err != nil && state == LineUndone {
		return err
	}
	_, err = tx.PGX.Exec(ctx, `UPDATE batch_lines SET state = $3, why = $4 WHERE batch_id = $1 AND application_id = $2`,
		models.Prepared, batch, l.Application, string(state), why)
	if err != nil {
		return fmt.Errorf("undo batch: %w", err)
	}
	return nil
}

// restore puts back what stood before a decision that nobody was told, under
// the session's lock. A seat given back this way goes to nobody: the list is as
// it was.
func restore(ctx context.Context, tx models.Tx, by models.Actor, a *Application, standing, before *Decision) error {
	if err := leaveList(ctx, tx, *a); err != nil {
		return err
	}
	data := map[string]any{"decision": standing.ID, "verdict": standing.Kind}
	if before == nil {
		if err := putVerdict(ctx, tx, a, Decision{}); err != nil {
			return err
		}
		_, err := tx.PGX.Exec(ctx, `UPDATE decisions SET superseded_at = $2 WHERE id = $1`, models.Prepared, standing.ID, tx.Now)
		if err != nil {
			return fmt.Errorf("undo decision: %w", err)
		}
	} else {
		again := *before
		again.ID, again.RecordedAt, again.SupersededAt = tx.NewID(), tx.Now, nil
		if again.Kind == VerdictWaitlisted {
			rank, err := makeRoom(ctx, tx, a.Session.ID, before.Rank)
			if err != nil {
				return err
			}
			again.Rank = rank
		}
		if err := putVerdict(ctx, tx, a, again); err != nil {
			return err
		}
		if err := putDecision(ctx, tx, again); err != nil {
			return err
		}
		data["again"] = again.Kind
	}
	if _, err := countSeats(ctx, tx, a.Session.ID); err != nil {
		return err
	}
	return tx.Record(ctx, by, models.Event{Kind: "application.decision_undone", SubjectKind: "application", SubjectID: a.ID, Data: data})
}

func decisionByID(ctx context.Context, tx models.Tx, id models.ID) (*Decision, error) {
	d, err := scanDecision(tx.PGX.QueryRow(ctx, `SELECT `+decisionColumns+decisionTables+`WHERE d.id = $1`, models.Prepared, id))
	if err != nil {
		return nil, fmt.Errorf("decision: %w", err)
	}
	return &d, nil
}
