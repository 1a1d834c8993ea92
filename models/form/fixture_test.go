package form_test

import (
	"os"
	"strconv"
	"testing"

	"passerelle/models/form"
	"passerelle/models/merge"
	"passerelle/models/procedure"
)

var today = form.Civil(2026, 11, 22)

func load(t testing.TB, name string) *form.Definition {
	t.Helper()
	text, err := os.ReadFile("../procedure/forms/" + name + ".v1.json")
	if err != nil {
		t.Fatal(err)
	}
	def, err := procedure.DecodeForm(text)
	if err != nil {
		t.Fatal(err)
	}
	return &def
}

// draft plays one person's browser against stored registers.
type draft struct {
	def  *form.Definition
	regs merge.Registers
	env  form.Env
	ids  int
	now  int64
}

func begin(def *form.Definition) *draft {
	return &draft{def: def, regs: merge.Registers{}, env: form.Env{Today: today}, now: 1_795_000_000_000}
}

func (d *draft) author(dev string) *merge.Author {
	d.now += 1000
	return &merge.Author{NowMs: d.now, FV: d.def.Version, Dev: dev, Actor: "camille", Mint: func() merge.OpID {
		d.ids++
		return merge.OpID("0195-" + strconv.Itoa(1_000_000+d.ids))
	}}
}

// page is the context that the step's page carries.
func (d *draft) page(step int) string {
	res := form.Evaluate(d.def, d.regs, d.env)
	return d.regs.See(res.Steps[step-1].Keys()...).String()
}

// post saves a step as a browser does, with pairs of name and value.
func (d *draft) post(step int, page string, pairs ...string) form.Saved {
	posted := map[string][]string{form.NameContext: {page}}
	for i := 0; i+1 < len(pairs); i += 2 {
		posted[pairs[i]] = append(posted[pairs[i]], pairs[i+1])
	}
	st, _ := d.def.Step(step)
	saved := form.Save(st, d.regs, posted, d.author("Ordinateur"))
	d.regs.ApplyAll(saved.Ops)
	return saved
}

// set writes answers without a page, whatever the step.
func (d *draft) set(pairs ...string) {
	by := d.author("Ordinateur")
	for i := 0; i+1 < len(pairs); i += 2 {
		d.regs.Apply(merge.Resolve(d.regs, pairs[i], merge.One(pairs[i+1]), d.regs.IDs(pairs[i]), by))
	}
}

func (d *draft) result() *form.Result {
	res := form.Evaluate(d.def, d.regs, d.env)
	return &res
}

// whole fills the pre-registration so that it can be submitted.
func (d *draft) whole() *draft {
	d.set("civility", "madame", "birth_name", "Fontaine", "usual_name_same", form.Yes, "first_name", "Camille",
		"birth_date", "1988-06-14", "email", "camille.fontaine@example.org", "phone", "+33639980417",
		"city.postcode", "87000", "city.name", "Limoges",
		"status", "civil_servant", "civil_service", "territorial", "category", "a", "grade", "Bibliothécaire",
		"employer.name", "Commune de Limoges", "employer.siren", "218708501", "job_title", "Responsable jeunesse", "job_since", "2021-09",
		"manages_team", form.Yes, "team_size", "6",
		"missions", "Secteur jeunesse.", "why_now", "Je prends la direction en janvier.", "funding", "employer",
		"past_courses/r1/year", "2024", "past_courses/r1/title", "Accueil",
		"manager_last_name", "Lefebvre", "manager_first_name", "Bruno", "manager_function", "Directeur", "manager_email", "bruno.lefebvre@example.org",
		"accuracy", "2026-09-01", "data_notice", "2026-09-01")
	return d
}
