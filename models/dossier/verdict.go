package dossier

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// nullableVerdict reads a verdict from a left join.
type nullableVerdict struct {
	id, by                *models.ID
	kind, reason, message *string
	until, at             *time.Time
	name                  string
}

func (n *nullableVerdict) fields() []any {
	return []any{&n.id, &n.kind, &n.reason, &n.message, &n.until, &n.at, &n.by, &n.name}
}

func (n *nullableVerdict) verdict(document models.ID) *Verdict {
	if n.id == nil {
		return nil
	}
	v := Verdict{ID: *n.id, Document: document, Kind: VerdictKind(*n.kind), Reason: *n.reason, Message: *n.message,
		ValidUntil: n.until, At: *n.at, ByName: n.name}
	if n.by != nil {
		v.By = *n.by
	}
	return &v
}

// GiveVerdict makes v the verdict in force on its version; the one before it is kept
// as superseded. The caller holds the requirement's lock, has checked the version
// and what was seen of it.
func GiveVerdict(ctx context.Context, tx models.Tx, by models.Actor, d Document, v Verdict) (Verdict, error) {
	v.ID, v.Document, v.At, v.By, v.ByName = tx.NewID(), d.ID, tx.Now, by.Account, by.Name
	if err := supersede(ctx, tx, d.ID); err != nil {
		return v, err
	}
	_, err := tx.PGX.Exec(ctx, `INSERT INTO verdicts (id, document_id, kind, reason, message, valid_until, given_at, given_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, models.Prepared,
		v.ID, d.ID, string(v.Kind), v.Reason, v.Message, v.ValidUntil, tx.Now, orNull(by.Account))
	if err != nil {
		return v, fmt.Errorf("verdict: %w", err)
	}
	data := map[string]any{"document": d.ID, "requirement": d.Requirement, "verdict": v.Kind, "version": d.Version}
	return v, record(ctx, tx, by, "dossier.verdict", d.Application, data)
}

// UndoVerdict takes the verdict in force back: the version has none again.
func UndoVerdict(ctx context.Context, tx models.Tx, by models.Actor, d Document) error {
	if err := supersede(ctx, tx, d.ID); err != nil {
		return err
	}
	return record(ctx, tx, by, "dossier.verdict_undone", d.Application, map[string]any{"document": d.ID, "requirement": d.Requirement})
}

func supersede(ctx context.Context, tx models.Tx, document models.ID) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE verdicts SET superseded_at = $2 WHERE document_id = $1 AND superseded_at IS NULL`,
		models.Prepared, document, tx.Now)
	if err != nil {
		return fmt.Errorf("verdict: %w", err)
	}
	return nil
}

// SetMatch notes that an answer agrees with a document or not, or forgets it (nil).
func SetMatch(ctx context.Context, tx models.Tx, by models.Actor, d Document, field string, agrees *bool) error {
	var err error
	if agrees == nil {
		_, err = tx.PGX.Exec(ctx, `DELETE FROM matches WHERE document_id = $1 AND field = $2`, models.Prepared, d.ID, field)
	} else {
		_, err = tx.PGX.Exec(ctx, `
			INSERT INTO matches (document_id, field, agrees, noted_at, noted_by) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (document_id, field) DO UPDATE SET agrees = excluded.agrees, noted_at = excluded.noted_at, noted_by = excluded.noted_by`,
			models.Prepared, d.ID, field, *agrees, tx.Now, orNull(by.Account))
	}
	if err != nil {
		return fmt.Errorf("match: %w", err)
	}
	return record(ctx, tx, by, "dossier.matched", d.Application, map[string]any{"document": d.ID, "field": field})
}

