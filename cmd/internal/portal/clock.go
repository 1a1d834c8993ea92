package portal

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/handlers/jobs"
	"passerelle/models"
)

// offsetKey is where the demonstration keeps by how much its clock is ahead.
const offsetKey = "demo_clock_offset"

// RestoreClock moves the demonstration's clock back to where it was left.
func (b *Base) RestoreClock(ctx context.Context) error {
	var text string
	err := b.DB.Pool.QueryRow(ctx, `SELECT value FROM settings WHERE key = $1`, offsetKey).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	offset, err := time.ParseDuration(text)
	if err != nil {
		return err
	}
	b.Clock.Set(offset)
	return nil
}

// moveTime moves the demonstration's clock and runs at once what the new date
// makes due, so that the next page shows it.
func (b *Base) moveTime(ctx context.Context, by time.Duration) error {
	offset := b.Clock.Offset() + by
	err := b.DB.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
		_, err := tx.PGX.Exec(ctx, `INSERT INTO settings (key, value, changed_at) VALUES ($1, $2, $3)
			ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at`,
			models.Prepared, offsetKey, offset.String(), tx.Now)
		if err != nil {
			return err
		}
		// Nobody is signed out by the demonstration's own button.
		_, err = tx.PGX.Exec(ctx, `UPDATE sign_ins SET seen_at = seen_at + $1, idle_until = idle_until + $1, ends_at = ends_at + $1
			WHERE ends_at > $2 AND idle_until > $2`, models.Prepared, by, tx.Now)
		return err
	})
	if err != nil {
		return err
	}
	b.Clock.Set(offset)
	o := b.jobOptions()
	if err := jobs.Sweep(ctx, o); err != nil {
		return err
	}
	return jobs.Alerts(ctx, o, time.Now().Add(alertsAtOnce))
}

// alertsAtOnce is how long the button that moves the clock waits for alerts; the
// rest comes within a minute.
const alertsAtOnce = 3 * time.Second
