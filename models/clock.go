package models

import (
	"sync/atomic"
	"time"
)

// Clock gives the portal's time. Verbs read it through Tx.Now, which is fixed
// for the length of a transaction.
type Clock interface{ Now() time.Time }

// PortalClock is the machine's clock plus an offset, which only the
// demonstration moves ("Avancer le temps").
type PortalClock struct{ offset atomic.Int64 }

// Now is the machine's time moved by the offset, in UTC.
func (c *PortalClock) Now() time.Time {
	return time.Now().UTC().Add(time.Duration(c.offset.Load())).Truncate(time.Microsecond)
}

// Set replaces the offset; only the demonstration may call it.
func (c *PortalClock) Set(offset time.Duration) { c.offset.Store(int64(offset)) }

// Offset tells by how much the portal's clock is ahead of the machine's.
func (c *PortalClock) Offset() time.Duration { return time.Duration(c.offset.Load()) }

// FrozenClock stands still until moved; for tests.
type FrozenClock struct{ at atomic.Int64 }

// Freeze makes a clock that stands at t.
func Freeze(t time.Time) *FrozenClock {
	c := &FrozenClock{}
	c.Set(t)
	return c
}

// Now is the instant at which the clock stands.
func (c *FrozenClock) Now() time.Time { return time.UnixMicro(c.at.Load()).UTC() }

// Set moves the clock to t.
func (c *FrozenClock) Set(t time.Time) { c.at.Store(t.UnixMicro()) }

// Date is the civil date of an instant in the zone, at midnight UTC: the form
// in which PostgreSQL's date columns are read and written (P18.11).
func Date(t time.Time, zone *time.Location) time.Time {
	y, m, d := t.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// EndOf is the instant at which a civil date ends in the zone: 24:00 there,
// right also on the nights when the hour changes (P18.11).
func EndOf(date time.Time, zone *time.Location) time.Time {
	y, m, d := date.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, zone)
}
