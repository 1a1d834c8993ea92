package mailbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

const columns = `id, kind, recipient, lang, subject_kind, subject_id,
	coalesce(link_id, '00000000-0000-0000-0000-000000000000'), once_key, state, attempts,
	queued_at, started_at, sent_at, last_error, maybe_twice`

func scan(row pgx.Row) (Row, error) {
	var r Row
	err := row.Scan(&r.ID, &r.Kind, &r.Recipient, &r.Lang, &r.SubjectKind, &r.SubjectID, &r.LinkID, &r.OnceKey,
		&r.State, &r.Attempts, &r.QueuedAt, &r.StartedAt, &r.SentAt, &r.LastError, &r.MaybeTwice)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, models.NotFound("mail.unknown")
	}
	if err != nil {
		return r, fmt.Errorf("mail: %w", err)
	}
	return r, nil
}

// Claim takes a mail for one attempt and counts it; a mail already sent or
// given up is not found. One found in the middle of an attempt was being sent
// by a worker that died: the copy about to leave may be the second.
// For the sending job alone.
func Claim(ctx context.Context, tx models.Tx, id models.ID) (Row, error) {
	return scan(tx.PGX.QueryRow(ctx, `
		UPDATE mails SET state = 'sending', attempts = attempts + 1, started_at = $2,
			maybe_twice = maybe_twice OR state = 'sending'
		WHERE id = $1 AND state IN ('queued', 'sending', 'failed')
		RETURNING `+columns, models.Prepared, id, tx.Now))
}

// ByID loads a mail for the screen that shows its delivery.
func ByID(ctx context.Context, tx models.Tx, id models.ID) (Row, error) {
	return scan(tx.PGX.QueryRow(ctx, `SELECT `+columns+` FROM mails WHERE id = $1`, models.Prepared, id))
}

// MarkSent records that the mail left. For the sending job alone.
func MarkSent(ctx context.Context, tx models.Tx, id models.ID) error {
	return change(ctx, tx, `UPDATE mails SET state = 'sent', sent_at = $2, last_error = '' WHERE id = $1`, id, tx.Now)
}

// MarkFailed records why an attempt failed; the mail waits for the next one.
// The cause names no person. For the sending job alone.
func MarkFailed(ctx context.Context, tx models.Tx, id models.ID, cause string) error {
	return change(ctx, tx, `UPDATE mails SET state = 'failed', last_error = $2 WHERE id = $1 AND state = 'sending'`, id, cut(cause))
}

// Drop gives a mail up for good and says why. For the sending job, and for who
// takes away what it is about.
func Drop(ctx context.Context, tx models.Tx, id models.ID, cause string) error {
	return change(ctx, tx, `UPDATE mails SET state = 'dropped', last_error = $2 WHERE id = $1 AND state <> 'sent'`, id, cut(cause))
}

func change(ctx context.Context, tx models.Tx, sql string, id models.ID, arg any) error {
	if _, err := tx.PGX.Exec(ctx, sql, models.Prepared, id, arg); err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	return nil
}

func cut(s string) string {
	if len(s) > 300 {
		return s[:300]
	}
	return s
}

// Counts tells how many mails are in each state, how many may have left twice
// and since when the oldest waits, for health and metrics.
type Counts struct {
	Waiting, Failed, Sent, Dropped, MaybeTwice int
	OldestWaiting                              *time.Time
}

// Count reads the counts; any caller, no personal data.
func Count(ctx context.Context, tx models.Tx) (Counts, error) {
	var c Counts
	err := tx.PGX.QueryRow(ctx, `
		SELECT count(*) FILTER (WHERE state IN ('queued', 'sending')), count(*) FILTER (WHERE state = 'failed'),
			count(*) FILTER (WHERE state = 'sent'), count(*) FILTER (WHERE state = 'dropped'),
			count(*) FILTER (WHERE maybe_twice), min(queued_at) FILTER (WHERE state IN ('queued', 'sending', 'failed'))
		FROM mails`).Scan(&c.Waiting, &c.Failed, &c.Sent, &c.Dropped, &c.MaybeTwice, &c.OldestWaiting)
	if err != nil {
		return c, fmt.Errorf("count mails: %w", err)
	}
	return c, nil
}

