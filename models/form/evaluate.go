package form

import (
	"slices"
	"strconv"

	"passerelle/models/merge"
)

// Evaluate says what a person sees of a form with these answers: which fields show,
// which are required, what is wrong, missing or in conflict, per field, step and whole
// (P5.3, P5.5, P5.7, P13.3). It changes nothing and gives the same result for the same
// arguments. The result points into def.
func Evaluate(def *Definition, regs merge.Registers, env Env) Result {
	e := evaluator{env: env, regs: regs, top: formScope(def, regs, env.Today)}
	e.top.documents = env.Documents
	res := Result{Steps: make([]StepResult, len(def.Steps))}
	for i := range def.Steps {
		st := e.step(&def.Steps[i])
		st.Number = i + 1
		res.Missing += st.Missing
		res.Wrong += st.Wrong
		res.Conflicts += st.Conflicts
		res.MinutesLeft += st.minutesLeft()
		res.Steps[i] = st
	}
	res.Submittable = res.Missing+res.Wrong+res.Conflicts == 0
	return res
}

type evaluator struct {
	env  Env
	regs merge.Registers
	top  *scope
	next int // next slot of the form's scope, in the order of the definition
}

func (e *evaluator) step(step *Step) StepResult {
	out := StepResult{Step: step, Blocks: make([]BlockResult, len(step.Blocks))}
	for i := range step.Blocks {
		block := &step.Blocks[i]
		res := BlockResult{Block: block, Visible: e.top.holds(&block.When)}
		if block.Repeat != nil {
			e.rows(&res)
		} else {
			res.Fields = make([]FieldResult, len(block.Fields))
			for f := range block.Fields {
				res.Fields[f] = e.field(e.top, &e.top.slots[e.next])
				e.next++
			}
			// A block with nothing to show is not shown.
			res.Visible = res.Visible && slices.ContainsFunc(res.Fields, func(f FieldResult) bool { return f.Visible })
		}
		out.count(&res)
		out.Blocks[i] = res
	}
	e.papers(&out)
	out.State = out.state()
	return out
}

func (e *evaluator) rows(res *BlockResult) {
	block := res.Block
	for _, r := range e.regs.Rows(block.ID) {
		res.Rows = append(res.Rows, e.row(block, RowResult{ID: r.ID, Revived: r.Revived}))
	}
	stored := len(res.Rows)
	for _, id := range e.env.Blank[block.ID] {
		res.Rows = append(res.Rows, e.row(block, RowResult{ID: id, Blank: true}))
	}
	if !res.Visible {
		return
	}
	p := Problem{Field: block.ID, Label: block.Title}
	switch {
	case block.Repeat.Max > 0 && stored > block.Repeat.Max:
		p.Key, p.Args = "form.rows.max", []string{strconv.Itoa(block.Repeat.Max)}
		res.Problem = &p
	case stored < block.Repeat.Min:
		p.Key, p.Args = "form.rows.min", []string{strconv.Itoa(block.Repeat.Min)}
		res.Problem = &p
	}
}

func (e *evaluator) row(block *Block, row RowResult) RowResult {
	sc := e.top.row(block, row.ID)
	for i := range sc.slots {
		row.Fields = append(row.Fields, e.field(sc, &sc.slots[i]))
	}
	if row.Blank {
		for i := range row.Fields { // a row that nobody filled asks for nothing
			row.Fields[i].Missing, row.Fields[i].Problems = false, nil
		}
	}
	return row
}

func (e *evaluator) field(sc *scope, s *slot) FieldResult {
	f := s.field
	res := FieldResult{Field: f, Key: sc.prefix + f.ID, Visible: sc.visible(s), Parts: make([]PartResult, len(s.parts))}
	any := false
	res.Filled = len(s.parts) > 0
	for i, p := range s.parts {
		v := e.regs.Current(p.Key)
		res.Parts[i] = PartResult{Part: p, Value: v, Input: InputText(p.Kind, v.First()), Conflict: e.regs.Conflict(p.Key)}
		any = any || !v.Empty() && (p.Main || p.Kind != KindCountry && p.Sub != SameSuffix)
		res.Filled = res.Filled && (!p.Main || !v.Empty())
		if sib := e.regs[p.Key].Siblings; len(sib) > 0 && res.Source == "" {
			res.Source = sib[0].Source()
		}
	}
	if sc.same(s) {
		_, res.Filled = sc.answer(s, f.ID)
	}
	res.Locked = f.locked(e.regs, s.parts)
	res.Required = res.Visible && f.Kind != KindNote && (f.Required || !f.RequiredWhen.Always() && sc.holds(&f.RequiredWhen))
	if f.Kind == KindDocument {
		e.document(&res)
		return res
	}
	if !res.Visible || f.Kind == KindNote {
		return res
	}
	c := checker{env: &e.env, scope: sc, field: f, res: &res}
	switch {
	case sc.same(s):
		return res
	case res.Filled:
		c.filled()
	case any:
		c.partial()
		c.filled()
	case res.Required:
		res.Missing = true
		key := "form.required"
		if f.Kind == KindAck {
			key = "form.ack.required"
		}
		res.Problems = append(res.Problems, Problem{Field: s.parts[0].Key, Key: key, Label: f.Label, Own: f.Missing})
	}
	return res
}

func (st *StepResult) count(b *BlockResult) {
	if !b.Visible {
		return
	}
	switch {
	case b.Problem == nil:
	case b.tooFew(): // nobody has filled them yet: expected, not wrong
		st.Missing++
	default:
		st.Wrong++
	}
	for i := range b.Fields {
		st.countField(&b.Fields[i])
	}
	for r := range b.Rows {
		for i := range b.Rows[r].Fields {
			st.countField(&b.Rows[r].Fields[i])
		}
	}
}

func (st *StepResult) countField(f *FieldResult) {
	if !f.Visible || f.Field.Kind == KindNote {
		return
	}
	if f.Required {
		st.Required++
	}
	switch {
	case f.InConflict():
		st.Conflicts++
	case f.Missing:
		st.Missing++
	case f.Problem() != nil && !f.Problem().Warning:
		st.Wrong++
	}
	if f.Filled || slices.ContainsFunc(f.Parts, func(p PartResult) bool { return !p.Value.Empty() }) {
		st.Filled++
	}
}

func (st *StepResult) state() State {
	switch {
	case st.Wrong+st.Conflicts > 0:
		return Wrong
	case st.Filled == 0 && len(st.Blocks)+len(st.Papers) > 0:
		return Untouched
	case st.Missing > 0:
		return Incomplete
	}
	return Complete
}

// minutesLeft shares the step's time among its required answers.
func (st *StepResult) minutesLeft() int {
	switch {
	case st.State == Untouched || st.Required == 0 && st.Missing > 0:
		return st.Step.Minutes
	case st.Missing == 0:
		return 0
	}
	return max(1, (st.Step.Minutes*st.Missing+st.Required/2)/st.Required)
}
