package form

import (
	"slices"
	"strings"
)

// circles finds conditions that depend on themselves.
func (l *linter) circles() {
	const busy, done = 1, 2
	state := map[string]int{}
	var visit func(id string, trail []string)
	visit = func(id string, trail []string) {
		switch state[id] {
		case done:
			return
		case busy:
			at := max(slices.Index(trail, id), 0)
			l.say(id, "form.defect.circle", strings.Join(append(slices.Clone(trail[at:]), id), " → "))
			return
		}
		state[id] = busy
		for _, dep := range l.needs(id) {
			visit(dep, append(trail, id))
		}
		state[id] = done
	}
	eachField(l.def, func(_ *Block, f *Field) { visit(f.ID, nil) })
}

// needs lists the fields that decide whether a field is shown.
func (l *linter) needs(id string) []string {
	var out []string
	eachField(l.def, func(b *Block, f *Field) {
		if f.ID != id {
			return
		}
		add := func(ref string) {
			if to := l.reach(ref, b); to != nil {
				out = append(out, to.ID)
			}
		}
		b.When.Fields(add)
		f.When.Fields(add)
	})
	return out
}

// dead finds blocks and fields that no answer can ever show: along the chain of
// conditions, one choice would need two answers at once.
func (l *linter) dead() {
	eachField(l.def, func(b *Block, f *Field) {
		need := wishes{}
		if !l.wish(need, b, f, map[string]bool{}) {
			l.say(f.ID, "form.defect.dead")
		}
	})
}

// wishes holds the answers still possible for each single-valued field.
type wishes map[string][]string

// wish adds what must hold for f to be shown; false when nothing is left.
func (l *linter) wish(need wishes, b *Block, f *Field, seen map[string]bool) bool {
	if seen[f.ID] {
		return true
	}
	seen[f.ID] = true
	return l.demand(need, b, &b.When, seen) && l.demand(need, b, &f.When, seen)
}

func (l *linter) demand(need wishes, b *Block, c *Condition, seen map[string]bool) bool {
	for i := range c.All {
		if !l.demand(need, b, &c.All[i], seen) {
			return false
		}
	}
	if len(c.Any) > 0 {
		return l.anyOf(need, b, c.Any, seen)
	}
	if c.Not != nil || c.Field == "" {
		return true // a refusal alone never empties a set that we could list
	}
	return l.atom(need, b, c, seen)
}

// anyOf holds when one branch is possible with what is already needed.
func (l *linter) anyOf(need wishes, b *Block, branches []Condition, seen map[string]bool) bool {
	return slices.ContainsFunc(branches, func(c Condition) bool {
		trial, been := wishes{}, map[string]bool{}
		for k, v := range need {
			trial[k] = v
		}
		for k := range seen {
			been[k] = true
		}
		return l.demand(trial, b, &c, been)
	})
}

func (l *linter) atom(need wishes, b *Block, c *Condition, seen map[string]bool) bool {
	f := l.reach(c.Field, b)
	if f == nil || c.Op == OpEmpty {
		return true
	}
	left, known := need[c.Field]
	switch {
	case c.Op == OpEq || c.Op == OpIn:
		if !known {
			left = c.Values
		}
		left = slices.DeleteFunc(slices.Clone(left), func(v string) bool { return !slices.Contains(c.Values, v) })
	case c.Op == OpNe || c.Op == OpNotIn:
		if !known {
			left = all(f)
		}
		if left == nil {
			break
		}
		left = slices.DeleteFunc(slices.Clone(left), func(v string) bool { return slices.Contains(c.Values, v) })
	default:
		left = need[c.Field]
	}
	if left != nil {
		if len(left) == 0 {
			return false
		}
		need[c.Field] = left
	}
	var home *Block
	eachField(l.def, func(in *Block, g *Field) {
		if g == f {
			home = in
		}
	})
	return l.wish(need, home, f, seen)
}

// all lists every answer of a field that has a closed list, nil for the others.
func all(f *Field) []string {
	switch f.Kind {
	case KindChoice:
		var out []string
		for _, o := range f.Options {
			out = append(out, o.Value)
		}
		return out
	case KindYesNo:
		return []string{Yes, No}
	}
	return nil
}
