package form_test

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"passerelle/models/form"
	"passerelle/models/merge"
)

// typed is what people, browsers and worse send in an input.
func typed(f *form.Field) *rapid.Generator[string] {
	gens := []*rapid.Generator[string]{
		rapid.Just(""), rapid.String(), rapid.SampledFrom([]string{form.Yes, form.No, "on", "FR", "1", "12", "-1", "2,5", "2024", "87000", "Limoges", "\x00", "\xff", "a\r\nb",
			"14/06/1988", "31/02/2020", "09/2021", "2030-01-01", "06 39 98 04 17", "a@b.fr", "A@B.fr", "a+x@b.fr", "218708501", "73282932000074", "2026-09-01", "2026-09-02", "true"}),
		rapid.StringMatching(`[0-9/]{1,10}`),
	}
	for _, o := range f.Options {
		gens = append(gens, rapid.Just(o.Value))
	}
	return rapid.OneOf(gens...)
}

// drawPost fills some inputs of a step, with names that do not belong now and then.
func drawPost(t *rapid.T, d *draft, n int, page string) map[string][]string {
	posted := map[string][]string{form.NameContext: {page}}
	for _, b := range d.def.Steps[n].Blocks {
		prefix := ""
		if b.Repeat != nil {
			prefix = merge.RowKey(b.ID, rapid.SampledFrom([]string{"r1", "r2", "r 3"}).Draw(t, "row"), "")
		}
		for i := range b.Fields {
			for _, p := range b.Fields[i].Parts(prefix) {
				switch rapid.IntRange(0, 3).Draw(t, "how") {
				case 0:
					posted[form.NamePresent] = append(posted[form.NamePresent], p.Key)
				case 1, 2:
					posted[p.Key] = rapid.SliceOfN(typed(&b.Fields[i]), 1, 3).Draw(t, p.Key)
				}
			}
		}
	}
	if rapid.IntRange(0, 4).Draw(t, "odd") == 0 {
		posted[rapid.String().Draw(t, "name")] = []string{rapid.String().Draw(t, "value")}
		posted[form.NameKeep] = []string{rapid.String().Draw(t, "keep")}
		posted[form.NameRemove] = []string{"past_courses/r1", "g_rows/r2", rapid.String().Draw(t, "remove")}
		posted[form.NameAdd] = []string{"past_courses", "g_rows", "statut"}
	}
	return posted
}

func TestAnyAnswersToAnyForm(t *testing.T) {
	fr := messages(t, "fr")
	for _, name := range []string{"preregistration", "gallery"} {
		def := load(t, name)
		t.Run("P5.5 "+name+": any partial step is accepted and read back", rapid.MakeCheck(func(t *rapid.T) {
			d := begin(def)
			d.env.Own = []string{"a@b.fr"}
			pages := make([]string, len(def.Steps))
			for range rapid.IntRange(1, 6).Draw(t, "saves") {
				n := rapid.IntRange(0, len(def.Steps)-1).Draw(t, "step")
				if pages[n] == "" || rapid.Bool().Draw(t, "reload") {
					pages[n] = d.page(n + 1)
				}
				posted := drawPost(t, d, n, pages[n])
				saved := form.Save(&def.Steps[n], d.regs, posted, d.author("x"))
				for _, p := range saved.Problems {
					sayable(t, fr, p)
				}
				d.regs.ApplyAll(saved.Ops)
				keptOrTold(t, d, posted, saved)
			}
			checkResult(t, d, fr)
		}))
	}
}

// keptOrTold: every answer posted is in the registers, or a problem says why not.
func keptOrTold(t *rapid.T, d *draft, posted map[string][]string, saved form.Saved) {
	told := map[string]bool{}
	for _, p := range saved.Problems {
		told[p.Field] = true
	}
	for key, val := range saved.Values {
		if told[key] {
			t.Fatalf("%s both kept and refused", key)
		}
		if _, _, _, row := merge.SplitRow(key); row && len(posted[form.NameRemove]) > 0 || len(posted[form.NameKeep]) > 0 {
			continue
		}
		found := d.regs.Current(key).Equal(val)
		for _, s := range d.regs[key].Siblings {
			found = found || s.Val.Equal(val)
		}
		// Left as the page showed it, a field keeps what others wrote since.
		seen, _ := merge.ParseContext(posted[form.NameContext][0])
		if !found && !val.Empty() && seen[key].Sum != merge.Sum(val) {
			t.Fatalf("%s = %q was lost: %v", key, val, d.regs[key])
		}
	}
}

