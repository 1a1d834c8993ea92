package dossier

import (
	"context"
	"encoding/json"
	"fmt"

	"passerelle/models"
	"passerelle/models/mailbox"
)

// InspectArgs is the job that inspects a file; it carries the file's id only.
type InspectArgs struct {
	File models.ID `json:"file"`
}

// Kind names the job for River.
func (InspectArgs) Kind() string { return "inspect_file" }

// Findings are what the inspection of a file found (P7.3).
type Findings struct {
	Type    string // what the content is
	Verdict string // accept, warn or refuse
	Reason  string // code of a warning or refusal
	Facts   map[string]any
	Pages   int
}

// ReasonInfected is the reason of a file that the antivirus refused.
const ReasonInfected = "infected"

// WaitingFiles lists deposits that were not inspected yet, oldest first. For the sweep
// that meets those whose job was lost.
func WaitingFiles(ctx context.Context, tx models.Tx, limit int) ([]File, error) {
	return files(ctx, tx, `WHERE f.purged_at IS NULL AND f.inspection = '' ORDER BY f.created_at LIMIT $1`, limit)
}

// UnscannedFiles lists inspected deposits that wait for the antivirus alone: those that
// it was never asked about, then those asked about longest ago, so that a file that it
// cannot take stands in no other's way. For the sweep, which says ScanTried of each.
func UnscannedFiles(ctx context.Context, tx models.Tx, limit int) ([]File, error) {
	return files(ctx, tx, `WHERE f.purged_at IS NULL AND f.inspection <> '' AND f.scan = 'pending'
		ORDER BY f.scanned_at NULLS FIRST, f.created_at LIMIT $1`, limit)
}

// ScanTried notes that the antivirus is being asked about a file that waits for it.
func ScanTried(ctx context.Context, tx models.Tx, file models.ID) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE files SET scanned_at = $2 WHERE id = $1 AND scan = 'pending'`, models.Prepared, file, tx.Now)
	if err != nil {
		return fmt.Errorf("scan tried: %w", err)
	}
	return nil
}

// Inspected records what the inspection found, once: told again, it changes nothing.
// Its documents go live and the version before them at their place becomes history,
// or they are refused and that version stays. Of two versions that were being
// inspected at once the newest stands, whichever was inspected first; the other is
// kept as replaced. For the job that inspects.
func Inspected(ctx context.Context, tx models.Tx, file models.ID, in Findings) error {
	if in.Facts == nil {
		in.Facts = map[string]any{}
	}
	facts, err := json.Marshal(in.Facts)
	if err != nil {
		return fmt.Errorf("inspected: %w", err)
	}
	docs, err := lockDocuments(ctx, tx, file)
	if err != nil {
		return err
	}
	tag, err := tx.PGX.Exec(ctx, `UPDATE files SET inspection = $2, reason = $3, facts = facts || $4::text::jsonb, pages = nullif($5, 0),
			type = CASE WHEN $6 <> '' THEN $6 ELSE type END
		WHERE id = $1 AND inspection = ''`, models.Prepared, file, in.Verdict, in.Reason, string(facts), in.Pages, in.Type)
	if err != nil {
		return fmt.Errorf("inspected: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	for _, d := range docs {
		if d.State != Checking {
			continue
		}
		to := Live
		if in.Verdict == "refuse" {
			to = Refused
		}
		if err := settle(ctx, tx, d, to); err != nil {
			return err
		}
		err := record(ctx, tx, models.Portal(), "dossier.inspected", d.Application, map[string]any{"document": d.ID, "requirement": d.Requirement,
			"verdict": in.Verdict, "reason": in.Reason})
		if err != nil {
			return err
		}
	}
	return nil
}

// lockDocuments locks the requirements that a file was given to, in order, then
// reads its documents.
func lockDocuments(ctx context.Context, tx models.Tx, file models.ID) ([]Document, error) {
	_, err := tx.PGX.Exec(ctx, `SELECT 1 FROM requirements WHERE id IN (SELECT requirement_id FROM documents WHERE file_id = $1)
		ORDER BY id FOR UPDATE`, models.Prepared, file)
	if err != nil {
		return nil, fmt.Errorf("lock requirements: %w", err)
	}
	return documents(ctx, tx, `WHERE d.file_id = $1 ORDER BY d.id`, file)
}

// settle moves a version out of checking, under the requirement's lock.
func settle(ctx context.Context, tx models.Tx, d Document, to State) error {
	if to == Live {
		var newer bool
		err := tx.PGX.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM documents
			WHERE requirement_id = $1 AND place = $2 AND state = 'live' AND version > $3)`, models.Prepared, d.Requirement, d.Place, d.Version).Scan(&newer)
		if err != nil {
			return fmt.Errorf("settle: %w", err)
		}
		if newer {
			to = Replaced
		} else if err := replaceLive(ctx, tx, d.Requirement, d.Place); err != nil {
			return err
		}
	}
	return setState(ctx, tx, d.ID, d.State, to)
}

