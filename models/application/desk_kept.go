package application

import (
	"context"
	"fmt"
	"slices"
	"time"

	"passerelle/models"
)

// The counts of the whole portal take longer to make than all the rest of the
// page. They are kept, and brought up to date for the sessions named in
// desk_changes and for those where an application has grown into another age.
const (
	// renewAfter is how old kept counts may be before their snapshot is taken again
	// although nothing has changed: lines of desk_changes do not live for ever.
	renewAfter = time.Minute
	// trustedFor is how old kept counts may be to be brought up to date; lines of
	// desk_changes live longer.
	trustedFor = 3 * time.Minute
	// changesLive is how long a line of desk_changes stays once a sweep has seen it.
	changesLive = 5 * time.Minute
	// mostRecounted is how many sessions are counted again one by one.
	mostRecounted = 300
)

// keptCube is the counts of the whole portal: those of the snapshot, or later for
// what has changed since, with ages as they were at an instant.
type keptCube struct {
	cells    cube
	snapshot string
	at       time.Time
}

// kept gives the counts of the whole portal. Transactions must be READ COMMITTED:
// what is counted after a line was read then holds what the line is about.
func (q *deskQuery) kept(ctx context.Context) (cube, error) {
	var own bool
	err := q.tx.PGX.QueryRow(ctx, `SELECT EXISTS (SELECT FROM desk_changes WHERE xid = pg_current_xact_id_if_assigned())`, models.Prepared).Scan(&own)
	if err != nil {
		return nil, fmt.Errorf("desk changes: %w", err)
	}
	if own { // what may yet be rolled back is for this transaction alone
		return q.count(ctx, q.tx.Now, nil)
	}
	var now string
	var sessions []models.ID
	still := func(k *keptCube) (good bool, err error) {
		if now, sessions, err = q.changed(ctx, k); err != nil {
			return false, err
		}
		return len(sessions) == 0 && k.age(q.tx.Now) < renewAfter, nil
	}
	k, err := models.While(ctx, q.tx, "desk counts", still, func(old *keptCube) (*keptCube, error) {
		if old == nil || old.age(q.tx.Now) >= trustedFor || len(sessions) > mostRecounted {
			return q.countAll(ctx)
		}
		return q.update(ctx, old, now, sessions)
	})
	if err != nil {
		return nil, err
	}
	return k.cells, nil
}

// age is how far the counts are from an instant; the portal's clock can also be
// moved back.
func (k *keptCube) age(now time.Time) time.Duration { return now.Sub(k.at).Abs() }

// changed lists the sessions to count again, with the snapshot that they are
// listed from: those of transactions that the counts' own snapshot did not see,
// and those with an application that has passed from one age to the next.
func (q *deskQuery) changed(ctx context.Context, k *keptCube) (snapshot string, sessions []models.ID, err error) {
	err = q.tx.PGX.QueryRow(ctx, `
		SELECT pg_current_snapshot()::text, coalesce(array_agg(DISTINCT session_id), '{}') FROM (
			SELECT session_id FROM desk_changes WHERE xid >= pg_snapshot_xmin($1::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, $1::pg_snapshot)
			UNION ALL
			SELECT a.session_id FROM unnest($2::timestamptz[], $3::timestamptz[]) AS passed (since, until)
				JOIN applications a ON a.submitted_at IS NOT NULL AND a.state_since >= passed.since AND a.state_since < passed.until) c`,
		models.Prepared, k.snapshot, ageBounds(k.at), ageBounds(q.tx.Now)).Scan(&snapshot, &sessions)
	if err != nil {
		err = fmt.Errorf("desk changes: %w", err)
	}
	return snapshot, sessions, err
}

func (q *deskQuery) countAll(ctx context.Context) (*keptCube, error) {
	k := keptCube{at: q.tx.Now}
	err := q.tx.PGX.QueryRow(ctx, `SELECT pg_current_snapshot()::text`, models.Prepared).Scan(&k.snapshot)
	if err != nil {
		return nil, fmt.Errorf("desk changes: %w", err)
	}
	k.cells, err = q.count(ctx, k.at, nil)
	return &k, err
}

// update counts some sessions again.
func (q *deskQuery) update(ctx context.Context, old *keptCube, snapshot string, sessions []models.ID) (*keptCube, error) {
	k := keptCube{snapshot: snapshot, at: q.tx.Now, cells: old.cells}
	if old.at.After(k.at) { // counted for one who began later: ages do not go back
		k.at = old.at
	}
	if len(sessions) == 0 {
		return &k, nil
	}
	again, err := q.count(ctx, k.at, sessions)
	if err != nil {
		return nil, err
	}
	changed := make(map[models.ID]bool, len(sessions))
	for _, id := range sessions {
		changed[id] = true
	}
	k.cells = slices.Concat(slices.DeleteFunc(slices.Clone(old.cells), func(c cell) bool { return changed[c.session] }), again)
	return &k, nil
}

// ForgetDeskChanges takes away the lines of desk_changes that no kept counts can
// need any more; the clock's sweep calls it. The life of a line begins when a sweep
// sees it, not when it was written: that of a long transaction is read by nobody
// before its end. Counts that were kept meanwhile without reading it are then too
// old to be trusted.
func ForgetDeskChanges(ctx context.Context, tx models.Tx) error {
	if _, err := tx.PGX.Exec(ctx, `DELETE FROM desk_changes WHERE noticed_at < $1`, models.Prepared, tx.Now.Add(-changesLive)); err != nil {
		return fmt.Errorf("desk changes: %w", err)
	}
	// Two portals may share the base: a line that the other one has is left to it.
	_, err := tx.PGX.Exec(ctx, `UPDATE desk_changes SET noticed_at = $1 WHERE (xid, session_id) IN
		(SELECT xid, session_id FROM desk_changes WHERE noticed_at IS NULL FOR UPDATE SKIP LOCKED)`, models.Prepared, tx.Now)
	if err != nil {
		return fmt.Errorf("desk changes: %w", err)
	}
	return nil
}
