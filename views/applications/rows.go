package applications

import (
	"context"
	"strconv"

	"passerelle/models/form"
	"passerelle/views/hx"
	"passerelle/views/ui"
)

// again posts the page and takes the form back, without leaving the page.
func (p StepPage) again() map[string]any {
	return hx.Post(p.address(), hx.Target(FormID), hx.NoValidate(), hx.Queue(FormID))
}

// rows draws a repeated block as a table edited line by line (P5.2).
func (p StepPage) rows(ctx context.Context, b *form.BlockResult) ui.Rows {
	lang, r := p.lang(ctx), b.Block.Repeat
	out := ui.Rows{Field: ui.Field{ID: b.Block.ID, Label: b.Block.Title.In(lang), Hint: b.Block.Intro.In(lang), Optional: r.Min == 0},
		Add: ui.Button{Label: r.Add.In(lang), Name: form.NameAdd, Value: b.Block.ID, Attrs: p.again()}}
	if b.Problem != nil && (p.Missing || b.Problem.Key != "form.rows.min") {
		out.Error = say(ctx, *b.Problem)
	}
	for i := range b.Block.Fields {
		out.Columns = append(out.Columns, b.Block.Fields[i].Label.In(lang))
	}
	for n := range b.Rows {
		out.Lines = append(out.Lines, p.row(ctx, b, n))
	}
	return out
}

func (p StepPage) row(ctx context.Context, b *form.BlockResult, n int) ui.RowLine {
	lang, row := p.lang(ctx), &b.Rows[n]
	name := b.Block.Repeat.Row.In(lang) + " " + strconv.Itoa(n+1)
	line := ui.RowLine{ID: b.Block.ID + "/" + row.ID, Remove: ui.Button{Label: b.Block.Repeat.Remove.In(lang) + " (" + strconv.Itoa(n+1) + ")",
		Name: form.NameRemove, Value: b.Block.ID + "/" + row.ID, Attrs: p.again()}}
	for i := range row.Fields {
		f := &row.Fields[i]
		q := question{StepPage: p, FieldResult: f}
		cell := ui.RowCell{ID: f.Key, Name: f.Key, Label: f.Field.Label.In(lang) + ", " + name}
		if len(f.Parts) == 1 && inline(f.Field.Kind) {
			part := f.Parts[0]
			cell.ID, cell.Name, cell.Value, cell.InputMode, cell.Size = part.Key, part.Key, part.Input, part.InputMode, part.Width
			cell.Error = q.error(ctx, part.Key)
			if part.Kind == form.KindNumber || part.Kind == form.KindDate || part.Kind == form.KindMonth {
				cell.Size = or(cell.Size, "xs")
			}
		} else {
			cell.Control = q.control(ctx)
		}
		if f.InConflict() {
			cell.Control = q.conflict(ctx)
		}
		line.Cells = append(line.Cells, cell)
	}
	return line
}

// inline are the kinds that fit in a cell as a plain input.
func inline(k form.Kind) bool {
	switch k {
	case form.KindText, form.KindNumber, form.KindDate, form.KindMonth, form.KindPhone, form.KindEmail, form.KindSIREN, form.KindSIRET:
		return true
	}
	return false
}
