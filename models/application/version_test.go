package application_test

import (
	"context"
	"slices"
	"testing"

	"passerelle/models"
	"passerelle/models/form"
	"passerelle/models/procedure"
)

// publish makes version 2 of the form: "missions" is renamed, "grade" is gone.
func (w *world) publish() {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx models.Tx) error {
		v, err := procedure.Latest(ctx, tx, procedure.PreRegistration)
		if err != nil {
			return err
		}
		text, err := procedure.EncodeForm(*v.Form)
		if err != nil {
			return err
		}
		next, err := procedure.DecodeForm(text)
		if err != nil {
			return err
		}
		for s := range next.Steps {
			for b := range next.Steps[s].Blocks {
				block := &next.Steps[s].Blocks[b]
				block.Fields = slices.DeleteFunc(block.Fields, func(f form.Field) bool { return f.ID == "grade" })
				for f := range block.Fields {
					if block.Fields[f].ID == "missions" {
						block.Fields[f].ID, block.Fields[f].Was = "duties", "missions"
					}
				}
			}
		}
		_, err = procedure.Publish(ctx, tx, models.Operator(), next)
		return err
	})
}

func TestFormVersions(t *testing.T) {
	w := newWorld(t)
	sent, first := w.submitted()
	by := w.person("Camille", "Martin")
	a := w.begin(by)
	w.fill(by, a.ID)
	stale := w.page(by, a.ID, 3)
	w.publish()
	t.Run("P5.1 a draft moves to the version in force, answer by answer", func(t *testing.T) {
		d := w.draft(by, a.ID)
		if d.Form.Version != 3 || d.Registers.Current("duties").First() != "Accueil du public" {
			t.Errorf("version %d, %v", d.Form.Version, d.Registers.Current("duties"))
		}
	})
	t.Run("P5.1 a tab opened before still posts the old questions, and nothing is lost", func(t *testing.T) {
		stale["missions"] = []string{"Accueil et prêt"}
		w.save(by, a.ID, 3, stale)
		d := w.draft(by, a.ID)
		if d.Registers.Current("duties").First() != "Accueil et prêt" || d.Result.Conflicts != 0 {
			t.Errorf("%v, %d conflicts", d.Registers["duties"], d.Result.Conflicts)
		}
		stale["missions"], stale["expectations"] = []string{"Accueil et prêt"}, []string{"Souffler"}
		w.save(by, a.ID, 3, stale)
		if d = w.draft(by, a.ID); d.Registers.Current("expectations").First() != "Souffler" {
			t.Error("a second save of the stale tab was lost")
		}
	})
	t.Run("P5.1 what was sent keeps its version", func(t *testing.T) {
		r, err := w.submit(by, a.ID, w.recap(by, a.ID))
		if err != nil {
			t.Fatal(err)
		}
		for id, want := range map[models.ID]int{first.ID: 2, r.ID: 3} {
			if n := w.count(`SELECT form_version FROM submissions WHERE application_id = $1`, id); n != want {
				t.Errorf("version %d, want %d", n, want)
			}
		}
		if c := w.card(sent, first.ID); c.FormVersion == r.FormVersion {
			t.Error("the application sent before was moved")
		}
	})
}
