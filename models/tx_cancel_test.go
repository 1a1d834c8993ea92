package models_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"passerelle/models"
	"passerelle/models/modelstest"
)

func TestMain(m *testing.M) { modelstest.Main(m) }

func TestDeadlineInsideTransaction(t *testing.T) {
	db := modelstest.DB(t)
	t.Run("P15.4 a deadline inside a statement is an error, never a panic, and the pool recovers", func(t *testing.T) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for i := range 8 {
					ctx, cancel := context.WithTimeout(context.Background(), time.Duration(1+i%5)*time.Millisecond)
					_ = db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
						for {
							if _, err := tx.PGX.Exec(ctx, `SELECT pg_sleep(0.0005)`); err != nil {
								return err
							}
						}
					})
					cancel()
				}
			})
		}
		wg.Wait()
		err := db.InTx(context.Background(), func(ctx context.Context, tx models.Tx) error {
			_, err := tx.PGX.Exec(ctx, `SELECT 1`)
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}
