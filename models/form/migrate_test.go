package form_test

import (
	"slices"
	"strings"
	"testing"

	"passerelle/models/form"
	"passerelle/models/merge"
)

func TestMigrate(t *testing.T) {
	old := load(t, "preregistration")
	now := load(t, "preregistration")
	now.Version = 2
	change := func(id string, do func(*form.Field)) {
		f, _ := now.Find(id)
		do(f)
	}
	change("job_title", func(f *form.Field) { f.ID, f.Was = "position", "job_title" })
	change("city", func(f *form.Field) { f.ID, f.Was = "home", "city" })
	change("title", func(f *form.Field) { f.ID, f.Was = "course_title", "title" })
	change("grade", func(f *form.Field) { f.ID = "rank" })
	change("funding", func(f *form.Field) { f.Options = f.Options[1:] })
	d := begin(old).whole()
	d.set("past_courses/r1/"+merge.Pos, "a")
	m := form.Migrate(old, now, d.regs)
	t.Run("P5.1 nothing is dropped", func(t *testing.T) {
		total := 0
		for _, reg := range m.Registers {
			total += len(reg.Siblings)
		}
		if total != len(d.regs) || len(m.Registers) != len(d.regs) {
			t.Error(total, len(m.Registers), len(d.regs))
		}
	})
	t.Run("P5.1 a field that changed its name keeps its answer", func(t *testing.T) {
		for key, want := range map[string]string{"position": "Responsable jeunesse", "home.postcode": "87000", "past_courses/r1/course_title": "Accueil", "first_name": "Camille"} {
			if got := m.Registers.Current(key).First(); got != want || m.Registers[key].Siblings[0].Key != key {
				t.Errorf("%s: %q", key, got)
			}
		}
		if strings.Join(m.Moved, " ") != "home.name home.postcode position past_courses/r1/course_title" && len(m.Moved) != 4 {
			t.Error(m.Moved)
		}
	})
	t.Run("P5.1 an answer no longer asked is kept aside", func(t *testing.T) {
		if strings.Join(m.Orphans, " ") != "grade" || m.Registers.Current("grade").First() == "" {
			t.Error(m.Orphans)
		}
	})
	t.Run("P5.1 an option no longer offered is told", func(t *testing.T) {
		if strings.Join(m.Flagged, " ") != "funding" {
			t.Error(m.Flagged)
		}
		res := form.Evaluate(now, m.Registers, d.env)
		if p := res.Field("funding").Problem(); p == nil || p.Key != "form.choice.unknown" {
			t.Error(p)
		}
	})
	t.Run("P5.1 two answers that end in one field show as a conflict", func(t *testing.T) {
		now := load(t, "preregistration")
		now.Version = 2
		f, _ := now.Find("department")
		f.Was = "grade"
		g, _ := now.Find("grade")
		g.ID = "rank"
		d := begin(old).whole()
		d.set("department", "Culture")
		m := form.Migrate(old, now, d.regs)
		if c := m.Registers.Conflict("department"); len(c) != 2 {
			t.Error(m.Registers["department"])
		}
	})
	t.Run("P5.1 a late write of the old version finds its new place", func(t *testing.T) {
		if to, ok := form.MapKey(old, now, "city.name"); !ok || to != "home.name" {
			t.Error(to, ok)
		}
		if _, ok := form.MapKey(old, now, "unheard_of"); ok {
			t.Error("accepted")
		}
	})
	t.Run("P5.1 a version must follow the one before", func(t *testing.T) {
		if d := form.CheckNext(old, now); d != nil {
			t.Error(d)
		}
		change("phone", func(f *form.Field) { f.Kind = form.KindText })
		change("rank", func(f *form.Field) { f.Was = "unheard_of" })
		var keys []string
		for _, d := range form.CheckNext(old, now) {
			keys = append(keys, d.Key)
		}
		if !slices.Equal(keys, []string{"form.defect.kind_changed", "form.defect.unknown_field"}) {
			t.Error(keys)
		}
	})
}
