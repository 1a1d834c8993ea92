package form_test

import (
	"slices"
	"strings"
	"testing"

	"passerelle/models/form"
	"passerelle/models/merge"
)

// state of a step by its id.
func (d *draft) stepOf(id string) *form.StepResult {
	res := d.result()
	for i := range res.Steps {
		if res.Steps[i].Step.ID == id {
			return &res.Steps[i]
		}
	}
	return nil
}

func papers(state form.DocumentState) []form.Paper {
	return []form.Paper{
		{Key: "cv", Title: form.Text{FR: "Curriculum vitæ", EN: "Curriculum vitae"}, Required: true, State: state},
		{Key: "fiche", Title: form.Text{FR: "Fiche", EN: "Sheet"}},
	}
}

func TestListOfPieces(t *testing.T) {
	def := load(t, "gallery")
	cases := []struct {
		rule    string
		state   form.DocumentState
		missing int
		want    form.State
		key     string
	}{
		{"P6.2 a required piece that nobody gave is missing", form.DocumentState{}, 1, form.Untouched, "form.document.missing"},
		{"P6.2 given, nothing is missing", form.DocumentState{Given: 1, Needed: 1, Names: []string{"cv.pdf"}}, 0, form.Complete, ""},
		{"P6.2 not concerned counts as given", form.DocumentState{Exempt: true}, 0, form.Complete, ""},
		{"P7.1 one side of two is not enough", form.DocumentState{Given: 1, Needed: 2}, 1, form.Untouched, "form.document.more"},
		{"P7.3 being inspected, it is not given yet", form.DocumentState{Checking: 1}, 1, form.Untouched, "form.document.checking"},
		{"P7.3 a new version under inspection holds the sending", form.DocumentState{Given: 1, Checking: 1}, 1, form.Incomplete, "form.document.checking"},
		{"P7.3 refused, with none in force", form.DocumentState{Refused: 1}, 1, form.Untouched, "form.document.refused"},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			d := begin(def)
			d.env.Papers = papers(c.state)
			st := d.stepOf("pieces")
			if st.Missing != c.missing || st.State != c.want || len(st.Papers) != 2 {
				t.Errorf("missing %d, state %s, %d pieces", st.Missing, st.State, len(st.Papers))
			}
			var got []string
			for _, p := range st.Problems(true) {
				got = append(got, p.Key)
				if p.Field != "piece-cv" || p.Label.FR != "Curriculum vitæ" {
					t.Errorf("leads to %q, says %q", p.Field, p.Label.FR)
				}
			}
			if strings.Join(got, " ") != c.key {
				t.Errorf("says %v", got)
			}
			if len(st.Problems(false)) != 0 {
				t.Error("a missing piece is told before it is asked for")
			}
		})
	}
	t.Run("P5.6 the recapitulation lists every piece of the list", func(t *testing.T) {
		d := begin(def)
		d.env.Papers = papers(form.DocumentState{Given: 1, Names: []string{"cv.pdf, 412 Ko"}})
		blocks := form.Recap(d.result(), d.env, "fr")
		i := slices.IndexFunc(blocks, func(b form.RecapBlock) bool { return b.Block == nil })
		if i < 0 || len(blocks[i].Rows) != 2 || blocks[i].Anchor() != "pieces" {
			t.Fatalf("%+v", blocks)
		}
		if row := blocks[i].Rows[0]; row.Key != "piece-cv" || !slices.Equal(row.Lines, []string{"cv.pdf, 412 Ko"}) || row.Missing {
			t.Errorf("%+v", row)
		}
	})
	t.Run("P6.2 a piece is asked only where its condition holds on the answers; given all the same it stays, optional", func(t *testing.T) {
		of := papers(form.DocumentState{})
		of[0].When = form.Condition{Not: &form.Condition{Field: "g_text", Op: form.OpEq, Values: []string{"FR"}}}
		for _, c := range []struct {
			answer  string
			given   int
			pieces  int
			missing int
		}{{"", 0, 2, 1}, {"MA", 0, 2, 1}, {"FR", 0, 1, 0}, {"FR", 1, 2, 0}} {
			d := begin(def)
			d.env.Papers = slices.Clone(of)
			d.env.Papers[0].State.Given = c.given
			d.set("g_text", c.answer)
			if st := d.stepOf("pieces"); len(st.Papers) != c.pieces || st.Missing != c.missing {
				t.Errorf("answer %q: %d pieces, %d missing", c.answer, len(st.Papers), st.Missing)
			}
		}
	})
	t.Run("P5.5 no step but the one that says so shows the list", func(t *testing.T) {
		d := begin(def)
		d.env.Papers = papers(form.DocumentState{})
		res := d.result()
		for i := range res.Steps {
			if st := &res.Steps[i]; !st.Step.Documents && len(st.Papers) > 0 {
				t.Error(st.Step.ID)
			}
		}
	})
}

