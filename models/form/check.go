package form

import (
	"slices"
	"strconv"
)

// Defect is one fault of a definition, found before publication (P5.8, P17.25).
type Defect struct {
	Path string   // "identite/etat_civil/birth_date"
	Key  string   // message key "form.defect.…"
	Args []string // what fills {0}, {1}
}

// String is for logs and command lines.
func (d Defect) String() string {
	s := d.Path + ": " + d.Key
	for _, a := range d.Args {
		s += " " + a
	}
	return s
}

// Check looks for what would make a form unusable: ids used twice or badly written,
// labels missing in a language, references to nothing, conditions that can never
// hold, circles of conditions, impossible limits. A form with a defect is not
// published.
func Check(def *Definition) []Defect {
	l := linter{def: def, ids: map[string]bool{}}
	if def.Key == "" || def.Version < 1 {
		l.say(def.Key, "form.defect.version")
	}
	if len(def.Steps) == 0 {
		l.say(def.Key, "form.defect.empty")
	}
	l.text(def.Key, def.Title, true)
	for s := range def.Steps {
		l.step(&def.Steps[s])
	}
	l.papersOnce()
	l.references()
	l.circles()
	l.dead()
	return l.out
}

// CheckNext looks for what would break drafts of the version before: a field that
// changes kind under one id, a Was that names nothing.
func CheckNext(old, now *Definition) []Defect {
	l := linter{def: now}
	if now.Key != old.Key || now.Version <= old.Version {
		l.say(now.Key, "form.defect.version")
	}
	eachField(now, func(_ *Block, f *Field) {
		if was, ok := old.Find(f.ID); ok && was.Kind != f.Kind {
			l.say(f.ID, "form.defect.kind_changed", string(was.Kind), string(f.Kind))
		}
		if _, ok := old.Find(f.Was); f.Was != "" && !ok {
			l.say(f.ID, "form.defect.unknown_field", f.Was)
		}
	})
	return l.out
}

type linter struct {
	def *Definition
	ids map[string]bool
	out []Defect
}

func (l *linter) say(path, key string, args ...string) {
	l.out = append(l.out, Defect{Path: path, Key: key, Args: args})
}

// id takes an id; part keys are ids too, so that two inputs never share a name.
func (l *linter) id(path, id string) {
	if !validID(id) {
		l.say(path, "form.defect.id", id)
	}
	if l.ids[id] {
		l.say(path, "form.defect.duplicate", id)
	}
	l.ids[id] = true
}