// Of lists the mails about one object, oldest first. The caller must already
// have loaded the object through the actor.
func Of(ctx context.Context, tx models.Tx, subjectKind string, id models.ID) ([]Row, error) {
	rows, err := tx.PGX.Query(ctx, `SELECT `+columns+` FROM mails
		WHERE subject_kind = $1 AND subject_id = $2 ORDER BY queued_at, id`, models.Prepared, subjectKind, id)
	if err != nil {
		return nil, fmt.Errorf("mails: %w", err)
	}
	defer rows.Close()
	list := []Row{}
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// Local is a mail kept by the demonstration instead of being sent: the only
// place where a mail's text is stored (P16.1).
type Local struct {
	ID        models.ID
	SentAt    time.Time
	Sender    string
	Recipient string
	Subject   string
	HTML      string
	Text      string
	ReadAt    *time.Time
	Kind      Kind
	Lang      string
}

// KeepLocal stores a rendered mail in the demonstration's mailbox, once.
func KeepLocal(ctx context.Context, tx models.Tx, m Local) error {
	_, err := tx.PGX.Exec(ctx, `
		INSERT INTO local_mails (id, sent_at, sender, recipient, subject, html, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING`, models.Prepared,
		m.ID, tx.Now, m.Sender, m.Recipient, m.Subject, m.HTML, m.Text)
	if err != nil {
		return fmt.Errorf("local mail: %w", err)
	}
	return nil
}

// LocalMails lists the demonstration's mailbox, newest first, without HTML;
// an empty recipient means everybody. Only the demonstration may call it.
func LocalMails(ctx context.Context, tx models.Tx, recipient string, limit int) ([]Local, error) {
	rows, err := tx.PGX.Query(ctx, `
		SELECT l.id, l.sent_at, l.sender, l.recipient, l.subject, left(l.body, 400), l.read_at, m.kind, m.lang
		FROM local_mails l JOIN mails m ON m.id = l.id
		WHERE $1 = '' OR l.recipient = $1
		ORDER BY l.sent_at DESC, l.id DESC LIMIT $2`, models.Prepared, recipient, limit)
	if err != nil {
		return nil, fmt.Errorf("local mails: %w", err)
	}
	defer rows.Close()
	list := []Local{}
	for rows.Next() {
		var l Local
		if err := rows.Scan(&l.ID, &l.SentAt, &l.Sender, &l.Recipient, &l.Subject, &l.Text, &l.ReadAt, &l.Kind, &l.Lang); err != nil {
			return nil, fmt.Errorf("local mails: %w", err)
		}
		list = append(list, l)
	}
	return list, rows.Err()
}

// LocalRecipients lists who has mail in the demonstration's mailbox.
func LocalRecipients(ctx context.Context, tx models.Tx) ([]string, error) {
	rows, err := tx.PGX.Query(ctx, `SELECT DISTINCT recipient FROM local_mails ORDER BY recipient LIMIT 200`, models.Prepared)
	if err != nil {
		return nil, fmt.Errorf("local mails: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// OpenLocal loads one mail of the demonstration and marks it read.
func OpenLocal(ctx context.Context, tx models.Tx, id models.ID) (Local, error) {
	var l Local
	if id == uuid.Nil {
		return l, models.NotFound("mail.unknown")
	}
	err := tx.PGX.QueryRow(ctx, `
		UPDATE local_mails l SET read_at = coalesce(l.read_at, $2) FROM mails m WHERE l.id = $1 AND m.id = l.id
		RETURNING l.id, l.sent_at, l.sender, l.recipient, l.subject, l.html, l.body, l.read_at, m.kind, m.lang`,
		models.Prepared, id, tx.Now).
		Scan(&l.ID, &l.SentAt, &l.Sender, &l.Recipient, &l.Subject, &l.HTML, &l.Text, &l.ReadAt, &l.Kind, &l.Lang)
	if errors.Is(err, pgx.ErrNoRows) {
		return l, models.NotFound("mail.unknown")
	}
	if err != nil {
		return l, fmt.Errorf("local mail: %w", err)
	}
	return l, nil
}
