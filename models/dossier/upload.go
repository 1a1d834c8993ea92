package dossier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// UploadInput is what is known of a file before its first byte.
type UploadInput struct {
	Place        int // from 1
	Name         string
	DeclaredType string
	Length       int64
}

const (
	// UploadLasts is how long an upload is kept after its last byte (P7.2).
	UploadLasts = 24 * time.Hour
	// maxUploads bounds the files on their way to one dossier.
	maxUploads = 30
	maxName    = 200
)

// TooLarge is the Data of a file refused for its size.
type TooLarge struct{ Length, Limit int64 }

// BeginUpload reserves the row of a file about to arrive and gives the key that
// will encrypt it. Refused: too large with TooLarge (P7.1); invalid when empty or at
// a place that the requirement does not have; limited when too many are on their way.
func BeginUpload(ctx context.Context, tx models.Tx, o Owner, r Requirement, in UploadInput, wrap Wrap) (Upload, DataKey, error) {
	if err := r.accepts(in); err != nil {
		return Upload{}, DataKey{}, err
	}
	var n int
	err := tx.PGX.QueryRow(ctx, `SELECT count(*) FROM uploads WHERE application_id = $1 AND document_id IS NULL AND expires_at > $2`,
		models.Prepared, r.Application, tx.Now).Scan(&n)
	if err != nil {
		return Upload{}, DataKey{}, fmt.Errorf("uploads: %w", err)
	}
	if n >= maxUploads {
		return Upload{}, DataKey{}, models.Limited("document.too_many_uploads", 60)
	}
	key, err := keyFor(ctx, tx, o, r.Spec.Kind.class(), wrap)
	if err != nil {
		return Upload{}, DataKey{}, err
	}
	u := Upload{ID: tx.NewID(), Application: r.Application, Requirement: r.ID, Place: in.Place, Key: key.ID, Name: CleanName(in.Name),
		DeclaredType: clip(printable(in.DeclaredType), 100), Length: in.Length, ExpiresAt: tx.Now.Add(UploadLasts)}
	_, err = tx.PGX.Exec(ctx, `
		INSERT INTO uploads (id, application_id, requirement_id, place, key_id, name, declared_type, length, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, models.Prepared,
		u.ID, u.Application, u.Requirement, u.Place, u.Key, u.Name, u.DeclaredType, u.Length, tx.Now, u.ExpiresAt)
	if err != nil {
		return Upload{}, DataKey{}, fmt.Errorf("begin upload: %w", err)
	}
	return u, key, nil
}

func (r Requirement) accepts(in UploadInput) error {
	switch {
	case in.Place < 1 || in.Place > r.Spec.Places():
		return models.Invalid("document.no_such_place")
	case in.Length < 1:
		return models.Invalid("document.empty")
	case in.Length > r.Spec.MaxBytes:
		return &models.Error{Kind: models.KindTooLarge, Key: "document.too_large", Data: TooLarge{in.Length, r.Spec.MaxBytes},
			Args: []string{"limit", strconv.FormatInt(r.Spec.MaxBytes, 10)}}
	}
	return nil
}

// CleanName is the name of a file as it is kept: what follows the last slash, without
// characters that are not seen or that turn the line around, 200 letters at most with
// the ending saved. It is data for people, never a path.
func CleanName(name string) string {
	name = strings.ToValidUTF8(name, "")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.TrimSpace(printable(name))
	if strings.Trim(name, ". ") == "" {
		return "document"
	}
	ending := ""
	if i := strings.LastIndexByte(name, '.'); i > 0 && len(name)-i <= 10 {
		name, ending = name[:i], name[i:]
	}
	return clip(name, maxName-len([]rune(ending))) + ending
}

func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || c == unicode.ReplacementChar {
			return -1
		}
		return c
	}, s)
}

func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}

const uploadQuery = `SELECT id, application_id, requirement_id, place, key_id, name, declared_type, length, received, hash_state,
	segments::text, expires_at, coalesce(document_id, ` + zero + `) FROM uploads `

func scanUpload(row pgx.Row) (Upload, error) {
	var u Upload
	var segments string
	err := row.Scan(&u.ID, &u.Application, &u.Requirement, &u.Place, &u.Key, &u.Name, &u.DeclaredType, &u.Length, &u.Received,
		&u.HashState, &segments, &u.ExpiresAt, &u.Document)
	if errors.Is(err, pgx.ErrNoRows) {
		return u, models.NotFound("document.no_upload")
	}
	if err == nil {
		err = json.Unmarshal([]byte(segments), &u.Segments)
	}
	if err != nil {
		return u, fmt.Errorf("upload: %w", err)
	}
	return u, nil
}

func uploads(ctx context.Context, tx models.Tx, where string, args ...any) ([]Upload, error) {
	rows, err := tx.PGX.Query(ctx, uploadQuery+where, append([]any{models.Prepared}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("uploads: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Upload, error) { return scanUpload(row) })
}

// UploadByID is an upload under its row's lock; gone once it has expired. The caller
// checks whose application it is.
func UploadByID(ctx context.Context, tx models.Tx, id models.ID) (Upload, error) {
	u, err := scanUpload(tx.PGX.QueryRow(ctx, uploadQuery+`WHERE id = $1 FOR UPDATE`, models.Prepared, id))
	if err == nil && u.Document == uuid.Nil && !tx.Now.Before(u.ExpiresAt) {
		return Upload{}, models.Gone("document.upload_expired")
	}
	return u, err
}

// ApplicationOfUpload is the application that an upload belongs to. It gives no
// right to see anything.
func ApplicationOfUpload(ctx context.Context, tx models.Tx, upload models.ID) (models.ID, error) {
	id, err := owning(ctx, tx, `SELECT application_id FROM uploads WHERE id = $1`, upload)
	if models.KindOf(err) == models.KindNotFound && err != nil {
		err = models.NotFound("document.no_upload")
	}
	return id, err
}

// GrowUpload notes an object that has been written whole to the store, and keeps the
// upload for another while. When at is not where the upload stands, another request
// came first: a conflict that carries the Upload, and the caller deletes its object.
func GrowUpload(ctx context.Context, tx models.Tx, u Upload, at int64, s Segment, hashState []byte) (Upload, error) {
	if at != u.Received || u.Document != uuid.Nil {
		return u, models.Conflict("document.upload_moved", u)
	}
	if s.Plain < 1 || at+s.Plain > u.Length {
		return u, models.Invalid("document.too_long")
	}
	text, err := json.Marshal([]Segment{s})
	if err != nil {
		return u, fmt.Errorf("grow upload: %w", err)
	}
	u.Received, u.HashState, u.ExpiresAt = at+s.Plain, hashState, tx.Now.Add(UploadLasts)
	u.Segments = append(u.Segments, s)
	_, err = tx.PGX.Exec(ctx, `UPDATE uploads SET received = $2, hash_state = $3, expires_at = $4, segments = segments || $5::text::jsonb
		WHERE id = $1`, models.Prepared, u.ID, u.Received, append([]byte{}, hashState...), u.ExpiresAt, string(text))
	if err != nil {
		return u, fmt.Errorf("grow upload: %w", err)
	}
	return u, nil
}

// SettleLength makes an upload as long as its file turned out to be, never longer
// than what was announced.
func SettleLength(ctx context.Context, tx models.Tx, u Upload, length int64) error {
	if length < 1 {
		return models.Invalid("document.empty")
	}
	tag, err := tx.PGX.Exec(ctx, `UPDATE uploads SET length = $2 WHERE id = $1 AND document_id IS NULL AND $2 BETWEEN received AND length`,
		models.Prepared, u.ID, length)
	if err != nil {
		return fmt.Errorf("settle length: %w", err)
	}
	if tag.RowsAffected() != 1 {
		return models.Conflict("document.upload_moved", u)
	}
	return nil
}

// CancelUpload forgets an upload and gives the objects that the caller deletes once
// the transaction has committed. What has become a document is left alone.
func CancelUpload(ctx context.Context, tx models.Tx, u Upload) ([]Segment, error) {
	if u.Document != uuid.Nil {
		return nil, nil
	}
	if _, err := tx.PGX.Exec(ctx, `DELETE FROM uploads WHERE id = $1`, models.Prepared, u.ID); err != nil {
		return nil, fmt.Errorf("cancel upload: %w", err)
	}
	return u.Segments, nil
}

// FinishUpload makes an upload that is whole a document, being inspected: file,
// version and job in one transaction. The file takes the upload's id, to which its
// content is bound in the store. Finished twice, it gives the same document.
// The caller holds the requirement's lock.
func FinishUpload(ctx context.Context, tx models.Tx, by models.Actor, r Requirement, u Upload, sum [32]byte) (Document, error) {
	if u.Document != uuid.Nil {
		return ByID(ctx, tx, u.Document)
	}
	if u.Received != u.Length {
		return Document{}, models.Conflict("document.upload_incomplete", u)
	}
	f := NewFile{ID: u.ID, Key: u.Key, Purpose: PurposeDeposit, Name: u.Name, Type: u.DeclaredType, Bytes: u.Length, SHA256: sum,
		Segments: u.Segments}
	if _, err := AddFile(ctx, tx, f); err != nil {
		return Document{}, err
	}
	id, err := addVersion(ctx, tx, by, r, version{place: u.Place, file: u.ID, state: Checking})
	if err != nil {
		return Document{}, err
	}
	_, err = tx.PGX.Exec(ctx, `UPDATE uploads SET document_id = $2, hash_state = '' WHERE id = $1`, models.Prepared, u.ID, id)
	if err != nil {
		return Document{}, fmt.Errorf("finish upload: %w", err)
	}
	// What was begun before at the same place and never finished is given up: it would
	// hold the sending back. The sweep deletes its objects.
	_, err = tx.PGX.Exec(ctx, `UPDATE uploads SET expires_at = $3 WHERE requirement_id = $1 AND place = $2 AND id < $4 AND document_id IS NULL
		AND expires_at > $3`, models.Prepared, r.ID, u.Place, tx.Now, u.ID)
	if err != nil {
		return Document{}, fmt.Errorf("finish upload: %w", err)
	}
	if err := tx.Enqueue(ctx, InspectArgs{File: u.ID}); err != nil {
		return Document{}, err
	}
	err = record(ctx, tx, by, "dossier.deposited", r.Application, map[string]any{"document": id, "requirement": r.ID, "place": u.Place})
	if err != nil {
		return Document{}, err
	}
	return ByID(ctx, tx, id)
}

// version is a document about to be written.
type version struct {
	place      int
	file       models.ID
	state      State
	reusedFrom models.ID
}

// addVersion numbers a new version under the requirement's lock. Depositing says
// that the person is concerned after all.
func addVersion(ctx context.Context, tx models.Tx, by models.Actor, r Requirement, v version) (models.ID, error) {
	id := tx.NewID()
	_, err := tx.PGX.Exec(ctx, `
		WITH concerned AS (UPDATE requirements SET not_applicable_at = NULL WHERE id = $3 AND not_applicable_at IS NOT NULL)
		INSERT INTO documents (id, application_id, requirement_id, place, version, file_id, state, state_since, deposited_at, deposited_by, reused_from)
		SELECT $1, $2, $3, $4, 1 + coalesce((SELECT max(version) FROM documents WHERE requirement_id = $3 AND place = $4), 0), $5, $6, $7, $7, $8, $9`,
		models.Prepared, id, r.Application, r.ID, v.place, v.file, string(v.state), tx.Now, orNull(by.Account), orNull(v.reusedFrom))
	if err != nil {
		return id, fmt.Errorf("add version: %w", err)
	}
	return id, nil
}

func orNull(id models.ID) *models.ID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

// ExpiredUploads forgets uploads whose time has run out and gives the objects that
// the caller deletes once the transaction has committed; one killed in between
// leaves objects without a row, which the sweep of the store finds. For the portal's
// clock.
func ExpiredUploads(ctx context.Context, tx models.Tx, limit int) ([]Segment, int, error) {
	all, err := uploads(ctx, tx, `WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED`, tx.Now, limit)
	if err != nil {
		return nil, 0, err
	}
	ids, left := make([]models.ID, 0, len(all)), []Segment{}
	for _, u := range all {
		ids = append(ids, u.ID)
		if u.Document == uuid.Nil {
			left = append(left, u.Segments...)
		}
	}
	if _, err := tx.PGX.Exec(ctx, `DELETE FROM uploads WHERE id = ANY($1)`, models.Prepared, ids); err != nil {
		return nil, 0, fmt.Errorf("expired uploads: %w", err)
	}
	return left, len(all), nil
}

// PeekUpload is UploadByID without its lock nor its expiry, for a caller that locks
// the application and the requirement first. It gives no right to see anything.
func PeekUpload(ctx context.Context, tx models.Tx, id models.ID) (Upload, error) {
	return scanUpload(tx.PGX.QueryRow(ctx, uploadQuery+`WHERE id = $1`, models.Prepared, id))
}
