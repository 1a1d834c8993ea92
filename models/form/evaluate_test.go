package form_test

import (
	"slices"
	"strings"
	"testing"

	"passerelle/models/form"
	"passerelle/models/merge"
)

func TestWholeFormCanBeSubmitted(t *testing.T) {
	d := begin(load(t, "preregistration")).whole()
	res := d.result()
	for _, st := range res.Steps {
		if st.State != form.Complete || st.Problems(true) != nil {
			t.Errorf("P5.5 step %s: %s %v", st.Step.ID, st.State, st.Problems(true))
		}
	}
	if !res.Submittable || res.MinutesLeft != 0 {
		t.Errorf("P5.6 submittable %v, %d minutes left", res.Submittable, res.MinutesLeft)
	}
}

func TestStepStates(t *testing.T) {
	d := begin(load(t, "preregistration"))
	res := d.result()
	t.Run("P5.5 an empty form is untouched, and says how long it takes", func(t *testing.T) {
		for _, st := range res.Steps {
			if st.State != form.Untouched {
				t.Errorf("%s: %s", st.Step.ID, st.State)
			}
		}
		if res.MinutesLeft != 20 || res.Submittable || res.Missing == 0 {
			t.Errorf("%d minutes, missing %d", res.MinutesLeft, res.Missing)
		}
	})
	t.Run("P5.5 a partial step is accepted and incomplete", func(t *testing.T) {
		d.post(1, d.page(1), "birth_name", "Fontaine")
		st := d.result().Steps[0]
		if st.State != form.Incomplete || st.Missing != 3 || st.Problems(false) != nil || len(st.Problems(true)) != 3 {
			t.Errorf("%s missing %d, %v", st.State, st.Missing, st.Problems(true))
		}
		if m := d.result().MinutesLeft; m >= 20 || m <= 17-1 {
			t.Errorf("%d minutes", m)
		}
	})
	t.Run("P5.5 a wrong answer makes the step wrong and is kept", func(t *testing.T) {
		d.post(1, d.page(1), "birth_date", "31/02/1988")
		st := d.result().Steps[0]
		f := d.result().Field("birth_date")
		if st.State != form.Wrong || f.Parts[0].Input != "31/02/1988" || f.Problem().Key != "form.date.nonexistent" {
			t.Errorf("%s %v", st.State, f)
		}
	})
	t.Run("P5.7 the summary names fields in the order of the page, with the form's own words", func(t *testing.T) {
		var fields []string
		for _, p := range d.result().Steps[0].Problems(true) {
			fields = append(fields, p.Field)
		}
		if strings.Join(fields, " ") != "first_name birth_date email" {
			t.Error(fields)
		}
		if p := d.result().Field("first_name").Problem(); p.Own.In("fr") != "Indiquez votre prénom." || p.Own.In("en") != "Enter your first name." {
			t.Error(p)
		}
	})
}

