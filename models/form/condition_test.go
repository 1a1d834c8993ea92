package form_test

import (
	"strconv"
	"testing"

	"passerelle/models/form"
	"passerelle/models/merge"
)

func TestConditions(t *testing.T) {
	gallery := load(t, "gallery")
	cases := []struct {
		field   string
		answers []string
		shown   bool
	}{
		{"shows_eq", nil, false},
		{"shows_eq", []string{"g_choice", "two"}, true},
		{"shows_eq", []string{"g_choice", "one"}, false},
		{"shows_ne", nil, false},
		{"shows_ne", []string{"g_choice", "one"}, true},
		{"shows_ne", []string{"g_choice", "two"}, false},
		{"shows_in", []string{"g_select", "green"}, true},
		{"shows_in", []string{"g_select", "blue"}, false},
		{"shows_not_in", []string{"g_select", "blue"}, true},
		{"shows_not_in", nil, false},
		{"shows_filled", []string{"g_city.postcode", "87000"}, false},
		{"shows_filled", []string{"g_city.postcode", "87000", "g_city.name", "Limoges"}, true},
		{"shows_empty", nil, true},
		{"shows_empty", []string{"g_text", "x"}, false},
		{"shows_lt", []string{"g_number", "9"}, true},
		{"shows_lt", []string{"g_number", "10"}, false},
		{"shows_lt", []string{"g_number", "neuf"}, false},
		{"shows_le", []string{"g_date", "2010-11-22"}, true},
		{"shows_le", []string{"g_date", "2010-11-23"}, false},
		{"shows_gt", []string{"g_number", "100"}, true},
		{"shows_gt", []string{"g_number", "50"}, false},
		{"shows_ge", []string{"g_month", "2020-01"}, true},
		{"shows_ge", []string{"g_month", "2019-12"}, false},
		{"shows_all", []string{"g_yes_no", "yes"}, false},
		{"shows_all", []string{"g_yes_no", "yes", "g_tick", "yes"}, true},
		{"shows_any", []string{"g_tick", "yes"}, true},
		{"shows_any", nil, false},
		{"shows_not", nil, true},
		{"shows_not", []string{"g_yes_no", "yes"}, false},
		{"shows_part", []string{"g_employer.siren", "218708501"}, true},
		{"shows_chain", []string{"g_choice", "two", "shows_eq", "x"}, true},
		{"shows_chain", []string{"g_choice", "one", "shows_eq", "x"}, false},
		{"g_inside", []string{"g_choice", "three"}, true},
		{"g_inside", nil, false},
	}
	for _, c := range cases {
		t.Run("P5.3 "+c.field+" with "+strconv.Quote(join(c.answers)), func(t *testing.T) {
			d := begin(gallery)
			d.set(c.answers...)
			if got := d.result().Field(c.field).Visible; got != c.shown {
				t.Errorf("shown: %v", got)
			}
		})
	}
	t.Run("P5.3 several choices hold all listed", func(t *testing.T) {
		d := begin(gallery)
		d.post(1, d.page(1), "g_choices", "south", "g_choices", "north", "g_choices", "west")
		if !d.result().Field("shows_contains").Visible {
			t.Error("hidden")
		}
		d.post(1, d.page(1), "g_choices", "south")
		if d.result().Field("shows_contains").Visible {
			t.Error("shown")
		}
	})
	t.Run("P5.3 required when", func(t *testing.T) {
		d := begin(gallery)
		if f := d.result().Field("g_required_when"); f.Required {
			t.Error("required before")
		}
		d.set("g_yes_no", form.Yes)
		if f := d.result().Field("g_required_when"); !f.Required || !f.Missing || f.Problem().Key != "form.required" {
			t.Error("not required after")
		}
	})
	t.Run("P5.3 a condition inside a row reads the same row", func(t *testing.T) {
		d := begin(gallery)
		d.set("g_rows/r1/row_kind", "job", "g_rows/r2/row_kind", "course")
		rows := d.result().Steps[0].Blocks[4].Rows
		if len(rows) != 2 || !rows[0].Fields[2].Visible || rows[1].Fields[2].Visible {
			t.Errorf("%+v", rows)
		}
	})
	t.Run("P18.13 fields that others depend on are known", func(t *testing.T) {
		on := gallery.Triggers()
		if !on["g_choice"] || !on["g_employer"] || !on["row_kind"] || !on["shows_eq"] || on["g_country"] {
			t.Error(on)
		}
	})
}

func join(s []string) string {
	out := ""
	for _, x := range s {
		out += x + " "
	}
	return out
}

func TestACircleOfConditionsEnds(t *testing.T) {
	a := form.Field{ID: "a", Kind: form.KindText, When: form.Condition{Field: "b", Op: form.OpFilled}}
	b := form.Field{ID: "b", Kind: form.KindText, When: form.Condition{Field: "a", Op: form.OpFilled}}
	def := form.Definition{Key: "x", Version: 1, Steps: []form.Step{{ID: "s", Blocks: []form.Block{{ID: "k", Fields: []form.Field{a, b}}}}}}
	regs := merge.Registers{}
	d := &draft{def: &def, regs: regs}
	d.set("a", "1", "b", "1")
	res := form.Evaluate(&def, regs, form.Env{})
	if res.Field("a").Visible || res.Field("b").Visible {
		t.Error("P5.3 a circle shows nothing")
	}
}
