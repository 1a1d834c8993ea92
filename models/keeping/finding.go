package keeping

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/form"
)

// FindingKind is what is wrong between rows and objects.
type FindingKind string

// The kinds of findings, the gravest first.
const (
	Altered FindingKind = "altered" // the bytes are not those that were written (empreinte différente)
	Missing FindingKind = "missing" // a row names an object that is not there (ligne sans objet)
	Orphan  FindingKind = "orphan"  // no row names the object (objet sans ligne)
)

// FindingKinds lists them.
func FindingKinds() []FindingKind { return []FindingKind{Altered, Missing, Orphan} }

// Act is what an administrator orders about a finding.
type Act string

// The acts.
const (
	Restore Act = "restore" // put back the sound copy of the other store
	Lose    Act = "lose"    // give the content up and tell its owner
	Erase   Act = "erase"   // delete an object that no row names
)

// Fits reports that the act mends that kind of finding.
func (a Act) Fits(k FindingKind) bool {
	return (a == Erase) == (k == Orphan) && (a == Erase || a == Restore || a == Lose)
}

// Found is what a pass met.
type Found struct {
	Kind      FindingKind
	Object    string
	File      models.ID // none for an orphan
	Bytes     int64
	Detail    string // "length", "sum" or "unreadable"
	Elsewhere string // store that holds a sound copy
}

// Finding is one thing wrong, until it is mended (constat).
type Finding struct {
	ID models.ID
	Found
	At      time.Time
	Asked   Act
	AskedAt *time.Time
	AskedBy models.ID
	Trouble string // key of why what was asked could not be done
	// Of the file, for people: what it is, not what it holds.
	Purpose     string
	Application models.ID // of a deposited document
	Reference   string    // of that application
	Piece       form.Text // what was asked for
}

// Keep writes what a pass found; what was known stays as old as it is. For jobs.
func Keep(ctx context.Context, tx models.Tx, pass models.ID, found []Found) error {
	for _, f := range found {
		var file *models.ID
		if f.File != uuid.Nil {
			file = &f.File
		}
		_, err := tx.PGX.Exec(ctx, `
			INSERT INTO storage_findings (id, kind, object_key, file_id, bytes, detail, elsewhere, found_at, pass_id)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (object_key) WHERE closed_at IS NULL DO UPDATE SET kind = excluded.kind, file_id = excluded.file_id, bytes = excluded.bytes,
				detail = excluded.detail, elsewhere = excluded.elsewhere, pass_id = excluded.pass_id`, models.Prepared,
			tx.NewID(), string(f.Kind), f.Object, file, f.Bytes, f.Detail, f.Elsewhere, tx.Now, pass)
		if err != nil {
			return fmt.Errorf("keep finding: %w", err)
		}
	}
	return nil
}

// Sound closes the findings of objects that were looked at and are as they should be. For jobs.
func Sound(ctx context.Context, tx models.Tx, file models.ID) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE storage_findings SET outcome = 'gone', closed_at = $2 WHERE file_id = $1 AND closed_at IS NULL`, models.Prepared, file, tx.Now)
	if err != nil {
		return fmt.Errorf("sound: %w", err)
	}
	return nil
}

// Cleared closes the finding of an object that a command deleted. For operators' commands.
func Cleared(ctx context.Context, tx models.Tx, object string) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE storage_findings SET outcome = 'erased', closed_at = $2 WHERE object_key = $1 AND closed_at IS NULL`, models.Prepared, object, tx.Now)
	if err != nil {
		return fmt.Errorf("cleared: %w", err)
	}
	return nil
}

