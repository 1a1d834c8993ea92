package form

import (
	"slices"
	"strconv"
	"strings"

	"passerelle/models/merge"
)

type sight uint8

const (
	unknown sight = iota
	deciding
	shown
	hidden
)

// slot is one field in one place: once for a plain field, once per row for a column.
type slot struct {
	field *Field
	block *Block
	parts []Part
	sight sight
}

// scope is where a condition looks for fields: the form, or a row inside the form.
type scope struct {
	slots  []slot
	byKey  map[string]int // the form's scope only; rows are short and searched
	prefix string         // of the row's keys
	parent *scope
	regs   merge.Registers
	today  Day

	documents map[string]DocumentState // the form's scope only
}

// formScope indexes every field outside repeated blocks.
func formScope(def *Definition, regs merge.Registers, today Day) *scope {
	sc := &scope{regs: regs, today: today, byKey: make(map[string]int, 64), slots: make([]slot, 0, 64)}
	var parts []Part
	for s := range def.Steps {
		for b := range def.Steps[s].Blocks {
			block := &def.Steps[s].Blocks[b]
			if block.Repeat != nil {
				continue
			}
			for f := range block.Fields {
				from := len(parts)
				parts = block.Fields[f].appendParts(parts, "")
				sc.add(slot{field: &block.Fields[f], block: block, parts: slices.Clip(parts[from:])})
			}
		}
	}
	return sc
}

func (sc *scope) add(s slot) {
	i := len(sc.slots)
	sc.slots = append(sc.slots, s)
	sc.byKey[s.field.ID] = i
	for _, p := range s.parts {
		sc.byKey[p.Key] = i
	}
}

// row makes the scope of one row of a repeated block.
func (sc *scope) row(block *Block, id string) *scope {
	r := &scope{regs: sc.regs, today: sc.today, parent: sc, prefix: merge.RowKey(block.ID, id, "")}
	for f := range block.Fields {
		field := &block.Fields[f]
		r.slots = append(r.slots, slot{field: field, block: block, parts: field.Parts(r.prefix)})
	}
	return r
}

// find looks a field or a part up, in the row first.
func (sc *scope) find(id string) (*scope, *slot) {
	if sc.parent == nil {
		if i, ok := sc.byKey[id]; ok {
			return sc, &sc.slots[i]
		}
		return nil, nil
	}
	for i := range sc.slots {
		s := &sc.slots[i]
		if s.field.ID == id || slices.ContainsFunc(s.parts, func(p Part) bool { return p.Key == sc.prefix+id }) {
			return sc, s
		}
	}
	return sc.parent.find(id)
}

// visible decides once per evaluation. A field that its own condition depends on is
// hidden: Check refuses such forms, and an old one must still end.
func (sc *scope) visible(s *slot) bool {
	switch s.sight {
	case shown:
		return true
	case hidden, deciding:
		return false
	}
	s.sight = deciding
	outer := sc
	if sc.parent != nil {
		outer = sc.parent // a repeated block is shown or hidden as a whole
	}
	if outer.holds(&s.block.When) && sc.holds(&s.field.When) {
		s.sight = shown
		return true
	}
	s.sight = hidden
	return false
}

// holds evaluates a condition (P5.3).
func (sc *scope) holds(c *Condition) bool {
	switch {
	case c.Field != "":
		return sc.compare(c)
	case c.Not != nil:
		return !sc.holds(c.Not)
	case len(c.Any) > 0:
		return slices.ContainsFunc(c.Any, func(x Condition) bool { return sc.holds(&x) })
	}
	return !slices.ContainsFunc(c.All, func(x Condition) bool { return !sc.holds(&x) })
}

func (sc *scope) compare(c *Condition) bool {
	in, s := sc.find(c.Field)
	if s == nil || !in.visible(s) {
		return c.Op == OpEmpty
	}
	val, filled := in.answer(s, c.Field)
	switch c.Op {
	case OpFilled:
		return filled
	case OpEmpty:
		return !filled
	}
	if !filled || len(val) == 0 || len(c.Values) == 0 {
		return false
	}
	switch c.Op {
	case OpEq:
		return val[0] == c.Values[0]
	case OpNe:
		return val[0] != c.Values[0]
	case OpIn:
		return slices.Contains(c.Values, val[0])
	case OpNotIn:
		return !slices.Contains(c.Values, val[0])
	case OpContains:
		return !slices.ContainsFunc(c.Values, func(v string) bool { return !slices.Contains(val, v) })
	}
	return in.ordered(s.field.Kind, c.Op, val[0], Bound(c.Values[0]))
}

// answer gives what a condition reads: one part when it names one, else the main part.
func (sc *scope) answer(s *slot, id string) (merge.Value, bool) {
	if s.field.SameAs != "" && id == s.field.ID && sc.same(s) {
		if in, other := sc.find(s.field.SameAs); other != nil && other != s && other.field.SameAs == "" {
			return in.answer(other, s.field.SameAs)
		}
	}
	if s.field.Kind == KindDocument {
		state := sc.documents[s.field.ID]
		state.Needed = max(state.Needed, s.field.Document.Needed())
		return nil, state.Enough()
	}
	for _, p := range s.parts {
		if p.Key == sc.prefix+id {
			v := sc.regs.Current(p.Key)
			return v, !v.Empty()
		}
	}
	filled := len(s.parts) > 0
	var main merge.Value
	for _, p := range s.parts {
		if v := sc.regs.Current(p.Key); p.Main {
			filled = filled && !v.Empty()
			if main == nil {
				main = v
			}
		}
	}
	return main, filled
}

// same tells that the box "identique" of a field is ticked.
func (sc *scope) same(s *slot) bool {
	return s.field.SameAs != "" && !sc.regs.Current(sc.prefix+s.field.ID+SameSuffix).Empty()
}

func (sc *scope) ordered(k Kind, op Op, val string, b Bound) bool {
	var c int
	switch k {
	case KindNumber:
		n, err := strconv.ParseFloat(val, 64)
		limit, ok := b.Number(sc.today)
		if err != nil || !ok {
			return false
		}
		c = compareFloats(n, limit)
	case KindDate, KindMonth:
		if k == KindMonth {
			val += "-01"
		}
		d, ok := ISODay(val)
		limit, okLimit := b.Day(sc.today)
		if !ok || !okLimit {
			return false
		}
		if k == KindMonth {
			limit = startOfMonth(limit)
		}
		c = int(d) - int(limit)
	default:
		return false
	}
	switch op {
	case OpLt:
		return c < 0
	case OpLe:
		return c <= 0
	case OpGt:
		return c > 0
	}
	return op == OpGe && c >= 0
}

func startOfMonth(d Day) Day {
	y, m, _ := d.Date()
	return Civil(y, m, 1)
}

func compareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// baseOf gives the field id of a reference to a part.
func baseOf(id string) string {
	id, _, _ = strings.Cut(id, ".")
	return strings.TrimSuffix(id, SameSuffix)
}
