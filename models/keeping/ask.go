package keeping

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"passerelle/models"
)

// Mending is the lock of whoever mends findings (models.Alone): two at once would give
// the same document up twice. For jobs.
const Mending = 20261123160000

// Chosen is what an act is ordered about: findings by their ids, or all of a kind that
// a page showed.
type Chosen struct {
	IDs   []models.ID // none: all of the kind
	Until time.Time   // only what was found until then; zero: whenever
	Most  int         // refused when there are more; 0: however many
}

// Shown is what an act could be ordered about when a page was made.
type Shown struct {
	Count int
	Until time.Time // of the latest found
}

// askable are the open findings of a kind ($1) that an act ($2) can be ordered about:
// those without a sound copy cannot be restored.
const askable = `closed_at IS NULL AND kind = $1 AND (asked = '' OR trouble <> '') AND ($2 <> 'restore' OR elsewhere <> '')`

// Askable tells about how much an act would be ordered now, to be confirmed: what is
// found later was seen by nobody. For administrators.
func Askable(ctx context.Context, tx models.Tx, by models.Actor, kind FindingKind, act Act) (s Shown, err error) {
	if err := allowed(by); err != nil {
		return s, err
	}
	var until *time.Time
	err = tx.PGX.QueryRow(ctx, `SELECT count(*), max(found_at) FROM storage_findings WHERE `+askable, models.Prepared, string(kind), string(act)).Scan(&s.Count, &until)
	if err != nil {
		return s, fmt.Errorf("askable: %w", err)
	}
	if until != nil {
		s.Until = *until
	}
	return s, nil
}

// Ask orders an act about open findings of a kind and gives how many; those without a
// sound copy cannot be restored and are left out. A conflict says that there is nothing
// left to order it about, or more than was shown. For administrators.
func Ask(ctx context.Context, tx models.Tx, by models.Actor, kind FindingKind, act Act, about Chosen) (int, error) {
	if err := allowed(by); err != nil {
		return 0, err
	}
	if !act.Fits(kind) {
		return 0, models.NotFound("page.not_found")
	}
	var account *models.ID
	if by.Account != uuid.Nil {
		account = &by.Account
	}
	var until *time.Time
	if !about.Until.IsZero() {
		until = &about.Until
	}
	tag, err := tx.PGX.Exec(ctx, `
		UPDATE storage_findings SET asked = $2, asked_at = $3, asked_by = $4, trouble = ''
		WHERE `+askable+` AND ($5::uuid[] IS NULL OR id = ANY($5)) AND ($6::timestamptz IS NULL OR found_at <= $6)`, models.Prepared,
		string(kind), string(act), tx.Now, account, about.IDs, until)
	if err != nil {
		return 0, fmt.Errorf("ask: %w", err)
	}
	n := int(tag.RowsAffected())
	switch {
	case n == 0:
		return 0, models.Conflict("storage.nothing_asked", nil)
	case about.Most > 0 && n > about.Most: // met before, told since, or turned into another kind
		return 0, models.Conflict("storage.list_changed", nil)
	}
	err = tx.Record(ctx, by, models.Event{Kind: "storage.asked", SubjectKind: "storage", SubjectID: models.SettingID("storage_active"),
		Data: map[string]any{"act": act, "finding": kind, "count": n}})
	if err != nil {
		return 0, err
	}
	return n, tx.Enqueue(ctx, MendArgs{})
}
