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

// PrefillFrom writes, into the questions that nobody has touched, what the person
// answered to the same question (same id, same kind) in an earlier submission, of this
// form or of another (P5.9). Texts that speak of one application, acknowledgements and
// documents are never taken over: they are each time the person's own word.
func PrefillFrom(def *Definition, regs merge.Registers, earlier Snapshot, source string, by *merge.Author) []merge.Op {
	as := *by
	as.Dev = merge.From(source)
	var ops []merge.Op
	eachField(def, func(b *Block, f *Field) {
		if b.Repeat != nil || !f.carries() {
			return
		}
		a := earlier.find(f.ID)
		if a == nil || a.Kind != f.Kind || touched(regs, f) {
			return
		}
		for _, p := range f.Parts("") {
			v := merge.Value(a.Values[p.Sub])
			if p.Sub != SameSuffix && !v.Empty() && offered(f, v) {
				ops = append(ops, as.Write(p.Key, v, nil))
			}
		}
	})
	by.Last = as.Last
	return ops
}

// carries tells that the answer says something of the person that outlives one
// application.
func (f *Field) carries() bool {
	switch f.Kind {
	case KindAck, KindNote, KindDocument, KindTick, KindLongText:
		return false
	}
	return true
}

// touched tells that something was written in the field, even cleared.
func touched(regs merge.Registers, f *Field) bool {
	for _, p := range f.Parts("") {
		if len(regs[p.Key].Siblings) > 0 {
			return true
		}
	}
	return false
}
