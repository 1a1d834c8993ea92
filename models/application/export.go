package application

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// ExportRow is one line of an exported list (P9.7).
type ExportRow struct {
	DeskRow
	BirthName   string
	Email       string // of the account
	SubmittedAt *time.Time
	SavedReason string // of the decision in force
	Pieces      int    // asked and not exempted
	Valid       int    // of them, validated
}

// exportPage is how many lines are read at a time.
const exportPage = 500

// Export goes through the applications of a filter, in its order, as far as the
// officer's rights go, and records that they were taken out (P9.7, P12.6). each is
// called with a line and how many there are in all; its error stops the export.
// For officers; anyone else gets KindNotFound.
func Export(ctx context.Context, tx models.Tx, by models.Actor, f DeskFilter, each func(row ExportRow, total int) error) (int, error) {
	if !by.SignedIn() || !by.Has(models.RoleOfficer) {
		return 0, models.NotFound("page.not_found")
	}
	q, err := newDeskQuery(ctx, tx, by, f.complete())
	if err != nil {
		return 0, err
	}
	ids, err := q.ids(ctx)
	if err != nil {
		return 0, err
	}
	for from := 0; from < len(ids); from += exportPage {
		rows, err := q.exported(ctx, ids[from:min(from+exportPage, len(ids))])
		if err != nil {
			return from, err
		}
		for _, r := range rows {
			if err := each(r, len(ids)); err != nil {
				return from, err
			}
		}
	}
	return len(ids), tx.Record(ctx, by, models.Event{Kind: "desk.exported", SubjectKind: "account", SubjectID: by.Account,
		Data: map[string]any{"applications": len(ids)}})
}

// ids lists every application of the filter, in order.
func (q *deskQuery) ids(ctx context.Context) ([]models.ID, error) {
	join := ""
	if q.f.Sort == SortCourse {
		join = offerings
	}
	rows, err := q.tx.PGX.Query(ctx, `SELECT a.id FROM applications a JOIN sessions s ON s.id = a.session_id`+join+` WHERE `+q.where()+q.order(),
		append([]any{models.Prepared}, q.args...)...)
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[models.ID])
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	return ids, nil
}

// exported reads lines by id and gives them in the order of the ids.
func (q *deskQuery) exported(ctx context.Context, ids []models.ID) ([]ExportRow, error) {
	rows, err := q.tx.PGX.Query(ctx, `
		SELECT `+columns+`, `+isStuck+`, coalesce(s.decision_on, s.starts_on - `+strconv.Itoa(q.before)+`), a.birth_name,
			coalesce((SELECT email FROM accounts WHERE id = a.account_id), ''),
			coalesce((SELECT reason FROM decisions WHERE application_id = a.id AND superseded_at IS NULL), ''),
			(SELECT count(*) FROM requirements r WHERE r.application_id = a.id AND r.not_applicable_at IS NULL),
			(SELECT count(DISTINCT d.requirement_id) FROM documents d JOIN verdicts v ON v.document_id = d.id AND v.superseded_at IS NULL
				WHERE d.application_id = a.id AND d.state = 'live' AND v.kind = 'valid')`+tables+`WHERE a.id = ANY($1)`, models.Prepared, ids)
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	found := map[models.ID]ExportRow{}
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (models.ID, error) {
		var stuck bool
		var r ExportRow
		a, err := scan(row, &stuck, &r.Promised, &r.BirthName, &r.Email, &r.SavedReason, &r.Pieces, &r.Valid)
		r.DeskRow = DeskRow{Application: a.ID, Number: a.Number, Reference: a.Reference(), Name: a.ApplicantName, Kind: a.Kind, Course: a.Session.Title,
			StartsOn: a.Session.StartsOn, Place: a.Session.Place, State: DeskStateOf(a, stuck), Verdict: Verdict(a.Verdict), Rank: a.Rank,
			Since: a.Since, Promised: r.Promised}
		r.SubmittedAt = a.SubmittedAt
		found[a.ID] = r
		return a.ID, err
	})
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	out := make([]ExportRow, 0, len(ids))
	lines := make([]DeskRow, 0, len(ids))
	for _, id := range ids {
		out, lines = append(out, found[id]), append(lines, found[id].DeskRow)
	}
	if err := q.employers(ctx, lines); err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Employer = lines[i].Employer
	}
	return out, nil
}
