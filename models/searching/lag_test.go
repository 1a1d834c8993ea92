package searching_test

import (
	"testing"
	"time"

	"passerelle/models/modelstest"
	"passerelle/models/searching"
)

func TestLag(t *testing.T) {
	db := modelstest.DB(t)
	exec := func(sql string) {
		t.Helper()
		if _, err := db.Pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	hour := func() []time.Duration {
		t.Helper()
		if err := searching.NoteLag(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		list, err := searching.LagHour(t.Context(), db)
		if err != nil || len(list) != searching.LagMinutes {
			t.Fatal(list, err)
		}
		return list
	}
	last := func() time.Duration { // of the present minute, or the one that has just ended
		list := hour()
		return max(list[searching.LagMinutes-1], list[searching.LagMinutes-2])
	}
	t.Run("P14.1 without an engine outside there is no lag to tell", func(t *testing.T) {
		if got := last(); got >= 0 {
			t.Error(got)
		}
	})
	t.Run("P14.1 the worst lag of each minute is kept, of the index that answers alone, refused documents apart", func(t *testing.T) {
		exec(`INSERT INTO search_indexes (uid, state, created_at) VALUES ('one', 'live', now()), ('two', 'building', now())`)
		exec(`INSERT INTO search_outbox (uid, document, since, reason) VALUES ('two', 1, now() - interval '9 minutes', ''), ('one', 2, now() - interval '8 minutes', 'too long')`)
		if got := last(); got != 0 {
			t.Error(got)
		}
		exec(`INSERT INTO search_outbox (uid, document, since) VALUES ('one', 1, now() - interval '4 minutes')`)
		if got := last(); got < 4*time.Minute || got > 5*time.Minute {
			t.Error(got)
		}
		exec(`DELETE FROM search_outbox`)
		if got := last(); got < 4*time.Minute {
			t.Error("the worst is forgotten:", got)
		}
	})
	t.Run("P14.1 an hour is told, two are kept, minutes that nobody noted are unknown", func(t *testing.T) {
		exec(`INSERT INTO search_lags (minute, seconds) VALUES (date_trunc('minute', now()) - interval '30 minutes', 7), (date_trunc('minute', now()) - interval '90 minutes', 8),
			(date_trunc('minute', now()) - interval '3 hours', 9)`)
		list := hour()
		known := 0
		for _, lag := range list {
			if lag == 7*time.Second {
				known += 100
			} else if lag >= 0 {
				known++
			}
		}
		if known < 101 || known > 103 {
			t.Error(list)
		}
		var kept int
		if err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM search_lags WHERE seconds >= 7 AND seconds < 10`).Scan(&kept); err != nil || kept != 2 {
			t.Error(kept, err)
		}
	})
}
