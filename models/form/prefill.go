package form

import "passerelle/models/merge"

// Prefill writes what is already known of the person into the fields that nobody has
// touched (P5.9). known is by Field.Prefill name; the field then shows where its
// answer comes from, source being a word such as "profile". A field once written,
// even cleared, is left alone.
func Prefill(def *Definition, regs merge.Registers, known map[string]string, source string, by *merge.Author) []merge.Op {
	as := *by
	as.Dev = merge.From(source)
	var ops []merge.Op
	eachField(def, func(b *Block, f *Field) {
		if b.Repeat != nil {
			return
		}
		for _, p := range f.Parts("") {
			name := f.Prefill
			if p.Sub != "" && p.Sub != SameSuffix {
				name += "." + p.Sub
			} else if p.Sub == SameSuffix {
				continue
			}
			v := normalise(p.Kind, known[name])
			if f.Prefill == "" || v == "" || len(regs[p.Key].Siblings) > 0 {
				continue
			}
			ops = append(ops, as.Write(p.Key, merge.Value{v}, nil))
		}
	})
	by.Last = as.Last
	return ops
}
