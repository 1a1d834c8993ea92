package applications

import (
	"context"

	"passerelle/models/form"
)

// group is a run of questions shown for the same reason.
type group struct {
	id        string
	why       string
	because   bool // a condition shows them
	questions []question
}

// groups cuts a block where the condition of its questions changes, so that
// each run stands under one « Parce que… ».
func (p StepPage) groups(ctx context.Context, b *form.BlockResult) []group {
	var out []group
	reads := p.depends()
	for i := range b.Fields {
		f := &b.Fields[i]
		if !f.Visible {
			continue
		}
		because := !f.Field.When.Always()
		why := f.Field.Why.In(p.lang(ctx))
		if n := len(out); n == 0 || out[n-1].because != because || because && why != "" && why != out[n-1].why {
			out = append(out, group{id: f.Field.ID + "-si", why: why, because: because})
		}
		out[len(out)-1].questions = append(out[len(out)-1].questions, question{StepPage: p, FieldResult: f, reads: reads})
	}
	return out
}

// asks tells that other questions depend on the block's answers, so that it
// needs « Actualiser les questions » without a script (P18.13).
func (p StepPage) asks(b *form.BlockResult) bool {
	reads := p.depends()
	for i := range b.Fields {
		f := &b.Fields[i]
		if f.Visible && (reads[f.Field.ID] || f.Field.SameAs != "") {
			return true
		}
		for _, part := range f.Parts {
			if f.Visible && reads[part.Key] {
				return true
			}
		}
	}
	return false
}
