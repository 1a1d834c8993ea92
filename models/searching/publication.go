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

// Publication is one line of the log of the settings (publication, P17.23):
// what it put in force, and what that changed.
type Publication struct {
	No        int
	Act       string // found, published, restored
	Restores  int    // publication whose settings it brought back
	Rehearsal *models.ID
	At        time.Time
	By        string // name; empty for what was loaded from files
	Changes   []Difference
	Last      bool // it is in force
}

// The acts of a publication.
const (
	ActFound     = "found"
	ActPublished = "published"
	ActRestored  = "restored"
)

// Publications lists the log, the latest first, for administrators.
func Publications(ctx context.Context, tx models.Tx, by models.Actor, limit int) ([]Publication, error) {
	if !by.Everywhere(models.RoleAdmin) {
		return nil, models.NotFound("page.not_found")
	}
	rows, err := tx.PGX.Query(ctx, `SELECT s.no, s.act, coalesce(s.restores, 0), s.rehearsal, s.made_at, coalesce(`+nameSQL+`, ''), s.changes,
			s.no = (SELECT max(no) FROM search_publications)
		FROM search_publications s LEFT JOIN accounts ac ON ac.id = s.made_by LEFT JOIN people p ON p.id = ac.person_id
		ORDER BY s.no DESC LIMIT $1`, models.Prepared, limit)
	if err != nil {
		return nil, fmt.Errorf("publications: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Publication, err error) {
		err = row.Scan(&p.No, &p.Act, &p.Restores, &p.Rehearsal, &p.At, &p.By, &p.Changes, &p.Last)
		return p, err
	})
	return list, wrapped("publications", err)
}

// Publish puts the settings that were rehearsed in force on every instance, for
// administrators. A rehearsal of another draft, or beside other settings than
// those in force now, is stale: a conflict.
func Publish(ctx context.Context, tx models.Tx, by models.Actor, rehearsal models.ID) error {
	d, err := draft(ctx, tx, by, ` FOR UPDATE`)
	if err != nil {
		return err
	}
	r, err := rehearsalRow(ctx, tx, by, rehearsal, ` FOR UPDATE OF r`)
	if err != nil {
		return err
	}
	switch {
	case r.State != RehearsalDone:
		return models.Conflict("admin.rehearsal.not_done", nil)
	case r.staleBeside(d):
		return models.Conflict("admin.rehearsal.stale", nil)
	}
	before, changes := d.Published, d.Changes
	if err := put(ctx, tx, by, before, d.Proposed, line{act: ActPublished, rehearsal: &rehearsal, changes: changes}); err != nil {
		return err
	}
	d.Edits = Edits{}
	if err := d.save(ctx, tx, by, "published", changes); err != nil {
		return err
	}
	_, err = tx.PGX.Exec(ctx, `UPDATE search_rehearsals SET state = 'published' WHERE id = $1`, models.Prepared, rehearsal)
	return wrapped("publish settings", err)
}

// Restore takes back what was published since a line of the log: its settings
// are in force again, by a publication of its own. last is the latest line that
// the administrator saw; another one is a conflict. The draft stays.
func Restore(ctx context.Context, tx models.Tx, by models.Actor, no, last int) error {
	d, err := draft(ctx, tx, by, ` FOR UPDATE`) // one publication at a time
	if err != nil {
		return err
	}
	var latest int
	var raw []byte
	err = tx.PGX.QueryRow(ctx, `SELECT settings, (SELECT max(no) FROM search_publications) FROM search_publications WHERE no = $1`, models.Prepared, no).Scan(&raw, &latest)
	if errors.Is(err, pgx.ErrNoRows) {
		return models.NotFound("page.not_found")
	}
	if err != nil {
		return fmt.Errorf("restore settings: %w", err)
	}
	if latest != last {
		return models.Conflict("admin.publications.moved", nil)
	}
	var wanted Settings
	if err := json.Unmarshal(raw, &wanted); err != nil {
		return fmt.Errorf("restore settings: %w", err)
	}
	changes := Differences(d.Published, wanted)
	if len(changes) == 0 {
		return models.Conflict("admin.publications.same", nil)
	}
	return put(ctx, tx, by, d.Published, wanted, line{act: ActRestored, restores: &no, changes: changes})
}

// line is what the log says of a publication.
type line struct {
	act       string
	restores  *int
	rehearsal *models.ID
	changes   []Difference
}

// put changes the settings in force and writes the log. What is in force and
// was never published, loaded from files, gets a line first: it must be able to
// come back.
func put(ctx context.Context, tx models.Tx, by models.Actor, before, after Settings, l line) error {
	var raw []byte
	err := tx.PGX.QueryRow(ctx, `SELECT settings FROM search_publications ORDER BY no DESC LIMIT 1`, models.Prepared).Scan(&raw)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("publish settings: %w", err)
	}
	var last Settings
	if raw != nil {
		if err := json.Unmarshal(raw, &last); err != nil {
			return fmt.Errorf("publish settings: %w", err)
		}
	}
	if raw == nil || last.Fingerprint() != before.Fingerprint() {
		found := line{act: ActFound}
		if raw != nil {
			found.changes = Differences(last, before)
		}
		if err := log(ctx, tx, nil, before, found); err != nil {
			return err
		}
	}
	if err := after.enforce(ctx, tx, by); err != nil {
		return err
	}
	if err := log(ctx, tx, &by.Account, after, l); err != nil {
		return err
	}
	return recordSettings(ctx, tx, by, "search.settings_"+l.act, l.changes)
}

func log(ctx context.Context, tx models.Tx, by *models.ID, s Settings, l line) error {
	settings, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("publish settings: %w", err)
	}
	if l.changes == nil {
		l.changes = []Difference{}
	}
	changes, err := json.Marshal(l.changes)
	if err != nil {
		return fmt.Errorf("publish settings: %w", err)
	}
	_, err = tx.PGX.Exec(ctx, `INSERT INTO search_publications (act, restores, rehearsal, made_at, made_by, settings, changes)
		VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7::text::jsonb)`, models.Prepared, l.act, l.restores, l.rehearsal, tx.Now, by, string(settings), string(changes))
	return wrapped("publish settings", err)
}
