package storage

import (
	"sync"
	"time"
)

// breaker spares callers a wait on a store that has just failed to answer:
// while it is open they are refused at once, and one at a time goes through to
// see whether the store is back.
type breaker struct {
	pause time.Duration

	mu      sync.Mutex
	until   time.Time // zero when the store answers
	probing bool
}

// enter tells whether a call may go. Whoever was let in calls leave.
func (b *breaker) enter() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.until.IsZero():
		return true
	case b.probing, time.Now().Before(b.until):
		return false
	}
	b.probing = true
	return true
}

// leave notes whether the store answered, whatever it said. Unknown is for a
// call its caller gave up: it proves nothing.
func (b *breaker) leave(o outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
	switch o {
	case answered:
		b.until = time.Time{}
	case silent:
		b.until = time.Now().Add(b.pause)
	}
}

// outcome of one call.
type outcome int

const (
	answered outcome = iota
	silent
	unknown
)
