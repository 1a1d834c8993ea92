package modelstest_test

import (
	"context"
	"testing"

	"passerelle/models"
	"passerelle/models/modelstest"
)

func TestMain(m *testing.M) { modelstest.Main(m) }

func TestDatabases(t *testing.T) {
	t.Run("a database of its own is migrated", func(t *testing.T) {
		db := modelstest.DB(t)
		var n int
		if err := db.Pool.QueryRow(context.Background(), "SELECT count(*) FROM events").Scan(&n); err != nil || n != 0 {
			t.Fatalf("events: %d, %v", n, err)
		}
	})
	t.Run("a rolled-back transaction leaves nothing", func(t *testing.T) {
		for range 2 {
			modelstest.Tx(t, func(ctx context.Context, tx models.Tx) {
				if err := models.SetSetting(ctx, tx, models.Operator(), "reset_minutes", "30"); err != nil {
					t.Fatal(err)
				}
				events, err := tx.EventsOf(ctx, "setting", models.SettingID("reset_minutes"))
				if err != nil || len(events) != 1 {
					t.Fatalf("want one event, got %d, %v", len(events), err)
				}
			})
		}
	})
}
