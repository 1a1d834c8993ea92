package form

import (
	"slices"

	"passerelle/models/merge"
)

// Migrated is a draft moved to another version of its form (P5.1).
type Migrated struct {
	Registers merge.Registers // ids of operations unchanged
	Moved     []string        // keys written under a new id
	Orphans   []string        // keys that the new version does not ask: kept, no longer submitted
	Flagged   []string        // answers that name an option no longer offered: kept, told by Evaluate
}

// Migrate moves a draft field by field. Nothing is dropped: an answer whose question
// is gone stays in the registers as an orphan. A field takes the answer of the same
// id, or of its Was, when the kind is the same.
func Migrate(old, now *Definition, regs merge.Registers) Migrated {
	m := Migrated{Registers: make(merge.Registers, len(regs))}
	for _, key := range regs.Keys() {
		to, ok := MapKey(old, now, key)
		switch {
		case !ok:
			to = key
			m.Orphans = append(m.Orphans, key)
		case to != key:
			m.Moved = append(m.Moved, to)
		}
		m.Registers[to] = join(m.Registers[to], rename(regs[key], to))
		if f := fieldOf(now, to); ok && f != nil && !offered(f, regs.Current(key)) {
			m.Flagged = append(m.Flagged, to)
		}
	}
	return m
}

// MapKey gives the key of an answer in the new version; ok is false when the new
// version does not ask for it. Late operations of an older version go through it too.
func MapKey(old, now *Definition, key string) (string, bool) {
	group, row, rest, inRow := merge.SplitRow(key)
	if !inRow {
		rest = key
	} else if rest == merge.Del || rest == merge.Pos {
		return key, repeats(now, group)
	}
	was := locate(old, group, rest)
	if was == nil {
		return key, false
	}
	target := successor(now, group, was)
	if target == nil {
		return key, false
	}
	sub := rest[len(was.ID):]
	if !slices.ContainsFunc(target.Parts(""), func(p Part) bool { return p.Key == target.ID+sub }) {
		return key, false
	}
	if inRow {
		return merge.RowKey(group, row, target.ID+sub), true
	}
	return target.ID + sub, true
}

// successor finds the field that takes over an answer, in the same group.
func successor(now *Definition, group string, was *Field) *Field {
	var found *Field
	eachField(now, func(b *Block, f *Field) {
		if blockGroup(b) != group || f.Kind != was.Kind {
			return
		}
		if f.Was == was.ID || f.ID == was.ID && found == nil {
			found = f
		}
	})
	return found
}

func locate(def *Definition, group, rest string) *Field {
	var found *Field
	eachField(def, func(b *Block, f *Field) {
		if blockGroup(b) == group && slices.ContainsFunc(f.Parts(""), func(p Part) bool { return p.Key == rest }) {
			found = f
		}
	})
	return found
}

func fieldOf(def *Definition, key string) *Field {
	group, _, rest, inRow := merge.SplitRow(key)
	if !inRow {
		rest = key
	}
	return locate(def, group, rest)
}

func offered(f *Field, v merge.Value) bool {
	if f.Kind != KindChoice && f.Kind != KindChoices {
		return true
	}
	return !slices.ContainsFunc(v, func(s string) bool { _, ok := f.Option(s); return !ok })
}

func repeats(def *Definition, group string) bool {
	found := false
	eachField(def, func(b *Block, _ *Field) { found = found || group != "" && blockGroup(b) == group })
	return found
}

// blockGroup is the row group of a block, "" when it is not repeated.
func blockGroup(b *Block) string {
	if b.Repeat == nil {
		return ""
	}
	return b.ID
}

func eachField(def *Definition, visit func(*Block, *Field)) {
	for s := range def.Steps {
		for b := range def.Steps[s].Blocks {
			block := &def.Steps[s].Blocks[b]
			for f := range block.Fields {
				visit(block, &block.Fields[f])
			}
		}
	}
}

// join keeps the answers of two keys that end under one: they show as a conflict.
func join(a, b merge.Register) merge.Register {
	if len(a.Siblings)+len(a.Gone) == 0 {
		return b
	}
	r := merge.Registers{}
	for _, op := range slices.Concat(a.Siblings, b.Siblings) {
		op.Ctx = nil
		r.Apply(op)
		b.Siblings = r[op.Key].Siblings
	}
	b.Gone = slices.Concat(a.Gone, b.Gone)
	slices.Sort(b.Gone)
	return b
}

func rename(reg merge.Register, key string) merge.Register {
	out := merge.Register{Gone: reg.Gone, Siblings: slices.Clone(reg.Siblings)}
	for i := range out.Siblings {
		out.Siblings[i].Key = key
	}
	return out
}
