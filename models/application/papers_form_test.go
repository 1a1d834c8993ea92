package application_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"passerelle/models"
	"passerelle/models/application"
	"passerelle/models/dossier"
	"passerelle/models/form"
	"passerelle/models/modelstest"
	"passerelle/models/procedure"
)

// askForContract publishes a version of the form that asks those under contract for
// their contract.
func (w *world) askForContract() {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx models.Tx) error {
		latest, err := procedure.Latest(ctx, tx, procedure.PreRegistration)
		if err != nil {
			return err
		}
		text, err := json.Marshal(latest.Form)
		if err != nil {
			return err
		}
		var def form.Definition
		if err := json.Unmarshal(text, &def); err != nil {
			return err
		}
		def.Version++
		for b := range def.Steps[1].Blocks {
			block := &def.Steps[1].Blocks[b]
			i := slices.IndexFunc(block.Fields, func(f form.Field) bool { return f.ID == "status" })
			if i < 0 {
				continue
			}
			contract := form.Field{ID: "contrat", Kind: form.KindDocument, Label: form.Text{FR: "Contrat de travail", EN: "Contract"}, Required: true,
				When:     form.Condition{Field: "status", Op: "in", Values: []string{"contract"}},
				Document: &form.DocumentRule{Kind: "employer", Formats: []string{"pdf"}, MaxBytes: 1 << 20}}
			block.Fields = slices.Insert(block.Fields, i+1, contract)
		}
		_, err = procedure.Publish(ctx, tx, models.Operator(), def)
		return err
	})
}

func TestFormPapers(t *testing.T) {
	t.Parallel()
	asked := func(w *papersWorld) *dossier.Requirement {
		for _, r := range w.papers().Requirements {
			if r.Spec.Key == "contrat" {
				return &r
			}
		}
		return nil
	}
	t.Run("P5.2 a piece that an answer asks for is asked only then, also of a draft begun before the form asked", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.fill(w.by, w.id)
		w.depositAll()
		w.askForContract()
		w.draft(w.by, w.id)
		if r := asked(w); r != nil {
			t.Fatalf("asked of a private employee: %+v", r)
		}
		w.write(w.by, w.id, 2, "status", "contract")
		w.write(w.by, w.id, 2, "civil_service", "territorial", "category", "b", "employer.name", "Ville de Limoges", "job_title", "Bibliothécaire")
		r := asked(w)
		if r == nil || !r.Open || !r.Spec.Required || r.Origin != dossier.OriginForm {
			t.Fatalf("%+v", r)
		}
		if d := w.draft(w.by, w.id); d.Result.Submittable {
			t.Error("could be sent without the piece")
		}
		_, err := w.submit(w.by, w.id, w.recap(w.by, w.id))
		wants(t, err, models.KindInvalid, "application.incomplete")
		w.tx(func(ctx context.Context, tx models.Tx) error {
			_, err := modelstest.Deposit(ctx, tx, w.by, w.id, r.ID, 1, "contrat")
			return err
		})
		d := w.draft(w.by, w.id)
		if f := d.Result.Field("contrat"); f == nil || f.Document == nil || f.Document.Given != 1 {
			t.Fatalf("%+v", f)
		}
		receipt, err := w.submit(w.by, w.id, w.recap(w.by, w.id))
		if err != nil {
			t.Fatal(err, d.Result.Missing, d.Result.Wrong)
		}
		w.tx(func(ctx context.Context, tx models.Tx) error {
			s, err := application.SubmissionOf(ctx, tx, receipt.Application)
			if len(s.Documents) != 5 || s.Shown("contrat", "fr") == "" {
				t.Errorf("%d pieces, shown %q", len(s.Documents), s.Shown("contrat", "fr"))
			}
			return err
		})
	})
	t.Run("P5.3 a piece given, then hidden by an answer, is kept and no longer required", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.askForContract()
		w.fill(w.by, w.id)
		w.write(w.by, w.id, 2, "status", "contract")
		r := asked(w)
		if r == nil {
			t.Fatal("not asked")
		}
		w.tx(func(ctx context.Context, tx models.Tx) error {
			_, err := modelstest.Deposit(ctx, tx, w.by, w.id, r.ID, 1, "contrat")
			return err
		})
		w.write(w.by, w.id, 2, "status", "private_employee")
		if r := asked(w); r == nil || r.Spec.Required || len(r.Live()) != 1 {
			t.Errorf("%+v", r)
		}
		w.depositAll()
		w.sendApproved()
		if s := w.sent(); len(s.Documents) != 4 {
			t.Errorf("%d pieces sent", len(s.Documents))
		}
		for _, r := range w.review(w.helene).Requirements {
			if r.Spec.Key == "contrat" {
				t.Errorf("the service sees %+v", r)
			}
		}
	})
	t.Run("P17.8 asked for an answer again, a piece that follows from it is open and required", func(t *testing.T) {
		t.Parallel()
		w := newPapers(t)
		w.askForContract()
		w.underReview()
		w.ask([]string{"status"})
		c := w.correction()
		posted := map[string][]string{"_ctx": {c.Answers.Registers.See("status").String()}, "status": {"contract"}}
		w.tx(func(ctx context.Context, tx models.Tx) error {
			_, err := application.SaveCorrection(ctx, tx, w.by, w.id, application.SaveInput{Posted: posted})
			return err
		})
		r := asked(w)
		if r == nil || !r.Open || whys(w.papers().Missing) != "contrat:missing " {
			t.Fatalf("%+v %s", r, whys(w.papers().Missing))
		}
		for _, other := range w.papers().Requirements {
			if other.Open != (other.Spec.Key == "contrat") {
				t.Errorf("%s open %v", other.Spec.Key, other.Open)
			}
		}
	})
}