// replaceLive makes the version in force at a place history.
func replaceLive(ctx context.Context, tx models.Tx, requirement models.ID, place int) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE documents SET state = 'replaced', state_since = $3
		WHERE requirement_id = $1 AND place = $2 AND state = 'live'`, models.Prepared, requirement, place, tx.Now)
	if err != nil {
		return fmt.Errorf("replace: %w", err)
	}
	return nil
}

func setState(ctx context.Context, tx models.Tx, document models.ID, from, to State) error {
	tag, err := tx.PGX.Exec(ctx, `UPDATE documents SET state = $3, state_since = $4 WHERE id = $1 AND state = $2`, models.Prepared,
		document, string(from), string(to), tx.Now)
	if err != nil {
		return fmt.Errorf("document: %w", err)
	}
	if tag.RowsAffected() != 1 {
		return models.Conflict("document.moved_on", document)
	}
	return nil
}

// Scanned records the antivirus's answer (P7.3). An infected file refuses its
// documents wherever they stand, and no earlier version comes back by itself: the
// owner is told by mail, once per document, and deposits again. An infected file
// never becomes clean. For the job that scans.
func Scanned(ctx context.Context, tx models.Tx, file models.ID, scan Scan, signature string) error {
	docs, err := lockDocuments(ctx, tx, file)
	if err != nil {
		return err
	}
	tag, err := tx.PGX.Exec(ctx, `
		UPDATE files SET scan = $2, scanned_at = $3,
			inspection = CASE WHEN $2 = 'infected' THEN 'refuse' ELSE inspection END,
			reason = CASE WHEN $2 = 'infected' THEN 'infected' ELSE reason END,
			facts = CASE WHEN $4 = '' THEN facts ELSE facts || jsonb_build_object('signature', $4::text) END
		WHERE id = $1 AND scan <> 'infected' AND scan <> $2`, models.Prepared, file, string(scan), tx.Now, signature)
	if err != nil {
		return fmt.Errorf("scanned: %w", err)
	}
	if tag.RowsAffected() == 0 || scan != ScanInfected {
		return nil
	}
	for _, d := range docs {
		if d.State == Refused {
			continue
		}
		if err := refuseInfected(ctx, tx, d); err != nil {
			return err
		}
	}
	return nil
}

func refuseInfected(ctx context.Context, tx models.Tx, d Document) error {
	if err := setState(ctx, tx, d.ID, d.State, Refused); err != nil {
		return err
	}
	err := record(ctx, tx, models.Portal(), "dossier.infected", d.Application, map[string]any{"document": d.ID, "requirement": d.Requirement})
	if err != nil || d.State != Live {
		return err
	}
	return tellOwner(ctx, tx, d, mailbox.PieceInfected, "infected/"+d.ID.String())
}

// Remove takes back the versions that stand at a place, the one being inspected
// included (« retirer »). The caller holds the requirement's lock.
func Remove(ctx context.Context, tx models.Tx, by models.Actor, d Document) error {
	if d.State != Live && d.State != Checking && d.State != Refused {
		return models.Conflict("document.moved_on", d.ID)
	}
	if err := setState(ctx, tx, d.ID, d.State, Removed); err != nil {
		return err
	}
	return record(ctx, tx, by, "dossier.removed", d.Application, map[string]any{"document": d.ID, "requirement": d.Requirement, "place": d.Place})
}
