package merge

import (
	"maps"
	"slices"
)

// Diff turns posted values into operations. An operation is made only where the
// posted value differs from the one that the page showed, as named by seen: a stale
// page writes nothing for the fields it did not touch, whatever happened to them
// since (P13.3). A key absent from posted is left alone; an unticked box is present
// with an empty Value. A key absent from seen is compared with what stands now, and
// a blank there is no answer.
func Diff(r Registers, posted map[string]Value, seen Context, by *Author) []Op {
	var ops []Op
	for _, key := range slices.Sorted(maps.Keys(posted)) {
		val := posted[key]
		was, known := seen[key]
		if !known && (val.Empty() || val.Equal(r.Current(key))) {
			continue
		}
		if known && was.Sum == Sum(val) {
			continue
		}
		by.above(r[key])
		ops = append(ops, by.Write(key, val, was.IDs))
	}
	return ops
}

// Resolve settles a conflict: chosen replaces the values in seen, and only those, so
// that a third value written meanwhile stays (Garder celle-ci, P17.4).
func Resolve(r Registers, key string, chosen Value, seen []OpID, by *Author) Op {
	by.above(r[key])
	return by.Write(key, chosen, seen)
}
