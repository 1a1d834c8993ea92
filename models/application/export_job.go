package application

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"passerelle/models"
)

// ExportInput is the list that an officer wants (P9.7).
type ExportInput struct {
	Filter  string // the list's query string
	Columns []string
	Format  string // "xlsx" or "csv"
}

// ExportTask is a list being written by a job, or written (export).
type ExportTask struct {
	ID             models.ID
	Account        models.ID
	Filter         string
	Columns        []string
	Format, Lang   string
	State          string // "waiting", "done" or "failed"
	Written, Total int
	File           models.ID // once done
	AskedAt        time.Time
	ExpiresAt      time.Time
}

// exportKept is how long a written list can be fetched.
const exportKept = 24 * time.Hour

// ExportArgs is the job that writes a list.
type ExportArgs struct {
	Export models.ID `json:"export"`
}

// Kind names the job.
func (ExportArgs) Kind() string { return "export_list" }

// InsertOpts gives it few tries: a list that cannot be written says so within
// minutes, and the officer may ask again.
func (ExportArgs) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 3} }

// StartExport asks for a list, written by a job with the rights that the officer
// has then. One at a time per officer: a second one gives the first.
func StartExport(ctx context.Context, tx models.Tx, by models.Actor, in ExportInput) (models.ID, error) {
	if !by.SignedIn() || !by.Has(models.RoleOfficer) {
		return uuid.Nil, models.NotFound("page.not_found")
	}
	id := tx.NewID()
	tag, err := tx.PGX.Exec(ctx, `INSERT INTO exports (id, account_id, filter, columns, format, lang, asked_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (account_id) WHERE state = 'waiting' DO NOTHING`, models.Prepared,
		id, by.Account, in.Filter, in.Columns, in.Format, by.Lang, tx.Now, tx.Now.Add(exportKept))
	if err != nil {
		return id, fmt.Errorf("export: %w", err)
	}
	if tag.RowsAffected() == 0 {
		err := tx.PGX.QueryRow(ctx, `SELECT id FROM exports WHERE account_id = $1 AND state = 'waiting'`, models.Prepared, by.Account).Scan(&id)
		if err != nil {
			return id, fmt.Errorf("export: %w", err)
		}
		return id, nil
	}
	return id, tx.Enqueue(ctx, ExportArgs{Export: id})
}

const exportSQL = `SELECT id, account_id, filter, columns, format, lang, state, written, total,
	coalesce(file_id, '00000000-0000-0000-0000-000000000000'), asked_at, expires_at FROM exports `

func scanExport(row pgx.Row) (ExportTask, error) {
	var e ExportTask
	err := row.Scan(&e.ID, &e.Account, &e.Filter, &e.Columns, &e.Format, &e.Lang, &e.State, &e.Written, &e.Total, &e.File, &e.AskedAt, &e.ExpiresAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return e, models.NotFound("page.not_found")
	}
	if err != nil {
		return e, fmt.Errorf("export: %w", err)
	}
	return e, nil
}

// ExportOf gives an export to the officer who asked for it, until it expires; to
// anyone else, one who is no longer an officer included, it is not found.
func ExportOf(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) (ExportTask, error) {
	if !by.SignedIn() || !by.Has(models.RoleOfficer) {
		return ExportTask{}, models.NotFound("page.not_found")
	}
	return scanExport(tx.PGX.QueryRow(ctx, exportSQL+`WHERE id = $1 AND account_id = $2 AND expires_at > $3`, models.Prepared, id, by.Account, tx.Now))
}

// ExportToWrite gives the job its export.
func ExportToWrite(ctx context.Context, tx models.Tx, id models.ID) (ExportTask, error) {
	return scanExport(tx.PGX.QueryRow(ctx, exportSQL+`WHERE id = $1`, models.Prepared, id))
}

// ProgressExport tells how far an export is.
func ProgressExport(ctx context.Context, tx models.Tx, id models.ID, written, total int) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE exports SET written = $2, total = $3 WHERE id = $1`, models.Prepared, id, written, total)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// FinishExport hands the written list over; file is zero when it failed.
func FinishExport(ctx context.Context, tx models.Tx, id, file models.ID, total int) error {
	_, err := tx.PGX.Exec(ctx, `UPDATE exports SET state = CASE WHEN $2 = '00000000-0000-0000-0000-000000000000'::uuid THEN 'failed' ELSE 'done' END,
		file_id = nullif($2, '00000000-0000-0000-0000-000000000000'::uuid), written = $3, total = $3 WHERE id = $1`, models.Prepared, id, file, total)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// ExpireExports forgets the lists whose time has passed; the sweep of files purges
// what they hold. For the portal's clock.
func ExpireExports(ctx context.Context, tx models.Tx) (int, error) {
	tag, err := tx.PGX.Exec(ctx, `DELETE FROM exports WHERE expires_at <= $1`, models.Prepared, tx.Now)
	if err != nil {
		return 0, fmt.Errorf("expire exports: %w", err)
	}
	return int(tag.RowsAffected()), nil
}