// Suspected tells which of these files something is known to be wrong with: a light
// check reads them whole. For jobs.
func Suspected(ctx context.Context, tx models.Tx, files []models.ID) (map[models.ID]bool, error) {
	rows, err := tx.PGX.Query(ctx, `SELECT DISTINCT file_id FROM storage_findings WHERE file_id = ANY($1) AND closed_at IS NULL`, models.Prepared, files)
	if err != nil {
		return nil, fmt.Errorf("suspected: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[models.ID])
	if err != nil {
		return nil, fmt.Errorf("suspected: %w", err)
	}
	out := make(map[models.ID]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out, nil
}

// Summary is how many findings of a kind are open.
type Summary struct {
	Kind       FindingKind
	Objects    int
	Since      time.Time // of the oldest
	Restorable int       // a sound copy is in the other store
	Asked      int       // being mended
}

// Summaries counts open findings by kind, those with none left out. For administrators.
func Summaries(ctx context.Context, tx models.Tx, by models.Actor) ([]Summary, error) {
	if err := allowed(by); err != nil {
		return nil, err
	}
	rows, err := tx.PGX.Query(ctx, `
		SELECT kind, count(*), min(found_at), count(*) FILTER (WHERE elsewhere <> ''), count(*) FILTER (WHERE asked <> '' AND trouble = '')
		FROM storage_findings WHERE closed_at IS NULL GROUP BY kind ORDER BY array_position(ARRAY['altered', 'missing', 'orphan'], kind)`, models.Prepared)
	if err != nil {
		return nil, fmt.Errorf("findings: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (s Summary, err error) {
		return s, row.Scan(&s.Kind, &s.Objects, &s.Since, &s.Restorable, &s.Asked)
	})
}

const findingQuery = `
	SELECT g.id, g.kind, g.object_key, coalesce(g.file_id, '00000000-0000-0000-0000-000000000000'), g.bytes, g.detail, g.elsewhere, g.found_at,
		g.asked, g.asked_at, coalesce(g.asked_by, '00000000-0000-0000-0000-000000000000'), g.trouble, coalesce(f.purpose, ''),
		coalesce(d.application_id, '00000000-0000-0000-0000-000000000000'), coalesce(d.reference, ''), coalesce(d.title ->> 'fr', ''), coalesce(d.title ->> 'en', '')
	FROM storage_findings g LEFT JOIN files f ON f.id = g.file_id
	LEFT JOIN LATERAL (SELECT x.application_id, CASE a.kind WHEN 'admission' THEN 'AD-' ELSE 'PR-' END || to_char(a.created_at AT TIME ZONE 'UTC', 'YYYY-') || lpad(a.number::text, greatest(6, length(a.number::text)), '0') AS reference, r.spec -> 'title' AS title FROM documents x JOIN applications a ON a.id = x.application_id
		JOIN requirements r ON r.id = x.requirement_id WHERE x.file_id = g.file_id ORDER BY x.deposited_at, x.id LIMIT 1) d ON true `

func findings(ctx context.Context, tx models.Tx, rest string, args ...any) ([]Finding, error) {
	rows, err := tx.PGX.Query(ctx, findingQuery+rest, append([]any{models.Prepared}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("findings: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (f Finding, err error) {
		return f, row.Scan(&f.ID, &f.Kind, &f.Object, &f.File, &f.Bytes, &f.Detail, &f.Elsewhere, &f.At, &f.Asked, &f.AskedAt, &f.AskedBy, &f.Trouble,
			&f.Purpose, &f.Application, &f.Reference, &f.Piece.FR, &f.Piece.EN)
	})
	if err != nil {
		return nil, fmt.Errorf("findings: %w", err)
	}
	return all, nil
}

// Findings lists the open findings of a kind, oldest first. For administrators.
func Findings(ctx context.Context, tx models.Tx, by models.Actor, kind FindingKind, limit int) ([]Finding, error) {
	if err := allowed(by); err != nil {
		return nil, err
	}
	return findings(ctx, tx, `WHERE g.closed_at IS NULL AND g.kind = $1 ORDER BY g.found_at, g.id LIMIT $2`, string(kind), limit)
}

// MendArgs is the job that does what was asked about findings; it carries nothing.
type MendArgs struct{}

// Kind names the job for River.
func (MendArgs) Kind() string { return "storage_mend" }

// NextAsked is the next finding to mend; not found when there is none. For jobs.
func NextAsked(ctx context.Context, tx models.Tx, after models.ID) (Finding, error) {
	all, err := findings(ctx, tx, `WHERE g.closed_at IS NULL AND g.asked <> '' AND g.trouble = '' AND g.id > $1 ORDER BY g.id LIMIT 1`, after)
	if err != nil {
		return Finding{}, err
	}
	if len(all) == 0 {
		return Finding{}, models.NotFound("page.not_found")
	}
	return all[0], nil
}

// Allowed tells whether who asked may still order it: rights are those of now (P3.6).
// For jobs.
func Allowed(by models.Actor) bool { return allowed(by) == nil }

// Outcome is how a finding was closed.
type Outcome string

// The outcomes.
const (
	Restored Outcome = "restored"
	Lost     Outcome = "lost"
	Erased   Outcome = "erased"
	Gone     Outcome = "gone"
)

// Mended closes a finding; all of its file where the file was given up. For jobs.
func Mended(ctx context.Context, tx models.Tx, f Finding, o Outcome) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE storage_findings SET outcome = $2, closed_at = $3
		WHERE closed_at IS NULL AND (id = $1 OR $2 = 'lost' AND file_id = $4)`, models.Prepared, f.ID, string(o), tx.Now, f.File)
	if err != nil {
		return fmt.Errorf("mended: %w", err)
	}
	return nil
}

// NotMended says why what was asked could not be done; it may be asked again. For jobs.
func NotMended(ctx context.Context, tx models.Tx, f Finding, trouble string) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE storage_findings SET trouble = $2 WHERE id = $1 AND closed_at IS NULL`, models.Prepared, f.ID, trouble)
	if err != nil {
		return fmt.Errorf("not mended: %w", err)
	}
	return nil
}

// Quarantined is a file that nobody may open (quarantaine): the antivirus found
// something, or has not answered yet.
type Quarantined struct {
	File        models.ID
	Infected    bool // false: it waits for the antivirus
	Signature   string
	Bytes       int64
	ScannedAt   *time.Time
	CreatedAt   time.Time
	Application models.ID
	Reference   string
	Piece       form.Text
}

// Quarantine lists them, the infected first. For administrators.
func Quarantine(ctx context.Context, tx models.Tx, by models.Actor, limit int) ([]Quarantined, error) {
	if err := allowed(by); err != nil {
		return nil, err
	}
	rows, err := tx.PGX.Query(ctx, `
		SELECT f.id, f.scan = 'infected', coalesce(f.facts ->> 'signature', ''), f.bytes, f.scanned_at, f.created_at,
			coalesce(d.application_id, '00000000-0000-0000-0000-000000000000'), coalesce(d.reference, ''), coalesce(d.title ->> 'fr', ''), coalesce(d.title ->> 'en', '')
		FROM files f LEFT JOIN LATERAL (SELECT x.application_id, CASE a.kind WHEN 'admission' THEN 'AD-' ELSE 'PR-' END || to_char(a.created_at AT TIME ZONE 'UTC', 'YYYY-') || lpad(a.number::text, greatest(6, length(a.number::text)), '0') AS reference, r.spec -> 'title' AS title FROM documents x
			JOIN applications a ON a.id = x.application_id JOIN requirements r ON r.id = x.requirement_id
			WHERE x.file_id = f.id ORDER BY x.deposited_at, x.id LIMIT 1) d ON true
		WHERE `+quarantined+` ORDER BY f.scan = 'infected' DESC, f.created_at, f.id LIMIT $1`, models.Prepared, limit)
	if err != nil {
		return nil, fmt.Errorf("quarantine: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (q Quarantined, err error) {
		return q, row.Scan(&q.File, &q.Infected, &q.Signature, &q.Bytes, &q.ScannedAt, &q.CreatedAt, &q.Application, &q.Reference, &q.Piece.FR, &q.Piece.EN)
	})
}

const quarantined = `f.purged_at IS NULL AND (f.scan = 'infected' OR f.scan = 'pending' AND f.inspection <> '')`

// QuarantineCount is how many infected files there are, how many wait for the
// antivirus, and since when. For administrators.
func QuarantineCount(ctx context.Context, tx models.Tx, by models.Actor) (infected, waiting int, since time.Time, err error) {
	if err = allowed(by); err != nil {
		return 0, 0, since, err
	}
	var first *time.Time
	err = tx.PGX.QueryRow(ctx, `SELECT count(*) FILTER (WHERE f.scan = 'infected'), count(*) FILTER (WHERE f.scan = 'pending'),
		min(coalesce(f.scanned_at, f.created_at)) FROM files f WHERE `+quarantined, models.Prepared).Scan(&infected, &waiting, &first)
	if err != nil {
		return 0, 0, since, fmt.Errorf("quarantine: %w", err)
	}
	if first != nil {
		since = *first
	}
	return infected, waiting, since, nil
}

// RescanArgs is the job that asks the antivirus again about a file.
type RescanArgs struct {
	File models.ID `json:"file"`
}

// Kind names the job for River.
func (RescanArgs) Kind() string { return "storage_rescan" }

// AskRescan has files of the quarantine scanned again, all when none is named, and
// gives how many. For administrators.
func AskRescan(ctx context.Context, tx models.Tx, by models.Actor, ids []models.ID) (int, error) {
	if err := allowed(by); err != nil {
		return 0, err
	}
	rows, err := tx.PGX.Query(ctx, `SELECT f.id FROM files f WHERE `+quarantined+` AND ($1::uuid[] IS NULL OR f.id = ANY($1)) ORDER BY f.id LIMIT 1000`,
		models.Prepared, ids)
	if err != nil {
		return 0, fmt.Errorf("ask rescan: %w", err)
	}
	files, err := pgx.CollectRows(rows, pgx.RowTo[models.ID])
	if err != nil {
		return 0, fmt.Errorf("ask rescan: %w", err)
	}
	if len(files) == 0 {
		return 0, models.Conflict("storage.nothing_asked", nil)
	}
	failures := []error{}
	for _, id := range files {
		failures = append(failures, tx.Enqueue(ctx, RescanArgs{File: id}))
	}
	failures = append(failures, tx.Record(ctx, by, models.Event{Kind: "storage.asked", SubjectKind: "storage", SubjectID: models.SettingID("storage_active"),
		Data: map[string]any{"act": "rescan", "count": len(files)}}))
	return len(files), errors.Join(failures...)
}
