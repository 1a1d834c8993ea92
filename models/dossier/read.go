package dossier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

const zero = `'00000000-0000-0000-0000-000000000000'`

const fileColumns = `f.id, f.key_id, f.purpose, f.name, f.type, f.bytes, f.sha256, f.segments::text, coalesce(f.pages, 0),
	f.inspection, f.reason, f.facts::text, f.scan, f.created_at`

func scanFile(row pgx.Row, more ...any) (File, error) {
	var f File
	var sum []byte
	var segments, facts string
	err := row.Scan(append([]any{&f.ID, &f.Key, &f.Purpose, &f.Name, &f.Type, &f.Bytes, &sum, &segments, &f.Pages,
		&f.Inspection, &f.Reason, &facts, &f.Scan, &f.CreatedAt}, more...)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return f, models.NotFound("document.not_found")
	}
	if err == nil {
		copy(f.SHA256[:], sum)
		err = errors.Join(json.Unmarshal([]byte(segments), &f.Segments), json.Unmarshal([]byte(facts), &f.Facts))
	}
	if err != nil {
		return f, fmt.Errorf("file: %w", err)
	}
	return f, nil
}

const documentQuery = `SELECT ` + fileColumns + `, d.id, d.application_id, d.requirement_id, d.place, d.version, d.state, d.state_since,
	d.deposited_at, coalesce(d.deposited_by, ` + zero + `), coalesce(d.reused_from, ` + zero + `),
	v.id, v.kind, v.reason, v.message, v.valid_until, v.given_at, v.given_by, coalesce(` + personName + `, '')
	FROM documents d JOIN files f ON f.id = d.file_id
	LEFT JOIN verdicts v ON v.document_id = d.id AND v.superseded_at IS NULL
	LEFT JOIN accounts ac ON ac.id = v.given_by LEFT JOIN people p ON p.id = ac.person_id `

// personName is how colleagues are named, with people as p.
const personName = `p.first_name || ' ' || CASE WHEN p.usual_name <> '' THEN p.usual_name ELSE p.birth_name END`

func scanDocument(row pgx.Row) (Document, error) {
	var d Document
	var n nullableVerdict
	f, err := scanFile(row, append([]any{&d.ID, &d.Application, &d.Requirement, &d.Place, &d.Version, &d.State, &d.Since,
		&d.DepositedAt, &d.DepositedBy, &d.ReusedFrom}, n.fields()...)...)
	d.File, d.Verdict = f, n.verdict(d.ID)
	return d, err
}

// documents reads versions with their verdict in force and their remarks.
func documents(ctx context.Context, tx models.Tx, where string, args ...any) ([]Document, error) {
	rows, err := tx.PGX.Query(ctx, documentQuery+where, append([]any{models.Prepared}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("documents: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Document, error) { return scanDocument(row) })
	if err != nil {
		return nil, fmt.Errorf("documents: %w", err)
	}
	return all, readRemarks(ctx, tx, all)
}

// ByID is one version, whatever its state. The caller decides who may know it.
func ByID(ctx context.Context, tx models.Tx, id models.ID) (Document, error) {
	all, err := documents(ctx, tx, `WHERE d.id = $1`, id)
	if err != nil {
		return Document{}, err
	}
	if len(all) == 0 {
		return Document{}, models.NotFound("document.not_found")
	}
	return all[0], nil
}

// ApplicationOf is the application that a document belongs to. It gives no right to
// see anything.
func ApplicationOf(ctx context.Context, tx models.Tx, document models.ID) (models.ID, error) {
	return owning(ctx, tx, `SELECT application_id FROM documents WHERE id = $1`, document)
}

func owning(ctx context.Context, tx models.Tx, sql string, id models.ID) (models.ID, error) {
	var application models.ID
	err := tx.PGX.QueryRow(ctx, sql, models.Prepared, id).Scan(&application)
	if errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, models.NotFound("document.not_found")
	}
	if err != nil {
		return uuid.Nil, fmt.Errorf("document: %w", err)
	}
	return application, nil
}

// LiveIDs lists the versions in force, in the order of the requirements: what is
// sent with an application.
func LiveIDs(ctx context.Context, tx models.Tx, application models.ID) ([]models.ID, error) {
	rows, err := tx.PGX.Query(ctx, `SELECT d.id FROM documents d JOIN requirements r ON r.id = d.requirement_id
		WHERE d.application_id = $1 AND d.state = 'live' ORDER BY r.position, d.place`, models.Prepared, application)
	if err != nil {
		return nil, fmt.Errorf("documents: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[models.ID])
}

// Piece is one line of a receipt (pièce transmise).
type Piece struct {
	Requirement Spec
	Document    Document
}

// Pieces reads the versions that were sent, in the order given; those erased since
// are left out. The caller has loaded the application through the actor.
func Pieces(ctx context.Context, tx models.Tx, application models.ID, ids []models.ID) ([]Piece, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	docs, err := documents(ctx, tx, `WHERE d.application_id = $1 AND d.id = ANY($2) ORDER BY array_position($2, d.id)`, application, ids)
	if err != nil {
		return nil, err
	}
	rows, err := tx.PGX.Query(ctx, requirementQuery+`WHERE application_id = $1`, models.Prepared, application)
	if err != nil {
		return nil, fmt.Errorf("requirements: %w", err)
	}
	specs := map[models.ID]Spec{}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Requirement, error) { return scanRequirement(row) })
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		specs[r.ID] = r.Spec
	}
	pieces := make([]Piece, len(docs))
	for i, d := range docs {
		d.Verdict, d.Remarks = nil, nil // came later, and are told elsewhere
		pieces[i] = Piece{Requirement: specs[d.Requirement], Document: d}
	}
	return pieces, nil
}

// LiveAt is the version in force at a place of a requirement, nil when there is none.
func LiveAt(ctx context.Context, tx models.Tx, requirement models.ID, place int) (*Document, error) {
	all, err := documents(ctx, tx, `WHERE d.requirement_id = $1 AND d.place = $2 AND d.state = 'live'`, requirement, place)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}
