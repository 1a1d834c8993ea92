package models

import (
	"context"
	"fmt"
	"sync/atomic"
)

// Once keeps what never changes once written, such as a published form, for
// the life of the process: load runs where nothing is kept under key yet. What
// can change must never go through it.
func Once[T any](tx Tx, key string, load func() (T, error)) (T, error) {
	if kept, ok := tx.db.kept.Load(key); ok {
		if value, ok := kept.(T); ok {
			return value, nil
		}
		return *new(T), fmt.Errorf("kept %s is of another type", key)
	}
	value, err := load()
	if err == nil {
		tx.db.kept.Store(key, value)
	}
	return value, err
}

// While keeps a value for as long as still says that it holds; then load makes it
// anew from the one kept, nil the first time. One load runs at a time for each key:
// the others wait, then ask again. Where a load fails, because its own request ended
// for one, nothing is kept and one of those who wait loads. A value is shared:
// nobody may change it. Keys must be few: one value is kept for each.
func While[T any](ctx context.Context, tx Tx, key string, still func(*T) (bool, error), load func(*T) (*T, error)) (*T, error) {
	slot, _ := tx.db.kept.LoadOrStore(key, &inTurn[T]{turn: make(chan struct{}, 1)})
	k, ok := slot.(*inTurn[T])
	if !ok {
		return nil, fmt.Errorf("kept %s is of another type", key)
	}
	holds := func() (*T, error) {
		v := k.value.Load()
		if v == nil {
			return nil, nil
		}
		if good, err := still(v); !good || err != nil {
			return nil, err
		}
		return v, nil
	}
	if v, err := holds(); v != nil || err != nil {
		return v, err
	}
	select {
	case k.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-k.turn }()
	if v, err := holds(); v != nil || err != nil {
		return v, err
	}
	v, err := load(k.value.Load())
	if err != nil {
		return nil, err
	}
	k.value.Store(v)
	return v, nil
}

type inTurn[T any] struct {
	turn  chan struct{} // full while one loads
	value atomic.Pointer[T]
}
