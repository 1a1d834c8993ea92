package form

import (
	"maps"
	"slices"
	"strings"

	"passerelle/models/merge"
)

// Snapshot is what was submitted (transmission): the answers shown at that moment, in
// order, with the words of that version of the form. It never changes afterwards and
// reads without the definition.
type Snapshot struct {
	Form    string   `json:"form"`
	Version int      `json:"version"`
	Answers []Answer `json:"answers"`
}

// Answer is one visible question with its answer, if any.
type Answer struct {
	Step    string              `json:"step"`
	Block   string              `json:"block"`
	Heading Text                `json:"heading"` // of the block
	Row     string              `json:"row,omitempty"`
	RowNo   int                 `json:"row_no,omitempty"`  // from 1
	RowName Text                `json:"row_name,omitzero"` // of each row: « Formation »
	Field   string              `json:"field"`
	Kind    Kind                `json:"kind"`
	Label   Text                `json:"label"`
	Values  map[string][]string `json:"values,omitempty"` // stored values by part ("" for a simple field); ids of the documents of a piece
	Shown   Text                `json:"shown,omitzero"`   // as people read it; lines separated by \n
	Private bool                `json:"private,omitempty"`
}

// Snap takes the submitted answers. Answers hidden by a condition are left out (P5.3);
// "identique" is replaced by the answer it repeats; names of towns take their official
// writing. Blank rows are left out.
func Snap(def *Definition, res *Result, env Env) Snapshot {
	out := Snapshot{Form: def.Key, Version: def.Version}
	for s := range res.Steps {
		step := &res.Steps[s]
		for b := range step.Blocks {
			block := &step.Blocks[b]
			if !block.Visible {
				continue
			}
			base := Answer{Step: step.Step.ID, Block: block.Block.ID, Heading: block.Block.Title}
			out.add(base, block.Fields, res, env)
			for r, row := range block.Rows {
				if row.Blank {
					continue
				}
				base.Row, base.RowNo, base.RowName = row.ID, r+1, block.Block.Repeat.Row
				out.add(base, row.Fields, res, env)
			}
		}
	}
	return out
}

func (sn *Snapshot) add(base Answer, fields []FieldResult, res *Result, env Env) {
	for i := range fields {
		f := &fields[i]
		if !f.Visible || f.Field.Kind == KindNote {
			continue
		}
		eff := res.effective(f, env.Lookups)
		a := base
		a.Field, a.Kind, a.Label, a.Private = f.Field.ID, f.Field.Kind, f.Field.Label, f.Field.Private
		a.Values = map[string][]string{}
		if d := f.Document; d != nil && len(d.IDs) > 0 {
			a.Values[""] = slices.Clone(d.IDs)
		}
		for p := range eff.Parts {
			if part := &eff.Parts[p]; part.Sub != SameSuffix && !part.Value.Empty() {
				a.Values[part.Sub] = slices.Clone(part.Value)
			}
		}
		a.Shown = Text{FR: strings.Join(eff.Show("fr"), "\n"), EN: strings.Join(eff.Show("en"), "\n")}
		sn.Answers = append(sn.Answers, a)
	}
}

// effective is the field as submitted.
func (r *Result) effective(f *FieldResult, l Lookups) *FieldResult {
	out := *f
	out.Parts = slices.Clone(f.Parts)
	if f.Same() {
		var v merge.Value
		if other := r.Field(f.Field.SameAs); other != nil && other.Visible {
			v = other.Value()
		}
		out.Parts[0].Value = v
	}
	if f.Field.Kind == KindCity {
		officialTown(l, &out)
	}
	return &out
}

// Value returns the stored value of a plain field ("manager_email") or part
// ("employer.name"), "" when not submitted.
func (sn Snapshot) Value(id string) string {
	field, sub, _ := strings.Cut(id, ".")
	if a := sn.find(field); a != nil {
		return merge.Value(a.Values[sub]).First()
	}
	return ""
}

// Shown returns an answer as people read it, "" when not submitted.
func (sn Snapshot) Shown(field, lang string) string {
	if a := sn.find(field); a != nil {
		return a.Shown.In(lang)
	}
	return ""
}

func (sn Snapshot) find(field string) *Answer {
	i := slices.IndexFunc(sn.Answers, func(a Answer) bool { return a.Field == field && a.Row == "" })
	if i < 0 {
		return nil
	}
	return &sn.Answers[i]
}

// ForManager leaves out what the line manager never sees (P18.2).
func (sn Snapshot) ForManager() Snapshot {
	out := sn
	out.Answers = slices.DeleteFunc(slices.Clone(sn.Answers), func(a Answer) bool { return a.Private })
	return out
}

// Equal tells whether two submissions hold the same answers.
func (sn Snapshot) Equal(o Snapshot) bool {
	return sn.Form == o.Form && sn.Version == o.Version && slices.EqualFunc(sn.Answers, o.Answers, func(a, b Answer) bool {
		return a.Field == b.Field && a.Row == b.Row &&
			maps.EqualFunc(a.Values, b.Values, func(x, y []string) bool { return slices.Equal(x, y) })
	})
}