func TestProblems(t *testing.T) {
	cases := []struct{ field, value, want string }{
		{"birth_date", "22/11/2010", ""},
		{"birth_date", "23/11/2010", "form.date.youngest"},
		{"birth_date", "23/11/2027", "form.date.future"},
		{"birth_date", "01/01/1900", "form.date.oldest"},
		{"birth_date", "01/01/1700", "form.date.absurd"},
		{"birth_date", "14/06/88", "form.date.year"},
		{"birth_date", "demain", "form.date.invalid"},
		{"email", "camille", "form.email.at"},
		{"email", "camille@gmial.com", "form.email.typo"},
		{"phone", "06 39", "form.phone.length"},
		{"birth_name", strings.Repeat("é", 10_000), "form.text.long"},
		{"birth_name", strings.Repeat("é", 100), ""},
		{"status", "king", "form.choice.unknown"},
		{"job_since", "12/2026", "form.month.future"},
		{"job_since", "11/2026", ""},
		{"job_since", "2021", "form.month.invalid"},
		{"team_size", "0", "form.number.min"},
		{"team_size", "30000", "form.number.max"},
		{"team_size", "2,5", "form.number.whole"},
		{"team_size", "six", "form.number.invalid"},
		{"manages_team", "maybe", "form.choice.unknown"},
		{"accuracy", "2025-01-01", "form.ack.outdated"},
	}
	def := load(t, "preregistration")
	for _, c := range cases {
		t.Run("P5.7 "+c.field+" "+c.value[:min(len(c.value), 12)], func(t *testing.T) {
			d := begin(def)
			d.set("status", "civil_servant", "manages_team", form.Yes)
			for n := range def.Steps {
				d.post(n+1, d.page(n+1), c.field, c.value)
			}
			got := ""
			if p := d.result().Field(c.field).Problem(); p != nil {
				got = p.Key
			}
			if got != c.want {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestProblemsOfOtherKinds(t *testing.T) {
	env := form.Env{Today: today, Lookups: form.Lookups{
		Towns: func(code string) []string {
			if code == "42000" {
				return []string{"Saint-Étienne"}
			}
			return nil
		},
		Employer: func(siren string) (string, bool) { return "Commune de Limoges", siren == "218708501" },
	}}
	cases := []struct {
		field, want string
		answers     []string
	}{
		{"g_city", "form.part.missing.city.name", []string{"g_city.postcode", "42000"}},
		{"g_city", "", []string{"g_city.postcode", "42000", "g_city.name", "ST ETIENNE CEDEX 2"}},
		{"g_city", "form.city.mismatch", []string{"g_city.postcode", "42000", "g_city.name", "Lyon"}},
		{"g_city", "form.city.unknown", []string{"g_city.postcode", "99999", "g_city.name", "Lyon"}},
		{"g_city", "form.city.postcode", []string{"g_city.postcode", "4200", "g_city.name", "Lyon"}},
		{"g_city", "", []string{"g_city.postcode", "SW1A 1AA", "g_city.name", "London", "g_city.country", "GB"}},
		{"g_city", "form.country.unknown", []string{"g_city.postcode", "1", "g_city.name", "X", "g_city.country", "ZZ"}},
		{"g_period", "form.period.order", []string{"g_period.from", "2026-05-02", "g_period.to", "2026-05-01"}},
		{"g_period", "form.part.missing.period.to", []string{"g_period.from", "2026-05-02"}},
		{"g_period", "form.date.min", []string{"g_period.from", "1999-05-02", "g_period.to", "2026-05-01"}},
		{"g_siret", "form.siret.length", []string{"g_siret", "123"}},
		{"g_siret", "form.siret.key", []string{"g_siret", "12345678901234"}},
		{"g_siret", "form.siret.letters", []string{"g_siret", "abc"}},
		{"g_siret", "", []string{"g_siret", "73282932000074"}},
		{"g_siren", "form.siren.key", []string{"g_siren", "123456789"}},
		{"g_employer", "", []string{"g_employer.name", "commune de LIMOGES", "g_employer.siren", "218708501"}},
		{"g_employer", "form.employer.mismatch", []string{"g_employer.name", "Lyon", "g_employer.siren", "218708501"}},
		{"g_employer", "form.employer.unknown", []string{"g_employer.name", "Lyon", "g_employer.siren", "732829320"}},
		{"g_employer", "form.part.missing.employer.name", []string{"g_employer.siren", "732829320"}},
		{"g_employer", "", []string{"g_employer.name", "Un employeur hors liste"}},
		{"g_company", "form.siret.key", []string{"g_company.name", "X", "g_company.siret", "12345678901234"}},
		{"g_other_email", "form.email.same_person", []string{"g_email", "camille@gmail.com", "g_other_email", "c.amille+chef@googlemail.com"}},
		{"g_decimal", "form.number.decimals", []string{"g_decimal", "1.234"}},
		{"g_country", "form.country.unknown", []string{"g_country", "FRA"}},
	}
	def := load(t, "gallery")
	for _, c := range cases {
		t.Run("P5.7 "+join(c.answers), func(t *testing.T) {
			d := begin(def)
			d.env = env
			d.set(c.answers...)
			got := ""
			if p := d.result().Field(c.field).Problem(); p != nil {
				got = p.Key
			}
			if got != c.want {
				t.Errorf("got %q", got)
			}
		})
	}
	t.Run("P5.7 a warning gates nothing", func(t *testing.T) {
		d := begin(def)
		d.env = env
		d.set("g_city.postcode", "42000", "g_city.name", "Lyon")
		if st := d.result().Steps[0]; st.Wrong != 0 || st.Missing != 2 { // a text and a row that the form asks for
			t.Errorf("%d wrong, %d missing: %v", st.Wrong, st.Missing, st.Problems(true))
		}
	})
	t.Run("P5.2 too many choices", func(t *testing.T) {
		d := begin(def)
		d.post(1, d.page(1), "g_choices", "north", "g_choices", "south", "g_choices", "east", "g_choices", "west")
		if p := d.result().Field("g_choices").Problem(); p == nil || p.Key != "form.choices.max" {
			t.Error(p)
		}
	})
}

func TestLineManagerIsSomeoneElse(t *testing.T) {
	def := load(t, "preregistration")
	for _, own := range []string{"Camille.Fontaine@Example.org", "camille.fontaine+chef@example.org", " camille.fontaine@EXAMPLE.org. "} {
		t.Run("P6.1 "+own, func(t *testing.T) {
			d := begin(def).whole()
			d.post(4, d.page(4), "manager_email", own)
			if p := d.result().Field("manager_email").Problem(); p == nil || p.Key != "form.email.same_person" || d.result().Submittable {
				t.Error(p)
			}
		})
	}
	t.Run("P6.1 the account's address too, even when the form holds another", func(t *testing.T) {
		d := begin(def).whole()
		d.env.Own = []string{"brunolefebvre@gmail.com"}
		d.set("manager_email", "bruno.lefebvre+dir@gmail.com")
		if p := d.result().Field("manager_email").Problem(); p == nil || p.Key != "form.email.same_person" {
			t.Error(p)
		}
	})
}

func TestConflictsGateSubmission(t *testing.T) {
	d := begin(load(t, "preregistration")).whole()
	page := d.page(2)
	d.post(2, page, "job_title", "Directrice")
	d.post(2, page, "job_title", "Directrice adjointe")
	res := d.result()
	st := res.Steps[1]
	f := res.Field("job_title")
	t.Run("P13.3 both values are shown and nothing is submitted", func(t *testing.T) {
		if len(f.Parts[0].Conflict) != 2 || st.Conflicts != 1 || st.State != form.Wrong || res.Submittable {
			t.Errorf("%+v", f)
		}
		if p := st.Problems(false); len(p) != 1 || p[0].Key != "form.conflict" || p[0].Field != "job_title" {
			t.Error(p)
		}
	})
	t.Run("P17.4 keeping one settles it", func(t *testing.T) {
		keep := f.Parts[0].Conflict[1]
		d.post(2, d.page(2), "job_title", f.Parts[0].Input, form.NameKeep, "job_title="+string(keep.ID))
		res := d.result()
		if res.Conflicts != 0 || res.Field("job_title").Value().First() != "Directrice" || !res.Submittable {
			t.Errorf("%+v", res.Field("job_title"))
		}
	})
}

func TestAConflictOfACompositeFieldIsSettledWhole(t *testing.T) {
	d := begin(load(t, "preregistration")).whole()
	page := d.page(2)
	d.post(2, page, "employer.name", "Ville de Guéret", "employer.siren", "212309607")
	d.post(2, page, "employer.name", "CHU de Limoges", "employer.siren", "268708518")
	f := d.result().Field("employer")
	keep := f.Parts[0].Conflict[1]
	d.post(2, d.page(2), form.NameKeep, "employer.name="+string(keep.ID))
	f = d.result().Field("employer")
	if f.InConflict() || f.Parts[0].Value.First() != "Ville de Guéret" || f.Parts[1].Value.First() != "212309607" {
		t.Errorf("P17.4 %+v", f.Parts)
	}
}

func TestRowsOfARepeatedBlock(t *testing.T) {
	def := load(t, "preregistration")
	d := begin(def)
	saved := d.post(3, d.page(3), form.NameAdd, "past_courses")
	row := saved.Blank["past_courses"]
	if len(row) != 1 || len(saved.Ops) != 0 {
		t.Fatalf("P5.2 %v %v", row, saved.Ops)
	}
	d.env.Blank = saved.Blank
	block := func() form.BlockResult { return d.result().Steps[2].Blocks[1] }
	if rows := block().Rows; len(rows) != 1 || !rows[0].Blank {
		t.Fatalf("P5.2 %+v", rows)
	}
	key := "past_courses/" + row[0]
	t.Run("P5.2 a blank row is not stored and comes back when posted", func(t *testing.T) {
		saved := d.post(3, d.page(3), key+"/year", "", key+"/title", "", form.NameAdd, "past_courses")
		if len(saved.Blank["past_courses"]) != 2 || len(saved.Ops) != 0 {
			t.Error(saved)
		}
	})
	t.Run("P5.2 what is typed in it is kept", func(t *testing.T) {
		d.post(3, d.page(3), key+"/year", "2024", key+"/title", "Accueil du public")
		d.env.Blank = nil
		if rows := block().Rows; len(rows) != 1 || rows[0].Blank || rows[0].Fields[1].Value().First() != "Accueil du public" {
			t.Errorf("%+v", rows)
		}
	})
	t.Run("P13.3 a row removed here and written there stays", func(t *testing.T) {
		page := d.page(3)
		d.post(3, page, key+"/year", "2023", key+"/title", "Accueil du public")
		d.post(3, page, key+"/year", "2024", key+"/title", "Accueil du public", form.NameRemove, key)
		if rows := block().Rows; len(rows) != 1 || !rows[0].Revived {
			t.Errorf("%+v", rows)
		}
	})
	t.Run("P5.6 a row removed since the recapitulation counts as a change", func(t *testing.T) {
		seen := d.regs.See(d.result().Keys()...)
		before := d.regs.Clone()
		d.post(3, d.page(3), form.NameRemove, key)
		if got := d.regs.Changed(seen); !slices.Equal(got, []string{key + "/" + merge.Del}) {
			t.Error(got)
		}
		d.regs = before
	})
	t.Run("P5.2 a row removed is gone", func(t *testing.T) {
		d.post(3, d.page(3), key+"/year", "2023", key+"/title", "changé en même temps", form.NameRemove, key)
		if rows := block().Rows; len(rows) != 0 {
			t.Errorf("%+v", rows)
		}
	})
	t.Run("P5.7 too many rows", func(t *testing.T) {
		d := begin(load(t, "gallery"))
		for _, id := range strings.Fields("a b c d e f") {
			d.set("g_rows/"+id+"/row_title", "x")
		}
		if p := d.result().Steps[0].Blocks[4].Problem; p == nil || p.Key != "form.rows.max" {
			t.Error(p)
		}
	})
}

func TestPrefillSaysWhereAnswersComeFrom(t *testing.T) {
	def := load(t, "preregistration")
	d := begin(def)
	d.set("first_name", "Cam")
	known := map[string]string{"birth_name": "Fontaine", "first_name": "Camille", "birth_date": "1988-06-14", "city.postcode": "87000", "city.name": "Limoges"}
	d.regs.ApplyAll(form.Prefill(def, d.regs, known, "profile", d.author("x")))
	res := d.result()
	if f := res.Field("birth_name"); f.Source != "profile" || f.Value().First() != "Fontaine" {
		t.Errorf("P5.9 %+v", f)
	}
	if f := res.Field("city"); f.Source != "profile" || f.Parts[1].Input != "Limoges" {
		t.Errorf("P5.9 %+v", f)
	}
	if f := res.Field("first_name"); f.Source != "" || f.Value().First() != "Cam" {
		t.Errorf("P5.9 typed answers stay: %+v", f)
	}
	d.post(1, d.page(1), "birth_name", "")
	if ops := form.Prefill(def, d.regs, known, "profile", d.author("x")); slices.ContainsFunc(ops, func(o merge.Op) bool { return o.Key == "birth_name" }) {
		t.Error("P5.9 what was cleared is not filled again")
	}
}

func BenchmarkEvaluate(b *testing.B) {
	d := begin(load(b, "preregistration")).whole()
	for b.Loop() {
		form.Evaluate(d.def, d.regs, d.env)
	}
}
