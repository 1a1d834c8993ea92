package form

import (
	"maps"
	"slices"
	"strings"

	"passerelle/models/merge"
)

// Names of the inputs that drive a save and are no answers. Every other name that
// begins with "_" is ignored.
const (
	NameContext = "_ctx"    // merge.Context of what the page showed, see Keys
	NamePresent = "_p"      // one per input that a browser leaves out when unticked or unselected
	NameAdd     = "_add"    // id of the repeated block that gets a blank row
	NameRemove  = "_remove" // `group/row` to delete
	NameKeep    = "_keep"   // `key=opid`: the value kept in a conflict
)

// Saved is what one posted step changes.
type Saved struct {
	Parsed
	Ops   []merge.Op
	Blank map[string][]string // rows posted or asked for that hold nothing yet, for Env.Blank
	Stale bool                // the page's context was missing or unreadable in part: conflicts may show
}

// Save turns one posted step into operations (P5.5, P13.3). It changes nothing: the
// caller applies Ops to the stored registers in its transaction. regs are those of
// that same transaction.
func Save(step *Step, regs merge.Registers, posted map[string][]string, by *merge.Author) Saved {
	seen, err := merge.ParseContext(last(posted[NameContext]))
	s := saver{step: step, regs: regs, seen: seen, by: by}
	s.out = Saved{Parsed: Parse(step, posted), Stale: err != nil || len(posted[NameContext]) == 0}
	removed := s.removals(posted[NameRemove])
	for _, choice := range posted[NameKeep] {
		s.keep(choice)
	}
	answers := maps.Clone(s.out.Values)
	maps.DeleteFunc(answers, func(key string, _ merge.Value) bool {
		group, row, _, ok := merge.SplitRow(key)
		return ok && removed[group+"/"+row] || s.settled[key] || s.locked(key)
	})
	s.out.Ops = append(s.out.Ops, merge.Diff(regs, answers, seen, by)...)
	s.blanks(posted[NameAdd], removed)
	return s.out
}

type saver struct {
	step    *Step
	regs    merge.Registers
	seen    merge.Context
	by      *merge.Author
	settled map[string]bool
	out     Saved
}

func (s *saver) removals(rows []string) map[string]bool {
	removed := map[string]bool{}
	for _, name := range rows {
		group, row, ok := strings.Cut(name, "/")
		if !ok || !validRow(row) || s.repeated(group) == nil || removed[name] {
			continue
		}
		removed[name] = true
		if s.stored(group, row) {
			s.out.Ops = append(s.out.Ops, merge.RemoveRow(s.regs, group, row, s.seen, s.by))
		}
	}
	return removed
}

func (s *saver) stored(group, row string) bool {
	return slices.ContainsFunc(s.regs.Rows(group), func(r merge.Row) bool { return r.ID == row })
}

func (s *saver) repeated(group string) *Block {
	for b := range s.step.Blocks {
		if block := &s.step.Blocks[b]; block.ID == group && block.Repeat != nil {
			return block
		}
	}
	return nil
}

// keep settles a conflict by one of its values (P17.4). The other parts of the same
// field follow when they were written together: a name never stays with another
// employer's number.
func (s *saver) keep(choice string) {
	key, id, ok := strings.Cut(choice, "=")
	p := parser{step: s.step, rows: map[string]bool{}}
	f, part, known := p.find(key)
	if !ok || !known {
		return
	}
	chosen, ok := standing(s.regs[key], func(o merge.Op) bool { return string(o.ID) == id })
	if !ok {
		return
	}
	prefix := strings.TrimSuffix(key, part.Key)
	for _, other := range f.Parts(prefix) {
		pick, ok := chosen, other.Key == key
		if !ok && s.regs.Conflict(other.Key) != nil {
			pick, ok = standing(s.regs[other.Key], func(o merge.Op) bool {
				return o.At == chosen.At && o.Dev == chosen.Dev && o.Actor == chosen.Actor
			})
		}
		if ok {
			s.settle(other.Key, pick.Val)
		}
	}
}

func (s *saver) settle(key string, val merge.Value) {
	seen := s.seen[key].IDs
	if len(seen) == 0 {
		seen = s.regs.IDs(key)
	}
	s.out.Ops = append(s.out.Ops, merge.Resolve(s.regs, key, val, seen, s.by))
	if s.settled == nil {
		s.settled = map[string]bool{}
	}
	s.settled[key] = true
}

func standing(reg merge.Register, is func(merge.Op) bool) (merge.Op, bool) {
	if i := slices.IndexFunc(reg.Siblings, is); i >= 0 {
		return reg.Siblings[i], true
	}
	return merge.Op{}, false
}

// locked refuses what is posted to an answer that a registry keeps (P1.12): the page
// shows it read-only, and a hand-made post changes nothing.
func (s *saver) locked(key string) bool {
	p := parser{step: s.step, rows: map[string]bool{}}
	f, part, known := p.find(key)
	return known && f.locked(s.regs, f.Parts(strings.TrimSuffix(key, part.Key)))
}

// blanks lists the rows that the page must show again though nothing is stored in them.
func (s *saver) blanks(add []string, removed map[string]bool) {
	after := s.regs.Clone()
	after.ApplyAll(s.out.Ops)
	shown := map[string]bool{}
	s.out.Blank = map[string][]string{}
	for _, key := range slices.Sorted(maps.Keys(s.out.Values)) {
		group, row, _, ok := merge.SplitRow(key)
		name := group + "/" + row
		if !ok || shown[name] || removed[name] {
			continue
		}
		shown[name] = true
		if !slices.ContainsFunc(after.Rows(group), func(r merge.Row) bool { return r.ID == row }) {
			s.out.Blank[group] = append(s.out.Blank[group], row)
		}
	}
	for _, group := range add {
		if s.repeated(group) != nil {
			s.out.Blank[group] = append(s.out.Blank[group], string(s.by.Mint()))
		}
	}
}

func last(v []string) string {
	if len(v) == 0 {
		return ""
	}
	return v[len(v)-1]
}