// Matches lists what was noted of the answers beside the versions in force of an
// application, by document and field.
func Matches(ctx context.Context, tx models.Tx, application models.ID) (map[models.ID]map[string]bool, error) {
	rows, err := tx.PGX.Query(ctx, `SELECT m.document_id, m.field, m.agrees FROM matches m JOIN documents d ON d.id = m.document_id
		WHERE d.application_id = $1`, models.Prepared, application)
	if err != nil {
		return nil, fmt.Errorf("matches: %w", err)
	}
	all := map[models.ID]map[string]bool{}
	var id models.ID
	var field string
	var agrees bool
	_, err = pgx.ForEachRow(rows, []any{&id, &field, &agrees}, func() error {
		if all[id] == nil {
			all[id] = map[string]bool{}
		}
		all[id][field] = agrees
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("matches: %w", err)
	}
	return all, nil
}

// readRemarks fills the remarks of documents, numbered in the order they were made;
// a removed one keeps its number.
func readRemarks(ctx context.Context, tx models.Tx, docs []Document) error {
	if len(docs) == 0 {
		return nil
	}
	ids, at := make([]models.ID, len(docs)), map[models.ID]int{}
	for i, d := range docs {
		ids[i], at[d.ID] = d.ID, i
	}
	all, err := remarks(ctx, tx, `m.document_id = ANY($1)`, ids)
	if err != nil {
		return err
	}
	for _, m := range all {
		d := &docs[at[m.Document]]
		d.Remarks = append(d.Remarks, m)
	}
	return nil
}

func remarks(ctx context.Context, tx models.Tx, where string, arg any) ([]Remark, error) {
	rows, err := tx.PGX.Query(ctx, `
		SELECT m.id, m.document_id, m.number, m.page, m.x, m.y, m.width, m.height, m.body, m.visible, m.made_at, m.changed_at,
			coalesce(m.made_by, `+zero+`), coalesce(`+personName+`, '')
		FROM (SELECT *, row_number() OVER (PARTITION BY document_id ORDER BY made_at, id)::int AS number FROM remarks m
			WHERE document_id IN (SELECT m.document_id FROM remarks m WHERE `+where+`)) m
		LEFT JOIN accounts ac ON ac.id = m.made_by LEFT JOIN people p ON p.id = ac.person_id
		WHERE m.removed_at IS NULL AND `+where+` ORDER BY m.document_id, m.number`, models.Prepared, arg)
	if err != nil {
		return nil, fmt.Errorf("remarks: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Remark, error) {
		var m Remark
		err := row.Scan(&m.ID, &m.Document, &m.Number, &m.Page, &m.X, &m.Y, &m.Width, &m.Height, &m.Body, &m.Visible, &m.At, &m.ChangedAt, &m.By, &m.ByName)
		return m, err
	})
	if err != nil {
		return nil, fmt.Errorf("remarks: %w", err)
	}
	return all, nil
}

// RemarkByID is one remark that has not been removed.
func RemarkByID(ctx context.Context, tx models.Tx, id models.ID) (Remark, error) {
	all, err := remarks(ctx, tx, `m.id = $1`, id)
	if err == nil && len(all) == 0 {
		err = models.NotFound("document.no_remark")
	}
	if err != nil {
		return Remark{}, err
	}
	return all[0], nil
}

// PutRemark writes a remark, new when its ID is zero, changed otherwise (P17.7).
func PutRemark(ctx context.Context, tx models.Tx, by models.Actor, d Document, m Remark) (Remark, error) {
	kind := "dossier.remark_changed"
	if m.ID == (models.ID{}) {
		m.ID, m.Document, kind = tx.NewID(), d.ID, "dossier.remarked"
	}
	_, err := tx.PGX.Exec(ctx, `
		INSERT INTO remarks (id, document_id, page, x, y, width, height, body, visible, made_at, made_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (id) DO UPDATE SET page = excluded.page, x = excluded.x, y = excluded.y, width = excluded.width,
			height = excluded.height, body = excluded.body, visible = excluded.visible, changed_at = $10`, models.Prepared,
		m.ID, d.ID, m.Page, m.X, m.Y, m.Width, m.Height, m.Body, m.Visible, tx.Now, orNull(by.Account))
	if err != nil {
		return m, fmt.Errorf("remark: %w", err)
	}
	if err := record(ctx, tx, by, kind, d.Application, map[string]any{"document": d.ID, "remark": m.ID}); err != nil {
		return m, err
	}
	return RemarkByID(ctx, tx, m.ID)
}

// RemoveRemark takes a remark away; its number is not given again.
func RemoveRemark(ctx context.Context, tx models.Tx, by models.Actor, d Document, remark models.ID) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE remarks SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL`, models.Prepared, remark, tx.Now)
	if err != nil {
		return fmt.Errorf("remark: %w", err)
	}
	return record(ctx, tx, by, "dossier.remark_removed", d.Application, map[string]any{"document": d.ID, "remark": remark})
}
