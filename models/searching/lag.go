package searching

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"passerelle/models"
)

// NoteLag keeps how late the index that answers is now, the worst of each
// minute; nothing where there is no index. Called every few seconds by each
// process that serves, for the console.
func NoteLag(ctx context.Context, db *models.DB) error {
	_, err := db.Pool.Exec(ctx, `
		WITH old AS (DELETE FROM search_lags WHERE minute < clock_timestamp() - interval '2 hours')
		INSERT INTO search_lags (minute, seconds)
		SELECT date_trunc('minute', clock_timestamp()), greatest(coalesce(extract(epoch FROM clock_timestamp() -
			(SELECT min(o.since) FROM search_outbox o WHERE o.uid = i.uid AND o.reason = '')), 0), 0)
		FROM search_indexes i WHERE i.state = 'live'
		ON CONFLICT (minute) DO UPDATE SET seconds = greatest(search_lags.seconds, excluded.seconds)`, models.Prepared)
	return wrapped("lag", err)
}

// LagMinutes is how many minutes LagHour tells.
const LagMinutes = 60

// LagHour gives the lag of each minute of the last hour, the present one last;
// negative where no process was there to note it.
func LagHour(ctx context.Context, db *models.DB) ([]time.Duration, error) {
	hour := make([]time.Duration, LagMinutes)
	for i := range hour {
		hour[i] = -1
	}
	rows, err := db.Pool.Query(ctx, `SELECT ago, seconds FROM (
		SELECT (extract(epoch FROM date_trunc('minute', clock_timestamp()) - minute) / 60)::int AS ago, seconds::float8 FROM search_lags) l
		WHERE ago BETWEEN 0 AND $1`, models.Prepared, LagMinutes-1)
	if err != nil {
		return nil, fmt.Errorf("lag: %w", err)
	}
	var ago int
	var seconds float64
	_, err = pgx.ForEachRow(rows, []any{&ago, &seconds}, func() error {
		hour[LagMinutes-1-ago] = time.Duration(seconds * float64(time.Second))
		return nil
	})
	return hour, wrapped("lag", err)
}
