package application

import (
	"context"
	"slices"

	"passerelle/models"
	"passerelle/models/dossier"
	"passerelle/models/form"
)

// beginPapers gives a new draft the documents that it must hold: those of its
// session's list, then those that its form asks for (P6.2).
func beginPapers(ctx context.Context, tx models.Tx, id, session models.ID, def *form.Definition) error {
	return dossier.Copy(ctx, tx, id, session, formSpecs(def))
}

// formSpecs are the rules of the pieces that a form asks for with its own fields;
// not in repeated blocks, where a piece has no place of its own.
func formSpecs(def *form.Definition) []dossier.Spec {
	specs := []dossier.Spec{}
	for _, f := range def.Documents() {
		r := f.Document
		specs = append(specs, dossier.Spec{Key: f.ID, Kind: dossier.Kind(r.Kind), Title: f.Label, Hint: f.Hint, Formats: r.Formats,
			MaxBytes: r.MaxBytes, MaxFiles: r.MaxFiles, Sides: r.Sides, MinSides: r.MinSides, Required: f.Required, MayExempt: r.MayExempt,
			ExemptFor: r.ExemptFor, Template: r.Template, Months: r.Months, EndDate: r.EndDate, Fields: r.Fields, Reasons: r.Reasons})
	}
	return specs
}

// showsPapers reports a form that counts the pieces of the dossier.
func showsPapers(def *form.Definition) bool {
	for i := range def.Steps {
		if def.Steps[i].Documents {
			return true
		}
	}
	return len(def.Documents()) > 0
}

// readPapers tells the form what the dossier holds, so that its steps, its
// recapitulation and its sending count the pieces.
func (d *Answers) readPapers(ctx context.Context, tx models.Tx) error {
	if !showsPapers(d.Form) {
		return nil
	}
	if d.State == Draft && d.version != d.FormVersion { // the form has moved on since the draft began
		if err := beginPapers(ctx, tx, d.ID, d.Session.ID, d.Form); err != nil {
			return err
		}
	}
	all, err := dossier.Of(ctx, tx, d.ID)
	if err != nil {
		return err
	}
	d.Env.Documents, d.Env.Papers = map[string]form.DocumentState{}, nil
	for _, r := range all {
		state := r.State()
		if f, ok := d.Form.Find(r.Spec.Key); ok && f.Kind == form.KindDocument { // also when the list asks for it first
			d.Env.Documents[r.Spec.Key] = state
		} else {
			d.Env.Papers = append(d.Env.Papers, form.Paper{Key: r.Spec.Key, Title: r.Spec.Title, Required: r.Spec.Required, When: r.Spec.When, State: state})
		}
	}
	return nil
}

// conditional sorts the pieces of the dossier's list that depend on answers: those that
// the answers ask of somebody else, and those that they ask of this person.
func (d *Answers) conditional() (unasked, asked []form.Paper) {
	shown := map[string]bool{}
	if !d.listsPapers() {
		return nil, nil
	}
	for i := range d.Result.Steps {
		for _, p := range d.Result.Steps[i].Papers {
			shown[p.Key] = true
		}
	}
	for _, p := range d.Env.Papers {
		switch {
		case p.When.Always():
		case shown[p.Key]:
			asked = append(asked, p)
		default:
			unasked = append(unasked, p)
		}
	}
	return unasked, asked
}

// asksPaper tells that the answers require a piece of the list.
func (d *Answers) asksPaper(key string) bool {
	for i := range d.Result.Steps {
		for _, p := range d.Result.Steps[i].Papers {
			if p.Key == key {
				return p.Required
			}
		}
	}
	return false
}

// listsPapers reports a form with a step that lists the pieces: only there are their
// conditions read, elsewhere each is asked.
func (d *Answers) listsPapers() bool {
	return slices.ContainsFunc(d.Form.Steps, func(s form.Step) bool { return s.Documents })
}

// exempt notes, when the application is sent, the pieces that its answers make nobody's
// business, and opens again those that a corrected answer asks for.
func (d *Answers) exempt(ctx context.Context, tx models.Tx, changed []string) error {
	out, in := d.conditional()
	keys := []string{}
	for _, p := range out {
		keys = append(keys, p.Key)
	}
	again := []string{}
	for _, p := range in {
		if p.State.Exempt && readsAny(p.When, changed) {
			again = append(again, p.Key)
		}
	}
	if len(again) > 0 {
		if err := dossier.Concern(ctx, tx, d.ID, again); err != nil {
			return err
		}
	}
	if len(keys) == 0 {
		return nil
	}
	return dossier.Exempt(ctx, tx, d.ID, keys)
}

// withhold keeps back what was given for pieces that the answers no longer ask for:
// hidden, they are not sent (P5.3), and stay in their owner's history.
func (d *Answers) withhold(ctx context.Context, tx models.Tx) error {
	for _, f := range d.Form.Documents() {
		if r := d.Result.Field(f.ID); r != nil && r.Visible {
			continue
		}
		if err := dossier.Withhold(ctx, tx, d.ID, f.ID); err != nil {
			return err
		}
	}
	return nil
}
