package form_test

import (
	"slices"
	"strings"
	"testing"

	"passerelle/models/form"
)

func TestParse(t *testing.T) {
	def := load(t, "preregistration")
	step := func(n int) *form.Step { s, _ := def.Step(n); return s }
	t.Run("P5.5 what is readable is kept, whatever else is wrong", func(t *testing.T) {
		p := form.Parse(step(1), map[string][]string{
			"birth_name": {"Fon\x00taine"}, "first_name": {"Cam\xffille"}, "usual_name": {strings.Repeat("a", 20_001)},
			"email": {" camille@Example.org "}, "phone": {strings.Repeat("é", 10_000)}, "city.postcode": {"87000"},
		})
		if p.Values["email"].First() != "camille@example.org" || p.Values["city.postcode"].First() != "87000" || len([]rune(p.Values["phone"].First())) != 10_000 {
			t.Error("lost a good answer")
		}
		var got []string
		for _, x := range p.Problems {
			got = append(got, x.Field+" "+x.Key)
		}
		want := []string{"birth_name form.text.unreadable", "first_name form.text.unreadable", "usual_name form.text.huge"}
		if !slices.Equal(got, want) || len(p.Values) != 3 {
			t.Error(got, len(p.Values))
		}
	})
	t.Run("P5.5 unknown names are reported and harm nothing", func(t *testing.T) {
		p := form.Parse(step(1), map[string][]string{"first_name": {"Camille"}, "role": {"admin"}, "job_title": {"x"}, "civility/x/y": {"1"}, "_whatever": {"1"},
			"birth_name.x": {"1"}, "city": {"1"}, "\xff\x00": {"1"}, "": {"x"}})
		if len(p.Values) != 1 || len(p.Unknown) != 7 {
			t.Errorf("%q %v", p.Unknown, p.Values)
		}
	})
	t.Run("P5.5 an unticked box is cleared only where the page held it", func(t *testing.T) {
		p := form.Parse(step(4), map[string][]string{form.NamePresent: {"manager_told", "nothing"}})
		if v, ok := p.Values["manager_told"]; !ok || !v.Empty() || len(p.Values) != 1 {
			t.Errorf("%v", p.Values)
		}
		p = form.Parse(step(4), map[string][]string{form.NamePresent: {"manager_told"}, "manager_told": {"on"}})
		if p.Values["manager_told"].First() != form.Yes {
			t.Errorf("%v", p.Values)
		}
	})
	t.Run("P5.2 rows have names of their own", func(t *testing.T) {
		p := form.Parse(step(3), map[string][]string{"past_courses/r1/title": {"Accueil"}, "past_courses/r 1/title": {"x"}, "past_courses//title": {"x"},
			"past_courses/r1/missions": {"x"}, "motivation/r1/missions": {"x"}, "title": {"x"}, "past_courses/r1/$del": {"1"}})
		if len(p.Values) != 1 || len(p.Unknown) != 6 {
			t.Errorf("%q %v", p.Unknown, p.Values)
		}
	})
	t.Run("P5.2 ends of lines and spaces", func(t *testing.T) {
		p := form.Parse(step(3), map[string][]string{"missions": {"  un\r\ndeux\rtrois\n\n"}, "funding_other": {" a\nb\t"}})
		if p.Values["missions"].First() != "un\ndeux\ntrois" || p.Values["funding_other"].First() != "a b" {
			t.Errorf("%q", p.Values)
		}
	})
	t.Run("P5.2 choices are kept once, in the form's order", func(t *testing.T) {
		gallery := load(t, "gallery")
		p := form.Parse(&gallery.Steps[0], map[string][]string{"g_choices": {"west", "north", "west", "up", ""}})
		if got := strings.Join(p.Values["g_choices"], " "); got != "north west up" {
			t.Error(got)
		}
	})
}

func TestSaveWithoutContext(t *testing.T) {
	d := begin(load(t, "preregistration"))
	st, _ := d.def.Step(1)
	saved := form.Save(st, d.regs, map[string][]string{"first_name": {"Camille"}}, d.author("x"))
	if !saved.Stale || len(saved.Ops) != 1 {
		t.Errorf("P13.3 %+v", saved)
	}
	saved = form.Save(st, d.regs, map[string][]string{form.NameContext: {"first_name=~;%%%"}, "first_name": {"Camille"}, form.NameKeep: {"x", "first_name=none", "=", "city"},
		form.NameRemove: {"a", "past_courses/r1", "/", "x/y"}, form.NameAdd: {"nothing"}}, d.author("x"))
	if !saved.Stale || len(saved.Ops) != 1 || len(saved.Blank) != 0 {
		t.Errorf("P13.3 garbage drives nothing: %+v", saved)
	}
}

func TestAnUntouchedPageWritesNothing(t *testing.T) {
	d := begin(load(t, "preregistration")).whole()
	for n := range d.def.Steps {
		res := d.result()
		posted := map[string][]string{form.NameContext: {d.page(n + 1)}}
		res.Steps[n].Each(func(_ *form.BlockResult, f *form.FieldResult) {
			for _, p := range f.Parts {
				posted[form.NamePresent] = append(posted[form.NamePresent], p.Key)
				if p.Input != "" {
					posted[p.Key] = []string{p.Input}
				}
			}
		})
		st, _ := d.def.Step(n + 1)
		if saved := form.Save(st, d.regs, posted, d.author("x")); len(saved.Ops) != 0 || saved.Stale || saved.Unknown != nil {
			t.Errorf("P13.3 step %d wrote %v", n+1, saved.Ops)
		}
	}
}
