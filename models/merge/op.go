package merge

import (
	"slices"
	"strings"
)

// OpID names one operation for ever: UUIDv7 text, minted by whoever wrote the value.
type OpID string

// Value is what one key holds: one string for most fields, several for a multiple
// choice. A nil or empty Value is a cleared answer.
type Value []string

// One makes the Value of a single string; the empty string gives a cleared Value.
func One(s string) Value {
	if s == "" {
		return nil
	}
	return Value{s}
}

// First returns the only or first string, or "" when cleared.
func (v Value) First() string {
	if len(v) == 0 {
		return ""
	}
	return v[0]
}

// Empty tells a cleared answer.
func (v Value) Empty() bool { return len(v) == 0 }

// Equal compares order included: forms store multiple choices in the form's order.
func (v Value) Equal(o Value) bool { return slices.Equal(v, o) }

// Op is one write (opération), immutable once made.
type Op struct {
	ID  OpID   `json:"id"`
	Key string `json:"key"` // `field`, or `group/rowid/field`
	Val Value  `json:"val"`
	Ctx []OpID `json:"ctx,omitempty"` // every value of the key shown to the author
	HLC string `json:"hlc"`           // see Next
	FV  int    `json:"fv"`            // version of the form that asked
	Dev string `json:"dev,omitempty"` // device or origin, shown to the person; see From

	Actor string `json:"actor,omitempty"` // set by the server from the session, never by the client
	At    int64  `json:"at,omitempty"`    // Unix milliseconds, for display only
}

// Sibling is an operation still standing in a register.
type Sibling = Op

// newer orders siblings for display: latest stamp first, then the greater id.
func newer(a, b Op) int {
	if c := strings.Compare(b.HLC, a.HLC); c != 0 {
		return c
	}
	return strings.Compare(string(b.ID), string(a.ID))
}

// Outcome tells what Apply did with an operation. None of them is a failure.
type Outcome uint8

// The outcomes of Apply.
const (
	OK         Outcome = iota // stands in its register
	Duplicate                 // was there already
	Superseded                // was replaced by someone who had seen it before it arrived
)

// String gives the word used in acknowledgements: ok, dup or superseded.
func (o Outcome) String() string {
	return [...]string{"ok", "dup", "superseded"}[o]
}