func checkResult(t *rapid.T, d *draft, fr map[string]string) {
	res := d.result()
	if again := d.result(); !reflect.DeepEqual(res, again) {
		t.Fatal("P5.5 two evaluations differ")
	}
	for i := range res.Steps {
		for _, p := range res.Steps[i].Problems(true) {
			sayable(t, fr, p)
		}
		res.Steps[i].Each(func(_ *form.BlockResult, f *form.FieldResult) {
			for _, p := range f.Problems {
				sayable(t, fr, p)
			}
		})
	}
	checkSnapshot(t, d, res)
	for _, lang := range []string{"fr", "en"} {
		form.Recap(res, d.env, lang)
	}
}

// checkSnapshot: hidden answers are never submitted, visible ones always are.
func checkSnapshot(t *rapid.T, d *draft, res *form.Result) {
	submitted := map[string]bool{}
	for _, a := range form.Snap(d.def, res, d.env).Answers {
		submitted[a.Row+"/"+a.Field] = true
	}
	want := 0
	for s := range res.Steps {
		for _, b := range res.Steps[s].Blocks {
			count := func(row string, f form.FieldResult) {
				show := f.Visible && b.Visible && f.Field.Kind != form.KindNote
				if show {
					want++
				}
				if submitted[row+"/"+f.Field.ID] != show {
					t.Fatalf("P5.3 %s visible %v, submitted %v", f.Key, show, !show)
				}
			}
			for _, f := range b.Fields {
				count("", f)
			}
			for _, r := range b.Rows {
				for _, f := range r.Fields {
					count(r.ID, f)
				}
			}
		}
	}
	if len(submitted) != want {
		t.Fatalf("P5.3 %d submitted, %d visible", len(submitted), want)
	}
}

// drawForm makes a form whose conditions read any field, circles included.
func drawForm(t *rapid.T) *form.Definition {
	const n = 8
	id := func() string { return "f" + strconv.Itoa(rapid.IntRange(0, n).Draw(t, "ref")) }
	ops := []form.Op{form.OpEq, form.OpNe, form.OpIn, form.OpNotIn, form.OpContains, form.OpFilled, form.OpEmpty, form.OpLt, form.OpLe, form.OpGt, form.OpGe, "what"}
	kinds := []form.Kind{form.KindText, form.KindNumber, form.KindDate, form.KindChoice, form.KindChoices, form.KindYesNo, form.KindCity, form.KindTick, "what"}
	var condition func(depth int) form.Condition
	condition = func(depth int) form.Condition {
		several := func() []form.Condition { return []form.Condition{condition(depth - 1), condition(depth - 1)} }
		switch k := rapid.IntRange(0, 5).Draw(t, "condition"); {
		case k == 0 || depth == 0 && k > 2:
			return form.Condition{}
		case k == 1 || k == 2:
			return form.Condition{Field: id(), Op: rapid.SampledFrom(ops).Draw(t, "op"), Values: rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "1", form.Yes, "today"}), 0, 2).Draw(t, "values")}
		case k == 3:
			return form.Condition{All: several()}
		case k == 4:
			return form.Condition{Any: several()}
		}
		not := condition(depth - 1)
		return form.Condition{Not: &not}
	}
	def := &form.Definition{Key: "x", Version: 1, Steps: []form.Step{{ID: "s"}}}
	for b := range 2 {
		block := form.Block{ID: "b" + strconv.Itoa(b), When: condition(1)}
		if b == 1 && rapid.Bool().Draw(t, "rows") {
			block.Repeat = &form.Repeat{Max: 3}
		}
		for i := b * n / 2; i < (b+1)*n/2; i++ {
			block.Fields = append(block.Fields, form.Field{ID: "f" + strconv.Itoa(i), Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), When: condition(2), RequiredWhen: condition(1),
				SameAs: rapid.SampledFrom([]string{"", "", "f0", "f5"}).Draw(t, "same"), Options: []form.Option{{Value: "a"}, {Value: "b"}}})
		}
		def.Steps[0].Blocks = append(def.Steps[0].Blocks, block)
	}
	return def
}

