package dossier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
	"passerelle/models/mailbox"
)

// ReasonLost is the reason of a file whose bytes the store no longer gives back.
const ReasonLost = "lost"

// Lose gives up a file whose bytes are gone or altered for good (P14.2): documents in
// force with it are refused, their owners told by mail, once per document, and asked to
// give them again; a page image is forgotten, to be drawn again. It gives the objects
// that the caller deletes once the transaction has committed, and how many were told.
// For the orders of administrators.
func Lose(ctx context.Context, tx models.Tx, by models.Actor, file models.ID) (left []Segment, told int, err error) {
	docs, err := lockDocuments(ctx, tx, file)
	if err != nil {
		return nil, 0, err
	}
	f, err := FileByID(ctx, tx, file)
	if err != nil {
		return nil, 0, err
	}
	for _, d := range docs {
		if d.State != Live && d.State != Checking {
			continue
		}
		if err := setState(ctx, tx, d.ID, d.State, Refused); err != nil {
			return nil, 0, err
		}
		if err := record(ctx, tx, by, "dossier.lost", d.Application, map[string]any{"document": d.ID, "requirement": d.Requirement}); err != nil {
			return nil, 0, err
		}
		if err := tellOwner(ctx, tx, d, mailbox.PieceLost, "lost/"+d.ID.String()); err != nil {
			return nil, 0, err
		}
		told++
	}
	_, err = tx.PGX.Exec(ctx, `
		WITH renditions AS (DELETE FROM renditions WHERE rendered_id = $1),
		exports AS (DELETE FROM exports WHERE file_id = $1),
		imports AS (UPDATE import_runs SET file_id = NULL WHERE file_id = $1)
		UPDATE files SET purged_at = $2, inspection = 'refuse', reason = $3 WHERE id = $1`, models.Prepared, file, tx.Now, ReasonLost)
	if err != nil {
		return nil, 0, fmt.Errorf("lose: %w", err)
	}
	return f.Segments, told, nil
}

// tellOwner queues a mail about a document to its applicant; a draft without account
// has none, and the page says it.
func tellOwner(ctx context.Context, tx models.Tx, d Document, kind mailbox.Kind, once string) error {
	var account *models.ID
	var email, lang *string
	err := tx.PGX.QueryRow(ctx, `SELECT ac.id, ac.email, ac.lang FROM applications a LEFT JOIN accounts ac ON ac.id = a.account_id WHERE a.id = $1`,
		models.Prepared, d.Application).Scan(&account, &email, &lang)
	if err != nil {
		return fmt.Errorf("address of the applicant: %w", err)
	}
	if account == nil || *account == uuid.Nil {
		return nil
	}
	return mailbox.Queue(ctx, tx, mailbox.Mail{Kind: kind, Recipient: *email, Lang: *lang, SubjectKind: mailbox.OfDocument, SubjectID: d.ID, OnceKey: once})
}

// Rescanned records what the antivirus said when it was asked again about a file of the
// quarantine (P17.24). Still infected, nothing changes but the date. Clean, after a
// false alarm or a mended antivirus, the file is inspected anew: its documents wait for
// that where nothing else stands in their place, and only then come into force. False
// when the file was in no quarantine. For the orders of administrators.
func Rescanned(ctx context.Context, tx models.Tx, file models.ID, scan Scan, signature string) (bool, error) {
	docs, err := lockDocuments(ctx, tx, file)
	if err != nil {
		return false, err
	}
	var was Scan
	err = tx.PGX.QueryRow(ctx, `SELECT scan FROM files WHERE id = $1 AND purged_at IS NULL FOR UPDATE`, models.Prepared, file).Scan(&was)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("rescanned: %w", err)
	}
	switch {
	case was == ScanPending:
		return true, Scanned(ctx, tx, file, scan, signature)
	case was != ScanInfected:
		return false, nil
	case scan == ScanInfected:
		_, err = tx.PGX.Exec(ctx, `UPDATE files SET scanned_at = $2, facts = facts || jsonb_build_object('signature', $3::text) WHERE id = $1`, models.Prepared,
			file, tx.Now, signature)
		if err != nil {
			return false, fmt.Errorf("rescanned: %w", err)
		}
		return true, nil
	}
	_, err = tx.PGX.Exec(ctx, `UPDATE files SET scan = $2, scanned_at = $3, inspection = '', reason = '', facts = facts - 'signature' WHERE id = $1`, models.Prepared,
		file, string(scan), tx.Now)
	if err != nil {
		return false, fmt.Errorf("rescanned: %w", err)
	}
	for _, d := range docs {
		if err := readmit(ctx, tx, d); err != nil {
			return false, err
		}
	}
	return true, tx.Enqueue(ctx, InspectArgs{File: file})
}

// readmit sends a refused version back to the inspection, unless another one was given
// since at its place.
func readmit(ctx context.Context, tx models.Tx, d Document) error {
	var taken bool
	err := tx.PGX.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM documents WHERE requirement_id = $1 AND place = $2 AND (state = 'live' OR version > $3))`,
		models.Prepared, d.Requirement, d.Place, d.Version).Scan(&taken)
	if err != nil {
		return fmt.Errorf("readmit: %w", err)
	}
	if taken || d.State != Refused {
		return nil
	}
	if err := setState(ctx, tx, d.ID, Refused, Checking); err != nil {
		return err
	}
	return record(ctx, tx, models.Portal(), "dossier.cleared", d.Application, map[string]any{"document": d.ID, "requirement": d.Requirement})
}

// SegmentByKey is what a row knows of an object; false when no file names it. For moves
// between stores.
func SegmentByKey(ctx context.Context, tx models.Tx, key string) (s Segment, found bool, err error) {
	var text string
	err = tx.PGX.QueryRow(ctx, `SELECT s::text FROM files f, jsonb_array_elements(f.segments) s WHERE f.purged_at IS NULL
		AND f.segments @> jsonb_build_array(jsonb_build_object('key', $1::text)) AND s ->> 'key' = $1 LIMIT 1`, models.Prepared, key).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, false, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &s)
	}
	if err != nil {
		return s, false, fmt.Errorf("segment: %w", err)
	}
	return s, true, nil
}
