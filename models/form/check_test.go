package form_test

import (
	"slices"
	"testing"

	"passerelle/models/form"
)

func TestLinter(t *testing.T) {
	type world struct {
		def *form.Definition
	}
	field := func(d *form.Definition, id string) *form.Field {
		f, ok := d.Find(id)
		if !ok {
			t.Fatal(id)
		}
		return f
	}
	when := func(id string, op form.Op, v ...string) form.Condition {
		return form.Condition{Field: id, Op: op, Values: v}
	}
	cases := map[string]struct {
		want   string
		break_ func(d *form.Definition)
	}{
		"id used twice":            {"form.defect.duplicate", func(d *form.Definition) { field(d, "g_name").ID = "g_text" }},
		"id with a space":          {"form.defect.id", func(d *form.Definition) { field(d, "g_name").ID = "g name" }},
		"id taken by identique":    {"form.defect.duplicate", func(d *form.Definition) { field(d, "g_name").ID = "g_usual_same" }},
		"label not in English":     {"form.defect.label", func(d *form.Definition) { field(d, "g_name").Label.EN = "" }},
		"label not in French":      {"form.defect.label", func(d *form.Definition) { field(d, "g_name").Label.FR = "" }},
		"hint in one language":     {"form.defect.label", func(d *form.Definition) { field(d, "g_text").Hint.EN = "" }},
		"unknown kind":             {"form.defect.kind", func(d *form.Definition) { field(d, "g_name").Kind = "colour" }},
		"choice without options":   {"form.defect.options", func(d *form.Definition) { field(d, "g_select").Options = nil }},
		"option twice":             {"form.defect.option", func(d *form.Definition) { field(d, "g_select").Options[1].Value = "red" }},
		"counter without length":   {"form.defect.length", func(d *form.Definition) { field(d, "g_long").MaxLength = 0 }},
		"limit that says nothing":  {"form.defect.bounds", func(d *form.Definition) { field(d, "g_date").Max = "demain" }},
		"limits the wrong way":     {"form.defect.bounds", func(d *form.Definition) { field(d, "g_number").Min = "1000" }},
		"rows the wrong way":       {"form.defect.bounds", func(d *form.Definition) { d.Steps[0].Blocks[4].Repeat.Min = 9 }},
		"text without version":     {"form.defect.ack", func(d *form.Definition) { f := field(d, "g_ack"); f.Version, f.TextName = "", "" }},
		"identique of a choice":    {"form.defect.unknown_field", func(d *form.Definition) { field(d, "g_usual").SameAs = "g_select" }},
		"identique of itself":      {"form.defect.unknown_field", func(d *form.Definition) { field(d, "g_usual").SameAs = "g_usual" }},
		"condition on nothing":     {"form.defect.unknown_field", func(d *form.Definition) { field(d, "shows_eq").When = when("nope", form.OpFilled) }},
		"condition on a row":       {"form.defect.unknown_field", func(d *form.Definition) { field(d, "shows_eq").When = when("row_kind", form.OpFilled) }},
		"operator unknown":         {"form.defect.operator", func(d *form.Definition) { field(d, "shows_eq").When = when("g_choice", "like", "x") }},
		"order of texts":           {"form.defect.operator", func(d *form.Definition) { field(d, "shows_eq").When = when("g_text", form.OpLt, "x") }},
		"comparison with no value": {"form.defect.operator", func(d *form.Definition) { field(d, "shows_eq").When = when("g_choice", form.OpEq) }},
		"value never given":        {"form.defect.value", func(d *form.Definition) { field(d, "shows_eq").When = when("g_choice", form.OpEq, "four") }},
		"date not as stored":       {"form.defect.value", func(d *form.Definition) { field(d, "shows_eq").When = when("g_date", form.OpEq, "14/06/1988") }},
		"two conditions in one": {"form.defect.condition", func(d *form.Definition) {
			field(d, "shows_eq").When.Any = []form.Condition{when("g_text", form.OpFilled)}
		}},
		"circle":        {"form.defect.circle", func(d *form.Definition) { field(d, "shows_eq").When = when("shows_chain", form.OpFilled) }},
		"circle of one": {"form.defect.circle", func(d *form.Definition) { field(d, "shows_eq").When = when("shows_eq", form.OpEmpty) }},
		"two answers at once": {"form.defect.dead", func(d *form.Definition) {
			field(d, "shows_eq").When = form.Condition{All: []form.Condition{when("g_choice", form.OpEq, "one"), when("g_choice", form.OpEq, "two")}}
		}},
		"two answers along a chain": {"form.defect.dead", func(d *form.Definition) {
			field(d, "shows_chain").When = form.Condition{All: []form.Condition{when("shows_eq", form.OpFilled), when("g_choice", form.OpIn, "one", "three")}}
		}},
		"no option left": {"form.defect.dead", func(d *form.Definition) {
			field(d, "shows_eq").When = when("g_yes_no", form.OpNotIn, form.Yes, form.No)
		}},
		"every branch dead": {"form.defect.dead", func(d *form.Definition) {
			both := func(a, b string) form.Condition {
				return form.Condition{All: []form.Condition{when("g_choice", form.OpEq, a), when("g_choice", form.OpEq, b)}}
			}
			field(d, "shows_eq").When = form.Condition{Any: []form.Condition{both("one", "two"), both("two", "three")}}
		}},
		"no step":      {"form.defect.empty", func(d *form.Definition) { d.Steps = nil }},
		"version zero": {"form.defect.version", func(d *form.Definition) { d.Version = 0 }},
	}
	for name, c := range cases {
		t.Run("P5.8 "+name, func(t *testing.T) {
			w := world{def: load(t, "gallery")}
			c.break_(w.def)
			got := form.Check(w.def)
			if !slices.ContainsFunc(got, func(d form.Defect) bool { return d.Key == c.want }) {
				t.Errorf("found %v", got)
			}
		})
	}
}
