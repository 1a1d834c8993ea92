package models

import "fmt"

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

// While keeps a value for as long as the stamp of what it was made from stays the
// same; then load runs again. Keys must be few: one value is kept for each.
func While[T any](tx Tx, key, stamp string, load func() (T, error)) (T, error) {
	if kept, ok := tx.db.kept.Load(key); ok {
		if v, ok := kept.(stamped[T]); ok && v.stamp == stamp {
			return v.value, nil
		}
	}
	value, err := load()
	if err == nil {
		tx.db.kept.Store(key, stamped[T]{stamp, value})
	}
	return value, err
}

type stamped[T any] struct {
	stamp string
	value T
}
