package form

import "passerelle/models/merge"

// Problem is the one to show at the field, or nil.
func (f *FieldResult) Problem() *Problem {
	if len(f.Problems) == 0 {
		return nil
	}
	return &f.Problems[0]
}

// InConflict tells that one of the field's inputs has two values (P17.4).
func (f *FieldResult) InConflict() bool {
	for i := range f.Parts {
		if f.Parts[i].Conflict != nil {
			return true
		}
	}
	return false
}

// Value is the stored answer of the field's first input.
func (f *FieldResult) Value() merge.Value {
	if len(f.Parts) == 0 {
		return nil
	}
	return f.Parts[0].Value
}

// Part returns an input by its own name ("" for a simple field's), or nil.
func (f *FieldResult) Part(sub string) *PartResult {
	for i := range f.Parts {
		if f.Parts[i].Sub == sub {
			return &f.Parts[i]
		}
	}
	return nil
}

// tooFew tells that rows are still expected.
func (b *BlockResult) tooFew() bool { return b.Problem != nil && b.Problem.Key == "form.rows.min" }

// Same tells that the box "identique" is ticked.
func (f *FieldResult) Same() bool {
	p := f.Part(SameSuffix)
	return p != nil && !p.Value.Empty()
}

// Each visits the fields of a step that a person sees, rows included.
func (st *StepResult) Each(visit func(*BlockResult, *FieldResult)) {
	for b := range st.Blocks {
		block := &st.Blocks[b]
		if !block.Visible {
			continue
		}
		for f := range block.Fields {
			if block.Fields[f].Visible {
				visit(block, &block.Fields[f])
			}
		}
		for r := range block.Rows {
			fields := block.Rows[r].Fields
			for f := range fields {
				if fields[f].Visible {
					visit(block, &fields[f])
				}
			}
		}
	}
}

// Keys lists the inputs that the step shows, for the page's context: the hidden input
// NameContext holds regs.See(st.Keys()...).String(). A stored row adds the key of its
// deletion, so that a row deleted elsewhere counts as a change of what was shown.
func (st *StepResult) Keys() []string {
	var keys []string
	for i := range st.Blocks {
		b := &st.Blocks[i]
		for _, row := range b.Rows {
			if b.Visible && !row.Blank {
				keys = append(keys, merge.RowKey(b.Block.ID, row.ID, merge.Del))
			}
		}
	}
	st.Each(func(_ *BlockResult, f *FieldResult) {
		for i := range f.Parts {
			keys = append(keys, f.Parts[i].Key)
		}
	})
	return keys
}

// Keys lists the inputs of the whole form that are shown: submission compares what
// the recapitulation showed for each (P5.6).
func (r *Result) Keys() []string {
	var keys []string
	for i := range r.Steps {
		keys = append(keys, r.Steps[i].Keys()...)
	}
	return keys
}

// Problems lists what the summary at the top of the step links to, one per field, in
// the order of the page (P5.7): conflicts and wrong answers, and with missing the
// required answers not given. Warnings are not in it.
func (st *StepResult) Problems(missing bool) []Problem {
	var out []Problem
	var seen *BlockResult
	st.Each(func(b *BlockResult, f *FieldResult) {
		if b != seen && b.Problem != nil && (missing || !b.tooFew()) {
			out = append(out, *b.Problem)
		}
		seen = b
		if p := f.summary(missing); p != nil {
			out = append(out, *p)
		}
	})
	for i := range st.Papers {
		if p := st.Papers[i].Problem; p != nil && missing {
			out = append(out, *p)
		}
	}
	for i := range st.Blocks { // a repeated block without any row has no field to visit
		if b := &st.Blocks[i]; b.Visible && b.Problem != nil && len(b.Rows) == 0 && (missing || !b.tooFew()) {
			out = append(out, *b.Problem)
		}
	}
	return out
}

func (f *FieldResult) summary(missing bool) *Problem {
	for i := range f.Parts {
		if f.Parts[i].Conflict != nil {
			return &Problem{Field: f.Parts[i].Key, Key: "form.conflict", Label: f.Field.Label}
		}
	}
	p := f.Problem()
	if p == nil || p.Warning || f.Missing && !missing {
		return nil
	}
	return p
}

// Field returns a plain field's result by id, or nil.
func (r *Result) Field(id string) *FieldResult {
	for s := range r.Steps {
		for b := range r.Steps[s].Blocks {
			fields := r.Steps[s].Blocks[b].Fields
			for f := range fields {
				if fields[f].Field.ID == id {
					return &fields[f]
				}
			}
		}
	}
	return nil
}
