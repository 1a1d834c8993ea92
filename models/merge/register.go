package merge

import (
	"maps"
	"slices"
)

// maxGone bounds what a register remembers of replaced ids. A duplicate older than
// that many replacements of one field is caught by the journal's primary key only.
const maxGone = 512

// Register holds one key: what stands, newest first, and the ids already replaced,
// sorted, so that a late duplicate is a no-op.
type Register struct {
	Siblings []Sibling `json:"s,omitempty"`
	Gone     []OpID    `json:"g,omitempty"`
}

// Registers are the answers of one draft by key. Apply never changes a stored slice
// in place, so Clone is a cheap and safe picture of the draft.
type Registers map[string]Register

// Clone returns a picture that later Apply calls on the original do not touch.
func (r Registers) Clone() Registers { return maps.Clone(r) }

// Apply adds op to its register and drops the siblings that its author had seen.
// It is idempotent, and any order of the same operations gives the same registers
// (P13.3). The receiver must not be nil.
func (r Registers) Apply(op Op) Outcome {
	reg := r[op.Key]
	standing := func(s Sibling) bool { return s.ID == op.ID }
	if slices.ContainsFunc(reg.Siblings, standing) {
		return Duplicate
	}
	_, gone := slices.BinarySearch(reg.Gone, op.ID)
	// The context counts even when op itself is already replaced: what its author
	// had replaced must not come back because of the order of arrival.
	reg = reg.replace(op.Ctx, op.ID)
	if gone {
		r[op.Key] = reg
		return Superseded
	}
	at, _ := slices.BinarySearchFunc(reg.Siblings, op, newer)
	reg.Siblings = slices.Insert(slices.Clone(reg.Siblings), at, op)
	r[op.Key] = reg
	return OK
}

// ApplyAll applies in order and counts those that now stand.
func (r Registers) ApplyAll(ops []Op) int {
	n := 0
	for _, op := range ops {
		if r.Apply(op) == OK {
			n++
		}
	}
	return n
}

func (reg Register) replace(ctx []OpID, self OpID) Register {
	if len(ctx) == 0 {
		return reg
	}
	reg.Siblings = slices.DeleteFunc(slices.Clone(reg.Siblings), func(s Sibling) bool {
		return slices.Contains(ctx, s.ID)
	})
	gone := slices.Clone(reg.Gone)
	for _, id := range ctx {
		if at, found := slices.BinarySearch(gone, id); !found && id != self {
			gone = slices.Insert(gone, at, id)
		}
	}
	if over := len(gone) - maxGone; over > 0 {
		gone = gone[over:]
	}
	reg.Gone = gone
	return reg
}

// Current is the value shown first: the newest stamp. Nil when nothing was written.
func (r Registers) Current(key string) Value {
	if s := r[key].Siblings; len(s) > 0 {
		return s[0].Val
	}
	return nil
}

// Conflict returns one sibling per different value, newest first, or nil when the
// siblings agree (réponse à départager, P13.3, P17.4).
func (r Registers) Conflict(key string) []Sibling {
	all := r[key].Siblings
	if len(all) < 2 {
		return nil
	}
	var out []Sibling
	for _, s := range all {
		same := func(o Sibling) bool { return o.Val.Equal(s.Val) }
		if !slices.ContainsFunc(out, same) {
			out = append(out, s)
		}
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

// Keys lists the keys ever written, sorted.
func (r Registers) Keys() []string { return slices.Sorted(maps.Keys(r)) }

// IDs lists the ids standing at key, newest first.
func (r Registers) IDs(key string) []OpID {
	all := r[key].Siblings
	ids := make([]OpID, len(all))
	for i, s := range all {
		ids[i] = s.ID
	}
	return ids
}
