package form

import (
	"strconv"

	"passerelle/models/merge"
)

// RecapBlock is one block of the recapitulation (récapitulatif, P5.6), with the step
// where it is changed.
type RecapBlock struct {
	Step  int    // number, from 1
	Block *Block // nil for the list of pieces
	Title string
	Rows  []RecapRow
}

// Anchor is the end of the ids of the block in a page.
func (rb RecapBlock) Anchor() string {
	if rb.Block == nil {
		return "pieces"
	}
	return rb.Block.ID
}

// RecapRow is one question and its answer, or a row of a repeated block.
type RecapRow struct {
	Key      string // input to send the person to
	Label    string
	Lines    []string // empty: not answered
	Same     bool     // the box "identique" is ticked; Lines is then the repeated answer
	Required bool
	Missing  bool
	Problem  *Problem
	Conflict bool
	Source   string
	Document *DocumentState // of a piece
}

// Recap lists what will be submitted, in lang, and what stands in its way. Steps that
// show the recapitulation are left out.
func Recap(res *Result, env Env, lang string) []RecapBlock {
	var out []RecapBlock
	for s := range res.Steps {
		step := &res.Steps[s]
		if step.Step.Recap {
			continue
		}
		if rb, ok := recapPapers(step, lang); ok {
			out = append(out, rb)
		}
		for b := range step.Blocks {
			if block := &step.Blocks[b]; block.Visible {
				rb := RecapBlock{Step: step.Number, Block: block.Block, Title: block.Block.Title.In(lang)}
				rb.add(res, block, env, lang)
				if len(rb.Rows) > 0 || block.Block.Repeat != nil { // an empty table keeps its way in
					out = append(out, rb)
				}
			}
		}
	}
	return out
}

func (rb *RecapBlock) add(res *Result, block *BlockResult, env Env, lang string) {
	for i := range block.Fields {
		f := &block.Fields[i]
		if !f.Visible || f.Field.Kind == KindNote || f.Key == "" {
			continue
		}
		row := recapRow(f, lang)
		row.Lines = res.effective(f, env.Lookups).Show(lang)
		row.Same = f.Same()
		rb.Rows = append(rb.Rows, row)
	}
	for i := range block.Rows {
		if r := &block.Rows[i]; !r.Blank {
			row := recapLine(res, block, r, env, lang)
			row.Label += " " + strconv.Itoa(i+1)
			rb.Rows = append(rb.Rows, row)
		}
	}
	if block.Problem != nil && len(block.Rows) == 0 {
		rb.Rows = append(rb.Rows, RecapRow{Key: block.Block.ID, Label: block.Block.Repeat.Row.In(lang), Problem: block.Problem, Missing: block.tooFew()})
	}
}

func recapRow(f *FieldResult, lang string) RecapRow {
	row := RecapRow{Key: f.Key, Label: f.Field.Label.In(lang), Required: f.Required, Missing: f.Missing,
		Problem: f.Problem(), Conflict: f.InConflict(), Source: f.Source, Document: f.Document}
	if f.Document != nil {
		row.Key = PaperPrefix + f.Key
	}
	if len(f.Parts) > 0 {
		row.Key = f.Parts[0].Key
	}
	return row
}

// recapPapers lists the pieces that the dossier asks for.
func recapPapers(step *StepResult, lang string) (RecapBlock, bool) {
	rb := RecapBlock{Step: step.Number, Title: step.Step.Title.In(lang)}
	for i := range step.Papers {
		p := &step.Papers[i]
		rb.Rows = append(rb.Rows, RecapRow{Key: PaperPrefix + p.Key, Label: p.Title.In(lang), Lines: p.State.Names, Required: p.Required,
			Missing: p.Problem != nil, Problem: p.Problem, Document: &p.State})
	}
	return rb, len(rb.Rows) > 0
}

// recapLine joins the columns of one row: "2024", "Accueil du public", "CNFPT".
func recapLine(res *Result, block *BlockResult, r *RowResult, env Env, lang string) RecapRow {
	row := RecapRow{Key: merge.RowKey(block.Block.ID, r.ID, ""), Label: block.Block.Repeat.Row.In(lang)}
	for i := range r.Fields {
		f := &r.Fields[i]
		if !f.Visible {
			continue
		}
		row.Lines = append(row.Lines, named(f, i, res.effective(f, env.Lookups).Show(lang), lang)...)
		row.Missing = row.Missing || f.Missing
		row.Conflict = row.Conflict || f.InConflict()
		if p := f.Problem(); row.Problem == nil && p != nil {
			row.Problem, row.Key = p, p.Field
		}
		if i == 0 && row.Problem == nil && len(f.Parts) > 0 {
			row.Key = f.Parts[0].Key
		}
	}
	return row
}

// named puts its question before a figure that follows others in a row: alone it would
// say nothing.
func named(f *FieldResult, at int, lines []string, lang string) []string {
	if f.Field.Kind != KindNumber || at == 0 {
		return lines
	}
	sep := "\u00a0: "
	if lang == "en" {
		sep = ": "
	}
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = f.Field.Label.In(lang) + sep + line
	}
	return out
}