func TestFieldOfKindDocument(t *testing.T) {
	def := load(t, "gallery")
	f, _ := def.Find("g_document")
	was := f.Required
	f.Required = true
	t.Cleanup(func() { f.Required = was })

	t.Run("P5.2 the answer of a piece is in the dossier: no input, no register", func(t *testing.T) {
		if parts := f.Parts(""); parts != nil {
			t.Error(parts)
		}
		st, _ := def.Step(3)
		saved := form.Save(st, merge.Registers{}, map[string][]string{"g_document": {"forged"}}, begin(def).author("x"))
		if len(saved.Ops) != 0 {
			t.Errorf("an operation was made: %v", saved.Ops)
		}
	})
	t.Run("P5.5 required and not given, it is missing and gates the submission", func(t *testing.T) {
		d := begin(def)
		got := d.result().Field("g_document")
		if !got.Missing || got.Problem() == nil || got.Problem().Key != "form.document.missing" || got.Problem().Field != "piece-g_document" {
			t.Errorf("%+v", got)
		}
		d.env.Documents = map[string]form.DocumentState{"g_document": {Given: 1, IDs: []string{"d1"}, Names: []string{"cv.pdf"}}}
		if got := d.result().Field("g_document"); got.Missing || !got.Filled {
			t.Errorf("%+v", got)
		}
	})
	t.Run("P5.3 a question can depend on a piece being there", func(t *testing.T) {
		d := begin(def)
		if d.result().Field("shows_document").Visible {
			t.Error("shown without the piece")
		}
		d.env.Documents = map[string]form.DocumentState{"g_document": {Given: 1}}
		if !d.result().Field("shows_document").Visible {
			t.Error("hidden with the piece")
		}
	})
	t.Run("P7.1 the sides that the rule asks for, and no less", func(t *testing.T) {
		d := begin(def)
		d.env.Documents = map[string]form.DocumentState{"g_sides": {Given: 1}}
		if !d.result().Field("g_sides").Filled {
			t.Error("one side is enough here")
		}
	})
	t.Run("P5.6 what is sent names the documents in force", func(t *testing.T) {
		d := begin(def)
		d.env.Documents = map[string]form.DocumentState{"g_document": {Given: 1, IDs: []string{"d1"}, Names: []string{"cv.pdf"}}}
		snap := form.Snap(def, d.result(), d.env)
		if snap.Value("g_document") != "d1" || snap.Shown("g_document", "fr") != "cv.pdf" {
			t.Errorf("%q %q", snap.Value("g_document"), snap.Shown("g_document", "fr"))
		}
		d.env.Documents["g_document"] = form.DocumentState{Given: 1, IDs: []string{"d2"}, Names: []string{"cv.pdf"}}
		if form.Snap(def, d.result(), d.env).Equal(snap) {
			t.Error("another version of a piece is another submission")
		}
	})
}

