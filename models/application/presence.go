package application

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// presenceLasts is how long a colleague is shown after their last sign of life.
const presenceLasts = 60 * time.Second

// Presence is a colleague who has the same application open (P9.5).
type Presence struct {
	Account models.ID
	Name    string
	Since   time.Time
	Mine    bool
}

// Attend says that the officer has the application open and tells who else
// does, oldest first. For officers whose scope covers the course; to anyone
// else the application is not found. It is no event: nothing was done.
func Attend(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) ([]Presence, error) {
	if _, err := loadReviewed(ctx, tx, by, id); err != nil {
		return nil, err
	}
	return attend(ctx, tx, by, id)
}

func attend(ctx context.Context, tx models.Tx, by models.Actor, id models.ID) ([]Presence, error) {
	gone := tx.Now.Add(-presenceLasts)
	_, err := tx.PGX.Exec(ctx, `
		INSERT INTO presences (application_id, account_id, seen_at, opened_at) VALUES ($1, $2, $3, $3)
		ON CONFLICT (application_id, account_id) DO UPDATE SET seen_at = excluded.seen_at,
			opened_at = CASE WHEN presences.seen_at < $4 THEN excluded.opened_at ELSE presences.opened_at END`,
		models.Prepared, id, by.Account, tx.Now, gone)
	if err != nil {
		return nil, fmt.Errorf("presence: %w", err)
	}
	rows, err := tx.PGX.Query(ctx, `
		SELECT pr.account_id, `+personName+`, pr.opened_at, pr.account_id = $2
		FROM presences pr JOIN accounts ac ON ac.id = pr.account_id JOIN people p ON p.id = ac.person_id
		WHERE pr.application_id = $1 AND pr.seen_at >= $3 ORDER BY pr.opened_at, pr.account_id`, models.Prepared, id, by.Account, gone)
	if err != nil {
		return nil, fmt.Errorf("presence: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Presence, error) {
		var p Presence
		err := row.Scan(&p.Account, &p.Name, &p.Since, &p.Mine)
		return p, err
	})
}

// ForgetPresences removes what is older than a day and tells how much; for the
// portal's clock.
func ForgetPresences(ctx context.Context, db *models.DB) (int, error) {
	forgotten := 0
	err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		tag, err := tx.PGX.Exec(ctx, `DELETE FROM presences WHERE seen_at < $1`, models.Prepared, tx.Now.Add(-24*time.Hour))
		if err != nil {
			return fmt.Errorf("presences: %w", err)
		}
		forgotten = int(tag.RowsAffected())
		return nil
	})
	return forgotten, err
}
