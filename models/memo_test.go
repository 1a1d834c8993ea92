package models_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"passerelle/models"
	"passerelle/models/modelstest"
)

func TestWhile(t *testing.T) {
	t.Parallel()
	db := modelstest.DB(t)
	good := func(*int) (bool, error) { return true, nil }
	one := func(ctx context.Context, load func(*int) (*int, error)) (got *int, err error) {
		err = db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
			got, err = models.While(ctx, tx, "test", good, load)
			return err
		})
		return got, err
	}
	t.Run("of many at once one loads; where that one is gone, another of them does", func(t *testing.T) {
		var loads atomic.Int32
		load := func(*int) (*int, error) {
			if loads.Add(1) == 1 {
				return nil, context.Canceled
			}
			return new(7), nil
		}
		var gone atomic.Int32
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				switch got, err := one(t.Context(), load); {
				case errors.Is(err, context.Canceled):
					gone.Add(1)
				case err != nil || *got != 7:
					t.Errorf("%v, %v", got, err)
				}
			})
		}
		if all.Wait(); loads.Load() != 2 || gone.Load() != 1 {
			t.Errorf("%d loads, %d gone", loads.Load(), gone.Load())
		}
	})
	t.Run("what no longer holds is made again from what was kept", func(t *testing.T) {
		err := db.InTx(t.Context(), func(ctx context.Context, tx models.Tx) error {
			got, err := models.While(ctx, tx, "test", func(v *int) (bool, error) { return *v != 7, nil },
				func(old *int) (*int, error) { return new(*old + 1), nil })
			if err == nil && *got != 8 {
				t.Errorf("%d", *got)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("one who waits and goes away leaves the load alone", func(t *testing.T) {
		ctx, gone := context.WithCancel(t.Context())
		err := db.InTx(ctx, func(ctx context.Context, tx models.Tx) error {
			_, err := models.While(ctx, tx, "slow", good, func(*int) (*int, error) {
				return new(1), db.InTx(t.Context(), func(_ context.Context, tx models.Tx) error {
					gone()
					_, err := models.While(ctx, tx, "slow", good, func(*int) (*int, error) { t.Error("two at once"); return nil, nil })
					if !errors.Is(err, context.Canceled) {
						t.Errorf("%v", err)
					}
					return nil
				})
			})
			return err
		})
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
