package dossier

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// NewFile is content that has been written whole to the store.
type NewFile struct {
	ID         models.ID // to which the content is bound
	Key        models.ID
	Purpose    Purpose
	Name, Type string
	Bytes      int64
	SHA256     [32]byte
	Segments   []Segment
}

// AddFile writes the row of a file. Deposits wait for the inspection; what the
// portal made itself needs none.
func AddFile(ctx context.Context, tx models.Tx, in NewFile) (File, error) {
	f := File{ID: in.ID, Key: in.Key, Purpose: in.Purpose, Name: in.Name, Type: in.Type, Bytes: in.Bytes, SHA256: in.SHA256,
		Segments: in.Segments, Scan: ScanPending, CreatedAt: tx.Now}
	if in.Purpose != PurposeDeposit {
		f.Inspection, f.Scan = "accept", ScanOff
	}
	if f.Segments == nil {
		f.Segments = []Segment{}
	}
	segments, err := json.Marshal(f.Segments)
	if err != nil {
		return f, fmt.Errorf("add file: %w", err)
	}
	_, err = tx.PGX.Exec(ctx, `
		INSERT INTO files (id, key_id, purpose, name, type, bytes, sha256, segments, inspection, scan, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9, $10, $11)`, models.Prepared,
		f.ID, f.Key, string(f.Purpose), f.Name, f.Type, f.Bytes, f.SHA256[:], string(segments), f.Inspection, string(f.Scan), tx.Now)
	if err != nil {
		return f, fmt.Errorf("add file: %w", err)
	}
	return f, nil
}

// FileByID is one file that has not been purged. For jobs and for those who have
// opened a document that it belongs to.
func FileByID(ctx context.Context, tx models.Tx, id models.ID) (File, error) {
	return scanFile(tx.PGX.QueryRow(ctx, `SELECT `+fileColumns+` FROM files f WHERE f.id = $1 AND f.purged_at IS NULL`, models.Prepared, id))
}

// Template is a file that anyone may download (modèle à remplir, P7.7).
func Template(ctx context.Context, tx models.Tx, id models.ID) (File, error) {
	return scanFile(tx.PGX.QueryRow(ctx, `SELECT `+fileColumns+` FROM files f
		WHERE f.id = $1 AND f.purged_at IS NULL AND f.purpose = 'template'`, models.Prepared, id))
}

// SpecOf is the rule under which a file was deposited, for its inspection: that of
// the first dossier it was given to. Not found once no dossier has it.
func SpecOf(ctx context.Context, tx models.Tx, file models.ID) (Spec, error) {
	r, err := scanRequirement(tx.PGX.QueryRow(ctx, requirementQuery+`WHERE id = (
		SELECT requirement_id FROM documents WHERE file_id = $1 ORDER BY deposited_at, id LIMIT 1)`, models.Prepared, file))
	return r.Spec, err
}

// The kinds of renditions.
const (
	RenditionPDF   = "pdf"   // an office file converted
	RenditionPage  = "page"  // image of a page
	RenditionText  = "text"  // its words with their places
	RenditionClean = "clean" // an image without what it told of its author (P7.3)
	RenditionFlat  = "flat"  // a PDF without active content
)

// Rendition says what of a file another file shows.
type Rendition struct {
	Kind        string
	Page, Width int // 0 where it makes no sense
}

// AddRendition keeps a rendition that has been written to the store, under the key
// of the file that it shows. Made twice at once, the first stays and false is
// given: the caller deletes its own objects.
func AddRendition(ctx context.Context, tx models.Tx, of models.ID, r Rendition, in NewFile) (kept bool, err error) {
	in.Purpose = PurposeRendition
	var there bool
	err = tx.PGX.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM renditions WHERE file_id = $1 AND kind = $2 AND page = $3 AND width = $4)
		FROM files WHERE id = $1 FOR UPDATE`, models.Prepared, of, r.Kind, r.Page, r.Width).Scan(&there)
	if err != nil {
		return false, fmt.Errorf("add rendition: %w", err)
	}
	if there {
		return false, nil
	}
	if _, err := AddFile(ctx, tx, in); err != nil {
		return false, err
	}
	_, err = tx.PGX.Exec(ctx, `INSERT INTO renditions (file_id, kind, page, width, rendered_id, made_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		models.Prepared, of, r.Kind, r.Page, r.Width, in.ID, tx.Now)
	if err != nil {
		return false, fmt.Errorf("add rendition: %w", err)
	}
	return true, nil
}

// RenditionOf finds a rendition already made; not found otherwise.
func RenditionOf(ctx context.Context, tx models.Tx, file models.ID, kind string, page, width int) (File, error) {
	return scanFile(tx.PGX.QueryRow(ctx, `SELECT `+fileColumns+` FROM renditions r JOIN files f ON f.id = r.rendered_id
		WHERE r.file_id = $1 AND r.kind = $2 AND r.page = $3 AND r.width = $4 AND f.purged_at IS NULL`, models.Prepared, file, kind, page, width))
}