func validID(id string) bool {
	if id == "" || len(id) > 60 || id[0] < 'a' || id[0] > 'z' {
		return false
	}
	for i := range len(id) {
		if c := id[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

// text asks both languages of what is said, and something where it must be.
func (l *linter) text(path string, t Text, required bool) {
	if t.Empty() && !required {
		return
	}
	if t.FR == "" {
		l.say(path, "form.defect.label", "fr")
	}
	if t.EN == "" {
		l.say(path, "form.defect.label", "en")
	}
}

func (l *linter) step(s *Step) {
	l.id(s.ID, s.ID)
	l.text(s.ID, s.Title, true)
	l.text(s.ID, s.Intro, false)
	for b := range s.Blocks {
		l.block(s.ID+"/"+s.Blocks[b].ID, &s.Blocks[b])
	}
}

func (l *linter) block(path string, b *Block) {
	l.id(path, b.ID)
	l.text(path, b.Title, true)
	l.text(path, b.Intro, false)
	l.text(path, b.Why, false)
	if len(b.Fields) == 0 {
		l.say(path, "form.defect.empty")
	}
	if r := b.Repeat; r != nil {
		l.text(path, r.Row, true)
		l.text(path, r.Add, true)
		l.text(path, r.Remove, true)
		if r.Max < 1 || r.Min < 0 || r.Min > r.Max || r.Max > maxRows {
			l.say(path, "form.defect.bounds", strconv.Itoa(r.Min), strconv.Itoa(r.Max))
		}
	}
	for f := range b.Fields {
		l.field(path+"/"+b.Fields[f].ID, b, &b.Fields[f])
	}
}

func (l *linter) field(path string, b *Block, f *Field) {
	l.id(path, f.ID)
	if f.SameAs != "" {
		l.id(path, f.ID+SameSuffix)
		l.text(path, f.SameLabel, true)
	}
	l.text(path, f.Label, f.Kind != KindNote)
	for _, t := range []Text{f.Hint, f.Tip, f.Why, f.Missing, f.More.Title, f.More.Body} {
		l.text(path, t, false)
	}
	l.text(path, f.Body, f.Kind == KindNote)
	if !knownKind(f.Kind) {
		l.say(path, "form.defect.kind", string(f.Kind))
	}
	if f.MaxLength < 0 || f.MaxLength > maxRunes || f.Counter && f.MaxLength == 0 {
		l.say(path, "form.defect.length")
	}
	if f.Kind == KindAck && f.Version == "" && f.TextName == "" {
		l.say(path, "form.defect.ack")
	}
	if f.SameAs != "" && (f.Kind != KindText || b.Repeat != nil) {
		l.say(path, "form.defect.same")
	}
	l.options(path, f)
	l.bounds(path, f)
	l.document(path, b, f)
}

func knownKind(k Kind) bool {
	switch k {
	case KindText, KindLongText, KindNumber, KindDate, KindMonth, KindPeriod, KindYesNo, KindChoice, KindChoices, KindTick,
		KindCountry, KindCity, KindPhone, KindEmail, KindSIRET, KindSIREN, KindEmployer, KindCompany, KindAck, KindNote, KindDocument:
		return true
	}
	return false
}

func (l *linter) options(path string, f *Field) {
	chosen := f.Kind == KindChoice || f.Kind == KindChoices
	if chosen != (len(f.Options) > 0) {
		l.say(path, "form.defect.options")
	}
	seen := map[string]bool{}
	for _, o := range f.Options {
		if !validID(o.Value) || seen[o.Value] {
			l.say(path, "form.defect.option", o.Value)
		}
		seen[o.Value] = true
		l.text(path, o.Label, true)
		l.text(path, o.Hint, false)
	}
}

// bounds resolves the limits on some day: a form cannot be published with a limit
// that says nothing, or a lower one above the upper one.
func (l *linter) bounds(path string, f *Field) {
	day := Civil(2026, 6, 15)
	var low, high float64
	var okLow, okHigh bool
	switch f.Kind {
	case KindDate, KindMonth, KindPeriod:
		a, ok1 := f.Min.Day(day)
		b, ok2 := f.Max.Day(day)
		low, high, okLow, okHigh = float64(a), float64(b), ok1, ok2
	case KindNumber, KindChoices:
		low, okLow = f.Min.Number(day)
		high, okHigh = f.Max.Number(day)
	}
	if f.Min != "" && !okLow || f.Max != "" && !okHigh || okLow && okHigh && low > high {
		l.say(path, "form.defect.bounds", string(f.Min), string(f.Max))
	}
}

// places visits every condition with where it stands.
func (l *linter) places(visit func(path string, b *Block, c *Condition)) {
	for s := range l.def.Steps {
		for b := range l.def.Steps[s].Blocks {
			block := &l.def.Steps[s].Blocks[b]
			path := l.def.Steps[s].ID + "/" + block.ID
			visit(path, nil, &block.When)
			for f := range block.Fields {
				field := &block.Fields[f]
				visit(path+"/"+field.ID, block, &field.When)
				visit(path+"/"+field.ID, block, &field.RequiredWhen)
			}
		}
	}
}

// reach finds the field that a condition of block b may read: never a column of
// another block's rows.
func (l *linter) reach(id string, b *Block) *Field {
	var found *Field
	eachField(l.def, func(in *Block, f *Field) {
		if f.ID != baseOf(id) && !slices.ContainsFunc(f.Parts(""), func(p Part) bool { return p.Key == id }) {
			return
		}
		named := f.ID == id || slices.ContainsFunc(f.Parts(""), func(p Part) bool { return p.Key == id })
		if named && (in.Repeat == nil || in == b) {
			found = f
		}
	})
	return found
}

func (l *linter) references() {
	l.places(func(path string, b *Block, c *Condition) { l.condition(path, b, c) })
	eachField(l.def, func(b *Block, f *Field) {
		for _, id := range []string{f.SameAs, f.Differs} {
			if id == "" {
				continue
			}
			other := l.reach(id, b)
			if other == nil || other == f || id == f.SameAs && (other.Kind != f.Kind || other.SameAs != "") {
				l.say(f.ID, "form.defect.unknown_field", id)
			}
		}
	})
}

func (l *linter) condition(path string, b *Block, c *Condition) {
	forms := 0
	for _, used := range []bool{len(c.All) > 0, len(c.Any) > 0, c.Not != nil, c.Field != ""} {
		if used {
			forms++
		}
	}
	if forms > 1 || c.Field == "" && (c.Op != "" || len(c.Values) > 0) {
		l.say(path, "form.defect.condition")
	}
	for i := range c.All {
		l.condition(path, b, &c.All[i])
	}
	for i := range c.Any {
		l.condition(path, b, &c.Any[i])
	}
	if c.Not != nil {
		l.condition(path, b, c.Not)
	}
	if c.Field == "" {
		return
	}
	f := l.reach(c.Field, b)
	if f == nil {
		l.say(path, "form.defect.unknown_field", c.Field)
		return
	}
	l.comparison(path, f, c)
}

func (l *linter) comparison(path string, f *Field, c *Condition) {
	want := 1
	ok := true
	switch c.Op {
	case OpFilled, OpEmpty:
		want = 0
	case OpIn, OpNotIn:
		want = max(len(c.Values), 1)
	case OpContains:
		want, ok = max(len(c.Values), 1), f.Kind == KindChoices
	case OpEq, OpNe:
		ok = f.Kind != KindChoices
	case OpLt, OpLe, OpGt, OpGe:
		ok = len(c.Values) == 1 && l.comparable(f, Bound(c.Values[0]))
	default:
		ok = false
	}
	ok = ok && (f.Kind != KindDocument || want == 0) // given or not is all that a condition may ask of a piece
	if !ok || len(c.Values) != want || f.Kind == KindNote {
		l.say(path, "form.defect.operator", string(c.Op), c.Field)
		return
	}
	for _, v := range c.Values {
		if !possible(f, c.Field, v) && c.Op != OpLt && c.Op != OpLe && c.Op != OpGt && c.Op != OpGe {
			l.say(path, "form.defect.value", v, c.Field)
		}
	}
}

func (l *linter) comparable(f *Field, b Bound) bool {
	day := Civil(2026, 6, 15)
	switch f.Kind {
	case KindNumber:
		_, ok := b.Number(day)
		return ok
	case KindDate, KindMonth:
		_, ok := b.Day(day)
		return ok
	}
	return false
}

// possible tells whether a field can ever hold a value.
func possible(f *Field, id, v string) bool {
	if id != f.ID {
		return true
	}
	switch f.Kind {
	case KindChoice, KindChoices:
		_, ok := f.Option(v)
		return ok
	case KindYesNo:
		return v == Yes || v == No
	case KindTick:
		return v == Yes
	case KindCountry:
		_, ok := country(v)
		return ok
	}
	return normalise(f.Kind, v) == v
}