func TestPiecesThatCannotBePublished(t *testing.T) {
	bad := map[string]func(*form.Definition, *form.Field){
		"form.defect.document":      func(_ *form.Definition, f *form.Field) { f.Document.MaxBytes = 0 },
		"form.defect.format":        func(_ *form.Definition, f *form.Field) { f.Document.Formats = []string{"exe"} },
		"form.defect.bounds":        func(_ *form.Definition, f *form.Field) { f.Document.MinSides = 3 },
		"form.defect.label":         func(_ *form.Definition, f *form.Field) { f.Document.Sides[0].EN = "" },
		"form.defect.unknown_field": func(_ *form.Definition, f *form.Field) { f.Document.Fields = []string{"nowhere"} },
		"form.defect.documents":     func(d *form.Definition, _ *form.Field) { d.Steps[0].Documents = true },
	}
	for key, spoil := range bad {
		t.Run("P5.8 "+key, func(t *testing.T) {
			def := load(t, "gallery")
			f, _ := def.Find("g_sides")
			spoil(def, f)
			if !slices.ContainsFunc(form.Check(def), func(d form.Defect) bool { return d.Key == key }) {
				t.Errorf("accepted: %v", form.Check(def))
			}
		})
	}
	t.Run("P5.8 a rule on another kind, or no rule", func(t *testing.T) {
		def := load(t, "gallery")
		f, _ := def.Find("g_text")
		g, _ := def.Find("g_document")
		f.Document, g.Document = g.Document, nil
		n := 0
		for _, d := range form.Check(def) {
			if d.Key == "form.defect.document" {
				n++
			}
		}
		if n != 2 {
			t.Errorf("%d defects", n)
		}
	})
}

func TestAnswersKeptByARegistry(t *testing.T) {
	def := load(t, "gallery")
	f, _ := def.Find("g_name")
	f.Registry, f.Prefill = true, "birth_name"
	t.Cleanup(func() { f.Registry, f.Prefill = false, "" })
	imported := func() *draft {
		d := begin(def)
		d.regs.ApplyAll(form.Prefill(def, d.regs, map[string]string{"birth_name": "Fontaine"}, form.FromImport, d.author("x")))
		return d
	}
	t.Run("P1.12 an imported answer is read-only, and says where it comes from", func(t *testing.T) {
		got := imported().result().Field("g_name")
		if !got.Locked || got.Source != form.FromImport || got.Value().First() != "Fontaine" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("P1.12 a hand-made post changes nothing, and the rest is saved", func(t *testing.T) {
		d := imported()
		d.post(1, d.page(1), "g_name", "Fontanes", "g_text", "Autre réponse")
		if v := d.regs.Current("g_name").First(); v != "Fontaine" {
			t.Errorf("became %q", v)
		}
		if v := d.regs.Current("g_text").First(); v != "Autre réponse" {
			t.Errorf("lost %q", v)
		}
	})
	t.Run("P1.12 what the person gave stays theirs", func(t *testing.T) {
		d := begin(def)
		d.regs.ApplyAll(form.Prefill(def, d.regs, map[string]string{"birth_name": "Fontaine"}, "profile", d.author("x")))
		if d.result().Field("g_name").Locked {
			t.Error("locked")
		}
		d.post(1, d.page(1), "g_name", "Fontanes")
		if v := d.regs.Current("g_name").First(); v != "Fontanes" {
			t.Errorf("stayed %q", v)
		}
	})
}

func TestPrefillFromEarlierApplications(t *testing.T) {
	def := load(t, "preregistration")
	whole := begin(def).whole()
	snap := form.Snap(def, whole.result(), whole.env)
	d := begin(def)
	d.set("birth_name", "Fontanes")
	d.regs.ApplyAll(form.PrefillFrom(def, d.regs, snap, "application 2026-03-02", d.author("x")))
	res := d.result()
	t.Run("P5.9 the same question takes the same answer, and says from which application", func(t *testing.T) {
		for _, id := range []string{"first_name", "phone", "city", "employer", "status"} {
			if f := res.Field(id); !f.Filled || f.Source != "application 2026-03-02" {
				t.Errorf("%s: filled %v, source %q", id, f.Filled, f.Source)
			}
		}
	})
	t.Run("P5.9 what the person wrote stays theirs", func(t *testing.T) {
		if v := d.regs.Current("birth_name").First(); v != "Fontanes" {
			t.Errorf("became %q", v)
		}
	})
	t.Run("P5.9 acknowledgements and texts about one application are not taken over", func(t *testing.T) {
		for _, id := range []string{"accuracy", "data_notice", "why_now", "missions"} {
			if f := res.Field(id); f.Filled {
				t.Errorf("%s was taken over", id)
			}
		}
	})
}