// SetPages notes how many pages a file has once it has been rendered: an office
// file has none before.
func SetPages(ctx context.Context, tx models.Tx, file models.ID, pages int) error {
	if _, err := tx.PGX.Exec(ctx, `UPDATE files SET pages = $2 WHERE id = $1`, models.Prepared, file, pages); err != nil {
		return fmt.Errorf("pages: %w", err)
	}
	return nil
}

// StoredFiles lists files that have objects, after an id, in order: for the check
// of the store (`storage check`) and its move.
func StoredFiles(ctx context.Context, tx models.Tx, after models.ID, limit int) ([]File, error) {
	return files(ctx, tx, `WHERE f.purged_at IS NULL AND f.id > $1 ORDER BY f.id LIMIT $2`, after, limit)
}

func files(ctx context.Context, tx models.Tx, where string, args ...any) ([]File, error) {
	rows, err := tx.PGX.Query(ctx, `SELECT `+fileColumns+` FROM files f `+where, append([]any{models.Prepared}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (File, error) { return scanFile(row) })
}

// Owned tells which of these keys of objects a row names, a file's or an upload's.
// For the sweep of objects that nothing names.
func Owned(ctx context.Context, tx models.Tx, keys []string) (map[string]bool, error) {
	rows, err := tx.PGX.Query(ctx, `
		SELECT k FROM unnest($1::text[]) AS k WHERE
			EXISTS (SELECT 1 FROM files WHERE purged_at IS NULL AND segments @> jsonb_build_array(jsonb_build_object('key', k)))
			OR EXISTS (SELECT 1 FROM uploads WHERE segments @> jsonb_build_array(jsonb_build_object('key', k)))`, models.Prepared, keys)
	if err != nil {
		return nil, fmt.Errorf("owned objects: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("owned objects: %w", err)
	}
	owned := make(map[string]bool, len(list))
	for _, k := range list {
		owned[k] = true
	}
	return owned, nil
}

// PurgeFiles gives up files that no dossier has any more, of erased drafts and
// people, with their renditions, and gives the objects that the caller deletes once
// the transaction has committed. The keys of erased drafts are destroyed with them.
// For the portal's clock.
func PurgeFiles(ctx context.Context, tx models.Tx, limit int) ([]Segment, error) {
	gone, err := files(ctx, tx, `WHERE f.purged_at IS NULL AND f.created_at < $1 AND (
			f.purpose = 'deposit' AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.file_id = f.id)
			OR f.purpose = 'export' AND NOT EXISTS (SELECT 1 FROM exports e WHERE e.file_id = f.id AND e.expires_at > $1::timestamptz + interval '1 hour')
			OR f.purpose = 'import' AND NOT EXISTS (SELECT 1 FROM import_runs r WHERE r.file_id = f.id)
			OR f.purpose = 'rendition' AND NOT EXISTS (SELECT 1 FROM renditions r JOIN files o ON o.id = r.file_id
				WHERE r.rendered_id = f.id AND o.purged_at IS NULL))
		ORDER BY f.id LIMIT $2 FOR UPDATE OF f SKIP LOCKED`, tx.Now.Add(-time.Hour), limit)
	if err != nil {
		return nil, err
	}
	ids, left := make([]models.ID, 0, len(gone)), []Segment{}
	for _, f := range gone {
		ids, left = append(ids, f.ID), append(left, f.Segments...)
	}
	_, err = tx.PGX.Exec(ctx, `
		WITH renditions AS (DELETE FROM renditions WHERE file_id = ANY($1) OR rendered_id = ANY($1)),
		keys AS (UPDATE data_keys k SET wrapped = NULL, destroyed_at = $2
			WHERE k.application_id IS NOT NULL AND k.person_id IS NULL AND k.destroyed_at IS NULL
				AND NOT EXISTS (SELECT 1 FROM applications a WHERE a.id = k.application_id)
				AND NOT EXISTS (SELECT 1 FROM files f JOIN documents d ON d.file_id = f.id WHERE f.key_id = k.id))
		UPDATE files SET purged_at = $2, name = '', facts = '{}' WHERE id = ANY($1)`, models.Prepared, ids, tx.Now)
	if err != nil {
		return nil, fmt.Errorf("purge files: %w", err)
	}
	return left, nil
}

// DropRenditions forgets the cached renditions of a file, to be made again, and
// gives the objects that the caller deletes once the transaction has committed.
func DropRenditions(ctx context.Context, tx models.Tx, file models.ID) ([]Segment, error) {
	made, err := files(ctx, tx, `JOIN renditions r ON r.rendered_id = f.id WHERE r.file_id = $1`, file)
	if err != nil {
		return nil, err
	}
	ids, left := []models.ID{}, []Segment{}
	for _, f := range made {
		ids, left = append(ids, f.ID), append(left, f.Segments...)
	}
	_, err = tx.PGX.Exec(ctx, `WITH gone AS (DELETE FROM renditions WHERE rendered_id = ANY($1))
		UPDATE files SET purged_at = $2 WHERE id = ANY($1)`, models.Prepared, ids, tx.Now)
	if err != nil {
		return nil, fmt.Errorf("drop renditions: %w", err)
	}
	return left, nil
}