func TestAnyFormEnds(t *testing.T) {
	t.Run("P5.3 any chain of conditions ends, the same way twice", rapid.MakeCheck(func(t *rapid.T) {
		d := begin(drawForm(t))
		form.Check(d.def)
		form.Migrate(d.def, drawForm(t), d.regs)
		d.regs.ApplyAll(form.Save(&d.def.Steps[0], d.regs, drawPost(t, d, 0, ""), d.author("x")).Ops)
		res := d.result()
		if !reflect.DeepEqual(res, d.result()) {
			t.Fatal("two evaluations differ")
		}
		checkSnapshot(t, d, res)
		moved := form.Migrate(d.def, drawForm(t), d.regs)
		if a, b := siblings(d.regs), siblings(moved.Registers); a != b {
			t.Fatalf("P5.1 %s\n%s", a, b)
		}
	}))
}

// siblings lists every value with its operation, wherever it stands.
func siblings(r merge.Registers) string {
	var all []string
	for _, reg := range r {
		for _, s := range reg.Siblings {
			all = append(all, string(s.ID)+"="+strings.Join(s.Val, ","))
		}
	}
	slices.Sort(all)
	return strings.Join(all, ";")
}

// Two tabs of one draft, saving in any order from pages of any age, with the engine's
// own parsing between the person and the registers.
func TestTwoTabsKeepEveryAnswer(t *testing.T) {
	def := load(t, "preregistration")
	t.Run("P13.3 what a tab typed stays or is shown, unless seen and replaced", rapid.MakeCheck(func(t *rapid.T) {
		d := begin(def)
		names := []string{"birth_name", "first_name", "birth_date", "phone", "city.name"}
		pages := []string{d.page(1), d.page(1)}
		shown := []map[string]string{{}, {}}
		var written []merge.Op
		for range rapid.IntRange(1, 25).Draw(t, "moves") {
			tab := rapid.IntRange(0, 1).Draw(t, "tab")
			if rapid.IntRange(0, 2).Draw(t, "reload") == 0 {
				pages[tab], shown[tab] = d.page(1), map[string]string{}
				for _, k := range names {
					shown[tab][k] = form.InputText(kindOf(def, k), d.regs.Current(k).First())
				}
			}
			posted := map[string][]string{form.NameContext: {pages[tab]}}
			for _, k := range names {
				posted[k] = []string{shown[tab][k]}
			}
			k := rapid.SampledFrom(names).Draw(t, "field")
			posted[k] = []string{rapid.SampledFrom([]string{"", "14/06/1988", "3 avril 1980", "06 39 98 04 17", "Durand", "Dupont"}).Draw(t, "typed")}
			saved := form.Save(&def.Steps[0], d.regs, posted, d.author("tab"+strconv.Itoa(tab)))
			for _, op := range saved.Ops {
				if op.Key != k {
					t.Fatalf("wrote %s, which nobody touched", op.Key)
				}
			}
			written = append(written, saved.Ops...)
			d.regs.ApplyAll(saved.Ops)
		}
		replaced := map[merge.OpID]bool{}
		for _, op := range written {
			for _, id := range op.Ctx {
				replaced[id] = true
			}
		}
		for _, op := range written {
			if !replaced[op.ID] && !slices.Contains(d.regs.IDs(op.Key), op.ID) {
				t.Fatalf("lost %v", op)
			}
		}
	}))
}

func kindOf(def *form.Definition, key string) form.Kind {
	base, _, _ := strings.Cut(key, ".")
	f, _ := def.Find(base)
	for _, p := range f.Parts("") {
		if p.Key == key {
			return p.Kind
		}
	}
	return form.KindText
}
