package merge

import (
	"slices"
	"strings"
)

// Reserved last parts of a row's keys.
const (
	Del = "$del" // a deletion: hides the row while it covers every value of it
	Pos = "$pos" // place among the rows, see Between
)

// Row is one line of a repeated group (ligne).
type Row struct {
	ID      string
	Revived bool // someone deleted it while someone else wrote in it: the writing wins, and is told
}

// RowKey builds `group/row/field`.
func RowKey(group, row, field string) string { return group + "/" + row + "/" + field }

// SplitRow takes a row key apart; ok is false for a plain field.
func SplitRow(key string) (group, row, field string, ok bool) {
	group, rest, ok := strings.Cut(key, "/")
	if !ok {
		return "", "", "", false
	}
	row, field, ok = strings.Cut(rest, "/")
	return group, row, field, ok && group != "" && row != "" && field != ""
}

type rowState struct {
	place   string
	values  []OpID
	covered []OpID
	dels    int
	kept    bool // a standing sibling of $del says "not deleted"
}

// Rows lists the visible rows of a group by place, then by id (creation order for
// UUIDv7 row ids). A row is hidden only when deletions cover every value standing in
// it; a concurrent edit revives it.
func (r Registers) Rows(group string) []Row {
	states := map[string]*rowState{}
	prefix := group + "/"
	for key, reg := range r {
		if !strings.HasPrefix(key, prefix) || len(reg.Siblings) == 0 {
			continue
		}
		if _, row, field, ok := SplitRow(key); ok {
			st := states[row]
			if st == nil {
				st = &rowState{place: row}
				states[row] = st
			}
			st.add(field, reg)
		}
	}
	return orderRows(states)
}

func (st *rowState) add(field string, reg Register) {
	switch field {
	case Pos:
		if p := reg.Siblings[0].Val.First(); p != "" {
			st.place = p
		}
	case Del:
		for _, s := range reg.Siblings {
			st.covered = append(st.covered, s.Ctx...)
			st.kept = st.kept || s.Val.Empty()
			st.dels++
		}
	default:
		for _, s := range reg.Siblings {
			st.values = append(st.values, s.ID)
		}
	}
}

func (st *rowState) hidden() bool {
	if len(st.values) == 0 || st.dels == 0 || st.kept {
		return len(st.values) == 0
	}
	return !slices.ContainsFunc(st.values, func(id OpID) bool { return !slices.Contains(st.covered, id) })
}

func orderRows(states map[string]*rowState) []Row {
	var out []Row
	for id, st := range states {
		if !st.hidden() {
			out = append(out, Row{ID: id, Revived: st.dels > 0 && !st.kept})
		}
	}
	slices.SortFunc(out, func(a, b Row) int {
		if c := strings.Compare(states[a.ID].place, states[b.ID].place); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

// RemoveRow deletes a row as its author saw it: the context names every value of the
// row in seen, so that what another device wrote meanwhile brings the row back.
func RemoveRow(r Registers, group, row string, seen Context, by *Author) Op {
	key := RowKey(group, row, Del)
	prefix := group + "/" + row + "/"
	ctx := r.IDs(key)
	for _, s := range r[key].Siblings {
		ctx = append(ctx, s.Ctx...) // keep covering what an earlier deletion covered
	}
	for k, s := range seen {
		if strings.HasPrefix(k, prefix) {
			ctx = append(ctx, s.IDs...)
		}
	}
	slices.Sort(ctx)
	by.above(r[key])
	return by.Write(key, Value{"1"}, slices.Compact(ctx))
}

// placeDigits are the characters of places in increasing order; row ids use them too.
const placeDigits = "-0123456789abcdefghijklmnopqrstuvwxyz"

// Between returns a place strictly between lo and hi; "" is the open end. When the two
// leave no room (equal or reversed) it returns a place just after lo.
func Between(lo, hi string) string {
	if hi != "" && lo >= hi {
		hi = ""
	}
	var b strings.Builder
	for i := 0; ; i++ {
		l, h := 0, len(placeDigits)
		if i < len(lo) {
			l = max(strings.IndexByte(placeDigits, lo[i]), 0)
		}
		if hi != "" && i < len(hi) {
			h = max(strings.IndexByte(placeDigits, hi[i]), 0)
		}
		if mid := (l + h) / 2; mid > l {
			b.WriteByte(placeDigits[mid])
			return b.String()
		}
		b.WriteByte(placeDigits[l])
		if l < h {
			hi = "" // already below hi: any continuation stays below
		}
	}
}
